//! Sixteen sums of products of bytes, four products at a time, in one register or several. Nothing is rounded or clipped.
#![allow(
    unsafe_code,
    reason = "SIMD intrinsics; the dispatch in `kernel` hands them out where the CPU has what they need"
)]

use super::lanes::{LANES, Lanes, Scalar};

/// Products that are added to a sum at a time.
pub(super) const FOUR: usize = 4;

/// # Safety
/// Of every function: the CPU has the instructions of the type. Pointers are to [`FOUR`] bytes, to [`LANES`] numbers, or to
/// [`FOUR`] bytes of each of [`LANES`] columns.
pub(super) trait Dots: Copy {
    /// The sums as numbers.
    type Floats: Lanes;
    /// Four values of a row, for every column.
    type Values: Copy;
    /// Four weights of every column.
    type Weights: Copy;
    /// What the bits of a row's bytes are flipped by: 0x80 where they are stored 128 higher.
    const SHIFT: u8;
    /// The sums of no products; `starts` where rows are stored 128 higher.
    unsafe fn start(starts: *const i32) -> Self;
    unsafe fn values(from: *const u8) -> Self::Values;
    unsafe fn weights(from: *const i8) -> Self::Weights;
    unsafe fn dot(self, values: Self::Values, weights: Self::Weights) -> Self;
    unsafe fn floats(self) -> Self::Floats;
}

/// In plain Rust.
#[derive(Clone, Copy)]
pub(super) struct ScalarDots([i32; LANES]);

impl Dots for ScalarDots {
    type Floats = Scalar;
    type Values = [i8; FOUR];
    type Weights = [[i8; FOUR]; LANES];
    const SHIFT: u8 = 0;

    #[inline(always)]
    unsafe fn start(_: *const i32) -> Self {
        Self([0; LANES])
    }
    #[inline(always)]
    unsafe fn values(from: *const u8) -> [i8; FOUR] {
        // SAFETY: as the trait asks.
        unsafe { from.cast::<[i8; FOUR]>().read() }
    }
    #[inline(always)]
    unsafe fn weights(from: *const i8) -> [[i8; FOUR]; LANES] {
        // SAFETY: as the trait asks.
        unsafe { from.cast::<[[i8; FOUR]; LANES]>().read() }
    }
    #[inline(always)]
    unsafe fn dot(mut self, values: [i8; FOUR], weights: [[i8; FOUR]; LANES]) -> Self {
        for (sum, weights) in self.0.iter_mut().zip(weights) {
            let products = values.iter().zip(weights).map(|(v, w)| i32::from(*v) * i32::from(w));
            *sum += products.sum::<i32>();
        }
        self
    }
    #[inline(always)]
    unsafe fn floats(self) -> Scalar {
        Scalar(self.0.map(|sum| sum as f32))
    }
}

#[cfg(target_arch = "x86_64")]
pub(super) use x86::{Avx2Dots, Avx512Dots};

#[cfg(target_arch = "x86_64")]
mod x86 {
    use super::{Dots, FOUR};
    use crate::model::kernel::lanes::{Avx2, Avx512};
    use std::arch::x86_64::*;

    /// Needs `avx512f` and `avx512vnni`.
    #[derive(Clone, Copy)]
    pub(in crate::model::kernel) struct Avx512Dots(__m512i);

    impl Dots for Avx512Dots {
        type Floats = Avx512;
        type Values = __m512i;
        type Weights = __m512i;
        const SHIFT: u8 = 0x80;

        #[inline(always)]
        unsafe fn start(starts: *const i32) -> Self {
            // SAFETY: as the trait asks; so below.
            Self(unsafe { _mm512_loadu_si512(starts.cast()) })
        }
        #[inline(always)]
        unsafe fn values(from: *const u8) -> __m512i {
            // SAFETY: as above.
            unsafe { _mm512_set1_epi32(from.cast::<i32>().read_unaligned()) }
        }
        #[inline(always)]
        unsafe fn weights(from: *const i8) -> __m512i {
            // SAFETY: as above.
            unsafe { _mm512_loadu_si512(from.cast()) }
        }
        #[inline(always)]
        unsafe fn dot(self, values: __m512i, weights: __m512i) -> Self {
            // SAFETY: as above.
            Self(unsafe { _mm512_dpbusd_epi32(self.0, values, weights) })
        }
        #[inline(always)]
        unsafe fn floats(self) -> Avx512 {
            // SAFETY: as above.
            Avx512(unsafe { _mm512_cvtepi32_ps(self.0) })
        }
    }

    /// Needs `avx2` and `fma`. The instruction multiplies bytes without a sign by such with one, and adds two products in 16
    /// bits: at most 2 · 127², as the sign goes over to the weights first.
    #[derive(Clone, Copy)]
    pub(in crate::model::kernel) struct Avx2Dots(__m256i, __m256i);

    impl Dots for Avx2Dots {
        type Floats = Avx2;
        type Values = (__m256i, __m256i);
        type Weights = (__m256i, __m256i);
        const SHIFT: u8 = 0;

        #[inline(always)]
        unsafe fn start(_: *const i32) -> Self {
            // SAFETY: as the trait asks; so below.
            let zero = unsafe { _mm256_setzero_si256() };
            Self(zero, zero)
        }
        #[inline(always)]
        unsafe fn values(from: *const u8) -> (__m256i, __m256i) {
            // SAFETY: as above.
            unsafe {
                let values = _mm256_set1_epi32(from.cast::<i32>().read_unaligned());
                (values, _mm256_abs_epi8(values))
            }
        }
        #[inline(always)]
        unsafe fn weights(from: *const i8) -> (__m256i, __m256i) {
            // SAFETY: as above: two halves of eight columns.
            unsafe {
                let half = |at: usize| _mm256_loadu_si256(from.add(at).cast());
                (half(0), half(8 * FOUR))
            }
        }
        #[inline(always)]
        unsafe fn dot(
            self,
            (values, sizes): (__m256i, __m256i),
            weights: (__m256i, __m256i),
        ) -> Self {
            // SAFETY: as above.
            unsafe {
                let ones = _mm256_set1_epi16(1);
                let add = |sum, weights| {
                    let signed = _mm256_sign_epi8(weights, values);
                    let pairs = _mm256_maddubs_epi16(sizes, signed);
                    _mm256_add_epi32(sum, _mm256_madd_epi16(pairs, ones))
                };
                Self(add(self.0, weights.0), add(self.1, weights.1))
            }
        }
        #[inline(always)]
        unsafe fn floats(self) -> Avx2 {
            // SAFETY: as above.
            unsafe { Avx2(_mm256_cvtepi32_ps(self.0), _mm256_cvtepi32_ps(self.1)) }
        }
    }
}
