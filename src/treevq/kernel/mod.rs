//! Scalar products of routing, for the instruction set at hand.
//!
//! `dot` and `pair` decide paths and give cosines: every kernel adds in the same order, in four groups of eight lanes and without fusing, so that a latent takes
//! the same path on every machine: a test holds them to the scalar twin's bits. Fusing (FMA) was tried and gains
//! nothing: the nodes come from the second-level cache, which is what routing waits for.
//!
//! `top` and `each` only say on which side of a plane a latent lies, and the caller allows for their rounding:
//! a kernel may fuse, and add in any order that keeps at least eight lanes apart.

#[cfg(target_arch = "x86_64")]
mod x86;

/// Sums added together in one instruction.
const GROUP: usize = 8;
/// Groups that are kept apart until the end, so that no addition waits for the one before.
const GROUPS: usize = 4;

/// Σ aᵢ·bᵢ and Σ aᵢ·cᵢ.
type Pair = fn(a: &[f32], b: &[f32], c: &[f32]) -> [f32; 2];

/// Σ aᵢ·aᵢ, and Σ aᵢ·bᵢ for each of the three others.
type Top = fn(a: &[f32], others: [&[f32]; 3]) -> [f32; 4];

/// `out[j]` = Σ of a\[j]ᵢ·b\[j]ᵢ, for every row of `a`.
type Each = fn(a: &[&[f32]], b: &[&[f32]], out: &mut [f32]);

/// Scalar products for one instruction set.
#[derive(Clone, Copy)]
pub(super) struct Kernel {
    /// Σ aᵢ·bᵢ.
    pub dot: fn(a: &[f32], b: &[f32]) -> f32,
    /// The products of `a` with each of two others, each as `dot` gives it.
    pub pair: Pair,
    /// For the first two levels of a tree, rounded in any way.
    pub top: Top,
    /// For the levels below, rounded in any way.
    pub each: Each,
}

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
        Self {
            dot,
            pair: |a, b, c| [dot(a, b), dot(a, c)],
            top: |a, [b, c, d]| [a, b, c, d].map(|other| dot(a, other)),
            each: |a, b, out| {
                for (out, (a, b)) in out.iter_mut().zip(a.iter().zip(b)) {
                    *out = dot(a, b);
                }
            },
        }
    }
}

/// Σ aᵢ·bᵢ: of the whole groups of eight, element *i* belongs to lane *i* mod 32; what is left is added one by
/// one. See [`total`] for the end.
fn dot(a: &[f32], b: &[f32]) -> f32 {
    const LANES: usize = GROUP * GROUPS;
    let mut lanes = [0f32; LANES];
    let ((a, a_rest), (b, b_rest)) = (a.as_chunks::<LANES>(), b.as_chunks::<LANES>());
    for (a, b) in a.iter().zip(b) {
        for i in 0..LANES {
            lanes[i] += a[i] * b[i];
        }
    }
    let whole = a_rest.len().min(b_rest.len()) / GROUP * GROUP;
    let (a_groups, a_tail) = a_rest.split_at(whole);
    let (b_groups, b_tail) = b_rest.split_at(whole);
    for (lane, (a, b)) in lanes.iter_mut().zip(a_groups.iter().zip(b_groups)) {
        *lane += a * b;
    }
    let group = |l: usize| (lanes[l] + lanes[l + 8]) + (lanes[l + 16] + lanes[l + 24]);
    total(std::array::from_fn(group), a_tail, b_tail)
}

/// The lanes in pairs, and the products of what is left.
#[inline(always)]
fn total([s, t, u, v, w, x, y, z]: [f32; GROUP], a: &[f32], b: &[f32]) -> f32 {
    let tail = a.iter().zip(b).fold(0.0, |sum, (a, b)| sum + a * b);
    (((s + w) + (u + y)) + ((t + x) + (v + z))) + tail
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_kernel_has_the_bits_of_the_scalar_one(
            triples in prop::collection::vec((-10f32..10.0, -10f32..10.0, -10f32..10.0), 0..140),
        ) {
            let a: Vec<f32> = triples.iter().map(|t| t.0).collect();
            let b: Vec<f32> = triples.iter().map(|t| t.1).collect();
            let c: Vec<f32> = triples.iter().map(|t| t.2).collect();
            let expected = [dot(&a, &b), dot(&a, &c)];
            let kernel = Kernel::detect();
            prop_assert_eq!((kernel.dot)(&a, &b).to_bits(), expected[0].to_bits());
            prop_assert_eq!((kernel.pair)(&a, &b, &c).map(f32::to_bits), expected.map(f32::to_bits));
            prop_assert_eq!((Kernel::scalar().pair)(&a, &b, &c).map(f32::to_bits), expected.map(f32::to_bits));
            let close = |found: f32, expected: f32| (found - expected).abs() <= 0.08;
            let top = (kernel.top)(&a, [&b, &c, &a]);
            for (found, other) in top.into_iter().zip([&a, &b, &c, &a]) {
                prop_assert!(close(found, dot(&a, other)), "{} {}", found, dot(&a, other));
            }
            let mut each = [0.0; 3];
            (kernel.each)(&[&a, &b, &c], &[&b, &c, &a], &mut each);
            for (found, (x, y)) in each.into_iter().zip([(&a, &b), (&b, &c), (&c, &a)]) {
                prop_assert!(close(found, dot(x, y)), "{} {}", found, dot(x, y));
            }
            let exact: f64 = a.iter().zip(&b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum();
            // At most 140 products of 100, each rounded to 2⁻²⁴ of itself, as often the sums; two that are
            // wrong by as much differ by twice that.
            prop_assert!((f64::from(expected[0]) - exact).abs() < 0.04);
        }
    }
}
