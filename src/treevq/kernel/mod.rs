//! The scalar product of routing, for the instruction set at hand.
//!
//! Every kernel adds in the same order, in eight lanes and without fusing, so that a latent takes the same
//! path on every machine: a test holds them to the scalar twin's bits.

#[cfg(target_arch = "x86_64")]
mod x86;

/// Sums that are kept apart until the end.
const LANES: usize = 8;

/// Σ aᵢ·bᵢ for one instruction set.
#[derive(Clone, Copy)]
pub(super) struct Kernel(pub fn(a: &[f32], b: &[f32]) -> f32);

impl Kernel {
    /// The fastest that this CPU has.
    pub fn detect() -> Self {
        #[cfg(target_arch = "x86_64")]
        if let Some(kernel) = x86::available() {
            return kernel;
        }
        Self::scalar()
    }

    /// The twin that needs nothing.
    pub fn scalar() -> Self {
        Self(dot)
    }
}

/// Σ aᵢ·bᵢ: element *i* belongs to lane *i* mod 8; lanes are added in pairs at the end.
#[inline(always)]
fn dot(a: &[f32], b: &[f32]) -> f32 {
    let mut lanes = [0f32; LANES];
    let ((a, a_rest), (b, b_rest)) = (a.as_chunks::<LANES>(), b.as_chunks::<LANES>());
    for (a, b) in a.iter().zip(b) {
        for (lane, (a, b)) in lanes.iter_mut().zip(a.iter().zip(b)) {
            *lane += a * b;
        }
    }
    for (lane, (a, b)) in lanes.iter_mut().zip(a_rest.iter().zip(b_rest)) {
        *lane += a * b;
    }
    let [s, t, u, v, w, x, y, z] = lanes;
    ((s + w) + (u + y)) + ((t + x) + (v + z))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_kernel_has_the_bits_of_the_scalar_one(
            pairs in prop::collection::vec((-10f32..10.0, -10f32..10.0), 0..70),
        ) {
            let (a, b): (Vec<f32>, Vec<f32>) = pairs.iter().copied().unzip();
            let expected = (Kernel::scalar().0)(&a, &b);
            prop_assert_eq!((Kernel::detect().0)(&a, &b).to_bits(), expected.to_bits());
            let exact: f64 = pairs.iter().map(|(a, b)| f64::from(*a) * f64::from(*b)).sum();
            // At most 70 products of 100, each rounded to 2⁻²⁴ of itself, as often the sums.
            prop_assert!((f64::from(expected) - exact).abs() < 0.02);
        }
    }
}
