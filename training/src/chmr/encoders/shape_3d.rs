//! 3D: descriptors of a conformer's shape.

use crate::chmr::layers::{Linear, Mode, dropout};
use crate::chmr::parameters::Parameters;
use candle_core::{Result, Tensor};

/// Two linear layers over standardised shape descriptors. A molecule without a conformer has an all-zero
/// output, whatever stands in its row, and passes no gradient.
pub struct ShapeEncoder {
    first: Linear,
    second: Linear,
    rate: f64,
}

impl ShapeEncoder {
    /// From `inputs` descriptors to `width`.
    ///
    /// # Errors
    /// If the scope has such parameters already.
    pub fn new(p: &Parameters, inputs: usize, width: usize, rate: f64) -> Result<Self> {
        let first = Linear::new(&p.scope("first"), inputs, width)?;
        Ok(Self { first, second: Linear::new(&p.scope("second"), width, width)?, rate })
    }

    /// `x` [n, inputs], finite also where absent; `present` [n, 1] of 0 and 1. To [n, width].
    ///
    /// # Errors
    /// If the shapes do not fit.
    pub fn forward(&self, x: &Tensor, present: &Tensor, mode: &Mode) -> Result<Tensor> {
        let hidden = dropout(&self.first.forward(x)?.silu()?, self.rate, mode)?;
        self.second.forward(&hidden)?.broadcast_mul(present)
    }
}
