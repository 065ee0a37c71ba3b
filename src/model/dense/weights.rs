//! The weights of a dense network, put together layer by layer.

use crate::error::Error;
use crate::model::quantize::{check_inputs, scales, to_bytes};

/// Blocks and layers of a network, at most.
pub(super) const MOST_PARTS: usize = 64;

/// The sizes of a dense network.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DenseShape {
    /// Columns of each block of the input; a row's block is rounded by itself.
    pub blocks: Vec<usize>,
    /// At least one.
    pub layers: Vec<LayerShape>,
}

/// The sizes of a layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LayerShape {
    /// Columns of what it gives.
    pub outputs: usize,
    /// Whether a layer norm follows.
    pub norm: bool,
    /// Whether a gelu follows.
    pub gelu: bool,
    /// Whether what it read is added at last.
    pub adds: bool,
}

impl DenseShape {
    /// Columns of the input.
    pub fn inputs(&self) -> usize {
        self.blocks.iter().fold(0, |sum, n| sum.saturating_add(*n))
    }

    /// Columns of the output.
    pub fn outputs(&self) -> usize {
        self.layers.last().map_or(0, |layer| layer.outputs)
    }

    /// The blocks of columns that layer `i` reads.
    pub(super) fn blocks_of(&self, i: usize) -> Vec<usize> {
        match i.checked_sub(1) {
            None => self.blocks.clone(),
            Some(before) => vec![self.layers[before].outputs],
        }
    }

    /// Products of two numbers that a row takes.
    pub fn multiply_adds(&self) -> u64 {
        let inputs = std::iter::once(self.inputs()).chain(self.layers.iter().map(|l| l.outputs));
        let pairs = inputs.zip(&self.layers);
        let each =
            pairs.map(|(inputs, layer)| (inputs as u64).saturating_mul(layer.outputs as u64));
        each.fold(0, u64::saturating_add)
    }

    /// The most values of a row between layers.
    pub(in crate::model) fn widest(&self) -> usize {
        self.layers.iter().map(|l| l.outputs).max().unwrap_or(0).max(self.inputs())
    }

    /// # Errors
    /// [`ErrorKind::Limit`](crate::ErrorKind::Limit) for a size of 0 or beyond all use, [`ErrorKind::Corrupt`](crate::ErrorKind::Corrupt)
    /// where something of another width is to be added.
    pub(super) fn check(&self) -> Result<(), Error> {
        const MOST_OUTPUTS: usize = 1 << 16;
        for (what, n) in [("blocks", self.blocks.len()), ("layers", self.layers.len())] {
            if n == 0 || n > MOST_PARTS {
                return Err(Error::limit(format!(
                    "a dense network of {n} {what}, expected 1 to {MOST_PARTS}"
                )));
            }
        }
        for (i, layer) in self.layers.iter().enumerate() {
            let blocks = self.blocks_of(i);
            blocks.iter().try_for_each(|n| check_inputs(*n))?;
            if blocks.contains(&0) || layer.outputs == 0 || layer.outputs > MOST_OUTPUTS {
                return Err(Error::limit(format!(
                    "layer {i} of a dense network: {blocks:?} inputs and {} outputs, expected 1 to {MOST_OUTPUTS}",
                    layer.outputs
                )));
            }
            if layer.adds && (i == 0 || blocks != [layer.outputs]) {
                return Err(Error::corrupt(format!(
                    "layer {i} of a dense network adds {blocks:?} columns to {}",
                    layer.outputs
                )));
            }
        }
        Ok(())
    }
}

/// A matrix as bytes, inputs × outputs, row by row, and the scale of each column.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Matrix {
    pub(super) bytes: Vec<i8>,
    pub(super) scales: Vec<f32>,
}

/// The weights of a layer.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Layer {
    /// Of each block of its inputs.
    pub(super) blocks: Vec<Matrix>,
    pub(super) bias: Vec<f32>,
    /// Gain and shift.
    pub(super) norm: Option<(Vec<f32>, Vec<f32>)>,
}

/// A dense network's weights, complete and of the right sizes.
///
/// ```
/// use chmr::model::dense::{DenseNetwork, DenseWeights};
///
/// // Two columns of one scale and one of another: gelu(x · W + b).
/// let weights = DenseWeights::new(&[2, 1]).linear(&[1.0, 0.0, 0.5], &[0.25])?.gelu();
/// let network = DenseNetwork::new(&weights.clone());
/// let y = network.run(&[1.0, -1.0, 300.0]);
/// assert!((y[0] - 151.25).abs() < 1e-3);
/// # Ok::<(), chmr::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct DenseWeights {
    pub(super) shape: DenseShape,
    pub(super) layers: Vec<Layer>,
}

impl DenseWeights {
    /// Of an input of such blocks of columns, and no layer yet.
    pub fn new(blocks: &[usize]) -> Self {
        Self {
            shape: DenseShape { blocks: blocks.to_vec(), layers: Vec::new() },
            layers: Vec::new(),
        }
    }

    /// Adds a layer: x · W + b, with `weight` inputs × outputs, row by row. The weights are rounded to bytes, each column by its
    /// largest value, by block.
    ///
    /// # Errors
    /// If the sizes do not fit what is there, or are beyond all use.
    pub fn linear(mut self, weight: &[f32], bias: &[f32]) -> Result<Self, Error> {
        let blocks = self.shape.blocks_of(self.layers.len());
        let (inputs, outputs) = (blocks.iter().sum::<usize>(), bias.len());
        if outputs == 0 || weight.len() != inputs.saturating_mul(outputs) {
            return Err(Error::corrupt(format!(
                "{} weights of {inputs} inputs and {outputs} outputs",
                weight.len()
            )));
        }
        let mut rest = weight;
        let matrix = |rows: &usize| {
            let (block, below) = rest.split_at(rows * outputs);
            rest = below;
            let scales = scales(block, outputs);
            Matrix { bytes: to_bytes(block, &scales), scales }
        };
        let blocks = blocks.iter().map(matrix).collect();
        self.layers.push(Layer { blocks, bias: bias.to_vec(), norm: None });
        let plain = LayerShape { outputs, norm: false, gelu: false, adds: false };
        self.shape.layers.push(plain);
        self.shape.check()?;
        Ok(self)
    }

    /// A layer norm behind the last layer's product.
    ///
    /// # Errors
    /// If there is no layer of this width.
    pub fn norm(mut self, gain: &[f32], shift: &[f32]) -> Result<Self, Error> {
        match (self.layers.last_mut(), self.shape.layers.last_mut()) {
            (Some(layer), Some(shape))
                if gain.len() == shape.outputs && shift.len() == shape.outputs =>
            {
                layer.norm = Some((gain.to_vec(), shift.to_vec()));
                shape.norm = true;
                Ok(self)
            }
            _ => Err(Error::corrupt(format!("a norm of {} columns behind others", gain.len()))),
        }
    }

    /// x·Φ(x) behind that.
    pub fn gelu(mut self) -> Self {
        self.shape.layers.last_mut().into_iter().for_each(|layer| layer.gelu = true);
        self
    }

    /// And what the last layer read is added.
    ///
    /// # Errors
    /// If it is of another width.
    pub fn add(mut self) -> Result<Self, Error> {
        self.shape.layers.last_mut().into_iter().for_each(|layer| layer.adds = true);
        self.shape.check()?;
        Ok(self)
    }

    /// The sizes.
    pub fn shape(&self) -> &DenseShape {
        &self.shape
    }
}
