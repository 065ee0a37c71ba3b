//! What files say of the rows of a batch besides the molecule.

use super::batch::chmr_batch;
use super::error::{Failure, Outcome, chmr_error};
use super::guard::{guard, guard_value};
use super::pointers::{optional, shared};
use super::status::chmr_status;
use super::strings::TextOut;
use std::ffi::c_char;

/// What the file calls a row: the first line of an SD record, the name in a pose's remarks; empty for none.
///
/// row: below chmr_batch_len.
/// buffer, capacity, out_len: see "Text out" above.
///
/// Errors: CHMR_STATUS_OUT_OF_RANGE, CHMR_STATUS_BUFFER_TOO_SMALL, CHMR_STATUS_NULL_POINTER.
///
/// Thread rule: callable from many threads on one batch while none adds to it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chmr_batch_row_title(
    batch: *const chmr_batch,
    row: usize,
    buffer: *mut c_char,
    capacity: usize,
    out_len: *mut usize,
    error: *mut chmr_error,
) -> chmr_status {
    guard(error, || {
        // SAFETY: the header's contract on pointers.
        let (batch, out) =
            unsafe { (shared(batch, "batch")?, TextOut::new(buffer, capacity, out_len)?) };
        check(batch, row)?;
        out.put(batch.batch.title(row))
    })
}

/// Number of data fields of a row: those of an SD record; 0 for other rows, beyond the end, and for NULL.
///
/// Thread rule: callable from many threads on one batch while none adds to it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chmr_batch_row_field_count(batch: *const chmr_batch, row: usize) -> usize {
    guard_value(0, || {
        // SAFETY: the header's contract on pointers.
        let batch = unsafe { optional(batch, "batch") };
        batch.ok().flatten().map_or(0, |b| b.batch.fields(row).len())
    })
}

/// The name of a data field of a row, as the file has it: a name may come twice.
///
/// row: below chmr_batch_len.
/// field: below chmr_batch_row_field_count of the row; in the file's order.
/// buffer, capacity, out_len: see "Text out" above.
///
/// Errors: CHMR_STATUS_OUT_OF_RANGE, CHMR_STATUS_BUFFER_TOO_SMALL, CHMR_STATUS_NULL_POINTER.
///
/// Thread rule: callable from many threads on one batch while none adds to it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chmr_batch_row_field_name(
    batch: *const chmr_batch,
    row: usize,
    field: usize,
    buffer: *mut c_char,
    capacity: usize,
    out_len: *mut usize,
    error: *mut chmr_error,
) -> chmr_status {
    guard(error, || {
        // SAFETY: the header's contract on pointers.
        let (batch, out) =
            unsafe { (shared(batch, "batch")?, TextOut::new(buffer, capacity, out_len)?) };
        out.put(get(batch, row, field)?.0)
    })
}

/// The value of a data field of a row: its lines, with \n between them.
///
/// row: below chmr_batch_len.
/// field: below chmr_batch_row_field_count of the row; in the file's order.
/// buffer, capacity, out_len: see "Text out" above.
///
/// Errors: CHMR_STATUS_OUT_OF_RANGE, CHMR_STATUS_BUFFER_TOO_SMALL, CHMR_STATUS_NULL_POINTER.
///
/// Thread rule: callable from many threads on one batch while none adds to it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chmr_batch_row_field_value(
    batch: *const chmr_batch,
    row: usize,
    field: usize,
    buffer: *mut c_char,
    capacity: usize,
    out_len: *mut usize,
    error: *mut chmr_error,
) -> chmr_status {
    guard(error, || {
        // SAFETY: the header's contract on pointers.
        let (batch, out) =
            unsafe { (shared(batch, "batch")?, TextOut::new(buffer, capacity, out_len)?) };
        out.put(get(batch, row, field)?.1)
    })
}

fn check(batch: &chmr_batch, row: usize) -> Outcome {
    if row < batch.batch.len() { Ok(()) } else { Err(beyond("row", row, batch.batch.len())) }
}

fn get(batch: &chmr_batch, row: usize, field: usize) -> Outcome<(&str, &str)> {
    check(batch, row)?;
    let mut fields = batch.batch.fields(row);
    let count = fields.len();
    fields.nth(field).ok_or_else(|| beyond("field", field, count))
}

fn beyond(what: &str, index: usize, count: usize) -> Failure {
    let message = format!("{what} {index} of {count}; they count from 0");
    Failure::new(chmr_status::OutOfRange, message)
}
