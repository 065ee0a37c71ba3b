//! Distances in Balaban's weighted graph, whose bonds are 1 / order long; in twelfths all are whole numbers.

use super::context::order;
use crate::chem::Molecule;

/// Parts of the length of a single bond that every length is a multiple of.
pub(super) const TWELFTHS: f64 = 12.0;
/// RDKit's distance between fragments, which enters the sums as it does there.
const APART: f64 = 1e8;
/// How many of an atom's nearest others decide its class in Bertz's index.
const NEAREST: usize = 100;

/// What the distances come to, one entry an atom.
pub(super) struct Weighted {
    /// Sum of the distances to all atoms.
    pub sum: Vec<f64>,
    /// Atoms with equal sorted distances share a class.
    pub class: Vec<u32>,
}

pub(super) fn weighted(mol: &Molecule) -> Weighted {
    let n = mol.atoms().len();
    let weight: Vec<u32> =
        mol.bonds().iter().map(|b| (TWELFTHS / order(b.order)).round() as u32).collect();
    // Bonds of no order join nothing here: their length does not fit the lanes, and the walk from atom to atom passes over them.
    if n <= NEAREST && weight.iter().all(|&w| f64::from(w) <= TWELFTHS) {
        together(mol, &weight)
    } else {
        one_by_one(mol, &weight)
    }
}

fn total(near: u64, apart: usize) -> f64 {
    near as f64 / TWELFTHS + apart as f64 * APART
}

/// A distance in twelfths that fits the narrow lanes of a register.
type Short = i16;
/// Beyond the distance of any two of [`NEAREST`] atoms; a bond more is no overflow.
const UNREACHED: Short = Short::MAX / 2;
const LANES: usize = 16;

/// All distances at once, of at most [`NEAREST`] atoms: a bond brings the distances of all atoms to its ends into line,
/// and bonds take their turn until none changes anything.
fn together(mol: &Molecule, weight: &[u32]) -> Weighted {
    let n = mol.atoms().len();
    let chunks = n.div_ceil(LANES);
    // Row by row the distances from an atom to all.
    let mut rows = vec![[UNREACHED; LANES]; n * chunks];
    for i in 0..n {
        rows[i * chunks + i / LANES][i % LANES] = 0;
    }
    let mut own = vec![[UNREACHED; LANES]; chunks];
    let mut settle = |rows: &mut [[Short; LANES]], i: usize| -> bool {
        own.copy_from_slice(&rows[i * chunks..][..chunks]);
        for nb in mol.neighbors(i) {
            let length = weight[nb.bond as usize] as Short;
            for (own, other) in own.iter_mut().zip(&rows[nb.atom as usize * chunks..][..chunks]) {
                let (mine, other) = (*own, *other);
                *own = std::array::from_fn(|l| mine[l].min(other[l] + length));
            }
        }
        let mut changes = [0; LANES];
        for (row, own) in rows[i * chunks..][..chunks].iter_mut().zip(&own) {
            let before = std::mem::replace(row, *own);
            changes = std::array::from_fn(|l| changes[l] | (before[l] ^ own[l]));
        }
        changes != [0; LANES]
    };
    // Atoms are mostly numbered along chains, so that news travels far in either direction.
    let mut changed = true;
    let mut down = false;
    while changed {
        changed = false;
        for k in 0..n {
            changed |= settle(&mut rows, if down { k } else { n - 1 - k });
        }
        down = !down;
    }
    let row = |i: usize| rows[i * chunks..][..chunks].as_flattened()[..n].iter().copied();
    let totals: Vec<(u32, u32)> = (0..n)
        .map(|i| {
            row(i).fold((0, 0), |(near, apart), d| match d {
                UNREACHED => (near, apart + 1),
                d => (near + d as u32, apart),
            })
        })
        .collect();
    // Equal distances have equal sums, so that few rows have to be sorted.
    let mut by_total: Vec<((u32, u32), u32)> = totals.iter().copied().zip(0..).collect();
    by_total.sort_unstable();
    let mut class: Vec<u32> = (0..n as u32).collect();
    for alike in by_total.chunk_by(|a, b| a.0 == b.0).filter(|c| c.len() > 1) {
        let sorted: Vec<([Short; NEAREST], u32)> = alike
            .iter()
            .map(|&(_, i)| {
                let mut distances = [0; NEAREST];
                distances.iter_mut().zip(row(i as usize)).for_each(|(to, d)| *to = d);
                distances[..n].sort_unstable();
                (distances, i)
            })
            .collect();
        for k in 1..sorted.len() {
            let first = (0..k).find(|&f| sorted[f].0[..n] == sorted[k].0[..n]);
            if let Some(first) = first {
                class[sorted[k].1 as usize] = class[sorted[first].1 as usize];
            }
        }
    }
    let sum = totals.iter().map(|&(near, apart)| total(u64::from(near), apart as usize)).collect();
    Weighted { sum, class }
}

/// Atom after atom, without keeping all distances. O(atoms · bonds) in time, which the limit on atoms bounds to a
/// fraction of a second.
fn one_by_one(mol: &Molecule, weight: &[u32]) -> Weighted {
    let n = mol.atoms().len();
    let width = n.min(NEAREST);
    let mut sum = vec![0.0; n];
    let mut rows = vec![0u32; n * width];
    let mut length = vec![u32::MAX; n];
    let mut buckets = Buckets::default();
    for i in 0..n {
        buckets.shortest(mol, weight, i, &mut length);
        let (mut near, mut apart) = (0u64, 0usize);
        for &l in &length {
            if l == u32::MAX {
                apart += 1;
            } else {
                near += u64::from(l);
            }
        }
        sum[i] = total(near, apart);
        if width < n {
            length.select_nth_unstable(width - 1);
        }
        length[..width].sort_unstable();
        rows[i * width..][..width].copy_from_slice(&length[..width]);
    }
    Weighted { sum, class: classes(&rows, n, width) }
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
                    // A bond of no order has no length and is never taken, as in RDKit.
                    let l = now.saturating_add(weight[nb.bond as usize]);
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
