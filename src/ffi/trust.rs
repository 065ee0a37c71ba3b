//! What a result says of trust: intervals and the applicability domain.

use super::error::{Failure, Outcome, chmr_error};
use super::guard::{guard, guard_value};
use super::pointers::{optional, output, shared};
use super::result::{chmr_result, out_of_range};
use super::status::chmr_status;
use super::strings::TextOut;
use crate::trust::Placement;
use crate::{DomainSummary, Trust};
use std::ffi::c_char;

/// Where a molecule lies relative to the training molecules of a task's data set. Its layout never
/// changes.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct chmr_domain {
    /// 1: inside the applicability domain; 0: outside, for the reason that chmr_result_domain_reason
    /// tells.
    pub inside: i32,
    /// Tanimoto similarity of the nearest training molecule, 0 to 1; 1 for a training molecule, which is
    /// always inside.
    pub nearest: f32,
    /// Inside, nearest is at least this: below it, errors on molecules that were not learnt from were
    /// larger.
    pub least_similarity: f32,
}

fn trust(result: &chmr_result) -> Option<&Trust> {
    result.predictions.trust.as_ref()
}

/// Number of coverages that the result has intervals for; 0 where the options did not ask for trust,
/// and for NULL.
///
/// Thread rule: callable from many threads on one result.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chmr_result_coverage_count(result: *const chmr_result) -> usize {
    guard_value(0, || {
        // SAFETY: the header's contract on pointers.
        let result = unsafe { optional(result, "result") };
        result.ok().flatten().and_then(trust).map_or(0, |t| t.coverages.len())
    })
}

/// The share of measurements that the intervals of a coverage hold, as far as new molecules are
/// like those that the intervals were made of.
///
/// coverage: below chmr_result_coverage_count; they ascend.
/// out_share: between 0 and 1.
///
/// Errors: CHMR_STATUS_OUT_OF_RANGE, CHMR_STATUS_NULL_POINTER.
///
/// Thread rule: callable from many threads on one result.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chmr_result_coverage(
    result: *const chmr_result,
    coverage: usize,
    out_share: *mut f32,
    error: *mut chmr_error,
) -> chmr_status {
    guard(error, || {
        // SAFETY: the header's contract on pointers.
        let (result, out) = unsafe { (shared(result, "result")?, output(out_share, "out_share")?) };
        let shares = trust(result).map_or(&[][..], |t| &t.coverages);
        let share = shares.get(coverage);
        out.write(*share.ok_or_else(|| out_of_range("coverage", coverage, shares.len()))?);
        Ok(())
    })
}

/// The interval about a value that holds a measurement with the probability that
/// chmr_result_coverage tells.
///
/// row: below chmr_result_row_count.
/// column: below chmr_result_task_count.
/// coverage: below chmr_result_coverage_count.
/// out_lower, out_upper: its ends, in the task's unit. Both are NaN for a classification (its value is
/// a calibrated probability already), for a bad row, and where the model has too few measurements to
/// promise that coverage.
///
/// Errors: CHMR_STATUS_OUT_OF_RANGE, CHMR_STATUS_NULL_POINTER.
///
/// Thread rule: callable from many threads on one result.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chmr_result_interval(
    result: *const chmr_result,
    row: usize,
    column: usize,
    coverage: usize,
    out_lower: *mut f32,
    out_upper: *mut f32,
    error: *mut chmr_error,
) -> chmr_status {
    guard(error, || {
        // SAFETY: the header's contract on pointers.
        let (result, lower, upper) = unsafe {
            (
                shared(result, "result")?,
                output(out_lower, "out_lower")?,
                output(out_upper, "out_upper")?,
            )
        };
        check_cell(result, row, column)?;
        let coverages = trust(result).map_or(0, |t| t.coverages.len());
        if coverage >= coverages {
            return Err(out_of_range("coverage", coverage, coverages));
        }
        let interval = result.predictions.interval(row, column, coverage);
        let (low, high) = interval.unwrap_or((f32::NAN, f32::NAN));
        lower.write(low);
        upper.write(high);
        Ok(())
    })
}

/// Where the molecule of a row lies relative to the training molecules of a column's data set.
///
/// row: below chmr_result_row_count.
/// column: below chmr_result_task_count.
/// out_domain: what was found.
///
/// Errors: CHMR_STATUS_NOT_FOUND (the options did not ask for trust, the data set has no domain, or
/// the row is bad), CHMR_STATUS_OUT_OF_RANGE, CHMR_STATUS_NULL_POINTER.
///
/// Thread rule: callable from many threads on one result.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chmr_result_domain(
    result: *const chmr_result,
    row: usize,
    column: usize,
    out_domain: *mut chmr_domain,
    error: *mut chmr_error,
) -> chmr_status {
    guard(error, || {
        // SAFETY: the header's contract on pointers.
        let (result, out) =
            unsafe { (shared(result, "result")?, output(out_domain, "out_domain")?) };
        let (place, domain) = placed(result, row, column)?;
        out.write(chmr_domain {
            inside: place.is_inside(&domain.limits).into(),
            nearest: place.nearest,
            least_similarity: domain.limits.least_similarity,
        });
        Ok(())
    })
}

/// Why the molecule of a row lies outside the applicability domain of a column's data set, one line: no
/// training molecule is similar enough, or none has such an element, such a size or net charge. Empty
/// where it lies inside.
///
/// row: below chmr_result_row_count.
/// column: below chmr_result_task_count.
/// buffer, capacity, out_len: see "Text out" above.
///
/// Errors: as chmr_result_domain, and CHMR_STATUS_BUFFER_TOO_SMALL.
///
/// Thread rule: callable from many threads on one result.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chmr_result_domain_reason(
    result: *const chmr_result,
    row: usize,
    column: usize,
    buffer: *mut c_char,
    capacity: usize,
    out_len: *mut usize,
    error: *mut chmr_error,
) -> chmr_status {
    guard(error, || {
        // SAFETY: the header's contract on pointers.
        let (result, out) =
            unsafe { (shared(result, "result")?, TextOut::new(buffer, capacity, out_len)?) };
        let (place, domain) = placed(result, row, column)?;
        out.put(&place.reason(&domain.limits, &domain.dataset))
    })
}

fn placed(result: &chmr_result, row: usize, column: usize) -> Outcome<(Placement, &DomainSummary)> {
    check_cell(result, row, column)?;
    result.predictions.placement(row, column).ok_or_else(|| {
        let why = match (trust(result), &result.predictions.rows[row]) {
            (None, _) => "the options of the prediction did not ask for trust",
            (_, Err(_)) => "the row is bad",
            _ => "the task's data set has no applicability domain",
        };
        Failure::new(chmr_status::NotFound, why)
    })
}

fn check_cell(result: &chmr_result, row: usize, column: usize) -> Outcome {
    let (rows, columns) = result.predictions.values.dim();
    if row >= rows {
        return Err(out_of_range("row", row, rows));
    }
    if column >= columns {
        return Err(out_of_range("column", column, columns));
    }
    Ok(())
}
