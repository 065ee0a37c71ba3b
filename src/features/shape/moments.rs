//! Principal moments, of inertia and of gyration, and the descriptors made of them. Formulae as in
//! RDKit's `Descriptors3D`.

use crate::chem::Molecule;
use crate::features::descriptors::mass;

/// - `pmi1` to `pmi3`: principal moments of inertia, u Å², smallest first
/// - `npr1`, `npr2`: the first and the second over the third (Sauer and Schwarz)
/// - `asphericity` (Baumgärtner), of the mass-weighted gyration tensor: 0 a sphere, 1 a rod
/// - `eccentricity`: √(pmi3² − pmi1²) / pmi3
/// - `inertial_shape_factor`: pmi2 / (pmi1 pmi3), 1/(u Å²); 0 for a rod
/// - `spherocity`: thrice the smallest part of the unweighted gyration tensor: 0 flat, 1 a sphere
/// - `radius_of_gyration`: root of the mean squared distance from the centre of mass, Å
pub(super) const NAMES: [&str; 10] = [
    "pmi1",
    "pmi2",
    "pmi3",
    "npr1",
    "npr2",
    "asphericity",
    "eccentricity",
    "inertial_shape_factor",
    "spherocity",
    "radius_of_gyration",
];

/// Moments below are those of a point or, for the smallest, of a rod; RDKit's bounds.
const NOTHING: f64 = 1e-4;

/// Writes a value a name.
pub(super) fn compute(mol: &Molecule, positions: &[[f64; 3]], out: &mut [f64]) {
    let masses: Vec<f64> = mol.atoms().iter().map(mass).collect();
    let total: f64 = masses.iter().sum();
    let gyration = eigenvalues(second_moments(positions, &masses));
    let [small, middle, large] = gyration;
    // An axis' moment of inertia is what lies along the two others.
    let inertia = [small + middle, small + large, middle + large];
    let [first, second, third] = inertia;
    let sum = small + middle + large;
    let ratio = |a: f64, b: f64, least: f64| if b < least { 0.0 } else { a / b };
    let squares = (small - middle).powi(2) + (small - large).powi(2) + (middle - large).powi(2);
    let unweighted = eigenvalues(second_moments(positions, &vec![1.0; positions.len()]));
    out.copy_from_slice(&[
        first,
        second,
        third,
        ratio(first, third, NOTHING),
        ratio(second, third, NOTHING),
        ratio(0.5 * squares, sum * sum, NOTHING * NOTHING),
        ratio((third * third - first * first).max(0.0).sqrt(), third, NOTHING),
        if first < NOTHING { 0.0 } else { ratio(second, first * third, NOTHING * NOTHING) },
        ratio(3.0 * unweighted[0], unweighted.iter().sum(), NOTHING),
        ratio(sum, total, f64::MIN_POSITIVE).sqrt(),
    ]);
}

/// Σ w r rᵀ about the weighted centre.
fn second_moments(positions: &[[f64; 3]], weights: &[f64]) -> [[f64; 3]; 3] {
    let total: f64 = weights.iter().sum();
    let mut centre = [0.0; 3];
    if total > 0.0 {
        for (p, w) in positions.iter().zip(weights) {
            (0..3).for_each(|k| centre[k] += w * p[k] / total);
        }
    }
    let mut tensor = [[0.0; 3]; 3];
    for (p, w) in positions.iter().zip(weights) {
        let r = [p[0] - centre[0], p[1] - centre[1], p[2] - centre[2]];
        for (row, a) in tensor.iter_mut().zip(r) {
            row.iter_mut().zip(r).for_each(|(t, b)| *t += w * a * b);
        }
    }
    tensor
}

/// Eigenvalues of a symmetric, positive semidefinite matrix, smallest first: Jacobi's rotations, which
/// keep small ones exact beside large ones.
fn eigenvalues(mut a: [[f64; 3]; 3]) -> [f64; 3] {
    // Each sweep squares what is off the diagonal; five suffice for any.
    for _ in 0..16 {
        for (p, q) in [(0, 1), (0, 2), (1, 2)] {
            if a[p][q].abs() <= f64::EPSILON * (a[p][p].abs() * a[q][q].abs()).sqrt() {
                continue;
            }
            let theta = (a[q][q] - a[p][p]) / (2.0 * a[p][q]);
            // Beyond 1e154 the square is infinite and the angle 0, as it is to the last bit.
            let t = theta.signum() / (theta.abs() + (theta * theta + 1.0).sqrt());
            let c = 1.0 / (t * t + 1.0).sqrt();
            let s = t * c;
            let r = 3 - p - q;
            let (app, aqq, apq) = (a[p][p], a[q][q], a[p][q]);
            let (arp, arq) = (a[r][p], a[r][q]);
            a[p][p] = app - t * apq;
            a[q][q] = aqq + t * apq;
            (a[p][q], a[q][p]) = (0.0, 0.0);
            a[r][p] = c * arp - s * arq;
            a[r][q] = s * arp + c * arq;
            (a[p][r], a[q][r]) = (a[r][p], a[r][q]);
        }
    }
    let mut values = [a[0][0], a[1][1], a[2][2]].map(|v| v.max(0.0));
    values.sort_unstable_by(f64::total_cmp);
    values
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn eigenvalues_of_known_matrices() {
        let close = |a: [f64; 3], b: [f64; 3]| {
            assert!(a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-12), "{a:?}, not {b:?}");
        };
        close(eigenvalues([[0.0; 3]; 3]), [0.0; 3]);
        close(eigenvalues([[3.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 2.0]]), [1.0, 2.0, 3.0]);
        close(
            eigenvalues([[2.0, -1.0, 0.0], [-1.0, 2.0, -1.0], [0.0, -1.0, 2.0]]),
            [2.0 - 2f64.sqrt(), 2.0, 2.0 + 2f64.sqrt()],
        );
        // Equal diagonal elements: the rotation is by 45 degrees.
        close(eigenvalues([[1.0; 3]; 3]), [0.0, 0.0, 3.0]);
    }
}
