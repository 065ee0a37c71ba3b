//! Completing a profile of which some features were measured: what it takes, learned from the observed profiles.

use super::covariance::{Covariance, scattered};
use super::given::Given;
use super::imputer::Imputer;
use super::observation::Observation;
use super::tails::Tails;
use crate::cancel::Cancel;
use crate::error::Error;
use faer::Mat;
use ndarray::ArrayViewMut1;

/// Parts that the molecules are cut into, of which each is completed by what the others tell.
const PARTS: usize = 3;
/// Most molecules, and most errors for each number of measured features, that spreads are learned from.
const MOLECULES: usize = 600;
const ERRORS: usize = 1 << 18;

/// What one imputer's regression leaves to be told by measured features.
#[derive(Debug)]
pub(super) struct Completion {
    covariance: Covariance,
    /// By the number of measured features, ascending.
    widths: Vec<Width>,
}

/// How wide errors are when so many features were measured.
#[derive(Clone, Copy, Debug)]
struct Width {
    measured: f64,
    /// What an expected spread is multiplied by.
    factor: f32,
    tails: Tails,
}

impl Completion {
    /// Multiply-adds of [`fit`](Self::fit), about: one covariance of all, and of two thirds as often as there are parts.
    pub(super) fn work(rows: usize, features: usize) -> u64 {
        Covariance::work(rows, features).saturating_mul(PARTS as u64)
    }

    /// From what `imputer` makes of each of its molecules without that molecule's own profiles. `molecules` are the rows of
    /// each.
    ///
    /// # Errors
    /// [`ErrorKind::Cancelled`](crate::ErrorKind::Cancelled), or as [`Covariance::fit`].
    pub(super) fn fit(
        imputer: &Imputer,
        molecules: &[Vec<usize>],
        cancel: &Cancel,
    ) -> Result<Self, Error> {
        let (rows, features) = imputer.dim();
        let mut residuals = Mat::<f64>::zeros(rows, features);
        for molecule in molecules {
            cancel.check()?;
            let left_out = imputer.left_out(molecule);
            for (i, &row) in molecule.iter().enumerate() {
                residuals.row_mut(row).copy_from(left_out.residuals.row(i));
            }
        }
        let widths = widths(&residuals, molecules, cancel)?;
        let covariance = Covariance::fit(residuals, molecules.len(), cancel)?;
        Ok(Self { covariance, widths })
    }

    pub(super) fn covariance(&self) -> &Covariance {
        &self.covariance
    }

    /// Completes an imputed profile, its values and their spread, by what was measured of it. Returns what lies beyond the
    /// new spread.
    pub(super) fn complete(
        &self,
        given: &Given,
        observation: &Observation,
        (mut values, mut spread): (ArrayViewMut1<'_, f32>, ArrayViewMut1<'_, f32>),
    ) -> Tails {
        let deviation = &self.covariance.deviation;
        let measured = given.columns().iter().zip(observation.values(given.columns()));
        let above: Vec<f64> =
            measured.map(|(&j, v)| (f64::from(v) - f64::from(values[j])) / deviation[j]).collect();
        if above.is_empty() {
            return Tails::default();
        }
        let told = given.tell(&self.covariance, &above);
        let (factor, tails) = self.width(above.len());
        for (j, &deviation) in deviation.iter().enumerate() {
            values[j] = (f64::from(values[j]) + deviation * told.above[j]) as f32;
            let left = deviation * (given.left()[j] * told.magnitude).sqrt();
            spread[j] = left as f32 * factor;
        }
        tails
    }

    /// The factor of spreads where so many features were measured, and what lies beyond them.
    fn width(&self, measured: usize) -> (f32, Tails) {
        let place = self.widths.partition_point(|w| w.measured < measured as f64);
        match (place.checked_sub(1).map(|p| self.widths[p]), self.widths.get(place)) {
            (None, None) => (1.0, Tails::default()),
            (Some(only), None) => (only.factor, only.tails),
            (None, Some(only)) => (only.factor, only.tails),
            (Some(low), Some(high)) => {
                let step = (high.measured / low.measured).ln();
                let part = ((measured as f64 / low.measured).ln() / step) as f32;
                let factor = low.factor + part * (high.factor - low.factor);
                (factor, low.tails.towards(high.tails, part))
            }
        }
    }
}

/// Numbers of measured features that spreads are learned for: powers of four, and half of all.
fn steps(features: usize) -> Vec<usize> {
    let half = features / 2;
    let powers = (0..).map(|p| 4usize.saturating_pow(p)).take_while(|&k| k < half);
    powers.chain((half > 0).then_some(half)).collect()
}

/// Of the molecules of each part in turn: the errors of what random features tell of the others, where the covariance is that
/// of the other parts. A molecule with several profiles counts with their mean.
fn widths(
    residuals: &Mat<f64>,
    molecules: &[Vec<usize>],
    cancel: &Cancel,
) -> Result<Vec<Width>, Error> {
    let features = residuals.ncols();
    let steps = steps(features);
    let every = molecules.len().div_ceil(MOLECULES).max(1);
    let thin = (molecules.len() / every * features).div_ceil(ERRORS).max(1);
    let mut errors: Vec<Vec<f32>> = vec![Vec::new(); steps.len()];
    // Too few molecules to learn one part from the others.
    let parts = if molecules.len() < 4 * PARTS { 0 } else { PARTS };
    for part in 0..parts {
        let others = molecules.iter().enumerate().filter(|(m, _)| m % PARTS != part);
        let others: Vec<&Vec<usize>> = others.map(|(_, rows)| rows).collect();
        let rows: Vec<usize> = others.iter().flat_map(|rows| rows.iter().copied()).collect();
        let train = Mat::from_fn(rows.len(), features, |i, j| residuals[(rows[i], j)]);
        let covariance = Covariance::fit(train, others.len(), cancel)?;
        let tested = (part..molecules.len()).step_by(PARTS).step_by(every);
        let tested: Vec<(usize, Vec<f64>)> =
            tested.map(|m| (m, standardised(residuals, &molecules[m], &covariance))).collect();
        for (step, (&measured, errors)) in steps.iter().zip(&mut errors).enumerate() {
            // Two sets of features, each for half of the molecules.
            for half in 0..2 {
                let seed = (part * steps.len() + step) * 2 + half;
                let given = Given::new(&covariance, some(measured, features, seed), cancel)?;
                for (m, above) in tested.iter().skip(half).step_by(2) {
                    cancel.check()?;
                    collect(&covariance, &given, above, (thin, m % thin), errors);
                }
            }
        }
    }
    let widths = steps.iter().zip(errors).map(|(&measured, mut errors)| {
        let (factor, tails) = Tails::learn(&mut errors);
        Width { measured: measured as f64, factor, tails }
    });
    Ok(widths.collect())
}

/// The mean residual of the rows of a molecule, in standard deviations.
fn standardised(residuals: &Mat<f64>, rows: &[usize], covariance: &Covariance) -> Vec<f64> {
    let mean = |j: usize| rows.iter().map(|&r| residuals[(r, j)]).sum::<f64>() / rows.len() as f64;
    let deviations = covariance.deviation.iter().enumerate();
    deviations.map(|(j, &d)| if d > 0.0 { mean(j) / d } else { 0.0 }).collect()
}

/// So many of the features, in ascending order: the same for the same `seed`.
fn some(count: usize, features: usize, seed: usize) -> Vec<usize> {
    let mut order: Vec<(f64, usize)> =
        (0..features).map(|j| (scattered(seed * features + j), j)).collect();
    order.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    let mut chosen: Vec<usize> = order.into_iter().take(count).map(|o| o.1).collect();
    chosen.sort_unstable();
    chosen
}

/// Adds the errors of every `thin`th feature that was not given, from a first one on.
fn collect(
    covariance: &Covariance,
    given: &Given,
    above: &[f64],
    (thin, first): (usize, usize),
    errors: &mut Vec<f32>,
) {
    let known: Vec<f64> = given.columns().iter().map(|&j| above[j]).collect();
    let told = given.tell(covariance, &known);
    for j in (first..above.len()).step_by(thin) {
        if covariance.deviation[j] > 0.0 && given.columns().binary_search(&j).is_err() {
            let spread = (given.left()[j] * told.magnitude).sqrt();
            errors.push(((above[j] - told.above[j]).abs() / spread) as f32);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::imputer::Weighting;
    use super::super::library::Library;
    use super::super::modality::{Filled, Modality, Query};
    use super::super::observation::Patterns;
    use super::super::profiles::Profiles;
    use super::super::scale::Scale;
    use super::*;
    use ndarray::{Array2, ArrayView1};

    #[test]
    fn steps_grow_up_to_half() {
        assert_eq!(steps(978), [1, 4, 16, 64, 256, 489]);
        assert_eq!(steps(9), [1, 4]);
        assert_eq!(steps(2), [1]);
        assert!(steps(1).is_empty());
    }

    #[test]
    fn some_features_are_distinct_and_others_for_another_seed() {
        let (a, b) = (some(20, 50, 0), some(20, 50, 1));
        assert!(a.windows(2).all(|w| w[0] < w[1]) && a.len() == 20 && a != b);
        assert_eq!(some(50, 50, 3), (0..50).collect::<Vec<_>>());
    }

    /// Profiles and molecules of tests/oracle/golden_conditional.py.
    fn library() -> Library {
        const ROWS: usize = 24;
        let made = |i: usize| ((i * 2_654_435_761 % 2003) as f64 - 1001.0) / 1024.0;
        let values = Array2::from_shape_fn((ROWS, 7), |(r, f)| {
            let first = 2.0 * made(3 * r + 1) * made(5 * f + 2);
            (first + made(3 * r + 2) * made(7 * f + 3) + made(7 * r + f + 500) / 4.0) as f32
        });
        let members: Vec<u32> = (0..ROWS as u32).map(|r| r - (r + 2) / 4).collect();
        let count = members[ROWS - 1] as usize + 1;
        let words = (0..count).flat_map(words).collect();
        let ids: Vec<String> = (0..count).map(|m| m.to_string()).collect();
        let features = (0..7).map(|f| f.to_string()).collect();
        let profiles = Profiles::new(features, Scale::Linear, 0.0, members, values.view()).unwrap();
        let weighting = Weighting { power: 2, noise: 0.5 };
        let modality = Modality::new("made", Vec::new(), profiles, weighting).unwrap();
        let library = Library::from_words(2, 1024, ids.clone(), ids, words).unwrap();
        library.with(modality).unwrap()
    }

    /// Three bits from a first one on.
    fn words(first: usize) -> Vec<u64> {
        let mut words = vec![0; 16];
        (first..first + 3).for_each(|bit| words[bit / 64] |= 1 << (bit % 64));
        words
    }

    fn completed(library: &Library, first: usize, measured: &[f32]) -> Filled {
        let modality = library.modality("made").unwrap();
        let row = ArrayView1::from(measured);
        let observation = Observation::of(row, Scale::Linear);
        let words = words(first);
        let query = Query { words: &words, observation: observation.as_ref() };
        let patterns = Patterns::default();
        let filled = modality.regress(library, &[query], &patterns, false, &Cancel::never());
        filled.unwrap().remove(0)
    }

    #[test]
    fn profiles_are_completed_as_by_the_definition() {
        let library = library();
        let text = include_str!("../../tests/golden/conditional.csv");
        for line in text.lines().skip(1) {
            let parts: Vec<&str> = line.split('|').collect();
            let numbers = |part: &str| -> Vec<f32> {
                part.split(',').map(|cell| cell.parse().unwrap_or(f32::NAN)).collect()
            };
            let measured = numbers(parts[1]);
            let found = completed(&library, parts[0].parse().unwrap(), &measured);
            let expected = numbers(parts[2]).into_iter().zip(numbers(parts[3]));
            for (j, (value, spread)) in expected.enumerate().filter(|(j, _)| measured[*j].is_nan())
            {
                // The regression's weights are f32, and conditioning magnifies their rounding.
                let near = |a: f32, b: f32| (a - b).abs() < 1e-4 * b.abs().max(1.0);
                let (v, s) = (found.values[j], found.spread[j]);
                assert!(near(v, value) && near(s, spread), "{line}: {j}: {v} {s}");
            }
        }
    }

    #[test]
    fn no_measurement_makes_it_fail() {
        let library = library();
        let none = completed(&library, 4, &[f32::NAN; 7]);
        for bad in [f32::INFINITY, f32::NEG_INFINITY] {
            let mut measured = [f32::NAN; 7];
            measured[2] = bad;
            assert_eq!(completed(&library, 4, &measured), none);
        }
        let mut measured = [f32::NAN; 7];
        for huge in [f32::MAX, f32::MIN, 1e30] {
            measured[2] = huge;
            let found = completed(&library, 4, &measured);
            assert!(found.values.iter().chain(&found.spread).all(|v| v.is_finite()), "{found:?}");
        }
    }

    #[test]
    fn libraries_of_few_rows_and_flat_features_complete() {
        let features = || (0..4).map(|f| f.to_string()).collect::<Vec<_>>();
        let value = |r: usize, f: usize| if f == 1 { 3.0 } else { (r * r + 2 * f * r) as f32 };
        for rows in 1..5 {
            let values = Array2::from_shape_fn((rows, 4), |(r, f)| value(r, f));
            let members = (0..rows as u32).collect();
            let profiles =
                Profiles::new(features(), Scale::Asinh, 0.5, members, values.view()).unwrap();
            let weighting = Weighting { power: 2, noise: 0.001 };
            let modality = Modality::new("made", Vec::new(), profiles, weighting).unwrap();
            let ids: Vec<String> = (0..rows).map(|m| m.to_string()).collect();
            // All of one fingerprint: one molecule, whose rows differ by noise alone.
            for apart in [0, 1, 9] {
                let words = (0..rows).flat_map(|r| words(r * apart)).collect();
                let library = Library::from_words(2, 1024, ids.clone(), ids.clone(), words);
                let library = library.unwrap().with(modality.clone()).unwrap();
                for given in [[f32::NAN, 2.0, f32::NAN, f32::NAN], [1.0, f32::NAN, 2.0, -1e30]] {
                    let found = completed(&library, 3, &given);
                    let all = found.values.iter().chain(&found.spread);
                    assert!(all.clone().all(|v| v.is_finite()), "{rows} {apart} {found:?}");
                    assert!(found.spread.iter().all(|s| *s >= 0.0));
                }
            }
        }
    }
}
