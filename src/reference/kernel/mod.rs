//! The two inner loops of a scan, for the instruction set at hand.
//!
//! Every kernel gives exactly the integers of its scalar twin; a test holds them equal.

#[cfg(target_arch = "aarch64")]
mod neon;
mod scalar;
#[cfg(target_arch = "x86_64")]
mod x86;

use super::packed::FOLD_WORDS;

/// The inner loops for one instruction set.
#[derive(Clone, Copy)]
pub(super) struct Kernel {
    /// For the messages of tests.
    #[cfg_attr(not(test), expect(dead_code, reason = "failing tests name the kernel"))]
    pub name: &'static str,
    /// `out[r]` = set bits of `query ⊕ folds[r]`; `folds` holds `out.len()` rows.
    pub xor_counts: fn(query: &[u64; FOLD_WORDS], folds: &[u64], out: &mut [u16]),
    /// Set bits of `a ∧ b`, equally long, a multiple of four words.
    pub and_count: fn(a: &[u64], b: &[u64]) -> u32,
}

impl Kernel {
    /// The fastest that this CPU has.
    pub fn detect() -> Self {
        *Self::available().last().expect("the scalar kernel is always there")
    }

    /// All that this CPU has, the scalar one first, the fastest last.
    pub fn available() -> Vec<Self> {
        #[allow(unused_mut, reason = "only some targets have more")]
        let mut kernels = vec![scalar::KERNEL];
        #[cfg(target_arch = "x86_64")]
        kernels.extend(x86::available());
        #[cfg(target_arch = "aarch64")]
        kernels.extend(neon::available());
        kernels
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_kernel_counts_as_the_scalar_one(
            query in prop::array::uniform4(any::<u64>()),
            rows in prop::collection::vec(prop::array::uniform4(any::<u64>()), 0..70),
            wide in prop::collection::vec((any::<u64>(), any::<u64>()), 1..9),
        ) {
            let folds: Vec<u64> = rows.concat();
            // Four times over: a whole number of 256-bit parts.
            let (a, b): (Vec<u64>, Vec<u64>) = wide.iter().cycle().take(wide.len() * 4).copied().unzip();
            let expected: Vec<u16> = rows
                .iter()
                .map(|r| r.iter().zip(&query).map(|(x, y)| (x ^ y).count_ones() as u16).sum())
                .collect();
            let both: u32 = a.iter().zip(&b).map(|(x, y)| (x & y).count_ones()).sum();
            for kernel in Kernel::available() {
                let mut out = vec![u16::MAX; rows.len()];
                (kernel.xor_counts)(&query, &folds, &mut out);
                prop_assert_eq!(&out, &expected, "{}", kernel.name);
                prop_assert_eq!((kernel.and_count)(&a, &b), both, "{}", kernel.name);
            }
        }
    }
}
