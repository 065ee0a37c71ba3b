//! `chmr_neighbors`: the most similar molecules of the model's library.

use super::batch::chmr_batch;
use super::convert::row_status;
use super::error::{Failure, Outcome, chmr_error};
use super::guard::{guard, guard_value};
use super::model::chmr_model;
use super::pointers::{free, give, optional, optional_output, output, shared};
use super::run::chmr_run;
use super::status::chmr_status;
use super::strings::TextOut;
use crate::{Error, NeighborOptions, Run};
use std::ffi::c_char;

pub(super) type Found = Result<Vec<(String, f32)>, Error>;

/// The most similar molecules of a library, for each molecule of a batch. Independent of the model
/// and the batch that it was made with.
///
/// Thread rule: immutable; any number of threads may read it at once.
pub struct chmr_neighbor_list {
    pub(super) rows: Vec<Found>,
}

/// Finds, for each molecule of a batch, the molecules of the model's library with the largest
/// Tanimoto similarity: exactly those that comparing with every one would find, nearest first, ties
/// in the order of the library. A bad molecule does not fail the call: its row has a status.
///
/// k: the most neighbours of a molecule.
/// threshold: the least similarity, 0 to 1.
/// threads: the most threads to use; 0 for as many as the machine has.
/// run: to cancel it from another thread; NULL if that is not needed.
/// out_list: the new list; the caller ends it with chmr_neighbor_list_free.
///
/// Errors: CHMR_STATUS_NOT_FOUND (the model has no library), CHMR_STATUS_CANCELLED,
/// CHMR_STATUS_INVALID_ARGUMENT (threshold), CHMR_STATUS_NULL_POINTER.
///
/// Thread rule: callable from many threads on one model and one batch.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chmr_neighbors(
    model: *const chmr_model,
    batch: *const chmr_batch,
    k: usize,
    threshold: f32,
    threads: usize,
    run: *const chmr_run,
    out_list: *mut *mut chmr_neighbor_list,
    error: *mut chmr_error,
) -> chmr_status {
    guard(error, || {
        // SAFETY: the header's contract on pointers.
        let (model, batch, run, out) = unsafe {
            (
                shared(model, "model")?,
                shared(batch, "batch")?,
                optional(run, "run")?,
                output(out_list, "out_list")?,
            )
        };
        let library = model.model.library().ok_or_else(|| {
            Failure::new(chmr_status::NotFound, "the model has no reference library")
        })?;
        let own = Run::new();
        let run = run.map_or(&own, |r| &r.run);
        let how = NeighborOptions { threads, k, threshold, ..Default::default() };
        let found = model.model.neighbors(&batch.batch, &how, run)?;
        let named = |row: Result<Vec<crate::reference::Source>, Error>| -> Found {
            let name = |s: crate::reference::Source| {
                (library.id(s.member as usize).to_owned(), s.similarity)
            };
            Ok(row?.into_iter().map(name).collect())
        };
        give(out, chmr_neighbor_list { rows: found.into_iter().map(named).collect() });
        Ok(())
    })
}

/// Ends a list; NULL is ignored.
///
/// Thread rule: once no other thread uses it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chmr_neighbor_list_free(list: *mut chmr_neighbor_list) {
    // SAFETY: the header's contract on handles.
    guard_value((), || unsafe { free(list) });
}

/// Number of rows: the molecules of the batch, bad ones included; 0 for NULL.
///
/// Thread rule: callable from many threads on one list.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chmr_neighbor_list_row_count(list: *const chmr_neighbor_list) -> usize {
    guard_value(0, || {
        // SAFETY: the header's contract on pointers.
        let list = unsafe { optional(list, "list") };
        list.ok().flatten().map_or(0, |l| l.rows.len())
    })
}

/// Number of neighbours of a row; 0 for a bad one, beyond the end, and for NULL.
///
/// Thread rule: callable from many threads on one list.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chmr_neighbor_list_len(
    list: *const chmr_neighbor_list,
    row: usize,
) -> usize {
    guard_value(0, || {
        // SAFETY: the header's contract on pointers.
        let list = unsafe { optional(list, "list") };
        let row = list.ok().flatten().and_then(|l| l.rows.get(row));
        row.and_then(|r| r.as_ref().ok()).map_or(0, Vec::len)
    })
}

/// What became of a row: CHMR_STATUS_OK, or CHMR_STATUS_MOLECULE_... (300 to 399) for a bad
/// molecule. Any other status tells of the call itself: CHMR_STATUS_OUT_OF_RANGE,
/// CHMR_STATUS_NULL_POINTER.
///
/// Thread rule: callable from many threads on one list.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chmr_neighbor_list_row_status(
    list: *const chmr_neighbor_list,
    row: usize,
) -> chmr_status {
    guard_value(chmr_status::Internal, || {
        // SAFETY: the header's contract on pointers.
        let list = match unsafe { shared(list, "list") } {
            Ok(list) => list,
            Err(failure) => return failure.status,
        };
        match list.rows.get(row) {
            None => chmr_status::OutOfRange,
            Some(Ok(_)) => chmr_status::Ok,
            Some(Err(e)) => row_status(&Err(e.clone())),
        }
    })
}

/// Why a row is bad, one line; empty for a good one.
///
/// row: below chmr_neighbor_list_row_count.
/// buffer, capacity, out_len: see "Text out" above.
///
/// Errors: CHMR_STATUS_OUT_OF_RANGE, CHMR_STATUS_BUFFER_TOO_SMALL, CHMR_STATUS_NULL_POINTER.
///
/// Thread rule: callable from many threads on one list.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chmr_neighbor_list_row_reason(
    list: *const chmr_neighbor_list,
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
        match row_at(list, row)? {
            Ok(_) => out.put(""),
            Err(e) => out.put(&e.to_string()),
        }
    })
}

/// One neighbour of a row, nearest first.
///
/// row: below chmr_neighbor_list_row_count.
/// neighbor: below chmr_neighbor_list_len of the row.
/// out_similarity: Tanimoto similarity to it; may be NULL.
/// buffer, capacity, out_len: its id in the library; see "Text out" above.
///
/// Errors: CHMR_STATUS_OUT_OF_RANGE, CHMR_STATUS_BUFFER_TOO_SMALL, CHMR_STATUS_NULL_POINTER.
///
/// Thread rule: callable from many threads on one list.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chmr_neighbor_list_get(
    list: *const chmr_neighbor_list,
    row: usize,
    neighbor: usize,
    out_similarity: *mut f32,
    buffer: *mut c_char,
    capacity: usize,
    out_len: *mut usize,
    error: *mut chmr_error,
) -> chmr_status {
    guard(error, || {
        // SAFETY: the header's contract on pointers.
        let (list, similarity, out) = unsafe {
            (
                shared(list, "list")?,
                optional_output(out_similarity, "out_similarity")?,
                TextOut::new(buffer, capacity, out_len)?,
            )
        };
        let found = row_at(list, row)?.as_deref().unwrap_or_default();
        let (id, value) =
            found.get(neighbor).ok_or_else(|| out_of_range("neighbor", neighbor, found.len()))?;
        out.put(id)?;
        if let Some(to) = similarity {
            to.write(*value);
        }
        Ok(())
    })
}

fn row_at(list: &chmr_neighbor_list, row: usize) -> Outcome<&Found> {
    list.rows.get(row).ok_or_else(|| out_of_range("row", row, list.rows.len()))
}

fn out_of_range(what: &str, index: usize, count: usize) -> Failure {
    let message = format!("{what} {index} of a list with {count}; they count from 0");
    Failure::new(chmr_status::OutOfRange, message)
}
