//! One network of a model file, run by tract, or trees or a graph network in its place.
//!
//! tract is fastest when the number of rows is known as it plans, so a network has one plan for
//! each of a few tile sizes, made on first use. Measured on two Zen 3 class cores, 1400 → 1200 →
//! 617: making a plan takes 6 ms; it runs 4.3, 8.9, 8.9 and 10.0 thousand rows/s at tiles of
//! 1, 8, 16 and 64 rows, no faster beyond. A row's result is the same, bit for bit, in every tile:
//! the kernels differ in how many outputs they compute at a time, never in the order of a sum (`summation` sees to that).

use super::graph::{self, GraphNetwork, GraphShape, GraphWeights};
use super::onnx::{self, Weights};
use super::rows::Rows;
use super::trees::{TREES_ENDING, Trees};
use crate::error::{Error, ErrorKind};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, OnceLock};
use tract_onnx::prelude::*;

/// Numbers of rows that plans are made for, ascending.
pub(crate) const TILES: [usize; 3] = [1, 16, 64];

/// The largest tile.
pub(crate) const MAX_TILE: usize = TILES[TILES.len() - 1];

/// The smallest tile that holds `rows` rows, or the largest there is.
pub(crate) fn tile_for(rows: usize) -> usize {
    TILES.into_iter().find(|&t| rows <= t).unwrap_or(MAX_TILE)
}

type Plan = Arc<TypedRunnableModel>;

type Plans = [OnceLock<Result<Plan, Error>>; TILES.len()];

/// A checked network.
#[derive(Clone, Debug)]
pub(crate) struct Network {
    /// For messages.
    path: String,
    width: usize,
    tasks: usize,
    body: Body,
}

/// What computes, shared by clones.
#[derive(Clone, Debug)]
enum Body {
    Onnx(Arc<Plans>),
    Trees(Arc<Trees>),
    Graph { shape: GraphShape, made: Arc<OnceLock<Result<GraphNetwork, Error>>> },
}

impl Network {
    /// Checks the ONNX file `bytes` without making a plan yet; by the ending of its path, reads trees instead.
    pub(crate) fn check(
        path: &str,
        bytes: &[u8],
        width: usize,
        tasks: usize,
    ) -> Result<Self, Error> {
        let body = if path.ends_with(TREES_ENDING) {
            Body::Trees(Arc::new(trees(bytes, width, tasks).map_err(|e| e.at(path))?))
        } else {
            guarded(|| onnx::read(bytes, width, tasks, Weights::Checked))
                .map_err(|e| e.at(path))?;
            Body::Onnx(Arc::default())
        };
        Ok(Self { path: path.to_owned(), width, tasks, body })
    }

    /// Checks the graph network `bytes` without decoding its weights.
    pub(crate) fn check_graph(path: &str, bytes: &[u8], outputs: usize) -> Result<Self, Error> {
        let checked = guarded(|| {
            let shape = graph::check(bytes)?;
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
        Ok(Self { path: path.to_owned(), width: 0, tasks: outputs, body })
    }

    /// The sizes of a graph network; none where it is something else.
    pub(crate) fn graph_shape(&self) -> Option<GraphShape> {
        match &self.body {
            Body::Graph { shape, .. } => Some(*shape),
            Body::Onnx(_) | Body::Trees(_) => None,
        }
    }

    /// The graph network, made from `bytes` if it was not before; none where it is something else.
    pub(crate) fn graph(&self, bytes: &[u8]) -> Result<Option<&GraphNetwork>, Error> {
        let Body::Graph { made, .. } = &self.body else { return Ok(None) };
        let make = || GraphWeights::from_onnx(bytes).map(|weights| GraphNetwork::new(&weights));
        let made = made.get_or_init(|| guarded(make).map_err(|e| e.at(&self.path)));
        made.as_ref().map(Some).map_err(Clone::clone)
    }

    /// Whether the plan for this tile has been made.
    pub(crate) fn is_ready(&self, tile: usize) -> bool {
        match &self.body {
            Body::Onnx(plans) => index(tile).is_some_and(|i| plans[i].get().is_some()),
            Body::Trees(_) => true,
            Body::Graph { made, .. } => made.get().is_some(),
        }
    }

    /// Makes the plan for tiles of `tile` rows, one of [`TILES`], from `bytes`, where there is none yet.
    pub(crate) fn prepare(&self, tile: usize, bytes: &[u8]) -> Result<(), Error> {
        match &self.body {
            Body::Onnx(plans) => self.plan(plans, tile, bytes).map(|_| ()),
            Body::Trees(_) => Ok(()),
            Body::Graph { .. } => self.graph(bytes).map(|_| ()),
        }
    }

    fn plan<'p>(&self, plans: &'p Plans, tile: usize, bytes: &[u8]) -> Result<&'p Plan, Error> {
        let i = index(tile)
            .ok_or_else(|| Error::new(ErrorKind::Internal, format!("no plan has {tile} rows")))?;
        let made = plans[i]
            .get_or_init(|| guarded(|| self.make_plan(tile, bytes)).map_err(|e| e.at(&self.path)));
        made.as_ref().map_err(Clone::clone)
    }

    fn make_plan(&self, tile: usize, bytes: &[u8]) -> Result<Plan, Error> {
        let proto = onnx::read(bytes, self.width, self.tasks, Weights::Read)?;
        let refused = |e: TractError| {
            Error::new(ErrorKind::Unsupported, format!("the inference library refuses it: {e:#}"))
        };
        let input = f32::fact([tile, self.width]);
        let model = tract_onnx::onnx()
            .model_for_proto_model(&proto)
            .and_then(|m| m.with_input_fact(0, input.into()))
            .map_err(refused)?;
        // Each step of the planner holds its own copy of the weights.
        drop(proto);
        let model = model.into_optimized().map_err(refused)?;
        let output = model.output_fact(0).map_err(refused)?;
        let shape = output.shape.as_concrete();
        if output.datum_type != f32::datum_type() || shape != Some(&[tile, self.tasks]) {
            return Err(Error::corrupt(format!(
                "its output is {output:?}, expected f32, {tile} x {}",
                self.tasks
            )));
        }
        model.into_runnable().map_err(refused)
    }

    /// Runs one tile. `x` is row-major, a multiple of `width` long as one of [`TILES`] says; the
    /// result is given to `read` as rows × tasks.
    ///
    /// # Errors
    /// [`ErrorKind::Internal`] where the inference library fails or panics.
    pub(crate) fn run(
        &self,
        bytes: &[u8],
        x: &Rows,
        read: impl FnOnce(&[f32]),
    ) -> Result<(), Error> {
        let tile = x.tile();
        let plans = match &self.body {
            Body::Onnx(plans) => plans,
            Body::Trees(trees) => {
                read(&trees.outputs(x.all(), self.width));
                return Ok(());
            }
            Body::Graph { .. } => {
                let message = format!("{}: a graph network was given rows", self.path);
                return Err(Error::new(ErrorKind::Internal, message));
            }
        };
        let plan = self.plan(plans, tile, bytes)?;
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

/// The trees of an entry, which must fit the ensemble.
fn trees(bytes: &[u8], width: usize, tasks: usize) -> Result<Trees, Error> {
    let trees = Trees::from_safetensors(bytes)?;
    if trees.tasks() != tasks || trees.inputs() > width {
        return Err(Error::corrupt(format!(
            "trees of {} outputs over {} columns, expected {tasks} tasks over {width}",
            trees.tasks(),
            trees.inputs()
        )));
    }
    Ok(trees)
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
