//! The network of assays, and its training.
//!
//! `<run>/assays/` holds, beside a checkpoint while it is trained:
//!
//! | file | content |
//! |---|---|
//! | `network.safetensors` | the weights; written at the end |
//! | `history.json` | [`History`] |

use super::tables::{Assays, Bound};
use super::{Assay, AssaysConfig};
use crate::Result;
use crate::adamw::AdamW;
use crate::checkpoint::Checkpoint;
use crate::chmr::layers::Linear;
use crate::chmr::leak_guard::LeakGuard;
use crate::chmr::parameters::Parameters;
use crate::data::molecules::held_out;
use crate::data::table::Folder;
use crate::distil::VectorConfig;
use crate::distil::vector::VectorStudent;
use crate::export::Structure;
use crate::keep::Files;
use crate::metrics::roc_auc;
use crate::pretrain::schedule;
use crate::random::Random;
use candle_core::{DType, Device, Tensor};
use chmr::chem::{Limits, canonical_smiles, parse_smiles};
use chmr::model::Stage;
use half::f16;
use ndarray::Array2;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::Path;
use std::time::Instant;

/// Name of the stage that heads read.
pub const STAGE: &str = "assays";
/// Share of the steps in which the learning rate rises.
const WARMUP: f64 = 0.1;
/// Standardised numbers are kept within this bound, so that no single one pulls.
const BOUND: f32 = 4.0;
/// Molecules whose inputs are computed, or that are measured, at a time.
const AT_ONCE: usize = 8192;
/// Fewest labels of an assay among the molecules held out for a figure.
const MEASURED: usize = 20;

/// What the training came to.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct History {
    /// SHA-256 of everything that the training depends on.
    pub identity: String,
    /// Molecules learnt from.
    pub molecules: usize,
    /// Assays, by table.
    pub assays: BTreeMap<String, usize>,
    /// Labels learnt from, by table.
    pub labels: BTreeMap<String, usize>,
    /// SHA-256 of each file read.
    pub inputs: BTreeMap<String, String>,
    /// One an epoch.
    pub epochs: Vec<Epoch>,
}

/// One time through all molecules.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Epoch {
    /// Mean loss of its steps.
    pub loss: f64,
    /// By table, on molecules held out: the mean over assays of the area under the ROC curve (classes) or of Pearson's r
    /// (numbers).
    pub held_out: BTreeMap<String, f64>,
    /// Seconds that its steps took.
    pub seconds: f64,
}

/// State of an unfinished training.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct State {
    step: usize,
    sum: f64,
    seconds: f64,
    history: History,
}

/// Every molecule of a benchmark, whatever its split, is withheld.
///
/// # Errors
/// If a benchmark cannot be read.
pub fn guard(data: &Path, input: &mut Folder) -> Result<LeakGuard> {
    let mut guard = LeakGuard::new();
    for file in crate::data::benchmarks(data)? {
        input.note(&file)?;
        for leak in guard.withhold_all(&input.locate(&file))? {
            eprintln!("{file}: {leak}");
        }
    }
    Ok(guard)
}

/// The network and its tasks, one a column.
struct Network {
    trunk: VectorStudent,
    tasks: Linear,
}

impl Network {
    fn new(p: &Parameters, config: &AssaysConfig, inputs: usize, tasks: usize) -> Result<Self> {
        let trunk = VectorStudent::new(&p.scope("trunk"), &shape(config), inputs, config.outputs)?;
        Ok(Self { trunk, tasks: Linear::new(&p.scope("tasks"), config.outputs, tasks)? })
    }

    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        Ok(self.tasks.forward(&self.trunk.forward(x)?)?)
    }
}

fn shape(config: &AssaysConfig) -> VectorConfig {
    VectorConfig { width: config.width, layers: config.layers, ..VectorConfig::default() }
}

/// Trains the network if the run folder `run` does not hold it yet. `structure` computes what it reads.
///
/// # Errors
/// If data is missing, a benchmark's molecule cannot be kept out, or a file cannot be written.
pub fn train(config: &AssaysConfig, structure: &Structure, data: &Path, run: &Path) -> Result<()> {
    config.check()?;
    let folder = run.join("assays");
    std::fs::create_dir_all(&folder)?;
    let mut input = Folder::new(data);
    for name in &config.tables {
        input.note(super::tables::table(name)?.path)?;
    }
    let guard = guard(data, &mut input)?;
    let identity = identity(config, structure, input.hashes())?;
    let kept = folder.join("history.json");
    let finished =
        std::fs::read(&kept).ok().and_then(|b| serde_json::from_slice::<History>(&b).ok());
    if finished.is_some_and(|h| h.identity == identity)
        && folder.join("network.safetensors").exists()
    {
        eprintln!("{}: already trained", folder.display());
        return Ok(());
    }
    let assays = Assays::read(&config.tables, &mut input, &guard)?.with_at_least(config.least);
    eprintln!("{} assays of {} molecules", assays.assays.len(), assays.smiles.len());
    let problem = Problem::new(config, structure, assays)?;
    let history = History {
        identity,
        molecules: problem.learnt.len(),
        assays: by_table(problem.assays.iter().map(|a| (&a.name, 1))),
        labels: by_table(problem.assays.iter().zip(&problem.counts).map(|(a, c)| (&a.name, *c))),
        inputs: input.hashes().clone(),
        epochs: Vec::new(),
    };
    let parameters = Parameters::new(config.seed, DType::F32, &Device::Cpu);
    let network = Network::new(&parameters, config, problem.x.ncols(), problem.assays.len())?;
    let mut state = State { history, ..State::default() };
    problem.train(config, &network, &parameters, &mut state, &folder)?;
    let mut files = Files::new();
    files
        .candle(&folder.join("network.safetensors"), &parameters.tensors().into_iter().collect())?;
    files.write(&kept, serde_json::to_vec_pretty(&state.history)?)?;
    files.commit()
}

fn by_table<'a>(each: impl Iterator<Item = (&'a String, usize)>) -> BTreeMap<String, usize> {
    let mut all = BTreeMap::new();
    for (name, count) in each {
        *all.entry(name.split(':').next().unwrap_or_default().to_owned()).or_default() += count;
    }
    all
}

fn identity(
    config: &AssaysConfig,
    structure: &Structure,
    inputs: &BTreeMap<String, String>,
) -> Result<String> {
    let text = format!("1 {config:?} {inputs:?} {}", structure.identity()?);
    Ok(chmr::model::sha256_hex(text.as_bytes()))
}

/// Tables made ready for training.
struct Problem {
    assays: Vec<Assay>,
    /// Of numbers: mean and standard deviation of what was measured exactly; of classes 0 and 1.
    scales: Vec<(f32, f32)>,
    /// Weight of a label, an assay.
    weights: Vec<f32>,
    /// Labels learnt from, an assay.
    counts: Vec<usize>,
    /// Molecules × inputs.
    x: Array2<f16>,
    labels: Vec<Vec<super::Label>>,
    learnt: Vec<usize>,
    held: Vec<usize>,
}

impl Problem {
    fn new(config: &AssaysConfig, structure: &Structure, all: Assays) -> Result<Self> {
        let Assays { assays, smiles, labels, .. } = all;
        let held: Vec<bool> = smiles
            .par_iter()
            .map(|s| {
                let molecule = parse_smiles(s, &Limits::default()).ok();
                let name = molecule.and_then(|m| canonical_smiles(&m).ok());
                held_out(name.as_ref().unwrap_or(s), config.held_out)
            })
            .collect();
        let of = |wanted: bool| (0..smiles.len()).filter(|&i| held[i] == wanted).collect();
        let (learnt, held): (Vec<usize>, Vec<usize>) = (of(false), of(true));
        let mut x = Vec::new();
        for smiles in smiles.chunks(AT_ONCE) {
            let part = structure.features(smiles, &config.reads)?;
            x.extend(part.iter().map(|v| f16::from_f32(*v)));
        }
        let x = Array2::from_shape_vec((smiles.len(), x.len() / smiles.len().max(1)), x)?;
        let mut values = vec![Vec::new(); assays.len()];
        let mut counts = vec![0; assays.len()];
        for label in learnt.iter().flat_map(|&i| &labels[i]) {
            counts[label.assay as usize] += 1;
            if label.bound == Bound::Exact {
                values[label.assay as usize].push(label.value);
            }
        }
        let scale = |(assay, values): (&Assay, &Vec<f32>)| match assay.numbers {
            false => (0.0, 1.0),
            true => {
                let n = values.len().max(1) as f32;
                let mean = values.iter().sum::<f32>() / n;
                let square = values.iter().map(|v| (v - mean).powi(2)).sum::<f32>() / n;
                (mean, if square > 1e-8 { square.sqrt() } else { 1.0 })
            }
        };
        let scales = assays.iter().zip(&values).map(scale).collect();
        let weights = weights(&assays, &counts);
        Ok(Self { assays, scales, weights, counts, x, labels, learnt, held })
    }

    /// What the network is to give for a label.
    fn target(&self, label: &super::Label) -> f32 {
        let (mean, deviation) = self.scales[label.assay as usize];
        match self.assays[label.assay as usize].numbers {
            true => ((label.value - mean) / deviation).clamp(-BOUND, BOUND),
            false => label.value,
        }
    }

    fn inputs(&self, rows: &[usize], mut drop: Option<(&mut Random, f32)>) -> Result<Tensor> {
        let width = self.x.ncols();
        let mut x: Vec<f32> =
            rows.iter().flat_map(|&r| self.x.row(r).to_vec()).map(f32::from).collect();
        if let Some((random, rate)) = &mut drop {
            let mask = random.dropout(x.len(), *rate);
            x.iter_mut().zip(mask).for_each(|(x, m)| *x *= m);
        }
        Ok(Tensor::from_vec(x, (rows.len(), width), &Device::Cpu)?)
    }

    fn train(
        &self,
        config: &AssaysConfig,
        network: &Network,
        parameters: &Parameters,
        state: &mut State,
        folder: &Path,
    ) -> Result<()> {
        let vars = parameters.trained_vars().into_iter().map(|(_, v)| v).collect();
        let mut optimizer = AdamW::new(vars, config.rate as f32, config.decay as f32)?;
        let checkpoint = Checkpoint::new(folder.join("checkpoint"), parameters);
        let same = |kept: &State| kept.history.identity == state.history.identity;
        if let Some(kept) = checkpoint.resume(&mut optimizer, same)? {
            *state = kept;
            eprintln!("goes on at step {}", state.step);
        }
        let n = self.learnt.len();
        let steps_an_epoch = n.div_ceil(config.batch);
        let steps = steps_an_epoch * config.epochs;
        let warmup = ((steps as f64 * WARMUP) as usize).max(1);
        while state.step < steps {
            let epoch = state.step / steps_an_epoch;
            let mut order = self.learnt.clone();
            Random::new(config.seed, &format!("assays, epoch {epoch}")).shuffle(&mut order);
            let clock = Instant::now();
            for rows in order.chunks(config.batch) {
                optimizer.set_rate(schedule::rate(config.rate, state.step, warmup, steps) as f32);
                let mut random = Random::new(config.seed, &format!("assays, step {}", state.step));
                let x = self.inputs(rows, Some((&mut random, config.dropout)))?;
                let loss = self.loss(&network.forward(&x)?, rows)?;
                optimizer.step(&loss.backward()?)?;
                let loss = f64::from(loss.to_scalar::<f32>()?);
                if !loss.is_finite() {
                    let step = state.step;
                    return Err(format!("the loss stopped being a number in step {step}").into());
                }
                state.sum += loss;
                state.step += 1;
            }
            let done = Epoch {
                loss: state.sum / steps_an_epoch as f64,
                held_out: self.measure(network)?,
                seconds: clock.elapsed().as_secs_f64(),
            };
            eprintln!("epoch {}: {done:?}", epoch + 1);
            state.history.epochs.push(done);
            state.sum = 0.0;
            checkpoint.save(state, &optimizer)?;
        }
        Ok(())
    }

    /// Cross-entropy of classes and absolute error of numbers, by the weights of the labels. Of a bound that the output keeps to, nothing.
    fn loss(&self, z: &Tensor, rows: &[usize]) -> Result<Tensor> {
        let tasks = self.assays.len();
        let outputs = z.flatten_all()?.to_vec1::<f32>()?;
        let (mut y, mut classes, mut numbers) =
            (vec![0.0f32; outputs.len()], vec![0.0f32; outputs.len()], vec![0.0f32; outputs.len()]);
        let mut total = 0.0;
        for (i, &row) in rows.iter().enumerate() {
            for label in &self.labels[row] {
                let at = i * tasks + label.assay as usize;
                let target = self.target(label);
                let weight = self.weights[label.assay as usize];
                total += weight;
                y[at] = target;
                let free = match label.bound {
                    Bound::Exact => false,
                    Bound::AtMost => outputs[at] <= target,
                    Bound::AtLeast => outputs[at] >= target,
                };
                if free {
                    continue;
                }
                match self.assays[label.assay as usize].numbers {
                    true => numbers[at] = weight,
                    false => classes[at] = weight,
                }
            }
        }
        let total = f64::from(total.max(1e-6));
        let tensor = |v: Vec<f32>| Tensor::from_vec(v, (rows.len(), tasks), &Device::Cpu);
        let y = tensor(y)?;
        let distance = ((z - &y)?.abs()? * tensor(numbers)?)?.sum_all()?;
        let tail = (z.abs()?.neg()?.exp()? + 1.0)?.log()?;
        let entropy = (((z.relu()? - (z * &y)?)? + tail)? * tensor(classes)?)?.sum_all()?;
        Ok(((distance + entropy)? / total)?)
    }

    fn measure(&self, network: &Network) -> Result<BTreeMap<String, f64>> {
        let mut pairs: Vec<(Vec<f32>, Vec<f32>)> = vec![Default::default(); self.assays.len()];
        for rows in self.held.chunks(AT_ONCE) {
            let z = network.forward(&self.inputs(rows, None)?)?.to_vec2::<f32>()?;
            for (z, &row) in z.iter().zip(rows) {
                for label in self.labels[row].iter().filter(|l| l.bound == Bound::Exact) {
                    let (y, out) = &mut pairs[label.assay as usize];
                    y.push(self.target(label));
                    out.push(z[label.assay as usize]);
                }
            }
        }
        let mut sums: BTreeMap<String, (f64, f64)> = BTreeMap::new();
        for (assay, (y, out)) in
            self.assays.iter().zip(&pairs).filter(|(_, p)| p.0.len() >= MEASURED)
        {
            let figure = match assay.numbers {
                true => pearson(y, out),
                false => roc_auc(y.iter().copied(), out.iter().copied()),
            };
            let Some(figure) = figure else { continue };
            let table = assay.name.split(':').next().unwrap_or_default();
            let sum = sums.entry(table.to_owned()).or_default();
            *sum = (sum.0 + figure, sum.1 + 1.0);
        }
        Ok(sums.into_iter().map(|(table, (sum, n))| (table, sum / n)).collect())
    }
}

/// An assay counts by the root of its number of labels, so that a large one is more, but does not drown the rest; and a table
/// of many assays by the root of its labels in all.
fn weights(assays: &[Assay], counts: &[usize]) -> Vec<f32> {
    let table = |a: &Assay| a.name.split(':').next().unwrap_or_default().to_owned();
    let mut tables: BTreeMap<String, (f64, f64)> = BTreeMap::new();
    for (assay, &count) in assays.iter().zip(counts) {
        let sum = tables.entry(table(assay)).or_default();
        *sum = (sum.0 + count as f64, sum.1 + (count as f64).sqrt());
    }
    let weight = |(assay, &count): (&Assay, &usize)| {
        let (labels, roots) = tables[&table(assay)];
        let share = (count as f64).sqrt() / roots.max(1.0);
        (share * labels.sqrt() / count.max(1) as f64) as f32
    };
    assays.iter().zip(counts).map(weight).collect()
}

fn pearson(a: &[f32], b: &[f32]) -> Option<f64> {
    let n = a.len() as f64;
    let mean = |v: &[f32]| v.iter().map(|v| f64::from(*v)).sum::<f64>() / n;
    let (ma, mb) = (mean(a), mean(b));
    let (mut ab, mut aa, mut bb) = (0.0, 0.0, 0.0);
    for (a, b) in a.iter().zip(b) {
        let (a, b) = (f64::from(*a) - ma, f64::from(*b) - mb);
        ab += a * b;
        aa += a * a;
        bb += b * b;
    }
    (aa > 0.0 && bb > 0.0).then(|| ab / (aa * bb).sqrt())
}

/// The trained network's trunk as a stage, with its ONNX file; what it reads is of such blocks of columns.
///
/// # Errors
/// If the run does not hold it, or it is of another shape.
pub fn stage(config: &AssaysConfig, blocks: &[usize], run: &Path) -> Result<(Stage, Vec<u8>)> {
    let inputs = blocks.iter().sum();
    let path = run.join("assays/network.safetensors");
    let tensors = candle_core::safetensors::load(&path, &Device::Cpu)
        .map_err(|e| format!("{}: {e}; is the network of assays trained?", path.display()))?;
    let tasks = tensors.get("tasks.bias").ok_or("the network of assays has no tasks")?.elem_count();
    let parameters = Parameters::new(0, DType::F32, &Device::Cpu);
    let network = Network::new(&parameters, config, inputs, tasks)?;
    parameters.fill(tensors, path.display())?;
    let onnx = network.trunk.quantized(blocks)?.to_onnx(STAGE);
    let path = format!("stages/{STAGE}.onnx");
    let stage =
        Stage { name: STAGE.into(), path, reads: config.reads.clone(), width: config.outputs };
    Ok((stage, onnx))
}
