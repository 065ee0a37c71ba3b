//! AdamW in one pass over each parameter.
//!
//! candle's own makes a dozen temporary tensors a parameter and step; for these networks that is
//! half of the training time. On a GPU, where a pass costs little beside its launches, plain tensor operations do.

use candle_core::backprop::GradStore;
use candle_core::{CpuStorage, DType, Device, InplaceOp2, Layout, Result, Tensor, Var, bail};
use rayon::prelude::*;
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
/// Entries that one thread updates at a time.
const CHUNK: usize = 1 << 15;

/// First and second moment of one parameter, and the constants of the current step.
struct Step {
    moments: Mutex<Moments>,
    rate: f32,
    correction2: f32,
    shrink: f32,
}

enum Moments {
    Host(Vec<f32>, Vec<f32>),
    Device(Tensor, Tensor),
}

impl AdamW {
    /// For `parameters`, with learning rate `rate` and weight decay `decay`.
    ///
    /// # Errors
    /// If a device has no memory for the moments.
    pub fn new(parameters: Vec<Var>, rate: f32, decay: f32) -> Result<Self> {
        let parameters = parameters
            .into_iter()
            .map(|var| {
                let n = var.elem_count();
                let moments = if var.device().is_cpu() {
                    Moments::Host(vec![0.0; n], vec![0.0; n])
                } else {
                    let zeros = var.as_tensor().zeros_like()?;
                    Moments::Device(zeros.clone(), zeros)
                };
                let moments = Mutex::new(moments);
                Ok((var, Step { moments, rate: 0.0, correction2: 0.0, shrink: 1.0 }))
            })
            .collect::<Result<_>>()?;
        Ok(Self { parameters, steps: 0, rate, decay })
    }

    /// Sets the learning rate of the steps to come.
    pub fn set_rate(&mut self, rate: f32) {
        self.rate = rate;
    }

    /// One step along `gradients`; a parameter without one stays.
    ///
    /// # Errors
    /// candle's; also where a parameter or gradient is not contiguous f32.
    pub fn step(&mut self, gradients: &GradStore) -> Result<()> {
        self.steps += 1;
        let correction1 = 1.0 - BETA1.powi(self.steps);
        let correction2 = 1.0 - BETA2.powi(self.steps);
        for (var, step) in &mut self.parameters {
            let Some(gradient) = gradients.get(var) else { continue };
            step.rate = self.rate / correction1;
            step.correction2 = correction2;
            step.shrink = 1.0 - self.rate * self.decay;
            let gradient = gradient.contiguous()?;
            if var.device().is_cpu() {
                var.inplace_op2(&gradient, &*step)?;
            } else {
                step.on_device(var, &gradient)?;
            }
        }
        Ok(())
    }

    /// What a checkpoint needs beside the parameters: the number of steps, and the first and second moment of each
    /// parameter in their order, flat, on the CPU.
    ///
    /// # Errors
    /// If a step before this one failed.
    pub fn state(&self) -> Result<(i32, Vec<(Tensor, Tensor)>)> {
        let each = self.parameters.iter().map(|(_, step)| {
            let Ok(moments) = step.moments.lock() else { bail!("a step before this one failed") };
            match &*moments {
                Moments::Host(m, v) => {
                    let tensor = |x: &[f32]| Tensor::from_slice(x, x.len(), &Device::Cpu);
                    Ok((tensor(m)?, tensor(v)?))
                }
                Moments::Device(m, v) => {
                    let flat = |x: &Tensor| x.flatten_all()?.to_device(&Device::Cpu);
                    Ok((flat(m)?, flat(v)?))
                }
            }
        });
        Ok((self.steps, each.collect::<Result<_>>()?))
    }

    /// Goes on where [`AdamW::state`] was taken.
    ///
    /// # Errors
    /// If the moments are of other parameters.
    pub fn restore(&mut self, steps: i32, moments: &[(Tensor, Tensor)]) -> Result<()> {
        if moments.len() != self.parameters.len() {
            bail!("moments of {} parameters; expected {}", moments.len(), self.parameters.len());
        }
        for ((var, step), (m, v)) in self.parameters.iter_mut().zip(moments) {
            for x in [m, v] {
                if x.elem_count() != var.elem_count() || x.dtype() != DType::F32 {
                    bail!("moments {:?} of a parameter {:?}", x.shape(), var.shape());
                }
            }
            let restored = if var.device().is_cpu() {
                let flat = |x: &Tensor| x.flatten_all()?.to_vec1::<f32>();
                Moments::Host(flat(m)?, flat(v)?)
            } else {
                let shaped = |x: &Tensor| x.reshape(var.shape())?.to_device(var.device());
                Moments::Device(shaped(m)?, shaped(v)?)
            };
            step.moments = Mutex::new(restored);
        }
        self.steps = steps;
        Ok(())
    }
}

impl Step {
    fn on_device(&self, var: &Var, gradient: &Tensor) -> Result<()> {
        let Ok(mut moments) = self.moments.lock() else { bail!("a step before this one failed") };
        let Moments::Device(first, second) = &mut *moments else { bail!("moments on the host") };
        // Out of the graph: the moments must not keep a step's tensors alive.
        let gradient = gradient.detach();
        *first = ((&*first * f64::from(BETA1))? + (&gradient * f64::from(1.0 - BETA1))?)?.detach();
        *second = ((&*second * f64::from(BETA2))? + (gradient.sqr()? * f64::from(1.0 - BETA2))?)?
            .detach();
        let spread = ((&*second / f64::from(self.correction2))?.sqrt()? + f64::from(EPSILON))?;
        let shrunk = (var.as_tensor().detach() * f64::from(self.shrink))?;
        var.set(&(shrunk - ((&*first / spread)? * f64::from(self.rate))?)?)
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
        let Moments::Host(first, second) = &mut *moments else { bail!("moments on a device") };
        values[start..end]
            .par_chunks_mut(CHUNK)
            .zip(gradient[gradient_start..gradient_end].par_chunks(CHUNK))
            .zip(first.par_chunks_mut(CHUNK))
            .zip(second.par_chunks_mut(CHUNK))
            .for_each(|(((values, gradient), first), second)| {
                for (((p, &g), m), v) in values.iter_mut().zip(gradient).zip(first).zip(second) {
                    *m = BETA1 * *m + (1.0 - BETA1) * g;
                    *v = BETA2 * *v + (1.0 - BETA2) * g * g;
                    *p = *p * self.shrink
                        - self.rate * *m / ((*v / self.correction2).sqrt() + EPSILON);
                }
            });
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_nn::Optimizer;

    fn loss(v: &Var, i: u8) -> Result<Tensor> {
        (v.sin()? * (v.as_tensor() + f64::from(i))?)?.sum_all()
    }

    fn start() -> Result<Var> {
        let values = vec![0.3f32, -1.2, 0.0, 2.5, 0.7, -0.1];
        Var::from_tensor(&Tensor::from_vec(values, (2, 3), &Device::Cpu)?)
    }

    /// Against candle's own, over enough steps for the moments to matter; and the plain operations that a GPU runs.
    #[test]
    fn steps_as_candle_does() -> Result<()> {
        let (ours, theirs, plain) = (start()?, start()?, start()?);
        let mut fused = AdamW::new(vec![ours.clone()], 0.05, 0.1)?;
        let mut operations = AdamW::new(vec![plain.clone()], 0.05, 0.1)?;
        let params = candle_nn::ParamsAdamW { lr: 0.05, weight_decay: 0.1, ..Default::default() };
        let mut reference = candle_nn::AdamW::new(vec![theirs.clone()], params)?;
        let zeros = plain.as_tensor().zeros_like()?;
        operations.parameters[0].1.moments = Mutex::new(Moments::Device(zeros.clone(), zeros));
        for i in 0..50 {
            fused.step(&loss(&ours, i)?.backward()?)?;
            reference.step(&loss(&theirs, i)?.backward()?)?;
            let gradients = loss(&plain, i)?.backward()?;
            let (var, step) = &mut operations.parameters[0];
            (step.rate, step.shrink) = (0.05 / (1.0 - BETA1.powi(i32::from(i) + 1)), 0.995);
            step.correction2 = 1.0 - BETA2.powi(i32::from(i) + 1);
            if let Some(gradient) = gradients.get(var) {
                step.on_device(var, gradient)?;
            }
        }
        for other in [theirs, plain] {
            let difference = (ours.as_tensor() - other.as_tensor())?.abs()?.max_all()?;
            assert!(difference.to_scalar::<f32>()? < 1e-5, "rounding alone may differ");
        }
        Ok(())
    }

    #[test]
    fn goes_on_bit_for_bit() -> Result<()> {
        let whole = start()?;
        let mut adam = AdamW::new(vec![whole.clone()], 0.05, 0.1)?;
        let mut state = None;
        let mut half = start()?;
        for i in 0..20 {
            if i == 10 {
                state = Some(adam.state()?);
                half = Var::from_tensor(&whole.as_tensor().copy()?)?;
            }
            adam.step(&loss(&whole, i)?.backward()?)?;
        }
        let mut resumed = AdamW::new(vec![half.clone()], 0.05, 0.1)?;
        if let Some((steps, moments)) = state {
            resumed.restore(steps, &moments)?;
        }
        for i in 10..20 {
            resumed.step(&loss(&half, i)?.backward()?)?;
        }
        assert_eq!(half.as_tensor().to_vec2::<f32>()?, whole.as_tensor().to_vec2::<f32>()?);
        Ok(())
    }
}
