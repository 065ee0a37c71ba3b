//! A connection table as a file states it.

use super::groups::Group;
use crate::chem::error::{Error, ErrorKind};
use crate::chem::limits::Limits;

/// One atom of a table.
#[derive(Clone, Debug, Default)]
pub(in crate::chem) struct TableAtom {
    /// 0 for a placeholder: `*`, `R`, `R1`…, and whatever leaves the element open (`A`, `Q`, lists).
    pub atomic_number: u8,
    /// Mass number, or the number of a placeholder; 0 where not given.
    pub isotope: u16,
    /// Formal charge.
    pub charge: i32,
    /// Unpaired electrons.
    pub radicals: u32,
    /// The valence field: bonds and hydrogens add up to it, −1 and 15 mean 0; 0 says nothing.
    pub valence: i32,
    /// Hydrogens stated as a number.
    pub hydrogens: u32,
    /// `hydrogens` are all there are; otherwise the element's usual valence is filled up.
    pub no_implicit: bool,
    /// `hydrogens` were stated for an atom with zero-order bonds: the valence field does not count.
    pub counted: bool,
    /// A query feature was set on it. What it constrains is not kept, but such a hydrogen stays an
    /// atom, and later charges and masses of a V3000 line constrain, too.
    pub query: bool,
    /// Number of the atom in a reaction; 0: none.
    pub map: u16,
    /// Å.
    pub position: [f64; 3],
}

/// The kind of a bond.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::chem) enum Order {
    /// One shared pair.
    #[default]
    Single,
    /// Two shared pairs.
    Double,
    /// Three shared pairs.
    Triple,
    /// Four shared pairs.
    Quadruple,
    /// Delocalised, as drawn.
    Aromatic,
    /// The first atom gives both electrons.
    Dative,
    /// No pair is shared, and the file does not say more ("any", order 0).
    Unspecified,
    /// A zero-order bond.
    Zero,
    /// A hydrogen bond.
    Hydrogen,
}

impl Order {
    /// Twice the bond order.
    pub(super) fn halves(self) -> u32 {
        match self {
            Self::Single | Self::Dative => 2,
            Self::Double => 4,
            Self::Triple => 6,
            Self::Quadruple => 8,
            Self::Aromatic => 3,
            Self::Unspecified | Self::Zero | Self::Hydrogen => 0,
        }
    }

    /// Whether it may carry the direction of a substituent of a double bond.
    pub(super) fn may_have_direction(self) -> bool {
        matches!(self, Self::Single | Self::Aromatic)
    }
}

/// How a bond is drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::chem) enum Drawing {
    /// No mark.
    #[default]
    Plain,
    /// Wedge: the second atom lies before the paper.
    Wedge,
    /// Hash: the second atom lies behind the paper.
    Hash,
    /// Wavy: the author does not know, or means both.
    Wavy,
    /// Crossed: a double bond of unknown geometry.
    Crossed,
}

/// One bond of a table.
#[derive(Clone, Debug, Default)]
pub(in crate::chem) struct TableBond {
    /// First atom (the wedge's point, the donor), from 0.
    pub begin: u32,
    /// Second atom.
    pub end: u32,
    /// Kind.
    pub order: Order,
    /// Mark.
    pub drawing: Drawing,
    /// Line of the file, from 1, for messages.
    pub line: usize,
}

impl TableBond {
    /// The atom at the other end.
    pub(super) fn other(&self, atom: u32) -> u32 {
        if self.begin == atom { self.end } else { self.begin }
    }
}

/// A connection table.
#[derive(Clone, Debug, Default)]
pub(in crate::chem) struct Table {
    pub atoms: Vec<TableAtom>,
    pub bonds: Vec<TableBond>,
    pub groups: Vec<Group>,
    /// The header's dimension code.
    pub says_3d: bool,
    /// The atoms have no positions at all.
    pub unplaced: bool,
}

/// An [`Error`] at a line of the file.
pub(in crate::chem) fn at(kind: ErrorKind, line: usize, message: impl std::fmt::Display) -> Error {
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

/// An atom number of the file as an index.
pub(super) fn atom_index(n: i32, line: usize, atoms: usize) -> Result<u32, Error> {
    match usize::try_from(n) {
        Ok(i) if (1..=atoms).contains(&i) => Ok((i - 1) as u32),
        _ => {
            let message = format!("atom number {n}; expected 1 to {atoms}");
            Err(at(ErrorKind::Syntax, line, message))
        }
    }
}

/// Refuses positions that are no numbers, or so far away that distances are none.
pub(in crate::chem) fn check_positions(table: &Table) -> Result<(), Error> {
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
