//! What molecules are made of, where a fingerprint says nothing: elements, size, charge.

use crate::chem::{Molecule, element_symbol};

/// Elements, size and charge of one molecule.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Composition {
    /// Bit n: it has an atom of atomic number n (0: a dummy atom). Hydrogen is not counted, as hardly any is an atom.
    pub elements: u128,
    /// Atoms other than hydrogen.
    pub heavy_atoms: u32,
    /// Sum of the formal charges.
    pub charge: i32,
}

impl Composition {
    /// Of a molecule.
    pub fn of(molecule: &Molecule) -> Self {
        let mut found = Self::default();
        for atom in molecule.atoms() {
            found.charge += i32::from(atom.charge);
            if atom.atomic_number != 1 {
                found.elements |= 1u128.checked_shl(atom.atomic_number.into()).unwrap_or(0);
                found.heavy_atoms += 1;
            }
        }
        found
    }
}

/// Between which bounds the compositions of some molecules lie, ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CompositionRange {
    /// Bit n: some molecule has an atom of atomic number n.
    pub elements: u128,
    /// Fewest and most heavy atoms.
    pub heavy_atoms: (u32, u32),
    /// Lowest and highest net charge.
    pub charge: (i32, i32),
}

/// What sets a composition apart from a [`CompositionRange`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unlike {
    /// It has an atom of this atomic number (0: a dummy atom), which none has.
    Element(u8),
    /// It has so many heavy atoms: fewer than the smallest, or more than the largest.
    HeavyAtoms(u32),
    /// It has this net charge: below the lowest, or above the highest.
    Charge(i32),
}

impl CompositionRange {
    /// Of some molecules; none for none.
    pub fn of(all: impl IntoIterator<Item = Composition>) -> Option<Self> {
        let one = |c: Composition| Self {
            elements: c.elements,
            heavy_atoms: (c.heavy_atoms, c.heavy_atoms),
            charge: (c.charge, c.charge),
        };
        all.into_iter().map(one).reduce(|a, b| Self {
            elements: a.elements | b.elements,
            heavy_atoms: (
                a.heavy_atoms.0.min(b.heavy_atoms.0),
                a.heavy_atoms.1.max(b.heavy_atoms.1),
            ),
            charge: (a.charge.0.min(b.charge.0), a.charge.1.max(b.charge.1)),
        })
    }

    /// The first thing that sets `one` apart, if anything does.
    pub fn unlike(&self, one: &Composition) -> Option<Unlike> {
        let absent = one.elements & !self.elements;
        let within = |(low, high): (u32, u32)| (low..=high).contains(&one.heavy_atoms);
        if absent != 0 {
            // Below 128.
            Some(Unlike::Element(absent.trailing_zeros() as u8))
        } else if !within(self.heavy_atoms) {
            Some(Unlike::HeavyAtoms(one.heavy_atoms))
        } else if !(self.charge.0..=self.charge.1).contains(&one.charge) {
            Some(Unlike::Charge(one.charge))
        } else {
            None
        }
    }
}

impl Unlike {
    /// It in words, of a molecule that was held against `range`, the training molecules of `dataset`.
    pub(super) fn text(self, range: &CompositionRange, dataset: &str) -> String {
        match self {
            Self::Element(0) => {
                format!("it has a dummy atom (*), as no training molecule of {dataset} has")
            }
            Self::Element(n) => {
                let symbol = element_symbol(n);
                format!("it contains {symbol}, as no training molecule of {dataset} does")
            }
            Self::HeavyAtoms(n) => format!(
                "it has {n} heavy atoms, the training molecules of {dataset} have {} to {}",
                range.heavy_atoms.0, range.heavy_atoms.1
            ),
            Self::Charge(n) => format!(
                "its net charge is {n:+}, that of the training molecules of {dataset} {} to {}",
                signed(range.charge.0),
                signed(range.charge.1)
            ),
        }
    }
}

/// With its sign; 0 has none.
fn signed(n: i32) -> String {
    if n == 0 { "0".into() } else { format!("{n:+}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chem::{Limits, parse_smiles};

    fn of(smiles: &str) -> Composition {
        Composition::of(&parse_smiles(smiles, &Limits::default()).unwrap())
    }

    #[test]
    fn elements_size_and_charge_set_apart() {
        assert_eq!(
            of("[2H]OC[N+](C)(C)C"),
            Composition { elements: 1 << 6 | 1 << 7 | 1 << 8, heavy_atoms: 6, charge: 1 }
        );
        let known = ["CCO", "CC(=O)[O-]", "CCCCCCN"].map(of);
        let range = CompositionRange::of(known).unwrap();
        assert_eq!((range.heavy_atoms, range.charge), ((3, 7), (-1, 0)));
        assert!(known.iter().all(|c| range.unlike(c).is_none()), "one is unlike itself");
        let told = |smiles: &str| range.unlike(&of(smiles)).map(|u| u.text(&range, "set"));
        assert_eq!(told("OCCN"), None);
        for (smiles, needle) in [
            ("CCB(O)O", "contains B,"),
            ("CC*", "dummy atom"),
            ("CO", "it has 2 heavy atoms, the training molecules of set have 3 to 7"),
            ("CCCCCCCC", "it has 8 heavy atoms"),
            ("CCC[NH3+]", "its net charge is +1, that of the training molecules of set -1 to 0"),
        ] {
            assert!(
                told(smiles).is_some_and(|t| t.contains(needle)),
                "{smiles}: {:?}",
                told(smiles)
            );
        }
        assert_eq!(CompositionRange::of([]), None);
    }
}
