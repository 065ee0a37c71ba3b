//! x86-64: what the CPU has, and POPCNT.
#![allow(unsafe_code, reason = "SIMD intrinsics; each call is behind a check of the CPU")]

use super::{Block, Kernel, Query, avx2, avx512, scalar};
use crate::reference::packed::FOLD_WORDS;
use std::arch::x86_64::*;

/// What this CPU has, slowest first.
pub(super) fn available() -> Vec<Kernel> {
    let mut kernels = Vec::new();
    let popcnt = is_x86_feature_detected!("popcnt");
    if popcnt {
        kernels.push(POPCNT);
    }
    if popcnt && is_x86_feature_detected!("avx2") && is_x86_feature_detected!("bmi1") {
        kernels.push(AVX2);
    }
    if popcnt
        && is_x86_feature_detected!("avx512f")
        && is_x86_feature_detected!("avx512bw")
        && is_x86_feature_detected!("avx512vl")
        && is_x86_feature_detected!("avx512vbmi2")
        && is_x86_feature_detected!("avx512vpopcntdq")
    {
        kernels.push(AVX512);
    }
    kernels
}

// The constants below are reachable through `available` alone, which has checked the CPU.

const POPCNT: Kernel = Kernel {
    name: "popcnt",
    collect: scalar::KERNEL.collect,
    // SAFETY: `available` hands this kernel out only where the CPU has POPCNT.
    fold_distances: |q, f, o| unsafe { fold_distances_popcnt(q, f, o) },
    // SAFETY: as above.
    narrow: |q, b, l, c| unsafe { narrow_popcnt(q, b, l, c) },
    // SAFETY: as above.
    common: |q, b, c, o| unsafe { common_popcnt(q, b, c, o) },
};

const AVX2: Kernel = Kernel {
    name: "avx2",
    // SAFETY: `available` hands this kernel out only where the CPU has AVX2.
    collect: |d, r, c| unsafe { avx2::collect(d, r, c) },
    // SAFETY: `available` hands this kernel out only where the CPU has AVX2 and POPCNT.
    fold_distances: |q, f, o| unsafe { avx2::fold_distances(q, f, o) },
    // SAFETY: as above.
    narrow: |q, b, l, c| unsafe { avx2::narrow(q, b, l, c) },
    // POPCNT needs no reduction across lanes.
    // SAFETY: as above.
    common: |q, b, c, o| unsafe { common_popcnt(q, b, c, o) },
};

const AVX512: Kernel = Kernel {
    name: "avx512vpopcntdq",
    // SAFETY: `available` hands this kernel out only where the CPU has AVX-512 F, BW, VL, VBMI2 and VPOPCNTDQ.
    collect: |d, r, c| unsafe { avx512::collect(d, r, c) },
    // SAFETY: as above.
    fold_distances: |q, f, o| unsafe { avx512::fold_distances(q, f, o) },
    // SAFETY: as above.
    narrow: |q, b, l, c| unsafe { avx512::narrow(q, b, l, c) },
    // SAFETY: as above.
    common: |q, b, c, o| unsafe { avx512::common(q, b, c, o) },
};

#[target_feature(enable = "popcnt")]
fn fold_distances_popcnt(query: &[u64; FOLD_WORDS], folds: &[u64], out: &mut [u8]) -> u8 {
    scalar::fold_distances(query, folds, out)
}

#[target_feature(enable = "popcnt")]
fn narrow_popcnt(query: &Query, block: &Block, limit: u16, candidates: &mut [u16]) -> usize {
    scalar::narrow(query, block, limit, candidates, prefetch)
}

#[target_feature(enable = "popcnt")]
fn common_popcnt(query: &Query, block: &Block, candidates: &[u16], common: &mut [u16]) {
    scalar::common(query, block, candidates, common, prefetch, |a, b| {
        let mut sums = [0; 4];
        for (a, b) in a.chunks_exact(4).zip(b.chunks_exact(4)) {
            for i in 0..4 {
                sums[i] += (a[i] & b[i]).count_ones();
            }
        }
        sums.iter().sum()
    });
}

#[inline(always)]
pub(super) fn prefetch(row: &[u64]) {
    for line in row.chunks(8) {
        // SAFETY: every x86-64 CPU has SSE; a prefetch reads nothing.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(line.as_ptr().cast()) };
    }
}

/// The least of 16 bytes.
#[target_feature(enable = "sse2")]
pub(super) fn least_byte(bytes: __m128i) -> u8 {
    let mut lanes = [0; 16];
    // SAFETY: the array holds 16 bytes.
    unsafe { _mm_storeu_si128(lanes.as_mut_ptr().cast(), bytes) };
    lanes.iter().fold(u8::MAX, |least, lane| least.min(*lane))
}
