//! New tasks in an old model file.

use crate::Result;
use crate::config::Recipe;
use crate::ensemble::TrainedSet;
use crate::finetune::{Measured, file_name};
use chmr::Model;
use chmr::model::{DataSource, ModelWriter, NetworkEntry, Task, TaskKind, Validation};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};

const CARD: &str = "MODEL_CARD.md";

/// What is added to a model file.
pub struct Addition<'a> {
    /// First part of the new tasks' names.
    pub dataset: &'a str,
    /// Name of the file with the measurements.
    pub source: &'a str,
    /// Name of the new model, if it is not to be made of the base's and the data set's.
    pub model_name: Option<&'a str>,
    /// Licence of the measurements.
    pub licence: &'a str,
    /// Units by column.
    pub units: &'a BTreeMap<String, String>,
    /// Of the file with the measurements.
    pub sha256: &'a str,
    /// How the rows were split, in words.
    pub split: &'a str,
    /// What the new networks read.
    pub reads: &'a [String],
    /// Hyper-parameters, one a set.
    pub recipes: &'a [Recipe],
    /// The networks.
    pub sets: &'a [TrainedSet],
    /// Figures, one a task.
    pub measured: &'a [Measured],
}

/// Name of the network, and of its files, for the tasks of `kind`, or for all if it is the only kind.
pub fn network_name(dataset: &str, kind: Option<TaskKind>) -> String {
    let name = file_name(dataset);
    match kind {
        None => name,
        Some(TaskKind::Classification) => format!("{name}-classes"),
        Some(TaskKind::Regression) => format!("{name}-numbers"),
    }
}

/// The bytes of `base` with the addition; `only`: without the tasks that the base has.
///
/// # Errors
/// Where a name is taken, or something does not fit into a model file.
pub fn extend(base: &Model, addition: &Addition<'_>, only: bool) -> Result<Vec<u8>> {
    let mut manifest = base.manifest().clone();
    let mut writer = ModelWriter::new();
    let mut left: BTreeSet<String> = BTreeSet::from([CARD.to_owned()]);
    if only {
        left.extend(manifest.networks.drain(..).flat_map(|n| n.members));
        manifest.tasks.clear();
        manifest.training.data.clear();
        // What was measured of the tasks that are left out.
        left.extend(manifest.trust.take().and_then(|t| t.domain));
    }
    for path in manifest.entries.keys().filter(|p| !left.contains(*p)) {
        let content = base.entry(path).ok_or_else(|| format!("the base model lacks {path}"))?;
        writer.add(path, content.to_vec())?;
    }
    for set in addition.sets {
        let first = manifest.tasks.len();
        manifest.tasks.extend((0..set.benchmark.tasks.len()).map(|t| task(addition, set, t)));
        let name = set.problem.name.clone();
        let mut members = Vec::new();
        for (seed, member) in set.members.iter().enumerate() {
            let path = format!("networks/{name}-{seed}.onnx");
            writer.add(&path, set.problem.export(&member.network, &format!("{name}-{seed}"))?)?;
            members.push(path);
        }
        let tasks = (first..manifest.tasks.len()).collect();
        let reads = addition.reads.to_vec();
        manifest.networks.push(NetworkEntry { name, members, reads, tasks });
    }
    manifest.training.data.push(DataSource {
        name: addition.dataset.into(),
        licence: addition.licence.into(),
        rows: addition.sets.iter().map(|s| s.problem.train_x.nrows()).max().unwrap_or(0),
        sha256: addition.sha256.into(),
    });
    record(base, addition, &mut manifest.training.parameters)?;
    writer.add(CARD, card(base, addition, only).into_bytes())?;
    manifest.name = match addition.model_name {
        Some(name) => name.into(),
        None => format!("{}+{}", manifest.name, addition.dataset).chars().take(100).collect(),
    };
    Ok(writer.finish(manifest)?)
}

fn task(addition: &Addition<'_>, set: &TrainedSet, t: usize) -> Task {
    let column = &set.benchmark.tasks[t];
    let regression = set.problem.regression;
    let labelled = |y: &ndarray::Array2<f32>| y.column(t).iter().filter(|v| !v.is_nan()).count();
    Task {
        name: format!("{}/{column}", addition.dataset),
        dataset: addition.dataset.into(),
        column: column.clone(),
        description: format!("{column}, trained on {}", addition.source),
        unit: addition.units.get(column).cloned(),
        kind: if regression { TaskKind::Regression } else { TaskKind::Classification },
        direction: (!regression).then(|| "higher is more likely".into()),
        slope: set.calibration[t].0,
        intercept: set.calibration[t].1,
        train_rows: labelled(&set.problem.train_y),
        validation: set.figures[t].map(|value| Validation {
            metric: if regression { "mae" } else { "roc_auc" }.into(),
            value,
            rows: labelled(&set.problem.valid_y),
        }),
    }
}

/// What repeats the training, under `finetuned.<data set>` of the manifest's parameters.
fn record(
    base: &Model,
    addition: &Addition<'_>,
    parameters: &mut serde_json::Map<String, serde_json::Value>,
) -> Result<()> {
    let networks: BTreeMap<&str, &Recipe> =
        addition.sets.iter().map(|s| s.problem.name.as_str()).zip(addition.recipes).collect();
    let figures: BTreeMap<&str, &Measured> =
        addition.measured.iter().map(|m| (m.task.as_str(), m)).collect();
    let about = json!({
        "base": { "name": base.identity().name, "version": base.identity().version,
                  "sha256": base.identity().sha256 },
        "split": addition.split,
        "networks": networks,
        "tasks": figures,
    });
    let all = parameters.entry("finetuned").or_insert_with(|| json!({}));
    let all = all.as_object_mut().ok_or("the base model's parameter 'finetuned' is no object")?;
    all.insert(addition.dataset.into(), about);
    Ok(())
}

/// The base's model card with a section on the new tasks.
fn card(base: &Model, addition: &Addition<'_>, only: bool) -> String {
    let old = base.entry(CARD).map(String::from_utf8_lossy).unwrap_or_default();
    let before = if only {
        let id = base.identity();
        format!(
            "# Model card\n\nHeads on the frozen structure part of {} {}.\n",
            id.name, id.version
        )
    } else {
        old.trim_end().to_owned() + "\n"
    };
    format!(
        "{before}\n## {}\n\nHeads trained on {} (licence: {}) with everything before them frozen; rows split {}.\n\n{}",
        addition.dataset,
        addition.source,
        addition.licence,
        addition.split,
        table(addition.measured, addition.units),
    )
}

/// The figures as a Markdown table.
pub fn table(measured: &[Measured], units: &BTreeMap<String, String>) -> String {
    let mut text = String::from(
        "| task | metric | train | valid | test | valid figure | test figure | trivial predictor | better |\n|---|---|---|---|---|---|---|---|---|\n",
    );
    let figure = |v: Option<f64>| v.map_or("–".to_owned(), |v| format!("{v:.3}"));
    for m in measured {
        let unit = units.get(&m.task).map_or(String::new(), |u| format!(", {u}"));
        let [train, valid, test] = m.rows;
        let name = m.task.replace('|', "\\|");
        text += &format!(
            "| {name} | {}{unit} | {train} | {valid} | {test} | {} | {} | {} | {} |\n",
            m.metric,
            figure(m.valid),
            figure(m.test),
            figure(m.trivial),
            match m.better_than_trivial {
                Some(true) => "yes",
                Some(false) => "**no**",
                None => "–",
            }
        );
    }
    text += "\nThe trivial predictor knows nothing of a molecule: it gives the median of the training rows, or the share of positives \
             among them (ROC AUC 0.5).\n";
    for m in measured.iter().filter(|m| m.better_than_trivial == Some(false)) {
        text += &format!(
            "\n**'{}' loses to the trivial predictor** ({}): {} {} against {} on the {} rows. Do not use it.\n",
            m.task,
            m.trivial_predictor,
            m.metric,
            figure(m.test.or(m.valid)),
            figure(m.trivial),
            if m.test.is_some() { "test" } else { "validation" }
        );
    }
    text
}
