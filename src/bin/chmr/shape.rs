//! `chmr shape`.

use crate::Failure;
use crate::options::Shape;
use crate::output::{Kind, Value, sink};
use crate::run::{self, Outcome, status};
use chmr::features::shape;
use chmr::{Run, ShapeOptions};

/// Writes `id, smiles, status` and a column a shape descriptor.
pub fn command(options: &Shape) -> Result<bool, Failure> {
    let pool = run::pool(options.common.threads)?;
    let (source, target) = run::open(&options.common, [])?;
    let sink = sink(target, &options.common, options.format, shape::names(), |_| Kind::Number)?;
    let how = ShapeOptions { threads: options.common.threads, ..Default::default() };
    let to_terminal = run::to_terminal(&options.common);
    run::stream(&options.common, source, sink, to_terminal, |rows| {
        let (batch, names) = run::batch(&pool, rows);
        let shapes = batch.shapes(&how, &Run::new())?;
        let values = shapes.values.outer_iter();
        let rows = names.into_iter().zip(shapes.rows).zip(values);
        Ok(rows
            .map(|(((id, smiles), row), values)| {
                let values = || values.iter().map(|&v| Value::Number(v)).collect();
                Outcome { id, smiles, result: row.map(|()| values()).map_err(status) }
            })
            .collect())
    })
}
