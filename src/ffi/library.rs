//! `chmr_library`: known molecules and what was observed of them.

use super::batch::chmr_batch;
use super::error::{Failure, chmr_error};
use super::guard::{guard, guard_value};
use super::model::chmr_model;
use super::pointers::{array, exclusive, free, give, optional, output, shared};
use super::status::chmr_status;
use super::strings::text;
use crate::reference::{Library, Modality, Profiles, Scale, Weighting};
use ndarray::ArrayView2;
use std::ffi::c_char;

/// Known molecules with their fingerprints and observed profiles, immutable but for
/// chmr_library_set_activity: what imputation and neighbour search draw on. A model may bring one; a program may add its own.
///
/// Thread rule: any number of threads may use it at once.
pub struct chmr_library {
    library: Library,
}

/// What the values of profiles go through before they are averaged.
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum chmr_scale_kind {
    /// As they are.
    Linear = 0,
    /// Inverse hyperbolic sine: for values with heavy tails, such as z-scores.
    Asinh = 1,
}

/// Opens a library file, as `chmr library build` and chmr_library_save write it. All of it is read
/// and verified; the file is not needed afterwards.
///
/// path, path_len: UTF-8, path_len bytes, without a NUL.
/// out_library: the new library; the caller ends it with chmr_library_free.
///
/// Errors: those of chmr_model_open.
///
/// Thread rule: callable from any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chmr_library_open(
    path: *const c_char,
    path_len: usize,
    out_library: *mut *mut chmr_library,
    error: *mut chmr_error,
) -> chmr_status {
    guard(error, || {
        // SAFETY: the header's contract on pointers.
        let (path, out) =
            unsafe { (text(path, path_len, "path")?, output(out_library, "out_library")?) };
        if path.is_empty() {
            return Err(Failure::invalid("path is empty; expected the path of a library file"));
        }
        give(out, chmr_library { library: Library::open(path)? });
        Ok(())
    })
}

/// Makes a library of molecules and profiles that were observed of them.
///
/// batch: the molecules, none of them bad.
/// ids, ids_len: a name for each molecule, one a line, UTF-8: unique, what support refers to.
/// modality, modality_len: what was observed, such as "expression"; letters, digits and '_'.
/// features, features_len: names of the features, one a line, UTF-8: each once, none empty.
/// values, value_count: the profiles in the modality's own unit, molecules * features floats,
/// row-major. A row of NaN is a molecule without a profile; any other NaN is refused.
/// scale: a chmr_scale_kind.
/// power: what a neighbour's similarity is raised to, 1 to 16; 2 suits most.
/// noise: variance of one observation over that which structure explains, 0.001 to
/// 1,000,000; 2 suits most.
/// balance: 0 to 1, how far rows are brought to one magnitude; 0.5 suits most.
/// out_library: the new library; the caller ends it with chmr_library_free.
///
/// Errors: CHMR_STATUS_MOLECULE_... where a molecule is bad; CHMR_STATUS_INVALID_ARGUMENT (counts
/// that do not fit, a repeated id or feature, a value, power, noise or balance out of its range), CHMR_STATUS_INVALID_UTF8, CHMR_STATUS_NULL_POINTER.
///
/// Thread rule: callable from many threads on one batch.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chmr_library_build(
    batch: *const chmr_batch,
    ids: *const c_char,
    ids_len: usize,
    modality: *const c_char,
    modality_len: usize,
    features: *const c_char,
    features_len: usize,
    values: *const f32,
    value_count: usize,
    scale: i32,
    power: i32,
    noise: f32,
    balance: f32,
    out_library: *mut *mut chmr_library,
    error: *mut chmr_error,
) -> chmr_status {
    guard(error, || {
        // SAFETY: the header's contract on pointers.
        let (batch, ids, modality, features, values, out) = unsafe {
            (
                shared(batch, "batch")?,
                text(ids, ids_len, "ids")?,
                text(modality, modality_len, "modality")?,
                text(features, features_len, "features")?,
                array(values, value_count, "values")?,
                output(out_library, "out_library")?,
            )
        };
        let scale = match scale {
            s if s == chmr_scale_kind::Linear as i32 => Scale::Linear,
            s if s == chmr_scale_kind::Asinh as i32 => Scale::Asinh,
            s => {
                return Err(Failure::invalid(format!("scale is {s}; expected a chmr_scale_kind")));
            }
        };
        let library = batch.batch.to_library(ids.lines().map(str::to_owned).collect())?;
        let features: Vec<String> = features.lines().map(str::to_owned).collect();
        let (rows, columns) = (library.len(), features.len());
        // `from_shape` alone would take more values than the shape has.
        let shaped = ArrayView2::from_shape((rows, columns), values).ok();
        let values = shaped.filter(|v| v.len() == values.len()).ok_or_else(|| {
            Failure::invalid(format!(
                "{value_count} values; expected {rows} molecules * {columns} features"
            ))
        })?;
        let observed: Vec<usize> =
            (0..rows).filter(|&r| values.row(r).iter().any(|v| !v.is_nan())).collect();
        let members = observed.iter().map(|&r| r as u32).collect();
        let chosen = values.select(ndarray::Axis(0), &observed);
        let profiles = Profiles::new(features, scale, balance, members, chosen.view())
            .map_err(Failure::invalid)?;
        let modality = Modality::new(modality, Vec::new(), profiles, Weighting { power, noise })?;
        give(out, chmr_library { library: library.with(modality)? });
        Ok(())
    })
}

/// Lets imputation know how strongly compounds act in the assay that a modality is measured by, such
/// as how many genes they move: known of many more compounds than whole profiles are. A compound is
/// known by its fingerprint; what was known before is replaced.
///
/// modality, modality_len: one of the library, such as "expression".
/// compounds: any molecules; bad ones are left out.
/// names, names_len: what the numbers are called, one a line, UTF-8; at most 64.
/// values, value_count: compounds * names floats, row-major, NaN where nothing was measured. Give
/// logarithms of counts: values are brought to one variance, and nothing else is done to them.
/// weight: what a compound of the same activity, one standard deviation off the mean, counts beside
/// the 1 of the same structure, 0 to 10; 0.3 suits most.
///
/// Errors: CHMR_STATUS_INVALID_ARGUMENT (an unknown modality, counts that do not fit, a value, weight),
/// CHMR_STATUS_INVALID_UTF8, CHMR_STATUS_LIMIT, CHMR_STATUS_NULL_POINTER. The library stays as it is
/// after an error.
///
/// Thread rule: while no other thread uses the library; many threads may use the batch.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chmr_library_set_activity(
    library: *mut chmr_library,
    modality: *const c_char,
    modality_len: usize,
    compounds: *const chmr_batch,
    names: *const c_char,
    names_len: usize,
    values: *const f32,
    value_count: usize,
    weight: f32,
    error: *mut chmr_error,
) -> chmr_status {
    guard(error, || {
        // SAFETY: the header's contract on pointers.
        let (library, modality, compounds, names, values) = unsafe {
            (
                exclusive(library, "library")?,
                text(modality, modality_len, "modality")?,
                shared(compounds, "compounds")?,
                text(names, names_len, "names")?,
                array(values, value_count, "values")?,
            )
        };
        let names: Vec<String> = names.lines().map(str::to_owned).collect();
        let (rows, columns) = (compounds.batch.len(), names.len());
        // `from_shape` alone would take more values than the shape has.
        let shaped = ArrayView2::from_shape((rows, columns), values).ok();
        let values = shaped.filter(|v| v.len() == values.len()).ok_or_else(|| {
            Failure::invalid(format!(
                "{value_count} values; expected {rows} compounds * {columns} names"
            ))
        })?;
        let old = library.library.clone();
        library.library =
            old.with_measured_activity(modality, &compounds.batch, names, values, weight)?;
        Ok(())
    })
}

/// Writes a library to a file that chmr_library_open opens. Profiles are kept as 16-bit floats:
/// values change by at most 1/2048 of themselves on the scale.
///
/// path, path_len: UTF-8, path_len bytes, without a NUL; a file that is there is replaced once the new one is complete.
///
/// Errors: CHMR_STATUS_MODEL_IO, CHMR_STATUS_LIMIT, CHMR_STATUS_INVALID_UTF8,
/// CHMR_STATUS_INVALID_ARGUMENT, CHMR_STATUS_NULL_POINTER.
///
/// Thread rule: callable from many threads on one library.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chmr_library_save(
    library: *const chmr_library,
    path: *const c_char,
    path_len: usize,
    error: *mut chmr_error,
) -> chmr_status {
    guard(error, || {
        // SAFETY: the header's contract on pointers.
        let (library, path) =
            unsafe { (shared(library, "library")?, text(path, path_len, "path")?) };
        let bytes = library.library.to_bytes()?;
        Ok(crate::files::replace(path, &bytes)?)
    })
}

/// Ends a library; NULL is ignored. Models that it was added to stay valid.
///
/// Thread rule: once no other thread uses it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chmr_library_free(library: *mut chmr_library) {
    // SAFETY: the header's contract on handles.
    guard_value((), || unsafe { free(library) });
}

/// Number of molecules in the library; 0 for NULL.
///
/// Thread rule: callable from many threads on one library.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chmr_library_len(library: *const chmr_library) -> usize {
    guard_value(0, || {
        // SAFETY: the header's contract on pointers.
        let library = unsafe { optional(library, "library") };
        library.ok().flatten().map_or(0, |l| l.library.len())
    })
}

/// Adds a library to a model, which copies it: molecules of the same id are the same, and where both
/// have a modality that of the library counts. The model's name, version and SHA-256 stay those of
/// its file.
///
/// Errors: CHMR_STATUS_INVALID_ARGUMENT (an id that is two molecules, fingerprints of another kind),
/// CHMR_STATUS_NULL_POINTER. The model stays as it is after an error.
///
/// Thread rule: while no other thread uses the model; many threads may use the library.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chmr_model_add_library(
    model: *mut chmr_model,
    library: *const chmr_library,
    error: *mut chmr_error,
) -> chmr_status {
    guard(error, || {
        // SAFETY: the header's contract on pointers.
        let (model, library) = unsafe { (exclusive(model, "model")?, shared(library, "library")?) };
        model.model.add_library(&library.library)?;
        Ok(())
    })
}
