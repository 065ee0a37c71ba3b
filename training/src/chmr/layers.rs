//! Layers whose every gradient is checked, for candle's fused twins lose gradients silently: its
//! `LayerNorm` on contiguous input, `layer_norm`, `rms_norm` and `softmax_last_dim` have no backward pass.

use super::parameters::{Init, Parameters};
use super::rng::Rng;
use candle_core::{D, Result, Tensor, Var};
use std::cell::RefCell;
use std::rc::Rc;

/// Added to a variance before its root.
pub const EPSILON: f64 = 1e-5;

/// Whether a forward pass trains: batch statistics, dropout.
#[derive(Clone)]
pub enum Mode {
    /// Running statistics, no dropout.
    Evaluate,
    /// Batch statistics, dropout drawn from this generator.
    Train(Rc<RefCell<Rng>>),
}

impl Mode {
    /// Training, with dropout that depends on `seed` alone.
    pub fn train(seed: u64) -> Self {
        Self::Train(Rc::new(RefCell::new(Rng::new(seed))))
    }
}

/// y = x Wᵀ + b, with W [outputs, inputs].
pub struct Linear {
    /// [outputs, inputs].
    pub weight: Var,
    /// \[outputs\].
    pub bias: Var,
}

impl Linear {
    /// Starts uniform in ±1/√inputs.
    ///
    /// # Errors
    /// If the scope has such parameters already.
    pub fn new(p: &Parameters, inputs: usize, outputs: usize) -> Result<Self> {
        let init = Init::Uniform(1.0 / (inputs.max(1) as f64).sqrt());
        let weight = p.trained("weight", (outputs, inputs), init)?;
        Ok(Self { weight, bias: p.trained("bias", outputs, init)? })
    }

    /// [rows, inputs] to [rows, outputs].
    ///
    /// # Errors
    /// If the width differs.
    pub fn forward(&self, x: &Tensor) -> Result<Tensor> {
        x.matmul(&self.weight.t()?)?.broadcast_add(&self.bias)
    }
}

/// Each row to mean 0 and variance 1, then a learned scale and shift.
pub struct LayerNorm {
    /// \[width\].
    pub weight: Var,
    /// \[width\].
    pub bias: Var,
}

impl LayerNorm {
    /// Starts as plain standardisation.
    ///
    /// # Errors
    /// If the scope has such parameters already.
    pub fn new(p: &Parameters, width: usize) -> Result<Self> {
        let weight = p.trained("weight", width, Init::Constant(1.0))?;
        Ok(Self { weight, bias: p.trained("bias", width, Init::Constant(0.0))? })
    }

    /// [rows, width] to the same.
    ///
    /// # Errors
    /// If the width differs.
    pub fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let centred = x.broadcast_sub(&x.mean_keepdim(D::Minus1)?)?;
        let sd = (centred.sqr()?.mean_keepdim(D::Minus1)? + EPSILON)?.sqrt()?;
        centred.broadcast_div(&sd)?.broadcast_mul(&self.weight)?.broadcast_add(&self.bias)
    }
}

/// Each column to mean 0 and variance 1 over the batch, then a learned scale and shift.
pub struct BatchNorm {
    weight: Var,
    bias: Var,
    mean: Var,
    variance: Var,
}

/// Share of the newest batch in the running statistics.
const MOMENTUM: f64 = 0.1;

impl BatchNorm {
    /// Starts as the identity in evaluation.
    ///
    /// # Errors
    /// If the scope has such parameters already.
    pub fn new(p: &Parameters, width: usize) -> Result<Self> {
        Ok(Self {
            weight: p.trained("weight", width, Init::Constant(1.0))?,
            bias: p.trained("bias", width, Init::Constant(0.0))?,
            mean: p.buffer("running_mean", width, Init::Constant(0.0))?,
            variance: p.buffer("running_variance", width, Init::Constant(1.0))?,
        })
    }

    /// [rows, width] to the same. Training uses the batch's statistics (population variance) and folds
    /// them (unbiased variance) into the running ones; a batch of one row uses the running ones.
    ///
    /// # Errors
    /// If the width differs.
    pub fn forward(&self, x: &Tensor, mode: &Mode) -> Result<Tensor> {
        let rows = x.dim(0)?;
        let (centred, variance) = match mode {
            Mode::Train(_) if rows > 1 => {
                let mean = x.mean_keepdim(0)?;
                let centred = x.broadcast_sub(&mean)?;
                let variance = centred.sqr()?.mean_keepdim(0)?;
                let unbiased = (variance.detach().squeeze(0)? * (rows as f64 / (rows - 1) as f64))?;
                for (running, new) in
                    [(&self.mean, mean.detach().squeeze(0)?), (&self.variance, unbiased)]
                {
                    let old = running.as_tensor().detach();
                    running.set(&((old * (1.0 - MOMENTUM))? + (new * MOMENTUM)?)?)?;
                }
                (centred, variance)
            }
            _ => {
                let mean = self.mean.as_tensor().detach();
                (x.broadcast_sub(&mean)?, self.variance.as_tensor().detach())
            }
        };
        centred
            .broadcast_div(&(variance + EPSILON)?.sqrt()?)?
            .broadcast_mul(&self.weight)?
            .broadcast_add(&self.bias)
    }
}

/// Zeroes each entry with probability `rate` while training and scales the rest by 1 / (1 − rate).
///
/// # Errors
/// None but candle's own.
pub fn dropout(x: &Tensor, rate: f64, mode: &Mode) -> Result<Tensor> {
    let Mode::Train(rng) = mode else { return Ok(x.clone()) };
    if rate <= 0.0 {
        return Ok(x.clone());
    }
    let (mut rng, keep) = (rng.borrow_mut(), 1.0 / (1.0 - rate.min(0.999)));
    let mask: Vec<f32> =
        (0..x.elem_count()).map(|_| if rng.uniform() < rate { 0.0 } else { keep as f32 }).collect();
    let mask = Tensor::from_vec(mask, x.shape(), &candle_core::Device::Cpu)?;
    x * mask.to_device(x.device())?.to_dtype(x.dtype())?
}
