//! Training of a student: least squares on the teacher's standardised values, resumable.
//!
//! `<run>/distil/NAME/` holds, for each student (`vector`, `graph`):
//!
//! | file | content |
//! |---|---|
//! | `student.safetensors` | every weight and running statistic, and the teacher's scale (`teacher.mean`, `teacher.deviation`); written at the end |
//! | `history.json` | [`History`] |
//! | `checkpoint/` | weights, the optimiser's moments and the step, every few hundred steps |
//!
//! A batch is cut into parts, each a forward and backward pass on a thread of its own; their gradients are added in their order. The
//! result depends on the number of parts, not on that of threads.

use super::config::{DistilConfig, Recipe};
use super::graph::{GraphStudent, Statistics};
use super::inputs::{Graphs, Vectors};
use super::teacher::{Scale, Taught};
use super::vector::VectorStudent;
use crate::Result;
use crate::adamw::AdamW;
use crate::checkpoint::Checkpoint;
use crate::chmr::parameters::Parameters;
use crate::keep::Files;
use crate::pretrain::schedule;
use crate::random::Random;
use candle_core::backprop::GradStore;
use candle_core::{DType, Device, Tensor};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::time::Instant;

/// Steps between checkpoints.
const KEEP_EVERY: usize = 200;
/// Share of the steps in which the learning rate rises.
const WARMUP: f64 = 0.1;
/// Molecules that a forward pass takes when a student is measured.
const MEASURED_AT_ONCE: usize = 256;

/// What a student's training came to.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct History {
    /// SHA-256 of everything that the training depends on.
    pub identity: String,
    /// Molecules learnt from.
    pub molecules: usize,
    /// One an epoch.
    pub epochs: Vec<Epoch>,
}

/// One time through all molecules.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Epoch {
    /// Mean squared error of its steps, in the teacher's standard deviations.
    pub loss: f64,
    /// Share of the values' variance that is explained on molecules held out, by source.
    pub held_out: BTreeMap<String, f64>,
    /// Seconds that its steps took.
    pub seconds: f64,
}

/// How a training is run; no part of what it comes to.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// Each student's training stops at this step, with a checkpoint: to be gone on with later.
    pub stop_after: Option<usize>,
}

/// A student, whatever it reads.
enum Student {
    Vector(VectorStudent, Vectors, Vectors),
    Graph(GraphStudent, Graphs, Graphs),
}

/// Which molecules of a student.
#[derive(Clone, Copy)]
enum Of {
    Taught,
    HeldOut,
}

/// One part's pass.
struct Pass {
    loss: f64,
    gradients: GradStore,
    statistics: Option<(usize, Statistics)>,
}

/// Trains the students of `config` that `folder` does not hold yet on the teacher's folder `teacher`.
///
/// # Errors
/// If the teacher's values are absent, or a file cannot be written.
pub fn distil(
    config: &DistilConfig,
    teacher: &Path,
    folder: &Path,
    options: &Options,
) -> Result<()> {
    config.check()?;
    let mut taught =
        Taught::read(&teacher.join("molecules.tsv"), &teacher.join("values"), config.molecules)?;
    let mut held = Taught::read(&teacher.join("held_out.tsv"), &teacher.join("held_out"), None)?;
    eprintln!("{} molecules to learn from, {} held out", taught.smiles.len(), held.smiles.len());
    if let Some(graph) = &config.graph {
        let own = Graphs::of(&mut taught, graph.walks)?;
        let measured = Graphs::of(&mut held, graph.walks)?;
        let parameters = Parameters::new(graph.recipe.seed, DType::F32, &Device::Cpu);
        let student = GraphStudent::new(&parameters, graph, Graphs::TABLES, taught.values.ncols())?;
        let student = Student::Graph(student, own, measured);
        let run = Run { student, taught: &taught, held: &held, recipe: &graph.recipe, options };
        run.train(&parameters, &folder.join("distil/graph"), &format!("{graph:?}"))?;
    }
    if let Some(vector) = &config.vector {
        let (own, standardizer) = Vectors::of(&mut taught, None)?;
        let (measured, _) = Vectors::of(&mut held, Some(&standardizer))?;
        let parameters = Parameters::new(vector.recipe.seed, DType::F32, &Device::Cpu);
        let student = VectorStudent::new(&parameters, vector, own.width(), taught.values.ncols())?;
        let student = Student::Vector(student, own, measured);
        let run = Run { student, taught: &taught, held: &held, recipe: &vector.recipe, options };
        let to = folder.join("distil/vector");
        std::fs::create_dir_all(&to)?;
        crate::backbone::save_standardizer(&standardizer, &to.join("standardizer.safetensors"))?;
        run.train(&parameters, &to, &format!("{vector:?}"))?;
    }
    Ok(())
}

struct Run<'a> {
    student: Student,
    taught: &'a Taught,
    held: &'a Taught,
    recipe: &'a Recipe,
    options: &'a Options,
}

impl Run<'_> {
    fn train(&self, parameters: &Parameters, folder: &Path, what: &str) -> Result<()> {
        std::fs::create_dir_all(folder)?;
        let scale = self.taught.scale();
        let start = self.recipe.start.as_ref().map(|path| Start::read(path)).transpose()?;
        let identity = self.identity(what, start.as_ref(), &scale);
        let kept = folder.join("history.json");
        let finished =
            std::fs::read(&kept).ok().and_then(|b| serde_json::from_slice::<History>(&b).ok());
        if finished.is_some_and(|h| h.identity == identity)
            && folder.join("student.safetensors").exists()
        {
            eprintln!("{}: already trained", folder.display());
            return Ok(());
        }
        let vars: Vec<_> = parameters.trained_vars();
        let mut optimizer = AdamW::new(
            vars.iter().map(|(_, v)| v.clone()).collect(),
            self.recipe.rate as f32,
            self.recipe.decay as f32,
        )?;
        let mut state = State {
            history: History { identity, molecules: self.taught.smiles.len(), epochs: vec![] },
            ..State::default()
        };
        let checkpoint = Checkpoint::new(folder.join("checkpoint"), parameters);
        let same = |kept: &State| kept.history.identity == state.history.identity;
        if let Some(kept) = checkpoint.resume(&mut optimizer, same)? {
            state = kept;
            eprintln!("goes on at step {}", state.step);
        } else if let Some(start) = start {
            parameters.fill(start.tensors, start.path.display())?;
        }

        let n = self.taught.smiles.len();
        let steps_an_epoch = n.div_ceil(self.recipe.batch);
        let steps = steps_an_epoch * self.recipe.epochs;
        let warmup = ((steps as f64 * WARMUP) as usize).max(1);
        let mut order: Vec<usize> = Vec::new();
        let mut ordered = usize::MAX;
        let mut clock = Instant::now();
        while state.step < steps {
            let (epoch, at) = (state.step / steps_an_epoch, state.step % steps_an_epoch);
            if ordered != epoch {
                order = (0..n).collect();
                Random::new(self.recipe.seed, &format!("epoch {epoch}")).shuffle(&mut order);
                ordered = epoch;
            }
            let rows = &order[at * self.recipe.batch..((at + 1) * self.recipe.batch).min(n)];
            optimizer.set_rate(schedule::rate(self.recipe.rate, state.step, warmup, steps) as f32);
            let (loss, gradients) =
                self.step(rows, &scale, &vars.iter().map(|(_, v)| v).collect::<Vec<_>>())?;
            if !loss.is_finite() {
                return Err(
                    format!("the loss stopped being a number in step {}", state.step).into()
                );
            }
            optimizer.step(&gradients)?;
            state.step += 1;
            state.sum += loss;
            let stop = self.options.stop_after == Some(state.step);
            if stop
                || state.step.is_multiple_of(KEEP_EVERY)
                || state.step.is_multiple_of(steps_an_epoch)
            {
                state.seconds += clock.elapsed().as_secs_f64();
                if state.step.is_multiple_of(steps_an_epoch) {
                    let held_out = self.measure(&scale)?;
                    let done = Epoch {
                        loss: state.sum / steps_an_epoch as f64,
                        held_out,
                        seconds: state.seconds,
                    };
                    eprintln!("epoch {}: {done:?}", epoch + 1);
                    state.history.epochs.push(done);
                    (state.sum, state.seconds) = (0.0, 0.0);
                } else {
                    eprintln!("step {} of {steps}: loss {loss:.4}", state.step);
                }
                checkpoint.save(&state, &optimizer)?;
                if stop {
                    return Ok(());
                }
                clock = Instant::now();
            }
        }
        let mut tensors: HashMap<String, Tensor> = parameters.tensors().into_iter().collect();
        for (name, values) in
            [("teacher.mean", &scale.mean), ("teacher.deviation", &scale.deviation)]
        {
            tensors.insert(
                name.into(),
                Tensor::from_vec(values.to_vec(), values.len(), &Device::Cpu)?,
            );
        }
        let mut files = Files::new();
        files.candle(&folder.join("student.safetensors"), &tensors)?;
        files.write(&kept, serde_json::to_vec_pretty(&state.history)?)?;
        files.commit()
    }

    /// Everything that the outcome depends on.
    fn identity(&self, what: &str, start: Option<&Start>, scale: &Scale) -> String {
        let mut all = what.as_bytes().to_vec();
        all.extend(start.iter().flat_map(|s| s.digest.bytes()));
        for smiles in &self.taught.smiles {
            all.extend(smiles.bytes().chain([b'\n']));
        }
        all.extend(scale.mean.iter().chain(&scale.deviation).flat_map(|v| v.to_le_bytes()));
        chmr::model::sha256_hex(&all)
    }

    /// Loss and gradients of a step on the molecules `rows`.
    fn step(
        &self,
        rows: &[usize],
        scale: &Scale,
        vars: &[&candle_core::Var],
    ) -> Result<(f64, GradStore)> {
        let size = rows.len().div_ceil(self.recipe.parts);
        let passes: Vec<Result<Pass>> =
            rows.par_chunks(size).map(|part| self.pass(part, rows.len(), scale)).collect();
        let passes: Vec<Pass> = passes.into_iter().collect::<Result<_>>()?;
        let loss = passes.iter().map(|p| p.loss).sum();
        let (mut sum, mut statistics) = (None::<GradStore>, Vec::new());
        for pass in passes {
            statistics.extend(pass.statistics);
            let Some(all) = &mut sum else {
                sum = Some(pass.gradients);
                continue;
            };
            for var in vars {
                let more = match (all.get(var), pass.gradients.get(var)) {
                    (Some(a), Some(b)) => (a.detach() + b.detach())?,
                    (None, Some(b)) => b.clone(),
                    _ => continue,
                };
                all.insert(var, more);
            }
        }
        if let Student::Graph(student, ..) = &self.student {
            student.absorb(&statistics)?;
        }
        Ok((loss, sum.ok_or("a step without molecules")?))
    }

    fn pass(&self, rows: &[usize], of: usize, scale: &Scale) -> Result<Pass> {
        let mut statistics = Statistics::new();
        let (out, atoms) = self.forward(rows, Of::Taught, Some(&mut statistics))?;
        let targets =
            Tensor::from_vec(self.taught.targets(rows, scale), out.shape(), &Device::Cpu)?;
        let share = rows.len() as f64 / of as f64;
        let loss = ((out - targets)?.sqr()?.mean_all()? * share)?;
        let gradients = loss.backward()?;
        let loss = f64::from(loss.to_scalar::<f32>()?);
        Ok(Pass { loss, gradients, statistics: atoms.map(|n| (n, statistics)) })
    }

    fn forward(
        &self,
        rows: &[usize],
        of: Of,
        seen: Option<&mut Statistics>,
    ) -> Result<(Tensor, Option<usize>)> {
        Ok(match &self.student {
            Student::Vector(student, taught, held) => {
                let vectors = if matches!(of, Of::Taught) { taught } else { held };
                (student.forward(&vectors.batch(rows)?)?, None)
            }
            Student::Graph(student, taught, held) => {
                let graphs = if matches!(of, Of::Taught) { taught } else { held };
                let batch = graphs.batch(rows)?;
                let atoms = batch.graph.atoms();
                (student.forward(&batch, seen)?, Some(atoms))
            }
        })
    }

    /// Share of variance explained on the molecules held out, by source; the values' own scale, not the source's mean.
    fn measure(&self, scale: &Scale) -> Result<BTreeMap<String, f64>> {
        let all: Vec<usize> = (0..self.held.smiles.len()).collect();
        let each: Vec<Result<Vec<(f64, f64)>>> = all
            .par_chunks(MEASURED_AT_ONCE)
            .map(|rows| {
                let out = self.forward(rows, Of::HeldOut, None)?.0.to_vec2::<f32>()?;
                let targets = self.held.targets(rows, scale);
                let rows = out.iter().zip(targets.chunks_exact(self.held.values.ncols()));
                let sums = |(out, target): (&Vec<f32>, &[f32])| {
                    let error = out.iter().zip(target).map(|(o, t)| f64::from(o - t).powi(2)).sum();
                    (error, target.iter().map(|t| f64::from(*t).powi(2)).sum())
                };
                Ok(rows.map(sums).collect())
            })
            .collect();
        let each: Vec<(f64, f64)> = each.into_iter().collect::<Result<Vec<_>>>()?.concat();
        let mut sums = BTreeMap::<String, (f64, f64)>::new();
        for (source, (error, total)) in self.held.sources.iter().zip(each) {
            let sum = sums.entry(source.clone()).or_default();
            sum.0 += error;
            sum.1 += total;
        }
        Ok(sums.into_iter().map(|(source, (error, total))| (source, 1.0 - error / total)).collect())
    }
}

/// Weights that a training starts from.
struct Start {
    path: PathBuf,
    /// SHA-256 of the file.
    digest: String,
    tensors: HashMap<String, Tensor>,
}

impl Start {
    fn read(path: &Path) -> Result<Self> {
        let at = |e: &dyn std::fmt::Display| format!("{}: {e}", path.display());
        let bytes = std::fs::read(path).map_err(|e| at(&e))?;
        let tensors = candle_core::safetensors::load_buffer(&bytes, &Device::Cpu);
        let tensors = tensors.map_err(|e| at(&e))?;
        Ok(Self { path: path.to_owned(), digest: chmr::model::sha256_hex(&bytes), tensors })
    }
}

/// What a checkpoint holds beside arrays.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct State {
    step: usize,
    /// Sum of the epoch's losses so far.
    sum: f64,
    /// Seconds of the epoch so far.
    seconds: f64,
    history: History,
}
