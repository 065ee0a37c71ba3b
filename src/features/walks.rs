//! Random walks that come back: what graph networks may know of an atom's surroundings beyond its neighbours.

use crate::chem::Molecule;

/// Lengths of walks, from 1 up.
pub const WALKS: usize = 16;

/// Atoms that walks start from together.
const STARTS: usize = 16;

/// A value for each of some starts.
type Lanes = [f64; STARTS];

/// For each atom the probability that a walk that starts there is back after 1, 2, … [`WALKS`] steps; each step goes along any
/// of an atom's bonds with equal probability. 0 for an atom without bonds.
pub fn walks(mol: &Molecule) -> Vec<[f32; WALKS]> {
    // Made symmetric, S = D^-1/2 A D^-1/2 has the same diagonal in every power as D^-1 A, and a walk of 2m steps is the
    // product of two of m: |S^m e|².
    let n = mol.atoms().len();
    let roots: Vec<f64> = (0..n).map(|i| 1.0 / (mol.degree(i).max(1) as f64).sqrt()).collect();
    let [mut now, mut next, mut scaled] = [const { Vec::<Lanes>::new() }; 3];
    let mut back = vec![[0f32; WALKS]; n];
    for (block, back) in back.chunks_mut(STARTS).enumerate() {
        for values in [&mut now, &mut next, &mut scaled] {
            values.clear();
            values.resize(n, [0.0; STARTS]);
        }
        for lane in 0..back.len() {
            now[block * STARTS + lane][lane] = 1.0;
        }
        for m in 0..WALKS / 2 {
            for ((to, from), root) in scaled.iter_mut().zip(&now).zip(&roots) {
                *to = from.map(|v| v * root);
            }
            for (i, to) in next.iter_mut().enumerate() {
                let mut sum = [0.0; STARTS];
                for neighbor in mol.neighbors(i) {
                    add(&mut sum, &scaled[neighbor.atom as usize]);
                }
                *to = sum.map(|v| v * roots[i]);
            }
            let (odd, even) = (products(&now, &next), products(&next, &next));
            for (lane, back) in back.iter_mut().enumerate() {
                (back[2 * m], back[2 * m + 1]) = (odd[lane] as f32, even[lane] as f32);
            }
            std::mem::swap(&mut now, &mut next);
        }
    }
    back
}

fn add(to: &mut Lanes, values: &Lanes) {
    to.iter_mut().zip(values).for_each(|(to, v)| *to += v);
}

/// Lane by lane.
fn products(a: &[Lanes], b: &[Lanes]) -> Lanes {
    let mut sum = [0.0; STARTS];
    for (a, b) in a.iter().zip(b) {
        add(&mut sum, &std::array::from_fn(|lane| a[lane] * b[lane]));
    }
    sum
}
