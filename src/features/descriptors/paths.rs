//! Walks from every atom to every other: the sums that need all-pairs distances, gathered without
//! keeping the matrix. O(atoms · bonds) in time, which the limit on atoms bounds to a
//! fraction of a second.

use super::context::{free_electrons, order};
use crate::chem::Molecule;

/// Lengths of bonds in Balaban's weighted graph are 1 / order; in twelfths all are whole numbers.
pub(super) const TWELFTHS: f64 = 12.0;
/// RDKit's distance between fragments, which enters the sums as it does there.
const APART: f64 = 1e8;
/// How many of an atom's nearest others decide its class in Bertz's index.
const NEAREST: usize = 100;

/// What the walks leave behind, one entry an atom.
pub(super) struct Distances {
    /// Sum of the weighted distances to all atoms.
    pub weighted_sum: Vec<f64>,
    /// Atoms with equal sorted weighted distances share a class (numbered from 0).
    pub class: Vec<u32>,
}

/// Principal quantum number of the valence shell.
fn shell(z: u8) -> f64 {
    match z {
        0..=2 => 1.0,
        3..=10 => 2.0,
        11..=18 => 3.0,
        19..=36 => 4.0,
        37..=54 => 5.0,
        55..=86 => 6.0,
        _ => 7.0,
    }
}

/// The intrinsic state of each atom, before its surroundings perturb it; 0 for one without neighbours.
pub(in crate::features) fn intrinsic_states(mol: &Molecule) -> Vec<f64> {
    mol.atoms()
        .iter()
        .enumerate()
        .map(|(i, a)| match mol.degree(i) {
            0 => 0.0,
            d => {
                let shell = shell(a.atomic_number);
                (4.0 / (shell * shell) * f64::from(free_electrons(a)) + 1.0) / d as f64
            }
        })
        .collect()
}

/// Distances, and the electrotopological states: Hall, Mohney and Kier, J. Chem. Inf. Comput. Sci.
/// 31 (1991) 76.
pub(super) fn walk(mol: &Molecule) -> (Distances, Vec<f64>) {
    let n = mol.atoms().len();
    let intrinsic = intrinsic_states(mol);
    let weight: Vec<u32> =
        mol.bonds().iter().map(|b| (TWELFTHS / order(b.order)).round() as u32).collect();

    let mut estate = intrinsic.clone();
    let mut weighted_sum = vec![0.0; n];
    let width = n.min(NEAREST);
    let mut rows = vec![0u32; n * width];
    let mut steps = vec![u32::MAX; n];
    let mut queue: Vec<u32> = Vec::with_capacity(n);
    let mut length = vec![u32::MAX; n];
    let mut buckets = Buckets::default();
    for i in 0..n {
        breadth_first(mol, i, &mut steps, &mut queue);
        let mut sum = 0.0;
        for &j in &queue {
            let j = j as usize;
            let p = f64::from(steps[j] + 1);
            sum += (intrinsic[i] - intrinsic[j]) / (p * p);
            steps[j] = u32::MAX;
        }
        estate[i] += sum;

        buckets.shortest(mol, &weight, i, &mut length);
        let (mut near, mut apart) = (0u64, 0usize);
        for &l in &length {
            if l == u32::MAX {
                apart += 1;
            } else {
                near += u64::from(l);
            }
        }
        weighted_sum[i] = near as f64 / TWELFTHS + apart as f64 * APART;
        if width < n {
            length.select_nth_unstable(width - 1);
        }
        length[..width].sort_unstable();
        rows[i * width..][..width].copy_from_slice(&length[..width]);
    }
    (Distances { weighted_sum, class: classes(&rows, n, width) }, estate)
}

/// Numbers equal rows alike.
fn classes(rows: &[u32], n: usize, width: usize) -> Vec<u32> {
    let row = |i: u32| &rows[i as usize * width..][..width];
    let mut by_row: Vec<u32> = (0..n as u32).collect();
    by_row.sort_unstable_by(|&a, &b| row(a).cmp(row(b)));
    let mut class = vec![0; n];
    let mut current = 0;
    for pair in by_row.windows(2) {
        if row(pair[0]) != row(pair[1]) {
            current += 1;
        }
        class[pair[1] as usize] = current;
    }
    class
}

/// Fills `steps` (all `MAX` before) for the atoms of `queue`, those that `from` reaches.
fn breadth_first(mol: &Molecule, from: usize, steps: &mut [u32], queue: &mut Vec<u32>) {
    queue.clear();
    queue.push(from as u32);
    steps[from] = 0;
    let mut head = 0;
    while head < queue.len() {
        let a = queue[head] as usize;
        head += 1;
        for nb in mol.neighbors(a) {
            let t = nb.atom as usize;
            if steps[t] == u32::MAX {
                steps[t] = steps[a] + 1;
                queue.push(nb.atom);
            }
        }
    }
}

/// Dial's shortest paths: no bond is longer than twelve twelfths, so thirteen buckets in a ring
/// hold every open atom.
#[derive(Default)]
struct Buckets {
    ring: [Vec<u32>; 13],
}

impl Buckets {
    fn shortest(&mut self, mol: &Molecule, weight: &[u32], from: usize, length: &mut [u32]) {
        length.fill(u32::MAX);
        length[from] = 0;
        self.ring[0].push(from as u32);
        let mut open = 1usize;
        let mut now = 0u32;
        while open > 0 {
            let slot = now as usize % self.ring.len();
            while let Some(a) = self.ring[slot].pop() {
                open -= 1;
                if length[a as usize] != now {
                    continue; // reached by a shorter way meanwhile
                }
                for nb in mol.neighbors(a as usize) {
                    let l = now + weight[nb.bond as usize];
                    let known = &mut length[nb.atom as usize];
                    if l < *known {
                        *known = l;
                        self.ring[l as usize % 13].push(nb.atom);
                        open += 1;
                    }
                }
            }
            now += 1;
        }
    }
}
