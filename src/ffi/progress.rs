//! The caller's progress function.

use super::options::{CHMR_CONTINUE, chmr_progress_fn};
use crate::Progress;
use std::ffi::c_void;
use std::ops::ControlFlow;

/// The function and what it is given.
pub(super) struct Watch {
    function: chmr_progress_fn,
    user_data: *mut c_void,
}

// SAFETY: a run calls its watch on the thread that called chmr_predict and on no other;
// `user_data` is only handed through.
unsafe impl Send for Watch {}
// SAFETY: as above.
unsafe impl Sync for Watch {}

impl Watch {
    pub fn new(function: chmr_progress_fn, user_data: *mut c_void) -> Option<Self> {
        function?;
        Some(Self { function, user_data })
    }

    /// Tells the caller, who may want to stop.
    pub fn tell(&self, progress: Progress) -> ControlFlow<()> {
        let Some(function) = self.function else { return ControlFlow::Continue(()) };
        // SAFETY: the caller's function, with the arguments that its type states.
        match unsafe { function(progress.done, progress.total, self.user_data) } {
            CHMR_CONTINUE => ControlFlow::Continue(()),
            _ => ControlFlow::Break(()),
        }
    }
}
