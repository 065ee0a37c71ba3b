//! AVX2: set bits by looking up nibbles (Muła et al. 2018).
#![allow(
    unsafe_code,
    reason = "SIMD intrinsics; x86 hands these functions out where the CPU has what they need"
)]

use super::x86::{least_byte, prefetch};
use super::{Block, MOST, Query, scalar};
use crate::reference::packed::FOLD_WORDS;
use std::arch::x86_64::*;

#[target_feature(enable = "avx2")]
pub(super) fn fold_distances(query: &[u64; FOLD_WORDS], folds: &[u64], out: &mut [u8]) -> u8 {
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
    least_byte(least).min(rest)
}

/// For each byte the places of its set bits, a byte each from the lowest on.
static PLACES: [u64; 256] = {
    let mut places = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let (mut bit, mut n) = (0, 0);
        while bit < 8 {
            if byte >> bit & 1 == 1 {
                places[byte] |= bit << (8 * n);
                n += 1;
            }
            bit += 1;
        }
        byte += 1;
    }
    places
};

#[target_feature(enable = "avx2,bmi1,popcnt")]
pub(super) fn collect(distances: &mut [u8], reach: u8, candidates: &mut [u16]) -> usize {
    assert!(candidates.len() >= distances.len());
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
        if found > 8 {
            for (byte, first) in places.to_le_bytes().into_iter().zip((at..).step_by(8)) {
                let eight = _mm_cvtsi64_si128(PLACES[usize::from(byte)] as i64);
                let eight = _mm_add_epi16(_mm_cvtepu8_epi16(eight), _mm_set1_epi16(first as i16));
                // SAFETY: `n` is at most `first`, and `candidates` as long as `distances`.
                unsafe { _mm_storeu_si128(candidates.as_mut_ptr().add(n).cast(), eight) };
                n += byte.count_ones() as usize;
            }
            continue;
        }
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
pub(super) fn narrow(query: &Query, block: &Block, limit: u16, candidates: &mut [u16]) -> usize {
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
    let head = |i: u16| block.row(i).0;
    candidates.iter().take(scalar::AHEAD).for_each(|i| prefetch(head(*i)));
    let mut kept = 0;
    for at in 0..candidates.len() {
        candidates.get(at + scalar::AHEAD).into_iter().for_each(|i| prefetch(head(*i)));
        let i = candidates[at];
        let mut rest = _mm256_xor_si256(fold, load(&block.folds[usize::from(i) * FOLD_WORDS..]));
        let mut n = zero;
        for (a, b) in head(i).chunks_exact(FOLD_WORDS).zip(query.words.chunks_exact(FOLD_WORDS)) {
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
