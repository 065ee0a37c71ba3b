//! From a table to the perception library's graph.

use super::Stereo;
use super::centres::Centre;
use super::graph::Graph;
use super::table::{Drawing, Order, Table, TableBond};
use crate::chem::error::{Error, ErrorKind};
use crate::chem::molecule::BondOrder;
use chematic_core as cc;
use chematic_core::nontetrahedral::permute;

/// A bond that shares no electrons, which the perception library does not model: its ends, by the
/// places that they have among the kept atoms.
pub(in crate::chem) type WeakBond = (u32, u32, BondOrder);

/// The graph of the `kept` atoms with their stereo, and the weak bonds between them.
pub(super) fn source(
    table: &Table,
    kept: &[u32],
    stereo: &Stereo,
) -> Result<(cc::Molecule, Vec<WeakBond>), Error> {
    let mut place = vec![u32::MAX; table.atoms.len()];
    for (new, &old) in kept.iter().enumerate() {
        place[old as usize] = new as u32;
    }
    let is_kept = |b: &TableBond| [b.begin, b.end].iter().all(|&e| place[e as usize] != u32::MAX);
    // What is left, with its own numbers.
    let rest = Table {
        atoms: kept.iter().map(|&i| table.atoms[i as usize].clone()).collect(),
        bonds: table
            .bonds
            .iter()
            .filter(|b| is_kept(b))
            .map(|b| TableBond {
                begin: place[b.begin as usize],
                end: place[b.end as usize],
                ..b.clone()
            })
            .collect(),
        ..Table::default()
    };
    let directions =
        table.bonds.iter().zip(&stereo.directions).filter(|(b, _)| is_kept(b)).map(|(_, d)| *d);
    let graph = Graph::of(&rest);

    let mut builder = cc::MoleculeBuilder::with_capacity(rest.atoms.len(), rest.bonds.len());
    for i in 0..rest.atoms.len() as u32 {
        if !graph.fits_radicals(&rest, i) {
            let n = kept[i as usize] + 1;
            let message =
                format!("the bonds and unpaired electrons of atom {n} exceed its valence");
            return Err(Error::new(ErrorKind::Valence, None, message));
        }
        builder.add_atom(atom(&rest, &graph, i)?);
    }
    let mut weak = Vec::new();
    for (bond, direction) in rest.bonds.iter().zip(directions) {
        let Some(order) = order(bond.order) else {
            weak.push((bond.begin, bond.end, weak_order(bond.order)));
            continue;
        };
        let index = add(&mut builder, bond, order)?;
        if let Some(up) = direction {
            let direction = if up { cc::BondOrder::Up } else { cc::BondOrder::Down };
            builder.set_bond_direction(index, direction);
        }
    }
    let mut source = builder.build();
    for (i, &old) in kept.iter().enumerate() {
        if let Some(centre) = stereo.centres[old as usize] {
            set_centre(&mut source, cc::AtomIdx(i as u32), centre);
        }
    }
    Ok((source, weak))
}

fn set_centre(source: &mut cc::Molecule, index: cc::AtomIdx, centre: Centre) {
    let mut order: Vec<u32> = source.neighbors(index).map(|(n, _)| n.0).collect();
    let chirality = match centre {
        Centre::Clockwise => cc::Chirality::Clockwise,
        Centre::Counterclockwise => cc::Chirality::CounterClockwise,
        Centre::Undetermined => return,
        Centre::Polyhedron(shape) => {
            // The library reads the arrangement in the order of the atoms, missing ligands first
            // where no neighbour comes before the centre, else second.
            let bonds: Vec<Option<usize>> = order.iter().map(|&n| Some(n as usize)).collect();
            let mut atoms = bonds.clone();
            atoms.sort_unstable();
            let missing = shape.class.max_nbors().saturating_sub(order.len());
            let first = usize::from(order.iter().any(|&n| n < index.0));
            atoms.splice(first..first, std::iter::repeat_n(None, missing));
            let bonds: Vec<Option<usize>> =
                bonds.into_iter().chain(std::iter::repeat_n(None, missing)).collect();
            let arrangement = permute(shape.class, shape.arrangement, &bonds, &atoms);
            match arrangement.and_then(|n| cc::Chirality::from_nontetrahedral(shape.class, n)) {
                Some(chirality) => chirality,
                None => return,
            }
        }
    };
    if order.len() == 3 && centre.is_tetrahedral() {
        order.push(cc::STEREO_H_SENTINEL);
    }
    if order.len() < 3 {
        return;
    }
    source.set_chirality(index, chirality);
    source.set_stereo_neighbor_order(index, order);
}

/// The graph as drawn, with wedges as directions.
pub(super) fn drawn(table: &Table, graph: &Graph) -> Result<cc::Molecule, Error> {
    let mut builder = cc::MoleculeBuilder::with_capacity(table.atoms.len(), table.bonds.len());
    for i in 0..table.atoms.len() as u32 {
        builder.add_atom(atom(table, graph, i)?);
    }
    for bond in &table.bonds {
        let order = match (bond.order, bond.drawing) {
            (Order::Single, Drawing::Wedge) => cc::BondOrder::Up,
            (Order::Single, Drawing::Hash) => cc::BondOrder::Down,
            (other, _) => order(other).unwrap_or(cc::BondOrder::Zero),
        };
        add(&mut builder, bond, order)?;
    }
    Ok(builder.build())
}

fn add(
    builder: &mut cc::MoleculeBuilder,
    bond: &TableBond,
    order: cc::BondOrder,
) -> Result<cc::BondIdx, Error> {
    builder.add_bond(cc::AtomIdx(bond.begin), cc::AtomIdx(bond.end), order).map_err(|e| {
        // Twins were refused before.
        super::at(ErrorKind::Syntax, bond.line, e)
    })
}

fn atom(table: &Table, graph: &Graph, index: u32) -> Result<cc::Atom, Error> {
    let atom = &table.atoms[index as usize];
    let mut out = match cc::Element::from_atomic_number(atom.atomic_number) {
        Some(element) => cc::Atom::new(element),
        None => cc::Atom::wildcard(),
    };
    out.charge = i8::try_from(atom.charge).map_err(|_| {
        let message = format!("charge {} of atom {} is beyond reason", atom.charge, index + 1);
        Error::new(ErrorKind::Valence, None, message)
    })?;
    out.isotope = (atom.isotope != 0).then_some(atom.isotope);
    out.atom_map = (atom.map != 0).then_some(atom.map);
    // One such bond alone, as it is sometimes drawn between rings, does not make an aromatic atom.
    let aromatic = |&&b: &&u32| table.bonds[b as usize].order == Order::Aromatic;
    out.aromatic = graph.bonds(index).iter().filter(aromatic).count() > 1;
    out.hydrogen_count = match atom.atomic_number {
        // The library would remove a bonded hydrogen whose own hydrogens are stated.
        1 if graph.degree(index) > 0 => None,
        0 => Some(atom.hydrogens),
        1 => Some(graph.hydrogens(table, index)),
        _ if atom.no_implicit => Some(atom.hydrogens),
        _ if atom.hydrogens == 0 && atom.radicals == 0 => None,
        // It models radicals by a stated count of hydrogens.
        _ => Some(graph.hydrogens(table, index)),
    }
    .map(|h| h.min(u32::from(u8::MAX)) as u8);
    Ok(out)
}

fn order(order: Order) -> Option<cc::BondOrder> {
    Some(match order {
        Order::Single => cc::BondOrder::Single,
        Order::Double => cc::BondOrder::Double,
        Order::Triple => cc::BondOrder::Triple,
        Order::Quadruple => cc::BondOrder::Quadruple,
        Order::Aromatic => cc::BondOrder::Aromatic,
        Order::Dative => cc::BondOrder::Dative,
        Order::Unspecified | Order::Zero | Order::Hydrogen => return None,
    })
}

fn weak_order(order: Order) -> BondOrder {
    match order {
        Order::Zero => BondOrder::Zero,
        Order::Hydrogen => BondOrder::Hydrogen,
        _ => BondOrder::Unspecified,
    }
}
