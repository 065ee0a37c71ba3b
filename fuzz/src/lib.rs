//! What every target checks of a molecule, and the oracle that some ask.

#![allow(dead_code, missing_docs, unused_imports, clippy::all)]

#[path = "../../src/chem/mod.rs"]
pub mod chem;
#[path = "../../src/error.rs"]
pub mod error;
#[path = "../../src/features/mod.rs"]
pub mod features;
#[path = "../../src/tables/mod.rs"]
pub mod tables;

mod oracle;

use chem::{Atom, Limits, Molecule, parse_smiles};
use features::{graph, maccs, morgan};

pub use oracle::compare;

/// Limits as small as inputs are: they act long before time runs out.
pub fn limits() -> Limits {
    Limits { bytes: 1 << 16, atoms: 200, bonds: 300, depth: 50, degree: 12, rings: 30 }
}

/// Computes everything of a molecule, holds it to the limits, and reads again what is written of it.
///
/// # Panics
/// Where something does not hold: the finding.
pub fn check(molecule: &Molecule) {
    let limits = limits();
    assert!(molecule.atoms().len() <= limits.atoms, "more atoms than the limit");
    assert!(molecule.bonds().len() <= limits.bonds, "more bonds than the limit");
    let _ = molecule.rings();
    let mut out = vec![0.0; features::descriptors::DESCRIPTORS.len()];
    features::descriptors::descriptors(molecule, &mut out);
    let Some(text) = molecule.to_smiles() else { return };
    // What is written may nest deeper and have more bytes.
    let wide = Limits { depth: 300, bytes: 1 << 20, ..limits };
    let again =
        parse_smiles(&text, &wide).unwrap_or_else(|e| panic!("{text} is written and refused: {e}"));
    // A drawn hydrogen that stayed an atom is folded when a SMILES is read, by RDKit, too.
    if molecule.atoms().iter().any(|a| a.atomic_number == 1) {
        return;
    }
    for (what, same) in [
        ("Morgan fingerprint", morgan(molecule, 2, 1024) == morgan(&again, 2, 1024)),
        ("MACCS keys", maccs(molecule) == maccs(&again)),
        ("charge", charge(molecule) == charge(&again)),
        ("radicals, hydrogens or stereo", outline(molecule) == outline(&again)),
    ] {
        assert!(same, "{text} has other {what} than what it was written of");
    }
}

fn charge(molecule: &Molecule) -> i64 {
    molecule.atoms().iter().map(|a| i64::from(a.charge)).sum()
}

/// Element, handedness, charge, hydrogens and radicals of each atom, and stereo of each bond, sorted. A tag of
/// handedness depends on the order of the atoms: only that there is one counts.
fn outline(molecule: &Molecule) -> Option<(Vec<[i64; 5]>, Vec<i64>)> {
    let graph = graph(molecule).ok()?;
    // A bracket states all hydrogens, from which unpaired electrons follow. An atom of a molblock that has more bonds or charge than
    // electrons, as a metal may, has none all the same; so it is in RDKit.
    const USUAL: [u8; 12] = [5, 6, 7, 8, 9, 14, 15, 16, 17, 34, 35, 53];
    let atom = |(code, atom): (&[i64; 9], &Atom)| {
        let tells = USUAL.contains(&atom.atomic_number) && atom.charge.abs() <= 2;
        [code[0], i64::from(code[1] != 0), code[3], code[4], if tells { code[5] } else { 0 }]
    };
    let mut atoms: Vec<_> = graph.node_features.iter().zip(molecule.atoms()).map(atom).collect();
    let mut bonds: Vec<_> = graph.edge_features.iter().map(|b| b[1]).collect();
    atoms.sort_unstable();
    bonds.sort_unstable();
    Some((atoms, bonds))
}
