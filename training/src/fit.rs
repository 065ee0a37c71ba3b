//! One network on one data set, stopped early on its validation split or after a fixed number of epochs.

use crate::Result;
use crate::adamw::AdamW;
use crate::benchmark::{Benchmark, Split};
use crate::borrowed::{self, Borrowed};
use crate::config::Recipe;
use crate::losses::{masked_bce, masked_l1};
use crate::metrics::{mean_percent, per_task};
use crate::mlp::Mlp;
use crate::onnx;
use crate::random::Random;
use candle_core::{Device, Tensor, Var};
use chmr::model::dense::DenseNetwork;
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
    /// Rows to be trained on beside these, with classes alone.
    pub borrowed: Option<Borrowed>,
    /// Inputs that networks leave to the trees beside them, a flag a column; none if it is empty.
    pub unread: Vec<bool>,
    /// Columns of each block of what heads read, where the heads that are shipped multiply bytes: a row's blocks are rounded by
    /// themselves. What is measured is then what is shipped.
    pub blocks: Option<Vec<usize>>,
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
    /// From a data set and the structure vectors of all its rows, by its own split.
    pub fn new(
        set: &Benchmark,
        x: ArrayView2<'_, f32>,
        regression: bool,
        limit: Option<usize>,
    ) -> Self {
        let mut train = set.rows(Split::Train);
        train.truncate(limit.unwrap_or(usize::MAX));
        Self::of_rows(set, x, regression, &train, &set.rows(Split::Valid))
    }

    /// As [`new`](Self::new), with the rows to learn from and those to be measured on given; of the latter there may be none.
    pub fn of_rows(
        set: &Benchmark,
        x: ArrayView2<'_, f32>,
        regression: bool,
        train: &[usize],
        valid: &[usize],
    ) -> Self {
        let train_y = set.labels.select(Axis(0), train);
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
            train_x: x.select(Axis(0), train),
            train_y,
            valid_x: x.select(Axis(0), valid),
            valid_y: set.labels.select(Axis(0), valid),
            regression,
            centre,
            scale,
            borrowed: None,
            unread: Vec::new(),
            blocks: None,
        }
    }

    /// What a head trained on this gives for `x`, as it is shipped.
    ///
    /// # Errors
    /// candle's.
    pub fn outputs(&self, network: &Mlp, x: ArrayView2<'_, f32>) -> Result<Array2<f32>> {
        let Some(blocks) = &self.blocks else { return outputs(network, x) };
        let network = DenseNetwork::new(&network.quantized(blocks)?);
        let rows: Vec<f32> = x.iter().copied().collect();
        let values = network.run(&rows);
        Ok(Array2::from_shape_vec((x.nrows(), network.shape().outputs()), values)?)
    }

    /// The ONNX file of a head trained on this, called `name`.
    ///
    /// # Errors
    /// candle's.
    pub fn export(&self, network: &Mlp, name: &str) -> Result<Vec<u8>> {
        match &self.blocks {
            Some(blocks) => Ok(network.quantized(blocks)?.to_onnx(name)),
            None => onnx::export(network, name),
        }
    }

    /// Inputs that are other than zero in at least two training rows, or ten borrowed ones. The rest cannot be
    /// learnt from.
    pub fn used(&self) -> Vec<bool> {
        let mut used = borrowed::used(self.train_x.view(), 2);
        if let Some(borrowed) = &self.borrowed {
            used.iter_mut().zip(borrowed.used(10)).for_each(|(u, b)| *u |= b);
        }
        used.iter_mut().zip(&self.unread).for_each(|(u, unread)| *u &= !unread);
        used
    }

    /// The output bias to begin with: the log odds of each class, or 0 for numbers.
    pub fn first_bias(&self) -> Vec<f32> {
        let first = |c| if self.regression { 0.0 } else { borrowed::log_odds(c) };
        self.train_y.columns().into_iter().map(first).collect()
    }

    /// What something of the kind `what` depends on that was made of this data; another identity means that it must be
    /// made again.
    pub fn identity(&self, what: &str) -> String {
        let bytes = |a: &Array2<f32>| a.iter().flat_map(|v| v.to_le_bytes()).collect::<Vec<u8>>();
        let mut all = what.as_bytes().to_vec();
        for part in [&self.train_x, &self.train_y, &self.valid_x, &self.valid_y] {
            all.extend(chmr::model::sha256_hex(&bytes(part)).bytes());
        }
        if self.unread.contains(&true) {
            all.extend(self.unread.iter().map(|u| u8::from(*u)));
        }
        if let Some(borrowed) = &self.borrowed {
            all.extend(borrowed.weight.to_le_bytes());
            all.extend(format!("{:?}", borrowed.rows).bytes());
            for part in [&borrowed.x, &borrowed.y] {
                all.extend(chmr::model::sha256_hex(&bytes(part)).bytes());
            }
        }
        chmr::model::sha256_hex(&all)
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

/// Trains with `recipe` from `seed`. `tick` is called after every epoch. Without validation rows all figures are NaN.
///
/// # Errors
/// candle's; also where the loss stops being a number, and for patience without validation rows.
pub fn fit(problem: &Problem, recipe: &Recipe, seed: u64, tick: &dyn Fn(Epoch)) -> Result<Fitted> {
    if recipe.patience > 0 && problem.valid_x.nrows() == 0 {
        return Err(format!("{}: there are no rows to stop on", problem.name).into());
    }
    let mut random = Random::new(seed, &problem.name);
    let used = problem.used();
    let bias = problem.first_bias();
    let network = Mlp::new(&used, recipe.hidden, &bias, &mut random)?;
    let mut parameters: Vec<Var> = network.parameters().map(|(_, var)| var.clone()).to_vec();
    let lent = match &problem.borrowed {
        Some(borrowed) => Some(Lent::new(
            borrowed,
            &bias,
            borrowed.rows.unwrap_or(recipe.batch),
            seed,
            &problem.name,
        )?),
        None => None,
    };
    parameters.extend(lent.as_ref().map(|l| l.offset.clone()));
    let mut lent = lent;
    let mut optimizer = AdamW::new(parameters, recipe.rate, recipe.decay)?;
    let tasks = problem.scale.len();
    let weight = Tensor::from_vec(problem.scale.to_vec(), (1, tasks), &Device::Cpu)?;
    let valid_x = tensor(problem.valid_x.view())?;
    let train_y = (&problem.train_y - &problem.centre) / &problem.scale;

    let better = |a: f64, b: f64| if problem.regression { a < b } else { a > b };
    let mut best: Option<(f64, usize, Vec<Tensor>)> = None;
    let mut order: Vec<usize> = (0..problem.train_x.nrows()).collect();
    for epoch in 1..=recipe.epochs {
        random.shuffle(&mut order);
        let (mut sum, mut steps) = (0.0, 0);
        for rows in order.chunks(recipe.batch) {
            let own = Batch::new(&problem.train_x, &train_y, rows, &used)?;
            let forward = |batch: &Batch, random: &mut Random| -> Result<Tensor> {
                let (rows, hidden) = (batch.rows, recipe.hidden);
                let dropped = random.dropout(rows * hidden, recipe.dropout);
                let dropped = Tensor::from_vec(dropped, (rows, hidden), &Device::Cpu)?;
                Ok(network.forward(&batch.x, Some(&dropped))?)
            };
            let z = forward(&own, &mut random)?;
            let mut loss = if problem.regression {
                masked_l1(&z, &own.y, &own.mask, &weight)?
            } else {
                masked_bce(&z, &own.y, &own.mask)?
            };
            if let Some(lent) = &mut lent {
                let batch = lent.batch(&used)?;
                let z = forward(&batch, &mut random)?.broadcast_add(&lent.offset)?;
                let weight = f64::from(lent.rows.weight);
                loss = (loss + (masked_bce(&z, &batch.y, &batch.mask)? * weight)?)?;
            }
            optimizer.step(&loss.backward()?)?;
            sum += f64::from(loss.to_scalar::<f32>()?);
            steps += 1;
        }
        let mean_loss = sum / f64::from(steps.max(1));
        let z = match valid_x.dim(0)? {
            0 => Array2::zeros((0, tasks)),
            _ => array(&network.forward(&valid_x, None)?)?,
        };
        if !mean_loss.is_finite() || z.iter().any(|v| !v.is_finite()) {
            return Err(format!("{}: the network diverged in epoch {epoch}", problem.name).into());
        }
        let figure = problem.figure(&z);
        tick(Epoch { epoch, loss: mean_loss, figure });
        if recipe.patience == 0 || best.as_ref().is_none_or(|(b, ..)| better(figure, *b)) {
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

/// Rows as the losses take them.
struct Batch {
    rows: usize,
    x: Tensor,
    /// Zero where there is no label.
    y: Tensor,
    /// Whether there is one.
    mask: Tensor,
}

impl Batch {
    fn new(x: &Array2<f32>, y: &Array2<f32>, rows: &[usize], used: &[bool]) -> Result<Self> {
        let input =
            |&r: &usize| x.row(r).into_iter().zip(used).map(|(v, u)| if *u { *v } else { 0.0 });
        let inputs: Vec<f32> = rows.iter().flat_map(input).collect();
        let labels = || rows.iter().flat_map(|&r| y.row(r));
        let known: Vec<f32> = labels().map(|v| f32::from(!v.is_nan())).collect();
        let labels: Vec<f32> = labels().map(|v| if v.is_nan() { 0.0 } else { *v }).collect();
        let tasks = (rows.len(), y.ncols());
        Ok(Self {
            rows: rows.len(),
            x: Tensor::from_vec(inputs, (rows.len(), used.len()), &Device::Cpu)?,
            y: Tensor::from_vec(labels, tasks, &Device::Cpu)?,
            mask: Tensor::from_vec(known, tasks, &Device::Cpu)?,
        })
    }
}

/// Borrowed rows in an order of their own, round and round, as many a step as of the data set.
struct Lent<'a> {
    rows: &'a Borrowed,
    /// 1 × tasks; trained, and left out of the network.
    offset: Var,
    order: Vec<usize>,
    next: usize,
    size: usize,
    random: Random,
}

impl<'a> Lent<'a> {
    fn new(rows: &'a Borrowed, bias: &[f32], size: usize, seed: u64, name: &str) -> Result<Self> {
        let offset = rows.first_offset(bias).to_vec();
        let offset = Tensor::from_vec(offset, (1, bias.len()), &Device::Cpu)?;
        let random = Random::new(seed, &format!("{name}, borrowed"));
        let order: Vec<usize> = (0..rows.x.nrows()).collect();
        let next = order.len();
        Ok(Self { rows, offset: Var::from_tensor(&offset)?, order, next, size, random })
    }

    fn batch(&mut self, used: &[bool]) -> Result<Batch> {
        if self.next >= self.order.len() {
            self.random.shuffle(&mut self.order);
            self.next = 0;
        }
        let end = (self.next + self.size).min(self.order.len());
        let batch = Batch::new(&self.rows.x, &self.rows.y, &self.order[self.next..end], used);
        self.next = end;
        batch
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    /// One class, decided by the first of twelve inputs; `n` rows.
    fn rows(n: usize, purpose: &str) -> (Array2<f32>, Array2<f32>) {
        let mut random = Random::new(0, purpose);
        let x = Array2::from_shape_fn((n, 12), |_| 2.0 * random.unit() - 1.0);
        let y = x.column(0).mapv(|v| f32::from(v > 0.0)).insert_axis(Axis(1));
        (x, y)
    }

    fn problem(borrowed: Option<Borrowed>) -> Problem {
        let ((train_x, train_y), (valid_x, valid_y)) = (rows(8, "train"), rows(200, "valid"));
        let (centre, scale) = (Array1::zeros(1), Array1::ones(1));
        let name = "synthetic".to_owned();
        let regression = false;
        let unread = Vec::new();
        Problem {
            name,
            train_x,
            train_y,
            valid_x,
            valid_y,
            regression,
            centre,
            scale,
            borrowed,
            unread,
            blocks: None,
        }
    }

    fn recipe(patience: usize) -> Recipe {
        Recipe {
            hidden: 16,
            dropout: 0.2,
            seeds: 1,
            rate: 1e-2,
            decay: 0.0,
            batch: 32,
            epochs: 30,
            patience,
            rows: None,
        }
    }

    #[test]
    fn borrowed_labels_teach_what_few_rows_do_not() {
        let alone = fit(&problem(None), &recipe(0), 1, &|_| ()).unwrap();
        // More of them act: the offset takes that, and half of the labels are missing.
        let (x, mut y) = rows(600, "borrowed");
        y.iter_mut().skip(1).step_by(2).for_each(|v| *v = f32::NAN);
        let lent = Borrowed { x, y, weight: 1.0, rows: None, tables: Vec::new() };
        let with = fit(&problem(Some(lent)), &recipe(0), 1, &|_| ()).unwrap();
        assert!(with.figure > 95.0 && alone.figure < 90.0, "{} {}", with.figure, alone.figure);
    }

    #[test]
    fn without_patience_the_last_epoch_is_kept_else_the_best() {
        let run = |patience| {
            let seen = std::cell::RefCell::new(Vec::new());
            let fitted =
                fit(&problem(None), &recipe(patience), 2, &|e| seen.borrow_mut().push(e)).unwrap();
            (fitted, seen.into_inner())
        };
        let (fitted, seen) = run(0);
        assert_eq!((fitted.epoch, seen.len()), (30, 30));
        assert_eq!(fitted.figure, seen[29].figure);
        let (fitted, seen) = run(5);
        let best = seen.iter().map(|e| e.figure).fold(0.0, f64::max);
        assert_eq!(fitted.figure, best);
        assert!(seen.len() == 30 || seen.len() == fitted.epoch + 5);
    }
}
