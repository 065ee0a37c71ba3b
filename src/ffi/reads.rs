//! What the prediction of a task depends on.

use super::error::{Failure, chmr_error};
use super::guard::guard;
use super::model::chmr_model;
use super::pointers::{output, shared};
use super::status::chmr_status;

/// Bit of chmr_model_task_reads: the molecule as a graph of atoms and bonds.
pub const CHMR_READS_STRUCTURE: u32 = 1;
/// Bit of chmr_model_task_reads: the positions of the atoms.
pub const CHMR_READS_CONFORMER: u32 = 2;

/// What the prediction of a task depends on, as a sum of CHMR_READS_... bits: whether it can change
/// from pose to pose. Where CHMR_READS_CONFORMER is not set, all poses of one molecule, its
/// atoms in one order, have the same value, bit for bit: one of them is enough to predict. So it is with every task of the models
/// there are. What differs from pose to pose is told by chmr_shapes.
///
/// task: below chmr_model_task_count.
/// out_reads: the bits; ignore unknown ones, which later versions may add.
///
/// Errors: CHMR_STATUS_OUT_OF_RANGE, CHMR_STATUS_NULL_POINTER.
///
/// Thread rule: callable from many threads on one model.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chmr_model_task_reads(
    model: *const chmr_model,
    task: usize,
    out_reads: *mut u32,
    error: *mut chmr_error,
) -> chmr_status {
    guard(error, || {
        // SAFETY: the header's contract on pointers.
        let (model, out) = unsafe { (shared(model, "model")?, output(out_reads, "out_reads")?) };
        let reads = model.model.task_reads(task).ok_or_else(|| {
            let count = model.model.tasks().len();
            let message = format!("task {task} of a model with {count}; they count from 0");
            Failure::new(chmr_status::OutOfRange, message)
        })?;
        let bit = |read, bit| if read { bit } else { 0 };
        out.write(
            bit(reads.structure, CHMR_READS_STRUCTURE) | bit(reads.conformer, CHMR_READS_CONFORMER),
        );
        Ok(())
    })
}
