//! `chmr_panel`: which features to measure.

use super::error::{Failure, chmr_error};
use super::guard::guard;
use super::model::chmr_model;
use super::pointers::{optional, output, output_array, shared};
use super::run::chmr_run;
use super::status::chmr_status;
use super::strings::text;
use crate::Run;
use std::ffi::c_char;

/// The features of a modality whose measurement tells most about the others, the most telling first, beyond what structure
/// tells. Learned from the profiles of the model's library, when it is first wanted.
///
/// modality, modality_len: such as "expression" or "morphology", UTF-8, without a NUL.
/// size: number of features, at least 1 and at most those of the modality.
/// run: to cancel it from another thread; NULL if that is not needed.
/// features: room for size numbers, each the place of a feature, below chmr_imputation_feature_count of an imputation of the
/// modality.
/// explained: room for as many floats: the share of the variance of the features outside the panel that it explains up to
/// there, 0 to 1.
/// out_count: how many there are; fewer than size where fewer features vary. What lies beyond stays as it is.
///
/// Errors: CHMR_STATUS_NOT_FOUND (the model has no library or the library no such modality), CHMR_STATUS_CANCELLED,
/// CHMR_STATUS_INVALID_ARGUMENT (size), CHMR_STATUS_INVALID_UTF8, CHMR_STATUS_LIMIT, CHMR_STATUS_NULL_POINTER.
///
/// Thread rule: callable from many threads on one model.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chmr_panel(
    model: *const chmr_model,
    modality: *const c_char,
    modality_len: usize,
    size: usize,
    run: *const chmr_run,
    features: *mut usize,
    explained: *mut f32,
    out_count: *mut usize,
    error: *mut chmr_error,
) -> chmr_status {
    guard(error, || {
        // SAFETY: the header's contract on pointers.
        let (model, name, run, out) = unsafe {
            (
                shared(model, "model")?,
                text(modality, modality_len, "modality")?,
                optional(run, "run")?,
                output(out_count, "out_count")?,
            )
        };
        let modality = model.model.library().and_then(|library| library.modality(name));
        let modality = modality.ok_or_else(|| {
            let quoted: String = name.chars().take(60).collect();
            let message = format!("the model has no library with a modality '{quoted}'");
            Failure::new(chmr_status::NotFound, message)
        })?;
        // Before room for so many is believed in.
        let most = modality.profiles().features().len();
        if !(1..=most).contains(&size) {
            let message = format!("size is {size}; expected 1 to the modality's {most} features");
            return Err(Failure::invalid(message));
        }
        // SAFETY: as above.
        let (features, explained) = unsafe {
            (output_array(features, size, "features")?, output_array(explained, size, "explained")?)
        };
        let own = Run::new();
        let panel = model.model.panel(name, size, run.map_or(&own, |r| &r.run))?;
        for (chosen, (feature, share)) in panel.iter().zip(features.iter_mut().zip(explained)) {
            feature.write(chosen.feature);
            share.write(chosen.explained);
        }
        out.write(panel.len());
        Ok(())
    })
}
