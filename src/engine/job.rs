//! What a run has to compute: which networks, and where their outputs go.

use crate::cancel::Cancel;
use crate::error::{Error, ErrorKind};
use crate::model::{Model, Placed, Source, TaskKind};
use crate::parallel;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

/// The networks that some tasks need.
pub(super) struct Job<'a> {
    pub(super) model: &'a Model,
    /// Number of tasks, and so of columns of the result.
    pub(super) columns: usize,
    pub(super) parts: Vec<Part>,
    /// The stages that the parts read, in order.
    pub(super) stages: Vec<usize>,
}

/// One ensemble of the model and what is wanted of it.
pub(super) struct Part {
    /// Index among the model's ensembles.
    pub(super) ensemble: usize,
    pub(super) outputs: Vec<Output>,
}

/// One column of a network's output and what becomes of it.
pub(super) struct Output {
    /// Column of the network.
    pub(super) from: usize,
    /// Column of the result.
    pub(super) to: usize,
    slope: f32,
    intercept: f32,
    kind: TaskKind,
}

impl Output {
    /// From the network's raw output to the value of the task.
    pub(super) fn value(&self, z: f32) -> f32 {
        let z = self.slope * z + self.intercept;
        match self.kind {
            TaskKind::Regression => z,
            TaskKind::Classification => 1.0 / (1.0 + (-z).exp()),
        }
    }
}

impl<'a> Job<'a> {
    /// # Errors
    /// [`ErrorKind::Argument`] for a task that does not exist or is named twice, or for none.
    pub(super) fn new(model: &'a Model, tasks: &[usize]) -> Result<Self, Error> {
        let argument = |message: String| Err(Error::new(ErrorKind::Argument, message));
        if tasks.is_empty() {
            return argument("no task is selected".into());
        }
        let mut columns = vec![None; model.tasks().len()];
        for (to, &task) in tasks.iter().enumerate() {
            let Some(slot) = columns.get_mut(task) else {
                return argument(format!(
                    "there is no task {task}: the model has {}, counted from 0",
                    model.tasks().len()
                ));
            };
            if slot.replace(to).is_some() {
                return argument(format!("task {task} is selected twice"));
            }
        }
        let parts = model
            .ensembles
            .iter()
            .enumerate()
            .map(|(ensemble, e)| {
                let outputs = e.tasks.iter().enumerate().filter_map(|(from, &task)| {
                    let t = &model.tasks()[task];
                    let (slope, intercept, kind) = (t.slope, t.intercept, t.kind);
                    columns[task].map(|to| Output { from, to, slope, intercept, kind })
                });
                Part { ensemble, outputs: outputs.collect() }
            })
            .filter(|part| !part.outputs.is_empty())
            .collect::<Vec<_>>();
        let read = parts.iter().flat_map(|part| &model.ensembles[part.ensemble].reads);
        let stages = needed_stages(model, read.copied());
        Ok(Self { model, columns: tasks.len(), parts, stages })
    }

    /// What each part reads.
    pub(super) fn inputs(&self) -> impl Iterator<Item = &'a [Source]> {
        let model = self.model;
        self.parts.iter().map(|part| model.ensembles[part.ensemble].reads.as_slice())
    }

    /// Every network of the job.
    fn networks(&self) -> impl Iterator<Item = &'a Placed> {
        let model = self.model;
        let stages = self.stages.iter().map(|&s| &model.stages[s].network);
        stages.chain(self.parts.iter().flat_map(|p| &model.ensembles[p.ensemble].members))
    }

    /// Makes the plans that tiles of `tile` rows need, on up to `threads` threads.
    ///
    /// # Errors
    /// The first that making them met: the model cannot be used at all; [`ErrorKind::Cancelled`].
    pub(super) fn prepare(
        &self,
        tile: usize,
        threads: usize,
        cancel: &Cancel,
    ) -> Result<(), Error> {
        let missing: Vec<_> =
            self.networks().filter(|(network, _)| !network.is_ready(tile)).collect();
        if !missing.is_empty() {
            let next = AtomicUsize::new(0);
            let failed: Mutex<Option<Error>> = Mutex::new(None);
            let failure = || failed.lock().unwrap_or_else(PoisonError::into_inner);
            parallel::run(threads.min(missing.len()), |_| {
                while failure().is_none()
                    && let Some((network, range)) =
                        missing.get(next.fetch_add(1, Ordering::Relaxed))
                {
                    if let Err(e) = network.prepare(tile, self.model.bytes(range), cancel) {
                        failure().get_or_insert(e);
                    }
                }
            });
            if let Some(e) = failed.into_inner().unwrap_or_else(PoisonError::into_inner) {
                return Err(e);
            }
        }
        // A plan that failed earlier is ready, and failed for good.
        for (network, range) in self.networks() {
            network.prepare(tile, self.model.bytes(range), cancel)?;
        }
        Ok(())
    }
}

/// The stages that `read` come from, directly or through other stages, in the order to run them.
pub(super) fn needed_stages(model: &Model, read: impl Iterator<Item = Source>) -> Vec<usize> {
    let mut needed = vec![false; model.stages.len()];
    read.filter_map(|source| source.checked_sub(1)).for_each(|stage| needed[stage] = true);
    // A stage reads earlier ones only.
    for stage in (0..needed.len()).rev() {
        if needed[stage] {
            let read = model.stages[stage].reads.iter();
            read.filter_map(|source| source.checked_sub(1)).for_each(|s| needed[s] = true);
        }
    }
    (0..needed.len()).filter(|&s| needed[s]).collect()
}
