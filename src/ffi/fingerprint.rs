//! Fingerprints: of one SMILES into a caller's buffer, and how they are named.

use super::batch::smiles_text;
use super::error::{Failure, Outcome, chmr_error};
use super::guard::guard;
use super::pointers::{optional_output, output_array};
use super::status::chmr_status;
use super::strings::bytes;
use crate::chem::{Limits, parse_smiles};
use crate::features::{Fingerprint, maccs, morgan};
use std::ffi::c_char;

/// Kinds of fingerprints. Their bits are those of RDKit's.
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum chmr_fingerprint_kind {
    /// Morgan environments (ECFP) of a radius, folded into bit_count bits; without chirality.
    Morgan = 1,
    /// The MACCS keys as 167 bits, of which bit 0 is never set. radius is 0, bit_count 167.
    Maccs = 2,
}

const MACCS_BITS: usize = 167;
const MAX_RADIUS: u32 = 10;
const MAX_BITS: usize = 1 << 16;

/// A kind with its parameters, checked.
pub(super) enum Spec {
    Morgan { radius: u32, bits: usize },
    Maccs,
}

impl Spec {
    pub(super) fn new(kind: i32, radius: u32, bits: usize) -> Outcome<Self> {
        let wrong = |what: String| Err(Failure::invalid(what));
        if kind == chmr_fingerprint_kind::Morgan as i32 {
            if radius > MAX_RADIUS {
                return wrong(format!("radius is {radius}; expected at most {MAX_RADIUS}"));
            }
            if !(1..=MAX_BITS).contains(&bits) {
                return wrong(format!("bit_count is {bits}; expected 1 to {MAX_BITS}"));
            }
            Ok(Self::Morgan { radius, bits })
        } else if kind == chmr_fingerprint_kind::Maccs as i32 {
            if radius != 0 || bits != MACCS_BITS {
                return wrong(format!(
                    "radius {radius} and bit_count {bits} for MACCS; expected 0 and {MACCS_BITS}"
                ));
            }
            Ok(Self::Maccs)
        } else {
            wrong(format!("kind is {kind}; expected a chmr_fingerprint_kind"))
        }
    }

    fn bits(&self) -> usize {
        match *self {
            Self::Morgan { bits, .. } => bits,
            Self::Maccs => MACCS_BITS,
        }
    }

    fn of(&self, molecule: &crate::chem::Molecule) -> Fingerprint {
        match *self {
            Self::Morgan { radius, bits } => morgan(molecule, radius, bits),
            Self::Maccs => maccs(molecule),
        }
    }
}

/// The fingerprint of one molecule, packed: bit i is bit i % 8, from the least significant, of
/// byte i / 8.
///
/// kind: a chmr_fingerprint_kind.
/// radius: of Morgan environments, 0 to 10; 0 for other kinds.
/// bit_count: number of bits, 1 to 65536; 167 for CHMR_FINGERPRINT_KIND_MACCS.
/// smiles, len: the molecule as SMILES, len bytes, without a NUL.
/// bytes, capacity: room for at least (bit_count + 7) / 8 bytes; what lies beyond stays as it is.
/// out_len: number of bytes written, (bit_count + 7) / 8; may be NULL.
///
/// Errors: CHMR_STATUS_MOLECULE_... where the SMILES is refused, with the reason in error;
/// CHMR_STATUS_BUFFER_TOO_SMALL, CHMR_STATUS_INVALID_ARGUMENT (kind, radius, bit_count, a length),
/// CHMR_STATUS_NULL_POINTER.
///
/// Thread rule: callable from any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chmr_fingerprint(
    kind: i32,
    radius: u32,
    bit_count: usize,
    smiles: *const c_char,
    len: usize,
    bytes: *mut u8,
    capacity: usize,
    out_len: *mut usize,
    error: *mut chmr_error,
) -> chmr_status {
    guard(error, || {
        // SAFETY: the header's contract on pointers.
        let (smiles, out, out_len) = unsafe {
            (
                self::bytes(smiles, len, "smiles")?,
                output_array(bytes, capacity, "bytes")?,
                optional_output(out_len, "out_len")?,
            )
        };
        let spec = Spec::new(kind, radius, bit_count)?;
        let needed = spec.bits().div_ceil(8);
        if out.len() < needed {
            let message = format!("bytes has room for {capacity}; expected at least {needed}");
            return Err(Failure::new(chmr_status::BufferTooSmall, message));
        }
        let molecule = parse_smiles(smiles_text(smiles)?, &Limits::default())?;
        let packed = spec.of(&molecule).bytes();
        for (to, from) in out.iter_mut().zip(packed) {
            to.write(from);
        }
        if let Some(out_len) = out_len {
            out_len.write(needed);
        }
        Ok(())
    })
}
