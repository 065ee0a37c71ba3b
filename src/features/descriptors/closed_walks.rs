//! How many closed walks of each length a molecule's graph has.
#![allow(unsafe_code)]

use crate::chem::Molecule;

/// The number of closed walks of 0 to at least as many steps as there are atoms, modulo 2^64: the traces of the powers of
/// the adjacency matrix. `None` where the walks between two atoms might be too many for 32 bits.
pub(super) fn closed_walks(mol: &Molecule) -> Option<Vec<u64>> {
    #[cfg(target_arch = "x86_64")]
    if is_x86_feature_detected!("avx2") {
        // SAFETY: the processor has the feature.
        return unsafe { with_avx2(mol) };
    }
    traces(mol)
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn with_avx2(mol: &Molecule) -> Option<Vec<u64>> {
    traces(mol)
}

/// Atoms that are counted for together.
const LANES: usize = 8;
type Counts = [u32; LANES];

/// The walks of 2m steps are the products of those of m with themselves, so that half as many powers are needed.
#[inline(always)]
fn traces(mol: &Molecule) -> Option<Vec<u64>> {
    let n = mol.atoms().len();
    let degree = (0..n).map(|i| mol.degree(i)).max()? as u32;
    let chunks = n.div_ceil(LANES);
    // Row i: walks of m steps from atom i to each.
    let mut power: Vec<Counts> = vec![[0; LANES]; n * chunks];
    let mut next = power.clone();
    for i in 0..n {
        power[i * chunks + i / LANES][i % LANES] = 1;
    }
    let mut traces = Vec::with_capacity(n + 2);
    let mut bound = 1;
    while traces.len() <= n {
        bound = u32::checked_mul(bound, degree)?;
        for (i, row) in next.chunks_exact_mut(chunks).enumerate() {
            row.fill([0; LANES]);
            // Two neighbours at a time save half of the stores.
            let mut around = mol.neighbors(i).chunks_exact(2);
            for pair in &mut around {
                let [a, b] = [0, 1].map(|k| &power[pair[k].atom as usize * chunks..][..chunks]);
                for ((row, a), b) in row.iter_mut().zip(a).zip(b) {
                    *row = add(*row, add(*a, *b));
                }
            }
            for single in around.remainder() {
                let a = &power[single.atom as usize * chunks..][..chunks];
                for (row, a) in row.iter_mut().zip(a) {
                    *row = add(*row, *a);
                }
            }
        }
        traces.push(product(&power, &power, chunks));
        traces.push(product(&next, &power, chunks));
        let bits = next.as_flattened().iter().fold(0, |all, b| all | b);
        // No count has a bit that none of them has.
        bound = bound.min(bits);
        std::mem::swap(&mut power, &mut next);
    }
    Some(traces)
}

#[inline(always)]
fn add(a: Counts, b: Counts) -> Counts {
    std::array::from_fn(|l| a[l] + b[l])
}

/// The trace of the product of two symmetric matrices, modulo 2^64.
#[inline(always)]
fn product(a: &[Counts], b: &[Counts], chunks: usize) -> u64 {
    let (mut once, mut twice) = (0u64, 0u64);
    for (i, (a, b)) in a.chunks_exact(chunks).zip(b.chunks_exact(chunks)).enumerate() {
        // What lies before the block on the diagonal lies behind it as well, mirrored.
        let (a, b) = (&a[i / LANES..], &b[i / LANES..]);
        once = once.wrapping_add(dot(&a[..1], &b[..1]));
        twice = twice.wrapping_add(dot(&a[1..], &b[1..]));
    }
    once.wrapping_add(twice.wrapping_mul(2))
}

#[inline(always)]
fn dot(a: &[Counts], b: &[Counts]) -> u64 {
    let mut sums = [0u64; LANES];
    for (a, b) in a.iter().zip(b) {
        let term: [u64; LANES] = std::array::from_fn(|l| u64::from(a[l]) * u64::from(b[l]));
        sums = std::array::from_fn(|l| sums[l].wrapping_add(term[l]));
    }
    sums.iter().fold(0, |all, s| all.wrapping_add(*s))
}
