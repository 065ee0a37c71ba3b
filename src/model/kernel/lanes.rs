//! Sixteen lanes of f32, in one register or several.
//!
//! Every operation is correctly rounded, and a fused one is fused everywhere: what is written over lanes once has the same bits
//! on every processor.
#![allow(
    unsafe_code,
    reason = "SIMD intrinsics; the dispatch in `kernel` hands them out where the CPU has what they need"
)]

/// Number of lanes.
pub(super) const LANES: usize = 16;

/// # Safety
/// Of every function: the CPU has the instructions of the type. Pointers are to [`LANES`] values.
pub(super) trait Lanes: Copy {
    unsafe fn splat(value: f32) -> Self;
    unsafe fn load(from: *const f32) -> Self;
    unsafe fn store(self, to: *mut f32);
    unsafe fn add(self, other: Self) -> Self;
    unsafe fn multiply(self, other: Self) -> Self;
    /// `self · factor + term`, rounded once.
    unsafe fn fused(self, factor: Self, term: Self) -> Self;
    /// Between `-most` and `most`; −`most` of what is no number.
    unsafe fn clamp(self, most: f32) -> Self;
}

/// In plain Rust.
#[derive(Clone, Copy)]
pub(super) struct Scalar(pub(super) [f32; LANES]);

impl Scalar {
    #[inline(always)]
    fn with(self, other: Self, f: impl Fn(f32, f32) -> f32) -> Self {
        Self(std::array::from_fn(|i| f(self.0[i], other.0[i])))
    }
}

impl Lanes for Scalar {
    #[inline(always)]
    unsafe fn splat(value: f32) -> Self {
        Self([value; LANES])
    }
    #[inline(always)]
    unsafe fn load(from: *const f32) -> Self {
        // SAFETY: as the trait asks.
        Self(unsafe { from.cast::<[f32; LANES]>().read() })
    }
    #[inline(always)]
    unsafe fn store(self, to: *mut f32) {
        // SAFETY: as the trait asks.
        unsafe { to.cast::<[f32; LANES]>().write(self.0) };
    }
    #[inline(always)]
    unsafe fn add(self, other: Self) -> Self {
        self.with(other, |a, b| a + b)
    }
    #[inline(always)]
    unsafe fn multiply(self, other: Self) -> Self {
        self.with(other, |a, b| a * b)
    }
    #[inline(always)]
    unsafe fn fused(self, factor: Self, term: Self) -> Self {
        Self(std::array::from_fn(|i| self.0[i].mul_add(factor.0[i], term.0[i])))
    }
    #[inline(always)]
    unsafe fn clamp(self, most: f32) -> Self {
        // Not `f32::clamp`, which keeps what is no number.
        Self(self.0.map(|v| v.max(-most).min(most)))
    }
}

#[cfg(target_arch = "x86_64")]
pub(super) use x86::{Avx2, Avx512};

#[cfg(target_arch = "x86_64")]
mod x86 {
    use super::Lanes;
    use std::arch::x86_64::*;

    /// Needs `avx512f`.
    #[derive(Clone, Copy)]
    pub(in crate::model::kernel) struct Avx512(pub(in crate::model::kernel) __m512);

    impl Lanes for Avx512 {
        #[inline(always)]
        unsafe fn splat(value: f32) -> Self {
            // SAFETY: as the trait asks; so below.
            Self(unsafe { _mm512_set1_ps(value) })
        }
        #[inline(always)]
        unsafe fn load(from: *const f32) -> Self {
            // SAFETY: as above.
            Self(unsafe { _mm512_loadu_ps(from) })
        }
        #[inline(always)]
        unsafe fn store(self, to: *mut f32) {
            // SAFETY: as above.
            unsafe { _mm512_storeu_ps(to, self.0) };
        }
        #[inline(always)]
        unsafe fn add(self, other: Self) -> Self {
            // SAFETY: as above.
            Self(unsafe { _mm512_add_ps(self.0, other.0) })
        }
        #[inline(always)]
        unsafe fn multiply(self, other: Self) -> Self {
            // SAFETY: as above.
            Self(unsafe { _mm512_mul_ps(self.0, other.0) })
        }
        #[inline(always)]
        unsafe fn fused(self, factor: Self, term: Self) -> Self {
            // SAFETY: as above.
            Self(unsafe { _mm512_fmadd_ps(self.0, factor.0, term.0) })
        }
        #[inline(always)]
        unsafe fn clamp(self, most: f32) -> Self {
            // The second of two is the result where one is no number.
            // SAFETY: as above.
            Self(unsafe {
                _mm512_min_ps(_mm512_max_ps(self.0, _mm512_set1_ps(-most)), _mm512_set1_ps(most))
            })
        }
    }

    /// Needs `avx2` and `fma`.
    #[derive(Clone, Copy)]
    pub(in crate::model::kernel) struct Avx2(
        pub(in crate::model::kernel) __m256,
        pub(in crate::model::kernel) __m256,
    );

    impl Lanes for Avx2 {
        #[inline(always)]
        unsafe fn splat(value: f32) -> Self {
            // SAFETY: as the trait asks; so below.
            let v = unsafe { _mm256_set1_ps(value) };
            Self(v, v)
        }
        #[inline(always)]
        unsafe fn load(from: *const f32) -> Self {
            // SAFETY: as above.
            unsafe { Self(_mm256_loadu_ps(from), _mm256_loadu_ps(from.add(8))) }
        }
        #[inline(always)]
        unsafe fn store(self, to: *mut f32) {
            // SAFETY: as above.
            unsafe {
                _mm256_storeu_ps(to, self.0);
                _mm256_storeu_ps(to.add(8), self.1);
            }
        }
        #[inline(always)]
        unsafe fn add(self, other: Self) -> Self {
            // SAFETY: as above.
            unsafe { Self(_mm256_add_ps(self.0, other.0), _mm256_add_ps(self.1, other.1)) }
        }
        #[inline(always)]
        unsafe fn multiply(self, other: Self) -> Self {
            // SAFETY: as above.
            unsafe { Self(_mm256_mul_ps(self.0, other.0), _mm256_mul_ps(self.1, other.1)) }
        }
        #[inline(always)]
        unsafe fn fused(self, factor: Self, term: Self) -> Self {
            // SAFETY: as above.
            unsafe {
                Self(
                    _mm256_fmadd_ps(self.0, factor.0, term.0),
                    _mm256_fmadd_ps(self.1, factor.1, term.1),
                )
            }
        }
        #[inline(always)]
        unsafe fn clamp(self, most: f32) -> Self {
            // SAFETY: as above.
            unsafe {
                let (least, most) = (_mm256_set1_ps(-most), _mm256_set1_ps(most));
                let clamped = |v| _mm256_min_ps(_mm256_max_ps(v, least), most);
                Self(clamped(self.0), clamped(self.1))
            }
        }
    }
}
