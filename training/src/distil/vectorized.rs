//! Loops compiled for the vectors of several processors.

/// Runs loops with the widest vectors that the processor has: the compiler makes them of what is inlined here.
#[inline(always)]
pub(super) fn vectorized<R>(loops: impl FnOnce() -> R) -> R {
    #[cfg(target_arch = "x86_64")]
    {
        #[target_feature(enable = "avx512f,avx512vl,avx512bw,avx512dq,avx2,fma")]
        fn widest<R>(loops: impl FnOnce() -> R) -> R {
            loops()
        }
        #[target_feature(enable = "avx2,fma")]
        fn wide<R>(loops: impl FnOnce() -> R) -> R {
            loops()
        }
        let has = [
            is_x86_feature_detected!("avx512f"),
            is_x86_feature_detected!("avx512vl"),
            is_x86_feature_detected!("avx512bw"),
            is_x86_feature_detected!("avx512dq"),
        ];
        if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
            if has == [true; 4] {
                // SAFETY: the processor has been asked for each of the features.
                return unsafe { widest(loops) };
            }
            // SAFETY: as above.
            return unsafe { wide(loops) };
        }
    }
    loops()
}
