//! Stereo from what a file draws: wedges in two dimensions, positions in three.

use super::ctab::{Bonding, Drawing, Table, Valence};
use chematic_core as cc;
use chematic_perception as cp;

/// Gives `source` the tetrahedral and double-bond stereo that RDKit's file parsers would find.
/// The sanitiser later drops what proves to be no stereo centre.
pub(super) fn perceive_stereo(
    source: &mut cc::Molecule,
    table: &Table,
    bonding: &Bonding,
    flat: bool,
) {
    if flat {
        centres_from_wedges(source, table);
    } else {
        centres_from_positions(source, table, bonding);
    }
    double_bonds(source, table, flat);
}

/// Directions beside the double bonds that may have stereo.
fn double_bonds(source: &mut cc::Molecule, table: &Table, flat: bool) {
    let wavy = wavy_ends(table);
    let (mut open, mut barred) = (false, Vec::new());
    for (i, bond) in table.bonds.iter().enumerate() {
        if bond.order != cc::BondOrder::Double {
            continue;
        }
        let ends = [bond.begin, bond.end];
        if bond.drawing == Drawing::Either
            || ends.iter().any(|&a| wavy[a as usize] || !has_substituent(source, table, a))
        {
            barred.push(cc::BondIdx(i as u32));
        } else {
            open = true;
        }
    }
    if !open {
        return;
    }
    // A bond that must not get stereo passes for a single one meanwhile.
    for &bond in &barred {
        source.set_bond_order(bond, cc::BondOrder::Single);
    }
    if flat {
        let xy: Vec<_> = table.atoms.iter().map(|a| (a.position[0], a.position[1])).collect();
        cp::apply_ez_directions_from_2d(source, &xy);
    } else {
        let xyz: Vec<_> = table.atoms.iter().map(|a| a.position.into()).collect();
        cp::apply_ez_directions_from_3d(source, &xyz);
    }
    for &bond in &barred {
        source.set_bond_order(bond, cc::BondOrder::Double);
    }
}

/// Whether `atom` has a neighbour besides its double bond's other end that survives the removal
/// of hydrogens: RDKit removes them before it looks at double bonds.
fn has_substituent(source: &cc::Molecule, table: &Table, atom: u32) -> bool {
    let kept = |a: &super::ctab::TableAtom| a.atomic_number != 1 || a.isotope != 0;
    source
        .neighbors(cc::AtomIdx(atom))
        .filter(|(n, _)| kept(&table.atoms[n.0 as usize]))
        .nth(1)
        .is_some()
}

fn wavy_ends(table: &Table) -> Vec<bool> {
    let mut wavy = vec![false; table.atoms.len()];
    for b in &table.bonds {
        if b.order == cc::BondOrder::Single && b.drawing == Drawing::Either {
            wavy[b.begin as usize] = true;
            wavy[b.end as usize] = true;
        }
    }
    wavy
}

/// Tetrahedral parity from wedges and hashes.
fn centres_from_wedges(source: &mut cc::Molecule, table: &Table) {
    let marked: Vec<(cc::BondIdx, cc::BondOrder)> = table
        .bonds
        .iter()
        .enumerate()
        .filter(|(_, b)| b.order == cc::BondOrder::Single)
        .filter_map(|(i, b)| match b.drawing {
            Drawing::Wedge => Some((cc::BondIdx(i as u32), cc::BondOrder::Up)),
            Drawing::Hash => Some((cc::BondIdx(i as u32), cc::BondOrder::Down)),
            Drawing::Plain | Drawing::Either => None,
        })
        .collect();
    if marked.is_empty() {
        return;
    }
    for &(bond, order) in &marked {
        source.set_bond_order(bond, order);
    }
    let xy: Vec<_> = table.atoms.iter().map(|a| (a.position[0], a.position[1])).collect();
    cp::apply_ctab_local_parity_from_wedges_with_diagnostics(source, &xy);
    // The sanitiser reads Up and Down as the directions of a SMILES' double bonds.
    for &(bond, _) in &marked {
        source.set_bond_order(bond, cc::BondOrder::Single);
    }
}

/// Volumes below this (Å³) are flat: RDKit `assignChiralTypesFrom3D`'s tolerance.
const FLAT_VOLUME: f64 = 0.1;

/// Tetrahedral parity from the sign of the volume that the bonds span.
fn centres_from_positions(source: &mut cc::Molecule, table: &Table, bonding: &Bonding) {
    for (i, atom) in table.atoms.iter().enumerate() {
        let centre = cc::AtomIdx(i as u32);
        let neighbours: Vec<u32> = source
            .neighbors(centre)
            .filter(|&(_, b)| {
                let bond = source.bond(b);
                bond.order != cc::BondOrder::Dative || bond.atom1 != centre
            })
            .map(|(a, _)| a.0)
            .collect();
        let drawn = source.degree(centre);
        // The sanitiser wants every neighbour in the order: a donated bond spoils it.
        if !(3..=4).contains(&neighbours.len()) || drawn != neighbours.len() {
            continue;
        }
        let hydrogens = match (source.atom(centre).hydrogen_count, atom.valence) {
            (Some(h), _) => usize::from(h),
            (None, Valence::Default | Valence::Total(_)) => usize::from(bonding.hydrogens(atom, i)),
        };
        let total = neighbours.len() + hydrogens;
        // Three-coordinate sulphur and selenium keep their shape; others invert.
        let keeps_shape = matches!(atom.atomic_number, 16 | 34);
        if total != 4 && !(keeps_shape && total == 3) {
            continue;
        }
        let v: Vec<[f64; 3]> = neighbours
            .iter()
            .map(|&n| sub(table.atoms[n as usize].position, atom.position))
            .collect();
        let mut volume = dot(v[0], cross(v[1], v[2]));
        if volume.abs() <= FLAT_VOLUME && v.len() == 4 {
            volume = -dot(v[0], cross(v[1], v[3]));
        }
        if volume.abs() <= FLAT_VOLUME {
            continue;
        }
        let chirality =
            if volume > 0.0 { cc::Chirality::CounterClockwise } else { cc::Chirality::Clockwise };
        let mut order = neighbours;
        if order.len() == 3 {
            order.push(cc::STEREO_H_SENTINEL);
        }
        source.set_chirality(centre, chirality);
        source.set_stereo_neighbor_order(centre, order);
    }
}

fn sub(a: [f64; 3], b: [f64; 3]) -> [f64; 3] {
    [a[0] - b[0], a[1] - b[1], a[2] - b[2]]
}

fn cross(a: [f64; 3], b: [f64; 3]) -> [f64; 3] {
    [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
}

fn dot(a: [f64; 3], b: [f64; 3]) -> f64 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}
