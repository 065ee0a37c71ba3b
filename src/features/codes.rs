//! The molecule as integer codes of atoms and bonds: what graph networks read (`docs/graph-network.md`).
//!
//! Only what does not depend on the order of atoms in the input, nor on which of several smallest sets of rings was found: the
//! size of the smallest ring through an atom or bond, not the number of rings.

use crate::chem::{Bond, BondOrder, Error, Molecule, perceived};

/// Number of values of each atom code, in order: element, total degree, charge, hydrogens, hybridisation, aromatic, ring bonds,
/// smallest ring.
pub const ATOM_CODES: [usize; 8] = [100, 7, 7, 5, 6, 2, 5, 8];

/// Number of values of each bond code, in order: type, conjugated, smallest ring, stereo.
pub const BOND_CODES: [usize; 4] = [5, 2, 8, 3];

/// Rings up to this size have a code of their own, the next one is for larger rings.
const LARGEST_RING: usize = 8;

/// The molecule as codes, each an index from 0 below its entry of [`ATOM_CODES`] or [`BOND_CODES`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GraphCodes {
    /// One an atom of the [`Molecule`], in its order.
    pub atoms: Vec<[u8; ATOM_CODES.len()]>,
    /// The two atoms of each bond, in the molecule's order.
    pub ends: Vec<[u32; 2]>,
    /// One a bond.
    pub bonds: Vec<[u8; BOND_CODES.len()]>,
}

/// The codes of `mol`, with RDKit's values of hybridisation, conjugation and stereo.
///
/// # Errors
/// For the few atoms and bonds whose hybridisation or conjugation the perception cannot model.
pub fn graph_codes(mol: &Molecule) -> Result<GraphCodes, Error> {
    let electrons = perceived::electrons(mol)?;
    let rings: Vec<u8> = (0..mol.bonds().len()).map(|b| smallest_ring(mol, b)).collect();
    let code = |value: usize, values: usize| value.min(values - 1) as u8;
    let atoms = mol.atoms().iter().enumerate().map(|(i, atom)| {
        let around = mol.neighbors(i);
        let hydrogens = usize::from(atom.hydrogens);
        let in_ring = around.iter().map(|n| rings[n.bond as usize]).filter(|r| *r > 0);
        [
            code(usize::from(atom.atomic_number), ATOM_CODES[0]),
            code(around.len() + hydrogens, ATOM_CODES[1]),
            (atom.charge.clamp(-3, 3) + 3) as u8,
            code(hydrogens, ATOM_CODES[3]),
            electrons.hybridisation[i].min(ATOM_CODES[4] as u8 - 1),
            u8::from(atom.aromatic),
            code(in_ring.clone().count(), ATOM_CODES[6]),
            in_ring.min().unwrap_or(0),
        ]
    });
    let bonds = mol.bonds().iter().enumerate().map(|(b, bond)| {
        let order = match bond.order {
            BondOrder::Single => 0,
            BondOrder::Double => 1,
            BondOrder::Triple => 2,
            BondOrder::Aromatic => 3,
            BondOrder::Quadruple
            | BondOrder::Dative
            | BondOrder::Unspecified
            | BondOrder::Zero
            | BondOrder::Hydrogen => 4,
        };
        [order, u8::from(electrons.conjugated[b]), rings[b], electrons.stereo[b]]
    });
    Ok(GraphCodes {
        atoms: atoms.collect(),
        ends: mol.bonds().iter().map(|b| [b.begin, b.end]).collect(),
        bonds: bonds.collect(),
    })
}

/// The code of the smallest ring through bond `b`: 0 for none, 1 for three atoms, 7 for more than [`LARGEST_RING`].
fn smallest_ring(mol: &Molecule, b: usize) -> u8 {
    let Bond { begin, end, in_ring, .. } = mol.bonds()[b];
    if !in_ring {
        return 0;
    }
    // The shortest way from one end to the other that does not take the bond, along bonds of rings; atoms seen by then are few.
    let mut seen = vec![begin];
    let mut layer = 0..1;
    for size in 2..=LARGEST_RING {
        for at in layer.clone() {
            let atom = seen[at];
            for n in mol.neighbors(atom as usize) {
                if n.bond as usize == b || !mol.bonds()[n.bond as usize].in_ring {
                    continue;
                }
                if n.atom == end {
                    return (size - 2) as u8;
                }
                if !seen.contains(&n.atom) {
                    seen.push(n.atom);
                }
            }
        }
        layer = layer.end..seen.len();
    }
    (LARGEST_RING - 1) as u8
}
