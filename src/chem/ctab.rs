//! A connection table as a file states it, and the way from there to [`Molecule`].
//!
//! What RDKit's file parsers do between reading and sanitising happens here: hydrogen counts from
//! valence fields and radicals, stereo from wedges and coordinates.

use super::error::{Error, ErrorKind};
use super::geometry;
use super::limits::Limits;
use super::molecule::{Conformer, Molecule};
use super::perceive::perceive;
use chematic_core as cc;

/// What an atom's valence field says about its hydrogens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Valence {
    /// Nothing: as many as its element usually has.
    #[default]
    Default,
    /// The bonds and hydrogens add up to this.
    Total(u32),
}

/// One atom of a table.
#[derive(Clone, Debug)]
pub(super) struct TableAtom {
    /// 0 for a placeholder (`*`, `R`, `R1`…).
    pub atomic_number: u8,
    /// Mass number, or the number of a placeholder; 0 where not given.
    pub isotope: u16,
    /// Formal charge.
    pub charge: i32,
    /// Unpaired electrons.
    pub radicals: u32,
    /// The valence field.
    pub valence: Valence,
    /// Å.
    pub position: [f64; 3],
}

/// How a bond is drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Drawing {
    /// No mark.
    #[default]
    Plain,
    /// Wedge: the second atom lies before the paper.
    Wedge,
    /// Hash: the second atom lies behind the paper.
    Hash,
    /// Wavy or crossed: the author does not know.
    Either,
}

/// One bond of a table.
#[derive(Clone, Debug)]
pub(super) struct TableBond {
    /// First atom (the wedge's point, the donor), from 0.
    pub begin: u32,
    /// Second atom.
    pub end: u32,
    /// Kind.
    pub order: cc::BondOrder,
    /// Mark.
    pub drawing: Drawing,
    /// Line of the file, from 1, for messages.
    pub line: usize,
}

/// A connection table.
#[derive(Clone, Debug, Default)]
pub(super) struct Table {
    pub atoms: Vec<TableAtom>,
    pub bonds: Vec<TableBond>,
    /// The header's dimension code.
    pub says_3d: bool,
    /// The atoms have no positions at all.
    pub unplaced: bool,
}

/// An [`Error`] at a line of the file.
pub(super) fn at(kind: ErrorKind, line: usize, message: impl std::fmt::Display) -> Error {
    Error::new(kind, Some(line), format!("line {line}: {message}"))
}

/// Refuses counts beyond the limits, before anything is allocated for them.
pub(super) fn check_counts(
    atoms: usize,
    bonds: usize,
    line: usize,
    limits: &Limits,
) -> Result<(), Error> {
    for (what, n, limit) in [("atoms", atoms, limits.atoms), ("bonds", bonds, limits.bonds)] {
        if n > limit {
            let message = format!("the file announces {n} {what}, the limit is {limit}");
            return Err(at(ErrorKind::Limit, line, message));
        }
    }
    Ok(())
}

/// Refuses positions that are no numbers, or so far away that distances are none.
pub(super) fn check_positions(table: &Table) -> Result<(), Error> {
    let odd = |x: &f64| !x.is_finite() || x.abs() > 1e6;
    match table.atoms.iter().position(|a| a.position.iter().any(odd)) {
        Some(i) => {
            let message = format!(
                "the position of atom {} is not within a million ångström of the origin",
                i + 1
            );
            Err(Error::new(ErrorKind::Syntax, None, message))
        }
        None => Ok(()),
    }
}

/// Builds the graph, finds stereo and sanitises.
pub(super) fn into_molecule(table: &Table, limits: &Limits) -> Result<Molecule, Error> {
    if table.atoms.is_empty() {
        return Err(Error::new(ErrorKind::Empty, None, "the molecule has no atoms"));
    }
    let mut builder = cc::MoleculeBuilder::with_capacity(table.atoms.len(), table.bonds.len());
    let bonding = Bonding::of(table);
    for (i, atom) in table.atoms.iter().enumerate() {
        builder.add_atom(source_atom(atom, i, &bonding)?);
    }
    for bond in &table.bonds {
        if bond.begin == bond.end {
            let message = format!("a bond from atom {} to itself", bond.begin + 1);
            return Err(at(ErrorKind::Syntax, bond.line, message));
        }
        builder.add_bond(cc::AtomIdx(bond.begin), cc::AtomIdx(bond.end), bond.order).map_err(
            |_| {
                let (a, b) = (bond.begin + 1, bond.end + 1);
                at(ErrorKind::Syntax, bond.line, format!("a second bond between atoms {a} and {b}"))
            },
        )?;
    }
    let mut source = builder.build();
    if table.unplaced {
        return perceive(source, None, limits);
    }
    let flat = table.atoms.iter().all(|a| a.position[2].abs() < 1e-4);
    geometry::perceive_stereo(&mut source, table, &bonding, flat);
    let conformer = Conformer {
        positions: table.atoms.iter().map(|a| a.position.map(|x| x as f32)).collect(),
        is_3d: table.says_3d || !flat,
    };
    perceive(source, Some(conformer), limits)
}

fn source_atom(atom: &TableAtom, index: usize, bonding: &Bonding) -> Result<cc::Atom, Error> {
    let mut out = match cc::Element::from_atomic_number(atom.atomic_number) {
        Some(element) => cc::Atom::new(element),
        None => cc::Atom::wildcard(),
    };
    out.charge = i8::try_from(atom.charge).map_err(|_| {
        let message = format!("charge {} of atom {} is beyond reason", atom.charge, index + 1);
        Error::new(ErrorKind::Valence, None, message)
    })?;
    out.isotope = (atom.isotope != 0).then_some(atom.isotope);
    out.aromatic = bonding.aromatic[index];
    out.hydrogen_count = match atom.valence {
        _ if atom.atomic_number == 0 => Some(0),
        Valence::Total(total) => {
            let free = total.saturating_sub(bonding.valence(index));
            Some(free.min(u32::from(u8::MAX)) as u8)
        }
        // The library models radicals by a stated hydrogen count; a hydrogen atom without one
        // would be taken for one that the host wants to keep.
        Valence::Default if atom.radicals > 0 || atom.atomic_number == 1 => {
            Some(bonding.hydrogens(atom, index))
        }
        Valence::Default => None,
    };
    Ok(out)
}

/// Sums over each atom's bonds as drawn.
pub(super) struct Bonding {
    /// Twice the sum of bond orders (an aromatic bond counts 1.5).
    halves: Vec<u32>,
    /// An aromatic bond ends here.
    aromatic: Vec<bool>,
}

impl Bonding {
    fn of(table: &Table) -> Self {
        let n = table.atoms.len();
        let mut out = Self { halves: vec![0; n], aromatic: vec![false; n] };
        for bond in &table.bonds {
            let halves = match bond.order {
                cc::BondOrder::Aromatic => 3,
                other => 2 * u32::from(other.order_int()),
            };
            for end in [bond.begin, bond.end] {
                // A donor gives its lone pair: its own valence does not count the bond.
                if bond.order != cc::BondOrder::Dative || end == bond.end {
                    out.halves[end as usize] += halves;
                }
                out.aromatic[end as usize] |= bond.order == cc::BondOrder::Aromatic;
            }
        }
        out
    }

    fn valence(&self, atom: usize) -> u32 {
        self.halves[atom].div_ceil(2)
    }

    /// Hydrogens that complete the smallest usual valence (RDKit `calcImplicitValence`).
    pub(super) fn hydrogens(&self, atom: &TableAtom, index: usize) -> u8 {
        let used = self.valence(index) + atom.radicals;
        if atom.atomic_number == 1 {
            return u8::from(used == 0 && atom.charge == 0);
        }
        // An ion has the valences of the element with as many electrons.
        let electrons = i32::from(atom.atomic_number) - atom.charge;
        u8::try_from(electrons)
            .ok()
            .and_then(cc::Element::from_atomic_number)
            .and_then(|e| e.normal_valences().iter().find(|&&v| u32::from(v) >= used).copied())
            .map_or(0, |v| v - used as u8)
    }
}
