//! The characteristic polynomial of a molecule's graph.

use super::closed_walks::closed_walks;
use crate::chem::Molecule;

/// Magnitudes of the coefficients, whole numbers: 64 bits hold them for most drugs, 128 for the
/// others. (RDKit's double precision loses the last digits from 2^53 on.)
pub(super) fn polynomial(mol: &Molecule) -> Option<Vec<f64>> {
    from_walks(mol).or_else(|| recurrence::<i64>(mol)).or_else(|| recurrence::<i128>(mol))
}

/// By Newton's identities from the numbers of closed walks, for molecules so small that all fits 64 bits. Sums may overflow
/// on the way: 64 bits are exact modulo 2^64, which suffices where the coefficients themselves are known to be small.
/// `None` where they might not be.
fn from_walks(mol: &Molecule) -> Option<Vec<f64>> {
    let n = mol.atoms().len();
    // The magnitudes are elementary symmetric functions of the eigenvalues, whose squares add up to twice the number of
    // bonds: together they stay below (1 + root mean square)^n, and n times that occurs below.
    let mean = (2.0 * mol.bonds().len() as f64 / n as f64).sqrt();
    let bits = n as f64 * (1.0 + mean).log2() + (n as f64).log2();
    if bits > 62.0 {
        return None;
    }
    let closed = closed_walks(mol)?;
    let mut coefficients = vec![1i64; n + 1];
    for k in 1..=n {
        let sum = (1..=k).fold(0i64, |sum, i| {
            sum.wrapping_sub(coefficients[k - i].wrapping_mul(closed[i] as i64))
        });
        coefficients[k] = sum / k as i64;
    }
    Some(coefficients.into_iter().map(|c| c as f64).map(f64::abs).collect())
}

/// Whole numbers in some representation.
trait Whole: Copy + Default + std::ops::AddAssign + std::ops::SubAssign {
    /// Whether a sum of these over an atom's neighbours might overflow.
    fn any_large(values: &[Self]) -> bool;
    fn one() -> Self;
    /// `self / k`, which is a whole number.
    fn divide(self, k: usize) -> Self;
    fn to_f64(self) -> f64;
}

impl Whole for i64 {
    fn any_large(values: &[Self]) -> bool {
        // Moved up by half, whatever lies within ±2^54 fits 55 bits; a form that vectorises.
        values.iter().fold(0, |bits, v| bits | v.wrapping_add(1 << 54) as u64) >> 55 != 0
    }
    fn one() -> Self {
        1
    }
    fn divide(self, k: usize) -> Self {
        self / k as i64
    }
    fn to_f64(self) -> f64 {
        self as f64
    }
}

impl Whole for i128 {
    fn any_large(values: &[Self]) -> bool {
        values.iter().fold(0, |bits, v| bits | v.wrapping_add(1 << 114) as u128) >> 115 != 0
    }
    fn one() -> Self {
        1
    }
    fn divide(self, k: usize) -> Self {
        self / k as i128
    }
    fn to_f64(self) -> f64 {
        self as f64
    }
}

/// Le Verrier, Faddeev and Frame's recurrence; `None` once a number grows too large. The adjacency
/// matrix is sparse, so a step costs atoms · bonds; all matrices are its polynomials, hence
/// symmetric.
fn recurrence<T: Whole>(mol: &Molecule) -> Option<Vec<f64>> {
    let n = mol.atoms().len();
    let mut result = vec![1.0; n + 1];
    let mut power = vec![T::default(); n * n];
    for b in mol.bonds() {
        let (i, j) = (b.begin as usize, b.end as usize);
        power[i * n + j] = T::one();
        power[j * n + i] = T::one();
    }
    let mut next = vec![T::default(); n * n];
    for (k, slot) in result.iter_mut().enumerate().skip(1) {
        let mut trace = T::default();
        for i in 0..n {
            trace += power[i * n + i];
        }
        let coefficient = trace.divide(k);
        *slot = coefficient.to_f64().abs();
        for i in 0..n {
            power[i * n + i] -= coefficient;
        }
        if T::any_large(&power) {
            return None;
        }
        for i in 0..n {
            let row = &mut next[i * n..][..n];
            row.fill(T::default());
            for nb in mol.neighbors(i) {
                for (r, &p) in row.iter_mut().zip(&power[nb.atom as usize * n..][..n]) {
                    *r += p;
                }
            }
        }
        std::mem::swap(&mut power, &mut next);
    }
    Some(result)
}
