//! Finding the matches of a library's patterns in one molecule.

use super::facts::{Facts, bond_passes, kinds};
use super::library::Library;
use super::parse::{Expr, Step, Test};
use crate::chem::Molecule;

/// Atoms tried for one pattern before its search ends with what it has: hostile molecules (large
/// cages) have exponentially many paths.
const EFFORT: u32 = 200_000;

/// A molecule prepared for matching.
pub(in crate::features) struct Matcher<'a> {
    library: &'a Library,
    mol: &'a Molecule,
    kinds: Vec<Kind>,
    kind_of: Vec<u32>,
    /// Expressions that some kind passes or may pass.
    available: Box<[u64]>,
    /// Words that a bit set over the atoms takes.
    words: usize,
    /// Atoms that pass each expression, `words` a row; valid where `known`.
    passing: Vec<u64>,
    known: Vec<bool>,
    /// Atoms that start a match of each pattern, once asked for.
    starting: Vec<Option<Box<[u64]>>>,
    /// Room for a match.
    chosen: Vec<u32>,
}

/// Atoms that no test tells apart.
struct Kind {
    facts: Facts,
    /// Expressions that they pass.
    pass: Box<[u64]>,
    /// Expressions that hang on the surroundings of each.
    open: Box<[u64]>,
    /// The atoms.
    atoms: Vec<u64>,
}

impl<'a> Matcher<'a> {
    /// `valence`: RDKit's total valence of each atom.
    pub fn new(library: &'a Library, mol: &'a Molecule, valence: &[i32]) -> Self {
        let words = mol.atoms().len().div_ceil(64);
        let (kinds, kind_of) = kinds(mol, valence);
        let mut available = library.no_expressions();
        let mut kinds: Vec<Kind> = kinds
            .into_iter()
            .map(|facts| {
                let (pass, open) = library.evaluate(&facts);
                for ((a, p), o) in available.iter_mut().zip(&pass).zip(&open) {
                    *a |= p | o;
                }
                Kind { facts, pass, open, atoms: vec![0; words] }
            })
            .collect();
        for (atom, &kind) in kind_of.iter().enumerate() {
            kinds[kind as usize].atoms[atom / 64] |= 1 << (atom % 64);
        }
        Self {
            library,
            mol,
            kinds,
            kind_of,
            available,
            words,
            passing: vec![0; words * library.atoms.len()],
            known: vec![false; library.atoms.len()],
            starting: vec![None; library.patterns.len()],
            chosen: Vec::with_capacity(32),
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
        if !self.library.feasible(pattern, &self.available) {
            return 0;
        }
        let width = self.library.patterns[pattern].len();
        if width == 1 {
            let expr = self.library.patterns[pattern][0].atom as usize;
            self.learn(expr);
            return self.atoms_of(expr).iter().map(|w| w.count_ones() as usize).sum();
        }
        let mut sets: Vec<u32> = Vec::new();
        self.search(pattern, None, &mut |atoms| {
            let at = sets.len();
            sets.extend_from_slice(atoms);
            sets[at..].sort_unstable();
            true
        });
        if sets.len() <= width {
            return sets.len() / width;
        }
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

    fn atoms_of(&self, expr: usize) -> &[u64] {
        &self.passing[expr * self.words..][..self.words]
    }

    /// Finds the atoms that pass expression `expr`.
    fn learn(&mut self, expr: usize) {
        if std::mem::replace(&mut self.known[expr], true) {
            return;
        }
        let row = expr * self.words;
        for kind in 0..self.kinds.len() {
            if bit(&self.kinds[kind].pass, expr) {
                for w in 0..self.words {
                    self.passing[row + w] |= self.kinds[kind].atoms[w];
                }
            } else if bit(&self.kinds[kind].open, expr) {
                let library = self.library;
                for w in 0..self.words {
                    let mut rest = self.kinds[kind].atoms[w];
                    while rest != 0 {
                        let low = rest.trailing_zeros() as usize;
                        rest &= rest - 1;
                        if self.surrounded(&library.atoms[expr], w * 64 + low) {
                            self.passing[row + w] |= 1 << low;
                        }
                    }
                }
            }
        }
    }

    /// Evaluates an expression that has recursive tests.
    fn surrounded(&mut self, expr: &Expr<Test>, atom: usize) -> bool {
        match expr {
            Expr::Is(Test::Start(pattern)) => self.starts(*pattern as usize, atom),
            Expr::Is(test) => {
                self.kinds[self.kind_of[atom] as usize].facts.test(test) == Some(true)
            }
            Expr::Not(inner) => !self.surrounded(inner, atom),
            Expr::All(parts) => parts.iter().all(|p| self.surrounded(p, atom)),
            Expr::One(parts) => parts.iter().any(|p| self.surrounded(p, atom)),
        }
    }

    /// [`starts_at`](Self::starts_at), remembered for all atoms.
    fn starts(&mut self, pattern: usize, atom: usize) -> bool {
        if self.starting[pattern].is_none() {
            let mut set = vec![0u64; self.words].into_boxed_slice();
            if self.library.feasible(pattern, &self.available) {
                let first = self.library.patterns[pattern][0].atom as usize;
                self.learn(first);
                for w in 0..self.words {
                    let mut rest = self.passing[first * self.words + w];
                    while rest != 0 {
                        let low = rest.trailing_zeros() as usize;
                        rest &= rest - 1;
                        if self.starts_at(pattern, w * 64 + low) {
                            set[w] |= 1 << low;
                        }
                    }
                }
            }
            self.starting[pattern] = Some(set);
        }
        self.starting[pattern].as_ref().is_some_and(|s| bit(s, atom))
    }

    /// Calls `found` with every match, in pattern order, until it returns false.
    fn search(
        &mut self,
        pattern: usize,
        start: Option<u32>,
        found: &mut dyn FnMut(&[u32]) -> bool,
    ) {
        let library = self.library;
        if !library.feasible(pattern, &self.available) {
            return;
        }
        let steps = &library.patterns[pattern];
        for step in steps {
            let expr = step.atom as usize;
            self.learn(expr);
            if self.atoms_of(expr).iter().all(|&w| w == 0) {
                return;
            }
        }
        // Taken and given back: recursive tests were all learned above, so nobody else needs it.
        let mut chosen = std::mem::take(&mut self.chosen);
        chosen.clear();
        let mut walk = Walk {
            mol: self.mol,
            steps,
            passing: &self.passing,
            words: self.words,
            chosen,
            effort: EFFORT,
            found,
        };
        match start {
            Some(atom) if !walk.passes(0, atom) => {}
            Some(atom) => {
                walk.chosen.push(atom);
                walk.extend();
            }
            None => {
                walk.extend();
            }
        }
        self.chosen = walk.chosen;
    }
}

struct Walk<'a, 'f> {
    mol: &'a Molecule,
    steps: &'a [Step],
    passing: &'a [u64],
    words: usize,
    chosen: Vec<u32>,
    effort: u32,
    found: &'f mut dyn FnMut(&[u32]) -> bool,
}

impl Walk<'_, '_> {
    fn passes(&self, step: usize, atom: u32) -> bool {
        bit(&self.passing[self.steps[step].atom as usize * self.words..], atom as usize)
    }

    /// Tries every atom for the next step; false to stop all. As deep as the pattern is long.
    fn extend(&mut self) -> bool {
        let k = self.chosen.len();
        let Some(step) = self.steps.get(k) else { return (self.found)(&self.chosen) };
        let mol = self.mol;
        match &step.parent {
            Some((parent, bond)) => {
                for nb in mol.neighbors(self.chosen[*parent as usize] as usize) {
                    if self.passes(k, nb.atom)
                        && bond_passes(bond, &mol.bonds()[nb.bond as usize])
                        && !self.choose(step, nb.atom)
                    {
                        return false;
                    }
                }
            }
            None => {
                for w in 0..self.words {
                    let mut rest = self.passing[step.atom as usize * self.words + w];
                    while rest != 0 {
                        let atom = w as u32 * 64 + rest.trailing_zeros();
                        rest &= rest - 1;
                        if !self.choose(step, atom) {
                            return false;
                        }
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

fn bit(set: &[u64], index: usize) -> bool {
    set[index / 64] >> (index % 64) & 1 == 1
}
