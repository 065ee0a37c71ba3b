//! AdamW in one pass over each parameter.
//!
//! candle's own makes a dozen temporary tensors a parameter and step; for these networks that is
//! half of the training time.

use candle_core::backprop::GradStore;
use candle_core::{CpuStorage, InplaceOp2, Layout, Result, Var, bail};
use std::sync::Mutex;

/// Adam with decoupled weight decay (Loshchilov and Hutter, 2019).
pub struct AdamW {
    parameters: Vec<(Var, Step)>,
    steps: i32,
    rate: f32,
    decay: f32,
}

const BETA1: f32 = 0.9;
const BETA2: f32 = 0.999;
const EPSILON: f32 = 1e-8;

/// First and second moment of one parameter, and the constants of the current step.
struct Step {
    moments: Mutex<(Vec<f32>, Vec<f32>)>,
    rate: f32,
    correction2: f32,
    shrink: f32,
}

impl AdamW {
    /// For `parameters`, with learning rate `rate` and weight decay `decay`.
    pub fn new(parameters: Vec<Var>, rate: f32, decay: f32) -> Self {
        let parameters = parameters
            .into_iter()
            .map(|var| {
                let n = var.elem_count();
                let moments = Mutex::new((vec![0.0; n], vec![0.0; n]));
                (var, Step { moments, rate: 0.0, correction2: 0.0, shrink: 1.0 })
            })
            .collect();
        Self { parameters, steps: 0, rate, decay }
    }

    /// One step along `gradients`; a parameter without one stays.
    ///
    /// # Errors
    /// candle's; also where a parameter or gradient is not contiguous f32 on the CPU.
    pub fn step(&mut self, gradients: &GradStore) -> Result<()> {
        self.steps += 1;
        let correction1 = 1.0 - BETA1.powi(self.steps);
        let correction2 = 1.0 - BETA2.powi(self.steps);
        for (var, step) in &mut self.parameters {
            let Some(gradient) = gradients.get(var) else { continue };
            step.rate = self.rate / correction1;
            step.correction2 = correction2;
            step.shrink = 1.0 - self.rate * self.decay;
            var.inplace_op2(&gradient.contiguous()?, &*step)?;
        }
        Ok(())
    }
}

impl InplaceOp2 for Step {
    fn name(&self) -> &'static str {
        "adamw"
    }

    fn cpu_fwd(
        &self,
        parameter: &mut CpuStorage,
        layout: &Layout,
        gradient: &CpuStorage,
        gradient_layout: &Layout,
    ) -> Result<()> {
        let (CpuStorage::F32(values), CpuStorage::F32(gradient)) = (parameter, gradient) else {
            bail!("adamw works on f32 parameters");
        };
        let (Some((start, end)), Some((gradient_start, gradient_end))) =
            (layout.contiguous_offsets(), gradient_layout.contiguous_offsets())
        else {
            bail!("adamw works on contiguous parameters");
        };
        let Ok(mut moments) = self.moments.lock() else { bail!("a step before this one failed") };
        let (first, second) = &mut *moments;
        let each = values[start..end].iter_mut().zip(&gradient[gradient_start..gradient_end]);
        for (((p, &g), m), v) in each.zip(first).zip(second) {
            *m = BETA1 * *m + (1.0 - BETA1) * g;
            *v = BETA2 * *v + (1.0 - BETA2) * g * g;
            *p = *p * self.shrink - self.rate * *m / ((*v / self.correction2).sqrt() + EPSILON);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::{Device, Tensor};
    use candle_nn::Optimizer;

    /// Against candle's own, over enough steps for the moments to matter.
    #[test]
    fn steps_as_candle_does() -> Result<()> {
        let start =
            Tensor::from_vec(vec![0.3f32, -1.2, 0.0, 2.5, 0.7, -0.1], (2, 3), &Device::Cpu)?;
        let (ours, theirs) = (Var::from_tensor(&start)?, Var::from_tensor(&start)?);
        let mut fused = AdamW::new(vec![ours.clone()], 0.05, 0.1);
        let params = candle_nn::ParamsAdamW { lr: 0.05, weight_decay: 0.1, ..Default::default() };
        let mut plain = candle_nn::AdamW::new(vec![theirs.clone()], params)?;
        for i in 0..50 {
            let loss = |v: &Var| (v.sin()? * (v.as_tensor() + f64::from(i))?)?.sum_all();
            fused.step(&loss(&ours)?.backward()?)?;
            plain.step(&loss(&theirs)?.backward()?)?;
        }
        let difference = (ours.as_tensor() - theirs.as_tensor())?.abs()?.max_all()?;
        assert!(difference.to_scalar::<f32>()? < 1e-5, "rounding alone may differ");
        Ok(())
    }
}
