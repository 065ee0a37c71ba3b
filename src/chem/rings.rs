//! Smallest rings, for the few features that count or measure them.

use super::molecule::Molecule;
use chematic_perception as cp;

/// Above this many relevant cycles (a large cage) a smallest set stands for them.
const MANY: usize = 2000;

/// RDKit's `GetSymmSSSR`, which since 2026.09 is the set of relevant cycles, in the atom numbering
/// of `mol`.
pub(super) fn symmetrised_sssr(mol: &Molecule) -> Vec<Vec<u32>> {
    // Only ring atoms and bonds take part, numbered among themselves: the search is quadratic.
    let mut index = vec![usize::MAX; mol.atoms.len()];
    let mut ring_atoms = Vec::new();
    for (i, _) in mol.atoms.iter().enumerate().filter(|(_, a)| a.in_ring) {
        index[i] = ring_atoms.len();
        ring_atoms.push(i as u32);
    }
    if ring_atoms.is_empty() {
        return Vec::new();
    }
    let bonds: Vec<(usize, usize, bool)> = mol
        .bonds
        .iter()
        .filter(|b| b.in_ring)
        .map(|b| (index[b.begin as usize], index[b.end as usize], true))
        .collect();
    cp::relevant_cycles_from_graph(ring_atoms.len(), &bonds, MANY)
        .ok()
        .or_else(|| cp::rdkit_symmetrized_sssr(ring_atoms.len(), &bonds))
        .unwrap_or_default()
        .into_iter()
        .map(|ring| ring.into_iter().map(|a| ring_atoms[a]).collect())
        .collect()
}
