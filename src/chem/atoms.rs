//! Molecules from arrays, as programs hold them that have already read a file.

use super::ctab::{self, Order, Table, TableAtom, TableBond};
use super::error::{Error, ErrorKind};
use super::limits::Limits;
use super::molecule::{BondOrder, Molecule};
use std::collections::HashSet;

/// The highest atomic number that there is an element for.
const LAST_ELEMENT: u8 = 118;

/// Atoms and bonds as arrays. Hydrogens may be atoms or be left out: atoms get as many as their
/// charge and bonds leave room for.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AtomTable {
    /// Atomic number of each atom; 0 for a wildcard.
    pub elements: Vec<u8>,
    /// Formal charge of each atom; empty: all are neutral.
    pub charges: Vec<i8>,
    /// The two atoms of each bond, from 0 (of a dative one the donor first), and its kind.
    pub bonds: Vec<(u32, u32, BondOrder)>,
    /// Position of each atom, Å; empty: none are known. Stereo is taken from them, that of every double bond too: that a
    /// bond's geometry is unknown though it is drawn ("either" in a molblock) cannot be said here.
    pub positions: Vec<[f32; 3]>,
}

/// Makes a molecule of arrays and sanitises it, as [`parse_molblock`](super::parse_molblock) does
/// with what it reads.
///
/// # Errors
/// An [`Error`] that names the atom or bond to blame, each counted from 0.
pub fn molecule_from_atoms(table: &AtomTable, limits: &Limits) -> Result<Molecule, Error> {
    let atoms = table.elements.len();
    check(table, limits)?;
    let charges = table.charges.iter().copied().chain(std::iter::repeat(0));
    let positions = table.positions.iter().copied().chain(std::iter::repeat([0.0; 3]));
    let ctab = Table {
        atoms: table
            .elements
            .iter()
            .zip(charges.zip(positions))
            .map(|(&atomic_number, (charge, position))| TableAtom {
                atomic_number,
                charge: i32::from(charge),
                position: position.map(f64::from),
                ..TableAtom::default()
            })
            .collect(),
        bonds: table
            .bonds
            .iter()
            .map(|&(begin, end, order)| TableBond {
                begin,
                end,
                order: table_order(order),
                ..TableBond::default()
            })
            .collect(),
        unplaced: table.positions.is_empty() && atoms > 0,
        ..Table::default()
    };
    ctab::check_positions(&ctab)?;
    ctab::into_molecule(ctab, limits)
}

/// Refuses what no connection table can say.
fn check(table: &AtomTable, limits: &Limits) -> Result<(), Error> {
    let atoms = table.elements.len();
    for (what, n, limit) in
        [("atoms", atoms, limits.atoms), ("bonds", table.bonds.len(), limits.bonds)]
    {
        if n > limit {
            let message = format!("the molecule has {n} {what}, the limit is {limit}");
            return Err(Error::new(ErrorKind::Limit, None, message));
        }
    }
    for (what, n) in [("charges", table.charges.len()), ("positions", table.positions.len())] {
        if n != 0 && n != atoms {
            let message = format!("{n} {what} for {atoms} atoms; expected as many, or none");
            return Err(Error::new(ErrorKind::Syntax, None, message));
        }
    }
    if let Some(i) = table.elements.iter().position(|&z| z > LAST_ELEMENT) {
        let message = format!(
            "atom {i} has atomic number {}; expected 1 to {LAST_ELEMENT}, or 0 for any",
            table.elements[i]
        );
        return Err(Error::new(ErrorKind::Element, Some(i), message));
    }
    let mut seen = HashSet::with_capacity(table.bonds.len());
    for (i, &(a, b, _)) in table.bonds.iter().enumerate() {
        let syntax = |message| Err(Error::new(ErrorKind::Syntax, Some(i), message));
        if let Some(wrong) = [a, b].into_iter().find(|&x| x as usize >= atoms) {
            return syntax(format!(
                "bond {i} ends at atom {wrong}; there are {atoms}, counted from 0"
            ));
        }
        if a == b {
            return syntax(format!("bond {i} goes from atom {a} to itself"));
        }
        if !seen.insert((a.min(b), a.max(b))) {
            return syntax(format!("bond {i} is a second one between atoms {a} and {b}"));
        }
    }
    Ok(())
}

fn table_order(order: BondOrder) -> Order {
    match order {
        BondOrder::Single => Order::Single,
        BondOrder::Double => Order::Double,
        BondOrder::Triple => Order::Triple,
        BondOrder::Quadruple => Order::Quadruple,
        BondOrder::Aromatic => Order::Aromatic,
        BondOrder::Dative => Order::Dative,
        BondOrder::Unspecified => Order::Unspecified,
        BondOrder::Zero => Order::Zero,
        BondOrder::Hydrogen => Order::Hydrogen,
    }
}
