//! One network on one data set, stopped early on its validation split.

use crate::Result;
use crate::adamw::AdamW;
use crate::benchmark::{Benchmark, Split};
use crate::config::Recipe;
use crate::losses::{masked_bce, masked_l1};
use crate::metrics::{mean_percent, per_task};
use crate::mlp::Mlp;
use crate::random::Random;
use candle_core::{Device, Tensor};
use ndarray::{Array1, Array2, ArrayView2, Axis};
use serde::{Deserialize, Serialize};

/// A data set made ready for training.
pub struct Problem {
    /// Its name.
    pub name: String,
    /// Structure vectors of the training rows, rows × width.
    pub train_x: Array2<f32>,
    /// Labels of the training rows, rows × tasks, NaN where missing.
    pub train_y: Array2<f32>,
    /// Structure vectors of the validation rows.
    pub valid_x: Array2<f32>,
    /// Labels of the validation rows.
    pub valid_y: Array2<f32>,
    /// Whether the labels are numbers, not classes.
    pub regression: bool,
    /// Of each task's training labels: what z = 0 and z = 1 stand for. 0 and 1 for classes.
    pub centre: Array1<f32>,
    /// See `centre`.
    pub scale: Array1<f32>,
}

/// The parameters of a trained network, in candle's layout.
pub struct Fitted {
    /// The network.
    pub network: Mlp,
    /// Figure on the validation split at the epoch kept: AUC % or MAE × 100.
    pub figure: f64,
    /// The epoch kept, from 1.
    pub epoch: usize,
}

impl Problem {
    /// From a data set and the structure vectors of all its rows.
    pub fn new(
        set: &Benchmark,
        x: ArrayView2<'_, f32>,
        regression: bool,
        limit: Option<usize>,
    ) -> Self {
        let mut train = set.rows(Split::Train);
        train.truncate(limit.unwrap_or(usize::MAX));
        let valid = set.rows(Split::Valid);
        let train_y = set.labels.select(Axis(0), &train);
        let tasks = set.tasks.len();
        let (mut centre, mut scale) = (Array1::zeros(tasks), Array1::ones(tasks));
        if regression {
            for (t, column) in train_y.columns().into_iter().enumerate() {
                let known: Vec<f32> = column.iter().copied().filter(|v| !v.is_nan()).collect();
                let mean = known.iter().sum::<f32>() / known.len().max(1) as f32;
                let square = known.iter().map(|v| (v - mean).powi(2)).sum::<f32>();
                let deviation = (square / known.len().max(1) as f32).sqrt();
                centre[t] = mean;
                scale[t] = if deviation > 1e-6 { deviation } else { 1.0 };
            }
        }
        Self {
            name: set.name.clone(),
            train_x: x.select(Axis(0), &train),
            train_y,
            valid_x: x.select(Axis(0), &valid),
            valid_y: set.labels.select(Axis(0), &valid),
            regression,
            centre,
            scale,
        }
    }

    /// Inputs that are other than zero in at least two training rows. The rest cannot be learnt from.
    pub fn used(&self) -> Vec<bool> {
        let hits =
            |column: ndarray::ArrayView1<'_, f32>| column.iter().filter(|v| **v != 0.0).count();
        self.train_x.columns().into_iter().map(|c| hits(c) >= 2).collect()
    }

    /// The output bias to begin with: the log odds of each class, or 0 for numbers.
    fn first_bias(&self) -> Vec<f32> {
        let odds = |column: ndarray::ArrayView1<'_, f32>| {
            let known: Vec<f32> = column.iter().copied().filter(|v| !v.is_nan()).collect();
            let p = (known.iter().sum::<f32>() + 0.5) / (known.len() as f32 + 1.0);
            (p / (1.0 - p)).ln()
        };
        let columns = self.train_y.columns();
        columns.into_iter().map(|c| if self.regression { 0.0 } else { odds(c) }).collect()
    }

    /// Figure on the validation split for raw outputs `z` of its rows.
    pub fn figure(&self, z: &Array2<f32>) -> f64 {
        let values = if self.regression { z * &self.scale + &self.centre } else { z.clone() };
        mean_percent(&per_task(self.valid_y.view(), values.view(), self.regression))
    }
}

/// What an epoch came to.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Epoch {
    /// From 1.
    pub epoch: usize,
    /// Mean loss of its steps, dropout included.
    pub loss: f64,
    /// Figure on the validation split: AUC % or MAE × 100.
    pub figure: f64,
}

/// Trains with `recipe` from `seed`. `tick` is called after every epoch.
///
/// # Errors
/// candle's; also where the loss stops being a number.
pub fn fit(problem: &Problem, recipe: &Recipe, seed: u64, tick: &dyn Fn(Epoch)) -> Result<Fitted> {
    let mut random = Random::new(seed, &problem.name);
    let used = problem.used();
    let network = Mlp::new(&used, recipe.hidden, &problem.first_bias(), &mut random)?;
    let parameters = network.parameters().map(|(_, var)| var.clone());
    let mut optimizer = AdamW::new(parameters.to_vec(), recipe.rate, recipe.decay)?;
    let width = used.len();
    let tasks = problem.scale.len();
    let weight = Tensor::from_vec(problem.scale.to_vec(), (1, tasks), &Device::Cpu)?;
    let valid_x = tensor(problem.valid_x.view())?;

    let better = |a: f64, b: f64| if problem.regression { a < b } else { a > b };
    let mut best: Option<(f64, usize, Vec<Tensor>)> = None;
    let mut order: Vec<usize> = (0..problem.train_x.nrows()).collect();
    for epoch in 1..=recipe.epochs {
        random.shuffle(&mut order);
        let (mut sum, mut steps) = (0.0, 0);
        for rows in order.chunks(recipe.batch) {
            let mut x = Vec::with_capacity(rows.len() * width);
            let mut y = Vec::with_capacity(rows.len() * tasks);
            let mut mask = Vec::with_capacity(rows.len() * tasks);
            for &r in rows {
                x.extend(
                    problem
                        .train_x
                        .row(r)
                        .iter()
                        .zip(&used)
                        .map(|(v, u)| if *u { *v } else { 0.0 }),
                );
                for (t, &label) in problem.train_y.row(r).iter().enumerate() {
                    let known = !label.is_nan();
                    y.push(if known {
                        (label - problem.centre[t]) / problem.scale[t]
                    } else {
                        0.0
                    });
                    mask.push(f32::from(known));
                }
            }
            let x = Tensor::from_vec(x, (rows.len(), width), &Device::Cpu)?;
            let y = Tensor::from_vec(y, (rows.len(), tasks), &Device::Cpu)?;
            let mask = Tensor::from_vec(mask, (rows.len(), tasks), &Device::Cpu)?;
            let dropped = random.dropout(rows.len() * recipe.hidden, recipe.dropout);
            let dropped = Tensor::from_vec(dropped, (rows.len(), recipe.hidden), &Device::Cpu)?;
            let z = network.forward(&x, Some(&dropped))?;
            let loss = if problem.regression {
                masked_l1(&z, &y, &mask, &weight)?
            } else {
                masked_bce(&z, &y, &mask)?
            };
            optimizer.step(&loss.backward()?)?;
            sum += f64::from(loss.to_scalar::<f32>()?);
            steps += 1;
        }
        let z = array(&network.forward(&valid_x, None)?)?;
        if z.iter().any(|v| !v.is_finite()) {
            return Err(format!("{}: the network diverged in epoch {epoch}", problem.name).into());
        }
        let figure = problem.figure(&z);
        tick(Epoch { epoch, loss: sum / f64::from(steps.max(1)), figure });
        if best.as_ref().is_none_or(|(b, ..)| better(figure, *b)) {
            let copies = network.parameters().map(|(_, v)| v.as_tensor().copy());
            best = Some((figure, epoch, copies.into_iter().collect::<Result<_, _>>()?));
        } else if best.as_ref().is_some_and(|(_, e, _)| epoch - e >= recipe.patience) {
            break;
        }
    }
    let (figure, epoch, kept) = best.ok_or("no epoch was trained")?;
    for ((_, var), tensor) in network.parameters().iter().zip(&kept) {
        var.set(tensor)?;
    }
    // Decay and rounding aside, rows of unused inputs are still zero; make that exact.
    clear_unused(&network, &used)?;
    Ok(Fitted { network, figure, epoch })
}

/// The network's raw outputs for `x`, rows × tasks.
///
/// # Errors
/// candle's.
pub fn outputs(network: &Mlp, x: ArrayView2<'_, f32>) -> Result<Array2<f32>> {
    array(&network.forward(&tensor(x)?, None)?)
}

fn clear_unused(network: &Mlp, used: &[bool]) -> Result<()> {
    let flags: Vec<f32> = used.iter().map(|u| f32::from(*u)).collect();
    let flags = Tensor::from_vec(flags, (used.len(), 1), &Device::Cpu)?;
    Ok(network.w1.set(&network.w1.as_tensor().broadcast_mul(&flags)?)?)
}

fn tensor(x: ArrayView2<'_, f32>) -> Result<Tensor> {
    Ok(Tensor::from_vec(x.iter().copied().collect::<Vec<f32>>(), x.dim(), &Device::Cpu)?)
}

fn array(t: &Tensor) -> Result<Array2<f32>> {
    let shape = t.dims2()?;
    Ok(Array2::from_shape_vec(shape, t.flatten_all()?.to_vec1()?)?)
}
