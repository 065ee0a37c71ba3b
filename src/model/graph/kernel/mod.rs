//! The inner loops of graph networks, for the instruction set at hand.
//!
//! Each is written once, over [`lanes`], and compiled for every instruction set: all have the bits of the scalar one.

mod gelu;
mod lanes;
mod packed;
mod product;
mod rows;

pub(super) use packed::{Packed, padded};
pub(super) use product::{Rows, Then};
pub(super) use rows::{Edge, Messages};

use lanes::{LANES, Scalar};

/// The inner loops for one instruction set.
#[derive(Clone, Copy, Debug)]
pub(super) struct Kernel {
    /// For messages.
    #[cfg_attr(not(test), expect(dead_code, reason = "failing tests name the kernel"))]
    name: &'static str,
    product: fn(&mut Rows<'_>, &Packed, Then),
    messages: fn(&Messages<'_>, usize, &[Edge], &mut [f32]),
    add_all: fn(&[f32], &mut [f32]),
    add_to_all: fn(&[f32], &mut [f32]),
    gelus: fn(&mut [f32]),
}

impl Kernel {
    /// The fastest that this CPU has.
    pub(super) fn detect() -> Self {
        *Self::available().last().unwrap_or(&scalar::KERNEL)
    }

    /// All that this CPU has, the scalar one first, the fastest last.
    pub(super) fn available() -> Vec<Self> {
        #[allow(unused_mut, reason = "only some targets have more")]
        let mut kernels = vec![scalar::KERNEL];
        #[cfg(target_arch = "x86_64")]
        {
            if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
                kernels.push(avx2::KERNEL);
                if is_x86_feature_detected!("avx512f") {
                    kernels.push(avx512::KERNEL);
                }
            }
        }
        kernels
    }

    /// The products of `rows` with `weights`, the bias added.
    ///
    /// # Panics
    /// If a row would lie outside.
    pub(super) fn product(&self, mut rows: Rows<'_>, weights: &Packed, then: Then) {
        rows.check(weights);
        (self.product)(&mut rows, weights, then);
    }

    /// See [`Messages`].
    ///
    /// # Panics
    /// If a row lies outside.
    pub(super) fn messages(&self, of: &Messages<'_>, own: usize, edges: &[Edge], to: &mut [f32]) {
        of.check(own, edges, to);
        (self.messages)(of, own, edges, to);
    }

    /// Adds each of `rows`, as long as `to`, to it, in order.
    ///
    /// # Panics
    /// If they are no rows of whole panels.
    pub(super) fn add_all(&self, rows: &[f32], to: &mut [f32]) {
        assert!(to.len().is_multiple_of(LANES) && rows.len().is_multiple_of(to.len()));
        (self.add_all)(rows, to);
    }

    /// Adds `row` to each of `to`.
    ///
    /// # Panics
    /// If they are no rows of whole panels.
    pub(super) fn add_to_all(&self, row: &[f32], to: &mut [f32]) {
        assert!(row.len().is_multiple_of(LANES) && to.len().is_multiple_of(row.len()));
        (self.add_to_all)(row, to);
    }

    /// Each value's x·Φ(x), in its place.
    ///
    /// # Panics
    /// If they are no whole panels.
    pub(super) fn gelus(&self, values: &mut [f32]) {
        assert!(values.len().is_multiple_of(LANES));
        (self.gelus)(values);
    }
}

/// A module with the loops compiled over `$lanes`, `$rows` rows and `$panels` panels together.
macro_rules! compiled {
    ($module:ident, $name:literal, $lanes:ty, $rows:literal, $panels:literal $(, $features:literal)?) => {
        mod $module {
            #![allow(unsafe_code, reason = "`available` hands these out where the CPU has what they need")]

            use super::*;

            pub(super) const KERNEL: Kernel = Kernel {
                name: $name,
                // SAFETY: the CPU has the features, or `available` had not named the kernel; `Kernel`'s methods check the rest.
                product: |rows, weights, then| unsafe { product(rows, weights, then) },
                // SAFETY: as above.
                messages: |of, own, edges, to| unsafe { messages(of, own, edges, to) },
                // SAFETY: as above.
                add_all: |rows, to| unsafe { add_all(rows, to) },
                // SAFETY: as above.
                add_to_all: |row, to| unsafe { add_to_all(row, to) },
                // SAFETY: as above.
                gelus: |values| unsafe { gelus(values) },
            };

            $(#[target_feature(enable = $features)])?
            unsafe fn product(rows: &mut Rows<'_>, weights: &Packed, then: Then) {
                // SAFETY: as above; so below.
                unsafe { product::product::<$lanes, $rows, $panels>(rows, weights, then) }
            }
            $(#[target_feature(enable = $features)])?
            unsafe fn messages(of: &Messages<'_>, own: usize, edges: &[Edge], to: &mut [f32]) {
                // SAFETY: as above.
                unsafe { rows::messages::<$lanes>(of, own, edges, to) }
            }
            $(#[target_feature(enable = $features)])?
            unsafe fn add_all(rows: &[f32], to: &mut [f32]) {
                // SAFETY: as above.
                unsafe { rows::add_all::<$lanes>(rows, to) }
            }
            $(#[target_feature(enable = $features)])?
            unsafe fn add_to_all(row: &[f32], to: &mut [f32]) {
                // SAFETY: as above.
                unsafe { rows::add_to_all::<$lanes>(row, to) }
            }
            $(#[target_feature(enable = $features)])?
            unsafe fn gelus(values: &mut [f32]) {
                // SAFETY: as above.
                unsafe { rows::gelus::<$lanes>(values) }
            }
        }
    };
}

compiled!(scalar, "scalar", Scalar, 4, 1);
#[cfg(target_arch = "x86_64")]
compiled!(avx2, "avx2", lanes::Avx2, 6, 1, "avx2,fma");
#[cfg(target_arch = "x86_64")]
compiled!(avx512, "avx512", lanes::Avx512, 12, 2, "avx512f");

#[cfg(test)]
mod tests;
