//! Work without the interpreter's lock, watched for signals and progress.

use crate::batch::{Batch, Row};
use crate::fault::Fault;
use chmr::Run;
use pyo3::prelude::*;
use std::ops::{ControlFlow, Range};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

/// How often the calling thread looks for Ctrl-C and tells of progress.
const LOOK: Duration = Duration::from_millis(50);
/// Rows that are handed to the library at a time: what it gives is taken apart before the next, so that no result
/// lies in memory twice.
const CHUNK: usize = 4096;

/// What work and the calling thread share.
pub(crate) struct Watch {
    run: Run<'static>,
    done: AtomicUsize,
    total: AtomicUsize,
}

impl Watch {
    /// Whether the work is to end.
    pub(crate) fn is_cancelled(&self) -> bool {
        self.run.is_cancelled()
    }

    /// So many rows are to come.
    pub(crate) fn expect(&self, rows: usize) {
        self.total.store(rows, Ordering::Relaxed);
    }

    /// So many rows are done.
    pub(crate) fn tell(&self, rows: usize) {
        self.done.fetch_add(rows, Ordering::Relaxed);
    }

    /// A run over `rows` rows after `before` others, whatever it counts.
    pub(crate) fn part(&self, before: usize, rows: usize) -> Run<'_> {
        self.run.linked(move |p| {
            let done = p.done * rows / p.total.max(1);
            self.done.store(before + done, Ordering::Relaxed);
            ControlFlow::Continue(())
        })
    }

    /// `work` over a batch, some rows at a time.
    pub(crate) fn chunks(
        &self,
        batch: &Batch,
        mut work: impl FnMut(Range<usize>, &chmr::Batch, &Run<'_>) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        let rows = batch.rows();
        self.expect(rows.len());
        // Without rows, too, so that arguments are looked at.
        for start in (0..rows.len().max(1)).step_by(CHUNK) {
            let end = rows.len().min(start + CHUNK);
            let chunk = Row::batch(&rows[start..end]);
            work(start..end, &chunk, &self.part(start, end - start))?;
        }
        Ok(())
    }
}

/// `work` on another thread, while this one waits for it without the lock. A signal's exception, such as
/// `KeyboardInterrupt`, or one that `progress(done, total)` raises ends the work and is given back.
pub(crate) fn run<T: Send>(
    py: Python<'_>,
    progress: Option<&Bound<'_, PyAny>>,
    work: impl FnOnce(&Watch) -> Result<T, Fault> + Send,
) -> PyResult<T> {
    let watch =
        Watch { run: Run::new(), done: AtomicUsize::new(0), total: AtomicUsize::new(usize::MAX) };
    let progress = progress.map(|p| p.clone().unbind());
    let result = py.detach(|| {
        let (sender, end) = channel::<()>();
        std::thread::scope(|scope| {
            let worker = scope.spawn(|| {
                // Dropped at the end, by whatever way.
                let _sender = sender;
                work(&watch)
            });
            let mut told = usize::MAX;
            let mut raised = None;
            while let Err(RecvTimeoutError::Timeout) = end.recv_timeout(LOOK) {
                if raised.is_none() {
                    raised =
                        Python::attach(|py| look(py, &watch, progress.as_ref(), &mut told)).err();
                    if raised.is_some() {
                        watch.run.cancel();
                    }
                }
            }
            let result = worker.join().unwrap_or_else(|_| Err(Fault::panic()));
            raised.map_or(result, |e| Err(Fault::Python(e)))
        })
    })?;
    py.check_signals()?;
    if let Some(progress) = progress {
        let total = watch.total.load(Ordering::Relaxed);
        if total != usize::MAX {
            progress.call1(py, (total, total))?;
        }
    }
    Ok(result)
}

/// Runs the handlers of signals that came, and the progress function where something was done since.
fn look(
    py: Python<'_>,
    watch: &Watch,
    progress: Option<&Py<PyAny>>,
    told: &mut usize,
) -> PyResult<()> {
    py.check_signals()?;
    let (done, total) = (watch.done.load(Ordering::Relaxed), watch.total.load(Ordering::Relaxed));
    if let Some(progress) = progress
        && done != *told
        && done < total
        && total != usize::MAX
    {
        *told = done;
        progress.call1(py, (done, total))?;
    }
    Ok(())
}
