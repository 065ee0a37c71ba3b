//! Smallest rings, for the few features that count or measure them.

use super::molecule::Molecule;
use chematic_perception as cp;

/// Above this many relevant cycles (a large cage) the smallest set stands for them.
const MANY: usize = 2000;

/// RDKit's `GetSymmSSSR`, which since 2026.09 is the set of relevant cycles, in the atom numbering of `mol`.
pub(super) fn symmetrised_sssr(mol: &Molecule) -> Vec<Vec<u32>> {
    if mol.atoms.iter().all(|a| !a.in_ring) {
        return Vec::new();
    }
    let mut index = vec![u32::MAX; mol.source.atom_count()];
    for (new, &old) in mol.source_atoms.iter().enumerate() {
        index[old as usize] = new as u32;
    }
    cp::relevant_cycles(&mol.source, MANY)
        .unwrap_or_else(|_| cp::find_symmetrized_sssr(&mol.source).rings().to_vec())
        .iter()
        .map(|ring| ring.iter().map(|a| index[a.0 as usize]).collect::<Vec<u32>>())
        .filter(|ring| !ring.contains(&u32::MAX))
        .collect()
}
