//! AVX-512: set bits by VPOPCNTDQ, candidates gathered by VBMI2.
#![allow(
    unsafe_code,
    reason = "SIMD intrinsics; x86 hands these functions out where the CPU has what they need"
)]

use super::x86::{least_byte, prefetch};
use super::{Block, MOST, Query, scalar};
use crate::reference::packed::FOLD_WORDS;
use std::arch::x86_64::*;

#[target_feature(enable = "avx512f,avx512vl,avx512vpopcntdq")]
pub(super) fn fold_distances(query: &[u64; FOLD_WORDS], folds: &[u64], out: &mut [u8]) -> u8 {
    // SAFETY: the array holds 32 bytes; unaligned loads are allowed.
    let q = unsafe { _mm256_loadu_si256(query.as_ptr().cast()) };
    let q = _mm512_broadcast_i64x4(q);
    let (low, high) = (
        _mm512_setr_epi64(0, 4, 1, 5, 8, 12, 9, 13),
        _mm512_setr_epi64(2, 6, 3, 7, 10, 14, 11, 15),
    );
    let most = _mm_set1_epi8(MOST as i8);
    let mut least = _mm_set1_epi8(-1);
    let mut eights = folds.chunks_exact(8 * FOLD_WORDS);
    let mut outs = out.chunks_exact_mut(8);
    for (eight, out) in (&mut eights).zip(&mut outs) {
        // Two rows' set bits, word by word.
        let two = |i: usize| {
            let rows = &eight[i * FOLD_WORDS..(i + 2) * FOLD_WORDS];
            // SAFETY: `rows` holds eight words, 64 bytes.
            _mm512_popcnt_epi64(_mm512_xor_si512(q, unsafe {
                _mm512_loadu_si512(rows.as_ptr().cast())
            }))
        };
        // Of rows 0 to 3 in lanes: 0, 2, 0, 2, 1, 3, 1, 3, half a row's each.
        let four =
            |a, b| _mm512_add_epi64(_mm512_unpacklo_epi64(a, b), _mm512_unpackhi_epi64(a, b));
        let (a, b) = (four(two(0), two(2)), four(two(4), two(6)));
        let sums = _mm512_add_epi64(
            _mm512_permutex2var_epi64(a, low, b),
            _mm512_permutex2var_epi64(a, high, b),
        );
        let all = _mm_min_epu8(_mm512_cvtusepi64_epi8(sums), most);
        // Zeros behind the eight.
        least = _mm_min_epu8(least, _mm_or_si128(all, _mm_setr_epi32(0, 0, -1, -1)));
        // SAFETY: `out` holds eight counts of a byte.
        unsafe { _mm_storel_epi64(out.as_mut_ptr().cast(), all) };
    }
    let rest = scalar::fold_distances(query, eights.remainder(), outs.into_remainder());
    least_byte(least).min(rest)
}

#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vbmi2,popcnt")]
pub(super) fn collect(distances: &mut [u8], reach: u8, candidates: &mut [u16]) -> usize {
    assert!(candidates.len() >= distances.len());
    let whole = distances.len() / 32 * 32;
    let reach_all = _mm256_set1_epi8(reach as i8);
    let mut places = _mm512_set_epi16(
        31, 30, 29, 28, 27, 26, 25, 24, 23, 22, 21, 20, 19, 18, 17, 16, 15, 14, 13, 12, 11, 10, 9,
        8, 7, 6, 5, 4, 3, 2, 1, 0,
    );
    let mut n = 0;
    let mut parts = distances.chunks_exact_mut(32);
    for part in &mut parts {
        // SAFETY: `part` holds 32 bytes.
        let d = unsafe { _mm256_loadu_si256(part.as_ptr().cast()) };
        let near = _mm256_cmple_epu8_mask(d, reach_all);
        if near != 0 {
            // All ones: `MOST + 1`.
            let left = _mm256_mask_blend_epi8(near, d, _mm256_set1_epi8(-1));
            // SAFETY: as above.
            unsafe { _mm256_storeu_si256(part.as_mut_ptr().cast(), left) };
            let found = _mm512_maskz_compress_epi16(near, places);
            // SAFETY: `n` is at most the places before this part, and `candidates` as long as `distances`.
            unsafe { _mm512_storeu_si512(candidates.as_mut_ptr().add(n).cast(), found) };
            n += near.count_ones() as usize;
        }
        places = _mm512_add_epi16(places, _mm512_set1_epi16(32));
    }
    let rest = parts.into_remainder();
    let from = n;
    n += scalar::collect(rest, reach, &mut candidates[from..]);
    candidates[from..n].iter_mut().for_each(|place| *place += whole as u16);
    n
}

#[target_feature(enable = "avx512f,avx512vl,avx512vpopcntdq")]
pub(super) fn narrow(query: &Query, block: &Block, limit: u16, candidates: &mut [u16]) -> usize {
    let load = |words: &[u64]| {
        let words = &words[..4];
        // SAFETY: four words, 32 bytes, were checked to be there.
        unsafe { _mm256_loadu_si256(words.as_ptr().cast()) }
    };
    let fold = load(&query.fold);
    let head = |i: u16| block.row(i).0;
    // The bits that differ, word by word.
    let differ = |i: u16| {
        let mut rest = _mm256_xor_si256(fold, load(&block.folds[usize::from(i) * FOLD_WORDS..]));
        let mut n = _mm256_setzero_si256();
        for (a, b) in head(i).chunks_exact(FOLD_WORDS).zip(query.words.chunks_exact(FOLD_WORDS)) {
            let differ = _mm256_xor_si256(load(a), load(b));
            rest = _mm256_xor_si256(rest, differ);
            n = _mm256_add_epi64(n, _mm256_popcnt_epi64(differ));
        }
        _mm256_add_epi64(n, _mm256_popcnt_epi64(rest))
    };
    let two = |a, b| _mm256_add_epi64(_mm256_unpacklo_epi64(a, b), _mm256_unpackhi_epi64(a, b));
    let limit = _mm256_set1_epi64x(i64::from(limit));
    candidates.iter().take(scalar::AHEAD).for_each(|i| prefetch(head(*i)));
    let mut kept = 0;
    for at in (0..candidates.len()).step_by(4) {
        candidates.iter().skip(at + scalar::AHEAD).take(4).for_each(|i| prefetch(head(*i)));
        let n = (candidates.len() - at).min(4);
        // The last ones may be less than four: the first of them stands for those that lack.
        let four: [u16; 4] = std::array::from_fn(|i| candidates[at + if i < n { i } else { 0 }]);
        let (ab, cd) =
            (two(differ(four[0]), differ(four[1])), two(differ(four[2]), differ(four[3])));
        let sums = _mm256_add_epi64(
            _mm256_permute2x128_si256(ab, cd, 0x20),
            _mm256_permute2x128_si256(ab, cd, 0x31),
        );
        let near = _mm256_cmple_epi64_mask(sums, limit);
        for (i, row) in four[..n].iter().enumerate() {
            candidates[kept] = *row;
            kept += usize::from(near >> i & 1);
        }
    }
    kept
}

#[target_feature(enable = "avx512f,avx512vl,avx512vpopcntdq,popcnt")]
pub(super) fn common(query: &Query, block: &Block, candidates: &[u16], common: &mut [u16]) {
    scalar::common(query, block, candidates, common, prefetch, |a, b| {
        let (a, b) = (a.chunks_exact(8), b.chunks_exact(8));
        let rest: u32 =
            a.remainder().iter().zip(b.remainder()).map(|(a, b)| (a & b).count_ones()).sum();
        let mut n = _mm512_setzero_si512();
        for (a, b) in a.zip(b) {
            // SAFETY: `a` and `b` hold eight words, 64 bytes.
            let (a, b) = unsafe {
                (_mm512_loadu_si512(a.as_ptr().cast()), _mm512_loadu_si512(b.as_ptr().cast()))
            };
            n = _mm512_add_epi64(n, _mm512_popcnt_epi64(_mm512_and_si512(a, b)));
        }
        rest + _mm512_reduce_add_epi64(n) as u32
    });
}
