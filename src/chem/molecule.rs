//! The perceived molecule: what every feature is computed from.

use chematic_core as cc;
use std::sync::OnceLock;

/// A sanitised molecule in RDKit's chemistry model: hydrogens folded into their heavy atoms,
/// aromaticity perceived, rings known. Immutable once made.
///
/// Atoms keep the order of the input, less the hydrogen atoms that RDKit's `RemoveHs` takes away.
/// Every fragment of a salt or mixture is kept, as RDKit does.
#[derive(Clone)]
pub struct Molecule {
    pub(super) atoms: Vec<Atom>,
    pub(super) bonds: Vec<Bond>,
    /// CSR offsets into `adjacency`, one more than atoms.
    pub(super) offsets: Vec<u32>,
    pub(super) adjacency: Vec<Neighbor>,
    /// Perceived on first use: most features need membership alone.
    pub(super) rings: OnceLock<Vec<Vec<u32>>>,
    pub(super) fragments: u32,
    pub(super) conformer: Option<Conformer>,
    /// The same molecule as the perception library holds it, with removable hydrogens, if it was read
    /// from SMILES, and without weak bonds.
    pub(super) source: cc::Molecule,
    /// The source with its atoms in another order, where the library judges aromaticity by the order and ours
    /// misleads it (`bridges.rs`).
    pub(super) renumbered: Option<Box<cc::Molecule>>,
}

/// An atom of a [`Molecule`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Atom {
    /// Atomic number; 0 for the wildcard `*`.
    pub atomic_number: u8,
    /// Formal charge.
    pub charge: i8,
    /// Mass number, or 0 for the natural mixture.
    pub isotope: u16,
    /// Attached hydrogens that are not atoms of the graph (RDKit `GetTotalNumHs()`).
    pub hydrogens: u8,
    /// Aromatic in RDKit's model.
    pub aromatic: bool,
    /// Member of any ring.
    pub in_ring: bool,
}

/// The kind of a [`Bond`], after aromaticity perception.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BondOrder {
    /// One shared pair.
    Single,
    /// Two shared pairs.
    Double,
    /// Three shared pairs.
    Triple,
    /// Four shared pairs.
    Quadruple,
    /// Delocalised in an aromatic ring.
    Aromatic,
    /// Donor to acceptor, counted as one on the acceptor.
    Dative,
    /// Joins two atoms without sharing electrons; the input did not say how.
    Unspecified,
    /// The same, stated as a bond of order zero.
    Zero,
    /// A hydrogen bond.
    Hydrogen,
}

impl BondOrder {
    /// Whether no electrons are shared: such a bond joins, but takes no valence.
    pub fn is_weak(self) -> bool {
        matches!(self, Self::Unspecified | Self::Zero | Self::Hydrogen)
    }

    /// Whether a cycle that it lies in is a ring, as RDKit counts them.
    pub fn closes_rings(self) -> bool {
        !matches!(self, Self::Dative | Self::Zero | Self::Hydrogen)
    }
}

/// A bond of a [`Molecule`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bond {
    /// First atom (the donor of a dative bond).
    pub begin: u32,
    /// Second atom.
    pub end: u32,
    /// Kind.
    pub order: BondOrder,
    /// Member of any ring.
    pub in_ring: bool,
}

/// One entry of an atom's neighbour list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Neighbor {
    /// The atom at the other end.
    pub atom: u32,
    /// The bond between.
    pub bond: u32,
}

/// Coordinates of the atoms of a [`Molecule`], in ångström.
#[derive(Clone, Debug, PartialEq)]
pub struct Conformer {
    /// One position an atom of the molecule.
    pub positions: Vec<[f32; 3]>,
    /// False for a drawing (all z are 0 and the file did not say 3D).
    pub is_3d: bool,
}

impl Molecule {
    /// What to write canonical text of: that does not depend on the order of the atoms.
    pub(super) fn to_write(&self) -> &cc::Molecule {
        self.renumbered.as_deref().unwrap_or(&self.source)
    }

    /// Atoms in input order.
    pub fn atoms(&self) -> &[Atom] {
        &self.atoms
    }

    /// Bonds in RDKit's order.
    pub fn bonds(&self) -> &[Bond] {
        &self.bonds
    }

    /// Neighbours of `atom`.
    ///
    /// # Panics
    /// If `atom` is not an atom of this molecule.
    pub fn neighbors(&self, atom: usize) -> &[Neighbor] {
        &self.adjacency[self.offsets[atom] as usize..self.offsets[atom + 1] as usize]
    }

    /// Number of neighbours of `atom` that are atoms of the graph.
    pub fn degree(&self, atom: usize) -> usize {
        self.neighbors(atom).len()
    }

    /// The symmetrised smallest set of smallest rings, atoms in ring order (RDKit
    /// `GetSymmSSSR`). Counts of such rings differ between toolkits; membership does not.
    pub fn rings(&self) -> &[Vec<u32>] {
        self.rings.get_or_init(|| super::rings::symmetrised_sssr(self))
    }

    /// Number of connected parts.
    pub fn fragments(&self) -> usize {
        self.fragments as usize
    }

    /// Whether it has bonds that share no electrons ([`BondOrder::is_weak`]), which neither SMILES
    /// nor graph features can say.
    pub fn has_weak_bonds(&self) -> bool {
        self.bonds.iter().any(|b| b.order.is_weak())
    }

    /// Coordinates, if the input had any.
    pub fn conformer(&self) -> Option<&Conformer> {
        self.conformer.as_ref()
    }
}

impl std::fmt::Debug for Molecule {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Molecule")
            .field("atoms", &self.atoms.len())
            .field("bonds", &self.bonds.len())
            .field("fragments", &self.fragments)
            .field("conformer", &self.conformer.as_ref().map(|c| c.is_3d))
            .finish_non_exhaustive()
    }
}
