//! The student that reads the structure vector: Linear → LayerNorm → GELU, then layers of the same that add to what they
//! read, then a linear output.

use super::config::VectorConfig;
use crate::chmr::layers::{LayerNorm, Linear};
use crate::chmr::parameters::Parameters;
use crate::onnx::Chain;
use candle_core::{Result, Tensor};

/// See the module.
pub struct VectorStudent {
    hidden: Vec<(Linear, LayerNorm)>,
    output: Linear,
}

impl VectorStudent {
    /// A new student.
    ///
    /// # Errors
    /// If the scope has such parameters already.
    pub fn new(
        p: &Parameters,
        config: &VectorConfig,
        inputs: usize,
        outputs: usize,
    ) -> Result<Self> {
        let layer = |i: usize| {
            let p = p.scope(format_args!("layer{i}"));
            let inputs = if i == 0 { inputs } else { config.width };
            Ok((
                Linear::new(&p.scope("linear"), inputs, config.width)?,
                LayerNorm::new(&p.scope("norm"), config.width)?,
            ))
        };
        let hidden = (0..config.layers).map(layer).collect::<Result<_>>()?;
        Ok(Self { hidden, output: Linear::new(&p.scope("output"), config.width, outputs)? })
    }

    /// [n, inputs] to [n, outputs].
    ///
    /// # Errors
    /// If the width differs.
    pub fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let mut h = x.clone();
        for (i, (linear, norm)) in self.hidden.iter().enumerate() {
            let out = norm.forward(&linear.forward(&h)?)?.gelu_erf()?;
            h = if i == 0 { out } else { (h + out)? };
        }
        self.output.forward(&h)
    }

    /// The student as a network of a model file.
    ///
    /// # Errors
    /// candle's.
    pub fn chain(&self, inputs: usize) -> crate::Result<Chain> {
        let mut chain = Chain::new(inputs);
        for (i, (linear, norm)) in self.hidden.iter().enumerate() {
            let before = chain.mark();
            chain.linear(&linear.weight, &linear.bias)?;
            chain.layer_norm(&norm.weight, &norm.bias)?;
            chain.gelu();
            if i > 0 {
                chain.add(before)?;
            }
        }
        chain.linear(&self.output.weight, &self.output.bias)?;
        Ok(chain)
    }
}
