//! Docked poses as PDBQT.

use super::batch::{chmr_batch, smiles_text};
use super::error::{Failure, chmr_error};
use super::guard::guard;
use super::pointers::{exclusive, optional_output};
use super::status::chmr_status;
use super::strings::bytes;
use crate::chem;
use std::ffi::c_char;

/// Adds every pose of a PDBQT text, as AutoDock Vina writes them, a row for each molecule of each: of each MODEL, or of
/// all of a text that has none. PDBQT tells neither bond orders nor most hydrogens, so the molecule
/// comes from a template and the pose gives the positions. The heavy atoms of the two are matched by
/// elements and by distances that bonds have; with the file's own REMARK SMILES by its REMARK SMILES
/// IDX lines, where it has them. A pose that cannot be read or does not match is a bad row
/// (CHMR_STATUS_MOLECULE_TEMPLATE) and does not stop the others.
///
/// Molecules that were docked together, each with its ROOT and TORSDOF, and waters beside them have a row each. Flexible
/// residues (BEGIN_RES) are passed over, unless one is a molecule that was docked bound to the receptor: it has a REMARK SMILES of
/// its own, or fits a template where nothing else was docked. A row's title is the name in the remarks; its fields are MODEL and
/// LIGAND, the number of the pose and of the molecule in it, from 1 (chmr_batch_row_field_value).
///
/// pdbqt, len: the text, len bytes, without a NUL; lines end in \n or \r\n.
/// smiles, smiles_len: SMILES of the molecules that were docked, one a line, smiles_len bytes, without a NUL: each is
/// matched to the molecules that it fits. NULL and 0 to take each one's REMARK SMILES, or those above the poses.
/// out_added: number of rows added; may be NULL.
///
/// Errors (no row is added): CHMR_STATUS_MOLECULE_... where a template is no molecule;
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
        let templates = template.map_or(Ok(Vec::new()), template_lines)?;
        let added = batch.batch.push_pdbqt(&String::from_utf8_lossy(pdbqt), &templates);
        if let Some(out) = out {
            out.write(added);
        }
        Ok(())
    })
}

/// Templates that are molecules: a wrong one is the caller's mistake, not that of each pose.
fn template_lines(bytes: &[u8]) -> Result<Vec<&str>, Failure> {
    let lines: Vec<&[u8]> = bytes.trim_ascii_end().split(|&b| b == b'\n').collect();
    let mut templates = Vec::with_capacity(lines.len());
    for (i, line) in lines.iter().copied().enumerate() {
        let read = smiles_text(line).and_then(|text| {
            chem::parse_smiles(text, &chem::Limits::default())?;
            Ok(text)
        });
        templates.push(read.map_err(|e| match lines.len() {
            1 => Failure::from(e),
            _ => {
                let failure = Failure::from(e);
                Failure { message: format!("template {}: {}", i + 1, failure.message), ..failure }
            }
        })?);
    }
    Ok(templates)
}
