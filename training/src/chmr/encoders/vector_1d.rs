//! 1D: the structure vector.

use crate::chmr::layers::{LayerNorm, Linear, Mode, dropout};
use crate::chmr::parameters::Parameters;
use candle_core::{Result, Tensor};

/// Passes the structure vector to the projector, as the paper does, or first through one hidden layer
/// (Linear → LayerNorm → GELU → dropout), which lets a supervised trunk be pretrained.
pub struct VectorEncoder {
    inputs: usize,
    hidden: Option<(Linear, LayerNorm, f64)>,
}

impl VectorEncoder {
    /// The paper's: the vector itself.
    pub fn identity(inputs: usize) -> Self {
        Self { inputs, hidden: None }
    }

    /// With a hidden layer of `width` and this dropout rate.
    ///
    /// # Errors
    /// If the scope has such parameters already.
    pub fn hidden(p: &Parameters, inputs: usize, width: usize, rate: f64) -> Result<Self> {
        let linear = Linear::new(&p.scope("linear"), inputs, width)?;
        let norm = LayerNorm::new(&p.scope("norm"), width)?;
        Ok(Self { inputs, hidden: Some((linear, norm, rate)) })
    }

    /// Width of what [`VectorEncoder::forward`] returns.
    pub fn width(&self) -> usize {
        self.hidden.as_ref().map_or(self.inputs, |(linear, _, _)| linear.bias.elem_count())
    }

    /// The hidden layer's parts, if there is one: what an exporter writes.
    pub fn layers(&self) -> Option<(&Linear, &LayerNorm)> {
        self.hidden.as_ref().map(|(linear, norm, _)| (linear, norm))
    }

    /// [n, inputs] to [n, [`VectorEncoder::width`]].
    ///
    /// # Errors
    /// If the width of `x` differs.
    pub fn forward(&self, x: &Tensor, mode: &Mode) -> Result<Tensor> {
        match &self.hidden {
            None => Ok(x.clone()),
            Some((linear, norm, rate)) => {
                dropout(&norm.forward(&linear.forward(x)?)?.gelu_erf()?, *rate, mode)
            }
        }
    }
}
