//! Filling in a modality.

use crate::array::{Array, Columns, Data};
use crate::batch::Batch;
use crate::call;
use crate::fault::Fault;
use crate::rows::Rows;
use chmr::reference::{Library, Method, Support};
use chmr::{ImputeOptions, Model};
use ndarray::{Array2, s};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyList};

/// Values, spread, status, reasons, support, tails.
pub(crate) type Imputed<'py> =
    (Array, Array, Bound<'py, PyList>, Bound<'py, PyList>, Bound<'py, PyList>, Tails);

/// Rows × columns of native floats, as bytes.
pub(crate) fn matrix(
    (bytes, rows, columns): (Bound<'_, PyBytes>, usize, usize),
) -> Result<Array2<f32>, Fault> {
    let floats = bytes.as_bytes().as_chunks::<4>().0.iter().map(|b| f32::from_ne_bytes(*b));
    Array2::from_shape_vec((rows, columns), floats.collect())
        .map_err(|_| Fault::argument(format!("not {rows} rows of {columns} numbers")))
}

pub(crate) fn impute<'py>(
    py: Python<'py>,
    model: &Model,
    batch: &Batch,
    modality: &str,
    observed: Option<Array2<f32>>,
    options: &ImputeOptions,
    progress: Option<&Bound<'py, PyAny>>,
) -> PyResult<Imputed<'py>> {
    let total = batch.rows().len();
    if let Some(o) = observed.as_ref().filter(|o| o.nrows() != total) {
        let message = format!("observed has {} rows; expected {total}, as molecules", o.nrows());
        return Err(Fault::argument(message).into());
    }
    let found = model.library().and_then(|l| l.modality(modality));
    // Of an unknown modality the library itself tells.
    let features = found.map_or(0, |m| m.profiles().features().len());
    let (values, spread, rows, told, tails) = call::run(py, progress, |watch| {
        let (mut values, mut spread) =
            (Columns::new(total, features)?, Columns::new(total, features)?);
        let (mut rows, mut told, mut tails) = (Rows::default(), Vec::new(), Vec::new());
        watch.chunks(batch, |range, chunk, run| {
            let known = observed.as_ref().map(|o| o.slice(s![range.clone(), ..]));
            let found = model.impute(chunk, modality, known, options, run)?;
            values.put(range.start, found.values.view());
            spread.put(range.start, found.spread.view());
            told.extend(found.support.into_iter().zip(found.methods));
            tails.extend(found.tails);
            rows.extend(found.rows);
            Ok(())
        })?;
        Ok((values.finish(), spread.finish(), rows, told, Tails(tails)))
    })?;
    let (status, reasons) = rows.told(py)?;
    let library = model.library();
    let support = told.into_iter().map(|row| match (row, library) {
        ((Some(support), Some(method)), Some(library)) => {
            Ok(Some(described(py, library, &support, method)?))
        }
        _ => Ok(None),
    });
    let support = PyList::new(py, support.collect::<PyResult<Vec<_>>>()?)?;
    Ok((values, spread, status, reasons, support, tails))
}

/// What a row's values rest on.
fn described<'py>(
    py: Python<'py>,
    library: &Library,
    support: &Support,
    method: Method,
) -> PyResult<Bound<'py, PyDict>> {
    let sources = support.sources.iter().map(|s| {
        let row = s.member as usize;
        (library.id(row), library.smiles(row), s.similarity)
    });
    let told = PyDict::new(py);
    told.set_item("method", method.name())?;
    told.set_item("nearest", support.nearest)?;
    told.set_item("neighbors", support.neighbors)?;
    told.set_item("shared", support.shared)?;
    told.set_item("observed", support.observed)?;
    told.set_item("explained", support.explained)?;
    told.set_item("hops", support.hops)?;
    told.set_item("sources", sources.collect::<Vec<_>>())?;
    Ok(told)
}

/// How wide intervals about imputed rows are.
#[pyclass(frozen, module = "chmr._chmr")]
pub(crate) struct Tails(Vec<Option<chmr::reference::Tails>>);

#[pymethods]
impl Tails {
    /// Half the width of an interval of `coverage`, in spreads, a number a row; NaN for refused rows.
    fn half_width(&self, coverage: f32) -> PyResult<Array> {
        if chmr::reference::Tails::default().half_width(coverage).is_none() {
            let message = format!("coverage is {coverage}; expected 0.5 to 0.99");
            return Err(Fault::argument(message).into());
        }
        let width = |t: &Option<chmr::reference::Tails>| t.as_ref()?.half_width(coverage);
        let widths = self.0.iter().map(|t| width(t).unwrap_or(f32::NAN));
        Ok(Array::vector(Data::F32(widths.collect())))
    }
}
