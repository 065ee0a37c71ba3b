//! `chmr_fingerprint_table`: fingerprints of any number of molecules, searched from their file.

use super::batch::chmr_batch;
use super::error::{Failure, chmr_error};
use super::guard::{guard, guard_value};
use super::neighbors::{Found, chmr_neighbor_list};
use super::pointers::{free, give, optional, output, shared};
use super::run::chmr_run;
use super::status::chmr_status;
use super::strings::text;
use crate::reference::{FingerprintTable, Neighbor};
use crate::{Error, NeighborOptions, Run};
use std::ffi::c_char;

/// Fingerprints of molecules and their names in a mapped file, immutable: up to hundreds of millions, more than fit
/// into the memory. Programs that open the same file share it.
///
/// Thread rule: any number of threads may use it at once.
pub struct chmr_fingerprint_table {
    table: FingerprintTable,
}

/// Opens a table, as `chmr library pack` and chmr_fingerprint_table_write write it. The file is mapped, not
/// read: only 6 bytes a molecule are, to check them. It must stay as it is until the table is freed:
/// replace it by renaming another one over it, as chmr_fingerprint_table_write does. Of a file that was truncated
/// searches and names are refused (CHMR_STATUS_MODEL_IO); one under way at that moment reads beyond the file's end, for which
/// the system ends the program (SIGBUS): a library cannot prevent that.
///
/// path, path_len: UTF-8, path_len bytes, without a NUL.
/// out_table: the new table; the caller ends it with chmr_fingerprint_table_free.
///
/// Errors: those of chmr_model_open; CHMR_STATUS_MODEL_UNSUPPORTED also for a table without names.
///
/// Thread rule: callable from any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chmr_fingerprint_table_open(
    path: *const c_char,
    path_len: usize,
    out_table: *mut *mut chmr_fingerprint_table,
    error: *mut chmr_error,
) -> chmr_status {
    guard(error, || {
        // SAFETY: the header's contract on pointers.
        let (path, out) =
            unsafe { (text(path, path_len, "path")?, output(out_table, "out_table")?) };
        if path.is_empty() {
            return Err(Failure::invalid("path is empty; expected the path of a table"));
        }
        give(out, chmr_fingerprint_table { table: FingerprintTable::open(path)? });
        Ok(())
    })
}

/// Writes the molecules of a batch as a table: Morgan bits of radius 2 in 1024, and their names. For
/// more than fit into a batch use `chmr library pack`. The file appears under its name once it is whole; until then
/// what was there before stays.
///
/// batch: the molecules, none of them bad.
/// ids, ids_len: a name for each molecule, one a line, UTF-8; they need not differ.
/// path, path_len: UTF-8, path_len bytes, without a NUL.
///
/// Errors: CHMR_STATUS_MOLECULE_... where a molecule is bad; CHMR_STATUS_INVALID_ARGUMENT (another number of ids,
/// control characters in one), CHMR_STATUS_MODEL_IO, CHMR_STATUS_INVALID_UTF8, CHMR_STATUS_NULL_POINTER.
///
/// Thread rule: callable from many threads on one batch, for different paths.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chmr_fingerprint_table_write(
    batch: *const chmr_batch,
    ids: *const c_char,
    ids_len: usize,
    path: *const c_char,
    path_len: usize,
    error: *mut chmr_error,
) -> chmr_status {
    guard(error, || {
        // SAFETY: the header's contract on pointers.
        let (batch, ids, path) = unsafe {
            (shared(batch, "batch")?, text(ids, ids_len, "ids")?, text(path, path_len, "path")?)
        };
        if path.is_empty() {
            return Err(Failure::invalid("path is empty; expected the path of a table"));
        }
        Ok(batch.batch.write_table(&ids.lines().collect::<Vec<_>>(), path)?)
    })
}

/// Ends a table; NULL is ignored.
///
/// Thread rule: once no other thread uses it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chmr_fingerprint_table_free(table: *mut chmr_fingerprint_table) {
    // SAFETY: the header's contract on handles.
    guard_value((), || unsafe { free(table) });
}

/// Number of molecules; 0 for NULL.
///
/// Thread rule: callable from many threads on one table.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chmr_fingerprint_table_len(table: *const chmr_fingerprint_table) -> usize {
    guard_value(0, || {
        // SAFETY: the header's contract on pointers.
        let table = unsafe { optional(table, "table") };
        table.ok().flatten().map_or(0, |t| t.table.len())
    })
}

/// Width of its fingerprints in bits; 0 for NULL.
///
/// Thread rule: callable from many threads on one table.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chmr_fingerprint_table_bits(
    table: *const chmr_fingerprint_table,
) -> usize {
    guard_value(0, || {
        // SAFETY: the header's contract on pointers.
        let table = unsafe { optional(table, "table") };
        table.ok().flatten().map_or(0, |t| t.table.bits())
    })
}

/// Finds, for each molecule of a batch, the molecules of a table with the largest Tanimoto
/// similarity, as chmr_neighbors does in the model's library: exactly, nearest first, ties in the order of the table.
/// A bad molecule does not fail the call: its row has a status.
///
/// k: the most neighbours of a molecule.
/// threshold: the least similarity, 0 to 1.
/// threads: the most threads to use; 0 for as many as the machine has. Fewer molecules than threads are
/// searched for one after the other, each by all threads.
/// run: to cancel it from another thread, which takes effect once each thread has searched for at most eight molecules;
/// NULL if that is not needed.
/// out_list: the new list, independent of the table; the caller ends it with chmr_neighbor_list_free.
///
/// Errors: CHMR_STATUS_CANCELLED, CHMR_STATUS_INVALID_ARGUMENT (threshold), CHMR_STATUS_MODEL_INVALID
/// (a name is damaged), CHMR_STATUS_NULL_POINTER.
///
/// Thread rule: callable from many threads on one table and one batch.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chmr_fingerprint_table_neighbors(
    table: *const chmr_fingerprint_table,
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
        let (table, batch, run, out) = unsafe {
            (
                shared(table, "table")?,
                shared(batch, "batch")?,
                optional(run, "run")?,
                output(out_list, "out_list")?,
            )
        };
        let own = Run::new();
        let run = run.map_or(&own, |r| &r.run);
        let how = NeighborOptions { threads, k, threshold, ..Default::default() };
        let found = table.table.neighbors(&batch.batch, &how, run)?;
        let named = |n: &Neighbor| -> Result<(String, f32), Error> {
            Ok((table.table.molecule(n.id as usize)?.0, n.similarity))
        };
        let rows = found.into_iter().map(|row| -> Result<Found, Error> {
            match row {
                Ok(row) => Ok(Ok(row.iter().map(named).collect::<Result<_, _>>()?)),
                Err(e) => Ok(Err(e)),
            }
        });
        give(out, chmr_neighbor_list { rows: rows.collect::<Result<_, _>>()? });
        Ok(())
    })
}
