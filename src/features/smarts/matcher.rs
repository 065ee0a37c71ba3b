//! Finding the matches of a library's patterns in one molecule.

use super::facts::{Facts, bond_passes, kinds};
use super::parse::{Expr, Library, Step, Test};
use crate::chem::Molecule;

/// Atoms tried for one pattern before its search ends with what it has: hostile molecules (large
/// cages) have exponentially many paths.
const EFFORT: u32 = 200_000;

/// A molecule prepared for matching.
pub(in crate::features) struct Matcher<'a> {
    library: &'a Library,
    mol: &'a Molecule,
    kinds: Vec<Facts>,
    kind_of: Vec<u32>,
    /// Words a bit set over the atoms takes.
    words: usize,
    /// Atoms that pass each expression, once asked for.
    passing: Vec<Option<Box<[u64]>>>,
    /// Atoms that start a match of each pattern, once asked for.
    starting: Vec<Option<Box<[u64]>>>,
}

impl<'a> Matcher<'a> {
    /// `valence`: RDKit's total valence of each atom.
    pub fn new(library: &'a Library, mol: &'a Molecule, valence: &[i32]) -> Self {
        let (kinds, kind_of) = kinds(mol, valence);
        Self {
            library,
            mol,
            kinds,
            kind_of,
            words: mol.atoms().len().div_ceil(64),
            passing: vec![None; library.atoms.len()],
            starting: vec![None; library.patterns.len()],
        }
    }

    /// Whether `pattern` matches anywhere.
    pub fn any(&mut self, pattern: usize) -> bool {
        let mut found = false;
        self.search(pattern, None, &mut |_| {
            found = true;
            false
        });
        found
    }

    /// Number of distinct atom sets that match `pattern` (RDKit's unique matches).
    pub fn count(&mut self, pattern: usize) -> usize {
        let width = self.library.patterns[pattern].len();
        if width == 1 {
            let expr = self.library.patterns[pattern][0].atom;
            return self.passing(expr).iter().map(|w| w.count_ones() as usize).sum();
        }
        let mut sets: Vec<u32> = Vec::new();
        self.search(pattern, None, &mut |atoms| {
            let at = sets.len();
            sets.extend_from_slice(atoms);
            sets[at..].sort_unstable();
            true
        });
        let mut sets: Vec<&[u32]> = sets.chunks_exact(width).collect();
        sets.sort_unstable();
        sets.dedup();
        sets.len()
    }

    /// Whether a match of `pattern` starts at `atom`.
    pub fn starts_at(&mut self, pattern: usize, atom: usize) -> bool {
        let mut found = false;
        self.search(pattern, Some(atom as u32), &mut |_| {
            found = true;
            false
        });
        found
    }

    /// The atoms that pass expression `index`, as a bit set.
    fn passing(&mut self, index: u32) -> &[u64] {
        let i = index as usize;
        if self.passing[i].is_none() {
            let library = self.library;
            let expr = &library.atoms[i];
            let by_kind: Vec<Option<bool>> = self.kinds.iter().map(|k| k.pass(expr)).collect();
            let mut set = vec![0u64; self.words].into_boxed_slice();
            for atom in 0..self.kind_of.len() {
                let kind = self.kind_of[atom] as usize;
                if by_kind[kind].unwrap_or_else(|| self.surrounded(expr, atom)) {
                    set[atom / 64] |= 1 << (atom % 64);
                }
            }
            self.passing[i] = Some(set);
        }
        self.passing[i].as_deref().unwrap_or(&[])
    }

    /// Evaluates an expression that has recursive tests.
    fn surrounded(&mut self, expr: &Expr<Test>, atom: usize) -> bool {
        match expr {
            Expr::Is(Test::Start(pattern)) => self.starts(*pattern as usize, atom),
            Expr::Is(test) => self.kinds[self.kind_of[atom] as usize].test(test) == Some(true),
            Expr::Not(inner) => !self.surrounded(inner, atom),
            Expr::All(parts) => parts.iter().all(|p| self.surrounded(p, atom)),
            Expr::One(parts) => parts.iter().any(|p| self.surrounded(p, atom)),
        }
    }

    /// [`starts_at`](Self::starts_at), remembered for all atoms.
    fn starts(&mut self, pattern: usize, atom: usize) -> bool {
        if self.starting[pattern].is_none() {
            let mut set = vec![0u64; self.words].into_boxed_slice();
            let first = self.library.patterns[pattern][0].atom;
            let candidates: Vec<u64> = self.passing(first).to_vec();
            for a in ones(&candidates) {
                if self.starts_at(pattern, a) {
                    set[a / 64] |= 1 << (a % 64);
                }
            }
            self.starting[pattern] = Some(set);
        }
        self.starting[pattern].as_ref().is_some_and(|s| s[atom / 64] >> (atom % 64) & 1 == 1)
    }

    /// Calls `found` with every match, in pattern order, until it returns false.
    fn search(
        &mut self,
        pattern: usize,
        start: Option<u32>,
        found: &mut dyn FnMut(&[u32]) -> bool,
    ) {
        let library = self.library;
        let steps = &library.patterns[pattern];
        for step in steps {
            if self.passing(step.atom).iter().all(|&w| w == 0) {
                return;
            }
        }
        let sets: Vec<&[u64]> =
            steps.iter().map(|s| self.passing[s.atom as usize].as_deref().unwrap_or(&[])).collect();
        let mut walk = Walk {
            mol: self.mol,
            steps,
            sets: &sets,
            chosen: Vec::with_capacity(steps.len()),
            effort: EFFORT,
            found,
        };
        match start {
            Some(atom) => {
                if has(sets[0], atom) {
                    walk.chosen.push(atom);
                    walk.extend();
                }
            }
            None => {
                walk.extend();
            }
        }
    }
}

struct Walk<'a, 'f> {
    mol: &'a Molecule,
    steps: &'a [Step],
    sets: &'a [&'a [u64]],
    chosen: Vec<u32>,
    effort: u32,
    found: &'f mut dyn FnMut(&[u32]) -> bool,
}

impl Walk<'_, '_> {
    /// Tries every atom for the next step; false to stop all. As deep as the pattern is long.
    fn extend(&mut self) -> bool {
        let k = self.chosen.len();
        let Some(step) = self.steps.get(k) else { return (self.found)(&self.chosen) };
        let mol = self.mol;
        match &step.parent {
            Some((parent, bond)) => {
                for nb in mol.neighbors(self.chosen[*parent as usize] as usize) {
                    if has(self.sets[k], nb.atom)
                        && bond_passes(bond, &mol.bonds()[nb.bond as usize])
                        && !self.choose(step, nb.atom)
                    {
                        return false;
                    }
                }
            }
            None => {
                for atom in ones(self.sets[k]) {
                    if !self.choose(step, atom as u32) {
                        return false;
                    }
                }
            }
        }
        true
    }

    fn choose(&mut self, step: &Step, atom: u32) -> bool {
        if self.effort == 0 {
            return false;
        }
        self.effort -= 1;
        if self.chosen.contains(&atom) {
            return true;
        }
        for (other, test) in &step.closures {
            let other = self.chosen[*other as usize];
            let bond = self.mol.neighbors(atom as usize).iter().find(|nb| nb.atom == other);
            if !bond.is_some_and(|nb| bond_passes(test, &self.mol.bonds()[nb.bond as usize])) {
                return true;
            }
        }
        self.chosen.push(atom);
        let go_on = self.extend();
        self.chosen.pop();
        go_on
    }
}

fn has(set: &[u64], atom: u32) -> bool {
    set[atom as usize / 64] >> (atom % 64) & 1 == 1
}

fn ones(set: &[u64]) -> impl Iterator<Item = usize> + '_ {
    set.iter().enumerate().flat_map(|(w, &word)| {
        let mut rest = word;
        std::iter::from_fn(move || {
            let bit = (rest != 0).then(|| rest.trailing_zeros() as usize)?;
            rest &= rest - 1;
            Some(w * 64 + bit)
        })
    })
}
