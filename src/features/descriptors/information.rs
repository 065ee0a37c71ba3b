//! Complexity: Balaban's J, Bertz's index, and the information in the characteristic polynomial.

use super::Descriptor;
use super::context::{Context, order};
use super::polynomial::polynomial;

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

fn balaban(context: &Context) -> f64 {
    let (bonds, atoms) = (context.mol.bonds().len() as f64, context.mol.atoms().len() as f64);
    let cycles = bonds - atoms + 1.0;
    if cycles + 1.0 == 0.0 {
        return 0.0;
    }
    let s = &context.weighted.sum;
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
    let class = &context.weighted.class;
    let key = |a: u32, hinge: u32, b: u32| {
        u128::from(a.min(b)) << 64 | u128::from(hinge) << 32 | u128::from(a.max(b))
    };
    let mut connections: Vec<(u128, f64)> = Vec::with_capacity(4 * n);
    for (hinge, &own) in class.iter().enumerate() {
        let around = mol.neighbors(hinge);
        for (k, first) in around.iter().enumerate() {
            let a = class[first.atom as usize];
            let first_order = order(mol.bonds()[first.bond as usize].order);
            if first_order > 1.0 && first.atom as usize > hinge {
                let weight = first_order * (first_order - 1.0) / 2.0;
                connections.push((key(a, u32::MAX, own), weight));
            }
            for second in &around[k + 1..] {
                let b = class[second.atom as usize];
                let second_order = order(mol.bonds()[second.bond as usize].order);
                connections.push((key(a, own, b), first_order * second_order));
            }
        }
    }
    // Weights are eighths: a sum of them is exact in any order.
    connections.sort_unstable_by_key(|c| c.0);
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
