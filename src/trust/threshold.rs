//! From which similarity on a data set's errors are small.

/// Least and largest share of the held-out molecules that a threshold may leave outside.
const OUTSIDE: (f64, f64) = (0.05, 0.25);
/// Fewest molecules on either side that a mean is taken of.
const FEWEST: usize = 5;

/// A held-out molecule.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HeldOutMolecule {
    /// Tanimoto similarity of the nearest training molecule.
    pub nearest: f32,
    /// Weighted sum of the errors of what was measured of it; see [`relative_errors`].
    pub error: f64,
    /// Sum of the weights; 0 where nothing was measured.
    pub weight: f64,
}

/// Where the inside of a domain begins.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Threshold {
    /// Least similarity of the nearest training molecule.
    pub least_similarity: f32,
    /// How many times as large the mean error is outside as inside, above 1. None where no threshold was found that sets
    /// larger errors apart.
    pub error_ratio: Option<f64>,
}

/// The threshold that explains most of the errors' variance: of all that leave 5 to 25 % of the molecules outside, at least
/// five, and do not exceed `most`, the one cut of a regression tree of error on similarity, if errors are larger outside.
/// Else, and where the molecules are too few, the similarity that 95 % of them reach. None without a molecule.
pub fn threshold(molecules: &[HeldOutMolecule], most: f32) -> Option<Threshold> {
    let mut all: Vec<HeldOutMolecule> =
        molecules.iter().copied().filter(|m| m.weight > 0.0 && m.nearest.is_finite()).collect();
    all.sort_by(|a, b| a.nearest.total_cmp(&b.nearest));
    let rank = (all.len().saturating_sub(1) as f64 * OUTSIDE.0).round() as usize;
    let typical = all.get(rank)?.nearest.min(most);
    let sum = |part: &[HeldOutMolecule]| {
        part.iter().fold((0.0, 0.0), |(e, w), m| (e + m.error, w + m.weight))
    };
    let (total_error, total_weight) = sum(&all);
    let (mut error, mut weight) = (0.0, 0.0);
    let mut best: Option<(f64, Threshold)> = None;
    for outside in 1..all.len() {
        let (last, first) = (all[outside - 1], all[outside]);
        (error, weight) = (error + last.error, weight + last.weight);
        let share = outside as f64 / all.len() as f64;
        let inside = all.len() - outside;
        let allowed = share >= OUTSIDE.0 && share <= OUTSIDE.1 && outside.min(inside) >= FEWEST;
        // Equal similarities lie on one side.
        if !allowed || first.nearest <= last.nearest || first.nearest > most {
            continue;
        }
        let out = error / weight;
        let own = (total_error - error) / (total_weight - weight);
        let explained = weight * (total_weight - weight) * (out - own).powi(2);
        if out > own && own > 0.0 && best.is_none_or(|(most, _)| explained > most) {
            let error_ratio = Some(out / own);
            best = Some((explained, Threshold { least_similarity: first.nearest, error_ratio }));
        }
    }
    let none = Threshold { least_similarity: typical, error_ratio: None };
    Some(best.map_or(none, |(_, found)| found))
}

/// Brings absolute errors of one quantity to a common scale, so that tasks of other units can be averaged: their mean is 1.
/// Of a classification (`classes`: each label's, true or false) positives and negatives weigh the same altogether, as otherwise a molecule
/// that nobody would expect to be active counts as well predicted. Gives error × weight and weight of each; the weights' sum is
/// the number of labels.
pub fn relative_errors(errors: &[f64], classes: Option<&[bool]>) -> Vec<(f64, f64)> {
    let n = errors.len() as f64;
    let positives = classes.map(|c| c.iter().filter(|c| **c).count() as f64);
    let weight = |i: usize| match (classes, positives) {
        (Some(classes), Some(positives)) if positives > 0.0 && positives < n => {
            n / (2.0 * if classes[i] { positives } else { n - positives })
        }
        _ => 1.0,
    };
    let sum: f64 = errors.iter().enumerate().map(|(i, e)| weight(i) * e).sum();
    let scale = if sum > 0.0 { n / sum } else { 1.0 };
    errors.iter().enumerate().map(|(i, e)| (weight(i) * e * scale, weight(i))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn molecule(nearest: f32, error: f64) -> HeldOutMolecule {
        HeldOutMolecule { nearest, error, weight: 1.0 }
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
        assert_eq!(threshold(&[HeldOutMolecule { weight: 0.0, ..few[0] }], 1.0), None);
    }

    #[test]
    fn classes_and_units_weigh_the_same() {
        let far = relative_errors(&[10.0, 20.0, 30.0], None);
        assert_eq!(far, [(0.5, 1.0), (1.0, 1.0), (1.5, 1.0)]);
        let classes = [true, false, false, false];
        let found = relative_errors(&[0.9, 0.1, 0.1, 0.1], Some(&classes));
        let weights: f64 = found.iter().map(|f| f.1).sum();
        let errors: f64 = found.iter().map(|f| f.0).sum();
        assert!((weights - 4.0).abs() < 1e-12 && (errors - 4.0).abs() < 1e-12);
        assert!((found[0].1 - 2.0).abs() < 1e-12, "the only positive weighs as much as the rest");
        assert_eq!(relative_errors(&[0.0; 2], None), [(0.0, 1.0); 2]);
        assert_eq!(relative_errors(&[0.5], Some(&[true])), [(1.0, 1.0)]);
    }
}
