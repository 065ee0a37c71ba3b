//! x86-64: POPCNT, AVX2 (nibble look-up, Muła et al. 2018), AVX-512 VPOPCNTDQ.
#![allow(unsafe_code, reason = "SIMD intrinsics; each call is behind a check of the CPU")]

use super::Kernel;
use crate::reference::packed::FOLD_WORDS;
use std::arch::x86_64::*;

/// What this CPU has, slowest first.
pub(super) fn available() -> Vec<Kernel> {
    let mut kernels = Vec::new();
    let popcnt = is_x86_feature_detected!("popcnt");
    if popcnt {
        kernels.push(POPCNT);
    }
    if popcnt && is_x86_feature_detected!("avx2") {
        kernels.push(AVX2);
    }
    if popcnt
        && is_x86_feature_detected!("avx512f")
        && is_x86_feature_detected!("avx512vl")
        && is_x86_feature_detected!("avx512vpopcntdq")
    {
        kernels.push(AVX512);
    }
    kernels
}

// The constants below are reachable through `available` alone, which has checked the CPU.

const POPCNT: Kernel = Kernel {
    name: "popcnt",
    // SAFETY: `available` hands this kernel out only where the CPU has POPCNT.
    xor_counts: |q, f, o| unsafe { xor_counts_popcnt(q, f, o) },
    // SAFETY: as above.
    and_count: |a, b| unsafe { and_count_popcnt(a, b) },
};

const AVX2: Kernel = Kernel {
    name: "avx2",
    // SAFETY: `available` hands this kernel out only where the CPU has AVX2 and POPCNT.
    xor_counts: |q, f, o| unsafe { xor_counts_avx2(q, f, o) },
    // A row is compared in full rarely and its sixteen words are in a cache line or two: POPCNT
    // needs no reduction across lanes.
    // SAFETY: as above.
    and_count: |a, b| unsafe { and_count_popcnt(a, b) },
};

const AVX512: Kernel = Kernel {
    name: "avx512vpopcntdq",
    // SAFETY: `available` hands this kernel out only where the CPU has AVX-512 F, VL and VPOPCNTDQ.
    xor_counts: |q, f, o| unsafe { xor_counts_avx512(q, f, o) },
    // SAFETY: as above; POPCNT was checked too.
    and_count: |a, b| unsafe { and_count_popcnt(a, b) },
};

#[target_feature(enable = "popcnt")]
fn xor_counts_popcnt(query: &[u64; FOLD_WORDS], folds: &[u64], out: &mut [u16]) {
    for (count, row) in out.iter_mut().zip(folds.chunks_exact(FOLD_WORDS)) {
        let mut n = 0;
        for (a, b) in row.iter().zip(query) {
            n += (a ^ b).count_ones();
        }
        *count = n as u16;
    }
}

#[target_feature(enable = "popcnt")]
fn and_count_popcnt(a: &[u64], b: &[u64]) -> u32 {
    let mut sums = [0; 4];
    for (a, b) in a.chunks_exact(4).zip(b.chunks_exact(4)) {
        for i in 0..4 {
            sums[i] += (a[i] & b[i]).count_ones();
        }
    }
    sums.iter().sum()
}

#[target_feature(enable = "avx2")]
fn xor_counts_avx2(query: &[u64; FOLD_WORDS], folds: &[u64], out: &mut [u16]) {
    // SAFETY: the array holds 32 bytes; unaligned loads are allowed.
    let q = unsafe { _mm256_loadu_si256(query.as_ptr().cast()) };
    let low = _mm256_set1_epi8(0x0f);
    let table = _mm256_setr_epi8(
        0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4, 0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3,
        3, 4,
    );
    let zero = _mm256_setzero_si256();
    // Per 64-bit lane, the set bits of `query ⊕ row`.
    let lanes = |row: &[u64]| {
        debug_assert_eq!(row.len(), FOLD_WORDS);
        // SAFETY: `row` holds four words, 32 bytes.
        let x = _mm256_xor_si256(q, unsafe { _mm256_loadu_si256(row.as_ptr().cast()) });
        let lo = _mm256_shuffle_epi8(table, _mm256_and_si256(x, low));
        let hi = _mm256_shuffle_epi8(table, _mm256_and_si256(_mm256_srli_epi16(x, 4), low));
        _mm256_sad_epu8(_mm256_add_epi8(lo, hi), zero)
    };
    let mut quads = folds.chunks_exact(4 * FOLD_WORDS);
    let mut outs = out.chunks_exact_mut(4);
    for (quad, out) in (&mut quads).zip(&mut outs) {
        let (a, b) = (lanes(&quad[..4]), lanes(&quad[4..8]));
        let (c, d) = (lanes(&quad[8..12]), lanes(&quad[12..16]));
        // Each lane is at most 64, so 32-bit halves of packed lanes cannot carry.
        let ab = _mm256_or_si256(a, _mm256_slli_epi64(b, 32));
        let cd = _mm256_or_si256(c, _mm256_slli_epi64(d, 32));
        let low = _mm256_add_epi32(_mm256_unpacklo_epi64(ab, cd), _mm256_unpackhi_epi64(ab, cd));
        let sums = _mm_add_epi32(_mm256_castsi256_si128(low), _mm256_extracti128_si256(low, 1));
        let packed = _mm_packus_epi32(sums, sums);
        // SAFETY: `out` holds four 16-bit counts, 8 bytes.
        unsafe { _mm_storel_epi64(out.as_mut_ptr().cast(), packed) };
    }
    for (count, row) in
        outs.into_remainder().iter_mut().zip(quads.remainder().chunks_exact(FOLD_WORDS))
    {
        let n: u32 = row.iter().zip(query).map(|(a, b)| (a ^ b).count_ones()).sum();
        *count = n as u16;
    }
}

#[target_feature(enable = "avx512f,avx512vl,avx512vpopcntdq")]
fn xor_counts_avx512(query: &[u64; FOLD_WORDS], folds: &[u64], out: &mut [u16]) {
    // SAFETY: the array holds 32 bytes; unaligned loads are allowed.
    let q = unsafe { _mm256_loadu_si256(query.as_ptr().cast()) };
    for (count, row) in out.iter_mut().zip(folds.chunks_exact(FOLD_WORDS)) {
        // SAFETY: `row` holds four words, 32 bytes.
        let x = _mm256_xor_si256(q, unsafe { _mm256_loadu_si256(row.as_ptr().cast()) });
        let n = _mm256_popcnt_epi64(x);
        let n = _mm_add_epi64(_mm256_castsi256_si128(n), _mm256_extracti128_si256(n, 1));
        *count = (_mm_cvtsi128_si64(n) + _mm_extract_epi64(n, 1)) as u16;
    }
}
