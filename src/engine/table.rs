//! Finding the rows of a mapped table that are most similar to those of a batch.

use super::batch::Batch;
use super::impute::NeighborOptions;
use super::options::{Progress, Run};
use super::{fingerprints, tiles};
use crate::chem::Limits;
use crate::error::{Error, ErrorKind};
use crate::parallel;
use crate::reference::{FingerprintTable, Neighbor, TILE, TableWriter};
use std::ops::ControlFlow;
use std::path::Path;

/// Queries that one thread searches for between two looks at whether the run is cancelled.
const TOGETHER: usize = 8;

impl FingerprintTable {
    /// The molecules of the table most similar to each row of `batch`, nearest first, ties by row: exactly those that
    /// comparing with every one would find. Fewer queries than threads are searched for one after the other, each by all
    /// threads; of more, every thread takes its own, those with about as many set bits together.
    ///
    /// A cancelled run ends after at most eight queries of a thread. To the progress that `run` is told of, each row adds two: its
    /// fingerprint, and its search.
    ///
    /// # Errors
    /// [`ErrorKind::Argument`] for a threshold beyond 0 to 1, [`ErrorKind::Io`] where the file was truncated,
    /// [`ErrorKind::Cancelled`]. A bad row is an error
    /// of that row alone.
    pub fn neighbors(
        &self,
        batch: &Batch,
        options: &NeighborOptions,
        run: &Run<'_>,
    ) -> Result<Vec<Result<Vec<Neighbor>, Error>>, Error> {
        let (k, threshold) = (options.k, options.threshold);
        options.check()?;
        self.check()?;
        let kind = (self.radius(), self.bits());
        // Two passes, which look like one from outside.
        let total = 2 * batch.len();
        let pass = |end: usize| {
            run.linked(move |p| {
                run.report(Progress { done: end - p.total + p.done, total });
                ControlFlow::Continue(())
            })
        };
        let words = tiles::map(batch.len(), TILE, options.threads, &pass(batch.len()), |rows| {
            let words = |row| fingerprints::words(kind, &options.limits, batch, row);
            Ok(rows.map(words).collect::<Vec<_>>())
        })?;
        let words: Vec<Result<Vec<u64>, Error>> = words.into_iter().flatten().collect();
        let bits = |words: &[u64]| words.iter().map(|w| w.count_ones()).sum::<u32>();
        let mut queries: Vec<(u32, usize, &[u64])> = words
            .iter()
            .enumerate()
            .filter_map(|(i, w)| {
                let words = w.as_deref().ok()?;
                Some((bits(words), i, words))
            })
            .collect();
        queries.sort_unstable();
        let threads = parallel::threads(options.threads);
        let alone = queries.len() < threads;
        let (tile, workers) = if alone { (1, 1) } else { (TOGETHER, threads) };
        // As many tiles as threads at least.
        let tile = tile.min(queries.len().div_ceil(workers)).max(1);
        let found = tiles::map(queries.len(), tile, workers, &pass(total), |range| {
            let queries = &queries[range];
            if let [(_, _, query)] = queries
                && alone
            {
                return Ok(vec![self.fingerprints().top_k_threads(query, k, threshold, threads)]);
            }
            let queries: Vec<&[u64]> = queries.iter().map(|q| q.2).collect();
            Ok(self.fingerprints().top_k_batch(&queries, k, threshold))
        })?;
        let places: Vec<usize> = queries.iter().map(|q| q.1).collect();
        let mut rows: Vec<Result<Vec<Neighbor>, Error>> =
            words.into_iter().map(|w| w.map(|_| Vec::new())).collect();
        for (place, found) in places.into_iter().zip(found.into_iter().flatten()) {
            rows[place] = Ok(found);
        }
        Ok(rows)
    }
}

impl Batch {
    /// Writes the molecules of the batch, called `ids` in their order, as a table for [`FingerprintTable::open`]: Morgan bits of
    /// radius 2 in 1024. For more than fit into a batch see [`TableWriter`].
    ///
    /// # Errors
    /// [`ErrorKind::Argument`] for another number of ids or control characters in one; a bad molecule's own error;
    /// [`ErrorKind::Io`].
    pub fn write_table(
        &self,
        ids: &[impl AsRef<str>],
        path: impl AsRef<Path>,
    ) -> Result<(), Error> {
        if ids.len() != self.len() {
            let message = format!("{} ids for {} molecules", ids.len(), self.len());
            return Err(Error::new(ErrorKind::Argument, message));
        }
        let mut writer = TableWriter::create(path, fingerprints::RADIUS, fingerprints::BITS)?;
        for (row, id) in ids.iter().enumerate() {
            let id = id.as_ref();
            let member = fingerprints::member(self, row, id.to_owned(), &Limits::default());
            let member = member.map_err(|e| e.at(id))?;
            writer.push(id, &member.smiles, &member.fingerprint)?;
        }
        writer.finish()
    }
}
