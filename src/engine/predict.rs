//! Predicting a batch, and predicting one molecule.

use super::batch::Batch;
use super::flow::Flow;
use super::job::Job;
use super::options::{PredictOptions, Progress, Run};
use super::provision;
use super::tile::{Slots, Worker};
use super::trust::{Placer, Trust};
use crate::cancel::Cancel;
use crate::chem::MoleculeFlags;
use crate::error::{Error, ErrorKind};
use crate::model::{MAX_TILE, Model, tile_for, tile_within};
use crate::parallel;
use crate::trust::Placement;
use ndarray::Array2;
use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

/// What was predicted for a batch.
#[derive(Clone, Debug)]
pub struct Predictions {
    /// The task of each column, an index into [`Model::tasks`].
    pub tasks: Vec<usize>,
    /// Rows of the batch × tasks, each in its task's unit (a probability for a classification);
    /// NaN all along a row that has an error.
    pub values: Array2<f32>,
    /// What became of each row of the batch.
    pub rows: Vec<Result<(), Error>>,
    /// What makes the molecule of each row unlike those that models are made for; empty for most rows, for a bad one, and
    /// where a fingerprint alone was given. Such a row has values all the same: weigh them accordingly.
    pub flags: Vec<MoleculeFlags>,
    /// The modalities that [`provision`](Self::provision) speaks of, `structure` first.
    pub modalities: Vec<String>,
    /// Intervals and applicability domain, where [`PredictOptions::trust`] asked for them.
    pub trust: Option<Trust>,
}

/// A piece of the batch and where its results go.
struct Piece<'a> {
    rows: Range<usize>,
    values: &'a mut [f32],
    status: &'a mut [Result<(), Error>],
    flags: &'a mut [MoleculeFlags],
    /// Rows × domains; empty where trust is not wanted.
    placements: &'a mut [Placement],
}

impl Model {
    /// Predicts every row of `batch`.
    ///
    /// # Errors
    /// [`ErrorKind::Argument`] for a bad selection of tasks, or where trust is wanted of a model that
    /// says nothing of it; [`ErrorKind::Cancelled`],
    /// [`ErrorKind::Limit`] where there is no memory for the result, or what making a network
    /// ready met. A bad row is no error: see [`Predictions::rows`].
    pub fn predict(
        &self,
        batch: &Batch,
        options: &PredictOptions,
        run: &Run<'_>,
    ) -> Result<Predictions, Error> {
        let tasks = match &options.tasks {
            Some(tasks) => tasks.clone(),
            None => (0..self.tasks().len()).collect(),
        };
        let job = Job::new(self, &tasks)?;
        let total = batch.len();
        let mut values = allocate(total, tasks.len())?;
        let mut status: Vec<Result<(), Error>> = vec![Ok(()); total];
        let mut flags = vec![MoleculeFlags::default(); total];
        let threads = parallel::threads(options.threads).min(total.max(1));
        let most = tile_within(threads, Flow::values(self, &job.stages, job.inputs()));
        let step = total.div_ceil(threads).clamp(1, most);
        let tile = tile_for(step);
        if total > 0 && !run.is_cancelled() {
            job.prepare(tile, threads, &run.cancellation())?;
        }

        let mut trust = options.trust.then(|| Trust::new(self, &tasks, total)).transpose()?;
        let placer = trust.as_ref().map(|t| Placer::new(self, t)).transpose()?;
        let domains = trust.as_ref().map_or(0, |t| t.domains.len());
        let mut unplaced =
            trust.as_mut().and_then(|t| t.placements.as_slice_mut()).unwrap_or_default();
        let pieces = values.chunks_mut(step * tasks.len()).zip(status.chunks_mut(step));
        let pieces = pieces.zip(flags.chunks_mut(step)).enumerate();
        let pieces = Mutex::new(pieces.map(move |(i, ((values, status), flags))| {
            let own;
            (own, unplaced) = std::mem::take(&mut unplaced).split_at_mut(status.len() * domains);
            let rows = i * step..i * step + status.len();
            Piece { rows, values, status, flags, placements: own }
        }));
        let done = AtomicUsize::new(0);
        parallel::run(threads.min(total.div_ceil(step).max(1)), |caller| {
            let mut worker = Worker::new(&job, &options.limits, placer.as_ref(), tile);
            while !run.is_cancelled() {
                let piece = pieces.lock().unwrap_or_else(PoisonError::into_inner).next();
                let Some(Piece { rows, values, status, flags, placements }) = piece else { break };
                let n = rows.len();
                worker.run(batch, rows, run, Slots { values, status, flags, placements });
                let done = done.fetch_add(n, Ordering::Relaxed) + n;
                // The last report is made below, when all threads are done.
                if caller && done < total && !run.is_cancelled() {
                    run.report(Progress { done, total });
                }
            }
        });
        if !run.is_cancelled() {
            run.report(Progress { done: total, total });
        }
        if run.is_cancelled() {
            return Err(Error::new(ErrorKind::Cancelled, "the run was cancelled"));
        }
        for (flags, _) in flags.iter_mut().zip(&status).filter(|(_, row)| row.is_err()) {
            *flags = MoleculeFlags::default();
        }
        let values = Array2::from_shape_vec((total, tasks.len()), values)
            .map_err(|e| Error::new(ErrorKind::Internal, e.to_string()))?;
        let modalities = provision::modalities(self);
        Ok(Predictions { tasks, values, rows: status, flags, modalities, trust })
    }

    /// Predicts `tasks` (indices into [`tasks`](Self::tasks)) for one SMILES into `out`, as many
    /// values, on the calling thread. The first call for a task also makes its network ready. The
    /// values are the same, bit for bit, as those of [`predict`](Self::predict).
    ///
    /// # Errors
    /// [`ErrorKind::Molecule`] where the molecule is refused, [`ErrorKind::Argument`] for a bad
    /// selection of tasks or an `out` of another length, or what making a network ready met. `out`
    /// is all NaN then, except for an argument error, which leaves it alone.
    pub fn predict_one(&self, smiles: &str, tasks: &[usize], out: &mut [f32]) -> Result<(), Error> {
        if out.len() != tasks.len() {
            return Err(Error::new(
                ErrorKind::Argument,
                format!("room for {} values, but {} tasks are selected", out.len(), tasks.len()),
            ));
        }
        let job = Job::new(self, tasks)?;
        out.fill(f32::NAN);
        job.prepare(1, 1, &Cancel::never())?;
        let mut batch = Batch::new();
        batch.push_smiles(smiles);
        let mut status = [Ok(())];
        let limits = Default::default();
        let flags = &mut [MoleculeFlags::default()];
        let slots = Slots { values: out, status: &mut status, flags, placements: &mut [] };
        Worker::new(&job, &limits, None, 1).run(&batch, 0..1, &Run::new(), slots);
        let [status] = status;
        status
    }

    /// Makes the networks of `tasks` ready for single molecules and for batches, on up to
    /// `threads` threads (0: the machine's), so that no later call has to wait for it.
    ///
    /// # Errors
    /// As [`predict`](Self::predict).
    pub fn prepare(&self, tasks: &[usize], threads: usize) -> Result<(), Error> {
        let job = Job::new(self, tasks)?;
        for tile in [1, MAX_TILE] {
            job.prepare(tile, parallel::threads(threads), &Cancel::never())?;
        }
        Ok(())
    }
}

/// NaN for every value, or an error where there is no room.
pub(super) fn allocate(rows: usize, columns: usize) -> Result<Vec<f32>, Error> {
    let mut values = Vec::new();
    rows.checked_mul(columns)
        .and_then(|n| values.try_reserve_exact(n).ok().map(|()| n))
        .map(|n| values.resize(n, f32::NAN))
        .ok_or_else(|| {
            Error::limit(format!(
                "no memory for {rows} rows of {columns} values; use smaller batches"
            ))
        })?;
    Ok(values)
}
