//! How a run is made, watched and stopped.

use crate::cancel::Cancel;
use crate::chem::Limits;
use std::fmt;
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// How to predict. The default: all tasks, all of the machine's threads.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PredictOptions {
    /// Most threads that work at the same time, the calling one included; 0 for as many as the
    /// machine has. They end with the run. The results do not depend on it.
    pub threads: usize,
    /// Indices of the tasks to predict, in the order of the columns wanted; all if none. Only the
    /// networks that these need are run.
    pub tasks: Option<Vec<usize>>,
    /// Whether intervals and the applicability domain are wanted too: see [`Trust`](super::Trust). Costs a search
    /// among the training molecules of each data set, 0.1 to 0.5 ms a molecule with the default model.
    pub trust: bool,
    /// Bounds on one molecule.
    pub limits: Limits,
}

/// How far a run is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Rows done; never less than in the call before.
    pub done: usize,
    /// Rows in all.
    pub total: usize,
}

type Watch<'a> = Box<dyn Fn(Progress) -> ControlFlow<()> + Send + Sync + 'a>;

/// The handle on a run: watches it, and stops it from any thread.
///
/// A cancelled handle stays cancelled: use a new one for the next run.
#[derive(Default)]
pub struct Run<'a> {
    cancelled: Arc<AtomicBool>,
    watch: Option<Watch<'a>>,
}

impl<'a> Run<'a> {
    /// A run that nobody watches.
    pub fn new() -> Self {
        Self::default()
    }

    /// A run that calls `watch` again and again, last with all rows done. It is called on the
    /// thread that called `predict` and on no other; returning [`ControlFlow::Break`] cancels.
    /// A watch that panics ends the run and the panic goes on to the caller.
    pub fn watched(watch: impl Fn(Progress) -> ControlFlow<()> + Send + Sync + 'a) -> Self {
        Self { watch: Some(Box::new(watch)), ..Self::default() }
    }

    /// A run that is [`watched`](Self::watched) and shares its fate with this one: whatever cancels
    /// either cancels both.
    pub fn linked<'b>(
        &self,
        watch: impl Fn(Progress) -> ControlFlow<()> + Send + Sync + 'b,
    ) -> Run<'b> {
        Run { cancelled: Arc::clone(&self.cancelled), watch: Some(Box::new(watch)) }
    }

    /// Asks the run to stop; it returns
    /// [`ErrorKind::Cancelled`](crate::ErrorKind::Cancelled) within a molecule or a tile. May be
    /// called from any thread, before or during the run; after it, it does nothing.
    pub fn cancel(&self) {
        self.cancelled.store(true, Ordering::Relaxed);
    }

    /// Whether [`cancel`](Self::cancel) was called.
    pub fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Relaxed)
    }

    /// What work listens to that knows no runs.
    pub(super) fn cancellation(&self) -> Cancel {
        Cancel::new(Arc::clone(&self.cancelled))
    }

    pub(super) fn report(&self, progress: Progress) {
        let Some(watch) = &self.watch else { return };
        match catch_unwind(AssertUnwindSafe(|| watch(progress))) {
            Ok(ControlFlow::Continue(())) => {}
            Ok(ControlFlow::Break(())) => self.cancel(),
            Err(panic) => {
                // The other threads must not work on for nobody.
                self.cancel();
                resume_unwind(panic);
            }
        }
    }
}

impl fmt::Debug for Run<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Run")
            .field("cancelled", &self.is_cancelled())
            .field("watched", &self.watch.is_some())
            .finish()
    }
}
