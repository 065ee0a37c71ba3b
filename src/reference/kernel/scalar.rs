//! The twin that every other kernel is held to, and the fallback.

use super::Kernel;
use crate::reference::packed::FOLD_WORDS;

pub(super) const KERNEL: Kernel = Kernel { name: "scalar", xor_counts, and_count };

fn xor_counts(query: &[u64; FOLD_WORDS], folds: &[u64], out: &mut [u16]) {
    for (count, row) in out.iter_mut().zip(folds.chunks_exact(FOLD_WORDS)) {
        *count = row.iter().zip(query).map(|(a, b)| (a ^ b).count_ones() as u16).sum();
    }
}

fn and_count(a: &[u64], b: &[u64]) -> u32 {
    a.iter().zip(b).map(|(a, b)| (a & b).count_ones()).sum()
}
