//! Working through a batch tile by tile on several threads, watched and cancellable.

use super::options::{Progress, Run};
use crate::error::{Error, ErrorKind};
use crate::parallel;
use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

/// What `work` makes of each range of at most `tile` of `total` rows, in order, on up to `threads`
/// threads (0: the machine's).
///
/// # Errors
/// [`ErrorKind::Cancelled`], or the first error of `work` in the order of the rows.
pub(super) fn map<T: Send>(
    total: usize,
    tile: usize,
    threads: usize,
    run: &Run<'_>,
    work: impl Fn(Range<usize>) -> Result<T, Error> + Sync,
) -> Result<Vec<T>, Error> {
    let tiles = total.div_ceil(tile);
    let slots: Mutex<Vec<Option<Result<T, Error>>>> =
        Mutex::new((0..tiles).map(|_| None).collect());
    let (next, done) = (AtomicUsize::new(0), AtomicUsize::new(0));
    parallel::run(parallel::threads(threads).min(tiles.max(1)), |caller| {
        while !run.is_cancelled() {
            let i = next.fetch_add(1, Ordering::Relaxed);
            if i >= tiles {
                break;
            }
            let rows = i * tile..total.min((i + 1) * tile);
            let n = rows.len();
            let result = work(rows);
            slots.lock().unwrap_or_else(PoisonError::into_inner)[i] = Some(result);
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
    let lost = || Err(Error::new(ErrorKind::Internal, "a tile was lost"));
    let slots = slots.into_inner().unwrap_or_else(PoisonError::into_inner);
    slots.into_iter().map(|slot| slot.unwrap_or_else(lost)).collect()
}
