//! `chmr_predict_options`: how a batch is predicted. It grows at its end only.

use super::error::Outcome;
use super::versioned;
use std::ffi::c_void;

/// What a progress function returns to go on.
pub const CHMR_CONTINUE: i32 = 0;
/// What a progress function returns to stop the run.
#[allow(dead_code)] // For the header: anything but CHMR_CONTINUE stops the run.
pub const CHMR_CANCEL: i32 = 1;

/// Called now and then while a batch is predicted, with the number of molecules done and the
/// number in the batch. Returns CHMR_CONTINUE, or CHMR_CANCEL to stop.
///
/// done never decreases; unless the run is cancelled, the last call has done equal to total.
///
/// Thread rule: called on the thread that called chmr_predict and on no other, while the others
/// go on working. It must return soon and must not throw, longjmp or free what the run uses; it
/// may call any other function.
pub type chmr_progress_fn =
    Option<unsafe extern "C" fn(done: usize, total: usize, user_data: *mut c_void) -> i32>;

/// How a batch is predicted. Start from CHMR_PREDICT_OPTIONS_INIT, which sets struct_size and the
/// defaults; later versions add fields at the end, whose default is zero.
#[repr(C)]
pub struct chmr_predict_options {
    /// sizeof(chmr_predict_options), as the caller knows it.
    pub struct_size: usize,
    /// The most threads to use; 0, the default: as many as the machine has.
    pub threads: usize,
    /// Indices of the tasks to predict, in the order of the result's columns, none twice;
    /// NULL, the default: all tasks of the model in its order.
    pub tasks: *const usize,
    /// Number of indices in tasks; 0 where tasks is NULL.
    pub task_count: usize,
    /// Told how the run proceeds; NULL, the default: no one.
    pub progress: chmr_progress_fn,
    /// Given to progress as it is.
    pub user_data: *mut c_void,
    /// Not 0: the result tells intervals and the applicability domain, too: see chmr_result_interval and
    /// chmr_result_domain. That costs a search among the training molecules. 0, the default: it does not.
    pub trust: usize,
}

/// What a struct of this name had in the first version: the least that `struct_size` may say.
const FIRST_SIZE: usize = 6 * size_of::<usize>();
const _: () = assert!(size_of::<chmr_predict_options>() >= FIRST_SIZE);

impl chmr_predict_options {
    /// The caller's options, whichever version of the struct they were made with; NULL is the
    /// defaults.
    ///
    /// # Safety
    /// `options` is NULL or valid for reads of as many bytes as its `struct_size` says.
    pub(super) unsafe fn read(options: *const Self) -> Outcome<Self> {
        // SAFETY: all fields are integers, pointers or an optional function: zero is valid in each,
        // and so is whatever the caller set; the rest is this function's contract.
        unsafe { versioned::read(options, FIRST_SIZE, "chmr_predict_options") }
    }
}

#[cfg(test)]
mod tests {
    use super::super::status::chmr_status;
    use super::super::versioned::SANE_SIZE;
    use super::*;

    fn options(struct_size: usize) -> chmr_predict_options {
        chmr_predict_options {
            struct_size,
            threads: 3,
            tasks: std::ptr::null(),
            task_count: 0,
            progress: None,
            user_data: std::ptr::null_mut(),
            trust: 0,
        }
    }

    #[test]
    fn size_says_which_version() {
        let own = size_of::<chmr_predict_options>();
        for size in [0, 8, FIRST_SIZE - 1, SANE_SIZE + 1, usize::MAX] {
            // SAFETY: refused by its size.
            let read = unsafe { chmr_predict_options::read(&options(size)) };
            assert_eq!(read.err().unwrap().status, chmr_status::InvalidArgument, "{size}");
        }
        // SAFETY: locals.
        unsafe {
            assert_eq!(chmr_predict_options::read(&options(own)).ok().unwrap().threads, 3);
            assert_eq!(chmr_predict_options::read(std::ptr::null()).ok().unwrap().threads, 0);
            // A program of the first version has no `trust`: what lies behind its struct is not read.
            let first = chmr_predict_options { trust: 1, ..options(FIRST_SIZE) };
            let read = chmr_predict_options::read(&first).ok().unwrap();
            assert_eq!((read.threads, read.trust), (3, 0));
        }
    }

    #[test]
    fn newer_fields_must_be_unset() {
        #[repr(C)]
        struct Newer(chmr_predict_options, u64);
        for (extra, expected) in [(0, None), (1, Some(chmr_status::UnsupportedOption))] {
            let newer = Newer(options(size_of::<Newer>()), extra);
            // SAFETY: `struct_size` is that of the whole.
            let read = unsafe { chmr_predict_options::read((&raw const newer).cast()) };
            assert_eq!(read.err().map(|f| f.status), expected);
        }
    }
}
