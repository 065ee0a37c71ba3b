//! AVX2: both children in one pass over the latent; with FMA, on which side of a plane it lies.
#![allow(unsafe_code)]

use super::{GROUP, GROUPS, Kernel, total};
use std::arch::x86_64::*;

pub(super) fn available() -> Option<Kernel> {
    if !is_x86_feature_detected!("avx2") {
        return None;
    }
    let scalar = Kernel::scalar();
    let fused = is_x86_feature_detected!("fma");
    Some(Kernel {
        // SAFETY: these kernels are handed out only where the CPU has AVX2.
        dot: |a, b| unsafe { products(a, [b]) }[0],
        // SAFETY: as above.
        pair: |a, b, c| unsafe { products(a, [b, c]) },
        top: if fused { top } else { scalar.top },
        each: if fused { many } else { scalar.each },
    })
}

/// Handed out only where the CPU has AVX2 and FMA.
fn top(a: &[f32], [b, c, d]: [&[f32]; 3]) -> [f32; 4] {
    // SAFETY: the CPU has both.
    unsafe { fused_products::<4, 2>(a, [a, b, c, d]) }
}

/// As [`top`].
fn many(a: &[&[f32]], b: &[&[f32]], out: &mut [f32]) {
    // SAFETY: the CPU has both.
    unsafe { each(a, b, out) }
}

/// The products of `a` with each of `others`, which are as long.
#[target_feature(enable = "avx2")]
fn products<const N: usize>(a: &[f32], others: [&[f32]; N]) -> [f32; N] {
    let (groups, tail) = a.as_chunks::<GROUP>();
    let (blocks, rest) = groups.as_chunks::<GROUPS>();
    let others = others.map(|b| b[..a.len()].as_chunks::<GROUP>());
    let others = others.map(|(groups, tail)| (groups.as_chunks::<GROUPS>(), tail));
    let mut lanes = [[_mm256_setzero_ps(); GROUPS]; N];
    for (i, block) in blocks.iter().enumerate() {
        let a: [__m256; GROUPS] =
            [load(&block[0]), load(&block[1]), load(&block[2]), load(&block[3])];
        for (lanes, ((blocks, _), _)) in lanes.iter_mut().zip(&others) {
            let b = &blocks[i];
            for g in 0..GROUPS {
                lanes[g] = _mm256_add_ps(lanes[g], _mm256_mul_ps(a[g], load(&b[g])));
            }
        }
    }
    let mut sums = [0.0; N];
    for ((sum, lanes), ((_, b_rest), b_tail)) in sums.iter_mut().zip(&mut lanes).zip(&others) {
        // Fewer than a block of groups is left.
        for (lane, (a, b)) in lanes.iter_mut().zip(rest.iter().zip(*b_rest)) {
            *lane = _mm256_add_ps(*lane, _mm256_mul_ps(load(a), load(b)));
        }
        let [p, q, r, s] = *lanes;
        let eight = _mm256_add_ps(_mm256_add_ps(p, q), _mm256_add_ps(r, s));
        let mut stored = [0.0; GROUP];
        // SAFETY: room for eight values.
        unsafe { _mm256_storeu_ps(stored.as_mut_ptr(), eight) };
        *sum = total(stored, tail, b_tail);
    }
    sums
}

/// The products of rows of `a` with those of `b`, fused.
#[target_feature(enable = "avx2,fma")]
fn each(a: &[&[f32]], b: &[&[f32]], out: &mut [f32]) {
    for (out, (a, b)) in out.iter_mut().zip(a.iter().zip(b)) {
        let [product] = fused_products::<1, 4>(a, [b]);
        *out = product;
    }
}

/// As [`products`], fused, and added in an order of its own: eight lanes in `G` groups.
#[inline]
#[target_feature(enable = "avx2,fma")]
fn fused_products<const N: usize, const G: usize>(a: &[f32], others: [&[f32]; N]) -> [f32; N] {
    let (groups, tail) = a.as_chunks::<GROUP>();
    let others = others.map(|b| b[..a.len()].as_chunks::<GROUP>());
    let (blocks, rest) = groups.as_chunks::<G>();
    let mut lanes = [[_mm256_setzero_ps(); G]; N];
    for (i, block) in blocks.iter().enumerate() {
        for g in 0..G {
            let a = load(&block[g]);
            for (lanes, (groups, _)) in lanes.iter_mut().zip(&others) {
                lanes[g] = _mm256_fmadd_ps(a, load(&groups[G * i + g]), lanes[g]);
            }
        }
    }
    for (g, a) in rest.iter().enumerate() {
        let a = load(a);
        for (lanes, (groups, _)) in lanes.iter_mut().zip(&others) {
            lanes[0] = _mm256_fmadd_ps(a, load(&groups[G * blocks.len() + g]), lanes[0]);
        }
    }
    if !tail.is_empty() {
        let mask = load_mask(tail.len());
        // SAFETY: the mask names as many values as the tail has, and no others are read.
        let masked = |tail: &[f32]| unsafe { _mm256_maskload_ps(tail.as_ptr(), mask) };
        let a = masked(tail);
        for (lanes, (_, tail)) in lanes.iter_mut().zip(&others) {
            lanes[G - 1] = _mm256_fmadd_ps(a, masked(tail), lanes[G - 1]);
        }
    }
    lanes.map(|lanes| {
        let mut eight = lanes[0];
        for &lane in &lanes[1..] {
            eight = _mm256_add_ps(eight, lane);
        }
        let four = _mm_add_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
        let two = _mm_add_ps(four, _mm_movehl_ps(four, four));
        _mm_cvtss_f32(_mm_add_ss(two, _mm_movehdup_ps(two)))
    })
}

/// The first `n` of eight lanes, `n` ≤ 8.
#[inline]
#[target_feature(enable = "avx2")]
fn load_mask(n: usize) -> __m256i {
    const ONES_THEN_ZEROS: [i32; 16] = [-1, -1, -1, -1, -1, -1, -1, -1, 0, 0, 0, 0, 0, 0, 0, 0];
    let window: &[i32] = &ONES_THEN_ZEROS[8 - n..16 - n];
    // SAFETY: the window has eight entries.
    unsafe { _mm256_loadu_si256(window.as_ptr().cast()) }
}

#[target_feature(enable = "avx2")]
fn load(values: &[f32; GROUP]) -> __m256 {
    // SAFETY: eight values.
    unsafe { _mm256_loadu_ps(values.as_ptr()) }
}
