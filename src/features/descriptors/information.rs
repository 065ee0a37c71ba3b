//! Complexity: Balaban's J, Bertz's index, and the information in the characteristic polynomial.

use super::Descriptor;
use super::context::{Context, order};
use crate::chem::Molecule;

pub(super) const LIST: [Descriptor; 4] = [
    Descriptor::rdkit(
        "AvgIpc",
        "information, bits, of the coefficients of the adjacency matrix's characteristic polynomial; undefined above 256 atoms",
    ),
    Descriptor::rdkit("BalabanJ", "Balaban's J over distances of 1 / bond order"),
    Descriptor::rdkit("BertzCT", "Bertz's complexity of bonding and of heteroatoms"),
    Descriptor::rdkit("Ipc", "AvgIpc times the sum of the coefficients' magnitudes"),
];

/// The polynomial costs atoms² · bonds, and its coefficients grow with the atoms' exponential.
const POLYNOMIAL_LIMIT: usize = 256;

pub(super) fn compute(context: &Context, out: &mut [f64]) {
    let mol = context.mol;
    let small = mol.atoms().len() <= POLYNOMIAL_LIMIT;
    (out[0], out[3]) = match small.then(|| polynomial(mol)).flatten() {
        Some(coefficients) => {
            let information = entropy(&coefficients);
            (information, information * coefficients.iter().sum::<f64>())
        }
        None => (f64::NAN, f64::NAN),
    };
    out[1] = balaban(context);
    out[2] = bertz(context);
}

/// Shannon entropy, bits, of counts that need not be whole.
fn entropy(counts: &[f64]) -> f64 {
    let total: f64 = counts.iter().sum();
    if total == 0.0 {
        return 0.0;
    }
    counts.iter().map(|c| c / total).filter(|&p| p > 0.0).map(|p| -p * p.log2()).sum()
}

/// Magnitudes of the coefficients, whole numbers: 64 bits hold them for most drugs, 128 for the
/// others. (RDKit's double precision loses the last digits from 2^53 on.)
fn polynomial(mol: &Molecule) -> Option<Vec<f64>> {
    recurrence::<i64>(mol).or_else(|| recurrence::<i128>(mol))
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

fn balaban(context: &Context) -> f64 {
    let (bonds, atoms) = (context.mol.bonds().len() as f64, context.mol.atoms().len() as f64);
    let cycles = bonds - atoms + 1.0;
    if cycles + 1.0 == 0.0 {
        return 0.0;
    }
    let s = &context.paths.weighted_sum;
    let sum: f64 = context
        .mol
        .bonds()
        .iter()
        .map(|b| 1.0 / (s[b.begin as usize] * s[b.end as usize]).sqrt())
        .sum();
    bonds / (cycles + 1.0) * sum
}

/// Pairs of adjacent bonds, weighted by their orders, are told apart by the classes of their three
/// atoms; a multiple bond is also a pair of itself.
fn bertz(context: &Context) -> f64 {
    let mol = context.mol;
    let n = mol.atoms().len();
    if n < 2 {
        return 0.0;
    }
    let class = &context.paths.class;
    let mut connections: Vec<([u32; 3], f64)> = Vec::with_capacity(4 * n);
    for (hinge, &own) in class.iter().enumerate() {
        let around = mol.neighbors(hinge);
        for (k, first) in around.iter().enumerate() {
            let a = class[first.atom as usize];
            let first_order = order(mol.bonds()[first.bond as usize].order);
            if first_order > 1.0 && first.atom as usize > hinge {
                let key = [a.min(own), u32::MAX, a.max(own)];
                connections.push((key, first_order * (first_order - 1.0) / 2.0));
            }
            for second in &around[k + 1..] {
                let b = class[second.atom as usize];
                let second_order = order(mol.bonds()[second.bond as usize].order);
                connections.push(([a.min(b), own, a.max(b)], first_order * second_order));
            }
        }
    }
    connections.sort_unstable_by(|x, y| x.0.cmp(&y.0).then(x.1.total_cmp(&y.1)));
    let mut sums: Vec<f64> = connections
        .chunk_by(|x, y| x.0 == y.0)
        .map(|same| same.iter().map(|c| c.1).sum())
        .collect();
    if sums.is_empty() {
        sums.push(1.0);
    }
    let mut elements = [0.0; 256];
    for a in mol.atoms() {
        elements[usize::from(a.atomic_number)] += 1.0;
    }
    // Sorted, so that the order of the atoms leaves no trace in the rounding.
    sums.sort_unstable_by(f64::total_cmp);
    let total: f64 = sums.iter().sum();
    total * (entropy(&sums) + total.log2()) + n as f64 * entropy(&elements)
}
