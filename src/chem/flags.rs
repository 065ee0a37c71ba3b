//! What makes a molecule unlike those that property models are made for.

use super::Molecule;
use std::fmt;

/// What makes a molecule unlike the organic molecules of drug-like size that property models learn from: a set of the constants
/// below, empty for most molecules. Statements on the molecule alone, which know no model and refuse nothing.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct MoleculeFlags(u32);

/// Fewer heavy atoms than this are too few.
const FEW: usize = 4;
/// More heavy atoms than this are too many.
const MANY: usize = 100;

/// Each flag with what it says, in the order in which [`MoleculeFlags::note`] says it.
const TEXTS: [(MoleculeFlags, &str); 8] = [
    (MoleculeFlags::NO_HEAVY_ATOM, "no atom but hydrogen"),
    (MoleculeFlags::NO_CARBON, "not an organic molecule: no carbon"),
    (MoleculeFlags::DUMMY_ATOM, "a dummy atom (*) stands for a part that is not known"),
    (MoleculeFlags::METAL, "contains a metal"),
    (MoleculeFlags::UNUSUAL_ELEMENT, "contains an element that is rare in drugs"),
    (
        MoleculeFlags::SEVERAL_COMPONENTS,
        "several components (salt or mixture), taken as one molecule",
    ),
    (MoleculeFlags::TOO_SMALL, "fewer than 4 heavy atoms"),
    (MoleculeFlags::TOO_LARGE, "more than 100 heavy atoms"),
];

impl MoleculeFlags {
    /// No carbon atom: not an organic molecule.
    pub const NO_CARBON: Self = Self(1);
    /// An atom `*` that stands for something else: a rest, a point of attachment.
    pub const DUMMY_ATOM: Self = Self(1 << 1);
    /// An atom of a metal, counter-ions included.
    pub const METAL: Self = Self(1 << 2);
    /// No atom but hydrogens.
    pub const NO_HEAVY_ATOM: Self = Self(1 << 3);
    /// Several parts that no bond connects: a salt, a solvate, a mixture. All of it counts as one molecule.
    pub const SEVERAL_COMPONENTS: Self = Self(1 << 4);
    /// Fewer than 4 heavy atoms.
    pub const TOO_SMALL: Self = Self(1 << 5);
    /// More than 100 heavy atoms.
    pub const TOO_LARGE: Self = Self(1 << 6);
    /// A non-metal other than H, B, C, N, O, F, Si, P, S, Cl, Se, Br and I.
    pub const UNUSUAL_ELEMENT: Self = Self(1 << 7);

    /// Those of `molecule`.
    pub fn of(molecule: &Molecule) -> Self {
        let (mut carbon, mut heavy, mut found) = (false, 0, 0);
        for atom in molecule.atoms() {
            carbon |= atom.atomic_number == 6;
            heavy += usize::from(atom.atomic_number > 1);
            found |= match atom.atomic_number {
                0 => Self::DUMMY_ATOM.0,
                1 | 5..=9 | 14..=17 | 34 | 35 | 53 => 0,
                n if is_metal(n) => Self::METAL.0,
                _ => Self::UNUSUAL_ELEMENT.0,
            };
        }
        let dummy = found & Self::DUMMY_ATOM.0 != 0;
        let when = |holds: bool, flag: Self| if holds { flag.0 } else { 0 };
        Self(
            found
                | when(!carbon, Self::NO_CARBON)
                | when(heavy == 0 && !dummy, Self::NO_HEAVY_ATOM)
                | when(molecule.fragments() > 1, Self::SEVERAL_COMPONENTS)
                | when(heavy < FEW, Self::TOO_SMALL)
                | when(heavy > MANY, Self::TOO_LARGE),
        )
    }

    /// As a number, a bit a flag; the bits never change their meaning.
    pub fn bits(self) -> u32 {
        self.0
    }

    /// Whether nothing is to be said.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether all of `flags` are among these.
    pub fn contains(self, flags: Self) -> bool {
        self.0 & flags.0 == flags.0
    }

    /// What they say, for a person, one line; empty where nothing is to be said.
    pub fn note(self) -> String {
        let said = TEXTS.iter().filter(|(flag, _)| self.contains(*flag)).map(|(_, text)| *text);
        said.collect::<Vec<_>>().join("; ")
    }
}

impl fmt::Debug for MoleculeFlags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MoleculeFlags({})", self.note())
    }
}

/// Metals, the metalloids B, Si, Ge, As, Sb and Te not among them.
fn is_metal(atomic_number: u8) -> bool {
    !matches!(atomic_number, 0..=2 | 5..=10 | 14..=18 | 32..=36 | 51..=54 | 85 | 86 | 117..)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chem::{Limits, parse_smiles};

    fn flags(smiles: &str) -> MoleculeFlags {
        MoleculeFlags::of(&parse_smiles(smiles, &Limits::default()).unwrap())
    }

    #[test]
    fn what_is_no_drug_like_organic_molecule_is_flagged() {
        use MoleculeFlags as F;
        for (smiles, expected) in [
            ("*", &[F::DUMMY_ATOM, F::NO_CARBON, F::TOO_SMALL][..]),
            ("*c1ccccc1", &[F::DUMMY_ATOM]),
            ("[Fe]", &[F::METAL, F::NO_CARBON, F::TOO_SMALL]),
            ("[H][H]", &[F::NO_HEAVY_ATOM, F::NO_CARBON, F::TOO_SMALL]),
            ("[H+]", &[F::NO_HEAVY_ATOM, F::NO_CARBON, F::TOO_SMALL]),
            ("[Na+].[Cl-]", &[F::METAL, F::NO_CARBON, F::SEVERAL_COMPONENTS, F::TOO_SMALL]),
            ("O", &[F::NO_CARBON, F::TOO_SMALL]),
            ("OS(=O)(=O)O", &[F::NO_CARBON]),
            ("[Xe]", &[F::NO_CARBON, F::UNUSUAL_ELEMENT, F::TOO_SMALL]),
            ("C[As](C)(=O)O", &[F::UNUSUAL_ELEMENT]),
            ("C[Hg]CC", &[F::METAL]),
            ("CCO", &[F::TOO_SMALL]),
            ("CCCN.Cl", &[F::SEVERAL_COMPONENTS]),
            (&"C".repeat(101), &[F::TOO_LARGE]),
        ] {
            let all = expected.iter().fold(0, |bits, f| bits | f.bits());
            assert_eq!(flags(smiles).bits(), all, "{smiles}: {:?}", flags(smiles));
        }
    }

    #[test]
    fn organic_molecules_are_not() {
        let long = "C".repeat(100);
        for smiles in
            ["CC(=O)Nc1ccc(O)cc1", "CC(O)C", "OB(O)c1ccccc1", "[2H]OCCCC", "C[Si](C)(C)C", &long]
        {
            assert!(flags(smiles).is_empty() && flags(smiles).note().is_empty(), "{smiles}");
        }
    }

    #[test]
    fn every_flag_has_one_line_of_its_own() {
        let mut all = 0;
        for (flag, text) in TEXTS {
            assert!(flag.bits().is_power_of_two() && all & flag.bits() == 0);
            all |= flag.bits();
            assert!(!text.is_empty() && !text.contains(['\n', ';']));
        }
        assert_eq!(all, 0xff);
        assert_eq!(MoleculeFlags(all).note().matches("; ").count(), 7);
        for n in [3, 11, 13, 26, 50, 80, 83, 84, 92] {
            assert!(is_metal(n), "{n}");
        }
    }
}
