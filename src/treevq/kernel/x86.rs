//! AVX2: the scalar twin's own code, compiled for eight lanes to a register.
#![allow(unsafe_code)]

use super::{Kernel, dot};

pub(super) fn available() -> Option<Kernel> {
    is_x86_feature_detected!("avx2").then_some(Kernel(|a, b| {
        // SAFETY: this kernel is handed out only where the CPU has AVX2.
        unsafe { dot_avx2(a, b) }
    }))
}

#[target_feature(enable = "avx2")]
fn dot_avx2(a: &[f32], b: &[f32]) -> f32 {
    dot(a, b)
}
