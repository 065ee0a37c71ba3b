//! Trust in a packed model: intervals, calibration and domains measured on the validation splits, written into its
//! file by the library ([`Model::calibrated`]), and a table of what they are worth.
//!
//! The table is honest in that nothing in it was fitted on what it is measured on: molecules of the validation split
//! are halved at random, [`HALVES`] times; half-widths and scaling come of one half and are tried on the other. What
//! the file holds is fitted on the whole split, so it is rather better than the table says. One debt
//! remains: early stopping looked at the validation split, so residuals on new molecules are somewhat larger.

use crate::Result;
use crate::benchmark::{Benchmark, Split};
use crate::ensemble::platt;
use crate::random::Random;
use chmr::model::TaskKind;
use chmr::trust::{calibration_error, half_width};
use chmr::{Batch, COVERAGES, HeldOut, Model, PredictOptions, Predictions, Run};
use ndarray::{Array2, Axis};
use std::fmt::Write;

/// Random halves that the table averages over.
pub const HALVES: usize = 200;

/// One data set, as the library wants it.
struct Set {
    name: String,
    training: Batch,
    valid: Batch,
    /// Rows of `valid` × tasks of the model.
    labels: Array2<f32>,
}

/// The file of `model` with the trust that the validation splits of `benchmarks` justify, and the table in
/// Markdown. Data sets that the model does not predict are left out.
///
/// # Errors
/// Where a task of the model is no column of its data set, or what predicting met.
pub fn calibrate(
    model: &Model,
    benchmarks: &[&Benchmark],
    threads: usize,
) -> Result<(Vec<u8>, String)> {
    let predicted = |b: &&&Benchmark| model.tasks().iter().any(|t| t.dataset == b.name);
    let sets: Vec<Set> =
        benchmarks.iter().filter(predicted).map(|b| Set::new(model, b)).collect::<Result<_>>()?;
    let held_out: Vec<HeldOut<'_>> = sets
        .iter()
        .map(|s| HeldOut {
            dataset: &s.name,
            training: &s.training,
            molecules: &s.valid,
            labels: s.labels.view(),
        })
        .collect();
    let file = model.calibrated(&held_out, threads)?;
    let calibrated = Model::from_bytes(file.clone())?;
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
        let batch = |split| {
            let mut batch = Batch::new();
            for row in benchmark.rows(split) {
                batch.push_smiles(&benchmark.smiles[row]);
            }
            batch
        };
        let valid = benchmark.rows(Split::Valid);
        let labels = benchmark.labels.select(Axis(0), &valid).select(Axis(1), &columns);
        Ok(Self {
            name: benchmark.name.clone(),
            training: batch(Split::Train),
            valid: batch(Split::Valid),
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
        self.domain(model, set, &predicted)
    }

    /// Errors inside and outside of the domain.
    fn domain(&mut self, model: &Model, set: &Set, predicted: &Predictions) -> Result<()> {
        let section = model.manifest().trust.as_ref().and_then(|t| t.datasets.get(&set.name));
        let Some(domain) = section.and_then(|d| d.domain) else { return Ok(()) };
        let mut sums = [(0.0f64, 0usize); 2];
        for column in 0..predicted.tasks.len() {
            for (row, value, label) in known(predicted, set, column) {
                let Some((place, summary)) = predicted.placement(row, column) else { continue };
                let side = &mut sums[usize::from(!place.is_inside(&summary.limits))];
                side.0 += f64::from((value - label).abs());
                side.1 += 1;
            }
        }
        let placed = (0..set.valid.len()).filter_map(|row| predicted.placement(row, 0));
        let inside: Vec<bool> = placed.map(|(p, d)| p.is_inside(&d.limits)).collect();
        let share = inside.iter().filter(|i| !**i).count() as f64 / inside.len().max(1) as f64;
        let mean = |(sum, n): (f64, usize)| match n {
            0 => "–".to_owned(),
            n => format!("{:.3}", sum / n as f64),
        };
        writeln!(
            self.domains,
            "| {} | {} | {:.2} | {} | {:.1} % | {} | {} |",
            set.name,
            domain.molecules,
            domain.least_similarity,
            domain.most_outside,
            100.0 * share,
            mean(sums[0]),
            mean(sums[1]),
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
            text += "| data set | molecules kept | least similarity | most descriptors outside | valid outside | mean error inside | outside |\n|---|---|---|---|---|---|---|\n";
            text += &self.domains;
        }
        text
    }
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
