//! A person's own assays: heads on the frozen part of a model file.
//!
//! A [`table`] of measurements is [`split`], the base model's [`frozen`] part computes what its own heads read, one
//! ensemble is trained for the classifications and one for the regressions as the base's were
//! ([`ensemble`]), and the new tasks [join](extend) the old ones in one file, which every
//! host opens as any other.

pub mod chosen;
mod column;
pub mod extend;
pub mod frozen;
mod measure;
mod options;
pub mod split;
pub mod table;

pub use chosen::Chosen;
pub use column::Column;
pub use measure::{Interval, Measured};
pub use options::{Options, file_name};

use crate::Result;
use crate::benchmark::{Benchmark, Split};
use crate::ensemble::{self, TrainedSet};
use crate::fit::Problem;
use crate::scaffold::scaffold_of;
use chmr::model::TaskKind;
use chmr::{Batch, HeldOut, Model};
use frozen::Frozen;
use ndarray::{Array2, Axis, concatenate};
use rayon::prelude::*;
use std::collections::BTreeMap;
use table::{Bad, Table};

/// What a run came to.
pub struct Finetuned {
    /// The rows that were used; what was wrong with the others.
    pub table: Table,
    /// How the rows were split, in words.
    pub split: String,
    /// The tasks as they were before training.
    pub chosen: Vec<Chosen>,
    /// What the heads read.
    pub reads: Vec<String>,
    /// The new heads: at most one set of classifications and one of regressions.
    pub sets: Vec<TrainedSet>,
    /// One a task, in the order of the sets.
    pub measured: Vec<Measured>,
    /// The new model file.
    pub file: Vec<u8>,
}

/// What is about to be trained: everything that can be known of a table before.
pub struct Prepared {
    options: Options,
    base: Model,
    frozen: Frozen,
    /// What the heads read, a row a molecule.
    x: Array2<f32>,
    splits: Vec<Split>,
    /// The rows that will be used; what is wrong with the others.
    pub table: Table,
    /// How the rows were split, in words.
    pub split: String,
    /// The tasks, with kinds and counts.
    pub chosen: Vec<Chosen>,
}

/// Trains heads as `options` says: [`prepare`], then [`Prepared::train`].
///
/// # Errors
/// As these.
pub fn finetune(options: &Options) -> Result<Finetuned> {
    prepare(options)?.train()
}

/// Reads and splits the table, chooses the tasks, and computes what heads read.
///
/// # Errors
/// Where a file is of no use, the base model has tasks of this data set already, or too little was measured to
/// learn from or to choose on. Never for single rows.
pub fn prepare(options: &Options) -> Result<Prepared> {
    let base = Model::open(&options.model)?;
    let dataset = options.dataset();
    if !options.only && base.tasks().iter().any(|t| t.dataset == dataset) {
        return Err(format!(
            "the base model has tasks of '{dataset}' already; give --dataset another name, or --only"
        )
        .into());
    }
    let units = options.units()?;
    let mut table = Table::read(&options.data, &options.table()?)?;
    let named: Vec<&String> = table.tasks.iter().map(|t| &t.name).collect();
    if let Some(unknown) = units.keys().find(|c| !named.contains(c)) {
        return Err(format!("--unit {unknown}: no task is called so").into());
    }
    let frozen = Frozen::new(&base, &frozen::reads_of_heads(base.manifest()))?;
    let x = features(&frozen, &mut table)?;
    let (splits, split) = splits(options, &mut table)?;
    let x = x.select(Axis(0), &splits.iter().map(|s| s.0).collect::<Vec<_>>());
    let splits: Vec<Split> = splits.into_iter().map(|s| s.1).collect();
    let chosen = chosen::chosen(&table, &splits);
    if !options.allow_few {
        chosen::enough(&chosen)?;
    }
    for (set, kind) in benchmarks(&table, &splits, &dataset) {
        if !measurable(&set, kind) {
            let needed = match kind {
                TaskKind::Classification => "molecules of both classes of one task",
                TaskKind::Regression => "measured molecules of one task",
            };
            return Err(format!(
                "expected {needed} among the training and among the validation rows; split otherwise"
            )
            .into());
        }
    }
    Ok(Prepared { options: options.clone(), base, frozen, x, splits, table, split, chosen })
}

impl Prepared {
    /// Trains. Networks that the run's folder holds already are taken from there.
    ///
    /// # Errors
    /// For hyper-parameters out of range, or where the run's folder or the new file cannot be written.
    pub fn train(self) -> Result<Finetuned> {
        let Self { options, base, frozen, x, splits, table, split, chosen } = self;
        let (dataset, units) = (options.dataset(), options.units()?);
        let sets = benchmarks(&table, &splits, &dataset);
        let several = sets.len() > 1;
        let problems: Vec<Problem> = sets
            .iter()
            .map(|(set, kind)| {
                let mut problem = Problem::new(set, x.view(), *kind == TaskKind::Regression, None);
                problem.name = extend::network_name(&dataset, several.then_some(*kind));
                problem
            })
            .collect();
        let recipe = |p: &Problem| options.recipe(p.train_x.nrows());
        let recipes = problems.iter().map(recipe).collect::<Result<Vec<_>>>()?;
        let folder = options.run();
        std::fs::create_dir_all(&folder)?;
        let members = ensemble::train_problems(options.workers, &problems, &recipes, &folder)?;
        let each = sets.into_iter().zip(problems).zip(members);
        let sets = each
            .map(|(((set, _), problem), members)| ensemble::finish(set, problem, members, None))
            .collect::<Result<Vec<TrainedSet>>>()?;
        let mut measured = Vec::new();
        for set in &sets {
            measured.extend(measure::measure(set, x.view())?);
        }
        let addition = extend::Addition {
            dataset: &dataset,
            source: &options.data.file_name().unwrap_or_default().to_string_lossy(),
            model_name: options.name.as_deref(),
            licence: &options.licence,
            units: &units,
            sha256: &table.sha256,
            split: &split,
            reads: frozen.reads(),
            recipes: &recipes,
            sets: &sets,
            measured: &measured,
        };
        let file = extend::extend(&base, &addition, options.only)?;
        let file = trusted(&Model::from_bytes(file)?, &dataset, &sets, options.workers)?;
        let reads = frozen.reads().to_vec();
        Ok(Finetuned { reads, table, split, chosen, sets, measured, file })
    }
}

/// The file of `model` with what the validation rows say of trust in the new tasks, whatever it says of the others.
fn trusted(model: &Model, dataset: &str, sets: &[TrainedSet], threads: usize) -> Result<Vec<u8>> {
    let Some(TrainedSet { benchmark: first, .. }) = sets.first() else {
        return Err("there are no new tasks".into());
    };
    let batch = |rows: &[usize]| {
        let mut batch = Batch::new();
        rows.iter().for_each(|&row| _ = batch.push_smiles(&first.smiles[row]));
        batch
    };
    let rows = first.rows(Split::Valid);
    // In the order of the model's tasks.
    let labels: Vec<_> = sets.iter().map(|s| s.benchmark.labels.select(Axis(0), &rows)).collect();
    let labels: Vec<_> = labels.iter().map(|l| l.view()).collect();
    let labels = concatenate(Axis(1), &labels)?;
    // A row whose cells were all empty or left out taught the networks nothing.
    let learnt = first.rows(Split::Train).into_iter().filter(|&row| {
        sets.iter().any(|s| s.benchmark.labels.row(row).iter().any(|v| !v.is_nan()))
    });
    let held_out = HeldOut {
        dataset,
        training: &batch(&learnt.collect::<Vec<_>>()),
        molecules: &batch(&rows),
        labels: labels.view(),
        twin: None,
    };
    Ok(model.calibrated_further(&[held_out], threads)?)
}

/// What the heads read, for every row of the table; rows that the library refuses leave it.
fn features(frozen: &Frozen, table: &mut Table) -> Result<Array2<f32>> {
    let (x, status) = frozen.embed(&table.smiles)?;
    let refused = status.iter().enumerate().filter_map(|(i, s)| s.as_ref().err().map(|e| (i, e)));
    for (i, error) in refused {
        let reason = format!("'{}': {error}", table.smiles[i]);
        table.bad.push(Bad { line: table.lines[i], reason });
    }
    table.bad.sort_by_key(|b| b.line);
    let keep: Vec<bool> = status.iter().map(|s| s.is_ok()).collect();
    table.retain(&keep);
    let kept: Vec<usize> = (0..keep.len()).filter(|&i| keep[i]).collect();
    Ok(x.select(Axis(0), &kept))
}

/// The rows kept with their split, and how it was made, in words. Rows without a split leave the table.
fn splits(options: &Options, table: &mut Table) -> Result<(Vec<(usize, Split)>, String)> {
    let n = table.smiles.len();
    let number = |splits: Vec<Split>| splits.into_iter().enumerate().collect();
    if let Some(path) = &options.split {
        let by_row = split::read(path)?;
        let found = (0..n).filter_map(|i| Some((i, *by_row.get(&table.rows[i])?)));
        let found: Vec<(usize, Split)> = found.collect();
        let keep: Vec<bool> = table.rows.iter().map(|row| by_row.contains_key(row)).collect();
        for (i, _) in keep.iter().enumerate().filter(|(_, k)| !**k) {
            table
                .bad
                .push(Bad { line: table.lines[i], reason: "the split file leaves it out".into() });
        }
        table.bad.sort_by_key(|b| b.line);
        table.retain(&keep);
        let file = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        return Ok((found, format!("as {file} says")));
    }
    if let Some(own) = table.splits.clone() {
        return Ok((number(own), "as the data's own column says".into()));
    }
    let keys: Vec<String> = table.smiles.par_iter().map(|s| scaffold_of(s)).collect();
    let by_scaffold = split::by_scaffold(&keys);
    let useful = |splits: &[Split]| {
        benchmarks(table, splits, "").iter().all(|(set, kind)| measurable(set, *kind))
    };
    Ok(if useful(&by_scaffold) {
        (number(by_scaffold), "80/10/10 by Bemis-Murcko scaffold".into())
    } else {
        // Few scaffolds, or few positives.
        let how = "80/10/10 at random, as scaffolds leave nothing to choose on";
        (number(split::at_random(n)), how.into())
    })
}

/// The tasks of each kind as a data set.
fn benchmarks(table: &Table, splits: &[Split], name: &str) -> Vec<(Benchmark, TaskKind)> {
    let kinds = [TaskKind::Classification, TaskKind::Regression];
    let of_kind = |kind| {
        let tasks: Vec<_> = table.tasks.iter().filter(|t| t.kind == kind).collect();
        let labels =
            Array2::from_shape_fn((splits.len(), tasks.len()), |(i, t)| tasks[t].values[i]);
        let set = Benchmark {
            name: name.to_owned(),
            tasks: tasks.iter().map(|t| t.name.clone()).collect(),
            smiles: table.smiles.clone(),
            splits: splits.to_vec(),
            labels,
            sha256: table.sha256.clone(),
        };
        (set, kind)
    };
    kinds.into_iter().map(of_kind).filter(|(set, _)| !set.tasks.is_empty()).collect()
}

/// Whether some task can be learnt from the training rows and measured on the validation rows.
fn measurable(set: &Benchmark, kind: TaskKind) -> bool {
    let enough = |split| {
        let rows = set.labels.select(Axis(0), &set.rows(split));
        rows.columns().into_iter().any(|column| {
            let mut classes = BTreeMap::new();
            for v in column.iter().filter(|v| !v.is_nan()) {
                *classes.entry(v.to_bits()).or_insert(0) += 1;
            }
            classes.len() > usize::from(kind == TaskKind::Classification)
        })
    };
    enough(Split::Train) && enough(Split::Valid)
}
