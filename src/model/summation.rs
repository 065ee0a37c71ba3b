//! One order of summation, whatever the tile: so that a row's result is the same bits alone and in company.
//!
//! tract chooses a kernel by the shape of a product. Its f32 kernels for x86-64 add the terms of a sum one after the other, but
//! for one, which it takes with AVX-512 for products of a matrix of few rows with a vector: `avx512_mmm_f32_16x1` adds four
//! partial sums. Such products are the last layers of a network for a single row, and of any with one output. What tract offers
//! to add a rule of choice, asked before its own, gives them another kernel here.

use tract_onnx::prelude::DatumType;
use tract_onnx::prelude::tract_linalg::isa::{Arch, Isa, IsaSet};
use tract_onnx::prelude::tract_linalg::mmm::{Query, Suitable};
use tract_onnx::prelude::tract_linalg::mmm_tiers::MmmTier;
use tract_onnx::tract_core::internal::inventory;

/// From so many rows on, tract takes `avx512_mmm_f32_128x1`.
const MANY: usize = 128;

inventory::submit! {
    MmmTier {
        arch: Some(Arch::X86_64),
        // Above all of tract's own.
        precedence: u8::MAX,
        name: "chmr: sums in one order",
        applies: |isa| isa.has(Isa::X86_64Avx512f) && isa.has(Isa::X86_64Fma),
        preferred: in_order,
    }
}

fn in_order(isa: &IsaSet, sums: DatumType, query: &Query, _: &[Suitable]) -> Option<&'static str> {
    match (sums, query.m, query.n) {
        (DatumType::F32, Some(m), Some(1)) if m < MANY => {
            let narrow = m <= 32 && isa.has(Isa::X86_64F16c);
            Some(if narrow { "fma_mmm_f32_32x1" } else { "fma_mmm_f32_64x1" })
        }
        _ => None,
    }
}
