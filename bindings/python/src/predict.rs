//! Predicting, and what predictions are worth.

use crate::array::{Array, Columns, Data};
use crate::batch::Batch;
use crate::call;
use crate::fault::Fault;
use crate::rows::Rows;
use chmr::trust::Placement;
use chmr::{DomainSummary, Model, PredictOptions};
use pyo3::prelude::*;
use pyo3::types::PyList;

/// Values, status, reasons, notes, trust.
pub(crate) type Predicted<'py> =
    (Array, Bound<'py, PyList>, Bound<'py, PyList>, Vec<String>, Option<Trust>);

pub(crate) fn predict<'py>(
    py: Python<'py>,
    model: &Model,
    batch: &Batch,
    options: &PredictOptions,
    progress: Option<&Bound<'py, PyAny>>,
) -> PyResult<Predicted<'py>> {
    let total = batch.rows().len();
    let columns = options.tasks.as_ref().map_or(0, Vec::len);
    let (values, rows, notes, trust) = call::run(py, progress, |watch| {
        let mut values = Columns::new(total, columns)?;
        let (mut rows, mut notes) = (Rows::default(), Vec::with_capacity(total));
        let mut trust: Option<Trust> = None;
        watch.chunks(batch, |range, chunk, run| {
            let found = model.predict(chunk, options, run)?;
            values.put(range.start, found.values.view());
            notes.extend(found.flags.iter().map(|f| f.note()));
            if let Some(told) = found.trust {
                trust.get_or_insert_with(|| Trust::new(&told)).put(&told);
            }
            rows.extend(found.rows);
            Ok(())
        })?;
        if let Some(trust) = &mut trust {
            trust.good = (0..rows.len()).map(|row| rows.is_good(row)).collect();
        }
        Ok((values.finish(), rows, notes, trust))
    })?;
    let (status, reasons) = rows.told(py)?;
    Ok((values, status, reasons, notes, trust))
}

/// Intervals and applicability domain of predictions.
#[pyclass(frozen, module = "chmr._chmr")]
pub(crate) struct Trust {
    coverages: Vec<f32>,
    /// Coverages × columns, row behind row.
    half_widths: Vec<f32>,
    columns: usize,
    domains: Vec<DomainSummary>,
    domain_of: Vec<Option<usize>>,
    /// Rows × domains, row behind row.
    placements: Vec<Placement>,
    /// Whether each row was predicted.
    good: Vec<bool>,
}

impl Trust {
    fn new(told: &chmr::Trust) -> Self {
        Self {
            coverages: told.coverages.clone(),
            half_widths: told.half_widths.iter().copied().collect(),
            columns: told.half_widths.ncols(),
            domains: told.domains.clone(),
            domain_of: told.domain_of.clone(),
            placements: Vec::new(),
            good: Vec::new(),
        }
    }

    fn put(&mut self, told: &chmr::Trust) {
        self.placements.extend(told.placements.iter());
    }

    /// Each row's place in a domain; none for a refused row.
    fn places(&self, domain: usize) -> impl Iterator<Item = Option<&Placement>> {
        let places = self.placements.iter().skip(domain).step_by(self.domains.len().max(1));
        self.good.iter().zip(places).map(|(good, place)| good.then_some(place))
    }

    fn domain(&self, domain: usize) -> PyResult<&DomainSummary> {
        let found = self.domains.get(domain);
        Ok(found.ok_or_else(|| Fault::argument(format!("no domain {domain}")))?)
    }
}

#[pymethods]
impl Trust {
    /// Coverages of the intervals, ascending.
    #[getter]
    fn coverages(&self) -> Vec<f64> {
        // The nearest number of what was written, 0.8 rather than 0.800000012.
        self.coverages.iter().filter_map(|c| c.to_string().parse().ok()).collect()
    }

    /// Half the width of the intervals (coverages × columns).
    #[getter]
    fn half_widths(&self) -> Array {
        let values = Data::F32(self.half_widths.clone());
        Array::rows(values, self.coverages.len(), self.columns)
    }

    /// The data sets that have a domain.
    #[getter]
    fn datasets(&self) -> Vec<&str> {
        self.domains.iter().map(|d| d.dataset.as_str()).collect()
    }

    /// Least similarity of what lies inside, a number a domain.
    #[getter]
    fn least_similarity(&self) -> Vec<f32> {
        self.domains.iter().map(|d| d.limits.least_similarity).collect()
    }

    /// Index of each column's domain.
    #[getter]
    fn domain_of(&self) -> Vec<Option<usize>> {
        self.domain_of.clone()
    }

    /// The ends of the intervals about one column of `values`.
    fn bounds(
        &self,
        values: &Bound<'_, Array>,
        column: usize,
        coverage: usize,
    ) -> PyResult<(Array, Array)> {
        let half = self.half_widths.get(coverage * self.columns + column);
        let values = values.get().column_of_floats(column);
        let (Some(&half), Some(values), true) = (half, values, column < self.columns) else {
            return Err(Fault::argument("no such column or coverage").into());
        };
        let (lower, upper) = values.map(|v| (v - half, v + half)).unzip();
        Ok((Array::vector(Data::F32(lower)), Array::vector(Data::F32(upper))))
    }

    /// Similarity of each row's nearest training molecule in a domain; NaN for refused rows.
    fn nearest(&self, domain: usize) -> PyResult<Array> {
        self.domain(domain)?;
        let nearest = self.places(domain).map(|p| p.map_or(f32::NAN, |p| p.nearest));
        Ok(Array::vector(Data::F32(nearest.collect())))
    }

    /// Whether each row lies inside a domain; refused rows do not.
    fn inside(&self, domain: usize) -> PyResult<Array> {
        let limits = self.domain(domain)?.limits;
        let inside = self.places(domain).map(|p| u8::from(p.is_some_and(|p| p.is_inside(&limits))));
        Ok(Array::vector(Data::Bool(inside.collect())))
    }

    /// Why rows lie outside a domain; an empty text for those inside, `None` for refused rows.
    fn reasons(&self, domain: usize) -> PyResult<Vec<Option<String>>> {
        let DomainSummary { dataset, limits, .. } = self.domain(domain)?;
        Ok(self.places(domain).map(|p| Some(p?.reason(limits, dataset))).collect())
    }
}
