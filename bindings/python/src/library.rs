//! Reference libraries and tables of fingerprints.

use crate::batch::{Batch, Row};
use crate::call;
use crate::fault::Fault;
use crate::impute;
use crate::neighbors::{self, Found};
use chmr::NeighborOptions;
use chmr::reference::{self, Modality, Profiles, Scale, Weighting};
use ndarray::Axis;
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use std::path::PathBuf;

/// Known molecules and what was observed of them. Immutable: what adds to it gives another.
#[pyclass(frozen, module = "chmr._chmr")]
pub(crate) struct Library {
    inner: reference::Library,
}

impl From<reference::Library> for Library {
    fn from(inner: reference::Library) -> Self {
        Self { inner }
    }
}

impl Library {
    pub(crate) fn inner(&self) -> &reference::Library {
        &self.inner
    }
}

#[pymethods]
impl Library {
    /// The library file at `path`.
    #[staticmethod]
    fn open(py: Python<'_>, path: PathBuf) -> PyResult<Self> {
        call::run(py, None, |_| Ok(reference::Library::open(&path)?.into()))
    }

    /// Of molecules alone.
    #[staticmethod]
    fn of(py: Python<'_>, batch: &Bound<'_, Batch>, ids: Vec<String>) -> PyResult<Self> {
        let batch = batch.get();
        call::run(py, None, |_| Ok(Row::batch(batch.rows()).to_library(ids)?.into()))
    }

    /// With a modality; `values` are molecules × features, a row of NaN where nothing was observed.
    #[allow(clippy::too_many_arguments)] // What crosses in one call need not cross in ten.
    fn with_profiles(
        &self,
        py: Python<'_>,
        modality: &str,
        features: Vec<String>,
        values: (Bound<'_, PyBytes>, usize, usize),
        asinh: bool,
        power: i32,
        noise: f32,
        balance: f32,
    ) -> PyResult<Self> {
        let values = impute::matrix(values)?;
        let rows = self.inner.len();
        if values.dim() != (rows, features.len()) {
            let (r, c, f) = (values.nrows(), values.ncols(), features.len());
            let message = format!("values are {r} x {c}; expected {rows} molecules x {f} features");
            return Err(Fault::argument(message).into());
        }
        call::run(py, None, |_| {
            let observed: Vec<usize> =
                (0..rows).filter(|&r| values.row(r).iter().any(|v| !v.is_nan())).collect();
            let members = observed.iter().map(|&r| r as u32).collect();
            let chosen = values.select(Axis(0), &observed);
            let scale = if asinh { Scale::Asinh } else { Scale::Linear };
            let profiles = Profiles::new(features, scale, balance, members, chosen.view());
            let profiles = profiles.map_err(Fault::argument)?;
            let weighting = Weighting { power, noise };
            let modality = Modality::new(modality, Vec::new(), profiles, weighting)?;
            Ok(self.inner.clone().with(modality)?.into())
        })
    }

    /// Told how strongly compounds act in the assay of a modality; `values` are compounds × names.
    fn with_activity(
        &self,
        py: Python<'_>,
        modality: &str,
        batch: &Bound<'_, Batch>,
        names: Vec<String>,
        values: (Bound<'_, PyBytes>, usize, usize),
        weight: f32,
    ) -> PyResult<Self> {
        let values = impute::matrix(values)?;
        let batch = batch.get();
        call::run(py, None, |_| {
            let (library, batch) = (self.inner.clone(), Row::batch(batch.rows()));
            let view = values.view();
            Ok(library.with_measured_activity(modality, &batch, names, view, weight)?.into())
        })
    }

    /// Writes it to a file, which appears when it is complete.
    fn save(&self, py: Python<'_>, path: PathBuf) -> PyResult<()> {
        call::run(py, None, |_| Ok(chmr::files::replace(&path, &self.inner.to_bytes()?)?))
    }

    fn ids(&self) -> Vec<&str> {
        (0..self.inner.len()).map(|row| self.inner.id(row)).collect()
    }

    fn smiles(&self) -> Vec<&str> {
        (0..self.inner.len()).map(|row| self.inner.smiles(row)).collect()
    }

    /// Name, number of profiles, features, second names of these, source, licence.
    #[allow(clippy::type_complexity)] // Taken apart where it arrives.
    fn modalities(&self) -> Vec<(&str, usize, Vec<String>, Vec<String>, &str, &str)> {
        let modality = |m: &'_ Modality| -> (usize, Vec<String>, Vec<String>) {
            (m.profiles().members().len(), m.profiles().features().to_vec(), m.labels().to_vec())
        };
        let all = self.inner.modalities().iter().map(|m| {
            let (profiles, features, labels) = modality(m);
            (m.name(), profiles, features, labels, m.source(), m.licence())
        });
        all.collect()
    }

    fn __len__(&self) -> usize {
        self.inner.len()
    }
}

/// Fingerprints in a mapped file.
#[pyclass(frozen, module = "chmr._chmr")]
pub(crate) struct FingerprintTable {
    inner: reference::FingerprintTable,
}

#[pymethods]
impl FingerprintTable {
    /// The table at `path`.
    #[staticmethod]
    fn open(py: Python<'_>, path: PathBuf) -> PyResult<Self> {
        call::run(py, None, |_| Ok(Self { inner: reference::FingerprintTable::open(&path)? }))
    }

    /// Writes molecules as a table.
    #[staticmethod]
    fn write(
        py: Python<'_>,
        batch: &Bound<'_, Batch>,
        ids: Vec<String>,
        path: PathBuf,
    ) -> PyResult<()> {
        let batch = batch.get();
        call::run(py, None, |_| Ok(Row::batch(batch.rows()).write_table(&ids, &path)?))
    }

    #[getter]
    fn bits(&self) -> usize {
        self.inner.bits()
    }

    #[getter]
    fn radius(&self) -> u32 {
        self.inner.radius()
    }

    /// As those of a model.
    #[pyo3(signature = (batch, k, threshold, threads, progress=None))]
    fn neighbors<'py>(
        &self,
        py: Python<'py>,
        batch: &Bound<'py, Batch>,
        k: usize,
        threshold: f32,
        threads: usize,
        progress: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Found<'py>> {
        let options = NeighborOptions { threads, k, threshold, ..Default::default() };
        neighbors::neighbors(
            py,
            batch.get(),
            progress.as_ref(),
            |batch, run| self.inner.neighbors(batch, &options, run),
            |neighbor| neighbor.similarity,
            |neighbor| self.inner.molecule(neighbor.id as usize),
        )
    }

    fn __len__(&self) -> usize {
        self.inner.len()
    }
}
