//! A molecule as the patterns see it, and the search for them.

use super::pattern::{AtomMask, BondMask, MAX_ATOMS, Pattern, Step, Tables};
use crate::chem::Molecule;

/// A molecule with its atoms and bonds classified.
pub(super) struct Target {
    atoms: Vec<AtomMask>,
    offsets: Vec<u32>,
    edges: Vec<Edge>,
    any_atom: AtomMask,
    any_bond: BondMask,
}

/// One entry of an atom's neighbour list.
#[derive(Clone, Copy)]
struct Edge {
    to: u32,
    bond: BondMask,
}

/// The atoms of a match so far, in the order of the pattern's steps.
type Mapped = [u32; MAX_ATOMS];

impl Target {
    pub fn new(mol: &Molecule, tables: &Tables) -> Self {
        let bonds: Vec<BondMask> =
            mol.bonds().iter().map(|b| tables.bond(b.order, b.in_ring)).collect();
        let n = mol.atoms().len();
        let mut target = Self {
            atoms: Vec::with_capacity(n),
            offsets: Vec::with_capacity(n + 1),
            edges: Vec::with_capacity(bonds.len() * 2),
            any_atom: 0,
            any_bond: bonds.iter().fold(0, |m, b| m | b),
        };
        target.offsets.push(0);
        for (i, atom) in mol.atoms().iter().enumerate() {
            let mut hydrogens = u32::from(atom.hydrogens);
            for n in mol.neighbors(i) {
                hydrogens += u32::from(mol.atoms()[n.atom as usize].atomic_number == 1);
                target.edges.push(Edge { to: n.atom, bond: bonds[n.bond as usize] });
            }
            let mask = tables.atom(
                atom.atomic_number,
                atom.aromatic,
                hydrogens,
                atom.in_ring,
                atom.charge,
            );
            target.atoms.push(mask);
            target.any_atom |= mask;
            target.offsets.push(target.edges.len() as u32);
        }
        target
    }

    /// Number of atoms in any of `classes`.
    pub fn count(&self, classes: AtomMask) -> usize {
        self.atoms.iter().filter(|&&a| a & classes != 0).count()
    }

    /// True if `atom` is in any of `classes`.
    pub fn is(&self, atom: u32, classes: AtomMask) -> bool {
        self.atoms[atom as usize] & classes != 0
    }

    /// True if `pattern` occurs.
    pub fn has(&self, pattern: &Pattern) -> bool {
        self.may_have(pattern)
            && (pattern.steps.len() == 1
                || (0..self.atoms.len() as u32).any(|first| self.begins(pattern, first)))
    }

    /// True if `pattern` occurs with `first` as the first atom of its walk.
    pub fn begins(&self, pattern: &Pattern, first: u32) -> bool {
        self.search(pattern, first, &mut |_| true)
    }

    /// True if `pattern` occurs on more than `more_than` distinct sets of atoms.
    pub fn has_more(&self, pattern: &Pattern, more_than: usize) -> bool {
        if !self.may_have(pattern) {
            return false;
        }
        if let [only] = &pattern.steps[..] {
            return self.count(only.atom) > more_than;
        }
        let mut found: Vec<Mapped> = Vec::with_capacity(more_than + 1);
        (0..self.atoms.len() as u32).any(|first| {
            self.search(pattern, first, &mut |mapped| {
                let mut set: Mapped = [u32::MAX; MAX_ATOMS];
                set[..mapped.len()].copy_from_slice(mapped);
                set.sort_unstable();
                if !found.contains(&set) {
                    found.push(set);
                }
                found.len() > more_than
            })
        })
    }

    fn may_have(&self, pattern: &Pattern) -> bool {
        pattern.atoms_needed & !self.any_atom == 0 && pattern.bonds_needed & !self.any_bond == 0
    }

    /// Offers every match that begins at `first` to `accept`, until it says true.
    fn search(
        &self,
        pattern: &Pattern,
        first: u32,
        accept: &mut impl FnMut(&[u32]) -> bool,
    ) -> bool {
        if self.atoms[first as usize] & pattern.steps[0].atom == 0 {
            return false;
        }
        let mut mapped = [u32::MAX; MAX_ATOMS];
        mapped[0] = first;
        self.extend(&pattern.steps, 1, &mut mapped, accept)
    }

    /// Recursion is as deep as the pattern is long: at most [`MAX_ATOMS`].
    fn extend(
        &self,
        steps: &[Step],
        at: usize,
        mapped: &mut Mapped,
        accept: &mut impl FnMut(&[u32]) -> bool,
    ) -> bool {
        let Some(step) = steps.get(at) else { return accept(&mapped[..at]) };
        for edge in self.edges(mapped[step.parent]) {
            if edge.bond & step.bond == 0
                || self.atoms[edge.to as usize] & step.atom == 0
                || mapped[..at].contains(&edge.to)
                || !step.closures.iter().all(|&(s, bond)| self.bonded(edge.to, mapped[s], bond))
            {
                continue;
            }
            mapped[at] = edge.to;
            if self.extend(steps, at + 1, mapped, accept) {
                return true;
            }
        }
        false
    }

    fn bonded(&self, a: u32, b: u32, bond: BondMask) -> bool {
        self.edges(a).iter().any(|e| e.to == b && e.bond & bond != 0)
    }

    fn edges(&self, atom: u32) -> &[Edge] {
        &self.edges[self.offsets[atom as usize] as usize..self.offsets[atom as usize + 1] as usize]
    }
}
