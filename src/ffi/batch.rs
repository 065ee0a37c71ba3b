//! `chmr_batch`: molecules that are to be predicted together.

use super::error::{Failure, chmr_error};
use super::fingerprint::Spec;
use super::guard::{guard, guard_value};
use super::pointers::{array, exclusive, free, give, optional, optional_output, output};
use super::status::chmr_status;
use super::strings::bytes;
use crate::chem::{self, Limits};
use crate::features::Fingerprint;
use crate::{Batch, Error, ErrorKind};
use std::borrow::Cow;
use std::ffi::c_char;

/// Molecules that are to be predicted together, in the order in which they were added: row i of
/// a result is the molecule that was added as number i, from 0. The batch copies what it is given.
/// Molecules are read when they are predicted; a bad one is told by its row of the result.
///
/// Thread rule: one thread at a time may add to it; any number of threads may predict it at once.
pub struct chmr_batch {
    pub(super) batch: Batch,
}

/// A new, empty batch.
///
/// out_batch: the new batch; the caller ends it with chmr_batch_free.
///
/// Errors: CHMR_STATUS_NULL_POINTER.
///
/// Thread rule: callable from any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chmr_batch_new(
    out_batch: *mut *mut chmr_batch,
    error: *mut chmr_error,
) -> chmr_status {
    guard(error, || {
        // SAFETY: the header's contract on pointers.
        let out = unsafe { output(out_batch, "out_batch") }?;
        give(out, chmr_batch { batch: Batch::new() });
        Ok(())
    })
}

/// Ends a batch; NULL is ignored.
///
/// Thread rule: once no other thread uses it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chmr_batch_free(batch: *mut chmr_batch) {
    // SAFETY: the header's contract on handles.
    guard_value((), || unsafe { free(batch) });
}

/// Number of molecules in the batch, bad ones included; 0 for NULL.
///
/// Thread rule: callable from many threads on one batch while none adds to it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chmr_batch_len(batch: *const chmr_batch) -> usize {
    guard_value(0, || {
        // SAFETY: the header's contract on pointers.
        let batch = unsafe { optional(batch, "batch") };
        batch.ok().flatten().map_or(0, |b| b.batch.len())
    })
}

/// Removes all molecules, so that the batch can be filled again.
///
/// Errors: CHMR_STATUS_NULL_POINTER.
///
/// Thread rule: while no other thread uses the batch.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chmr_batch_clear(
    batch: *mut chmr_batch,
    error: *mut chmr_error,
) -> chmr_status {
    guard(error, || {
        // SAFETY: the header's contract on pointers.
        unsafe { exclusive(batch, "batch") }?.batch.clear();
        Ok(())
    })
}

/// Adds one molecule as SMILES. White space around it is ignored; a name behind it is not
/// permitted. Whatever the bytes are, a row is added: text that is not a molecule becomes a row
/// with a status and a reason.
///
/// smiles, len: the text, len bytes, without a NUL.
///
/// Errors (no row is added): CHMR_STATUS_INVALID_ARGUMENT (len), CHMR_STATUS_NULL_POINTER.
///
/// Thread rule: while no other thread uses the batch.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chmr_batch_add_smiles(
    batch: *mut chmr_batch,
    smiles: *const c_char,
    len: usize,
    error: *mut chmr_error,
) -> chmr_status {
    guard(error, || {
        // SAFETY: the header's contract on pointers.
        let (batch, smiles) =
            unsafe { (exclusive(batch, "batch")?, bytes(smiles, len, "smiles")?) };
        match smiles_text(smiles) {
            Ok(smiles) => batch.batch.push_smiles(smiles),
            Err(refused) => batch.batch.push_refused(refused),
        };
        Ok(())
    })
}

/// Adds one molecule as a molblock, V2000 or V3000. Whatever the bytes are, a row is added, as
/// with chmr_batch_add_smiles. Data fields of an SD record behind it are passed over; a second record there
/// makes it a bad row: chmr_batch_add_sdf adds several.
///
/// molblock, len: the text, len bytes, without a NUL; lines end in \n or \r\n.
///
/// Errors (no row is added): CHMR_STATUS_INVALID_ARGUMENT (len), CHMR_STATUS_NULL_POINTER.
///
/// Thread rule: while no other thread uses the batch.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chmr_batch_add_molblock(
    batch: *mut chmr_batch,
    molblock: *const c_char,
    len: usize,
    error: *mut chmr_error,
) -> chmr_status {
    guard(error, || {
        // SAFETY: the header's contract on pointers.
        let (batch, molblock) =
            unsafe { (exclusive(batch, "batch")?, bytes(molblock, len, "molblock")?) };
        batch.batch.push_molblock(&molblock_text(molblock));
        Ok(())
    })
}

/// Adds every record of an SD file, a row each; a bad record is a bad row and does not stop the
/// others. The last record may lack its "$$$$". The title and the data fields of each record stay with its row:
/// chmr_batch_row_title, chmr_batch_row_field_count, chmr_batch_row_field_name, chmr_batch_row_field_value.
///
/// sdf, len: the text, len bytes, without a NUL; lines end in \n or \r\n.
/// out_added: number of rows added; may be NULL.
///
/// Errors (no row is added): CHMR_STATUS_INVALID_ARGUMENT (len), CHMR_STATUS_NULL_POINTER.
///
/// Thread rule: while no other thread uses the batch.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chmr_batch_add_sdf(
    batch: *mut chmr_batch,
    sdf: *const c_char,
    len: usize,
    out_added: *mut usize,
    error: *mut chmr_error,
) -> chmr_status {
    guard(error, || {
        // SAFETY: the header's contract on pointers.
        let (batch, sdf, out) = unsafe {
            let batch = exclusive(batch, "batch")?;
            (batch, bytes(sdf, len, "sdf")?, optional_output(out_added, "out_added")?)
        };
        // Reading from memory does not fail.
        let added = batch.batch.push_sdf(sdf);
        let added = added.map_err(|e| Failure::new(chmr_status::Internal, e.to_string()))?;
        if let Some(out) = out {
            out.write(added);
        }
        Ok(())
    })
}

/// Adds one molecule as a fingerprint that was computed elsewhere. It is enough only for a model
/// whose whole input is that fingerprint; for any other its row has CHMR_STATUS_MOLECULE_INPUT.
///
/// kind: a chmr_fingerprint_kind.
/// radius: of Morgan environments; 0 for other kinds.
/// bit_count: number of bits; 167 for CHMR_FINGERPRINT_KIND_MACCS.
/// bits, len: the bits, len = (bit_count + 7) / 8 bytes; bit i is bit i % 8, from the least
/// significant, of byte i / 8; bits beyond bit_count are 0.
///
/// Errors (no row is added): CHMR_STATUS_INVALID_ARGUMENT (kind, radius, bit_count, len, a bit
/// beyond), CHMR_STATUS_NULL_POINTER.
///
/// Thread rule: while no other thread uses the batch.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chmr_batch_add_fingerprint(
    batch: *mut chmr_batch,
    kind: i32,
    radius: u32,
    bit_count: usize,
    bits: *const u8,
    len: usize,
    error: *mut chmr_error,
) -> chmr_status {
    guard(error, || {
        // SAFETY: the header's contract on pointers.
        let (batch, bits) = unsafe { (exclusive(batch, "batch")?, array(bits, len, "bits")?) };
        let spec = Spec::new(kind, radius, bit_count)?;
        let Some(fingerprint) = Fingerprint::from_bytes(bit_count, bits) else {
            return Err(Failure::invalid(format!(
                "{len} bytes for {bit_count} bits; expected exactly {}, with zeros beyond the bits",
                bit_count.div_ceil(8)
            )));
        };
        match spec {
            Spec::Morgan { radius, .. } => batch.batch.push_fingerprint(radius, &fingerprint),
            Spec::Maccs => batch.batch.push_refused(Error::new(
                ErrorKind::Input,
                "MACCS keys alone are not enough for any model; expected the structure",
            )),
        };
        Ok(())
    })
}

/// More bytes than this need not be kept to be refused.
fn within_limit(bytes: &[u8]) -> &[u8] {
    &bytes[..bytes.len().min(Limits::default().bytes + 1)]
}

/// A SMILES from C; bytes that are no text are a fault of the molecule, not of the call.
pub(super) fn smiles_text(bytes: &[u8]) -> Result<&str, chem::Error> {
    std::str::from_utf8(within_limit(bytes)).map_err(|e| {
        let at = e.valid_up_to();
        let message =
            format!("unexpected byte 0x{:02x} at byte {at}; SMILES is plain ASCII", bytes[at]);
        chem::Error::new(chem::ErrorKind::Syntax, Some(at), message)
    })
}

/// A molblock from C. Titles are often in Latin-1: what is not UTF-8 becomes U+FFFD, which is
/// harmless there and refused where it matters.
fn molblock_text(bytes: &[u8]) -> Cow<'_, str> {
    String::from_utf8_lossy(within_limit(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_become_text_within_the_limit() {
        let error = smiles_text(b"CC\xff").unwrap_err();
        assert_eq!((error.kind, error.position), (chem::ErrorKind::Syntax, Some(2)));
        assert_eq!(molblock_text(b"CC\xff"), "CC\u{fffd}");
        let long = vec![b'C'; 3 << 20];
        assert_eq!(smiles_text(&long).unwrap().len(), Limits::default().bytes + 1);
    }
}
