//! Which drawn hydrogens stay atoms (RDKit's `RemoveHs` with default parameters), and what becomes of
//! their neighbours when they go.

use super::Stereo;
use super::centres::Centre;
use super::elements::valences;
use super::graph::{Graph, permits};
use super::table::{Order, Table};

/// Folds removable hydrogens into their neighbours; the atoms that are left, in the file's order.
pub(super) fn fold(table: &mut Table, graph: &Graph, stereo: &mut Stereo) -> Vec<u32> {
    let atoms = table.atoms.len() as u32;
    let mut removed: Vec<bool> =
        (0..atoms).map(|i| is_removable(table, graph, stereo, i)).collect();
    // An S-group must not lose its last atom.
    for group in &table.groups {
        if group.atoms.iter().all(|&a| removed[a as usize]) {
            group.atoms.iter().for_each(|&a| removed[a as usize] = false);
        }
    }
    // As before any goes.
    let states_all: Vec<(u32, bool)> = (0..atoms)
        .filter(|&i| removed[i as usize])
        .map(|i| (i, must_be_counted(table, graph, graph.neighbors(table, i).next().unwrap_or(i))))
        .collect();
    let mut gone = vec![false; table.bonds.len()];
    for &(hydrogen, counted) in states_all.iter().rev() {
        remove(table, graph, stereo, hydrogen, counted, &mut gone);
    }
    recount(table, graph, stereo, &gone);
    (0..atoms).filter(|&i| !removed[i as usize]).collect()
}

/// An atom with a shape, but several hydrogens, is no stereo centre: its usual valence says how many
/// it has.
fn recount(table: &mut Table, graph: &Graph, stereo: &Stereo, gone: &[bool]) {
    for (i, centre) in stereo.centres.iter().enumerate() {
        let atom = &table.atoms[i];
        let has_shape = centre.is_some_and(Centre::is_tetrahedral);
        if !has_shape || atom.no_implicit || atom.hydrogens < 2 {
            continue;
        }
        let left = || graph.bonds(i as u32).iter().filter(|&&b| !gone[b as usize]);
        let halves: u32 = left().map(|&b| table.bonds[b as usize].order.halves()).sum();
        // Too many as drawn: the sanitiser says so.
        let fits = permits(atom, (halves.div_ceil(2) + atom.hydrogens) as i32);
        if fits && left().count() + atom.hydrogens as usize == 4 {
            table.atoms[i].hydrogens = 0;
        }
    }
}

/// Whether an atom is a hydrogen that says nothing but that it is there.
fn is_removable(table: &Table, graph: &Graph, stereo: &Stereo, index: u32) -> bool {
    let atom = &table.atoms[index as usize];
    // Isotopes, hydrides, parts of a query, bridges and lone atoms stay.
    if atom.atomic_number != 1
        || atom.isotope != 0
        || atom.charge == -1
        || atom.query
        || graph.degree(index) != 1
    {
        return false;
    }
    let bond = graph.bonds(index)[0];
    let neighbor = table.bonds[bond as usize].other(index);
    let element = table.atoms[neighbor as usize].atomic_number;
    // So does what is bound to a placeholder or another hydrogen.
    if element <= 1 {
        return false;
    }
    // A ligand of a coordination polyhedron.
    if stereo.centres[neighbor as usize].is_some_and(|c| !c.is_tetrahedral()) {
        return false;
    }
    // The only sign of a double bond's geometry, as in an imine.
    if stereo.directions[bond as usize].is_some()
        && graph.degree(neighbor) == 2
        && graph.bonds(neighbor).iter().any(|&b| table.bonds[b as usize].order == Order::Double)
    {
        return false;
    }
    !table.groups.iter().any(|group| {
        // A cap at the edge of a group, the atom by which it is attached, the end of a drawn bond.
        let crosses = |ends: [u32; 2]| ends.iter().filter(|e| group.atoms.contains(e)).count() == 1;
        let ends = |b: u32| [table.bonds[b as usize].begin, table.bonds[b as usize].end];
        group.bonds.iter().any(|&b| b == bond && crosses(ends(b)))
            || group.attached_by.contains(&index)
            || group.states.contains(&bond)
    })
}

/// Whether the neighbour would not get a removed hydrogen back by its usual valence.
fn must_be_counted(table: &Table, graph: &Graph, index: u32) -> bool {
    let atom = &table.atoms[index as usize];
    let aromatic = graph.is_aromatic(table, index);
    if aromatic && matches!(atom.atomic_number, 7 | 15) {
        return true;
    }
    let valence =
        graph.explicit_valence(table, index) + graph.implicit_hydrogens(table, index) as i32;
    if aromatic && valence == 3 {
        // An aromatic ring atom without a double bond of its own, as boron in borole.
        let orders = graph.bonds(index).iter().map(|&b| table.bonds[b as usize].order);
        let (mut single, mut ring, mut other) = (0, 0, 0);
        for order in orders {
            match order {
                Order::Single => single += 1,
                Order::Aromatic => ring += 1,
                _ => other += 1,
            }
        }
        if (single, ring, other) == (1, 2, 0) {
            return true;
        }
    }
    // In a higher state of valence, as five-valent phosphorus.
    valences(u32::from(atom.atomic_number)).iter().skip(1).any(|&v| v == valence)
}

fn remove(
    table: &mut Table,
    graph: &Graph,
    stereo: &mut Stereo,
    hydrogen: u32,
    counted: bool,
    gone: &mut [bool],
) {
    let bond = graph.bonds(hydrogen)[0];
    let heavy = table.bonds[bond as usize].other(hydrogen);
    let bonds = graph.bonds(heavy);
    let centre = &mut stereo.centres[heavy as usize];
    let atom = &mut table.atoms[heavy as usize];
    if counted || atom.no_implicit || centre.is_some() {
        atom.hydrogens += 1;
    }
    if let Some(centre) = centre {
        // The hydrogen becomes the last neighbour.
        let later = bonds
            .iter()
            .skip_while(|&&b| b != bond)
            .skip(1)
            .filter(|&&b| !gone[b as usize])
            .count();
        if later % 2 == 1 {
            centre.invert();
        }
    }
    gone[bond as usize] = true;
    // Its direction passes to another substituent of the double bond, unless one has its own.
    let Some(up) = stereo.directions[bond as usize].take() else { return };
    let mut others = bonds
        .iter()
        .copied()
        .filter(|&b| !gone[b as usize] && table.bonds[b as usize].order == Order::Single);
    if others.clone().any(|b| stereo.directions[b as usize].is_some()) {
        return;
    }
    if let Some(heir) = others.next_back() {
        let from_here = |b: u32| table.bonds[b as usize].begin == heavy;
        let flip = from_here(heir) && from_here(bond);
        stereo.directions[heir as usize] = Some(up != flip);
    }
}
