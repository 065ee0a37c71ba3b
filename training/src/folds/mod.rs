//! Repeated folds over scaffolds of a data set's training and validation rows: what hyper-parameters are chosen by.
//!
//! A single small validation split shows differences that are not there: of two settings that it put points apart, the test
//! split agreed with neither. Here each row is measured once a repeat by a network that saw no molecule of its scaffold, and a
//! difference between two configurations is taken fold by fold, on the same rows.
//!
//! Networks are trained for the recipe's epochs, without stopping early: a fold that chose its own epoch would flatter itself. The figure
//! after every epoch is kept all the same, so that a table can name the epoch that is best on the average. `<run>/folds/` keeps each
//! fold's figures under a hash of all that they depend on.

mod interval;
mod split;

pub use interval::Interval;
pub use split::scaffold_folds;

use crate::Result;
use crate::config::{Config, Recipe};
use crate::ensemble::{Material, MaterialSet, structure_columns};
use crate::fit::{fit, outputs};
use crate::jobs::in_parallel;
use crate::keep;
use crate::scaffold::scaffold_of;
use crate::trees::{Boosted, boost};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::Path;

/// How folds are made.
#[derive(Clone, Debug)]
pub struct Options {
    /// Times that all rows are measured once.
    pub repeats: u64,
    /// Parts that the rows are cut into.
    pub folds: usize,
    /// Data sets; all of the configuration if empty.
    pub datasets: Vec<String>,
}

/// What one fold came to. Figures are AUC % or MAE × 100.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fold {
    /// Everything that the figures depend on.
    pub identity: String,
    /// Rows measured.
    pub rows: usize,
    /// The network after each epoch.
    pub epochs: Vec<f64>,
    /// The trees, where the configuration has some.
    pub trees: Option<f64>,
    /// The average of both.
    pub figure: f64,
}

/// What the folds of a data set came to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Folds {
    /// The data set.
    pub dataset: String,
    /// Whether a smaller figure is better.
    pub regression: bool,
    /// Parts that the rows were cut into.
    pub parts: usize,
    /// Repeat by repeat, fold by fold.
    pub folds: Vec<Fold>,
}

/// Measures the configuration by repeated folds. What `folder` holds already is read.
///
/// # Errors
/// Where data is missing, a part of the run that heads read is, or a network diverges.
pub fn folds(config: &Config, data: &Path, folder: &Path, options: &Options) -> Result<Vec<Folds>> {
    if options.folds < 2 || options.repeats == 0 {
        return Err("expected at least two folds and one repeat".into());
    }
    if let Some(name) = options.datasets.iter().find(|n| !config.datasets.contains_key(*n)) {
        return Err(format!("the configuration has no data set '{name}'").into());
    }
    let asked = |name: &&str| {
        options.datasets.is_empty() || options.datasets.iter().any(|asked| asked == name)
    };
    let names: Vec<&str> = config.datasets.keys().map(String::as_str).filter(asked).collect();
    let to = folder.join("folds");
    std::fs::create_dir_all(&to)?;
    let mut all = Vec::new();
    // One data set at a time: the largest takes some hundred megabytes.
    for name in names {
        let material = Material::read(config, &[name], data, folder)?;
        let Some(set) = material.sets.first() else { continue };
        let columns = match config.trees(name) {
            Some(_) => Some(structure_columns(&material.structure, &config.reads(name))?),
            None => None,
        };
        let keys: Vec<String> = set.benchmark.smiles.par_iter().map(|s| scaffold_of(s)).collect();
        let splits: Vec<Vec<usize>> = (0..options.repeats)
            .map(|repeat| scaffold_folds(&keys, options.folds, repeat))
            .collect();
        let recipe = Recipe { patience: 0, ..config.recipe(name) };
        let count = splits.len() * options.folds;
        let work = |number: usize| -> Result<Fold> {
            let (repeat, fold) = (number / options.folds, number % options.folds);
            let of = |held: bool| -> Vec<usize> {
                let split = &splits[repeat];
                (0..split.len()).filter(|&row| (split[row] == fold) == held).collect()
            };
            let trees = config.trees(name).zip(columns.clone());
            let path = to.join(format!("{name}-{repeat}-{fold}"));
            let found = one(set, (&of(false), &of(true)), &recipe, repeat as u64, trees, &path)?;
            eprintln!("{name:<10} repeat {repeat} fold {fold}: {:.2}", found.figure);
            Ok(found)
        };
        let folds = in_parallel(config.workers, count, work)?;
        let (dataset, regression) = (name.to_owned(), set.regression);
        all.push(Folds { dataset, regression, parts: options.folds, folds });
    }
    Ok(all)
}

/// One fold, kept as `path` and the beginning of its identity.
fn one(
    set: &MaterialSet,
    (train, valid): (&[usize], &[usize]),
    recipe: &Recipe,
    seed: u64,
    trees: Option<(&crate::trees::Recipe, std::ops::Range<usize>)>,
    path: &Path,
) -> Result<Fold> {
    let problem = set.problem(train, valid);
    let identity = problem.identity(&format!("fold 1 {recipe:?} {seed} {trees:?}"));
    let mut name = path.file_name().unwrap_or_default().to_os_string();
    name.push(format!("-{}.json", &identity[..12]));
    let path = path.with_file_name(name);
    if let Ok(bytes) = std::fs::read(&path)
        && let Ok(kept) = serde_json::from_slice::<Fold>(&bytes)
        && kept.identity == identity
    {
        return Ok(kept);
    }
    let epochs = RefCell::new(Vec::new());
    let fitted = fit(&problem, recipe, seed, &|e| epochs.borrow_mut().push(e.figure))?;
    let (mut figure, mut alone) = (fitted.figure, None);
    if let Some((recipe, columns)) = trees {
        let trees = Boosted::weighed(boost(&problem, columns, recipe)?, &problem, recipe, 1)?;
        let z = outputs(&fitted.network, problem.valid_x.view())?;
        let z = (z + trees.outputs(problem.valid_x.view())?) / 2.0;
        (figure, alone) = (problem.figure(&z), Some(trees.figure));
    }
    let epochs = epochs.into_inner();
    let fold = Fold { identity, rows: valid.len(), epochs, trees: alone, figure };
    keep::write(&path, serde_json::to_vec(&fold)?)?;
    Ok(fold)
}

impl Folds {
    /// Mean figure of the folds. Folds in which no task has both classes have none.
    pub fn figure(&self) -> Interval {
        self.over(|fold| fold.figure)
    }

    fn over(&self, figure: impl Fn(&Fold) -> f64) -> Interval {
        let values: Vec<f64> = self.folds.iter().map(figure).filter(|v| !v.is_nan()).collect();
        Interval::of(&values, self.parts)
    }

    /// The epoch after which networks alone are best on the average, and their figure there and at the end.
    pub fn best_epoch(&self) -> (usize, f64, f64) {
        let epochs = self.folds.iter().map(|f| f.epochs.len()).min().unwrap_or_default();
        let mean = |epoch: usize| self.over(|fold| fold.epochs[epoch]).mean;
        let signed = |epoch: usize| if self.regression { mean(epoch) } else { -mean(epoch) };
        let best = (0..epochs).min_by(|&a, &b| signed(a).total_cmp(&signed(b))).unwrap_or_default();
        (best + 1, mean(best), mean(epochs.saturating_sub(1)))
    }

    /// By how much `other`, on the same folds, has a larger figure.
    pub fn difference(&self, other: &Self) -> Interval {
        let pairs = self.folds.iter().zip(&other.folds);
        let values = pairs.map(|(a, b)| b.figure - a.figure).filter(|v| !v.is_nan());
        Interval::of(&values.collect::<Vec<_>>(), self.parts)
    }
}

/// Markdown. `valid` has the figures of the networks that the run trained on the training split alone, where there are any;
/// `changed`, in the order of `all`, what changed settings came to on the same folds.
pub fn table(all: &[Folds], valid: &BTreeMap<String, f64>, changed: Option<&[Folds]>) -> String {
    let metric = |f: &Folds| if f.regression { "MAE × 100" } else { "AUC %" };
    let told = |i: Interval| format!("{:.2} ± {:.2}", i.mean, i.half_width);
    let mut text = String::new();
    if let Some(changed) = changed {
        text +=
            "| data set | metric | before | changed | changed − before |\n|---|---|---|---|---|\n";
        for (before, after) in all.iter().zip(changed) {
            let (name, metric) = (&before.dataset, metric(before));
            let (a, b) = (told(before.figure()), told(after.figure()));
            text += &format!(
                "| {name} | {metric} | {a} | {b} | {:+.2} ± {:.2} |\n",
                before.difference(after).mean,
                before.difference(after).half_width
            );
        }
        text += "\n";
    }
    text += "| data set | metric | folds | trees alone | networks alone: at the end | best epoch, there | valid | valid − folds |\n|---|---|---|---|---|---|---|---|\n";
    for f in changed.unwrap_or(all) {
        let (epoch, best, last) = f.best_epoch();
        let trees = match f.folds.iter().all(|fold| fold.trees.is_some()) {
            true => format!("{:.2}", f.over(|fold| fold.trees.unwrap_or(f64::NAN)).mean),
            false => "–".into(),
        };
        let valid = match valid.get(&f.dataset).filter(|_| changed.is_none()) {
            Some(v) => format!("{v:.2} | {:+.2}", v - f.figure().mean),
            None => "– | –".into(),
        };
        let (name, metric, figure) = (&f.dataset, metric(f), told(f.figure()));
        text += &format!(
            "| {name} | {metric} | {figure} | {trees} | {last:.2} | {epoch}, {best:.2} | {valid} |\n"
        );
    }
    text
}
