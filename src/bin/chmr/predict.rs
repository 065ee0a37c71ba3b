//! `chmr predict`.

use crate::Failure;
use crate::input::Row;
use crate::models;
use crate::options::{OutputFormat, Predict, RecordFormat};
use crate::output::{self, Kind, Sink, Value};
use crate::run::{self, Outcome, status};
use crate::table::Table;
use crate::tasks;
use crate::trust::Columns;
use chmr::{Model, PredictOptions, Run};

/// The column that tells what makes a molecule unlike those that models are made for; empty for most.
const NOTE: &str = "note";

/// Writes `id, smiles, status, note` and a column a task; with `--trust` what [`Columns`] adds.
pub fn command(options: &Predict) -> Result<bool, Failure> {
    let model = models::open(&options.model.model)?;
    let mut selected = tasks::select(&model, &options.model.tasks)?;
    let to_terminal = run::to_terminal(&options.common);
    let named = output::format_of(options.common.output.as_deref());
    let format = options.format.unwrap_or(match (to_terminal && !options.trust, named) {
        (true, _) => OutputFormat::Table,
        (false, RecordFormat::Parquet) => OutputFormat::Parquet,
        (false, _) => OutputFormat::Csv,
    });
    if format == OutputFormat::Table {
        if options.trust {
            return Err("--trust is for --format csv, jsonl and parquet".into());
        }
        selected = Table::choose(&model, selected);
    }
    let trust =
        options.trust.then(|| Columns::new(&model, &selected, options.coverage)).transpose()?;
    let names = selected.iter().map(|&t| model.tasks()[t].name.clone());
    let mut columns: Vec<String> = std::iter::once(NOTE.to_owned()).chain(names).collect();
    columns.extend(trust.iter().flat_map(Columns::names));
    let pool = run::pool(options.common.threads)?;
    let (source, target) = run::open(&options.common, models::file(&options.model.model))?;
    let sink = |target, format| {
        // The note, the tasks, and what `--trust` adds.
        let kind = |i: usize| match i.checked_sub(1 + selected.len()) {
            Some(i) => trust.as_ref().map_or(Kind::Text, |columns| columns.kind(i)),
            None if i == 0 => Kind::Text,
            None => Kind::Number,
        };
        output::sink(target, &options.common, Some(format), &columns, kind)
    };
    let sink: Box<dyn Sink> = match format {
        OutputFormat::Csv => sink(target, RecordFormat::Csv)?,
        OutputFormat::Jsonl => sink(target, RecordFormat::Jsonl)?,
        OutputFormat::Parquet => sink(target, RecordFormat::Parquet)?,
        OutputFormat::Table => Box::new(Table::new(target, &model, &selected)?),
    };
    let settings = PredictOptions {
        threads: options.common.threads,
        tasks: Some(selected),
        trust: options.trust,
        ..Default::default()
    };
    run::stream(&options.common, source, sink, to_terminal, |rows| {
        chunk(&model, &settings, trust.as_ref(), &pool, rows)
    })
}

fn chunk(
    model: &Model,
    settings: &PredictOptions,
    trust: Option<&Columns>,
    pool: &rayon::ThreadPool,
    rows: Vec<Row>,
) -> Result<Vec<Outcome>, Failure> {
    let (batch, names) = run::batch(pool, rows);
    let predictions = model.predict(&batch, settings, &Run::new())?;
    Ok(names
        .into_iter()
        .enumerate()
        .map(|(i, (id, smiles))| Outcome {
            id,
            smiles,
            result: match &predictions.rows[i] {
                Ok(()) => {
                    let mut fields = vec![Value::Text(predictions.flags[i].note())];
                    fields.extend(predictions.values.row(i).iter().map(|&v| Value::Number(v)));
                    fields.extend(trust.iter().flat_map(|columns| columns.values(&predictions, i)));
                    Ok(fields)
                }
                Err(e) => Err(status(e)),
            },
        })
        .collect())
}
