//! Aromaticity of small rings that share an oxygen or sulphur with a large one.
//!
//! RDKit (2026.09) takes a divalent O or S of a ring of nine or more atoms for an aliphatic bridge,
//! but only where no smaller ring holds it, as it looks at small rings first: a furan spanned by a
//! macrocycle stays aromatic. The sanitiser of the perception library knows the rule, but judges an
//! atom by the first ring that it comes across, and it comes across the rings of atoms with low
//! numbers first. So where the pattern occurs, it is asked again with such atoms numbered first.

use super::error::Error;
use super::molecule::{Atom, Bond, BondOrder, Neighbor};
use super::perceive::bond_order;
use chematic_core as cc;
use chematic_perception as cp;
use chematic_smiles as cs;

/// Rings of this many atoms or more make bridges of their O and S.
const LARGE: usize = 9;

/// The O and S, not aromatic, that may be so by a small ring though a large ring holds them, too.
pub(super) fn suspects(
    atoms: &[Atom],
    bonds: &[Bond],
    offsets: &[u32],
    adjacency: &[Neighbor],
) -> Vec<u32> {
    let around = |a: usize| &adjacency[offsets[a] as usize..offsets[a + 1] as usize];
    let ring_bonds = |a: usize| around(a).iter().filter(|n| bonds[n.bond as usize].in_ring).count();
    let found: Vec<u32> = (0..atoms.len())
        .filter(|&i| {
            let atom = &atoms[i];
            matches!(atom.atomic_number, 8 | 16)
                && atom.in_ring
                && !atom.aromatic
                && atom.charge == 0
                && around(i).len() == 2
                && around(i).iter().all(|n| bonds[n.bond as usize].order == BondOrder::Single)
                // The rings part at an atom beside it, or farther away.
                && around(i).iter().any(|n| ring_bonds(n.atom as usize) >= 3)
                && in_flat_small_ring(i as u32, atoms, bonds, offsets, adjacency)
        })
        .map(|i| i as u32)
        .collect();
    if found.is_empty() {
        return found;
    }
    let edges: Vec<(usize, usize, bool)> = bonds
        .iter()
        .map(|b| (b.begin as usize, b.end as usize, b.order != BondOrder::Dative))
        .collect();
    let rings = cp::rdkit_symmetrized_sssr(atoms.len(), &edges).unwrap_or_default();
    let in_large = |&a: &u32| rings.iter().any(|r| r.len() >= LARGE && r.contains(&(a as usize)));
    found.into_iter().filter(in_large).collect()
}

/// Whether a small ring through `atom` consists of atoms that may be aromatic.
fn in_flat_small_ring(
    atom: u32,
    atoms: &[Atom],
    bonds: &[Bond],
    offsets: &[u32],
    adjacency: &[Neighbor],
) -> bool {
    let around =
        |a: u32| &adjacency[offsets[a as usize] as usize..offsets[a as usize + 1] as usize];
    let flat = |a: u32| {
        let Atom { atomic_number, charge, .. } = atoms[a as usize];
        atomic_number != 6
            || charge != 0
            || around(a).iter().any(|n| bonds[n.bond as usize].order != BondOrder::Single)
    };
    let (from, to) = (around(atom)[0].atom, around(atom)[1].atom);
    let mut seen = vec![atom, from];
    let mut front = vec![from];
    // A ring of eight has six bonds between the neighbours of one of its atoms.
    for _ in 0..LARGE - 3 {
        let mut next = Vec::new();
        for &a in &front {
            for n in around(a).iter().filter(|n| bonds[n.bond as usize].in_ring) {
                if n.atom == to {
                    return flat(from) && flat(to);
                }
                if !seen.contains(&n.atom) && flat(n.atom) {
                    seen.push(n.atom);
                    next.push(n.atom);
                }
            }
        }
        front = next;
    }
    false
}

/// `source` with the suspects first. `index` maps its atoms to those of the molecule.
pub(super) fn renumbered(
    source: &cc::Molecule,
    index: &[u32],
    suspects: &[u32],
) -> Option<cc::Molecule> {
    // The geometries of metals are told by the order of their neighbours' numbers.
    if source.atoms().any(|(_, atom)| atom.chirality.nontetrahedral().is_some()) {
        return None;
    }
    let (mut order, rest): (Vec<cc::AtomIdx>, Vec<cc::AtomIdx>) = (0..source.atom_count() as u32)
        .map(cc::AtomIdx)
        .partition(|a| index[a.0 as usize] != u32::MAX && suspects.contains(&index[a.0 as usize]));
    order.extend(rest);
    source.renumber_atoms(&order).ok()
}

/// Takes aromaticity from `renumbered`, whose bonds are those of the first source; `source_bonds` says which of
/// them each of `bonds` is.
pub(super) fn correct(
    renumbered: &cc::Molecule,
    source_bonds: &[cc::BondIdx],
    atoms: &mut [Atom],
    bonds: &mut [Bond],
) -> Result<(), Error> {
    // What has been sanitised once is so again; were it not, the first judgement would stand.
    let Ok(model) = cs::rdkit_sanitized_model(renumbered) else { return Ok(()) };
    let mut aromatic = vec![false; atoms.len()];
    for (bond, &at) in bonds.iter_mut().zip(source_bonds) {
        let Some(order) = model.bonds[at.0 as usize] else { continue };
        let order = bond_order(order)?;
        let fixed = |o| matches!(o, BondOrder::Dative | BondOrder::Quadruple);
        if !fixed(bond.order) && !fixed(order) {
            bond.order = order;
        }
        for end in [bond.begin, bond.end] {
            aromatic[end as usize] |= order == BondOrder::Aromatic;
        }
    }
    for (atom, aromatic) in atoms.iter_mut().zip(aromatic) {
        atom.aromatic = aromatic;
    }
    Ok(())
}
