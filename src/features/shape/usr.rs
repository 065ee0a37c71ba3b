//! Ultrafast shape recognition: moments of the distances of atoms from four points of the molecule.

use super::distance;

/// Numbers that describe one set of atoms.
pub(super) const MOMENTS: usize = NAMES.len();

/// Point and moment: the centroid, the atom closest to it, the one farthest from it, the one farthest
/// from that; mean and standard deviation of the distances (Å), cube root of their skewness.
pub(super) const NAMES: [&str; 12] = [
    "centroid_mean",
    "centroid_deviation",
    "centroid_skewness",
    "closest_mean",
    "closest_deviation",
    "closest_skewness",
    "farthest_mean",
    "farthest_deviation",
    "farthest_skewness",
    "opposite_mean",
    "opposite_deviation",
    "opposite_skewness",
];

/// Å. Atoms whose distances from a point differ by less are equally far from it: positions are kept as
/// f32, whose rounding far from the origin is not much less.
const TIE: f64 = 1e-5;
/// Å. Distances that deviate less from their mean are all the same, and what skews them is the rounding
/// of the file.
const STEADY: f64 = 1e-3;

/// The points that distances are taken from.
pub(super) struct ReferencePoints([[f64; 3]; 4]);

impl ReferencePoints {
    /// Of all atoms of a molecule; there is at least one.
    pub fn of(positions: &[[f64; 3]]) -> Self {
        let mut centroid = [0.0; 3];
        for p in positions {
            (0..3).for_each(|k| centroid[k] += p[k]);
        }
        let centroid = centroid.map(|sum| sum / positions.len() as f64);
        let closest = outermost(positions, |p| -distance(&centroid, p));
        let farthest = outermost(positions, |p| distance(&centroid, p));
        let opposite = outermost(positions, |p| distance(&farthest, p));
        Self([centroid, closest, farthest, opposite])
    }

    /// Three moments a point of the distances of some atoms; all 0 for no atoms.
    pub fn moments<'a>(&self, atoms: impl Iterator<Item = &'a [f64; 3]> + Clone, out: &mut [f64]) {
        for (point, out) in self.0.iter().zip(out.chunks_exact_mut(3)) {
            let distances: Vec<f64> = atoms.clone().map(|p| distance(point, p)).collect();
            out.copy_from_slice(&moments(&distances));
        }
    }
}

/// The position for which `measure` is largest. Where several are, within [`TIE`], the one with the
/// largest sum of distances from all: a choice that does not depend on the order of the atoms.
fn outermost(positions: &[[f64; 3]], measure: impl Fn(&[f64; 3]) -> f64) -> [f64; 3] {
    let measures: Vec<f64> = positions.iter().map(measure).collect();
    let most = measures.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let mut tied = positions.iter().zip(&measures).filter(|(_, m)| **m >= most - TIE);
    let Some((first, _)) = tied.next() else { return [0.0; 3] };
    let sum = |p: &[f64; 3]| positions.iter().map(|q| distance(p, q)).sum::<f64>();
    let mut best = (*first, None);
    for (p, _) in tied {
        let before = *best.1.get_or_insert_with(|| sum(first));
        let here = sum(p);
        if here > before {
            best = (*p, Some(here));
        }
    }
    best.0
}

fn moments(values: &[f64]) -> [f64; 3] {
    if values.is_empty() {
        return [0.0; 3];
    }
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let central = |power| values.iter().map(|v| (v - mean).powi(power)).sum::<f64>() / n;
    let deviation = central(2).sqrt();
    let skewness = if deviation < STEADY { 0.0 } else { (central(3) / deviation.powi(3)).cbrt() };
    [mean, deviation, skewness]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_of_few_values() {
        assert_eq!(moments(&[]), [0.0; 3]);
        assert_eq!(moments(&[2.0]), [2.0, 0.0, 0.0]);
        let [mean, deviation, skewness] = moments(&[1.0, 1.0, 4.0]);
        assert_eq!((mean, deviation), (2.0, 2f64.sqrt()));
        // Third central moment 2, over 2^(3/2).
        assert!((skewness.powi(3) - 0.5f64.sqrt()).abs() < 1e-12);
    }

    #[test]
    fn ties_do_not_go_by_order() {
        // Two atoms equally far from the centroid, of which one has company.
        let a = [3.0, 0.0, 0.0];
        let rest = [[-2.0, 0.1, 0.0], [-0.8, -2.89, 0.0], [-0.2, 2.79, 0.0], [0.0, 0.0, 0.0]];
        let b = [0.0, 0.0, 3.0];
        let c = [0.0, 0.0, -3.0];
        let mut order = vec![a, b, c];
        order.extend(rest);
        let forth = ReferencePoints::of(&order).0;
        order.reverse();
        let back = ReferencePoints::of(&order).0;
        for (p, q) in forth.iter().zip(&back) {
            let sum = |p| order.iter().map(|o| distance(p, o)).sum::<f64>();
            assert!((sum(p) - sum(q)).abs() < 1e-9);
        }
    }
}
