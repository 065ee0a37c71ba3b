//! Docked poses as PDBQT.

use super::batch::{chmr_batch, smiles_text};
use super::error::{Failure, chmr_error};
use super::guard::guard;
use super::pointers::{exclusive, optional_output};
use super::status::chmr_status;
use super::strings::bytes;
use std::ffi::c_char;

/// Adds every pose of a PDBQT text, as AutoDock Vina writes them, a row each: each MODEL, or
/// all of a text that has none. PDBQT tells neither bond orders nor most hydrogens, so the molecule
/// comes from a template and the pose gives the positions. The heavy atoms of the two are matched by
/// elements and by distances that bonds have; with the file's own REMARK SMILES by its REMARK SMILES
/// IDX lines, where it has them. A pose that cannot be read or does not match is a bad row
/// (CHMR_STATUS_MOLECULE_TEMPLATE) and does not stop the others. Flexible residues are passed over.
///
/// pdbqt, len: the text, len bytes, without a NUL; lines end in \n or \r\n.
/// smiles, smiles_len: SMILES of the molecule that was docked, smiles_len bytes, without a NUL;
/// NULL and 0 to take each pose's REMARK SMILES, or the one above the poses.
/// out_added: number of rows added; may be NULL.
///
/// Errors (no row is added): CHMR_STATUS_MOLECULE_... where the template is no molecule;
/// CHMR_STATUS_INVALID_ARGUMENT (a length), CHMR_STATUS_NULL_POINTER.
///
/// Thread rule: while no other thread uses the batch.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chmr_batch_add_pdbqt(
    batch: *mut chmr_batch,
    pdbqt: *const c_char,
    len: usize,
    smiles: *const c_char,
    smiles_len: usize,
    out_added: *mut usize,
    error: *mut chmr_error,
) -> chmr_status {
    guard(error, || {
        // SAFETY: the header's contract on pointers.
        let (batch, pdbqt, template, out) = unsafe {
            let batch = exclusive(batch, "batch")?;
            let pdbqt = bytes(pdbqt, len, "pdbqt")?;
            let template = match smiles.is_null() && smiles_len == 0 {
                true => None,
                false => Some(bytes(smiles, smiles_len, "smiles")?),
            };
            (batch, pdbqt, template, optional_output(out_added, "out_added")?)
        };
        let template = template.map(template_text).transpose()?;
        let added = batch.batch.push_pdbqt(&String::from_utf8_lossy(pdbqt), template);
        if let Some(out) = out {
            out.write(added);
        }
        Ok(())
    })
}

/// A template that is a molecule: a wrong one is the caller's mistake, not that of each pose.
fn template_text(bytes: &[u8]) -> Result<&str, Failure> {
    let text = smiles_text(bytes)?;
    crate::chem::parse_smiles(text, &crate::chem::Limits::default())?;
    Ok(text)
}
