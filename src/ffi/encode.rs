//! `chmr_encode` and `chmr_encoding`: latents and their places in the learned hierarchy.

use super::batch::chmr_batch;
use super::convert::row_status;
use super::error::{Failure, Outcome, chmr_error};
use super::guard::{guard, guard_value};
use super::model::{chmr_model, identity_text};
use super::pointers::{array, free, give, optional, output, output_array, shared};
use super::run::chmr_run;
use super::status::chmr_status;
use super::strings::TextOut;
use crate::model::Identity;
use crate::{EncodeOptions, Encodings, Latents, Run};
use std::ffi::c_char;
use std::ptr::null;

/// The latents of a batch and their places in the learned hierarchy, a modality each. Independent of
/// the model and the batch that it was made with.
///
/// Thread rule: immutable; any number of threads may read it at once.
pub struct chmr_encoding {
    encodings: Encodings,
    width: usize,
    depth: usize,
    identity: Identity,
}

/// Computes the latents of every molecule of a batch and their places in the learned hierarchy: a
/// binary tree of unit vectors, in which a latent goes down from the root, at each level to the child
/// of larger cosine. A bad molecule does not fail the call: its row has a status, a reason and NaN
/// values. The values do not depend on the number of threads nor on what else is in the batch.
///
/// threads: the most threads to use; 0 for as many as the machine has.
/// run: to cancel it from another thread; NULL if that is not needed.
/// out_encoding: the new encoding; the caller ends it with chmr_encoding_free.
///
/// Errors: CHMR_STATUS_NOT_FOUND (the model has no codebook), CHMR_STATUS_CANCELLED,
/// CHMR_STATUS_NULL_POINTER.
///
/// Thread rule: callable from many threads on one model and one batch.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chmr_encode(
    model: *const chmr_model,
    batch: *const chmr_batch,
    threads: usize,
    run: *const chmr_run,
    out_encoding: *mut *mut chmr_encoding,
    error: *mut chmr_error,
) -> chmr_status {
    guard(error, || {
        // SAFETY: the header's contract on pointers.
        let (model, batch, run, out) = unsafe {
            (
                shared(model, "model")?,
                shared(batch, "batch")?,
                optional(run, "run")?,
                output(out_encoding, "out_encoding")?,
            )
        };
        let codebook = model
            .model
            .codebook()
            .ok_or_else(|| Failure::new(chmr_status::NotFound, "the model has no codebook"))?;
        let own = Run::new();
        let run = run.map_or(&own, |r| &r.run);
        let how = EncodeOptions { threads, ..Default::default() };
        let encodings = model.model.encode(&batch.batch, &how, run)?;
        let identity = model.model.identity().clone();
        let (width, depth) = (codebook.width(), codebook.depth());
        give(out, chmr_encoding { encodings, width, depth, identity });
        Ok(())
    })
}

/// Ends an encoding, and with it the values that it lent; NULL is ignored.
///
/// Thread rule: once no other thread uses it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chmr_encoding_free(encoding: *mut chmr_encoding) {
    // SAFETY: the header's contract on handles.
    guard_value((), || unsafe { free(encoding) });
}

/// `of` an encoding, 0 for NULL.
///
/// # Safety
/// As [`optional`].
unsafe fn count(encoding: *const chmr_encoding, of: fn(&chmr_encoding) -> usize) -> usize {
    guard_value(0, || {
        // SAFETY: this function's contract.
        unsafe { optional(encoding, "encoding") }.ok().flatten().map_or(0, of)
    })
}

/// Number of rows: the molecules of the batch, bad ones included, in its order; 0 for NULL.
///
/// Thread rule: callable from many threads on one encoding.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chmr_encoding_row_count(encoding: *const chmr_encoding) -> usize {
    // SAFETY: the header's contract on pointers.
    unsafe { count(encoding, |e| e.encodings.rows.len()) }
}

/// Number of modalities that the model gives latents of; 0 for NULL.
///
/// Thread rule: callable from many threads on one encoding.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chmr_encoding_modality_count(encoding: *const chmr_encoding) -> usize {
    // SAFETY: the header's contract on pointers.
    unsafe { count(encoding, |e| e.encodings.latents.len()) }
}

/// Length of a latent; 0 for NULL.
///
/// Thread rule: callable from many threads on one encoding.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chmr_encoding_width(encoding: *const chmr_encoding) -> usize {
    // SAFETY: the header's contract on pointers.
    unsafe { count(encoding, |e| e.width) }
}

/// Number of levels of the hierarchy below its root, which are the values of a code: level h = 1 and
/// on has 2 to the power h nodes; 0 for NULL.
///
/// Thread rule: callable from many threads on one encoding.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chmr_encoding_depth(encoding: *const chmr_encoding) -> usize {
    // SAFETY: the header's contract on pointers.
    unsafe { count(encoding, |e| e.depth) }
}

/// The name of a modality: that of the stage of the model that computes its latents.
///
/// modality: below chmr_encoding_modality_count.
/// buffer, capacity, out_len: see "Text out" above.
///
/// Errors: CHMR_STATUS_OUT_OF_RANGE, CHMR_STATUS_BUFFER_TOO_SMALL, CHMR_STATUS_NULL_POINTER.
///
/// Thread rule: callable from many threads on one encoding.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chmr_encoding_modality_name(
    encoding: *const chmr_encoding,
    modality: usize,
    buffer: *mut c_char,
    capacity: usize,
    out_len: *mut usize,
    error: *mut chmr_error,
) -> chmr_status {
    guard(error, || {
        // SAFETY: the header's contract on pointers.
        let (encoding, out) =
            unsafe { (shared(encoding, "encoding")?, TextOut::new(buffer, capacity, out_len)?) };
        out.put(&latents_of(encoding, modality)?.name)
    })
}

/// The latents of a modality: rows * chmr_encoding_width floats, row-major; all values of a bad row
/// are NaN. Borrowed: valid until chmr_encoding_free. NULL where there are none, beyond the end, and
/// for NULL.
///
/// Thread rule: callable from many threads on one encoding.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chmr_encoding_latents(
    encoding: *const chmr_encoding,
    modality: usize,
) -> *const f32 {
    guard_value(null(), || {
        // SAFETY: the header's contract on pointers.
        let encoding = unsafe { optional(encoding, "encoding") };
        let latents = encoding.ok().flatten().and_then(|e| e.encodings.latents.get(modality));
        let values = latents.and_then(|l| l.values.as_slice()).unwrap_or_default();
        if values.is_empty() { null() } else { values.as_ptr() }
    })
}

/// The place of a row's latent in the hierarchy.
///
/// row: below chmr_encoding_row_count.
/// modality: below chmr_encoding_modality_count.
/// nodes, node_count: room for at least chmr_encoding_depth numbers: the node at each level, level 1
/// first, counted from 0 within its level; the children of node c are 2 c and 2 c + 1.
/// cosines, cosine_count: room for as many floats: the cosine between the latent and each of these
/// nodes; NULL and 0 if they are not wanted. What lies beyond the depth stays as it is.
///
/// Errors: CHMR_STATUS_NOT_FOUND (the row is bad), CHMR_STATUS_OUT_OF_RANGE,
/// CHMR_STATUS_BUFFER_TOO_SMALL, CHMR_STATUS_INVALID_ARGUMENT (a misaligned pointer or a length),
/// CHMR_STATUS_NULL_POINTER.
///
/// Thread rule: callable from many threads on one encoding.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chmr_encoding_code(
    encoding: *const chmr_encoding,
    row: usize,
    modality: usize,
    nodes: *mut u32,
    node_count: usize,
    cosines: *mut f32,
    cosine_count: usize,
    error: *mut chmr_error,
) -> chmr_status {
    guard(error, || {
        // SAFETY: the header's contract on pointers.
        let (encoding, nodes, cosines) = unsafe {
            let wanted = !cosines.is_null() || cosine_count != 0;
            (
                shared(encoding, "encoding")?,
                output_array(nodes, node_count, "nodes")?,
                wanted.then(|| output_array(cosines, cosine_count, "cosines")).transpose()?,
            )
        };
        let codes = &latents_of(encoding, modality)?.codes;
        let code = codes.get(row).ok_or_else(|| out_of_range("row", row, codes.len()))?;
        let code = code.as_ref().ok_or_else(|| {
            Failure::new(chmr_status::NotFound, format!("row {row} is bad: it has no code"))
        })?;
        let rooms = [("nodes", Some(nodes.len())), ("cosines", cosines.as_ref().map(|c| c.len()))];
        for (what, room) in rooms {
            if let Some(room) = room.filter(|room| *room < encoding.depth) {
                let message = format!("{what} has room for {room}; expected {}", encoding.depth);
                return Err(Failure::new(chmr_status::BufferTooSmall, message));
            }
        }
        nodes.iter_mut().zip(&code.nodes).for_each(|(to, &node)| _ = to.write(node));
        for (to, &cosine) in cosines.into_iter().flatten().zip(&code.cosines) {
            to.write(cosine);
        }
        Ok(())
    })
}

/// What became of a row: CHMR_STATUS_OK, or CHMR_STATUS_MOLECULE_... (300 to 399) for a bad
/// molecule. Any other status tells of the call itself: CHMR_STATUS_OUT_OF_RANGE,
/// CHMR_STATUS_NULL_POINTER.
///
/// Thread rule: callable from many threads on one encoding.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chmr_encoding_row_status(
    encoding: *const chmr_encoding,
    row: usize,
) -> chmr_status {
    guard_value(chmr_status::Internal, || {
        // SAFETY: the header's contract on pointers.
        let encoding = match unsafe { shared(encoding, "encoding") } {
            Ok(encoding) => encoding,
            Err(failure) => return failure.status,
        };
        encoding.encodings.rows.get(row).map_or(chmr_status::OutOfRange, row_status)
    })
}

/// Why a row is bad, one line; empty for a good one.
///
/// row: below chmr_encoding_row_count.
/// buffer, capacity, out_len: see "Text out" above.
///
/// Errors: CHMR_STATUS_OUT_OF_RANGE, CHMR_STATUS_BUFFER_TOO_SMALL, CHMR_STATUS_NULL_POINTER.
///
/// Thread rule: callable from many threads on one encoding.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chmr_encoding_row_reason(
    encoding: *const chmr_encoding,
    row: usize,
    buffer: *mut c_char,
    capacity: usize,
    out_len: *mut usize,
    error: *mut chmr_error,
) -> chmr_status {
    guard(error, || {
        // SAFETY: the header's contract on pointers.
        let (encoding, out) =
            unsafe { (shared(encoding, "encoding")?, TextOut::new(buffer, capacity, out_len)?) };
        let rows = &encoding.encodings.rows;
        match rows.get(row).ok_or_else(|| out_of_range("row", row, rows.len()))? {
            Ok(()) => out.put(""),
            Err(e) => out.put(&e.to_string()),
        }
    })
}

/// A text that identifies the model that made the encoding.
///
/// field: a chmr_model_field.
/// buffer, capacity, out_len: see "Text out" above.
///
/// Errors: CHMR_STATUS_INVALID_ARGUMENT (unknown field), CHMR_STATUS_BUFFER_TOO_SMALL,
/// CHMR_STATUS_NULL_POINTER.
///
/// Thread rule: callable from many threads on one encoding.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chmr_encoding_model_text(
    encoding: *const chmr_encoding,
    field: i32,
    buffer: *mut c_char,
    capacity: usize,
    out_len: *mut usize,
    error: *mut chmr_error,
) -> chmr_status {
    guard(error, || {
        // SAFETY: the header's contract on pointers.
        let (encoding, out) =
            unsafe { (shared(encoding, "encoding")?, TextOut::new(buffer, capacity, out_len)?) };
        out.put(identity_text(&encoding.identity, field)?)
    })
}

/// How far apart two codes of one hierarchy are, as chmr_encoding_code gives them.
///
/// first, second, depth: the nodes of each at as many levels.
/// out_common: the level of their deepest common ancestor: 0 where they part at the root, depth where
/// they are the same. Between the two leaves lie 2 * (depth - common) edges.
///
/// Errors: CHMR_STATUS_INVALID_ARGUMENT (a misaligned pointer or a length), CHMR_STATUS_NULL_POINTER.
///
/// Thread rule: callable from any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chmr_code_common_depth(
    first: *const u32,
    second: *const u32,
    depth: usize,
    out_common: *mut usize,
    error: *mut chmr_error,
) -> chmr_status {
    guard(error, || {
        // SAFETY: the header's contract on pointers.
        let (first, second, out) = unsafe {
            (
                array(first, depth, "first")?,
                array(second, depth, "second")?,
                output(out_common, "out_common")?,
            )
        };
        out.write(first.iter().zip(second).take_while(|(a, b)| a == b).count());
        Ok(())
    })
}

fn latents_of(encoding: &chmr_encoding, modality: usize) -> Outcome<&Latents> {
    let all = &encoding.encodings.latents;
    all.get(modality).ok_or_else(|| out_of_range("modality", modality, all.len()))
}

fn out_of_range(what: &str, index: usize, count: usize) -> Failure {
    let message = format!("{what} {index} of an encoding with {count}; they count from 0");
    Failure::new(chmr_status::OutOfRange, message)
}
