//! x86-64: POPCNT, AVX2 (nibble look-up, Muła et al. 2018), AVX-512 VPOPCNTDQ.
#![allow(unsafe_code, reason = "SIMD intrinsics; each call is behind a check of the CPU")]

use super::{Block, Kernel, MOST, Query, scalar};
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
        && is_x86_feature_detected!("avx2")
        && is_x86_feature_detected!("bmi1")
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
    collect: scalar::KERNEL.collect,
    // SAFETY: `available` hands this kernel out only where the CPU has POPCNT.
    fold_distances: |q, f, o| unsafe { fold_distances_popcnt(q, f, o) },
    // SAFETY: as above.
    narrow: |q, b, l, c| unsafe { narrow_popcnt(q, b, l, c) },
    // SAFETY: as above.
    and_count: |a, b| unsafe { and_count_popcnt(a, b) },
};

const AVX2: Kernel = Kernel {
    name: "avx2",
    // SAFETY: `available` hands this kernel out only where the CPU has AVX2.
    collect: |d, r, c| unsafe { collect_avx2(d, r, c) },
    // SAFETY: `available` hands this kernel out only where the CPU has AVX2 and POPCNT.
    fold_distances: |q, f, o| unsafe { fold_distances_avx2(q, f, o) },
    // SAFETY: as above.
    narrow: |q, b, l, c| unsafe { narrow_avx2(q, b, l, c) },
    // A row is compared in full rarely and its sixteen words are in a cache line or two: POPCNT
    // needs no reduction across lanes.
    // SAFETY: as above.
    and_count: |a, b| unsafe { and_count_popcnt(a, b) },
};

const AVX512: Kernel = Kernel {
    name: "avx512vpopcntdq",
    // SAFETY: `available` hands this kernel out only where the CPU has AVX2 too.
    collect: |d, r, c| unsafe { collect_avx2(d, r, c) },
    // SAFETY: `available` hands this kernel out only where the CPU has AVX-512 F, VL and VPOPCNTDQ.
    fold_distances: |q, f, o| unsafe { fold_distances_avx512(q, f, o) },
    // SAFETY: as above.
    narrow: |q, b, l, c| unsafe { narrow_avx2(q, b, l, c) },
    // SAFETY: as above; POPCNT was checked too.
    and_count: |a, b| unsafe { and_count_popcnt(a, b) },
};

#[target_feature(enable = "popcnt")]
fn fold_distances_popcnt(query: &[u64; FOLD_WORDS], folds: &[u64], out: &mut [u8]) -> u8 {
    scalar::fold_distances(query, folds, out)
}

#[target_feature(enable = "popcnt")]
fn narrow_popcnt(query: &Query, block: &Block, limit: u16, candidates: &mut [u16]) -> usize {
    scalar::narrow(query, block, limit, candidates, |row| {
        for line in row.chunks(8) {
            // SAFETY: every CPU with POPCNT has SSE; a prefetch reads nothing.
            unsafe { _mm_prefetch::<_MM_HINT_T0>(line.as_ptr().cast()) };
        }
    })
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
fn fold_distances_avx2(query: &[u64; FOLD_WORDS], folds: &[u64], out: &mut [u8]) -> u8 {
    // SAFETY: the array holds 32 bytes; unaligned loads are allowed.
    let q = unsafe { _mm256_loadu_si256(query.as_ptr().cast()) };
    let low = _mm256_set1_epi8(0x0f);
    let table = _mm256_setr_epi8(
        0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4, 0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3,
        3, 4,
    );
    // A row's set bits, byte by byte: at most 8 each.
    let bytes = |row: &[u64]| {
        debug_assert_eq!(row.len(), FOLD_WORDS);
        // SAFETY: `row` holds four words, 32 bytes.
        let x = _mm256_xor_si256(q, unsafe { _mm256_loadu_si256(row.as_ptr().cast()) });
        let lo = _mm256_shuffle_epi8(table, _mm256_and_si256(x, low));
        let hi = _mm256_shuffle_epi8(table, _mm256_and_si256(_mm256_srli_epi16(x, 4), low));
        _mm256_add_epi8(lo, hi)
    };
    // Two rows, 8 bytes each in either half, at most 16 a byte.
    let pair = |a, b| _mm256_add_epi8(_mm256_unpacklo_epi64(a, b), _mm256_unpackhi_epi64(a, b));
    // Four rows' sums, a 64-bit lane each.
    let sums = |a, b, c, d| {
        let (ab, cd) = (pair(bytes(a), bytes(b)), pair(bytes(c), bytes(d)));
        let lower = _mm256_permute2x128_si256(ab, cd, 0x20);
        let upper = _mm256_permute2x128_si256(ab, cd, 0x31);
        _mm256_sad_epu8(_mm256_add_epi8(lower, upper), _mm256_setzero_si256())
    };
    let most = _mm_set1_epi8(MOST as i8);
    let mut least = _mm_set1_epi8(-1);
    let mut eights = folds.chunks_exact(8 * FOLD_WORDS);
    let mut outs = out.chunks_exact_mut(8);
    for (eight, out) in (&mut eights).zip(&mut outs) {
        let row = |i: usize| &eight[i * FOLD_WORDS..(i + 1) * FOLD_WORDS];
        let even = sums(row(0), row(2), row(4), row(6));
        let odd = sums(row(1), row(3), row(5), row(7));
        // Sums are at most 256: a 32-bit lane each, in the order of the rows, then 16 bits, then 8, saturated.
        let all = _mm256_or_si256(even, _mm256_slli_epi64(odd, 32));
        let all = _mm_packus_epi32(_mm256_castsi256_si128(all), _mm256_extracti128_si256(all, 1));
        let all = _mm_min_epu8(_mm_packus_epi16(all, all), most);
        least = _mm_min_epu8(least, all);
        // SAFETY: `out` holds eight counts of a byte.
        unsafe { _mm_storel_epi64(out.as_mut_ptr().cast(), all) };
    }
    let rest = scalar::fold_distances(query, eights.remainder(), outs.into_remainder());
    let mut lanes = [0; 16];
    // SAFETY: the array holds 16 bytes.
    unsafe { _mm_storeu_si128(lanes.as_mut_ptr().cast(), least) };
    lanes.iter().fold(rest, |least, lane| least.min(*lane))
}

#[target_feature(enable = "avx2,bmi1,popcnt")]
fn collect_avx2(distances: &mut [u8], reach: u8, candidates: &mut [u16]) -> usize {
    let whole = distances.len() / 32 * 32;
    let reach_all = _mm256_set1_epi8(reach as i8);
    let mut n = 0;
    let mut parts = distances.chunks_exact_mut(32);
    for (part, at) in (&mut parts).zip((0u16..).step_by(32)) {
        // SAFETY: `part` holds 32 bytes.
        let d = unsafe { _mm256_loadu_si256(part.as_ptr().cast()) };
        let near = _mm256_cmpeq_epi8(_mm256_max_epu8(d, reach_all), reach_all);
        let mut places = _mm256_movemask_epi8(near) as u32;
        if places == 0 {
            continue;
        }
        // All ones: `MOST + 1`.
        // SAFETY: as above.
        unsafe { _mm256_storeu_si256(part.as_mut_ptr().cast(), _mm256_or_si256(d, near)) };
        let found = places.count_ones() as usize;
        for place in &mut candidates[n..n + found] {
            *place = at + places.trailing_zeros() as u16;
            places &= places.wrapping_sub(1);
        }
        n += found;
    }
    let rest = parts.into_remainder();
    let from = n;
    n += scalar::collect(rest, reach, &mut candidates[from..]);
    candidates[from..n].iter_mut().for_each(|place| *place += whole as u16);
    n
}

#[target_feature(enable = "avx2")]
fn narrow_avx2(query: &Query, block: &Block, limit: u16, candidates: &mut [u16]) -> usize {
    let low = _mm256_set1_epi8(0x0f);
    let table = _mm256_setr_epi8(
        0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4, 0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3,
        3, 4,
    );
    let bytes = |x| {
        let lo = _mm256_shuffle_epi8(table, _mm256_and_si256(x, low));
        let hi = _mm256_shuffle_epi8(table, _mm256_and_si256(_mm256_srli_epi16(x, 4), low));
        _mm256_add_epi8(lo, hi)
    };
    let load = |words: &[u64]| {
        let words = &words[..4];
        // SAFETY: four words, 32 bytes, were checked to be there.
        unsafe { _mm256_loadu_si256(words.as_ptr().cast()) }
    };
    let zero = _mm256_setzero_si256();
    let fold = load(&query.fold);
    let first = block.words / (2 * FOLD_WORDS) * FOLD_WORDS;
    let half = |i: u16| &block.rows[usize::from(i) * block.words..][..first];
    let prefetch = |i: &u16| {
        for line in half(*i).chunks(8) {
            _mm_prefetch::<_MM_HINT_T0>(line.as_ptr().cast());
        }
    };
    candidates.iter().take(scalar::AHEAD).for_each(prefetch);
    let mut kept = 0;
    for at in 0..candidates.len() {
        candidates.get(at + scalar::AHEAD).into_iter().for_each(prefetch);
        let i = candidates[at];
        let mut rest = _mm256_xor_si256(fold, load(&block.folds[usize::from(i) * FOLD_WORDS..]));
        let mut n = zero;
        for (a, b) in half(i).chunks_exact(FOLD_WORDS).zip(query.words.chunks_exact(FOLD_WORDS)) {
            let differ = _mm256_xor_si256(load(a), load(b));
            rest = _mm256_xor_si256(rest, differ);
            n = _mm256_add_epi64(n, _mm256_sad_epu8(bytes(differ), zero));
        }
        n = _mm256_add_epi64(n, _mm256_sad_epu8(bytes(rest), zero));
        let n = _mm_add_epi64(_mm256_castsi256_si128(n), _mm256_extracti128_si256(n, 1));
        let n = _mm_cvtsi128_si64(n) + _mm_extract_epi64(n, 1);
        candidates[kept] = i;
        kept += usize::from(n <= i64::from(limit));
    }
    kept
}

#[target_feature(enable = "avx512f,avx512vl,avx512vpopcntdq")]
fn fold_distances_avx512(query: &[u64; FOLD_WORDS], folds: &[u64], out: &mut [u8]) -> u8 {
    // SAFETY: the array holds 32 bytes; unaligned loads are allowed.
    let q = unsafe { _mm256_loadu_si256(query.as_ptr().cast()) };
    let mut least = u8::MAX;
    for (out, row) in out.iter_mut().zip(folds.chunks_exact(FOLD_WORDS)) {
        // SAFETY: `row` holds four words, 32 bytes.
        let x = _mm256_xor_si256(q, unsafe { _mm256_loadu_si256(row.as_ptr().cast()) });
        let n = _mm256_popcnt_epi64(x);
        let n = _mm_add_epi64(_mm256_castsi256_si128(n), _mm256_extracti128_si256(n, 1));
        let n = _mm_cvtsi128_si64(n) + _mm_extract_epi64(n, 1);
        *out = n.min(i64::from(MOST)) as u8;
        least = least.min(*out);
    }
    least
}
