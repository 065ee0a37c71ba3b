//! Measuring how far a model's predictions can be trusted, and writing it into its file.

use super::batch::Batch;
use super::flow::Slot;
use super::options::{PredictOptions, Run};
use super::predict::Predictions;
use super::trust::Placer;
use super::{tile, tiles};
use crate::chem::Limits;
use crate::error::{Error, ErrorKind};
use crate::model::network::guarded;
use crate::model::trust::{self as section, Kept};
use crate::model::{DatasetTrust, DomainEntry, Model, TaskKind, TrustEntry};
use crate::trust::{Domain, Limits as Thresholds, calibration_error, half_width};
use ndarray::ArrayView2;

/// Coverages that [`Model::calibrated`] gives intervals for.
pub const COVERAGES: [f32; 3] = [0.8, 0.9, 0.95];
/// More training molecules of a data set than this are thinned out.
const MANY: usize = 8_000;
/// Of which no two are then as similar as this.
const ALIKE: f64 = 0.4;
/// Share of the range's ends among the training molecules.
const TAIL: f64 = 0.001;
/// Share of the held-out molecules that either threshold of a domain lets through.
const TYPICAL: f64 = 0.95;

/// Morgan bits, 64 a word, and descriptors of a molecule.
type Structure = (Vec<u64>, Vec<f32>);

/// A data set to measure trust on.
#[derive(Clone, Copy, Debug)]
pub struct HeldOut<'a> {
    /// The data set of the model's tasks.
    pub dataset: &'a str,
    /// What its networks learnt from; refused molecules are left out.
    pub training: &'a Batch,
    /// Molecules that they did not learn from.
    pub molecules: &'a Batch,
    /// What was measured of these: rows × tasks of the data set, in the model's order; NaN where nothing was.
    pub labels: ArrayView2<'a, f32>,
}

impl Model {
    /// The content of a model file that is this one with what `sets` say of trust, in place of what the file
    /// said of it before: half-widths of intervals for [`COVERAGES`], errors of calibration, domains.
    ///
    /// Of a data set with more than 8,000 training molecules so many are kept that each of the others
    /// has one of a Tanimoto similarity of at least 0.4: similarities told later can only be too low, so a
    /// molecule is never said to lie inside that the whole data set would put outside. The domain needs Morgan bits
    /// in a multiple of 256 among the model's features; without them there is none.
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
        let predictions = self.predict(set.molecules, &options, &Run::new())?;
        let calibration_error = self.errors(set, &predictions, entry);
        let domain = match self.layout.morgan_bits {
            bits if bits > 0 && bits.is_multiple_of(256) => self.domain(set, threads, kept)?,
            _ => None,
        };
        let rows = set.labels.rows().into_iter().zip(&predictions.rows);
        let rows = rows.filter(|(y, row)| row.is_ok() && y.iter().any(|v| !v.is_nan())).count();
        entry
            .datasets
            .insert(set.dataset.to_owned(), DatasetTrust { rows, calibration_error, domain });
        Ok(())
    }

    /// Half-widths into `entry`; the error of calibration.
    fn errors(
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

    fn domain(
        &self,
        set: &HeldOut<'_>,
        threads: usize,
        kept: &mut Vec<Kept>,
    ) -> Result<Option<DomainEntry>, Error> {
        let bits = self.layout.morgan_bits;
        let training = self.structures(set.training, threads)?;
        let held_out = self.structures(set.molecules, threads)?;
        if training.is_empty() || held_out.is_empty() {
            return Ok(None);
        }
        let columns = training[0].1.len();
        let (mut low, mut high) = (Vec::with_capacity(columns), Vec::with_capacity(columns));
        for c in 0..columns {
            let mut values: Vec<f32> = training.iter().map(|row| row.1[c]).collect();
            values.sort_unstable_by(f32::total_cmp);
            low.push(quantile(&values, TAIL));
            high.push(quantile(&values, 1.0 - TAIL));
        }
        let words = thinned(training.into_iter().map(|row| row.0).collect());
        let molecules = words.len();
        let words = words.concat();
        let none = Thresholds { least_similarity: 0.0, most_outside: 0 };
        let ranges = (low.clone(), high.clone());
        let open = Domain::new(set.dataset.to_owned(), none, bits, &words, ranges)?;
        let places: Vec<_> = held_out.iter().map(|(w, d)| open.place(w, d)).collect();
        let mut nearest: Vec<f32> = places.iter().map(|p| p.nearest).collect();
        let mut outside: Vec<u32> = places.iter().map(|p| p.outside).collect();
        nearest.sort_unstable_by(f32::total_cmp);
        outside.sort_unstable();
        let entry = DomainEntry {
            least_similarity: quantile(&nearest, 1.0 - TYPICAL),
            most_outside: quantile(&outside, TYPICAL),
            molecules,
        };
        kept.push(Kept { dataset: set.dataset.to_owned(), words, low, high });
        Ok(Some(entry))
    }

    /// Morgan bits and descriptors of every row that is no bad one.
    fn structures(&self, batch: &Batch, threads: usize) -> Result<Vec<Structure>, Error> {
        let placer = Placer::of(self);
        let rows = tiles::map(batch.len(), 64, threads, &Run::new(), |rows| {
            let mut structure = vec![0.0; self.layout.width()];
            let limits = Limits::default();
            Ok(rows
                .filter_map(|row| {
                    let input = batch.row(row)?;
                    let mut slot = Slot { structure: &mut structure, graph: None };
                    guarded(|| tile::encode(self, &limits, &input, &mut slot)).ok()?;
                    Some((placer.words(&structure), placer.descriptors(&structure).to_vec()))
                })
                .collect::<Vec<_>>())
        })?;
        Ok(rows.into_iter().flatten().collect())
    }
}

/// The value below which a share `q` of `sorted`, which is not empty, lies, taken from it.
fn quantile<T: Copy>(sorted: &[T], q: f64) -> T {
    sorted[((sorted.len() - 1) as f64 * q).round() as usize]
}

/// `rows`, or so many of them, if they are many, that each other one has one of a similarity of at least
/// [`ALIKE`]: whoever is first stands for those like it.
fn thinned(rows: Vec<Vec<u64>>) -> Vec<Vec<u64>> {
    if rows.len() <= MANY {
        return rows;
    }
    let count = |row: &[u64]| row.iter().map(|w| w.count_ones()).sum::<u32>();
    let mut kept: Vec<(u32, Vec<u64>)> = Vec::new();
    for row in rows {
        let own = count(&row);
        let stands = kept.iter().any(|(other, words)| {
            // The most that they can have in common, before it is counted.
            let (few, many) = (own.min(*other), own.max(*other));
            if f64::from(few) < ALIKE * f64::from(many) {
                return false;
            }
            let common: u32 = row.iter().zip(words).map(|(a, b)| (a & b).count_ones()).sum();
            f64::from(common) >= ALIKE * f64::from(own + other - common)
        });
        if !stands {
            kept.push((own, row));
        }
    }
    kept.into_iter().map(|(_, row)| row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thinning_leaves_none_far_from_all() {
        let mut seed = 1u64;
        let mut rows = Vec::new();
        for i in 0..MANY as u64 + 500 {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(i);
            // Families that share most bits.
            let family = (seed >> 33) % 40;
            rows.push(vec![(0xff << family) | (seed >> 60), 1 << (family % 7)]);
        }
        let kept = thinned(rows.clone());
        assert!(kept.len() < 2000, "{}", kept.len());
        let alike = |a: &[u64], b: &[u64]| {
            let common: u32 = a.iter().zip(b).map(|(a, b)| (a & b).count_ones()).sum();
            let union: u32 = a.iter().zip(b).map(|(a, b)| (a | b).count_ones()).sum();
            f64::from(common) / f64::from(union) >= ALIKE
        };
        assert!(rows.iter().all(|row| kept.iter().any(|k| alike(k, row))));
        assert!((1..kept.len()).all(|i| !kept[..i].iter().any(|k| alike(k, &kept[i]))));
        let few = rows[..100].to_vec();
        assert_eq!(thinned(few.clone()), few);
    }
}
