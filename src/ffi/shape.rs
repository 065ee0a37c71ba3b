//! `chmr_shape_list`: shape descriptors of the poses of a batch.

use super::batch::chmr_batch;
use super::convert::row_status;
use super::error::{Failure, chmr_error};
use super::guard::{guard, guard_value};
use super::pointers::{free, give, optional, output, shared};
use super::run::chmr_run;
use super::status::chmr_status;
use super::strings::TextOut;
use crate::features::shape;
use crate::{Run, ShapeOptions, Shapes};
use std::ffi::c_char;
use std::ptr::null;

/// Shape descriptors of a batch: a row a molecule or pose, a column a descriptor. Independent of the
/// batch that it was made with.
///
/// Thread rule: immutable; any number of threads may read it at once.
pub struct chmr_shape_list {
    shapes: Shapes,
}

/// Describes the shape of the conformer that each molecule of a batch came with: USRCAT, of which the
/// first 12 values are USR, 3D autocorrelation, and moments of inertia. Columns: chmr_shape_name. They
/// do not change where the conformer is moved or turned or its atoms are listed in another order, and
/// hydrogens take no part. A molecule without 3D coordinates (a SMILES, a drawing, a fingerprint) does
/// not fail the call: its row has CHMR_STATUS_MOLECULE_INPUT and says what is missing. Predictions
/// do not read shapes: see chmr_model_task_reads.
///
/// threads: the most threads to use; 0 for as many as the machine has.
/// run: to cancel it from another thread; NULL if that is not needed.
/// out_list: the new list; the caller ends it with chmr_shape_list_free.
///
/// Errors: CHMR_STATUS_CANCELLED, CHMR_STATUS_LIMIT (memory), CHMR_STATUS_NULL_POINTER.
///
/// Thread rule: callable from many threads on one batch.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chmr_shapes(
    batch: *const chmr_batch,
    threads: usize,
    run: *const chmr_run,
    out_list: *mut *mut chmr_shape_list,
    error: *mut chmr_error,
) -> chmr_status {
    guard(error, || {
        // SAFETY: the header's contract on pointers.
        let (batch, run, out) = unsafe {
            (shared(batch, "batch")?, optional(run, "run")?, output(out_list, "out_list")?)
        };
        let own = Run::new();
        let run = run.map_or(&own, |r| &r.run);
        let how = ShapeOptions { threads, ..Default::default() };
        give(out, chmr_shape_list { shapes: batch.batch.shapes(&how, run)? });
        Ok(())
    })
}

/// Ends a list, and with it the values that it lent; NULL is ignored.
///
/// Thread rule: once no other thread uses it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chmr_shape_list_free(list: *mut chmr_shape_list) {
    // SAFETY: the header's contract on handles.
    guard_value((), || unsafe { free(list) });
}

/// Number of shape descriptors: columns of every chmr_shape_list.
///
/// Thread rule: callable from any thread.
#[unsafe(no_mangle)]
pub extern "C" fn chmr_shape_count() -> usize {
    shape::SHAPE_DESCRIPTORS
}

/// The name of a shape descriptor, unique, such as "usrcat_donor_centroid_mean",
/// "autocorrelation_mass_3" or "pmi1". Lengths are in Å, masses in u.
///
/// column: below chmr_shape_count.
/// buffer, capacity, out_len: see "Text out" above.
///
/// Errors: CHMR_STATUS_OUT_OF_RANGE, CHMR_STATUS_BUFFER_TOO_SMALL, CHMR_STATUS_NULL_POINTER.
///
/// Thread rule: callable from any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chmr_shape_name(
    column: usize,
    buffer: *mut c_char,
    capacity: usize,
    out_len: *mut usize,
    error: *mut chmr_error,
) -> chmr_status {
    guard(error, || {
        // SAFETY: the header's contract on pointers.
        let out = unsafe { TextOut::new(buffer, capacity, out_len)? };
        let names = shape::names();
        out.put(names.get(column).ok_or_else(|| out_of_range("column", column, names.len()))?)
    })
}

/// Number of rows: the molecules of the batch, bad ones included; 0 for NULL.
///
/// Thread rule: callable from many threads on one list.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chmr_shape_list_row_count(list: *const chmr_shape_list) -> usize {
    guard_value(0, || {
        // SAFETY: the header's contract on pointers.
        let list = unsafe { optional(list, "list") };
        list.ok().flatten().map_or(0, |l| l.shapes.rows.len())
    })
}

/// The values: rows * chmr_shape_count() floats, row-major; all values of a row that is not
/// CHMR_STATUS_OK are NaN. Borrowed: valid until chmr_shape_list_free. NULL where there are none, and
/// for NULL.
///
/// Thread rule: callable from many threads on one list.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chmr_shape_list_values(list: *const chmr_shape_list) -> *const f32 {
    guard_value(null(), || {
        // SAFETY: the header's contract on pointers.
        let list = unsafe { optional(list, "list") };
        let values = list.ok().flatten().and_then(|l| l.shapes.values.as_slice());
        values.filter(|v| !v.is_empty()).map_or(null(), <[f32]>::as_ptr)
    })
}

/// What became of a row: CHMR_STATUS_OK; CHMR_STATUS_MOLECULE_INPUT where there is no shape to
/// describe; CHMR_STATUS_MOLECULE_... (300 to 399) for a bad molecule. Any other status tells of the call
/// itself: CHMR_STATUS_OUT_OF_RANGE, CHMR_STATUS_NULL_POINTER.
///
/// Thread rule: callable from many threads on one list.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chmr_shape_list_row_status(
    list: *const chmr_shape_list,
    row: usize,
) -> chmr_status {
    guard_value(chmr_status::Internal, || {
        // SAFETY: the header's contract on pointers.
        let list = match unsafe { shared(list, "list") } {
            Ok(list) => list,
            Err(failure) => return failure.status,
        };
        list.shapes.rows.get(row).map_or(chmr_status::OutOfRange, row_status)
    })
}

/// Why a row has no values, one line; empty for one that has.
///
/// row: below chmr_shape_list_row_count.
/// buffer, capacity, out_len: see "Text out" above.
///
/// Errors: CHMR_STATUS_OUT_OF_RANGE, CHMR_STATUS_BUFFER_TOO_SMALL, CHMR_STATUS_NULL_POINTER.
///
/// Thread rule: callable from many threads on one list.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chmr_shape_list_row_reason(
    list: *const chmr_shape_list,
    row: usize,
    buffer: *mut c_char,
    capacity: usize,
    out_len: *mut usize,
    error: *mut chmr_error,
) -> chmr_status {
    guard(error, || {
        // SAFETY: the header's contract on pointers.
        let (list, out) =
            unsafe { (shared(list, "list")?, TextOut::new(buffer, capacity, out_len)?) };
        let rows = &list.shapes.rows;
        match rows.get(row).ok_or_else(|| out_of_range("row", row, rows.len()))? {
            Ok(()) => out.put(""),
            Err(e) => out.put(&e.to_string()),
        }
    })
}

fn out_of_range(what: &str, index: usize, count: usize) -> Failure {
    let message = format!("{what} {index} of a list with {count}; they count from 0");
    Failure::new(chmr_status::OutOfRange, message)
}
