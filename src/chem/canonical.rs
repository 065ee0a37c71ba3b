//! Text and keys by which two inputs are recognised as the same molecule.

use super::error::{Error, ErrorKind};
use super::molecule::Molecule;
use chematic_core as cc;
use chematic_smiles as cs;

/// The canonical SMILES of the molecule's constitution: RDKit's, without stereochemistry, isotopes and atom maps.
///
/// Equal for all ways to write one structure. Tautomers and protonation states differ; see [`skeleton_key`] for a
/// key that joins them.
///
/// # Errors
/// [`ErrorKind::Unsupported`] for the few molecules that the canonical order does not model.
pub fn canonical_smiles(mol: &Molecule) -> Result<String, Error> {
    if mol.has_weak_bonds() {
        return Err(unsupported(&"it has bonds of no order"));
    }
    let source = mol.to_write();
    let mut builder = cc::MoleculeBuilder::new();
    let atoms: Vec<cc::AtomIdx> = source
        .atoms()
        .map(|(_, atom)| {
            let mut atom = atom.clone();
            atom.chirality = cc::Chirality::None;
            atom.isotope = None;
            atom.atom_map = None;
            atom.cip_code = None;
            builder.add_atom(atom)
        })
        .collect();
    for b in source.rdkit_bond_order() {
        let bond = source.bond(b);
        let order = match bond.order {
            cc::BondOrder::Up | cc::BondOrder::Down => cc::BondOrder::Single,
            other => other,
        };
        let ends = (atoms[bond.atom1.0 as usize], atoms[bond.atom2.0 as usize]);
        builder.add_bond(ends.0, ends.1, order).map_err(|e| unsupported(&e))?;
    }
    cs::rdkit_canonical_smiles(&builder.build()).map_err(|e| unsupported(&e))
}

/// A key that is equal whenever the first blocks (14 characters) of two standard InChIKeys are.
///
/// That block hashes InChI's main layer: elements, which heavy atoms are joined, and where hydrogens are fixed,
/// whatever the bond orders, mobile hydrogens, protons, stereochemistry and isotopes. This key keeps less: the
/// heavy atoms and their joins (in canonical order, bonds to metals cut as InChI cuts them), and the number of
/// hydrogens less the charge, which no proton changes. So it also joins isomers that differ only in where their
/// double bonds and hydrogens sit: right for keeping test molecules out of training, too coarse to count molecules.
///
/// # Errors
/// [`ErrorKind::Unsupported`] for the few molecules that the canonical order does not model.
pub fn skeleton_key(mol: &Molecule) -> Result<String, Error> {
    let atoms = mol.atoms();
    let is_hydrogen = |i: usize| {
        atoms[i].atomic_number == 1
            && mol.neighbors(i).iter().any(|n| atoms[n.atom as usize].atomic_number != 1)
    };
    let mut builder = cc::MoleculeBuilder::new();
    let mut index = Vec::with_capacity(atoms.len());
    let mut hydrogens = 0i64;
    for (i, atom) in atoms.iter().enumerate() {
        hydrogens += i64::from(atom.hydrogens) - i64::from(atom.charge);
        if is_hydrogen(i) {
            hydrogens += 1;
            index.push(None);
            continue;
        }
        // A wildcard obeys no valence; the isotope label tells the elements apart.
        let mut wild = cc::Atom::new(cc::Element::C);
        wild.wildcard = true;
        wild.isotope = Some(u16::from(atom.atomic_number));
        wild.hydrogen_count = Some(0);
        index.push(Some(builder.add_atom(wild)));
    }
    for bond in mol.bonds() {
        let ends = [bond.begin as usize, bond.end as usize];
        if ends.iter().any(|&e| is_metal(atoms[e].atomic_number)) {
            continue;
        }
        if let (Some(a), Some(b)) = (index[ends[0]], index[ends[1]]) {
            builder.add_bond(a, b, cc::BondOrder::Single).map_err(|e| unsupported(&e))?;
        }
    }
    let skeleton = cs::rdkit_canonical_smiles(&builder.build()).map_err(|e| unsupported(&e))?;
    Ok(format!("{skeleton}|{hydrogens}"))
}

/// Rather too many than too few: a bond cut that InChI keeps only makes the key coarser.
fn is_metal(atomic_number: u8) -> bool {
    !matches!(
        atomic_number,
        0..=2 | 5..=10 | 14..=18 | 33..=36 | 52..=54 | 86
    )
}

fn unsupported(e: &dyn std::fmt::Display) -> Error {
    let message = format!("no canonical form: {e}; expected an ordinary molecule");
    Error::new(ErrorKind::Unsupported, None, message)
}
