//! What a model holds of each modality, and what predictions knew of it.

use super::error::{Failure, Outcome, chmr_error};
use super::guard::{guard, guard_value};
use super::model::chmr_model;
use super::pointers::{optional, output, shared};
use super::result::{chmr_result, out_of_range};
use super::status::chmr_status;
use super::strings::TextOut;
use crate::Provision;
use crate::reference::Modality;
use std::ffi::c_char;

/// Texts that describe what a model's library observed.
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum chmr_modality_field {
    /// Its name, such as "expression"; unique in the library.
    Name = 1,
    /// Where its profiles come from; empty where that is not said.
    Source = 2,
    /// Their licence; empty where that is not said.
    Licence = 3,
}

/// Where a modality of a predicted molecule came from.
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum chmr_provision {
    /// It was neither given nor filled in, or the model's networks do not read it.
    Absent = 0,
    /// The caller gave it.
    Observed = 1,
    /// It was filled in from similar molecules.
    Imputed = 2,
}

/// Number of modalities that the model's library has observed profiles of; 0 for a model without one,
/// and for NULL.
///
/// Thread rule: callable from many threads on one model.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chmr_model_modality_count(model: *const chmr_model) -> usize {
    guard_value(0, || {
        // SAFETY: the header's contract on pointers.
        let model = unsafe { optional(model, "model") };
        model.ok().flatten().map_or(0, |m| modalities(m).len())
    })
}

/// A text on a modality of the model's library: its name, where its profiles come from, their licence.
///
/// modality: below chmr_model_modality_count.
/// field: a chmr_modality_field.
/// buffer, capacity, out_len: see "Text out" above.
///
/// Errors: CHMR_STATUS_OUT_OF_RANGE, CHMR_STATUS_INVALID_ARGUMENT (unknown field),
/// CHMR_STATUS_BUFFER_TOO_SMALL, CHMR_STATUS_NULL_POINTER.
///
/// Thread rule: callable from many threads on one model.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chmr_model_modality_text(
    model: *const chmr_model,
    modality: usize,
    field: i32,
    buffer: *mut c_char,
    capacity: usize,
    out_len: *mut usize,
    error: *mut chmr_error,
) -> chmr_status {
    guard(error, || {
        // SAFETY: the header's contract on pointers.
        let (model, out) =
            unsafe { (shared(model, "model")?, TextOut::new(buffer, capacity, out_len)?) };
        let all = modalities(model);
        let found = all.get(modality).ok_or_else(|| {
            let n = all.len();
            let message = format!("modality {modality} of a library with {n}; they count from 0");
            Failure::new(chmr_status::OutOfRange, message)
        })?;
        out.put(modality_text(found, field)?)
    })
}

/// Number of modalities that chmr_result_provision tells about: the structure, then those of the
/// model's library; 0 for NULL.
///
/// Thread rule: callable from many threads on one result.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chmr_result_modality_count(result: *const chmr_result) -> usize {
    guard_value(0, || {
        // SAFETY: the header's contract on pointers.
        let result = unsafe { optional(result, "result") };
        result.ok().flatten().map_or(0, |r| r.predictions.modalities.len())
    })
}

/// The name of a modality of the result: "structure", or as the library has it.
///
/// modality: below chmr_result_modality_count.
/// buffer, capacity, out_len: see "Text out" above.
///
/// Errors: CHMR_STATUS_OUT_OF_RANGE, CHMR_STATUS_BUFFER_TOO_SMALL, CHMR_STATUS_NULL_POINTER.
///
/// Thread rule: callable from many threads on one result.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chmr_result_modality_name(
    result: *const chmr_result,
    modality: usize,
    buffer: *mut c_char,
    capacity: usize,
    out_len: *mut usize,
    error: *mut chmr_error,
) -> chmr_status {
    guard(error, || {
        // SAFETY: the header's contract on pointers.
        let (result, out) =
            unsafe { (shared(result, "result")?, TextOut::new(buffer, capacity, out_len)?) };
        let names = &result.predictions.modalities;
        let name = names.get(modality);
        out.put(name.ok_or_else(|| out_of_range("modality", modality, names.len()))?)
    })
}

/// What a prediction knew of a modality of its molecule. The networks of today's models read
/// structure alone, so that the structure of a good row is observed and all else is absent, whatever
/// profiles the model's library holds: these serve chmr_impute, and predictions ignore them.
///
/// row: below chmr_result_row_count.
/// modality: below chmr_result_modality_count.
/// out_provision: where it came from.
///
/// Errors: CHMR_STATUS_OUT_OF_RANGE, CHMR_STATUS_NULL_POINTER.
///
/// Thread rule: callable from many threads on one result.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chmr_result_provision(
    result: *const chmr_result,
    row: usize,
    modality: usize,
    out_provision: *mut chmr_provision,
    error: *mut chmr_error,
) -> chmr_status {
    guard(error, || {
        // SAFETY: the header's contract on pointers.
        let (result, out) =
            unsafe { (shared(result, "result")?, output(out_provision, "out_provision")?) };
        let predictions = &result.predictions;
        let provision = predictions.provision(row, modality).ok_or_else(|| {
            match (predictions.rows.len(), predictions.modalities.len()) {
                (rows, _) if row >= rows => out_of_range("row", row, rows),
                (_, n) => out_of_range("modality", modality, n),
            }
        })?;
        out.write(match provision {
            Provision::Absent => chmr_provision::Absent,
            Provision::Observed => chmr_provision::Observed,
            Provision::Imputed => chmr_provision::Imputed,
        });
        Ok(())
    })
}

fn modalities(model: &chmr_model) -> &[Modality] {
    model.model.library().map(|l| l.modalities()).unwrap_or_default()
}

fn modality_text(modality: &Modality, field: i32) -> Outcome<&str> {
    use chmr_modality_field as F;
    Ok(match field {
        f if f == F::Name as i32 => modality.name(),
        f if f == F::Source as i32 => modality.source(),
        f if f == F::Licence as i32 => modality.licence(),
        _ => {
            let message = format!("field is {field}; expected a chmr_modality_field");
            return Err(Failure::invalid(message));
        }
    })
}
