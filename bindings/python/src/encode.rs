//! Latents and places in the learned hierarchy.

use crate::array::{Array, Columns, Data};
use crate::batch::Batch;
use crate::call;
use crate::rows::Rows;
use chmr::{EncodeOptions, Model};
use pyo3::prelude::*;
use pyo3::types::PyList;

/// Name, latents, nodes, cosines of a modality.
type Modality = (String, Array, Array, Array);

/// The modalities, status, reasons.
pub(crate) type Encoded<'py> = (Vec<Modality>, Bound<'py, PyList>, Bound<'py, PyList>);

pub(crate) fn encode<'py>(
    py: Python<'py>,
    model: &Model,
    batch: &Batch,
    options: &EncodeOptions,
    progress: Option<&Bound<'py, PyAny>>,
) -> PyResult<Encoded<'py>> {
    let total = batch.rows().len();
    let (depth, width) = model.codebook().map_or((0, 0), |c| (c.depth(), c.width()));
    let section = model.manifest().codebook.as_ref();
    let names = section.map(|c| c.latents.clone()).unwrap_or_default();
    let (modalities, rows) = call::run(py, progress, |watch| {
        let mut values = Vec::new();
        for _ in &names {
            // -1 for a node, where there is none.
            let nodes: Vec<i32> = Vec::with_capacity(total * depth);
            values.push((Columns::new(total, width)?, nodes, Vec::with_capacity(total * depth)));
        }
        let mut rows = Rows::default();
        watch.chunks(batch, |range, chunk, run| {
            let found = model.encode(chunk, options, run)?;
            for ((latents, nodes, cosines), part) in values.iter_mut().zip(&found.latents) {
                latents.put(range.start, part.values.view());
                for code in &part.codes {
                    match code {
                        Some(code) => {
                            nodes.extend(code.nodes.iter().map(|&n| n as i32));
                            cosines.extend_from_slice(&code.cosines);
                        }
                        None => {
                            nodes.extend(std::iter::repeat_n(-1, depth));
                            cosines.extend(std::iter::repeat_n(f32::NAN, depth));
                        }
                    }
                }
            }
            rows.extend(found.rows);
            Ok(())
        })?;
        let modalities = names.iter().zip(values).map(|(name, (latents, nodes, cosines))| {
            let nodes = Array::rows(Data::I32(nodes), total, depth);
            let cosines = Array::rows(Data::F32(cosines), total, depth);
            (name.clone(), latents.finish(), nodes, cosines)
        });
        Ok((modalities.collect(), rows))
    })?;
    let (status, reasons) = rows.told(py)?;
    Ok((modalities, status, reasons))
}
