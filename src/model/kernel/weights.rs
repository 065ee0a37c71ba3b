//! A linear layer, however its weights are kept.

use super::{ByteRows, Kernel, Packed, PackedBytes, Rows, Then};

/// Weights and bias of a linear layer.
#[derive(Clone, Debug)]
pub(in crate::model) enum Weights {
    Single(Packed),
    /// What they multiply is rounded to bytes, too.
    Bytes(PackedBytes),
}

impl Weights {
    pub(in crate::model) fn outputs(&self) -> usize {
        match self {
            Self::Single(weights) => weights.outputs(),
            Self::Bytes(weights) => weights.outputs(),
        }
    }
}

impl Kernel {
    /// The products of `rows` with `weights`, the bias added; `scratch` is for rows of bytes.
    ///
    /// # Panics
    /// If a row would lie outside.
    pub(in crate::model) fn linear(
        &self,
        rows: Rows<'_>,
        weights: &Weights,
        scratch: &mut ByteRows,
        then: Then,
    ) {
        match weights {
            Weights::Single(weights) => self.product(rows, weights, then),
            Weights::Bytes(weights) => self.product_bytes(rows, weights, scratch, then),
        }
    }
}
