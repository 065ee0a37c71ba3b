//! `chmr info`.

use crate::Failure;
use crate::models;
use crate::options::Info;
use crate::tasks;
use chmr::Model;
use chmr::model::{Stage, Task, TaskKind};
use serde_json::json;
use std::io::{self, Write};

/// Says what the model is; with `--tasks`, each of those tasks too.
pub fn command(options: &Info) -> Result<(), Failure> {
    let model = models::open(&options.model.model)?;
    let selected = tasks::select(&model, &options.model.tasks)?;
    let tasks: Vec<&Task> = selected.iter().map(|&t| &model.tasks()[t]).collect();
    let mut out = io::BufWriter::new(io::stdout().lock());
    if options.json {
        let identity = model.identity();
        let m = model.manifest();
        let modalities = model.library().map(|l| l.modalities()).unwrap_or_default();
        let observed: Vec<_> = modalities
            .iter()
            .map(|o| {
                json!({
                    "modality": o.name(),
                    "profiles": o.profiles().members().len(),
                    "source": o.source(),
                    "licence": o.licence(),
                })
            })
            .collect();
        let value = json!({
            "chmr": env!("CARGO_PKG_VERSION"),
            "name": identity.name,
            "version": identity.version,
            "sha256": identity.sha256,
            "description": m.description,
            "licence": m.licence,
            "structure": m.structure,
            "stages": stages(&model),
            "tasks": tasks,
            "training": m.training.data,
            "observed": observed,
            "trust": m.trust,
        });
        serde_json::to_writer_pretty(&mut out, &value)?;
        writeln!(out)?;
    } else {
        about(&mut out, &model)?;
        if options.model.tasks.is_empty() {
            data_sets(&mut out, &tasks)?;
        } else {
            each(&mut out, &model, &tasks)?;
        }
    }
    Ok(out.flush()?)
}

/// What the stages read and how wide they are; of graph networks, their sizes.
fn stages(model: &Model) -> Vec<serde_json::Value> {
    let stage = |stage: &Stage| {
        let graph = model.graph_shape(&stage.name).map(
            |shape| json!({ "width": shape.width, "layers": shape.layers, "walks": shape.walks }),
        );
        json!({ "name": stage.name, "reads": stage.reads, "width": stage.width, "graph": graph })
    };
    model.manifest().stages.iter().map(stage).collect()
}

fn about(out: &mut impl Write, model: &Model) -> io::Result<()> {
    let (identity, m) = (model.identity(), model.manifest());
    writeln!(out, "{} {}  (chmr {})", identity.name, identity.version, env!("CARGO_PKG_VERSION"))?;
    writeln!(out, "{}", m.description)?;
    writeln!(out, "SHA-256   {}", identity.sha256)?;
    writeln!(out, "licence   {}", m.licence)?;
    let s = &m.structure;
    writeln!(
        out,
        "input     {} descriptors, {} MACCS keys, {} Morgan bits of radius {}",
        s.descriptors.len(),
        s.maccs_bits,
        s.morgan_bits,
        s.morgan_radius
    )?;
    for stage in &m.stages {
        let Some(shape) = model.graph_shape(&stage.name) else { continue };
        writeln!(
            out,
            "graph     {}, {} values of atoms and bonds{} in {} layers of {}",
            stage.name,
            stage.width,
            if shape.walks { ", and of random walks," } else { "" },
            shape.layers,
            shape.width
        )?;
    }
    for d in &m.training.data {
        writeln!(out, "trained   {}, {} molecules ({})", d.name, d.rows, d.licence)?;
    }
    for o in model.library().map(|l| l.modalities()).unwrap_or_default() {
        let from =
            [o.source(), o.licence()].iter().filter(|t| !t.is_empty()).copied().collect::<Vec<_>>();
        let from = if from.is_empty() { "source not said".into() } else { from.join("; ") };
        writeln!(
            out,
            "observed  {}, {} profiles ({from})",
            o.name(),
            o.profiles().members().len()
        )?;
    }
    if let Some(trust) = &m.trust {
        let shares: Vec<String> =
            trust.coverages.iter().map(|c| format!("{:.0} %", 100.0 * c)).collect();
        let domains = trust.datasets.values().filter(|d| d.domain.is_some()).count();
        writeln!(
            out,
            "trust     intervals of {}; applicability domains of {domains} data sets",
            shares.join(", ")
        )?;
    }
    writeln!(out)
}

/// One line a data set.
fn data_sets(out: &mut impl Write, tasks: &[&Task]) -> io::Result<()> {
    writeln!(out, "{:<16}{:>6}  {:<16}validation", "data set", "tasks", "kind")?;
    for group in tasks.chunk_by(|a, b| a.dataset == b.dataset) {
        let first = group[0];
        let figures: Vec<_> = group.iter().filter_map(|t| t.validation.as_ref()).collect();
        let mean = match figures.first() {
            Some(v) if figures.iter().all(|f| f.metric == v.metric) => {
                let sum: f64 = figures.iter().map(|f| f.value).sum();
                format!("mean {} {:.3}", v.metric, sum / figures.len() as f64)
            }
            _ => String::new(),
        };
        let (set, kind) = (&first.dataset, kind(first));
        writeln!(out, "{set:<16}{:>6}  {kind:<16}{mean}", group.len())?;
    }
    writeln!(out, "\n{} tasks; `chmr info --tasks 'GLOB'` tells about each.", tasks.len())
}

/// Some lines a task.
fn each(out: &mut impl Write, model: &Model, tasks: &[&Task]) -> io::Result<()> {
    let trust = model.manifest().trust.as_ref();
    for t in tasks {
        let unit = t.unit.as_deref().map(|u| format!(", {u}")).unwrap_or_default();
        writeln!(out, "{}  ({}{unit})", t.name, kind(t))?;
        for text in [Some(&t.description), t.direction.as_ref()].into_iter().flatten() {
            if !text.is_empty() {
                writeln!(out, "    {text}")?;
            }
        }
        write!(out, "    {} training molecules", t.train_rows)?;
        if let Some(v) = &t.validation {
            write!(out, "; validation {} {:.3} on {}", v.metric, v.value, v.rows)?;
        }
        writeln!(out)?;
        let Some(trust) = trust else { continue };
        let widths = trust.half_widths.get(&t.name).into_iter().flatten();
        for (coverage, width) in trust.coverages.iter().zip(widths) {
            if let Some(width) = width {
                writeln!(out, "    {:.0} % of measurements within ±{width:.3}", 100.0 * coverage)?;
            }
        }
        let Some(set) = trust.datasets.get(&t.dataset) else { continue };
        if let Some(e) = set.calibration_error.filter(|_| t.kind == TaskKind::Classification) {
            writeln!(out, "    calibration error of {} {:.1} %", t.dataset, 100.0 * e)?;
        }
    }
    Ok(())
}

fn kind(task: &Task) -> &'static str {
    match task.kind {
        TaskKind::Classification => "classification",
        TaskKind::Regression => "regression",
    }
}
