//! Rows a second of a training step on a head-sized network, with our AdamW and with candle's:
//! `cargo bench --manifest-path training/Cargo.toml --bench step`. `benches/peers/step.py` is the same in PyTorch.

use candle_core::{Device, Result, Tensor, Var};
use candle_nn::{Optimizer, ParamsAdamW};
use chmr_training::adamw::AdamW;
use chmr_training::losses::masked_bce;
use chmr_training::mlp::Mlp;
use chmr_training::random::Random;
use std::time::Instant;

const INPUTS: usize = 1394;
const HIDDEN: usize = 1200;
const TASKS: usize = 617;
const BATCH: usize = 256;
/// Measured steps of one round; the best of the rounds counts, as other programs may run.
const STEPS: usize = 20;
const ROUNDS: usize = 3;

fn main() -> Result<()> {
    let decay = 1e-5;
    let (network, batch) = problem()?;
    let mut fused = AdamW::new(variables(&network), 1e-3, decay)?;
    let ours = measure(|| fused.step(&batch.loss(&network)?.backward()?))?;
    let (network, batch) = problem()?;
    let settings = ParamsAdamW { lr: 1e-3, weight_decay: f64::from(decay), ..Default::default() };
    let mut plain = candle_nn::AdamW::new(variables(&network), settings)?;
    let theirs = measure(|| plain.step(&batch.loss(&network)?.backward()?))?;
    println!("{INPUTS} -> {HIDDEN} -> {TASKS}, batch {BATCH}, rows/s");
    println!("fused AdamW   {ours:8.0}");
    println!("candle AdamW  {theirs:8.0}   ratio {:.2}", ours / theirs);
    Ok(())
}

struct Rows {
    x: Tensor,
    labels: Tensor,
    mask: Tensor,
    dropout: Tensor,
}

impl Rows {
    fn loss(&self, network: &Mlp) -> Result<Tensor> {
        masked_bce(&network.forward(&self.x, Some(&self.dropout))?, &self.labels, &self.mask)
    }
}

fn problem() -> Result<(Mlp, Rows)> {
    let mut random = Random::new(1, "bench");
    let network = Mlp::new(&[true; INPUTS], HIDDEN, &[0.0; TASKS], &mut random)?;
    let mut bits = |columns: usize, share: f32| {
        let values = (0..BATCH * columns).map(|_| f32::from(u8::from(random.unit() < share)));
        Tensor::from_vec(values.collect::<Vec<_>>(), (BATCH, columns), &Device::Cpu)
    };
    let (x, labels, mask) = (bits(INPUTS, 0.1)?, bits(TASKS, 0.1)?, bits(TASKS, 0.5)?);
    let dropout = Random::new(1, "dropout").dropout(BATCH * HIDDEN, 0.8);
    let dropout = Tensor::from_vec(dropout, (BATCH, HIDDEN), &Device::Cpu)?;
    Ok((network, Rows { x, labels, mask, dropout }))
}

fn variables(network: &Mlp) -> Vec<Var> {
    network.parameters().iter().map(|(_, var)| (*var).clone()).collect()
}

fn measure(mut step: impl FnMut() -> Result<()>) -> Result<f64> {
    (0..3).try_for_each(|_| step())?;
    let mut best = 0f64;
    for _ in 0..ROUNDS {
        let start = Instant::now();
        (0..STEPS).try_for_each(|_| step())?;
        best = best.max((STEPS * BATCH) as f64 / start.elapsed().as_secs_f64());
    }
    Ok(best)
}
