//! MACCS structural keys.

use super::fingerprint::Fingerprint;
use crate::chem::{Molecule, perceived};

/// Length of [`maccs`]: RDKit's 167 bits, numbered by key; bit 0 is unused.
pub const MACCS_BITS: usize = 167;

/// The public MACCS keys of `mol`, bit-identical to RDKit's `GetMACCSKeysFingerprint`.
pub fn maccs(mol: &Molecule) -> Fingerprint {
    let mut fingerprint = Fingerprint::new(MACCS_BITS);
    perceived::maccs(mol).for_each(|key| fingerprint.set(key));
    fingerprint
}
