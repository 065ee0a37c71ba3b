//! The twin that every other kernel is held to, and the fallback.

use super::{Block, Kernel, MOST, Query};
use crate::reference::packed::FOLD_WORDS;

pub(super) const KERNEL: Kernel = Kernel {
    name: "scalar",
    fold_distances,
    collect,
    narrow: |q, b, l, c| narrow(q, b, l, c, |_| ()),
    common: |q, b, c, o| common(q, b, c, o, |_| (), and_count),
};

/// Rows whose memory is asked for before it is needed.
pub(super) const AHEAD: usize = 16;

/// Inlined, so that each kernel counts bits as it can.
#[inline(always)]
pub(super) fn fold_distances(query: &[u64; FOLD_WORDS], folds: &[u64], out: &mut [u8]) -> u8 {
    let mut least = u8::MAX;
    for (out, row) in out.iter_mut().zip(folds.chunks_exact(FOLD_WORDS)) {
        let mut n = 0;
        for (a, b) in row.iter().zip(query) {
            n += (a ^ b).count_ones();
        }
        *out = n.min(u32::from(MOST)) as u8;
        least = least.min(*out);
    }
    least
}

pub(super) fn collect(distances: &mut [u8], reach: u8, candidates: &mut [u16]) -> usize {
    let mut n = 0;
    for (i, distance) in distances.iter_mut().enumerate() {
        if *distance <= reach {
            candidates[n] = i as u16;
            n += 1;
            *distance = MOST + 1;
        }
    }
    n
}

/// Inlined too; `prefetch` is given what will be read soon.
#[inline(always)]
pub(super) fn narrow(
    query: &Query,
    block: &Block,
    limit: u16,
    candidates: &mut [u16],
    prefetch: impl Fn(&[u64]),
) -> usize {
    let head = |i: u16| block.row(i).0;
    candidates.iter().take(AHEAD).for_each(|i| prefetch(head(*i)));
    let mut kept = 0;
    for at in 0..candidates.len() {
        if let Some(i) = candidates.get(at + AHEAD) {
            prefetch(head(*i));
        }
        let i = candidates[at];
        let fold = &block.folds[usize::from(i) * FOLD_WORDS..][..FOLD_WORDS];
        let mut rest: [u64; FOLD_WORDS] = std::array::from_fn(|w| fold[w] ^ query.fold[w]);
        let mut n = 0;
        for (a, b) in head(i).chunks_exact(FOLD_WORDS).zip(query.words.chunks_exact(FOLD_WORDS)) {
            for w in 0..FOLD_WORDS {
                let differ = a[w] ^ b[w];
                n += differ.count_ones();
                rest[w] ^= differ;
            }
        }
        n += rest.iter().map(|w| w.count_ones()).sum::<u32>();
        candidates[kept] = i;
        kept += usize::from(n <= u32::from(limit));
    }
    kept
}

/// Inlined too; `and_count` gives the set bits of `a ∧ b`, equally long, a multiple of four words.
#[inline(always)]
pub(super) fn common(
    query: &Query,
    block: &Block,
    candidates: &[u16],
    common: &mut [u16],
    prefetch: impl Fn(&[u64]),
    and_count: impl Fn(&[u64], &[u64]) -> u32,
) {
    let (first, second) = query.words.split_at(block.head);
    let fetch = |i: u16| {
        let (head, tail) = block.row(i);
        prefetch(head);
        prefetch(tail);
    };
    candidates.iter().take(AHEAD).for_each(|i| fetch(*i));
    for (at, (i, out)) in candidates.iter().zip(common).enumerate() {
        if let Some(i) = candidates.get(at + AHEAD) {
            fetch(*i);
        }
        let (head, tail) = block.row(*i);
        *out = (and_count(first, head) + and_count(second, tail)) as u16;
    }
}

fn and_count(a: &[u64], b: &[u64]) -> u32 {
    a.iter().zip(b).map(|(a, b)| (a & b).count_ones()).sum()
}
