//! AArch64: NEON's count of set bits a byte.
#![allow(unsafe_code, reason = "SIMD intrinsics; each call is behind a check of the CPU")]

use super::{Block, Kernel, MOST, Query, scalar};
use crate::reference::packed::FOLD_WORDS;
use std::arch::aarch64::*;

/// What this CPU has.
pub(super) fn available() -> Vec<Kernel> {
    if std::arch::is_aarch64_feature_detected!("neon") { vec![NEON] } else { Vec::new() }
}

// Reachable through `available` alone, which has checked the CPU.
const NEON: Kernel = Kernel {
    name: "neon",
    // SAFETY: `available` hands this kernel out only where the CPU has NEON.
    fold_distances: |q, f, o| unsafe { fold_distances_neon(q, f, o) },
    collect: scalar::KERNEL.collect,
    narrow: scalar::KERNEL.narrow,
    // SAFETY: as above.
    common: |q, b, c, o| unsafe { common_neon(q, b, c, o) },
};

/// Two words, 16 bytes.
#[inline]
#[target_feature(enable = "neon")]
fn load(words: &[u64]) -> uint8x16_t {
    let words = &words[..2];
    // SAFETY: two words were checked to be there.
    vreinterpretq_u8_u64(unsafe { vld1q_u64(words.as_ptr()) })
}

#[target_feature(enable = "neon")]
fn fold_distances_neon(query: &[u64; FOLD_WORDS], folds: &[u64], out: &mut [u8]) -> u8 {
    let (q0, q1) = (load(&query[..2]), load(&query[2..]));
    // A row's set bits, byte by byte of both halves: at most 16 each.
    let bytes = |row: &[u64]| {
        let (a, b) = (veorq_u8(q0, load(&row[..2])), veorq_u8(q1, load(&row[2..])));
        vaddq_u8(vcntq_u8(a), vcntq_u8(b))
    };
    let most = vdup_n_u8(MOST);
    let mut least = vdup_n_u8(u8::MAX);
    let mut quads = folds.chunks_exact(4 * FOLD_WORDS);
    let mut outs = out.chunks_exact_mut(4);
    for (quad, out) in (&mut quads).zip(&mut outs) {
        // Sums of neighbours: 8 bytes a row, at most 32 each, then 4 bytes, at most 64.
        let ab = vpaddq_u8(bytes(&quad[..4]), bytes(&quad[4..8]));
        let cd = vpaddq_u8(bytes(&quad[8..12]), bytes(&quad[12..16]));
        let pairs = vpaddlq_u8(vpaddq_u8(ab, cd));
        // The four rows' sums, twice, saturated to bytes.
        let sums = vmin_u8(vqmovn_u16(vpaddq_u16(pairs, pairs)), most);
        least = vmin_u8(least, sums);
        let mut eight = [0; 8];
        // SAFETY: the array holds eight bytes.
        unsafe { vst1_u8(eight.as_mut_ptr(), sums) };
        out.copy_from_slice(&eight[..4]);
    }
    let rest = scalar::fold_distances(query, quads.remainder(), outs.into_remainder());
    rest.min(vminv_u8(least))
}

#[target_feature(enable = "neon")]
fn common_neon(query: &Query, block: &Block, candidates: &[u16], common: &mut [u16]) {
    scalar::common(
        query,
        block,
        candidates,
        common,
        |_| (),
        |a, b| {
            // Rows have at most 65,280 bits: no lane, and not their sum, can overflow 16 bits.
            let mut sums = vdupq_n_u16(0);
            for (a, b) in a.chunks_exact(2).zip(b.chunks_exact(2)) {
                sums = vpadalq_u8(sums, vcntq_u8(vandq_u8(load(a), load(b))));
            }
            vaddlvq_u16(sums)
        },
    );
}
