//! The student that reads the structure vector: Linear → LayerNorm → GELU, then layers of the same that add to what they
//! read, then a linear output.

use super::config::VectorConfig;
use crate::chmr::layers::{LayerNorm, Linear};
use crate::chmr::parameters::Parameters;
use candle_core::{Result, Tensor};
use chmr::model::dense::DenseWeights;

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

    /// The student as a network of a model file, which multiplies bytes; its input is of such blocks of columns.
    ///
    /// # Errors
    /// If these are not its inputs.
    pub fn quantized(&self, blocks: &[usize]) -> crate::Result<DenseWeights> {
        let values = |t: &Tensor| t.flatten_all()?.to_vec1::<f32>();
        let matrix = |linear: &Linear| values(&linear.weight.t()?.contiguous()?);
        let mut weights = DenseWeights::new(blocks);
        for (i, (linear, norm)) in self.hidden.iter().enumerate() {
            weights = weights.linear(&matrix(linear)?, &values(&linear.bias)?)?;
            weights = weights.norm(&values(&norm.weight)?, &values(&norm.bias)?)?.gelu();
            weights = if i > 0 { weights.add()? } else { weights };
        }
        Ok(weights.linear(&matrix(&self.output)?, &values(&self.output.bias)?)?)
    }
}
