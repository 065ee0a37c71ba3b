//! Finding known molecules.

use crate::array::{Array, Data};
use crate::batch::Batch;
use crate::call;
use crate::fault::Fault;
use crate::rows::Rows;
use chmr::{Error, Run};
use pyo3::prelude::*;
use pyo3::types::PyList;

/// Of all neighbours, one row's behind the other's, the row, ids, SMILES and similarities; status, reasons.
pub(crate) type Found<'py> =
    (Array, Vec<String>, Vec<String>, Array, Bound<'py, PyList>, Bound<'py, PyList>);

pub(crate) fn neighbors<'py, N>(
    py: Python<'py>,
    batch: &Batch,
    progress: Option<&Bound<'py, PyAny>>,
    search: impl Fn(&chmr::Batch, &Run<'_>) -> Result<Vec<Result<Vec<N>, Error>>, Error> + Sync,
    similarity: impl Fn(&N) -> f32 + Sync,
    name: impl Fn(&N) -> Result<(String, String), Error> + Sync,
) -> PyResult<Found<'py>> {
    let (of, ids, smiles, similarities, rows) = call::run(py, progress, |watch| {
        let (mut of, mut ids, mut smiles) = (Vec::new(), Vec::new(), Vec::new());
        let (mut similarities, mut rows) = (Vec::new(), Rows::default());
        watch.chunks(batch, |_, chunk, run| {
            for row in search(chunk, run)? {
                let (found, refused) = match row {
                    Ok(found) => (found, None),
                    Err(e) => (Vec::new(), Some(e)),
                };
                for neighbor in &found {
                    let row = i32::try_from(rows.len());
                    of.push(row.map_err(|_| Fault::argument("too many molecules at a time"))?);
                    let (id, text) = name(neighbor).map_err(Fault::from)?;
                    ids.push(id);
                    smiles.push(text);
                    similarities.push(similarity(neighbor));
                }
                rows.push(refused);
            }
            Ok(())
        })?;
        Ok((Data::I32(of), ids, smiles, Data::F32(similarities), rows))
    })?;
    let (status, reasons) = rows.told(py)?;
    Ok((Array::vector(of), ids, smiles, Array::vector(similarities), status, reasons))
}
