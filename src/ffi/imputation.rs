//! `chmr_imputation`: what was imputed.

use super::convert::row_status;
use super::error::{Failure, Outcome, chmr_error};
use super::guard::{guard, guard_value};
use super::model::identity_text;
use super::pointers::{free, optional, output, shared};
use super::status::chmr_status;
use super::strings::TextOut;
use crate::model::Identity;
use crate::reference::{Library, Method, Modality};
use crate::{Imputations, Model};
use std::ffi::c_char;
use std::ptr::null;

/// A modality filled in for a batch: a row a molecule, a column a feature. Independent of the model
/// and the batch that it was made with.
///
/// Thread rule: immutable; any number of threads may read it at once.
pub struct chmr_imputation {
    imputed: Imputations,
    features: Vec<String>,
    labels: Vec<String>,
    /// For each row, the ids of its support's sources.
    sources: Vec<Vec<String>>,
    identity: Identity,
}

/// Texts that describe a feature.
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum chmr_feature_field {
    /// Its name, such as an Entrez gene id; unique in the modality.
    Name = 1,
    /// Its second name, such as a gene symbol; empty where there is none.
    Label = 2,
}

/// How a row was imputed.
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum chmr_impute_method {
    /// Regression on similarity to the observed molecules.
    Regression = 1,
    /// The paper's plain propagation.
    Propagation = 2,
    /// The mean profile: nothing in the library resembles the molecule.
    Mean = 3,
    /// Nothing was imputed: the caller gave every value.
    Observed = 4,
    /// Regression on similarity and on what a known compound shares with observed ones: mechanism and
    /// targets. A compound is known by its fingerprint.
    Context = 5,
    /// The same, for a compound of which it is known how strongly it acts in the assay.
    Activity = 6,
}

/// What the imputed values of a row rest on. Its layout never changes.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct chmr_support {
    /// A chmr_impute_method.
    pub method: i32,
    /// Steps to the nearest observed profile: 0 where the caller gave all of the row's values
    /// (CHMR_IMPUTE_METHOD_OBSERVED), 1 from an observed molecule of the library (alike, the same, or of the
    /// same mechanism or target), more through unobserved ones; -1 where there is no way.
    pub hops: i32,
    /// Tanimoto similarity of the nearest observed molecule, 0 to 1.
    pub nearest: f32,
    /// Share of what structure can tell that the observed molecules do tell, 0 to 1.
    pub explained: f32,
    /// Observed profiles with a similarity of at least 0.3.
    pub neighbor_count: u32,
    /// Nearest observed molecules that chmr_imputation_source tells about.
    pub source_count: u32,
}

impl chmr_imputation {
    pub(super) fn new(
        model: &Model,
        library: &Library,
        modality: &Modality,
        imputed: Imputations,
    ) -> Self {
        let ids = |support: &crate::reference::Support| {
            support.sources.iter().map(|s| library.id(s.member as usize).to_owned()).collect()
        };
        let sources =
            imputed.support.iter().map(|s| s.as_ref().map(ids).unwrap_or_default()).collect();
        Self {
            imputed,
            features: modality.profiles().features().to_vec(),
            labels: modality.labels().to_vec(),
            sources,
            identity: model.identity().clone(),
        }
    }
}

/// Ends an imputation, and with it the values that it lent; NULL is ignored.
///
/// Thread rule: once no other thread uses it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chmr_imputation_free(imputation: *mut chmr_imputation) {
    // SAFETY: the header's contract on handles.
    guard_value((), || unsafe { free(imputation) });
}

/// Number of rows: the molecules of the batch, bad ones included, in its order; 0 for NULL.
///
/// Thread rule: callable from many threads on one imputation.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chmr_imputation_row_count(imputation: *const chmr_imputation) -> usize {
    guard_value(0, || {
        // SAFETY: the header's contract on pointers.
        let imputation = unsafe { optional(imputation, "imputation") };
        imputation.ok().flatten().map_or(0, |i| i.imputed.rows.len())
    })
}

/// Number of columns: the features of the modality; 0 for NULL.
///
/// Thread rule: callable from many threads on one imputation.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chmr_imputation_feature_count(
    imputation: *const chmr_imputation,
) -> usize {
    guard_value(0, || {
        // SAFETY: the header's contract on pointers.
        let imputation = unsafe { optional(imputation, "imputation") };
        imputation.ok().flatten().map_or(0, |i| i.features.len())
    })
}

/// A text that describes a feature.
///
/// feature: below chmr_imputation_feature_count.
/// field: a chmr_feature_field.
/// buffer, capacity, out_len: see "Text out" above.
///
/// Errors: CHMR_STATUS_OUT_OF_RANGE, CHMR_STATUS_INVALID_ARGUMENT (unknown field),
/// CHMR_STATUS_BUFFER_TOO_SMALL, CHMR_STATUS_NULL_POINTER.
///
/// Thread rule: callable from many threads on one imputation.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chmr_imputation_feature_text(
    imputation: *const chmr_imputation,
    feature: usize,
    field: i32,
    buffer: *mut c_char,
    capacity: usize,
    out_len: *mut usize,
    error: *mut chmr_error,
) -> chmr_status {
    guard(error, || {
        // SAFETY: the header's contract on pointers.
        let (i, out) = unsafe {
            (shared(imputation, "imputation")?, TextOut::new(buffer, capacity, out_len)?)
        };
        let name = i
            .features
            .get(feature)
            .ok_or_else(|| out_of_range("feature", feature, i.features.len()))?;
        match field {
            f if f == chmr_feature_field::Name as i32 => out.put(name),
            f if f == chmr_feature_field::Label as i32 => {
                out.put(i.labels.get(feature).map_or("", String::as_str))
            }
            f => Err(Failure::invalid(format!("field is {f}; expected a chmr_feature_field"))),
        }
    })
}

/// The values: rows * features floats, row-major, in the modality's unit; those that the caller
/// measured are untouched, all of a bad row are NaN. Borrowed: valid until chmr_imputation_free.
/// NULL where there are none, and for NULL.
///
/// Thread rule: callable from many threads on one imputation.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chmr_imputation_values(imputation: *const chmr_imputation) -> *const f32 {
    guard_value(null(), || {
        // SAFETY: the header's contract on pointers.
        let imputation = unsafe { optional(imputation, "imputation") };
        lent(imputation.ok().flatten().and_then(|i| i.imputed.values.as_slice()))
    })
}

/// The spread of each value, laid out as chmr_imputation_values: the standard deviation of a
/// measurement about it, 0 where the caller measured. Borrowed: valid until chmr_imputation_free.
/// NULL where there are none, and for NULL.
///
/// Thread rule: callable from many threads on one imputation.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chmr_imputation_spread(imputation: *const chmr_imputation) -> *const f32 {
    guard_value(null(), || {
        // SAFETY: the header's contract on pointers.
        let imputation = unsafe { optional(imputation, "imputation") };
        lent(imputation.ok().flatten().and_then(|i| i.imputed.spread.as_slice()))
    })
}

fn lent(values: Option<&[f32]>) -> *const f32 {
    values.filter(|v| !v.is_empty()).map_or(null(), <[f32]>::as_ptr)
}

/// What became of a row: CHMR_STATUS_OK, or CHMR_STATUS_MOLECULE_... (300 to 399) for a bad
/// molecule. Any other status tells of the call itself: CHMR_STATUS_OUT_OF_RANGE,
/// CHMR_STATUS_NULL_POINTER.
///
/// Thread rule: callable from many threads on one imputation.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chmr_imputation_row_status(
    imputation: *const chmr_imputation,
    row: usize,
) -> chmr_status {
    guard_value(chmr_status::Internal, || {
        // SAFETY: the header's contract on pointers.
        match unsafe { shared(imputation, "imputation") } {
            Ok(i) => i.imputed.rows.get(row).map_or(chmr_status::OutOfRange, row_status),
            Err(failure) => failure.status,
        }
    })
}

/// Why a row is bad: what is wrong, where, and what was expected, one line; empty for a good one.
///
/// row: below chmr_imputation_row_count.
/// buffer, capacity, out_len: see "Text out" above.
///
/// Errors: CHMR_STATUS_OUT_OF_RANGE, CHMR_STATUS_BUFFER_TOO_SMALL, CHMR_STATUS_NULL_POINTER.
///
/// Thread rule: callable from many threads on one imputation.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chmr_imputation_row_reason(
    imputation: *const chmr_imputation,
    row: usize,
    buffer: *mut c_char,
    capacity: usize,
    out_len: *mut usize,
    error: *mut chmr_error,
) -> chmr_status {
    guard(error, || {
        // SAFETY: the header's contract on pointers.
        let (i, out) = unsafe {
            (shared(imputation, "imputation")?, TextOut::new(buffer, capacity, out_len)?)
        };
        let rows = &i.imputed.rows;
        match rows.get(row).ok_or_else(|| out_of_range("row", row, rows.len()))? {
            Ok(()) => out.put(""),
            Err(e) => out.put(&e.to_string()),
        }
    })
}

/// What the imputed values of a row rest on.
///
/// row: below chmr_imputation_row_count, a good one.
/// out_support: the support.
///
/// Errors: CHMR_STATUS_OUT_OF_RANGE, CHMR_STATUS_NOT_FOUND (a bad row), CHMR_STATUS_NULL_POINTER.
///
/// Thread rule: callable from many threads on one imputation.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chmr_imputation_support(
    imputation: *const chmr_imputation,
    row: usize,
    out_support: *mut chmr_support,
    error: *mut chmr_error,
) -> chmr_status {
    guard(error, || {
        // SAFETY: the header's contract on pointers.
        let (i, out) =
            unsafe { (shared(imputation, "imputation")?, output(out_support, "out_support")?) };
        let (support, method) = support_of(i, row)?;
        out.write(chmr_support {
            method: match method {
                Method::Regression => chmr_impute_method::Regression,
                Method::Context => chmr_impute_method::Context,
                Method::Activity => chmr_impute_method::Activity,
                Method::Propagation => chmr_impute_method::Propagation,
                Method::Mean => chmr_impute_method::Mean,
                Method::Observed => chmr_impute_method::Observed,
            } as i32,
            hops: support.hops.map_or(-1, |h| i32::try_from(h).unwrap_or(i32::MAX)),
            nearest: support.nearest,
            explained: support.explained,
            neighbor_count: support.neighbors,
            source_count: support.sources.len() as u32,
        });
        Ok(())
    })
}

/// How many of a row's features the caller gave.
///
/// row: below chmr_imputation_row_count, a good one.
/// out_count: their number; they inform the row's other values, but not in plain propagation.
///
/// Errors: CHMR_STATUS_OUT_OF_RANGE, CHMR_STATUS_NOT_FOUND (a bad row), CHMR_STATUS_NULL_POINTER.
///
/// Thread rule: callable from many threads on one imputation.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chmr_imputation_observed_count(
    imputation: *const chmr_imputation,
    row: usize,
    out_count: *mut usize,
    error: *mut chmr_error,
) -> chmr_status {
    guard(error, || {
        // SAFETY: the header's contract on pointers.
        let (i, out) =
            unsafe { (shared(imputation, "imputation")?, output(out_count, "out_count")?) };
        let (support, _) = support_of(i, row)?;
        out.write(support.observed as usize);
        Ok(())
    })
}

/// How wide an interval about each value of a row is which holds a measurement with a given probability: from value -
/// half_width * spread to value + half_width * spread. Learned from the library's own molecules, each completed by what the
/// others tell, as real errors have heavier tails than a normal distribution.
///
/// row: below chmr_imputation_row_count, a good one.
/// coverage: the probability, 0.5 to 0.99.
/// out_half_width: in spreads (chmr_imputation_spread), the same for all features of the row.
///
/// Errors: CHMR_STATUS_INVALID_ARGUMENT (coverage), CHMR_STATUS_OUT_OF_RANGE, CHMR_STATUS_NOT_FOUND (a bad row),
/// CHMR_STATUS_NULL_POINTER.
///
/// Thread rule: callable from many threads on one imputation.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chmr_imputation_interval(
    imputation: *const chmr_imputation,
    row: usize,
    coverage: f32,
    out_half_width: *mut f32,
    error: *mut chmr_error,
) -> chmr_status {
    guard(error, || {
        // SAFETY: the header's contract on pointers.
        let (i, out) = unsafe {
            (shared(imputation, "imputation")?, output(out_half_width, "out_half_width")?)
        };
        support_of(i, row)?;
        let width = i.imputed.half_width(row, coverage).ok_or_else(|| {
            Failure::invalid(format!("coverage is {coverage}; expected 0.5 to 0.99"))
        })?;
        out.write(width);
        Ok(())
    })
}

/// One of the nearest observed molecules of a row, nearest first.
///
/// row: below chmr_imputation_row_count, a good one.
/// source: below source_count of the row's chmr_support.
/// out_similarity: Tanimoto similarity to it; may be NULL.
/// buffer, capacity, out_len: its id in the library; see "Text out" above.
///
/// Errors: CHMR_STATUS_OUT_OF_RANGE, CHMR_STATUS_NOT_FOUND (a bad row),
/// CHMR_STATUS_BUFFER_TOO_SMALL, CHMR_STATUS_NULL_POINTER.
///
/// Thread rule: callable from many threads on one imputation.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chmr_imputation_source(
    imputation: *const chmr_imputation,
    row: usize,
    source: usize,
    out_similarity: *mut f32,
    buffer: *mut c_char,
    capacity: usize,
    out_len: *mut usize,
    error: *mut chmr_error,
) -> chmr_status {
    guard(error, || {
        // SAFETY: the header's contract on pointers.
        let (i, similarity, out) = unsafe {
            (
                shared(imputation, "imputation")?,
                super::pointers::optional_output(out_similarity, "out_similarity")?,
                TextOut::new(buffer, capacity, out_len)?,
            )
        };
        let (support, _) = support_of(i, row)?;
        let found = support
            .sources
            .get(source)
            .ok_or_else(|| out_of_range("source", source, support.sources.len()))?;
        out.put(&i.sources[row][source])?;
        if let Some(to) = similarity {
            to.write(found.similarity);
        }
        Ok(())
    })
}

/// A text that identifies the model that made the imputation.
///
/// field: a chmr_model_field.
/// buffer, capacity, out_len: see "Text out" above.
///
/// Errors: CHMR_STATUS_INVALID_ARGUMENT (unknown field), CHMR_STATUS_BUFFER_TOO_SMALL,
/// CHMR_STATUS_NULL_POINTER.
///
/// Thread rule: callable from many threads on one imputation.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chmr_imputation_model_text(
    imputation: *const chmr_imputation,
    field: i32,
    buffer: *mut c_char,
    capacity: usize,
    out_len: *mut usize,
    error: *mut chmr_error,
) -> chmr_status {
    guard(error, || {
        // SAFETY: the header's contract on pointers.
        let (i, out) = unsafe {
            (shared(imputation, "imputation")?, TextOut::new(buffer, capacity, out_len)?)
        };
        out.put(identity_text(&i.identity, field)?)
    })
}

fn support_of(i: &chmr_imputation, row: usize) -> Outcome<(&crate::reference::Support, Method)> {
    let rows = i.imputed.rows.len();
    let (support, method) = i
        .imputed
        .support
        .get(row)
        .zip(i.imputed.methods.get(row))
        .ok_or_else(|| out_of_range("row", row, rows))?;
    support.as_ref().zip(*method).ok_or_else(|| {
        let message = format!("row {row} is a bad molecule: nothing was imputed for it");
        Failure::new(chmr_status::NotFound, message)
    })
}

fn out_of_range(what: &str, index: usize, count: usize) -> Failure {
    let message = format!("{what} {index} of an imputation with {count}; they count from 0");
    Failure::new(chmr_status::OutOfRange, message)
}
