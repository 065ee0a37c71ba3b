//! `chmr predict`.

use crate::Failure;
use crate::input::Row;
use crate::options::{OutputFormat, Predict};
use crate::output::{Csv, JsonLines, Sink, Value, create};
use crate::run::{self, Outcome, status};
use crate::table::Table;
use crate::tasks;
use chmr::{Model, PredictOptions, Run};

/// Writes `id, smiles, status` and a column a task.
pub fn command(options: &Predict) -> Result<bool, Failure> {
    let model = tasks::open(&options.model)?;
    let mut selected = tasks::select(&model, &options.model.tasks)?;
    let to_terminal = run::to_terminal(&options.common);
    let format = options.format.unwrap_or(match to_terminal {
        true => OutputFormat::Table,
        false => OutputFormat::Csv,
    });
    if format == OutputFormat::Table {
        selected = Table::choose(&model, selected);
    }
    let columns: Vec<String> = selected.iter().map(|&t| model.tasks()[t].name.clone()).collect();
    let target = create(options.common.output.as_deref())?;
    let sink: Box<dyn Sink> = match format {
        OutputFormat::Csv => Box::new(Csv::new(target, &columns)?),
        OutputFormat::Jsonl => Box::new(JsonLines::new(target, &columns)?),
        OutputFormat::Table => Box::new(Table::new(target, &model, &selected)?),
    };
    let pool = run::pool(options.common.threads)?;
    let settings = PredictOptions {
        threads: options.common.threads,
        tasks: Some(selected),
        ..Default::default()
    };
    run::stream(&options.common, sink, to_terminal, |rows| chunk(&model, &settings, &pool, rows))
}

fn chunk(
    model: &Model,
    settings: &PredictOptions,
    pool: &rayon::ThreadPool,
    rows: Vec<Row>,
) -> Result<Vec<Outcome>, Failure> {
    let (batch, names) = run::batch(pool, rows);
    let predictions = model.predict(&batch, settings, &Run::new())?;
    let values = predictions.values.outer_iter();
    Ok(names
        .into_iter()
        .zip(predictions.rows)
        .zip(values)
        .map(|(((id, smiles), row), values)| Outcome {
            id,
            smiles,
            result: match row {
                Ok(()) => Ok(values.iter().map(|&v| Value::Number(v)).collect()),
                Err(e) => Err(status(e)),
            },
        })
        .collect())
}
