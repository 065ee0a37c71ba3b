//! The fingerprint of a row: all that search and imputation ask of a molecule.

use super::batch::{Batch, Input};
use crate::chem::{self, Limits};
use crate::error::{Error, ErrorKind};
use crate::features::{Fingerprint, morgan};
use crate::model::network::guarded;
use crate::reference::Library;

/// The Morgan bits of row `row` of `batch` as `library` has them, 64 a word.
pub(super) fn words(
    library: &Library,
    limits: &Limits,
    batch: &Batch,
    row: usize,
) -> Result<Vec<u64>, Error> {
    let (radius, bits) = (library.radius(), library.bits());
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
                        "a fingerprint of {b} bits and radius {r}; the library has {bits} bits of radius {radius}"
                    ),
                )
            })
        }
        Some(Input::Refused(error)) => Err(error.clone()),
        None => Err(Error::new(ErrorKind::Internal, "the row is gone")),
    })
}
