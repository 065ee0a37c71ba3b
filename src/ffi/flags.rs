//! What makes a predicted molecule unlike those that models are made for.

use super::error::chmr_error;
use super::guard::guard;
use super::pointers::{output, shared};
use super::result::{chmr_result, row_at};
use super::status::chmr_status;
use super::strings::TextOut;
use std::ffi::c_char;

/// What makes a molecule unlike the organic molecules of drug-like size that models learn from. Powers of two, of which
/// chmr_result_row_flags gives the sum; later versions may know more. Statements on the molecule alone, whatever the model.
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(dead_code)] // Named by no signature: a sum of them is no chmr_molecule_flag.
pub enum chmr_molecule_flag {
    /// No carbon atom: not an organic molecule.
    NoCarbon = 1,
    /// An atom "*" that stands for something else: a rest, a point of attachment.
    DummyAtom = 2,
    /// An atom of a metal, counter-ions included.
    Metal = 4,
    /// No atom but hydrogens.
    NoHeavyAtom = 8,
    /// Several parts that no bond connects: a salt, a solvate, a mixture. All of it is taken as one
    /// molecule.
    SeveralComponents = 16,
    /// Fewer than 4 heavy atoms.
    TooSmall = 32,
    /// More than 100 heavy atoms.
    TooLarge = 64,
    /// A non-metal other than H, B, C, N, O, F, Si, P, S, Cl, Se, Br and I.
    UnusualElement = 128,
}

/// What makes the molecule of a row unlike those that models are made for. Such a row has the status
/// CHMR_STATUS_OK and values all the same; what they are worth is doubtful.
///
/// row: below chmr_result_row_count.
/// out_flags: a sum of chmr_molecule_flag; 0 for most molecules, for a bad row, and where the batch
/// held a fingerprint instead of a molecule.
///
/// Errors: CHMR_STATUS_OUT_OF_RANGE, CHMR_STATUS_NULL_POINTER.
///
/// Thread rule: callable from many threads on one result.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chmr_result_row_flags(
    result: *const chmr_result,
    row: usize,
    out_flags: *mut u32,
    error: *mut chmr_error,
) -> chmr_status {
    guard(error, || {
        // SAFETY: the header's contract on pointers.
        let (result, out) = unsafe { (shared(result, "result")?, output(out_flags, "out_flags")?) };
        row_at(result, row)?;
        out.write(result.predictions.flags[row].bits());
        Ok(())
    })
}

/// What the flags of a row say, for a person, one line; empty where chmr_result_row_flags gives 0.
///
/// row: below chmr_result_row_count.
/// buffer, capacity, out_len: see "Text out" above.
///
/// Errors: CHMR_STATUS_OUT_OF_RANGE, CHMR_STATUS_BUFFER_TOO_SMALL, CHMR_STATUS_NULL_POINTER.
///
/// Thread rule: callable from many threads on one result.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chmr_result_row_note(
    result: *const chmr_result,
    row: usize,
    buffer: *mut c_char,
    capacity: usize,
    out_len: *mut usize,
    error: *mut chmr_error,
) -> chmr_status {
    guard(error, || {
        // SAFETY: the header's contract on pointers.
        let (result, out) =
            unsafe { (shared(result, "result")?, TextOut::new(buffer, capacity, out_len)?) };
        row_at(result, row)?;
        out.put(&result.predictions.flags[row].note())
    })
}

#[cfg(test)]
mod tests {
    use super::chmr_molecule_flag as C;
    use crate::chem::MoleculeFlags as F;

    #[test]
    fn the_bits_are_those_of_the_library() {
        for (c, rust) in [
            (C::NoCarbon, F::NO_CARBON),
            (C::DummyAtom, F::DUMMY_ATOM),
            (C::Metal, F::METAL),
            (C::NoHeavyAtom, F::NO_HEAVY_ATOM),
            (C::SeveralComponents, F::SEVERAL_COMPONENTS),
            (C::TooSmall, F::TOO_SMALL),
            (C::TooLarge, F::TOO_LARGE),
            (C::UnusualElement, F::UNUSUAL_ELEMENT),
        ] {
            assert_eq!(c as u32, rust.bits());
        }
    }
}
