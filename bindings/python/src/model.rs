//! An opened model: what it is, and everything that is asked of it.

use crate::batch::Batch;
use crate::call;
use crate::encode::{self, Encoded};
use crate::fault::Fault;
use crate::impute::{self, Imputed};
use crate::library::Library;
use crate::neighbors::{self, Found};
use crate::predict::{self, Predicted};
use chmr::model::TaskKind;
use chmr::reference::Propagation;
use chmr::{EncodeOptions, ImputeOptions, NeighborOptions, PredictOptions};
use globset::GlobBuilder;
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use std::path::PathBuf;

/// An opened model. Immutable; any number of threads may use it.
#[pyclass(frozen, module = "chmr._chmr")]
pub(crate) struct Model {
    model: chmr::Model,
}

/// A task: name, data set, column, description, unit, kind, direction, training molecules, and of the validation its metric, value
/// and molecules.
type Task = (
    String,
    String,
    String,
    String,
    Option<String>,
    &'static str,
    Option<String>,
    usize,
    Option<(String, f64, usize)>,
);

#[pymethods]
impl Model {
    /// The model file at `path`.
    #[staticmethod]
    fn open(py: Python<'_>, path: PathBuf) -> PyResult<Self> {
        call::run(py, None, |_| Ok(Self { model: chmr::Model::open(&path)? }))
    }

    #[getter]
    fn name(&self) -> &str {
        &self.model.identity().name
    }

    #[getter]
    fn version(&self) -> &str {
        &self.model.identity().version
    }

    #[getter]
    fn sha256(&self) -> &str {
        &self.model.identity().sha256
    }

    /// What the model predicts.
    fn tasks(&self) -> Vec<Task> {
        let tasks = self.model.tasks().iter().map(|t| {
            let kind = match t.kind {
                TaskKind::Classification => "classification",
                TaskKind::Regression => "regression",
            };
            let validation = t.validation.as_ref().map(|v| (v.metric.clone(), v.value, v.rows));
            let t = t.clone();
            (
                t.name,
                t.dataset,
                t.column,
                t.description,
                t.unit,
                kind,
                t.direction,
                t.train_rows,
                validation,
            )
        });
        tasks.collect()
    }

    /// Indices of the tasks that the patterns name, in their order, each once: names, or globs as the command line takes
    /// them.
    fn select(&self, patterns: Vec<String>) -> PyResult<Vec<usize>> {
        let tasks = self.model.tasks();
        let mut chosen: Vec<usize> = Vec::new();
        let mut taken = vec![false; tasks.len()];
        for pattern in patterns {
            // A name may hold characters that mean something in a pattern.
            let found = match tasks.iter().position(|t| t.name == pattern) {
                Some(i) => vec![i],
                None => {
                    let glob = GlobBuilder::new(&pattern).case_insensitive(true).build();
                    let wrong = |e: globset::Error| Fault::argument(format!("tasks: {e}"));
                    let glob = glob.map_err(wrong)?.compile_matcher();
                    (0..tasks.len()).filter(|&i| glob.is_match(&tasks[i].name)).collect()
                }
            };
            if found.is_empty() {
                let mut sets: Vec<&str> = tasks.iter().map(|t| t.dataset.as_str()).collect();
                sets.dedup();
                let sets = sets.iter().map(|s| format!("{s}/*")).collect::<Vec<_>>().join(", ");
                let message = format!("tasks: no task is called '{pattern}'; try {sets}");
                return Err(Fault::argument(message).into());
            }
            chosen.extend(found.into_iter().filter(|&i| !std::mem::replace(&mut taken[i], true)));
        }
        Ok(chosen)
    }

    /// An entry of the model file, such as `MODEL_CARD.md`.
    fn entry<'py>(&self, py: Python<'py>, path: &str) -> Option<Bound<'py, PyBytes>> {
        Some(PyBytes::new(py, self.model.entry(path)?))
    }

    /// Makes the networks of `tasks` ready.
    fn prepare(&self, py: Python<'_>, tasks: Vec<usize>, threads: usize) -> PyResult<()> {
        call::run(py, None, |_| Ok(self.model.prepare(&tasks, threads)?))
    }

    /// Values (rows × tasks), status, reasons, notes, and trust if it is wanted.
    #[pyo3(signature = (batch, tasks, trust, threads, progress=None))]
    fn predict<'py>(
        &self,
        py: Python<'py>,
        batch: &Bound<'py, Batch>,
        tasks: Vec<usize>,
        trust: bool,
        threads: usize,
        progress: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Predicted<'py>> {
        let options = PredictOptions { threads, tasks: Some(tasks), trust, ..Default::default() };
        predict::predict(py, &self.model, batch.get(), &options, progress.as_ref())
    }

    /// Values and spread (rows × features), status, reasons, methods and support, and tails.
    #[pyo3(signature = (batch, modality, observed, propagation, structure_only, threads, progress=None))]
    #[allow(clippy::too_many_arguments)] // What crosses in one call need not cross in ten.
    fn impute<'py>(
        &self,
        py: Python<'py>,
        batch: &Bound<'py, Batch>,
        modality: &str,
        observed: Option<(Bound<'py, PyBytes>, usize, usize)>,
        propagation: Option<(usize, usize)>,
        structure_only: bool,
        threads: usize,
        progress: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Imputed<'py>> {
        let propagation = propagation.map(|(neighbors, steps)| Propagation { neighbors, steps });
        let options = ImputeOptions { threads, propagation, structure_only, ..Default::default() };
        let observed = observed.map(impute::matrix).transpose()?;
        let progress = progress.as_ref();
        impute::impute(py, &self.model, batch.get(), modality, observed, &options, progress)
    }

    /// The features of a modality that are most worth measuring, and the share of the others that they explain.
    fn panel(&self, py: Python<'_>, modality: &str, size: usize) -> PyResult<Vec<(String, f32)>> {
        call::run(py, None, |watch| {
            let chosen = self.model.panel(modality, size, &watch.part(0, 0))?;
            let library = self.model.library();
            let features =
                library.and_then(|l| l.modality(modality)).map(|m| m.profiles().features());
            let name = |i: usize| features.and_then(|f| f.get(i)).cloned().unwrap_or_default();
            Ok(chosen.into_iter().map(|c| (name(c.feature), c.explained)).collect())
        })
    }

    /// Of each modality: name, latents (rows × width), nodes and cosines (rows × levels); status, reasons.
    #[pyo3(signature = (batch, threads, progress=None))]
    fn encode<'py>(
        &self,
        py: Python<'py>,
        batch: &Bound<'py, Batch>,
        threads: usize,
        progress: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Encoded<'py>> {
        let options = EncodeOptions { threads, ..Default::default() };
        encode::encode(py, &self.model, batch.get(), &options, progress.as_ref())
    }

    /// Rows of neighbours, ids, SMILES, similarities; status, reasons.
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
        let library = self.model.library();
        neighbors::neighbors(
            py,
            batch.get(),
            progress.as_ref(),
            |batch, run| self.model.neighbors(batch, &options, run),
            |source| source.similarity,
            |source| {
                let row = source.member as usize;
                let named = library.map(|l| (l.id(row).to_owned(), l.smiles(row).to_owned()));
                Ok(named.unwrap_or_default())
            },
        )
    }

    /// The reference library, if there is one.
    #[getter]
    fn library(&self) -> Option<Library> {
        self.model.library().cloned().map(Library::from)
    }

    /// The model with a library added to its own.
    fn with_library(&self, py: Python<'_>, library: &Bound<'_, Library>) -> PyResult<Self> {
        let library = library.get();
        call::run(py, None, |_| {
            let model = self.model.clone().with_library(library.inner().clone())?;
            Ok(Self { model })
        })
    }
}
