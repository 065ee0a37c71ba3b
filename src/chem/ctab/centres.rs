//! Stereo centres from what a file draws: wedges in two dimensions, positions in three.

use super::coordination;
use super::directions::{cross, dot, sub};
use super::graph::Graph;
use super::lower;
use super::table::{Drawing, Order, Table};
use crate::chem::error::Error;
use chematic_core as cc;
use chematic_perception as cp;

/// The handedness of an atom. The sanitiser later drops what proves to be no stereo centre.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Centre {
    /// Seen from the first neighbour in the order of the bonds, the others (an implicit hydrogen
    /// last) go clockwise.
    Clockwise,
    /// Or counterclockwise.
    Counterclockwise,
    /// One of these, but the drawing does not say which. It matters to hydrogens alone.
    Undetermined,
    /// A coordination polyhedron, in the order of the bonds.
    Polyhedron(coordination::Polyhedron),
}

impl Centre {
    pub(super) fn is_tetrahedral(self) -> bool {
        !matches!(self, Self::Polyhedron(_))
    }

    /// The same shape after two neighbours changed places.
    pub(super) fn invert(&mut self) {
        *self = match *self {
            Self::Clockwise => Self::Counterclockwise,
            Self::Counterclockwise => Self::Clockwise,
            other => other,
        };
    }
}

/// Whether `bond` counts as a neighbour where the shape of `atom` is concerned.
pub(super) fn shapes(table: &Table, bond: u32, atom: u32) -> bool {
    let bond = &table.bonds[bond as usize];
    match bond.order {
        Order::Unspecified | Order::Zero => false,
        Order::Dative => bond.begin != atom,
        _ => true,
    }
}

/// Whether a wavy bond that begins at `atom` says that its shape is unknown.
fn is_wavy(table: &Table, graph: &Graph, atom: u32) -> bool {
    graph.bonds(atom).iter().any(|&b| {
        let bond = &table.bonds[b as usize];
        bond.drawing == Drawing::Wavy && bond.order == Order::Single && bond.begin == atom
    })
}

/// Tetrahedral parity from wedges and hashes.
pub(super) fn from_wedges(
    table: &mut Table,
    graph: &Graph,
    centres: &mut [Option<Centre>],
) -> Result<(), Error> {
    let wedge: fn(Drawing) -> bool = |d| matches!(d, Drawing::Wedge | Drawing::Hash);
    if !table.bonds.iter().any(|b| b.order == Order::Single && wedge(b.drawing)) {
        return Ok(());
    }
    let mut source = lower::drawn(table, graph)?;
    let xy: Vec<_> = table.atoms.iter().map(|a| (a.position[0], a.position[1])).collect();
    cp::apply_ctab_local_parity_from_wedges_with_diagnostics(&mut source, &xy);
    for i in 0..table.atoms.len() as u32 {
        let bonds = || graph.bonds(i).iter().map(|&b| &table.bonds[b as usize]);
        let begins = |d: fn(Drawing) -> bool| bonds().any(|b| b.begin == i && d(b.drawing));
        if !begins(wedge) || begins(|d| d == Drawing::Wavy) || !(3..=4).contains(&bonds().count()) {
            continue;
        }
        // Of atoms with other than single bonds only phosphorus and sulphur have a shape.
        let element = table.atoms[i as usize].atomic_number;
        if !matches!(element, 15 | 16) && bonds().any(|b| b.order != Order::Single) {
            continue;
        }
        let drawn = handedness(&source, table, graph, i);
        centres[i as usize] = Some(drawn.unwrap_or(Centre::Undetermined));
        // A centre's hydrogen is stated, so that nothing takes it away.
        let atom = &table.atoms[i as usize];
        if graph.degree(i) == 3 && atom.hydrogens == 0 && graph.implicit_hydrogens(table, i) == 1 {
            table.atoms[i as usize].hydrogens = 1;
        }
    }
    Ok(())
}

/// The library's judgement on an atom with wedges, in the order of the bonds.
fn handedness(source: &cc::Molecule, table: &Table, graph: &Graph, atom: u32) -> Option<Centre> {
    let index = cc::AtomIdx(atom);
    let clockwise = match source.atom(index).chirality {
        cc::Chirality::Clockwise => true,
        cc::Chirality::CounterClockwise => false,
        _ => return None,
    };
    let written = source.stereo_neighbor_order(index)?;
    let mut order: Vec<u32> = graph.neighbors(table, atom).collect();
    if written.contains(&cc::STEREO_H_SENTINEL) {
        order.push(cc::STEREO_H_SENTINEL);
    }
    let odd = is_odd(written, &order)?;
    Some(if clockwise == odd { Centre::Counterclockwise } else { Centre::Clockwise })
}

/// Whether an odd number of swaps makes one order the other; `None` where they hold different things.
fn is_odd(from: &[u32], to: &[u32]) -> Option<bool> {
    let mut from = from.to_vec();
    let mut odd = false;
    if from.len() != to.len() {
        return None;
    }
    for (i, wanted) in to.iter().enumerate() {
        let found = (i..from.len()).find(|&k| from[k] == *wanted)?;
        if found != i {
            from.swap(i, found);
            odd = !odd;
        }
    }
    Some(odd)
}

/// Volumes below this (Å³) are flat: RDKit `assignChiralTypesFrom3D`'s tolerance.
const FLAT_VOLUME: f64 = 0.1;

/// Shapes from positions.
pub(super) fn from_positions(table: &Table, graph: &Graph, centres: &mut [Option<Centre>]) {
    for (i, atom) in table.atoms.iter().enumerate() {
        let index = i as u32;
        let neighbours: Vec<u32> = graph
            .bonds(index)
            .iter()
            .filter(|&&b| shapes(table, b, index))
            .map(|&b| table.bonds[b as usize].other(index))
            .collect();
        let total = neighbours.len() + graph.hydrogens(table, index) as usize;
        if neighbours.len() < 3 || total > 6 || is_wavy(table, graph, index) {
            continue;
        }
        if let Some(polyhedron) = coordination::polyhedron(table, graph, index) {
            centres[i] = Some(Centre::Polyhedron(polyhedron));
            continue;
        }
        // Three-coordinate sulphur and selenium keep their shape; others invert.
        let keeps_shape = matches!(atom.atomic_number, 16 | 34);
        if total > 4 || total != 4 && !keeps_shape {
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
        if volume.abs() > FLAT_VOLUME {
            centres[i] =
                Some(if volume > 0.0 { Centre::Counterclockwise } else { Centre::Clockwise });
        }
    }
}
