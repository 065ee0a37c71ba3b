//! The model file of a run.

use crate::Result;
use crate::benchmark::{Split, about, description, unit};
use crate::calibration::LEARNT_ALL;
use crate::config::Config;
use crate::distil::stages::STUDENT_1D;
use crate::ensemble::{Trained, TrainedSet};
use crate::fit::Problem;
use crate::provenance;
use chmr::Model;
use chmr::model::{
    DataSource, Manifest, ModelWriter, NetworkEntry, TREES_ENDING, Task, TaskKind, Training,
    Validation,
};
use std::path::Path;

/// Entry of a model file that tells a person about it.
const CARD: &str = "MODEL_CARD.md";

/// Which of a run's networks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Networks {
    /// Those that never saw the validation split: what figures, calibration and trust are measured on.
    Measured,
    /// Those that learnt from it, too, where the configuration has some; else the others.
    Shipped,
}

/// The bytes of the `.chmr` file of the folder `run`, with `card` as its model card.
///
/// # Errors
/// Where something does not fit into a model file.
pub fn pack(
    config: &Config,
    trained: &Trained,
    networks: Networks,
    card: &str,
    run: &Path,
) -> Result<Vec<u8>> {
    let which = networks;
    let mut writer = ModelWriter::new();
    trained.structure.add_to(&mut writer)?;
    writer.add(CARD, card.as_bytes().to_vec())?;
    let (mut tasks, mut networks) = (Vec::new(), Vec::new());
    for set in &trained.sets {
        let name = &set.benchmark.name;
        let first = tasks.len();
        let shipped = set.shipped.as_ref().filter(|_| which == Networks::Shipped);
        let (problem, fitted, trees) = match shipped {
            Some(s) => (&s.problem, &s.members, &s.trees),
            None => (&set.problem, &set.members, &set.trees),
        };
        tasks.extend((0..set.benchmark.tasks.len()).map(|t| task(set, problem, t)));
        let mut members = Vec::new();
        for (seed, member) in fitted.iter().enumerate() {
            let path = format!("networks/{name}-{seed}.onnx");
            writer.add(&path, problem.export(&member.network, &format!("{name}-{seed}"))?)?;
            members.push(path);
        }
        if let Some(boosted) = trees {
            let path = format!("networks/{name}-trees{TREES_ENDING}");
            writer.add(&path, boosted.trees.to_safetensors()?)?;
            members.push(path);
        }
        networks.push(NetworkEntry {
            name: name.clone(),
            members,
            reads: config.reads(name),
            tasks: (first..tasks.len()).collect(),
        });
    }
    let serde_json::Value::Object(parameters) = serde_json::to_value(config)? else {
        return Err("a configuration is an object".into());
    };
    let mut parameters = parameters;
    let all = which == Networks::Shipped && trained.sets.iter().any(|s| s.shipped.is_some());
    parameters.insert(LEARNT_ALL.into(), all.into());
    let data = trained.sets.iter().map(|set| DataSource {
        name: set.benchmark.name.clone(),
        licence: about(&set.benchmark.name).map_or("unknown", |a| a.licence).into(),
        rows: match &set.shipped {
            Some(shipped) if which == Networks::Shipped => shipped.problem.train_x.nrows(),
            _ => set.problem.train_x.nrows(),
        },
        sha256: set.benchmark.sha256.clone(),
    });
    let mut data: Vec<DataSource> = data.collect();
    let lent = trained.sets.iter().filter_map(|s| s.problem.borrowed.as_ref());
    data.extend(provenance::borrowed(lent));
    if let Some(distil) = &config.distil {
        data.extend(provenance::students(distil, run)?);
    }
    if config.pretrain.is_some() {
        data.extend(provenance::pretraining(run)?);
    }
    let manifest = Manifest {
        name: config.name.clone(),
        version: config.version.clone(),
        description: what_it_is(trained).into(),
        licence: "CC BY-SA 3.0 (trained in part on ChEMBL)".into(),
        tasks,
        networks,
        training: Training { data, parameters },
        ..trained.structure.manifest()
    };
    Ok(writer.finish(manifest)?)
}

fn what_it_is(trained: &Trained) -> &'static str {
    if trained.structure.width(STUDENT_1D).is_ok() {
        "Supervised heads on frozen students of a large teacher, which read descriptors, MACCS keys, Morgan bits and \
         the molecular graph; one ensemble a data set. Predictions need the structure alone."
    } else if trained.structure.has_stages() {
        "CHMR: a structure encoder pretrained together with observed cell and expression profiles, frozen, and \
         supervised heads on it and on descriptors, MACCS keys and Morgan bits, one ensemble a public data set. \
         Predictions need the structure alone."
    } else {
        "Supervised networks on descriptors, MACCS keys and Morgan bits, one ensemble a public data set. \
         Structure only: observed cell or expression profiles are not used."
    }
}

fn task(set: &TrainedSet, problem: &Problem, t: usize) -> Task {
    let column = &set.benchmark.tasks[t];
    let (unit, direction) = unit(&set.benchmark.name, column);
    let description = description(&set.benchmark.name, column);
    let dataset = about(&set.benchmark.name).map_or(set.benchmark.name.as_str(), |a| a.dataset());
    let regression = set.problem.regression;
    let (slope, intercept) = match regression {
        // From standardised numbers back to the task's unit.
        true => (problem.scale[t], problem.centre[t]),
        false => set.calibration[t],
    };
    let labelled = |y: &ndarray::Array2<f32>| y.column(t).iter().filter(|v| !v.is_nan()).count();
    Task {
        name: format!("{dataset}/{column}"),
        dataset: dataset.into(),
        column: column.clone(),
        description,
        unit: unit.map(String::from),
        kind: if regression { TaskKind::Regression } else { TaskKind::Classification },
        direction: direction.map(String::from),
        slope,
        intercept,
        train_rows: labelled(&problem.train_y),
        validation: set.figures[t].map(|value| Validation {
            metric: if regression { "mae" } else { "roc_auc" }.into(),
            value,
            rows: labelled(&set.problem.valid_y),
        }),
    }
}

/// The bytes of `model`'s file with another model card.
///
/// # Errors
/// Where it does not fit into a model file.
pub fn with_card(model: &Model, card: &str) -> Result<Vec<u8>> {
    let manifest = model.manifest();
    let mut writer = ModelWriter::new();
    for path in manifest.entries.keys() {
        let content = model.entry(path).ok_or_else(|| format!("the file lacks {path}"))?;
        let content = if path == CARD { card.as_bytes() } else { content };
        writer.add(path, content.to_vec())?;
    }
    if !manifest.entries.contains_key(CARD) {
        writer.add(CARD, card.as_bytes().to_vec())?;
    }
    Ok(writer.finish(manifest.clone())?)
}

/// A table of the validation figures, Markdown.
pub fn table(trained: &Trained) -> String {
    let mut text = String::from(
        "| data set | tasks | train | valid | metric | single seeds | average |\n|---|---|---|---|---|---|---|\n",
    );
    for set in &trained.sets {
        let mut singles: Vec<String> =
            set.members.iter().map(|m| format!("{:.2}", m.figure)).collect();
        singles.extend(set.trees.as_ref().map(|t| format!("trees {:.2}", t.figure)));
        text += &format!(
            "| {} | {} | {} | {} | {} | {} | **{:.2}** |\n",
            set.benchmark.name,
            set.benchmark.tasks.len(),
            set.problem.train_x.nrows(),
            set.benchmark.rows(Split::Valid).len(),
            if set.problem.regression { "MAE × 100" } else { "AUC %" },
            singles.join(", "),
            set.figure,
        );
    }
    text
}
