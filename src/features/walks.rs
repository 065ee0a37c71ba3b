//! Random walks that come back: what graph networks may know of an atom's surroundings beyond its neighbours.

use crate::chem::Molecule;

/// Lengths of walks, from 1 up.
pub const WALKS: usize = 16;

/// For each atom the probability that a walk that starts there is back after 1, 2, … [`WALKS`] steps; each step goes along any
/// of an atom's bonds with equal probability. 0 for an atom without bonds.
pub fn walks(mol: &Molecule) -> Vec<[f32; WALKS]> {
    // Made symmetric, S = D^-1/2 A D^-1/2 has the same diagonal in every power as D^-1 A, and a walk of 2m steps is the
    // product of two of m: |S^m e|².
    let n = mol.atoms().len();
    let roots: Vec<f64> = (0..n).map(|i| 1.0 / (mol.degree(i).max(1) as f64).sqrt()).collect();
    let (mut now, mut next) = (vec![0f64; n], vec![0f64; n]);
    // The atoms within reach, nearest first, and how many of them were reached before the last step.
    let mut reached: Vec<u32> = Vec::new();
    let mut known = vec![false; n];
    (0..n)
        .map(|start| {
            let mut back = [0f32; WALKS];
            now[start] = 1.0;
            known[start] = true;
            reached.push(start as u32);
            for m in 0..WALKS / 2 {
                for i in 0..reached.len() {
                    for neighbor in mol.neighbors(reached[i] as usize) {
                        if !std::mem::replace(&mut known[neighbor.atom as usize], true) {
                            reached.push(neighbor.atom);
                        }
                    }
                }
                for &i in &reached {
                    let i = i as usize;
                    let around = mol.neighbors(i).iter().map(|n| n.atom as usize);
                    next[i] = around.map(|j| now[j] * roots[j]).sum::<f64>() * roots[i];
                }
                let product = |a: &[f64], b: &[f64]| {
                    reached.iter().map(|&i| a[i as usize] * b[i as usize]).sum::<f64>() as f32
                };
                back[2 * m] = product(&now, &next);
                back[2 * m + 1] = product(&next, &next);
                std::mem::swap(&mut now, &mut next);
            }
            for i in reached.drain(..) {
                (now[i as usize], next[i as usize], known[i as usize]) = (0.0, 0.0, false);
            }
            back
        })
        .collect()
}
