//! A matrix of weights in the order in which the product reads it.

use super::lanes::LANES;

/// Inputs × outputs, in panels of [`LANES`] columns: within a panel row behind row. The last panel is filled up with zeros.
#[derive(Clone, Debug)]
pub(in crate::model) struct Packed {
    pub(super) values: Vec<f32>,
    /// As many as the panels have columns.
    pub(super) bias: Vec<f32>,
    inputs: usize,
    outputs: usize,
}

impl Packed {
    /// Of `weights`, `inputs` × `outputs`, row by row.
    ///
    /// # Panics
    /// If there are fewer weights, or other than `outputs` of `bias`.
    pub(in crate::model) fn new(
        inputs: usize,
        outputs: usize,
        weights: &[f32],
        bias: &[f32],
    ) -> Self {
        assert_eq!(bias.len(), outputs, "one bias an output");
        let stride = padded(outputs);
        let mut values = vec![0.0; inputs * stride];
        for (k, row) in weights.chunks_exact(outputs).take(inputs).enumerate() {
            for (panel, part) in row.chunks(LANES).enumerate() {
                values[(panel * inputs + k) * LANES..][..part.len()].copy_from_slice(part);
            }
        }
        let mut bias = bias.to_vec();
        bias.resize(stride, 0.0);
        Self { values, bias, inputs, outputs }
    }

    pub(in crate::model) fn inputs(&self) -> usize {
        self.inputs
    }

    pub(in crate::model) fn outputs(&self) -> usize {
        self.outputs
    }

    pub(super) fn panels(&self) -> usize {
        self.bias.len() / LANES
    }
}

/// The columns of whole panels that hold `columns`: rows are stored that far apart, zeros behind.
pub(in crate::model) fn padded(columns: usize) -> usize {
    columns.next_multiple_of(LANES)
}
