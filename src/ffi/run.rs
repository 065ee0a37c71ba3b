//! `chmr_run`: the handle that cancels a prediction.

use super::error::chmr_error;
use super::guard::{guard, guard_value};
use super::pointers::{free, give, output, shared};
use super::status::chmr_status;
use crate::Run;

/// A run that can be cancelled from any thread: give it to chmr_predict, and call chmr_run_cancel.
/// A run that was cancelled, by that call or by a progress function, stays so: every prediction
/// that it is given to ends at once.
///
/// Thread rule: chmr_run_cancel and chmr_run_is_cancelled from any number of threads at any time
/// between chmr_run_new and chmr_run_free.
pub struct chmr_run {
    pub(super) run: Run<'static>,
}

/// A new run, not cancelled.
///
/// out_run: the new run; the caller ends it with chmr_run_free.
///
/// Errors: CHMR_STATUS_NULL_POINTER.
///
/// Thread rule: callable from any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chmr_run_new(
    out_run: *mut *mut chmr_run,
    error: *mut chmr_error,
) -> chmr_status {
    guard(error, || {
        // SAFETY: the header's contract on pointers.
        let out = unsafe { output(out_run, "out_run") }?;
        give(out, chmr_run { run: Run::new() });
        Ok(())
    })
}

/// Ends a run; NULL is ignored.
///
/// Thread rule: once no other thread uses it and no prediction runs with it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chmr_run_free(run: *mut chmr_run) {
    // SAFETY: the header's contract on handles.
    guard_value((), || unsafe { free(run) });
}

/// Asks the predictions that run with it to stop; they return CHMR_STATUS_CANCELLED soon after,
/// within the time of a few molecules. Returns at once and does not wait for them.
///
/// Errors: CHMR_STATUS_NULL_POINTER.
///
/// Thread rule: callable from many threads on one run, and from a progress function.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chmr_run_cancel(
    run: *const chmr_run,
    error: *mut chmr_error,
) -> chmr_status {
    guard(error, || {
        // SAFETY: the header's contract on pointers.
        unsafe { shared(run, "run") }?.run.cancel();
        Ok(())
    })
}

/// 1 once chmr_run_cancel was called, else 0; 0 for NULL.
///
/// Thread rule: callable from many threads on one run.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chmr_run_is_cancelled(run: *const chmr_run) -> i32 {
    guard_value(0, || {
        // SAFETY: the header's contract on pointers.
        let run = unsafe { super::pointers::optional(run, "run") };
        run.ok().flatten().map_or(0, |r| i32::from(r.run.is_cancelled()))
    })
}
