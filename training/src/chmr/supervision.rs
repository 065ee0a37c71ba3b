//! Supervised multi-task learning beside the paper's losses: the labelled tables' tasks, read from the structure
//! encoders' outputs. A lever beyond the paper.

use super::batch::LabelBatch;
use super::contextual_propagation::weighted_bce;
use super::layers::Linear;
use super::ops::index;
use super::parameters::Parameters;
use candle_core::{Result, Tensor};

/// One linear layer from all encoders' outputs side by side to the tasks' logits.
pub struct Supervision {
    output: Linear,
}

impl Supervision {
    /// From `width` (of all encoders together) to `tasks`.
    ///
    /// # Errors
    /// If the scope has such parameters already.
    pub fn new(p: &Parameters, width: usize, tasks: usize) -> Result<Self> {
        Ok(Self { output: Linear::new(p, width, tasks)? })
    }

    /// Starts every task at its prevalence: with so few positives, learning a bias would come first otherwise.
    ///
    /// # Errors
    /// If there is another number of tasks.
    pub fn start_at(&self, prevalence: &[f32]) -> Result<()> {
        let logit = |p: f32| {
            let p = p.clamp(1e-3, 1.0 - 1e-3);
            (p / (1.0 - p)).ln()
        };
        let logits: Vec<f32> = prevalence.iter().map(|&p| logit(p)).collect();
        let bias = &self.output.bias;
        let logits = Tensor::from_vec(logits, prevalence.len(), bias.device())?;
        bias.set(&logits.to_dtype(bias.dtype())?)
    }

    /// Logits [n, tasks] from the encoders' outputs, each [n, width].
    ///
    /// # Errors
    /// If the widths differ.
    pub fn logits(&self, encoded: &[Tensor]) -> Result<Tensor> {
        self.output.forward(&Tensor::cat(encoded, 1)?)
    }

    /// Cross-entropy over the labels that exist, by their weights. Scalar.
    ///
    /// # Errors
    /// If the shapes differ.
    pub fn loss(&self, encoded: &[Tensor], labels: &LabelBatch) -> Result<Tensor> {
        let select = |x: &Tensor| x.index_select(&index(&labels.rows, x)?, 0);
        let encoded = encoded.iter().map(select).collect::<Result<Vec<_>>>()?;
        weighted_bce(&self.logits(&encoded)?, &labels.targets, &labels.weights)
    }
}
