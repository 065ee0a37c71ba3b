//! From which similarity on a data set's errors are small.

/// Least and largest share of the held-out molecules that a threshold may leave outside.
const OUTSIDE: (f64, f64) = (0.05, 0.25);
/// Fewest molecules, and labels of each class, on either side that a mean is taken of.
const FEWEST: usize = 5;

/// Sums of absolute errors, and numbers of labels, of some molecules.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Errors {
    /// Of labels that are true: 1 − probability.
    pub positives: (f64, usize),
    /// Of labels that are false: the probability.
    pub negatives: (f64, usize),
    /// Of numbers: each distance in units of its task's mean distance, so that tasks of other units can be averaged.
    pub numbers: (f64, usize),
}

impl Errors {
    /// These and those of other molecules.
    pub fn and(self, other: &Self) -> Self {
        let sum = |a: (f64, usize), b: (f64, usize)| (a.0 + b.0, a.1 + b.1);
        Self {
            positives: sum(self.positives, other.positives),
            negatives: sum(self.negatives, other.negatives),
            numbers: sum(self.numbers, other.numbers),
        }
    }

    /// Whether nothing was measured.
    pub fn is_empty(&self) -> bool {
        self.positives.1 + self.negatives.1 + self.numbers.1 == 0
    }

    /// The mean error in units of that of `all`, which these are part of. Of classes it is the balanced one, the mean of that of the
    /// positives and that of the negatives: a group of molecules of which hardly any is positive would otherwise pass for well predicted by a
    /// model that misses each of these. None where they are too few of either.
    pub fn relative(&self, all: &Self) -> Option<f64> {
        let mean = |(sum, n): (f64, usize)| (n >= FEWEST).then(|| sum / n as f64);
        let balanced = |e: &Self| match (all.positives.1, all.negatives.1) {
            (0, _) => mean(e.negatives),
            (_, 0) => mean(e.positives),
            _ => Some((mean(e.positives)? + mean(e.negatives)?) / 2.0),
        };
        let (classes, numbers) = (all.positives.1 + all.negatives.1, all.numbers.1);
        let mut sum = 0.0;
        if classes > 0 {
            sum += balanced(self)? / balanced(all)? * classes as f64;
        }
        if numbers > 0 {
            sum += mean(self.numbers)? / mean(all.numbers)? * numbers as f64;
        }
        Some(sum / (classes + numbers) as f64).filter(|ratio| ratio.is_finite())
    }
}

/// A held-out molecule.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HeldOutMolecule {
    /// Tanimoto similarity of the nearest training molecule.
    pub nearest: f32,
    /// Of what was measured of it.
    pub errors: Errors,
}

/// Where the inside of a domain begins.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Threshold {
    /// Least similarity of the nearest training molecule.
    pub least_similarity: f32,
    /// How many times as large the mean error is outside as inside (see [`Errors::relative`]), above 1. None where no threshold was
    /// found that sets larger errors apart.
    pub error_ratio: Option<f64>,
}

/// The threshold that sets larger errors apart best: of all that leave 5 to 25 % of the molecules outside, at least five, and do
/// not exceed `most`, the one cut of a regression tree of error on similarity, that of the largest variance between the sides, if
/// errors are larger outside. Else, and where the molecules are too few, the similarity that 95 % of them reach. None without a
/// molecule.
pub fn threshold(molecules: &[HeldOutMolecule], most: f32) -> Option<Threshold> {
    let mut all: Vec<HeldOutMolecule> = molecules
        .iter()
        .copied()
        .filter(|m| !m.errors.is_empty() && m.nearest.is_finite())
        .collect();
    all.sort_by(|a, b| a.nearest.total_cmp(&b.nearest));
    let rank = (all.len().saturating_sub(1) as f64 * OUTSIDE.0).round() as usize;
    let typical = all.get(rank)?.nearest.min(most);
    // Those of the molecules from each on.
    let mut rest = vec![Errors::default(); all.len() + 1];
    for (i, molecule) in all.iter().enumerate().rev() {
        rest[i] = rest[i + 1].and(&molecule.errors);
    }
    let total = rest[0];
    let mut outer = Errors::default();
    let mut best: Option<(f64, Threshold)> = None;
    for outside in 1..all.len() {
        let (last, first) = (&all[outside - 1], &all[outside]);
        outer = outer.and(&last.errors);
        let share = outside as f64 / all.len() as f64;
        let inside = all.len() - outside;
        let allowed = share >= OUTSIDE.0 && share <= OUTSIDE.1 && outside.min(inside) >= FEWEST;
        // Equal similarities lie on one side.
        if !allowed || first.nearest <= last.nearest || first.nearest > most {
            continue;
        }
        let Some((out, own)) = outer.relative(&total).zip(rest[outside].relative(&total)) else {
            continue;
        };
        let between = share * (1.0 - share) * (out - own).powi(2);
        if out > own && own > 0.0 && best.is_none_or(|(most, _)| between > most) {
            let error_ratio = Some(out / own);
            best = Some((between, Threshold { least_similarity: first.nearest, error_ratio }));
        }
    }
    let none = Threshold { least_similarity: typical, error_ratio: None };
    Some(best.map_or(none, |(_, found)| found))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn molecule(nearest: f32, error: f64) -> HeldOutMolecule {
        let errors = Errors { numbers: (error, 1), ..Default::default() };
        HeldOutMolecule { nearest, errors }
    }

    #[test]
    fn the_cut_is_where_errors_grow() {
        let all: Vec<_> = (0..100)
            .map(|i| molecule(0.2 + 0.005 * i as f32, if i < 12 { 3.0 } else { 1.0 }))
            .collect();
        let found = threshold(&all, 1.0).unwrap();
        assert_eq!(found.least_similarity, all[12].nearest);
        assert!((found.error_ratio.unwrap() - 3.0).abs() < 1e-9);
        // The order in which they come does not matter.
        let mut other = all.clone();
        other.reverse();
        assert_eq!(threshold(&other, 1.0), Some(found));
        // Not above what is allowed.
        let low = threshold(&all, all[8].nearest).unwrap();
        assert!(low.least_similarity <= all[8].nearest && low.error_ratio.unwrap() > 1.0);
    }

    #[test]
    fn without_a_cut_it_is_what_most_reach() {
        let flat: Vec<_> = (0..101).map(|i| molecule(0.01 * i as f32, 1.0)).collect();
        let none = Some(Threshold { least_similarity: flat[5].nearest, error_ratio: None });
        assert_eq!(threshold(&flat, 1.0), none);
        let falling: Vec<_> = (0..101).map(|i| molecule(0.01 * i as f32, i as f64)).collect();
        assert_eq!(threshold(&falling, 1.0), none);
        let alike = vec![molecule(0.4, 1.0); 50];
        assert_eq!(
            threshold(&alike, 1.0),
            Some(Threshold { least_similarity: 0.4, error_ratio: None })
        );
        // Four molecules say nothing of errors.
        let few: Vec<_> = (0..4).map(|i| molecule(0.1 * i as f32, 4.0 - i as f64)).collect();
        assert_eq!(
            threshold(&few, 1.0),
            Some(Threshold { least_similarity: 0.0, error_ratio: None })
        );
        assert_eq!(threshold(&[], 1.0), None);
        let none = HeldOutMolecule { nearest: 0.5, errors: Errors::default() };
        assert_eq!(threshold(&[none], 1.0), None);
    }

    #[test]
    fn missed_positives_are_not_hidden_by_many_negatives() {
        // Inside half are positive and well predicted; outside one in eight is, and missed.
        let class = |positive: bool, error: f64| match positive {
            true => Errors { positives: (error, 1), ..Default::default() },
            false => Errors { negatives: (error, 1), ..Default::default() },
        };
        let all: Vec<_> = (0..400)
            .map(|i| match i < 80 {
                true => (i, class(i % 8 == 0, if i % 8 == 0 { 0.95 } else { 0.05 })),
                false => (i, class(i % 2 == 0, 0.2)),
            })
            .map(|(i, errors)| HeldOutMolecule { nearest: 0.001 * i as f32, errors })
            .collect();
        let found = threshold(&all, 1.0).unwrap();
        assert_eq!(found.least_similarity, all[80].nearest);
        assert!((found.error_ratio.unwrap() - 0.5 / 0.2).abs() < 1e-9, "{found:?}");
        // Without positives on one side nothing can be said.
        let few = Errors { negatives: (1.0, 10), ..Default::default() };
        assert_eq!(few.relative(&Errors { positives: (1.0, 10), ..few }), None);
    }

    #[test]
    fn classes_and_numbers_are_averaged_by_their_labels() {
        let all = Errors { positives: (1.0, 10), negatives: (3.0, 10), numbers: (60.0, 60) };
        let part = Errors { positives: (1.0, 5), negatives: (3.0, 10), numbers: (15.0, 10) };
        // Balanced error 0.25 of 0.2, and 1.5 of 1.
        let expected = (0.25 / 0.2 * 20.0 + 1.5 * 60.0) / 80.0;
        assert!((part.relative(&all).unwrap() - expected).abs() < 1e-12);
        assert!((all.relative(&all).unwrap() - 1.0).abs() < 1e-12);
    }
}
