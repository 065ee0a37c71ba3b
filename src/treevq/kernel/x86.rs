//! AVX2: both children in one pass over the latent.
#![allow(unsafe_code)]

use super::{GROUP, GROUPS, Kernel, total};
use std::arch::x86_64::*;

pub(super) fn available() -> Option<Kernel> {
    is_x86_feature_detected!("avx2").then_some(Kernel {
        // SAFETY: these kernels are handed out only where the CPU has AVX2.
        dot: |a, b| unsafe { products(a, [b]) }[0],
        // SAFETY: as above.
        pair: |a, b, c| unsafe { products(a, [b, c]) },
    })
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

#[target_feature(enable = "avx2")]
fn load(values: &[f32; GROUP]) -> __m256 {
    // SAFETY: eight values.
    unsafe { _mm256_loadu_ps(values.as_ptr()) }
}
