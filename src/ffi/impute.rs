//! `chmr_impute`: filling in a modality for a batch.

use super::batch::chmr_batch;
use super::error::{Failure, Outcome, chmr_error};
use super::guard::guard;
use super::imputation::chmr_imputation;
use super::model::chmr_model;
use super::options::chmr_progress_fn;
use super::pointers::{array, give, optional, output, shared};
use super::progress::Watch;
use super::run::chmr_run;
use super::status::chmr_status;
use super::strings::text;
use super::versioned;
use crate::reference::Propagation;
use crate::{Error, ErrorKind, ImputeOptions, Run};
use ndarray::ArrayView2;
use std::ffi::{c_char, c_void};
use std::mem::offset_of;

/// How a modality is imputed. Start from CHMR_IMPUTE_OPTIONS_INIT, which sets struct_size and the
/// defaults; later versions add fields at the end, whose default is zero.
#[repr(C)]
pub struct chmr_impute_options {
    /// sizeof(chmr_impute_options), as the caller knows it.
    pub struct_size: usize,
    /// The most threads to use; 0, the default: as many as the machine has.
    pub threads: usize,
    /// What was measured: rows of the batch * features floats, row-major, NaN where nothing was;
    /// such values come back untouched, and inform the row's others (but not in plain propagation).
    /// NULL, the default: nothing.
    pub observed: *const f32,
    /// Number of floats in observed; 0 where it is NULL.
    pub observed_count: usize,
    /// Not 0: the paper's plain propagation over as many neighbours instead of regression, the
    /// default.
    pub propagation_neighbors: usize,
    /// Steps of propagation; 0 where propagation_neighbors is.
    pub propagation_steps: usize,
    /// Told how the run proceeds; NULL, the default: no one.
    pub progress: chmr_progress_fn,
    /// Given to progress as it is.
    pub user_data: *mut c_void,
    /// Not 0: nothing but structure is used, even for compounds of which the library knows more: what they
    /// share with others and how strongly they act. 0, the default: all is used.
    pub structure_only: usize,
}

/// Up to the last field of the first version.
const FIRST_SIZE: usize = offset_of!(chmr_impute_options, user_data) + size_of::<*mut c_void>();

/// Fills in a modality for every molecule of a batch, from the observed profiles of similar
/// molecules of the model's library. A bad molecule does not fail the call: its row has a status, a
/// reason and NaN values. A molecule that resembles none of the library gets the mean profile, and
/// chmr_imputation_support says so. What was measured of a molecule (observed) tells of its other
/// features, as far as these vary together in the library's profiles. The values do not depend on the number of threads nor on what
/// else is in the batch.
///
/// modality, modality_len: such as "expression" or "morphology", UTF-8, without a NUL.
/// options: NULL for the defaults.
/// run: to cancel it from another thread; NULL if that is not needed.
/// out_imputation: the new imputation; the caller ends it with chmr_imputation_free.
///
/// Errors: CHMR_STATUS_NOT_FOUND (the model has no library or the library no such modality),
/// CHMR_STATUS_CANCELLED, CHMR_STATUS_INVALID_ARGUMENT (struct_size, observed_count, propagation),
/// CHMR_STATUS_INVALID_UTF8, CHMR_STATUS_LIMIT, CHMR_STATUS_UNSUPPORTED_OPTION,
/// CHMR_STATUS_NULL_POINTER.
///
/// Thread rule: callable from many threads on one model and one batch.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chmr_impute(
    model: *const chmr_model,
    batch: *const chmr_batch,
    modality: *const c_char,
    modality_len: usize,
    options: *const chmr_impute_options,
    run: *const chmr_run,
    out_imputation: *mut *mut chmr_imputation,
    error: *mut chmr_error,
) -> chmr_status {
    guard(error, || {
        // SAFETY: the header's contract on pointers; all fields of the options are integers, pointers
        // or an optional function: zero is valid in each, and so is whatever the caller set.
        let (model, batch, name, options, run, out) = unsafe {
            (
                shared(model, "model")?,
                shared(batch, "batch")?,
                text(modality, modality_len, "modality")?,
                versioned::read(options, FIRST_SIZE, "chmr_impute_options")?,
                optional(run, "run")?,
                output(out_imputation, "out_imputation")?,
            )
        };
        let (model, batch) = (&model.model, &batch.batch);
        let library = model.library().ok_or_else(|| {
            Failure::new(chmr_status::NotFound, "the model has no reference library")
        })?;
        let modality = library.modality(name).ok_or_else(|| {
            let quoted: String = name.chars().take(60).collect();
            Failure::new(chmr_status::NotFound, format!("the library has no modality '{quoted}'"))
        })?;
        let features = modality.profiles().features().len();
        // SAFETY: as above.
        let observed = unsafe { observed(&options, batch.len(), features) }?;
        let propagation = match (options.propagation_neighbors, options.propagation_steps) {
            (0, 0) => None,
            (neighbors, steps) => Some(Propagation { neighbors, steps }),
        };
        let how = ImputeOptions {
            threads: options.threads,
            propagation,
            structure_only: options.structure_only != 0,
            ..Default::default()
        };
        let own = Run::new();
        let run = run.map_or(&own, |r| &r.run);
        let imputed = match Watch::new(options.progress, options.user_data) {
            None => model.impute(batch, name, observed, &how, run)?,
            Some(watch) => {
                let watched = run.linked(|progress| watch.tell(progress));
                model.impute(batch, name, observed, &how, &watched)?
            }
        };
        give(out, chmr_imputation::new(model, library, modality, imputed));
        Ok(())
    })
}

/// The caller's measurements.
///
/// # Safety
/// As [`array`].
unsafe fn observed<'a>(
    options: &chmr_impute_options,
    rows: usize,
    features: usize,
) -> Outcome<Option<ArrayView2<'a, f32>>> {
    if options.observed.is_null() && options.observed_count == 0 {
        return Ok(None);
    }
    // SAFETY: this function's contract.
    let values = unsafe { array(options.observed, options.observed_count, "observed") }?;
    // `from_shape` alone would take more values than the shape has.
    let view = ArrayView2::from_shape((rows, features), values)
        .ok()
        .filter(|view| view.len() == values.len())
        .ok_or_else(|| {
            let message = format!(
                "observed has {} values; expected {rows} rows * {features} features",
                values.len()
            );
            Error::new(ErrorKind::Argument, message)
        })?;
    Ok(Some(view))
}
