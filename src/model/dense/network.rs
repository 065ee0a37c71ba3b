//! A dense network made ready, and run.

use super::weights::{self, DenseShape, DenseWeights, LayerShape};
use crate::model::kernel::{ByteRows, Kernel, Norm, PackedBytes, Rows, Then, padded};
use std::sync::{Mutex, PoisonError};

/// Rows that go through all layers together, whole blocks of the product's rows.
const ROWS: usize = 96;

/// A dense network, ready to run. Immutable: any number of threads may use it.
#[derive(Debug)]
pub struct DenseNetwork {
    kernel: Kernel,
    shape: DenseShape,
    layers: Vec<Layer>,
    /// Memory of runs that are over, for those to come.
    scratch: Mutex<Vec<Scratch>>,
}

#[derive(Debug)]
struct Layer {
    blocks: Vec<PackedBytes>,
    norm: Option<Norm>,
    gelu: bool,
    adds: bool,
}

/// What a run needs.
#[derive(Debug, Default)]
struct Scratch {
    bytes: ByteRows,
    /// What a layer reads and what it gives.
    from: Vec<f32>,
    to: Vec<f32>,
}

impl DenseNetwork {
    /// Packs the weights for the fastest instructions that this processor has. Results are the same bits with any.
    pub fn new(weights: &DenseWeights) -> Self {
        Self::with(weights, Kernel::detect())
    }

    pub(super) fn with(made_of: &DenseWeights, kernel: Kernel) -> Self {
        let shape = made_of.shape.clone();
        let layer = |(i, layer): (usize, &weights::Layer)| {
            let inputs = shape.blocks_of(i);
            let LayerShape { outputs, gelu, adds, .. } = shape.layers[i];
            let zero = vec![0.0; outputs];
            let pack = |(b, matrix): (usize, &weights::Matrix)| {
                // The bias is added once.
                let bias = if b == 0 { &layer.bias } else { &zero };
                PackedBytes::new(inputs[b], outputs, &matrix.bytes, &matrix.scales, bias)
            };
            Layer {
                blocks: layer.blocks.iter().enumerate().map(pack).collect(),
                norm: layer.norm.as_ref().map(|(gain, shift)| Norm::new(gain, shift)),
                gelu,
                adds,
            }
        };
        let layers = made_of.layers.iter().enumerate().map(layer).collect();
        Self { kernel, layers, shape, scratch: Mutex::default() }
    }

    /// The sizes.
    pub fn shape(&self) -> &DenseShape {
        &self.shape
    }

    /// The network's values of each row of `x` (rows × [`DenseShape::inputs`]), rows × [`DenseShape::outputs`]. A row's values do
    /// not depend on the others, nor on the processor, to the bit.
    ///
    /// # Panics
    /// If `x` is no whole number of rows.
    pub fn run(&self, x: &[f32]) -> Vec<f32> {
        let (inputs, outputs) = (self.shape.inputs(), self.shape.outputs());
        assert!(inputs > 0 && x.len().is_multiple_of(inputs), "no whole number of rows");
        let kept = self.scratch.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut scratch = kept.unwrap_or_default();
        let mut y = Vec::with_capacity(x.len() / inputs * outputs);
        for rows in x.chunks(ROWS * inputs) {
            let count = rows.len() / inputs;
            self.run_block(rows, count, &mut scratch);
            let stride = padded(outputs);
            let rows = scratch.from[..count * stride].chunks_exact(stride);
            y.extend(rows.flat_map(|row| &row[..outputs]));
        }
        self.scratch.lock().unwrap_or_else(PoisonError::into_inner).push(scratch);
        y
    }

    /// Leaves the values in `scratch.from`, rows of whole panels.
    fn run_block(&self, x: &[f32], count: usize, scratch: &mut Scratch) {
        let Scratch { bytes, from, to } = scratch;
        for (i, layer) in self.layers.iter().enumerate() {
            let (read, read_stride) =
                if i == 0 { (x, self.shape.inputs()) } else { (&from[..], from.len() / count) };
            let outputs = self.shape.layers[i].outputs;
            let stride = padded(outputs);
            to.resize(count * stride, 0.0);
            let mut first = 0;
            for (b, block) in layer.blocks.iter().enumerate() {
                let then = if b == 0 { Then::Store } else { Then::Add };
                let from = &read[first..];
                let rows = Rows { from, from_stride: read_stride, to, count };
                self.kernel.product_bytes(rows, block, bytes, then);
                first += block.inputs();
            }
            if let Some(norm) = &layer.norm {
                to.chunks_exact_mut(stride)
                    .for_each(|row| self.kernel.norm(norm, &mut row[..outputs]));
            }
            if layer.gelu {
                self.kernel.gelus(to);
            }
            if layer.adds {
                to.iter_mut().zip(read).for_each(|(to, from)| *to += from);
            }
            std::mem::swap(from, to);
        }
    }
}
