//! Making a plan of a checked network, in bounded work that can be stopped.
//!
//! The inference library's optimizer rewrites a graph until nothing is left to rewrite, and some rewrites multiply
//! nodes: a product with a concatenation becomes a product with each part. So every one of its passes is wrapped in one that,
//! before each rewrite, counts it, looks at the size of the graph, and hears whether the run was cancelled.

use super::limits;
use crate::cancel::Cancel;
use crate::error::{Error, ErrorKind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tract_onnx::prelude::*;
use tract_onnx::tract_core::internal::TypedModelPatch;
use tract_onnx::tract_core::optim::{Optimizer, OptimizerSession, TypedPass};

/// What is left to one planning.
#[derive(Debug)]
pub(super) struct Allowance {
    cancel: Cancel,
    steps: AtomicU64,
    most: u64,
}

impl Allowance {
    /// `most` rewrites, until `cancel` is set.
    pub(super) fn new(most: u64, cancel: &Cancel) -> Arc<Self> {
        Arc::new(Self { cancel: cancel.clone(), steps: AtomicU64::new(0), most })
    }

    /// What stopped the planning, where it was this.
    fn exceeded(&self, nodes: usize) -> Option<Error> {
        let steps = self.steps.load(Ordering::Relaxed);
        if let Err(e) = self.cancel.check() {
            return Some(e);
        }
        if nodes > limits::PLAN_NODES {
            return Some(Error::limit(format!(
                "planning made more than {} steps of the network",
                limits::PLAN_NODES
            )));
        }
        (steps > self.most).then(|| {
            Error::limit(format!(
                "planning took more than {} rewrites; simplify the network, or raise plan_steps",
                self.most
            ))
        })
    }

    /// The error in place of the inference library's.
    pub(super) fn error(&self, e: &TractError) -> Error {
        if let Some(own) = e.downcast_ref::<Stopped>() {
            return own.0.clone();
        }
        let own = e.chain().find_map(|cause| cause.downcast_ref::<Stopped>());
        own.map_or_else(
            || {
                let message = format!("the inference library refuses it: {e:#}");
                Error::new(ErrorKind::Unsupported, message)
            },
            |own| own.0.clone(),
        )
    }
}

/// An [`Error`] on its way through the inference library.
#[derive(Debug)]
struct Stopped(Error);

impl std::fmt::Display for Stopped {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for Stopped {}

/// A pass of the optimizer under an allowance.
#[derive(Clone, Debug)]
struct Bounded {
    pass: Box<dyn TypedPass>,
    allowance: Arc<Allowance>,
}

impl TypedPass for Bounded {
    fn reset(&mut self) -> TractResult<()> {
        self.pass.reset()
    }

    fn next(
        &mut self,
        session: &mut OptimizerSession<'_>,
        model: &TypedModel,
    ) -> TractResult<Option<TypedModelPatch>> {
        if let Some(e) = self.allowance.exceeded(model.nodes.len()) {
            return Err(Stopped(e).into());
        }
        let patch = self.pass.next(session, model)?;
        if patch.is_some() {
            self.allowance.steps.fetch_add(1, Ordering::Relaxed);
        }
        Ok(patch)
    }

    fn run_direct(&mut self, model: &mut TypedModel) -> TractResult<bool> {
        self.pass.run_direct(model)
    }
}

/// The same optimizer within `allowance`.
fn bounded(optimizer: Optimizer, allowance: &Arc<Allowance>) -> Optimizer {
    let wrap = |pass| -> Box<dyn TypedPass> {
        Box::new(Bounded { pass, allowance: Arc::clone(allowance) })
    };
    Optimizer { passes: optimizer.passes.into_iter().map(wrap).collect(), ..optimizer }
}

/// The plan of `model`, as `into_optimized` and `into_runnable` of the inference library make it.
pub(super) fn optimized(
    model: InferenceModel,
    allowance: &Arc<Allowance>,
) -> TractResult<TypedModel> {
    let stop = |nodes| allowance.exceeded(nodes).map_or(Ok(()), |e| Err(Stopped(e)));
    stop(model.nodes.len())?;
    let mut model = model.into_typed()?;
    stop(model.nodes.len())?;
    bounded(Optimizer::declutter(), allowance).session().optimize(&mut model)?;
    stop(model.nodes.len())?;
    let codegen = bounded(Optimizer::codegen(), allowance);
    model.optimize_with_session(&mut codegen.session())?;
    stop(model.nodes.len())?;
    Ok(model)
}
