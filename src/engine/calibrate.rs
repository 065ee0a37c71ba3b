//! Measuring how far a model's predictions can be trusted, and writing it into its file.

use super::batch::Batch;
use super::options::{PredictOptions, Run};
use super::predict::Predictions;
use crate::error::{Error, ErrorKind};
use crate::model::trust::{self as section, Kept};
use crate::model::{DatasetTrust, Model, TaskKind, TrustEntry};
use crate::trust::{Errors, calibration_error, half_width};
use ndarray::ArrayView2;

/// Coverages that [`Model::calibrated`] gives intervals for.
pub const COVERAGES: [f32; 3] = [0.8, 0.9, 0.95];
/// A data set to measure trust on.
#[derive(Clone, Copy, Debug)]
pub struct HeldOut<'a> {
    /// The data set of the model's tasks.
    pub dataset: &'a str,
    /// What its networks learnt from: molecules with at least one label that was used. A molecule whose every cell was empty or
    /// left out taught them nothing, and must not be among these. Refused molecules are left out.
    pub training: &'a Batch,
    /// Molecules that they did not learn from.
    pub molecules: &'a Batch,
    /// What was measured of these: rows × tasks of the data set, in the model's order; NaN where nothing was.
    pub labels: ArrayView2<'a, f32>,
    /// A model with the same tasks, made in the same way from `training` alone, where this one learnt from `molecules`, too: the errors
    /// are that model's, and the domain takes in both. None where this model did not see `molecules`.
    pub twin: Option<&'a Model>,
}

impl Model {
    /// The content of a model file that is this one with what `sets` say of trust, in place of what the file
    /// said of it before: half-widths of intervals for [`COVERAGES`], errors of calibration, domains.
    ///
    /// The domain's least similarity is where the errors of the held-out molecules grow: see
    /// [`threshold`](crate::trust::threshold). Of a data set with more than 8,000 training molecules so many are kept that each of the
    /// others has one of a Tanimoto similarity of at least 0.4, and the least similarity is not above that: similarities told later can only
    /// be too low, and every training molecule lies inside. The domain needs Morgan bits in a multiple of 256 among the
    /// model's features; without them there is none.
    ///
    /// # Errors
    /// [`ErrorKind::Argument`] for an unknown data set or labels of another shape, or what predicting met.
    pub fn calibrated(&self, sets: &[HeldOut<'_>], threads: usize) -> Result<Vec<u8>, Error> {
        let entry = TrustEntry { coverages: COVERAGES.into(), ..Default::default() };
        self.with_measured(sets, threads, entry, Vec::new())
    }

    /// As [`calibrated`](Self::calibrated), but what the file said of other data sets stays as it was. A file with intervals for other
    /// coverages than [`COVERAGES`] loses those.
    ///
    /// # Errors
    /// As [`calibrated`](Self::calibrated).
    pub fn calibrated_further(
        &self,
        sets: &[HeldOut<'_>],
        threads: usize,
    ) -> Result<Vec<u8>, Error> {
        let mut entry = self.manifest().trust.clone().unwrap_or_default();
        let again = |dataset: &str| sets.iter().any(|s| s.dataset == dataset);
        let content = entry.domain.as_ref().and_then(|path| self.entry(path)).unwrap_or_default();
        let mut kept = section::read(self.manifest(), content)?;
        kept.retain(|k| !again(&k.dataset));
        entry.datasets.retain(|name, _| !again(name));
        for task in self.tasks().iter().filter(|t| again(&t.dataset)) {
            entry.half_widths.remove(&task.name);
        }
        if entry.coverages != COVERAGES {
            entry.half_widths.clear();
            entry.coverages = COVERAGES.into();
        }
        self.with_measured(sets, threads, entry, kept)
    }

    /// The file with what `sets` add to `entry` and `kept`.
    fn with_measured(
        &self,
        sets: &[HeldOut<'_>],
        threads: usize,
        mut entry: TrustEntry,
        mut kept: Vec<Kept>,
    ) -> Result<Vec<u8>, Error> {
        for set in sets {
            self.measure(set, threads, &mut entry, &mut kept).map_err(|e| e.at(set.dataset))?;
        }
        entry.domain = None;
        let mut entries = Vec::new();
        if !kept.is_empty() {
            let bits = self.manifest().structure.morgan_bits;
            entries.push((section::DOMAIN.to_owned(), section::write(&kept, bits)?));
            entry.domain = Some(section::DOMAIN.into());
        }
        self.with_trust(entry, entries)
    }

    fn measure(
        &self,
        set: &HeldOut<'_>,
        threads: usize,
        entry: &mut TrustEntry,
        kept: &mut Vec<Kept>,
    ) -> Result<(), Error> {
        let argument = |message: String| Err(Error::new(ErrorKind::Argument, message));
        let tasks: Vec<usize> =
            (0..self.tasks().len()).filter(|&t| self.tasks()[t].dataset == set.dataset).collect();
        if tasks.is_empty() || entry.datasets.contains_key(set.dataset) {
            return argument("expected a data set of the model, once".into());
        }
        if set.labels.dim() != (set.molecules.len(), tasks.len()) {
            return argument(format!(
                "labels are {} x {}; expected {} molecules x {} tasks",
                set.labels.nrows(),
                set.labels.ncols(),
                set.molecules.len(),
                tasks.len()
            ));
        }
        let options = PredictOptions { threads, tasks: Some(tasks), ..Default::default() };
        let named = |model: &Self, tasks: &[usize]| -> Vec<String> {
            tasks.iter().filter_map(|&t| Some(model.tasks().get(t)?.name.clone())).collect()
        };
        let predicting = set.twin.unwrap_or(self);
        let asked = options.tasks.as_deref().unwrap_or_default();
        if named(predicting, asked) != named(self, asked) {
            return argument("the twin has other tasks".into());
        }
        let predictions = predicting.predict(set.molecules, &options, &Run::new())?;
        let calibration_error = self.residuals(set, &predictions, entry);
        let domain = match self.layout.morgan_bits {
            bits if bits > 0 && bits.is_multiple_of(256) => {
                let errors = predictions.errors(self, set.labels);
                self.domain(set, &errors, threads)?
            }
            _ => None,
        };
        let domain = domain.map(|(entry, own)| {
            kept.push(own);
            entry
        });
        let rows = set.labels.rows().into_iter().zip(&predictions.rows);
        let rows = rows.filter(|(y, row)| row.is_ok() && y.iter().any(|v| !v.is_nan())).count();
        entry
            .datasets
            .insert(set.dataset.to_owned(), DatasetTrust { rows, calibration_error, domain });
        Ok(())
    }

    /// Half-widths into `entry`; the error of calibration.
    fn residuals(
        &self,
        set: &HeldOut<'_>,
        predictions: &Predictions,
        entry: &mut TrustEntry,
    ) -> Option<f64> {
        let mut pairs = Vec::new();
        for (column, &task) in predictions.tasks.iter().enumerate() {
            let task = &self.tasks()[task];
            let values = predictions.values.column(column);
            let known = values.iter().zip(set.labels.column(column));
            let known = known.filter(|(v, y)| !v.is_nan() && !y.is_nan());
            match task.kind {
                TaskKind::Classification => pairs.extend(known.map(|(&p, &y)| (p, y > 0.5))),
                TaskKind::Regression => {
                    let residuals: Vec<f32> = known.map(|(v, y)| y - v).collect();
                    let widths = COVERAGES.map(|c| half_width(&residuals, f64::from(c)));
                    entry.half_widths.insert(task.name.clone(), widths.into());
                }
            }
        }
        calibration_error(&pairs)
    }
}

impl Predictions {
    /// The errors of each row over all columns, where `labels` (rows × columns, NaN where nothing was measured) are what was
    /// measured and `model` the one that predicted.
    pub fn errors(&self, model: &Model, labels: ArrayView2<'_, f32>) -> Vec<Errors> {
        let mut all = vec![Errors::default(); self.rows.len()];
        for ((&task, values), labels) in
            self.tasks.iter().zip(self.values.columns()).zip(labels.columns())
        {
            let distances = values.iter().zip(labels).map(|(v, y)| f64::from((v - y).abs()));
            let known = || distances.clone().enumerate().filter(|(_, d)| !d.is_nan());
            let (sum, n) = known().fold((0.0, 0), |(sum, n), (_, d)| (sum + d, n + 1));
            let kind = model.tasks()[task].kind;
            for (row, distance) in known() {
                let to = match kind {
                    TaskKind::Regression => &mut all[row].numbers,
                    TaskKind::Classification if labels[row] > 0.5 => &mut all[row].positives,
                    TaskKind::Classification => &mut all[row].negatives,
                };
                to.0 += match kind {
                    TaskKind::Regression if sum > 0.0 => distance * n as f64 / sum,
                    _ => distance,
                };
                to.1 += 1;
            }
        }
        all
    }
}
