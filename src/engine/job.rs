//! What a run has to compute: which networks, and where their outputs go.

use crate::error::{Error, ErrorKind};
use crate::model::{Model, TaskKind};
use crate::parallel;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

/// The networks that some tasks need.
pub(super) struct Job<'a> {
    pub(super) model: &'a Model,
    /// Number of tasks, and so of columns of the result.
    pub(super) columns: usize,
    pub(super) parts: Vec<Part>,
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
            .collect();
        Ok(Self { model, columns: tasks.len(), parts })
    }

    /// Makes the plans that tiles of `tile` rows need, on up to `threads` threads.
    ///
    /// # Errors
    /// The first that making them met: the model cannot be used at all.
    pub(super) fn prepare(&self, tile: usize, threads: usize) -> Result<(), Error> {
        let missing: Vec<_> = self
            .parts
            .iter()
            .flat_map(|part| &self.model.ensembles[part.ensemble].members)
            .filter(|(network, _)| !network.is_ready(tile))
            .collect();
        if !missing.is_empty() {
            let next = AtomicUsize::new(0);
            let failed = Mutex::new(None);
            parallel::run(threads.min(missing.len()), |_| {
                while let Some((network, range)) = missing.get(next.fetch_add(1, Ordering::Relaxed))
                {
                    if let Err(e) = network.plan(tile, self.model.bytes(range)) {
                        *failed.lock().unwrap_or_else(PoisonError::into_inner) = Some(e);
                    }
                }
            });
            if let Some(e) = failed.into_inner().unwrap_or_else(PoisonError::into_inner) {
                return Err(e);
            }
        }
        // A plan that failed earlier is ready, and failed for good.
        for part in &self.parts {
            for (network, range) in &self.model.ensembles[part.ensemble].members {
                network.plan(tile, self.model.bytes(range))?;
            }
        }
        Ok(())
    }
}
