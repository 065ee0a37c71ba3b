//! One network of a model file: run by our kernels where it is a dense network, trees or a graph network, else by tract.
//!
//! tract is fastest when the number of rows is known as it plans, so a network has one plan for
//! each of a few tile sizes, made on first use. Measured on two Zen 3 class cores, 1400 → 1200 →
//! 617: making a plan takes 6 ms; it runs 4.3, 8.9, 8.9 and 10.0 thousand rows/s at tiles of
//! 1, 8, 16 and 64 rows, no faster beyond. A row's result is the same, bit for bit, in every tile:
//! the kernels differ in how many outputs they compute at a time, never in the order of a sum (`summation` sees to that).

use super::budget::OpenOptions;
use super::dense::{self, DenseNetwork, DenseShape, DenseWeights};
use super::graph::{self, GraphNetwork, GraphShape, GraphWeights};
use super::limits;
use super::onnx::{self, Weights};
use super::planning::{Allowance, optimized};
use super::rows::Rows;
use super::shapes::Cost;
use super::trees::{TREES_ENDING, Trees};
use super::wording::dims;
use crate::cancel::{Cancel, Made};
use crate::error::{Error, ErrorKind};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use tract_onnx::prelude::*;

/// Numbers of rows that plans are made for, ascending.
pub(crate) const TILES: [usize; 3] = [1, 16, 64];

/// The largest tile.
pub(crate) const MAX_TILE: usize = TILES[TILES.len() - 1];

/// The largest tile of which `threads` threads may each hold one where a row has `values` values, or 1.
pub(crate) fn tile_within(threads: usize, values: usize) -> usize {
    let fits = |tile: &usize| {
        let own = tile.saturating_mul(values);
        own <= limits::THREAD_VALUES || own.saturating_mul(threads.max(1)) <= limits::RUN_VALUES
    };
    TILES.into_iter().rev().find(fits).unwrap_or(TILES[0])
}

/// The smallest tile that holds `rows` rows, or the largest there is.
pub(crate) fn tile_for(rows: usize) -> usize {
    TILES.into_iter().find(|&t| rows <= t).unwrap_or(MAX_TILE)
}

type Plan = Arc<TypedRunnableModel>;

type Plans = [Made<Result<Plan, Error>>; TILES.len()];

/// A checked network.
#[derive(Clone, Debug)]
pub(crate) struct Network {
    /// For messages.
    path: Arc<str>,
    width: usize,
    tasks: usize,
    cost: Cost,
    /// Rows that are run at once, at most.
    tile: usize,
    /// See [`OpenOptions::plan_steps`].
    plan_steps: u64,
    body: Body,
}

/// What computes, shared by clones.
#[derive(Clone, Debug)]
enum Body {
    Onnx(Arc<Plans>),
    Trees(Arc<Trees>),
    Dense(Arc<Made<Result<DenseNetwork, Error>>>),
    Graph { shape: GraphShape, made: Arc<Made<Result<GraphNetwork, Error>>> },
}

impl Network {
    /// Checks the ONNX file `bytes` without making a plan yet; by the ending of its path, reads trees instead.
    pub(crate) fn check(
        path: &str,
        bytes: &[u8],
        width: usize,
        tasks: usize,
        options: &OpenOptions,
    ) -> Result<Self, Error> {
        let checked = || -> Result<(Body, Cost), Error> {
            if path.ends_with(TREES_ENDING) {
                let trees = Trees::from_safetensors(bytes)?;
                let work = trees.work();
                return Ok((Body::Trees(Arc::new(trees)), Cost { work, ..Cost::default() }));
            }
            if let Some(shape) = guarded(|| dense::check(bytes))? {
                let found = (shape.inputs(), shape.outputs());
                if found != (width, tasks) {
                    return Err(Error::corrupt(format!(
                        "a network of {} outputs over {} columns, expected {tasks} tasks over {width}",
                        found.1, found.0
                    )));
                }
                let cost = dense_cost(&shape);
                options.check_network(&cost)?;
                return Ok((Body::Dense(Arc::default()), cost));
            }
            let read = || onnx::read(bytes, width, tasks, Weights::Checked, &Cancel::never());
            let (_, cost) = guarded(read)?;
            options.check_network(&cost)?;
            Ok((Body::Onnx(Arc::default()), cost))
        };
        let (body, cost) = checked().map_err(|e| e.at(path))?;
        if cost.work > limits::ONNX_ROW_WORK {
            let most = limits::ONNX_ROW_WORK;
            return Err(Error::limit(format!(
                "{path}: a row takes more than {most} multiply-adds"
            )));
        }
        let fits = |tile: &usize| {
            let times = |each: u64| each.saturating_mul(*tile as u64);
            times(cost.work) <= limits::TILE_WORK && times(cost.values) <= limits::TILE_VALUES
        };
        let tile = TILES.into_iter().rev().find(fits).unwrap_or(TILES[0]);
        let (path, plan_steps) = (path.into(), options.plan_steps);
        Self { path, width, tasks, cost, tile, plan_steps, body }.fitting(width, tasks)
    }

    /// Checks the graph network `bytes` without decoding its weights.
    pub(crate) fn check_graph(
        path: &str,
        bytes: &[u8],
        outputs: usize,
        options: &OpenOptions,
    ) -> Result<Self, Error> {
        let checked = guarded(|| {
            let shape = graph::check(bytes)?;
            options.check_network(&graph_cost(&shape))?;
            match shape.outputs == outputs {
                true => Ok(shape),
                false => Err(Error::corrupt(format!(
                    "the output 'y' has {} columns, expected {outputs}",
                    shape.outputs
                ))),
            }
        });
        let shape = checked.map_err(|e| e.at(path))?;
        let body = Body::Graph { shape, made: Arc::default() };
        let (path, plan_steps) = (path.into(), options.plan_steps);
        let cost = graph_cost(&shape);
        Ok(Self { path, width: 0, tasks: outputs, cost, tile: MAX_TILE, plan_steps, body })
    }

    /// The sizes of a graph network; none where it is something else.
    pub(crate) fn graph_shape(&self) -> Option<GraphShape> {
        match &self.body {
            Body::Graph { shape, .. } => Some(*shape),
            Body::Onnx(_) | Body::Trees(_) | Body::Dense(_) => None,
        }
    }

    /// The dense network, made from `bytes` if it was not before.
    fn dense<'m>(
        &self,
        made: &'m Made<Result<DenseNetwork, Error>>,
        bytes: &[u8],
        cancel: &Cancel,
    ) -> Result<&'m DenseNetwork, Error> {
        let make = || DenseWeights::from_onnx(bytes).map(|weights| DenseNetwork::new(&weights));
        let made = made.get_or_make(cancel, || Ok(guarded(make).map_err(|e| e.at(&self.path))))?;
        made.as_ref().map_err(Clone::clone)
    }

    /// The graph network, made from `bytes` if it was not before; none where it is something else.
    pub(crate) fn graph(
        &self,
        bytes: &[u8],
        cancel: &Cancel,
    ) -> Result<Option<&GraphNetwork>, Error> {
        let Body::Graph { made, .. } = &self.body else { return Ok(None) };
        let make = || GraphWeights::from_onnx(bytes).map(|weights| GraphNetwork::new(&weights));
        let made = made.get_or_make(cancel, || Ok(guarded(make).map_err(|e| e.at(&self.path))))?;
        made.as_ref().map(Some).map_err(Clone::clone)
    }

    /// The same network where it is named again, over `width` columns for `tasks` outputs.
    ///
    /// # Errors
    /// [`ErrorKind::Corrupt`] where it is not of that shape.
    pub(super) fn fitting(&self, width: usize, tasks: usize) -> Result<Self, Error> {
        let (w, t, fits) = match &self.body {
            Body::Onnx(_) | Body::Dense(_) => {
                (self.width, self.tasks, (self.width, self.tasks) == (width, tasks))
            }
            Body::Trees(trees) => {
                let (w, t) = (trees.inputs(), trees.tasks());
                (w, t, w <= width && t == tasks)
            }
            Body::Graph { .. } => (0, self.tasks, (0, self.tasks) == (width, tasks)),
        };
        if fits {
            return Ok(Self { width, tasks, ..self.clone() });
        }
        let what = match self.body {
            Body::Onnx(_) | Body::Dense(_) => "a network",
            Body::Trees(_) => "trees",
            Body::Graph { .. } => "a graph network",
        };
        Err(Error::corrupt(format!(
            "{}: {what} of {t} outputs over {w} columns, expected {tasks} tasks over {width}",
            self.path
        )))
    }

    /// What it costs.
    pub(super) fn cost(&self) -> &Cost {
        &self.cost
    }

    /// Whether the plan for tiles of up to `tile` rows has been made.
    pub(crate) fn is_ready(&self, tile: usize) -> bool {
        match &self.body {
            Body::Onnx(plans) => {
                index(tile.min(self.tile)).is_some_and(|i| plans[i].get().is_some())
            }
            Body::Trees(_) => true,
            Body::Dense(made) => made.get().is_some(),
            Body::Graph { made, .. } => made.get().is_some(),
        }
    }

    /// Makes the plan for tiles of up to `tile` rows, one of [`TILES`], from `bytes`, where there is none yet.
    ///
    /// # Errors
    /// What making it met, or [`ErrorKind::Cancelled`].
    pub(crate) fn prepare(&self, tile: usize, bytes: &[u8], cancel: &Cancel) -> Result<(), Error> {
        match &self.body {
            Body::Onnx(plans) => self.plan(plans, tile.min(self.tile), bytes, cancel).map(|_| ()),
            Body::Trees(_) => Ok(()),
            Body::Dense(made) => self.dense(made, bytes, cancel).map(|_| ()),
            Body::Graph { .. } => self.graph(bytes, cancel).map(|_| ()),
        }
    }

    fn plan<'p>(
        &self,
        plans: &'p Plans,
        tile: usize,
        bytes: &[u8],
        cancel: &Cancel,
    ) -> Result<&'p Plan, Error> {
        let i = index(tile)
            .ok_or_else(|| Error::new(ErrorKind::Internal, format!("no plan has {tile} rows")))?;
        let made = plans[i].get_or_make(cancel, || {
            match guarded(|| self.make_plan(tile, bytes, cancel)).map_err(|e| e.at(&self.path)) {
                // Who comes next may have more time.
                Err(e) if e.kind == ErrorKind::Cancelled => Err(e),
                plan => Ok(plan),
            }
        })?;
        made.as_ref().map_err(Clone::clone)
    }

    fn make_plan(&self, tile: usize, bytes: &[u8], cancel: &Cancel) -> Result<Plan, Error> {
        let (proto, _) = onnx::read(bytes, self.width, self.tasks, Weights::Read, cancel)?;
        let allowance = Allowance::new(self.plan_steps, cancel);
        let refused = |e: TractError| allowance.error(&e);
        let input = f32::fact([tile, self.width]);
        let model = tract_onnx::onnx()
            .model_for_proto_model(&proto)
            .and_then(|m| m.with_input_fact(0, input.into()))
            .map_err(refused)?;
        // Each step of the planner holds its own copy of the weights.
        drop(proto);
        let model = optimized(model, &allowance).map_err(refused)?;
        let output = model.output_fact(0).map_err(refused)?;
        let shape = output.shape.as_concrete();
        if output.datum_type != f32::datum_type() || shape != Some(&[tile, self.tasks]) {
            return Err(Error::corrupt(format!(
                "its output is {}, expected f32, {tile} x {}",
                dims(&output.shape.iter().collect::<Vec<_>>()),
                self.tasks
            )));
        }
        model.into_runnable().map_err(refused)
    }

    /// Runs one tile. `x` is row-major, a multiple of `width` long as one of [`TILES`] says; the
    /// result is given to `read` as rows × tasks. Where a row is dear the tile is run in smaller ones, between
    /// which `cancel` is heard: the bits are the same.
    ///
    /// # Errors
    /// [`ErrorKind::Internal`] where the inference library fails or panics; [`ErrorKind::Cancelled`].
    pub(crate) fn run(
        &self,
        bytes: &[u8],
        x: &Rows,
        cancel: &Cancel,
        read: impl FnOnce(&[f32]),
    ) -> Result<(), Error> {
        cancel.check()?;
        let step = x.tile().min(self.tile);
        if step == x.tile() {
            return self.run_tile(bytes, x, cancel, read);
        }
        let mut all = Vec::new();
        let values = x.tile().saturating_mul(self.tasks);
        all.try_reserve_exact(values)
            .map_err(|_| Error::limit(format!("no memory for {values} values of a network")))?;
        for start in (0..x.tile()).step_by(step) {
            cancel.check()?;
            let part = x.part(start, step);
            self.run_tile(bytes, &part, cancel, |y| all.extend_from_slice(y))?;
        }
        read(&all);
        Ok(())
    }

    /// Runs all rows of `x` at once.
    fn run_tile(
        &self,
        bytes: &[u8],
        x: &Rows,
        cancel: &Cancel,
        read: impl FnOnce(&[f32]),
    ) -> Result<(), Error> {
        let tile = x.tile();
        let plans = match &self.body {
            Body::Onnx(plans) => plans,
            Body::Trees(trees) => {
                read(&trees.outputs(x.all(), self.width));
                return Ok(());
            }
            Body::Dense(made) => {
                let network = self.dense(made, bytes, cancel)?;
                guarded(|| {
                    read(&network.run(x.all()));
                    Ok(())
                })?;
                return Ok(());
            }
            Body::Graph { .. } => {
                let message = format!("{}: a graph network was given rows", self.path);
                return Err(Error::new(ErrorKind::Internal, message));
            }
        };
        let plan = self.plan(plans, tile, bytes, cancel)?;
        let failed = |e: TractError| {
            Error::new(ErrorKind::Internal, format!("{}: running failed: {e:#}", self.path))
        };
        guarded(|| {
            let outputs =
                plan.run(tvec!(TValue::from_const(x.tensor().clone()))).map_err(failed)?;
            let values = outputs
                .first()
                .and_then(|y| y.view().as_slice::<f32>().ok().map(<[f32]>::to_vec))
                .filter(|y| y.len() == tile * self.tasks);
            match values {
                Some(values) => {
                    read(&values);
                    Ok(())
                }
                None => Err(Error::new(
                    ErrorKind::Internal,
                    format!("{}: the output is not {tile} x {}", self.path, self.tasks),
                )),
            }
        })
    }
}

/// What a dense network costs; its nodes are not planned.
fn dense_cost(shape: &DenseShape) -> Cost {
    let work = shape.multiply_adds();
    Cost { weights: work, work, values: shape.widest() as u64, ..Cost::default() }
}

/// What a graph network costs, of a molecule of typical size.
fn graph_cost(shape: &GraphShape) -> Cost {
    const ATOMS: usize = 32;
    let values = |(_, dims): &(String, Vec<usize>)| dims.iter().map(|d| *d as u64).product::<u64>();
    let weights = shape.tensors().iter().map(values).fold(0, u64::saturating_add);
    Cost { weights, work: shape.multiply_adds(ATOMS), ..Cost::default() }
}

fn index(tile: usize) -> Option<usize> {
    TILES.iter().position(|&t| t == tile)
}

/// Runs `f`; a panic inside becomes an error.
pub(crate) fn guarded<T>(f: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
    catch_unwind(AssertUnwindSafe(f)).unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<&str>().map(|s| s.to_string());
        let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
        let text = text.unwrap_or_else(|| "no message".into());
        Err(Error::new(ErrorKind::Internal, format!("a panic was caught: {}", onnx::brief(&text))))
    })
}
