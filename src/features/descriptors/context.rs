//! What several families share, computed once a molecule.

use super::patterns::PATTERNS;
use super::{crippen, electrons, elements, estate, labute, peoe, weighted};
use crate::chem::{BondOrder, Molecule};
use crate::features::smarts::Matcher;

/// Hybridisation of an atom in RDKit's model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hybrid {
    Unspecified,
    S,
    Sp,
    Sp2,
    Sp3,
    Sp3d,
    Sp3d2,
}

/// A molecule with its derived numbers. The vectors have one entry an atom.
pub(super) struct Context<'a> {
    pub mol: &'a Molecule,
    pub hybrid: Vec<Hybrid>,
    pub radicals: Vec<u8>,
    /// Gasteiger charge in units of e; not finite where an element has no parameters.
    pub charge: Vec<f64>,
    /// An element without Gasteiger parameters is present.
    pub charge_unknown: bool,
    /// Wildman–Crippen contribution to log P of the atom itself, without its hydrogens.
    pub logp: Vec<f64>,
    /// The same for the molar refractivity.
    pub refractivity: Vec<f64>,
    /// log P and molar refractivity of the whole molecule, hydrogens included.
    pub crippen_total: (f64, f64),
    /// Labute's surface of the atom itself, Å².
    pub area: Vec<f64>,
    /// The pooled surface of the hydrogens, Å².
    pub hydrogen_area: f64,
    /// Electrotopological state.
    pub estate: Vec<f64>,
    pub weighted: weighted::Weighted,
    /// Identifier and radius of every circular environment, up to radius 3 at least.
    pub environments: &'a [(u32, u32)],
    /// The molecule under the descriptors' patterns.
    pub matching: Matcher<'a>,
}

impl<'a> Context<'a> {
    pub fn new(mol: &'a Molecule, environments: &'a [(u32, u32)]) -> Self {
        let electrons::Electrons { valence, radicals, conjugated, hybrid } = electrons::assign(mol);
        let (charge, charge_unknown) = peoe::charges(mol, &conjugated, &hybrid);
        let mut matching = Matcher::new(&PATTERNS, mol, &valence);
        let crippen = crippen::contributions(mol, &mut matching);
        let (area, hydrogen_area) = labute::areas(mol);
        Self {
            mol,
            hybrid,
            radicals,
            charge,
            charge_unknown,
            logp: crippen.logp,
            refractivity: crippen.refractivity,
            crippen_total: crippen.total,
            area,
            hydrogen_area,
            estate: estate::states(mol),
            weighted: weighted::weighted(mol),
            environments,
            matching,
        }
    }

    /// Atoms heavier than hydrogen; a wildcard is none.
    pub fn heavy_atoms(&self) -> usize {
        self.mol.atoms().iter().filter(|a| a.atomic_number > 1).count()
    }
}

/// The bond's order as a number, 1.5 for an aromatic one.
pub(super) fn order(order: BondOrder) -> f64 {
    match order {
        BondOrder::Single | BondOrder::Dative => 1.0,
        BondOrder::Double => 2.0,
        BondOrder::Triple => 3.0,
        BondOrder::Quadruple => 4.0,
        BondOrder::Aromatic => 1.5,
        BondOrder::Unspecified | BondOrder::Zero | BondOrder::Hydrogen => 0.0,
    }
}

/// Outer electrons of the element less the attached hydrogens: Kier and Hall's δᵛ of the second
/// period.
pub(super) fn free_electrons(atom: &crate::chem::Atom) -> i32 {
    i32::from(outer(atom.atomic_number)) - i32::from(atom.hydrogens)
}

/// Electrons of the outer shell.
pub(super) fn outer(z: u8) -> i8 {
    elements::OUTER.get(usize::from(z)).copied().unwrap_or(0)
}
