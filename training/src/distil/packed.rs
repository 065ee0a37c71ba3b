//! Several molecules as one graph of several parts.

/// Atoms of several molecules, one behind the other, and the bonds between them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Packed {
    /// First atom of each molecule, and behind the last one the number of atoms: \[molecules + 1\].
    pub molecules: Vec<u32>,
    /// First entry in `sources` of each atom, and their number: \[atoms + 1\].
    pub bonds: Vec<u32>,
    /// The atom at the other end of each directed bond, by the atom that it leads to.
    pub sources: Vec<u32>,
    /// Row of the table of bond embeddings for each directed bond.
    pub kinds: Vec<u32>,
}

impl Packed {
    /// Number of atoms.
    pub fn atoms(&self) -> usize {
        self.bonds.len() - 1
    }

    /// Number of molecules.
    pub fn len(&self) -> usize {
        self.molecules.len() - 1
    }

    /// Whether there is no molecule.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The atoms of each molecule.
    pub(super) fn segments(&self) -> impl Iterator<Item = std::ops::Range<usize>> + '_ {
        self.molecules.windows(2).map(|w| w[0] as usize..w[1] as usize)
    }

    /// For each bond that leads to `atom`: the atom at its other end, and its kind.
    pub(super) fn neighbors(&self, atom: usize) -> impl Iterator<Item = (usize, usize)> + '_ {
        let range = self.bonds[atom] as usize..self.bonds[atom + 1] as usize;
        let kinds = &self.kinds[range.clone()];
        self.sources[range].iter().zip(kinds).map(|(s, k)| (*s as usize, *k as usize))
    }
}
