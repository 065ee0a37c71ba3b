//! The network: Linear → LayerNorm → GELU → dropout → Linear.

use crate::random::Random;
use candle_core::{D, Device, Error, Result, Tensor, Var};
use chmr::model::dense::DenseWeights;
use std::collections::HashMap;

/// Epsilon of the layer norm, as ONNX has it by default.
pub const EPSILON: f64 = 1e-5;

/// A multi-task perceptron with one hidden layer. Input: rows × width; output: rows × tasks.
pub struct Mlp {
    /// width × hidden. Stored as ONNX's Gemm takes it.
    pub w1: Var,
    /// hidden.
    pub b1: Var,
    /// hidden; gain of the layer norm.
    pub gain: Var,
    /// hidden; shift of the layer norm.
    pub shift: Var,
    /// hidden × tasks.
    pub w2: Var,
    /// tasks.
    pub b2: Var,
}

impl Mlp {
    /// Fresh weights: uniform in ±1/√fan-in, as PyTorch's `Linear`. Rows of `w1` for which `used` is
    /// false are zero: the input says nothing. `output` is the last bias.
    ///
    /// # Errors
    /// candle's.
    pub fn new(used: &[bool], hidden: usize, output: &[f32], random: &mut Random) -> Result<Self> {
        let (width, tasks) = (used.len(), output.len());
        let matrix = |rows: usize, columns: usize, random: &mut Random| {
            random.uniform(rows * columns, 1.0 / (rows as f32).sqrt())
        };
        let mut w1 = matrix(width, hidden, random);
        for (row, _) in w1.chunks_exact_mut(hidden).zip(used).filter(|(_, used)| !**used) {
            row.fill(0.0);
        }
        let b1 = random.uniform(hidden, 1.0 / (width as f32).sqrt());
        let w2 = matrix(hidden, tasks, random);
        let var = |v: Vec<f32>, shape: &[usize]| {
            Var::from_tensor(&Tensor::from_vec(v, shape, &Device::Cpu)?)
        };
        Ok(Self {
            w1: var(w1, &[width, hidden])?,
            b1: var(b1, &[hidden])?,
            gain: var(vec![1.0; hidden], &[hidden])?,
            shift: var(vec![0.0; hidden], &[hidden])?,
            w2: var(w2, &[hidden, tasks])?,
            b2: var(output.to_vec(), &[tasks])?,
        })
    }

    /// From tensors of the names and shapes that [`Mlp::parameters`] gives.
    ///
    /// # Errors
    /// If one is absent.
    pub fn from_tensors(tensors: &HashMap<String, Tensor>) -> Result<Self> {
        let var = |name: &str| match tensors.get(name) {
            Some(tensor) => Var::from_tensor(tensor),
            None => Err(Error::Msg(format!("a stored network lacks its parameter {name}"))),
        };
        Ok(Self {
            w1: var("w1")?,
            b1: var("b1")?,
            gain: var("gain")?,
            shift: var("shift")?,
            w2: var("w2")?,
            b2: var("b2")?,
        })
    }

    /// Every parameter with its name, in a fixed order.
    pub fn parameters(&self) -> [(&'static str, &Var); 6] {
        [
            ("w1", &self.w1),
            ("b1", &self.b1),
            ("gain", &self.gain),
            ("shift", &self.shift),
            ("w2", &self.w2),
            ("b2", &self.b2),
        ]
    }

    /// The network that multiplies bytes, each of `blocks` of its inputs rounded by itself.
    ///
    /// # Errors
    /// If the blocks are not its inputs.
    pub fn quantized(&self, blocks: &[usize]) -> crate::Result<DenseWeights> {
        let values = |var: &Var| var.flatten_all()?.to_vec1::<f32>();
        let weights = DenseWeights::new(blocks).linear(&values(&self.w1)?, &values(&self.b1)?)?;
        let weights = weights.norm(&values(&self.gain)?, &values(&self.shift)?)?.gelu();
        Ok(weights.linear(&values(&self.w2)?, &values(&self.b2)?)?)
    }

    /// The output for `x`; `dropout` is a mask over the hidden activations (see
    /// [`Random::dropout`]), absent in evaluation.
    ///
    /// # Errors
    /// candle's.
    pub fn forward(&self, x: &Tensor, dropout: Option<&Tensor>) -> Result<Tensor> {
        let h = x.matmul(&self.w1)?.broadcast_add(&self.b1)?;
        let h = layer_norm(&h, &self.gain, &self.shift)?.gelu_erf()?;
        let h = match dropout {
            Some(mask) => (h * mask)?,
            None => h,
        };
        h.matmul(&self.w2)?.broadcast_add(&self.b2)
    }
}

/// Layer norm over the last axis, of plain operations: candle's fused one gives no gradients.
fn layer_norm(x: &Tensor, gain: &Tensor, shift: &Tensor) -> Result<Tensor> {
    let centred = x.broadcast_sub(&x.mean_keepdim(D::Minus1)?)?;
    let variance = centred.sqr()?.mean_keepdim(D::Minus1)?;
    let normed = centred.broadcast_div(&(variance + EPSILON)?.sqrt()?)?;
    normed.broadcast_mul(gain)?.broadcast_add(shift)
}
