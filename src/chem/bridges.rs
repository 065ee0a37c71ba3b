//! Aromaticity of small rings that share an oxygen or sulphur with a large one.
//!
//! RDKit (2026.09) takes a divalent O or S of a ring of nine or more atoms for an aliphatic bridge,
//! but only where no smaller ring holds it: a furan spanned by a macrocycle stays aromatic. The
//! sanitiser of the perception library may meet the large ring first and misjudge such an atom; its
//! other view of the molecule does not. The two are compared only where the pattern occurs.

use super::error::Error;
use super::molecule::{Atom, Bond, BondOrder, Neighbor};
use super::perceive::bond_order;
use chematic_core as cc;
use chematic_perception as cp;

/// Whether some ring O or S, not aromatic, sits between two atoms where rings meet.
pub(super) fn may_be_misjudged(
    atoms: &[Atom],
    bonds: &[Bond],
    offsets: &[u32],
    adjacency: &[Neighbor],
) -> bool {
    let around = |a: usize| &adjacency[offsets[a] as usize..offsets[a + 1] as usize];
    let ring_bonds = |a: usize| around(a).iter().filter(|n| bonds[n.bond as usize].in_ring).count();
    atoms.iter().enumerate().any(|(i, atom)| {
        matches!(atom.atomic_number, 8 | 16)
            && atom.in_ring
            && !atom.aromatic
            && around(i).len() == 2
            && around(i).iter().all(|n| ring_bonds(n.atom as usize) >= 3)
    })
}

/// Takes aromaticity from the other view. `index` maps the atoms of `source` to `atoms`, and
/// `source_bonds` says which bond of it each of `bonds` is.
pub(super) fn correct(
    source: &cc::Molecule,
    index: &[u32],
    source_bonds: &[cc::BondIdx],
    atoms: &mut [Atom],
    bonds: &mut [Bond],
) -> Result<(), Error> {
    cp::with_rdkit_parity_view(source, |view| {
        // Where that view cannot be had, the first judgement stands.
        let Ok(view) = view else { return Ok(()) };
        for (i, (_, atom)) in view.atoms().enumerate() {
            if let Some(&new) = index.get(i).filter(|&&new| new != u32::MAX) {
                atoms[new as usize].aromatic = atom.aromatic;
            }
        }
        for (bond, &at) in bonds.iter_mut().zip(source_bonds) {
            let order = bond_order(view.bond(at).order)?;
            if bond.order != BondOrder::Dative && order != BondOrder::Dative {
                bond.order = order;
            }
        }
        Ok(())
    })
}
