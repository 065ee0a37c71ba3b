//! `chmr_result`: what was predicted.

use super::convert::row_status;
use super::error::{Failure, Outcome, chmr_error};
use super::guard::{guard, guard_value};
use super::model::{chmr_model, identity_text};
use super::pointers::{free, optional, output, output_array, shared};
use super::status::chmr_status;
use super::strings::TextOut;
use crate::model::Identity;
use crate::{Error, Predictions};
use std::ffi::c_char;
use std::ptr::null;

/// The predictions of a batch: a row a molecule, a column a task. Independent of the model and
/// the batch that it was made with.
///
/// Thread rule: immutable; any number of threads may read it at once.
pub struct chmr_result {
    pub(super) predictions: Predictions,
    identity: Identity,
}

impl chmr_result {
    pub(super) fn new(model: &chmr_model, predictions: Predictions) -> Self {
        Self { predictions, identity: model.model.identity().clone() }
    }

    /// Row-major, contiguous.
    fn values(&self) -> &[f32] {
        self.predictions.values.as_slice().unwrap_or_default()
    }
}

/// Ends a result, and with it the values that chmr_result_values lent; NULL is ignored.
///
/// Thread rule: once no other thread uses it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chmr_result_free(result: *mut chmr_result) {
    // SAFETY: the header's contract on handles.
    guard_value((), || unsafe { free(result) });
}

/// Number of rows: the molecules of the batch, bad ones included, in its order; 0 for NULL.
///
/// Thread rule: callable from many threads on one result.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chmr_result_row_count(result: *const chmr_result) -> usize {
    guard_value(0, || {
        // SAFETY: the header's contract on pointers.
        let result = unsafe { optional(result, "result") };
        result.ok().flatten().map_or(0, |r| r.predictions.rows.len())
    })
}

/// Number of columns: the tasks that were asked for; 0 for NULL.
///
/// Thread rule: callable from many threads on one result.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chmr_result_task_count(result: *const chmr_result) -> usize {
    guard_value(0, || {
        // SAFETY: the header's contract on pointers.
        let result = unsafe { optional(result, "result") };
        result.ok().flatten().map_or(0, |r| r.predictions.tasks.len())
    })
}

/// The task that a column holds.
///
/// column: below chmr_result_task_count.
/// out_task: its index in the model.
///
/// Errors: CHMR_STATUS_OUT_OF_RANGE, CHMR_STATUS_NULL_POINTER.
///
/// Thread rule: callable from many threads on one result.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chmr_result_task(
    result: *const chmr_result,
    column: usize,
    out_task: *mut usize,
    error: *mut chmr_error,
) -> chmr_status {
    guard(error, || {
        // SAFETY: the header's contract on pointers.
        let (result, out) = unsafe { (shared(result, "result")?, output(out_task, "out_task")?) };
        let tasks = &result.predictions.tasks;
        out.write(*tasks.get(column).ok_or_else(|| out_of_range("column", column, tasks.len()))?);
        Ok(())
    })
}

/// The values: rows * tasks floats, row-major, so that the value of row i and column j is
/// values[i * chmr_result_task_count + j]. Units: those of the tasks; all values of a bad row are
/// NaN. Borrowed: valid until chmr_result_free. NULL where there are none, and for NULL.
///
/// Thread rule: callable from many threads on one result.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chmr_result_values(result: *const chmr_result) -> *const f32 {
    guard_value(null(), || {
        // SAFETY: the header's contract on pointers.
        let result = unsafe { optional(result, "result") };
        let values = result.ok().flatten().map_or(&[][..], chmr_result::values);
        if values.is_empty() { null() } else { values.as_ptr() }
    })
}

/// Copies all values, laid out as chmr_result_values says, into the caller's buffer.
///
/// values, value_count: room for at least rows * tasks floats; what lies beyond stays as it is.
///
/// Errors: CHMR_STATUS_BUFFER_TOO_SMALL, CHMR_STATUS_INVALID_ARGUMENT (a misaligned pointer or a
/// length), CHMR_STATUS_NULL_POINTER.
///
/// Thread rule: callable from many threads on one result.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chmr_result_copy_values(
    result: *const chmr_result,
    values: *mut f32,
    value_count: usize,
    error: *mut chmr_error,
) -> chmr_status {
    guard(error, || {
        // SAFETY: the header's contract on pointers.
        let (result, out) =
            unsafe { (shared(result, "result")?, output_array(values, value_count, "values")?) };
        let own = result.values();
        if out.len() < own.len() {
            let message =
                format!("values has room for {}; expected at least {}", out.len(), own.len());
            return Err(Failure::new(chmr_status::BufferTooSmall, message));
        }
        for (to, &from) in out.iter_mut().zip(own) {
            to.write(from);
        }
        Ok(())
    })
}

/// What became of a row: CHMR_STATUS_OK, or CHMR_STATUS_MOLECULE_... (300 to 399) for a bad
/// molecule. Any other status tells of the call itself: CHMR_STATUS_OUT_OF_RANGE,
/// CHMR_STATUS_NULL_POINTER.
///
/// Thread rule: callable from many threads on one result.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chmr_result_row_status(
    result: *const chmr_result,
    row: usize,
) -> chmr_status {
    guard_value(chmr_status::Internal, || {
        // SAFETY: the header's contract on pointers.
        let result = match unsafe { shared(result, "result") } {
            Ok(result) => result,
            Err(failure) => return failure.status,
        };
        match result.predictions.rows.get(row) {
            None => chmr_status::OutOfRange,
            Some(row) => row_status(row),
        }
    })
}

/// Why a row is bad: what is wrong, where, and what was expected, one line; empty for a good one.
///
/// row: below chmr_result_row_count.
/// buffer, capacity, out_len: see "Text out" above.
///
/// Errors: CHMR_STATUS_OUT_OF_RANGE, CHMR_STATUS_BUFFER_TOO_SMALL, CHMR_STATUS_NULL_POINTER.
///
/// Thread rule: callable from many threads on one result.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chmr_result_row_reason(
    result: *const chmr_result,
    row: usize,
    buffer: *mut c_char,
    capacity: usize,
    out_len: *mut usize,
    error: *mut chmr_error,
) -> chmr_status {
    guard(error, || {
        // SAFETY: the header's contract on pointers.
        let (result, out) =
            unsafe { (shared(result, "result")?, TextOut::new(buffer, capacity, out_len)?) };
        match row_at(result, row)? {
            Ok(()) => out.put(""),
            Err(e) => out.put(&e.to_string()),
        }
    })
}

/// A text that identifies the model that made the result.
///
/// field: a chmr_model_field.
/// buffer, capacity, out_len: see "Text out" above.
///
/// Errors: CHMR_STATUS_INVALID_ARGUMENT (unknown field), CHMR_STATUS_BUFFER_TOO_SMALL,
/// CHMR_STATUS_NULL_POINTER.
///
/// Thread rule: callable from many threads on one result.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chmr_result_model_text(
    result: *const chmr_result,
    field: i32,
    buffer: *mut c_char,
    capacity: usize,
    out_len: *mut usize,
    error: *mut chmr_error,
) -> chmr_status {
    guard(error, || {
        // SAFETY: the header's contract on pointers.
        let (result, out) =
            unsafe { (shared(result, "result")?, TextOut::new(buffer, capacity, out_len)?) };
        out.put(identity_text(&result.identity, field)?)
    })
}

pub(super) fn row_at(result: &chmr_result, row: usize) -> Outcome<&Result<(), Error>> {
    let rows = &result.predictions.rows;
    rows.get(row).ok_or_else(|| out_of_range("row", row, rows.len()))
}

pub(super) fn out_of_range(what: &str, index: usize, count: usize) -> Failure {
    let message = format!("{what} {index} of a result with {count}; they count from 0");
    Failure::new(chmr_status::OutOfRange, message)
}
