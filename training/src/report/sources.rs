//! Reports of what the commands leave behind.

use super::chart::{Kind, Series, Titles, chart};
use super::{Report, calibration, tree};
use crate::Result;
use crate::benchmark::unit;
use crate::ensemble::{Trained, TrainedSet, average};
use crate::finetune::{Finetuned, extend};
use crate::fit::Epoch;
use crate::pack;
use crate::pretrain::History;
use crate::pretrain::history::Parts;
use serde_json::json;
use std::collections::BTreeMap;
use std::path::Path;

/// Picks a part of the loss.
type Part = fn(&Parts) -> f64;

/// Of a `pretrain` run: losses by part, supervised AUC, use of the codebook.
pub fn pretrained(title: &str, history: &History) -> Report {
    let parts: [(&str, Part); 6] = [
        ("total", |p| p.total),
        ("cpr", |p| p.cpr),
        ("InfoNCE", |p| p.info_nce),
        ("VICReg", |p| p.vicreg),
        ("codebook", |p| p.vq),
        ("supervised", |p| p.supervised),
    ];
    let mut drawings = Vec::new();
    for (name, part) in parts {
        let of = |which: fn(&crate::pretrain::history::Epoch) -> &Parts| -> Vec<(f64, f64)> {
            history.epochs.iter().map(|e| (e.epoch as f64, part(which(e)))).collect()
        };
        let (train, valid) = (of(|e| &e.train), of(|e| &e.valid));
        if train.iter().all(|p| p.1 == 0.0) {
            continue;
        }
        let series = [("train", train), ("held out", valid)]
            .map(|(name, points)| Series { name: name.into(), points });
        let titles = Titles { title: &format!("Loss: {name}"), x: "epoch", y: "loss" };
        drawings
            .push((format!("loss_{}", name.to_lowercase()), chart(titles, &series, Kind::Lines)));
    }
    let auc = history.epochs.iter().filter_map(|e| Some((e.epoch as f64, e.valid_auc?)));
    let auc = Series { name: "held out".into(), points: auc.collect() };
    if !auc.points.is_empty() {
        let titles = Titles { title: "Supervised tasks", x: "epoch", y: "mean AUC %" };
        drawings.push(("supervised_auc".into(), chart(titles, &[auc], Kind::Lines)));
    }
    let best = history.epochs.iter().find(|e| e.epoch == history.best);
    if let Some(best) = best.or(history.epochs.last()).filter(|e| !e.occupancy.is_empty()) {
        let levels = (0..best.perplexity.len()).map(|level| Series {
            name: format!("level {}", level + 1),
            points: history
                .epochs
                .iter()
                .map(|e| (e.epoch as f64, e.perplexity.get(level).copied().unwrap_or(f64::NAN)))
                .collect(),
        });
        let titles = Titles { title: "Nodes used as if evenly", x: "epoch", y: "perplexity" };
        let levels: Vec<Series> = levels.collect();
        drawings.push(("code_use".into(), chart(titles, &levels, Kind::Lines)));
        drawings.push((
            "tree".into(),
            tree::tree(
                "Codes: share of the latents (full colour: twice an equal share)",
                &best.occupancy,
            ),
        ));
    }
    let table = history.coverage.iter().fold(String::new(), |text, (name, share)| {
        text + &format!("{name}: augmentation reaches {:.1} % of the molecules\n", 100.0 * share)
    });
    let table = format!("best epoch {}; {}\n{table}", history.best, history.ended);
    let metrics = json!({ "best": history.best, "epoch": best });
    Report { title: title.into(), table, drawings, metrics }
}

/// Of a `finetune` run; `run` is its folder, `units` as given.
///
/// # Errors
/// If a network's history is damaged.
pub fn finetuned(
    title: &str,
    tuned: &Finetuned,
    run: &Path,
    units: &BTreeMap<String, String>,
) -> Result<Report> {
    let mut drawings = Vec::new();
    for set in &tuned.sets {
        let members = set.members.len();
        drawings.extend(curves(&set.problem.name, members, set.problem.regression, run)?);
    }
    for (i, m) in tuned.measured.iter().enumerate() {
        let svg = match m.metric {
            "mae" => {
                calibration::agreement(&m.task, units.get(&m.task).map(String::as_str), &m.points)
            }
            _ => calibration::reliability(&m.task, &m.points),
        };
        drawings.push((format!("calibration_{i}"), svg));
    }
    let ignored: Vec<_> = tuned
        .table
        .ignored
        .iter()
        .map(|(column, why)| json!({ "column": column, "reason": why }))
        .collect();
    let metrics = json!({ "split": tuned.split, "reads": tuned.reads, "molecules": tuned.table.smiles.len(),
                          "smiles_column": tuned.table.smiles_column, "columns": tuned.chosen,
                          "ignored_columns": ignored, "tasks": tuned.measured,
                          "bad_rows": tuned.table.bad });
    let table = extend::table(&tuned.measured, units);
    Ok(Report { title: title.into(), table, drawings, metrics })
}

/// Of a `train` run, whose folder is `run`.
///
/// # Errors
/// If a network's history is damaged.
pub fn trained(title: &str, trained: &Trained, run: &Path) -> Result<Report> {
    let (mut drawings, mut metrics) = (Vec::new(), serde_json::Map::new());
    for set in &trained.sets {
        let p = &set.problem;
        drawings.extend(curves(&p.name, set.members.len(), p.regression, run)?);
        drawings.extend(calibrations(set)?);
        let tasks: BTreeMap<&str, Option<f64>> = set
            .benchmark
            .tasks
            .iter()
            .map(String::as_str)
            .zip(set.figures.iter().copied())
            .collect();
        let seeds: Vec<f64> = set.members.iter().map(|m| m.figure).collect();
        let about = json!({ "metric": if p.regression { "MAE x 100" } else { "AUC %" },
                            "average": set.figure, "seeds": seeds, "tasks": tasks });
        metrics.insert(p.name.clone(), about);
    }
    Ok(Report {
        title: title.into(),
        table: pack::table(trained),
        drawings,
        metrics: metrics.into(),
    })
}

/// Of the validation split: all classes of a data set together, numbers a drawing each.
fn calibrations(set: &TrainedSet) -> Result<Vec<(String, String)>> {
    let p = &set.problem;
    let tasks = set.benchmark.tasks.len();
    let z = average(p, &set.members, set.trees.as_ref(), p.valid_x.view())?;
    let points = |task: usize| -> Vec<(f32, f32)> {
        let (slope, intercept) = set.calibration[task];
        let pairs = z.column(task).into_iter().zip(p.valid_y.column(task));
        let known = pairs.filter(|(_, y)| !y.is_nan());
        let value = |z: f32| slope * z + intercept;
        let logistic = |v: f32| if p.regression { v } else { 1.0 / (1.0 + (-v).exp()) };
        known.map(|(&z, &y)| (logistic(value(z)), y)).collect()
    };
    let name = &set.benchmark.name;
    if !p.regression {
        let all: Vec<(f32, f32)> = (0..tasks).flat_map(points).collect();
        return Ok(vec![(format!("{name}_calibration"), calibration::reliability(name, &all))]);
    }
    let each = set.benchmark.tasks.iter().enumerate().map(|(t, task)| {
        let svg = calibration::agreement(task, unit(name, task).0, &points(t));
        (format!("{name}_agreement_{t}"), svg)
    });
    Ok(each.collect())
}

/// Training loss and validation figure of every seed, as far as the folder holds histories: networks trained by an
/// older version have none.
fn curves(name: &str, seeds: usize, regression: bool, run: &Path) -> Result<Vec<(String, String)>> {
    let (mut losses, mut figures) = (Vec::new(), Vec::new());
    for seed in 0..seeds {
        let path = run.join(format!("{name}-{seed}.history.json"));
        let Ok(bytes) = std::fs::read(&path) else { continue };
        let epochs: Vec<Epoch> =
            serde_json::from_slice(&bytes).map_err(|e| format!("{}: {e}", path.display()))?;
        let series = |value: fn(&Epoch) -> f64| Series {
            name: format!("seed {seed}"),
            points: epochs.iter().map(|e| (e.epoch as f64, value(e))).collect(),
        };
        losses.push(series(|e| e.loss));
        figures.push(series(|e| e.figure));
    }
    if losses.is_empty() {
        return Ok(Vec::new());
    }
    let figure = if regression { "MAE × 100" } else { "AUC %" };
    let loss = Titles { title: &format!("{name}: training loss"), x: "epoch", y: "loss" };
    let valid = Titles { title: &format!("{name}: validation"), x: "epoch", y: figure };
    Ok(vec![
        (format!("{name}_loss"), chart(loss, &losses, Kind::Lines)),
        (format!("{name}_valid"), chart(valid, &figures, Kind::Lines)),
    ])
}
