//! The fingerprint of a row: all that search and imputation ask of a molecule.

use super::batch::{Batch, Input};
use crate::chem::{self, Limits};
use crate::error::{Error, ErrorKind};
use crate::features::{Fingerprint, morgan};
use crate::model::network::guarded;
use crate::reference::Member;

/// Radius of the Morgan environments of libraries made here.
pub(super) const RADIUS: u32 = 2;
/// Width of their fingerprints.
pub(super) const BITS: usize = 1024;

/// Row `row` of `batch` as a member of a library.
pub(super) fn member(
    batch: &Batch,
    row: usize,
    id: String,
    limits: &Limits,
) -> Result<Member, Error> {
    guarded(|| {
        let (smiles, molecule) = match batch.row(row) {
            Some(Input::Smiles(text)) => {
                let text = text.trim();
                (Some(text.to_owned()), chem::parse_smiles(text, limits)?)
            }
            Some(Input::Molblock(text)) => (None, chem::parse_molblock(text, limits)?),
            Some(Input::Atoms(atoms)) => (None, chem::molecule_from_atoms(atoms, limits)?),
            Some(Input::Molecule(molecule)) => (None, molecule.clone()),
            Some(Input::Fingerprint { .. }) => {
                return Err(Error::new(
                    ErrorKind::Input,
                    "a fingerprint alone; a library wants the molecule",
                ));
            }
            Some(Input::Refused(error)) => return Err(error.clone()),
            None => return Err(Error::new(ErrorKind::Internal, "the row is gone")),
        };
        let smiles = smiles.or_else(|| molecule.to_smiles()).unwrap_or_default();
        Ok(Member { id, smiles, fingerprint: morgan(&molecule, RADIUS, BITS) })
    })
}

/// The Morgan bits of row `row` of `batch`, of a radius and width, 64 a word.
pub(super) fn words(
    (radius, bits): (u32, usize),
    limits: &Limits,
    batch: &Batch,
    row: usize,
) -> Result<Vec<u64>, Error> {
    let of = |molecule: &chem::Molecule| morgan(molecule, radius, bits).words().to_vec();
    guarded(|| match batch.row(row) {
        Some(Input::Smiles(text)) => Ok(of(&chem::parse_smiles(text, limits)?)),
        Some(Input::Molblock(text)) => Ok(of(&chem::parse_molblock(text, limits)?)),
        Some(Input::Atoms(atoms)) => Ok(of(&chem::molecule_from_atoms(atoms, limits)?)),
        Some(Input::Molecule(molecule)) => Ok(of(molecule)),
        Some(Input::Fingerprint { radius: r, bits: b, packed }) => {
            let given = Fingerprint::from_bytes(b, packed).filter(|_| (r, b) == (radius, bits));
            given.map(|f| f.words().to_vec()).ok_or_else(|| {
                Error::new(
                    ErrorKind::Input,
                    format!(
                        "a fingerprint of {b} bits and radius {r}; what is searched has {bits} bits of radius {radius}"
                    ),
                )
            })
        }
        Some(Input::Refused(error)) => Err(error.clone()),
        None => Err(Error::new(ErrorKind::Internal, "the row is gone")),
    })
}
