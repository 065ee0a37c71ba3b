//! [`Molecule`] back to text.

use super::molecule::Molecule;
use chematic_smiles as cs;

impl Molecule {
    /// The canonical SMILES (RDKit `MolToSmiles`), or `None` for the few molecules that the
    /// writer does not cover. Depends on the structure alone, not on the order of the input.
    pub fn to_smiles(&self) -> Option<String> {
        if self.has_weak_bonds() {
            return None;
        }
        cs::rdkit_canonical_smiles(&self.source).ok()
    }
}
