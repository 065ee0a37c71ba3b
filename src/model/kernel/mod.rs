//! The inner loops of networks that this library runs itself, for the instruction set at hand.
//!
//! Each is written once, over [`lanes`] and [`dots`], and compiled for every instruction set: all have the bits of the scalar one.

mod bytes;
mod dots;
mod gelu;
mod lanes;
mod norm;
mod packed;
mod product;
mod rows;
mod weights;

pub(super) use bytes::{ByteRows, LEAST, MOST_INPUTS, PackedBytes, STEPS};
pub(super) use norm::{EPSILON, Norm};
pub(super) use packed::{Packed, padded};
pub(super) use product::{Rows, Then};
pub(super) use rows::{Edge, Messages};
pub(super) use weights::Weights;

use dots::{Dots, ScalarDots};
use lanes::{LANES, Scalar};

/// The inner loops for one instruction set.
#[derive(Clone, Copy, Debug)]
pub(super) struct Kernel {
    /// For messages.
    #[cfg_attr(not(test), expect(dead_code, reason = "failing tests name the kernel"))]
    name: &'static str,
    product: fn(&mut Rows<'_>, &Packed, Then),
    take_bytes: fn(&Rows<'_>, usize, &mut ByteRows),
    product_bytes: fn(&ByteRows, &PackedBytes, &mut [f32], Then),
    messages: fn(&Messages<'_>, usize, &[Edge], &mut [f32]),
    add_all: fn(&[f32], &mut [f32]),
    add_to_all: fn(&[f32], &mut [f32]),
    gelus: fn(&mut [f32]),
    norm: fn(&Norm, &mut [f32]),
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
                    if is_x86_feature_detected!("avx512vnni") {
                        kernels.push(avx512_vnni::KERNEL);
                    }
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

    /// The same with rows rounded to bytes, by way of `scratch`.
    ///
    /// # Panics
    /// If a row would lie outside.
    pub(super) fn product_bytes(
        &self,
        rows: Rows<'_>,
        weights: &PackedBytes,
        scratch: &mut ByteRows,
        then: Then,
    ) {
        (self.take_bytes)(&rows, weights.inputs(), scratch);
        bytes::check(scratch, weights, rows.to);
        (self.product_bytes)(scratch, weights, rows.to, then);
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

    /// Brings `row` to mean 0 and variance 1, then to gain and shift.
    pub(super) fn norm(&self, norm: &Norm, row: &mut [f32]) {
        (self.norm)(norm, row);
    }
}

/// A module with the loops compiled over `$lanes`, and over `$dots` for bytes, so many rows and panels together.
macro_rules! compiled {
    (
        $module:ident, $name:literal, $lanes:ty, $rows:literal x $panels:literal,
        $dots:ty, $byte_rows:literal x $byte_panels:literal $(, $features:literal)?
    ) => {
        mod $module {
            #![allow(unsafe_code, reason = "`available` hands these out where the CPU has what they need")]

            use super::*;

            pub(super) const KERNEL: Kernel = Kernel {
                name: $name,
                // SAFETY: the CPU has the features, or `available` had not named the kernel; `Kernel`'s methods check the rest.
                product: |rows, weights, then| unsafe { product(rows, weights, then) },
                // SAFETY: as above.
                take_bytes: |rows, inputs, to| unsafe { take_bytes(rows, inputs, to) },
                // SAFETY: as above.
                product_bytes: |rows, weights, to, then| unsafe {
                    product_bytes(rows, weights, to, then)
                },
                // SAFETY: as above.
                messages: |of, own, edges, to| unsafe { messages(of, own, edges, to) },
                // SAFETY: as above.
                add_all: |rows, to| unsafe { add_all(rows, to) },
                // SAFETY: as above.
                add_to_all: |row, to| unsafe { add_to_all(row, to) },
                // SAFETY: as above.
                gelus: |values| unsafe { gelus(values) },
                // SAFETY: as above.
                norm: |norm, row| unsafe { normed(norm, row) },
            };

            $(#[target_feature(enable = $features)])?
            unsafe fn product(rows: &mut Rows<'_>, weights: &Packed, then: Then) {
                // SAFETY: as above; so below.
                unsafe { product::product::<$lanes, $rows, $panels>(rows, weights, then) }
            }
            $(#[target_feature(enable = $features)])?
            unsafe fn take_bytes(rows: &Rows<'_>, inputs: usize, to: &mut ByteRows) {
                to.take::<{ <$dots>::SHIFT }>(rows.from, rows.from_stride, inputs, rows.count);
            }
            $(#[target_feature(enable = $features)])?
            unsafe fn product_bytes(rows: &ByteRows, weights: &PackedBytes, to: &mut [f32], then: Then) {
                // SAFETY: as above.
                unsafe {
                    bytes::product::<$dots, $byte_rows, $byte_panels>(rows, weights, to, then);
                }
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
            $(#[target_feature(enable = $features)])?
            unsafe fn normed(norm: &Norm, row: &mut [f32]) {
                norm.apply(row);
            }
        }
    };
}

compiled!(scalar, "scalar", Scalar, 4 x 1, ScalarDots, 4 x 1);
#[cfg(target_arch = "x86_64")]
compiled!(avx2, "avx2", lanes::Avx2, 6 x 1, dots::Avx2Dots, 4 x 1, "avx2,fma");
#[cfg(target_arch = "x86_64")]
compiled!(avx512, "avx512", lanes::Avx512, 12 x 2, dots::Avx2Dots, 4 x 1, "avx512f,avx2,fma");
#[cfg(target_arch = "x86_64")]
compiled!(
    avx512_vnni, "avx512 with vnni", lanes::Avx512, 12 x 2,
    dots::Avx512Dots, 12 x 2, "avx512f,avx512vnni,avx2,fma"
);

#[cfg(test)]
mod tests;
