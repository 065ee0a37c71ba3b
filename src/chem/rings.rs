//! Smallest rings, for the few features that count or measure them.

use super::molecule::Molecule;
use chematic_perception as cp;

/// RDKit's `GetSymmSSSR` in the atom numbering of `mol`.
pub(super) fn symmetrised_sssr(mol: &Molecule) -> Vec<Vec<u32>> {
    if mol.atoms.iter().all(|a| !a.in_ring) {
        return Vec::new();
    }
    let mut index = vec![u32::MAX; mol.source.atom_count()];
    for (new, &old) in mol.source_atoms.iter().enumerate() {
        index[old as usize] = new as u32;
    }
    cp::find_symmetrized_sssr(&mol.source)
        .rings()
        .iter()
        .map(|ring| ring.iter().map(|a| index[a.0 as usize]).collect::<Vec<u32>>())
        .filter(|ring| !ring.contains(&u32::MAX))
        .collect()
}
