//! Connection tables, and the way from there to [`Molecule`].
//!
//! What RDKit's file parsers do between reading and sanitising happens here, in their order: hydrogen
//! counts from valence fields and data groups, stereo from wedges and coordinates, removal of the
//! hydrogens that say nothing.

mod centres;
mod coordination;
mod directions;
mod elements;
mod fields;
mod graph;
mod groups;
mod groups_v2000;
mod groups_v3000;
mod hydrogens;
mod lower;
mod nitrogens;
mod properties;
mod symbols;
mod table;
pub(super) mod v2000;
pub(super) mod v3000;
mod words;

pub(super) use fields::{clip, columns};
pub(super) use properties::is_alias;
pub(super) use table::{Drawing, Order, Table, TableAtom, TableBond, at, check_positions};

use super::error::{Error, ErrorKind};
use super::limits::Limits;
use super::molecule::{Conformer, Molecule};
use super::perceive::perceive;
use graph::Graph;
use std::collections::HashSet;

/// What is known of the shape of a table's atoms and bonds.
struct Stereo {
    /// For each atom.
    centres: Vec<Option<centres::Centre>>,
    /// For each bond: whether it goes up from its first atom, as beside a double bond in a SMILES.
    directions: Vec<Option<bool>>,
}

/// Finds stereo, folds hydrogens in and sanitises.
pub(super) fn into_molecule(mut table: Table, limits: &Limits) -> Result<Molecule, Error> {
    if table.atoms.is_empty() {
        return Err(Error::new(ErrorKind::Empty, None, "the molecule has no atoms"));
    }
    check_bonds(&table)?;
    let graph = Graph::of(&table);
    apply_valence_fields(&mut table, &graph);
    groups::apply(&mut table, &graph)?;
    groups::check_unspecified(&table)?;

    let flat = table.atoms.iter().all(|a| a.position[2].abs() <= 1e-4);
    let marked = table
        .bonds
        .iter()
        .any(|b| matches!(b.drawing, Drawing::Wedge | Drawing::Hash | Drawing::Crossed));
    // Wedges make a drawing of what calls itself 3D, but is flat.
    let is_3d = !flat || table.says_3d && !marked;
    let mut stereo = Stereo {
        centres: vec![None; table.atoms.len()],
        directions: vec![None; table.bonds.len()],
    };
    if !table.unplaced {
        if is_3d {
            centres::from_positions(&table, &graph, &mut stereo.centres);
        } else if marked {
            centres::from_wedges(&mut table, &graph, &mut stereo.centres)?;
        }
        nitrogens::charge(&mut table, &graph);
        directions::perceive(&table, &graph, &mut stereo.directions);
    }
    let kept = hydrogens::fold(&mut table, &graph, &mut stereo);
    let conformer = (!table.unplaced).then(|| Conformer {
        positions: kept
            .iter()
            .map(|&i| table.atoms[i as usize].position.map(|x| x as f32))
            .collect(),
        is_3d,
    });
    let (source, weak) = lower::source(&table, &kept, &stereo)?;
    let molecule = perceive(source, conformer, limits)?;
    if weak.is_empty() { Ok(molecule) } else { molecule.with_weak_bonds(&weak, limits) }
}

/// Refuses what is no graph.
fn check_bonds(table: &Table) -> Result<(), Error> {
    let mut seen = HashSet::with_capacity(table.bonds.len());
    for bond in &table.bonds {
        if bond.begin == bond.end {
            let message = format!("a bond from atom {} to itself", bond.begin + 1);
            return Err(at(ErrorKind::Syntax, bond.line, message));
        }
        if !seen.insert((bond.begin.min(bond.end), bond.begin.max(bond.end))) {
            let (a, b) = (bond.begin + 1, bond.end + 1);
            let message = format!("a second bond between atoms {a} and {b}");
            return Err(at(ErrorKind::Syntax, bond.line, message));
        }
    }
    Ok(())
}

/// A valence field states the hydrogens: as many as the bonds leave of it.
fn apply_valence_fields(table: &mut Table, graph: &Graph) {
    for i in 0..table.atoms.len() {
        let atom = &table.atoms[i];
        if atom.valence == 0 || atom.counted {
            continue;
        }
        let free = match atom.valence {
            15 | -1 => 0,
            total => (total - graph.explicit_valence(table, i as u32)).clamp(0, 255),
        };
        table.atoms[i].hydrogens = free as u32;
        table.atoms[i].no_implicit = true;
    }
}

/// The refusal of a query feature.
fn query(number: usize, what: &str) -> Error {
    let message = format!("{what} is a query feature; a query is not a molecule");
    at(ErrorKind::Unsupported, number, message)
}
