//! Modality projectors: every modality into one latent space (paper, modality-specific projectors).

use super::layers::{LayerNorm, Linear};
use super::parameters::Parameters;
use candle_core::{Result, Tensor};

/// Width of the shared latent space in the paper.
pub const LATENT: usize = 300;

/// z = SiLU(Linear(LayerNorm(x))), one for every modality.
pub struct Projector {
    /// Of the input.
    pub norm: LayerNorm,
    /// Into the latent space.
    pub linear: Linear,
}

impl Projector {
    /// From `inputs` to `latent` (the paper's is [`LATENT`]).
    ///
    /// # Errors
    /// If the scope has such parameters already.
    pub fn new(p: &Parameters, inputs: usize, latent: usize) -> Result<Self> {
        let norm = LayerNorm::new(&p.scope("norm"), inputs)?;
        Ok(Self { norm, linear: Linear::new(&p.scope("linear"), inputs, latent)? })
    }

    /// [n, inputs] to [n, latent].
    ///
    /// # Errors
    /// If the width of `x` differs.
    pub fn forward(&self, x: &Tensor) -> Result<Tensor> {
        self.linear.forward(&self.norm.forward(x)?)?.silu()
    }
}
