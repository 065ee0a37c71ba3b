//! Figures of a model file on a file with labels.

use crate::Result;
use crate::benchmark::Split;
use crate::finetune::table::{Table, TableOptions};
use crate::metrics::{mae, roc_auc};
use chmr::model::TaskKind;
use chmr::{Batch, Model, PredictOptions, Run};
use serde::Serialize;
use std::path::Path;

/// Figures of one split.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Figures {
    /// The data set.
    pub dataset: String,
    /// `train`, `valid`, `test`, or `all` where the file does not split.
    pub split: String,
    /// `AUC %` or `MAE x 100`.
    pub metric: &'static str,
    /// Mean over the tasks that can be measured.
    pub mean: f64,
    /// Molecules of the split.
    pub molecules: usize,
    /// Of these, those that the library refuses.
    pub refused: usize,
    /// Those that can be measured.
    pub tasks: Vec<TaskFigure>,
}

/// Figure of one task.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TaskFigure {
    /// Name in the model.
    pub task: String,
    /// AUC % or MAE × 100.
    pub value: f64,
    /// Labelled molecules.
    pub rows: usize,
}

/// Measures `model` on the columns of `file` that it has tasks for: those called as the task, or as the task's
/// column in `dataset` (if absent, the letters and digits that the file's name begins with). Rows without a label are
/// left out, and of each split those beyond the first `limit`.
///
/// # Errors
/// Where the file is of no use, or no column is a task of the model.
pub fn evaluate(
    model: &Model,
    file: &Path,
    dataset: Option<&str>,
    limit: Option<usize>,
) -> Result<Vec<Figures>> {
    let mut table = Table::read(file, &TableOptions::default())?;
    let stem = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let first = stem.split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default();
    let dataset = dataset.unwrap_or(first);
    let find = |column: &str| {
        let full = format!("{dataset}/{column}");
        model.tasks().iter().position(|t| t.name == full || t.name == column)
    };
    let matched: Vec<(usize, usize)> =
        table.tasks.iter().enumerate().filter_map(|(c, t)| Some((c, find(&t.name)?))).collect();
    if matched.is_empty() {
        return Err(
            format!("{}: no column is a task of '{dataset}' in the model", file.display()).into()
        );
    }
    let mut taken = [0; 3];
    let keep: Vec<bool> = (0..table.smiles.len())
        .map(|i| {
            let labelled = matched.iter().any(|&(c, _)| !table.tasks[c].values[i].is_nan());
            let taken = &mut taken[table.splits.as_ref().map_or(0, |s| s[i] as usize)];
            *taken += usize::from(labelled);
            labelled && *taken <= limit.unwrap_or(usize::MAX)
        })
        .collect();
    table.retain(&keep);
    let mut batch = Batch::new();
    table.smiles.iter().for_each(|s| {
        batch.push_smiles(s);
    });
    let tasks = matched.iter().map(|(_, t)| *t).collect();
    let options = PredictOptions { tasks: Some(tasks), ..Default::default() };
    let predicted = model.predict(&batch, &options, &Run::new())?;
    let splits: &[(Option<Split>, &str)] = match table.splits {
        None => &[(None, "all")],
        Some(_) => &[
            (Some(Split::Train), "train"),
            (Some(Split::Valid), "valid"),
            (Some(Split::Test), "test"),
        ],
    };
    let mut all = Vec::new();
    for (split, name) in splits {
        let of_split = |i: &usize| table.splits.as_ref().is_none_or(|s| Some(s[*i]) == *split);
        let rows: Vec<usize> = (0..table.smiles.len()).filter(of_split).collect();
        for kind in [TaskKind::Classification, TaskKind::Regression] {
            let figure = |(p, &(c, t)): (usize, &(usize, usize))| {
                let task = &model.tasks()[t];
                let known = |i: &&usize| {
                    !table.tasks[c].values[**i].is_nan() && predicted.rows[**i].is_ok()
                };
                let rows: Vec<usize> = rows.iter().filter(known).copied().collect();
                let labels = rows.iter().map(|&i| table.tasks[c].values[i]);
                let values = rows.iter().map(|&i| predicted.values[[i, p]]);
                let value = match kind {
                    _ if task.kind != kind => None,
                    TaskKind::Classification => roc_auc(labels, values),
                    TaskKind::Regression => mae(labels, values),
                }?;
                Some(TaskFigure { task: task.name.clone(), value: 100.0 * value, rows: rows.len() })
            };
            let tasks: Vec<TaskFigure> = matched.iter().enumerate().filter_map(figure).collect();
            if tasks.is_empty() {
                continue;
            }
            all.push(Figures {
                dataset: dataset.to_owned(),
                split: (*name).to_owned(),
                metric: if kind == TaskKind::Regression { "MAE x 100" } else { "AUC %" },
                mean: tasks.iter().map(|t| t.value).sum::<f64>() / tasks.len() as f64,
                molecules: rows.len(),
                refused: rows.iter().filter(|i| predicted.rows[**i].is_err()).count(),
                tasks,
            });
        }
    }
    Ok(all)
}

/// Markdown, a line each; with `by_task` one for every task too.
pub fn table(figures: &[Figures], by_task: bool) -> String {
    let mut text = String::from(
        "| data set | split | metric | mean | tasks | molecules | refused |\n|---|---|---|---|---|---|---|\n",
    );
    for f in figures {
        text += &format!(
            "| {} | {} | {} | {:.2} | {} | {} | {} |\n",
            f.dataset,
            f.split,
            f.metric,
            f.mean,
            f.tasks.len(),
            f.molecules,
            f.refused
        );
        for t in f.tasks.iter().filter(|_| by_task) {
            let task = t.task.replace('|', "\\|");
            text += &format!("| {task} | {} | | {:.2} | | {} | |\n", f.split, t.value, t.rows);
        }
    }
    text
}
