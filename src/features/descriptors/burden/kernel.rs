//! The spectra by the widest registers of the processor.
#![allow(unsafe_code)]

use super::lanes::Plain;
use super::spectrum::Matrices;

pub(super) fn extreme_eigenvalues(matrices: &Matrices) -> [(f64, f64); 4] {
    #[cfg(target_arch = "x86_64")]
    if is_x86_feature_detected!("avx2") {
        // SAFETY: the processor has the feature.
        return unsafe { avx2::extreme_eigenvalues(matrices) };
    }
    matrices.extreme_eigenvalues::<Plain>()
}

#[cfg(target_arch = "x86_64")]
mod avx2 {
    use super::super::lanes::Lanes;
    use super::Matrices;
    use std::arch::x86_64::*;

    #[target_feature(enable = "avx2")]
    pub fn extreme_eigenvalues(matrices: &Matrices) -> [(f64, f64); 4] {
        matrices.extreme_eigenvalues::<Wide>()
    }

    /// Lives in the function above alone.
    #[derive(Clone, Copy)]
    struct Wide(__m256d);

    impl Lanes for Wide {
        #[inline(always)]
        fn load(values: &[f64; 4]) -> Self {
            // SAFETY: four numbers are there to be read, and the processor has the feature, as for all below.
            Self(unsafe { _mm256_loadu_pd(values.as_ptr()) })
        }
        #[inline(always)]
        fn store(self, to: &mut [f64; 4]) {
            // SAFETY: there is room for four numbers.
            unsafe { _mm256_storeu_pd(to.as_mut_ptr(), self.0) }
        }
        #[inline(always)]
        fn add(self, other: Self) -> Self {
            // SAFETY: the processor has the feature.
            Self(unsafe { _mm256_add_pd(self.0, other.0) })
        }
        #[inline(always)]
        fn sub(self, other: Self) -> Self {
            // SAFETY: the processor has the feature.
            Self(unsafe { _mm256_sub_pd(self.0, other.0) })
        }
        #[inline(always)]
        fn mul(self, other: Self) -> Self {
            // SAFETY: the processor has the feature.
            Self(unsafe { _mm256_mul_pd(self.0, other.0) })
        }
        #[inline(always)]
        fn div(self, other: Self) -> Self {
            // SAFETY: the processor has the feature.
            Self(unsafe { _mm256_div_pd(self.0, other.0) })
        }
        #[inline(always)]
        fn sqrt(self) -> Self {
            // SAFETY: the processor has the feature.
            Self(unsafe { _mm256_sqrt_pd(self.0) })
        }
        #[inline(always)]
        fn least(self, other: Self) -> Self {
            // SAFETY: the processor has the feature.
            Self(unsafe { _mm256_min_pd(self.0, other.0) })
        }
    }
}
