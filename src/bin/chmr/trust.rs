//! What `chmr predict --trust` adds to the tasks' columns.

use crate::Failure;
use crate::output::{Kind, Value};
use chmr::model::TaskKind;
use chmr::{Model, Predictions};

/// Behind the tasks: `<task> lower` and `<task> upper` for each number; `<data set> domain` (`in` or `out`, empty
/// where the model has none), `<data set> nearest` and `<data set> reason` for each data set; `model`, its name,
/// version and SHA-256.
pub struct Columns {
    names: Vec<String>,
    /// Columns of the predictions that have intervals.
    numbers: Vec<usize>,
    /// The first column of each data set.
    datasets: Vec<usize>,
    /// Index of the coverage.
    coverage: usize,
    model: String,
}

impl Columns {
    /// For `tasks` of `model`, with intervals of `coverage`.
    pub fn new(model: &Model, tasks: &[usize], coverage: f32) -> Result<Self, Failure> {
        let section = model.manifest().trust.as_ref().ok_or(
            "--trust: the model has neither intervals nor an applicability domain; \
             `chmr-training calibrate` writes them into its file",
        )?;
        let place = section.coverages.iter().position(|c| (c - coverage).abs() < 1e-6);
        let told: Vec<String> = section.coverages.iter().map(f32::to_string).collect();
        let coverage = place.ok_or_else(|| {
            format!("--coverage {coverage}: the model has intervals for {}", told.join(", "))
        })?;
        let (mut names, mut numbers, mut datasets) = (Vec::new(), Vec::new(), Vec::new());
        for (column, &task) in tasks.iter().enumerate() {
            let task = &model.tasks()[task];
            if task.kind == TaskKind::Regression {
                numbers.push(column);
                names.extend(["lower", "upper"].map(|end| format!("{} {end}", task.name)));
            }
        }
        for (column, &task) in tasks.iter().enumerate() {
            let dataset = |t: usize| model.tasks()[t].dataset.as_str();
            let dataset = match tasks[..column].iter().any(|&t| dataset(t) == dataset(task)) {
                true => continue,
                false => dataset(task),
            };
            datasets.push(column);
            names.extend(["domain", "nearest", "reason"].map(|what| format!("{dataset} {what}")));
        }
        names.push("model".into());
        let id = model.identity();
        let model = format!("{} {} {}", id.name, id.version, id.sha256);
        Ok(Self { names, numbers, datasets, coverage, model })
    }

    /// What the fields of a column are.
    pub fn kind(&self, i: usize) -> Kind {
        let ends = |end: &str| self.names[i].ends_with(end);
        if ends(" domain") || ends(" reason") || i + 1 == self.names.len() {
            Kind::Text
        } else {
            Kind::Number
        }
    }

    /// Their names.
    pub fn names(&self) -> Vec<String> {
        self.names.clone()
    }

    /// Their values in `row`, a good one.
    pub fn values(&self, predictions: &Predictions, row: usize) -> Vec<Value> {
        let mut values = Vec::with_capacity(self.names.len());
        for &column in &self.numbers {
            let interval = predictions.interval(row, column, self.coverage);
            let (lower, upper) = interval.unwrap_or((f32::NAN, f32::NAN));
            values.extend([Value::Number(lower), Value::Number(upper)]);
        }
        for &column in &self.datasets {
            let (domain, nearest, reason) = match predictions.placement(row, column) {
                Some((place, domain)) => (
                    if place.is_inside(&domain.limits) { "in" } else { "out" },
                    place.nearest,
                    place.reason(&domain.limits, &domain.dataset),
                ),
                None => ("", f32::NAN, String::new()),
            };
            values.extend([
                Value::Text(domain.into()),
                Value::Number(nearest),
                Value::Text(reason),
            ]);
        }
        values.push(Value::Text(self.model.clone()));
        values
    }
}
