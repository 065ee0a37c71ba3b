//! Trust in a packed model: intervals, calibration and domains measured on the validation splits, written into its
//! file by the library ([`Model::calibrated`]), and a table of what they are worth.
//!
//! The table is honest in that nothing in it was fitted on what it is measured on: molecules of the validation split
//! are halved at random, [`HALVES`] times; half-widths and scaling come of one half and are tried on the other. What
//! the file holds is fitted on the whole split, so it is rather better than the table says. Where training stopped early on that
//! split, residuals on new molecules are somewhat larger.

use crate::Result;
use crate::benchmark::{Benchmark, Split};
use crate::ensemble::platt;
use crate::random::Random;
use crate::scaffold::scaffold_of;
use chmr::model::TaskKind;
use chmr::trust::{Errors, HeldOutMolecule, calibration_error, half_width, threshold};
use chmr::{Batch, COVERAGES, HeldOut, Model, PredictOptions, Predictions, Run};
use ndarray::{Array2, Axis};
use std::collections::BTreeMap;
use std::fmt::Write;

/// Among a model file's training parameters: true where its networks learnt from the validation splits, too.
pub const LEARNT_ALL: &str = "learnt_from_validation";

/// Random halves that the table averages over.
pub const HALVES: usize = 200;

/// One data set, as the library wants it.
struct Set {
    name: String,
    training: Batch,
    valid: Batch,
    /// One a row of `valid`.
    scaffolds: Vec<String>,
    /// Rows of `valid` × tasks of the model.
    labels: Array2<f32>,
}

/// The file of `model` with the trust that the validation splits of `benchmarks` justify, and the table in
/// Markdown. Data sets that the model does not predict are left out. A model that learnt from these splits needs the `twin` that did not:
/// see [`HeldOut::twin`].
///
/// # Errors
/// Where a task of the model is no column of its data set, its twin is missing, or what predicting met.
pub fn calibrate(
    model: &Model,
    twin: Option<&Model>,
    benchmarks: &[&Benchmark],
    threads: usize,
) -> Result<(Vec<u8>, String)> {
    let settings = &model.manifest().training.parameters;
    if twin.is_none() && settings.get(LEARNT_ALL).is_some_and(|v| v == true) {
        return Err(
            "this model learnt from the validation splits, too: give the model beside it that did \
                    not, which pack leaves in the run's folder (--twin)"
                .into(),
        );
    }
    let predicted = |b: &&&Benchmark| model.tasks().iter().any(|t| t.dataset == b.name);
    let sets: Vec<Set> =
        benchmarks.iter().filter(predicted).map(|b| Set::new(model, b)).collect::<Result<_>>()?;
    let held_out = |twin| -> Vec<HeldOut<'_>> {
        let set = |s| {
            let Set { name, training, valid, labels, .. }: &Set = s;
            HeldOut { dataset: name, training, molecules: valid, labels: labels.view(), twin }
        };
        sets.iter().map(set).collect()
    };
    let file = model.calibrated(&held_out(twin), threads)?;
    // What the table is measured on has seen none of it.
    let calibrated = match twin {
        Some(twin) => Model::from_bytes(twin.calibrated(&held_out(None), threads)?)?,
        None => Model::from_bytes(file.clone())?,
    };
    let mut table = Table::default();
    for set in &sets {
        table.add(&calibrated, set, threads)?;
    }
    Ok((file, table.markdown()))
}

impl Set {
    fn new(model: &Model, benchmark: &Benchmark) -> Result<Self> {
        let columns = model
            .tasks()
            .iter()
            .filter(|t| t.dataset == benchmark.name)
            .map(|t| {
                let place = benchmark.tasks.iter().position(|c| *c == t.column);
                place.ok_or_else(|| format!("{}: no column '{}'", benchmark.name, t.column).into())
            })
            .collect::<Result<Vec<_>>>()?;
        let batch = |rows: &[usize]| {
            let mut batch = Batch::new();
            rows.iter().for_each(|&row| _ = batch.push_smiles(&benchmark.smiles[row]));
            batch
        };
        let valid = benchmark.rows(Split::Valid);
        let labels = benchmark.labels.select(Axis(0), &valid).select(Axis(1), &columns);
        Ok(Self {
            name: benchmark.name.clone(),
            training: batch(&benchmark.labelled_rows(Split::Train, &columns)),
            valid: batch(&valid),
            scaffolds: valid.iter().map(|&row| scaffold_of(&benchmark.smiles[row])).collect(),
            labels,
        })
    }
}

/// What the model says of the validation splits, held against them.
#[derive(Default)]
struct Table {
    intervals: String,
    classes: String,
    domains: String,
}

impl Table {
    fn add(&mut self, model: &Model, set: &Set, threads: usize) -> Result<()> {
        let tasks: Vec<usize> =
            (0..model.tasks().len()).filter(|&t| model.tasks()[t].dataset == set.name).collect();
        let options =
            PredictOptions { threads, tasks: Some(tasks), trust: true, ..Default::default() };
        let predicted = model.predict(&set.valid, &options, &Run::new())?;
        let mut random = Random::new(0, "halves of the validation split");
        let mut pairs = Vec::new();
        for (column, &task) in predicted.tasks.iter().enumerate() {
            let task = &model.tasks()[task];
            let known = known(&predicted, set, column);
            match task.kind {
                TaskKind::Classification => {
                    pairs.extend(known.into_iter().map(|(row, p, y)| (row, p, y > 0.5)));
                }
                TaskKind::Regression => {
                    let residuals: Vec<f32> = known.iter().map(|(_, v, y)| y - v).collect();
                    let trust = predicted.trust.as_ref().ok_or("no trust came back")?;
                    let widths = trust.half_widths.column(column).to_vec();
                    let line = coverages(&residuals, &mut random);
                    write!(self.intervals, "| {} | {} |", task.name, residuals.len())?;
                    for (width, told) in widths.iter().zip(line) {
                        match width.is_nan() {
                            true => write!(self.intervals, " – | {told} |")?,
                            false => write!(self.intervals, " ±{width:.2} | {told} |")?,
                        }
                    }
                    writeln!(self.intervals)?;
                }
            }
        }
        if !pairs.is_empty() {
            let line = calibration(&pairs, set.valid.len(), &mut random);
            writeln!(self.classes, "| {} | {} | {line} |", set.name, pairs.len())?;
        }
        self.domain(model, set, &predicted, &mut random)
    }

    /// Errors inside and outside of the domain.
    fn domain(
        &mut self,
        model: &Model,
        set: &Set,
        predicted: &Predictions,
        random: &mut Random,
    ) -> Result<()> {
        let section = model.manifest().trust.as_ref().and_then(|t| t.datasets.get(&set.name));
        let Some(domain) = section.and_then(|d| d.domain.as_ref()) else { return Ok(()) };
        let placed: Vec<_> = (0..set.valid.len()).map(|row| predicted.placement(row, 0)).collect();
        let inside = |row: usize| placed[row].map(|(p, d)| p.is_inside(&d.limits));
        // Sum of errors and number of labels, inside and outside.
        let mut plain = [(0.0f64, 0.0f64); 2];
        for column in 0..predicted.tasks.len() {
            for (row, value, label) in known(predicted, set, column) {
                let Some(inside) = inside(row) else { continue };
                let side = &mut plain[usize::from(!inside)];
                *side = (side.0 + f64::from((value - label).abs()), side.1 + 1.0);
            }
        }
        let mut sides = [Errors::default(); 2];
        let mut molecules = Vec::new();
        for (row, errors) in predicted.errors(model, set.labels.view()).into_iter().enumerate() {
            let Some((place, inside)) = placed[row].map(|p| p.0).zip(inside(row)) else { continue };
            let side = &mut sides[usize::from(!inside)];
            *side = side.and(&errors);
            molecules.push((row, HeldOutMolecule { nearest: place.nearest, errors }));
        }
        let outside = (0..placed.len()).filter(|&row| inside(row) == Some(false)).count();
        let all = placed.iter().flatten().count().max(1);
        let mean = |(sum, n): (f64, f64)| match n > 0.0 {
            false => "–".to_owned(),
            true => format!("{:.3}", sum / n),
        };
        let ratio = ratio(&sides).map_or("–".to_owned(), |r| format!("{r:.2}"));
        writeln!(
            self.domains,
            "| {} | {} | {:.2} | {:.1} % | {} | {} | {ratio} | {} |",
            set.name,
            domain.molecules,
            domain.least_similarity,
            100.0 * outside as f64 / all as f64,
            mean(plain[0]),
            mean(plain[1]),
            honest(&molecules, &set.scaffolds, random),
        )?;
        Ok(())
    }

    fn markdown(&self) -> String {
        let mut text = String::new();
        if !self.intervals.is_empty() {
            text += "| task | labels |";
            COVERAGES.iter().for_each(|c| text += &format!(" {0:.0} % | covered |", 100.0 * c));
            text += "\n|---|---|";
            COVERAGES.iter().for_each(|_| text += "---|---|");
            text += &format!("\n{}\n", self.intervals);
        }
        if !self.classes.is_empty() {
            text += "| data set | labels | scaled on one half, tried on the other | the file's scaling, which saw both |\n|---|---|---|---|\n";
            text += &format!("{}\n", self.classes);
        }
        if !self.domains.is_empty() {
            text += "| data set | molecules kept | least similarity | valid outside | mean error inside | outside | relative error outside : inside | threshold of one half, tried on the other |\n|---|---|---|---|---|---|---|---|\n";
            text += &self.domains;
        }
        text
    }
}

/// How many times as large the mean error is outside as inside; the latter comes first.
fn ratio([inside, outside]: &[Errors; 2]) -> Option<f64> {
    let all = inside.and(outside);
    let ratio = outside.relative(&all)? / inside.relative(&all)?;
    ratio.is_finite().then_some(ratio)
}

/// The ratio on one half of the molecules with the threshold that the other half justifies, mean ± standard deviation over the
/// halves, and in how many of them it was above 1. Molecules of one scaffold are in one half.
fn honest(
    molecules: &[(usize, HeldOutMolecule)],
    scaffolds: &[String],
    random: &mut Random,
) -> String {
    let mut groups: BTreeMap<&str, Vec<HeldOutMolecule>> = BTreeMap::new();
    for (row, molecule) in molecules {
        groups.entry(&scaffolds[*row]).or_default().push(*molecule);
    }
    let mut groups: Vec<Vec<HeldOutMolecule>> = groups.into_values().collect();
    let mut ratios = Vec::new();
    for _ in 0..HALVES {
        random.shuffle(&mut groups);
        let (mut fitted, mut tried) = (Vec::new(), Vec::new());
        for group in &groups {
            let half = if fitted.len() < molecules.len() / 2 { &mut fitted } else { &mut tried };
            half.extend_from_slice(group);
        }
        let Some(found) = threshold(&fitted, 1.0) else { continue };
        let mut sides = [Errors::default(); 2];
        for m in &tried {
            let side = &mut sides[usize::from(m.nearest < found.least_similarity)];
            *side = side.and(&m.errors);
        }
        ratios.extend(ratio(&sides));
    }
    if ratios.is_empty() {
        return "–".into();
    }
    let n = ratios.len() as f64;
    let mean = ratios.iter().sum::<f64>() / n;
    let deviation = (ratios.iter().map(|r| (r - mean).powi(2)).sum::<f64>() / n).sqrt();
    let above = 100.0 * ratios.iter().filter(|r| **r > 1.0).count() as f64 / n;
    format!("{mean:.2} ± {deviation:.2}, above 1 in {above:.0} %")
}

/// Row, value and label of what was measured.
fn known(predicted: &Predictions, set: &Set, column: usize) -> Vec<(usize, f32, f32)> {
    let pairs = predicted.values.column(column);
    let pairs = pairs.iter().zip(set.labels.column(column)).enumerate();
    pairs.filter(|(_, (v, y))| !v.is_nan() && !y.is_nan()).map(|(i, (&v, &y))| (i, v, y)).collect()
}

/// For each coverage, the share that intervals made of one half hold of the other: mean ± standard deviation over
/// the halves.
fn coverages(residuals: &[f32], random: &mut Random) -> Vec<String> {
    let mut shares = vec![Vec::new(); COVERAGES.len()];
    let mut order: Vec<f32> = residuals.to_vec();
    for _ in 0..HALVES {
        random.shuffle(&mut order);
        let (fitted, tried) = order.split_at(order.len() / 2);
        for (shares, &coverage) in shares.iter_mut().zip(&COVERAGES) {
            if let Some(width) = half_width(fitted, f64::from(coverage)) {
                let held = tried.iter().filter(|r| r.abs() <= width).count();
                shares.push(100.0 * held as f64 / tried.len().max(1) as f64);
            }
        }
    }
    let told = |s: &Vec<f64>| match s.is_empty() {
        true => "–".to_owned(),
        false => spread(s),
    };
    shares.iter().map(told).collect()
}

/// Error of calibration when the scaling is fitted on the labels of one half of the molecules and tried on the
/// other's; and on the latter without any scaling of that half, which is what the file's own gives.
fn calibration(pairs: &[(usize, f32, bool)], rows: usize, random: &mut Random) -> String {
    let logit = |p: f32| (p.clamp(1e-6, 1.0 - 1e-6) / (1.0 - p.clamp(1e-6, 1.0 - 1e-6))).ln();
    let (mut scaled, mut plain) = (Vec::new(), Vec::new());
    let mut sides: Vec<bool> = (0..rows).map(|i| i % 2 == 0).collect();
    // Platt's fit on some hundred thousand labels takes a while: a tenth of the halves suffices.
    for _ in 0..HALVES / 10 {
        random.shuffle(&mut sides);
        let (fitted, tried): (Vec<_>, Vec<_>) = pairs.iter().partition(|(row, ..)| sides[*row]);
        let fitted: Vec<(f32, bool)> = fitted.iter().map(|(_, p, y)| (logit(*p), *y)).collect();
        let (slope, intercept) = platt(&fitted);
        let again = |p: f32| 1.0 / (1.0 + (-(slope * logit(p) + intercept)).exp());
        let with: Vec<(f32, bool)> = tried.iter().map(|(_, p, y)| (again(*p), *y)).collect();
        let without: Vec<(f32, bool)> = tried.iter().map(|(_, p, y)| (*p, *y)).collect();
        scaled.extend(calibration_error(&with).map(|e| 100.0 * e));
        plain.extend(calibration_error(&without).map(|e| 100.0 * e));
    }
    format!("{} | {}", spread(&scaled), spread(&plain))
}

/// Mean ± standard deviation.
fn spread(values: &[f64]) -> String {
    let n = values.len().max(1) as f64;
    let mean = values.iter().sum::<f64>() / n;
    let deviation = (values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / n).sqrt();
    format!("{mean:.1} ± {deviation:.1} %")
}
