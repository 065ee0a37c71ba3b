//! Finding the matches of a library's patterns in one molecule.
//!
//! A pattern is first taken as a tree, its ring bonds left out and its atoms free to coincide: for each step the atoms
//! that may be it, as a set of bits, for all patterns together (`circuit`). Only among the atoms left is a match searched
//! for, and only where the tree does not decide by itself.

use super::bonds::{Kinds, kind};
use super::circuit::{MOST_TIMES, ReachGate};
use super::library::{Library, Pattern, Step};
use crate::chem::Molecule;
use crate::features::bits::Bits;
use std::ops::Range;

/// Atoms tried for one pattern before its search ends with what it has: hostile molecules (large
/// cages) have exponentially many paths.
const EFFORT: u32 = 200_000;

/// A molecule prepared for matching; sets of its atoms are as wide as it is large.
pub(in crate::features) enum Matcher<'a> {
    Small(Search<'a, [u64; 1]>),
    Medium(Search<'a, [u64; 2]>),
    Large(Search<'a, Vec<u64>>),
}

macro_rules! each {
    ($self:ident, $search:ident => $call:expr) => {
        match $self {
            Self::Small($search) => $call,
            Self::Medium($search) => $call,
            Self::Large($search) => $call,
        }
    };
}

impl<'a> Matcher<'a> {
    /// `valence`: RDKit's total valence of each atom; empty if no pattern asks for it.
    pub fn new(library: &'a Library, mol: &Molecule, valence: &[i32]) -> Self {
        match mol.atoms().len() {
            0..=64 => Self::Small(Search::new(library, mol, valence)),
            65..=128 => Self::Medium(Search::new(library, mol, valence)),
            _ => Self::Large(Search::new(library, mol, valence)),
        }
    }

    /// Whether `pattern` matches anywhere.
    pub fn any(&mut self, pattern: usize) -> bool {
        each!(self, search => search.any(pattern))
    }

    /// Number of distinct atom sets that match `pattern` (RDKit's unique matches).
    pub fn count(&mut self, pattern: usize) -> usize {
        each!(self, search => search.count(pattern))
    }

    /// Whether more than `limit` distinct atom sets match `pattern`.
    pub fn more_than(&mut self, pattern: usize, limit: usize) -> bool {
        each!(self, search => search.more_than(pattern, limit))
    }

    /// Number of atoms that a match of any of `patterns` starts at.
    #[allow(clippy::clone_on_copy, reason = "the largest sets are not Copy")]
    pub fn starts(&mut self, patterns: Range<usize>) -> usize {
        each!(self, search => {
            let all = search.slots_of_all().clone();
            let mut found = Bits::none(search.atoms());
            for pattern in patterns {
                Bits::unite(&mut found, &search.starts(pattern, &all));
            }
            found.count()
        })
    }

    /// Whether a match of `pattern` starts at `atom`.
    pub fn starts_at(&mut self, pattern: usize, atom: usize) -> bool {
        each!(self, search => search.starts_at(pattern, atom))
    }

    /// For each atom, the first of `patterns` of which a match starts there, counted from the first.
    pub fn first_to_start(&mut self, patterns: Range<usize>) -> Vec<Option<u8>> {
        each!(self, search => search.first_to_start(patterns))
    }
}

pub(in crate::features) struct Search<'a, S> {
    library: &'a Library,
    graph: Graph<S>,
    /// The sets that the library's circuit makes.
    slots: Vec<S>,
    /// Room for a match, and for the atoms of several.
    chosen: Vec<u32>,
    matches: Vec<u64>,
}

/// The molecule's bonds by atom.
struct Graph<S> {
    offsets: Vec<u32>,
    edges: Vec<(u32, Kinds)>,
    /// The kinds of bonds of each class.
    classes: Vec<Kinds>,
    /// Where sets are short: for each class, the neighbours of each atom over such bonds.
    neighbors: Vec<S>,
}

impl<S: Bits> Graph<S> {
    fn new(mol: &Molecule, classes: &[Kinds]) -> Self {
        let n = mol.atoms().len();
        let mut graph = Self {
            offsets: Vec::new(),
            edges: Vec::new(),
            classes: classes.to_vec(),
            neighbors: Vec::new(),
        };
        if S::SHORT {
            graph.neighbors = vec![S::none(n); classes.len() * n];
            for bond in mol.bonds() {
                let kind = kind(bond);
                let (i, j) = (bond.begin as usize, bond.end as usize);
                for (of_class, class) in graph.neighbors.chunks_exact_mut(n).zip(classes) {
                    if kind & class != 0 {
                        of_class[i].insert(j);
                        of_class[j].insert(i);
                    }
                }
            }
            return graph;
        }
        let kinds: Vec<Kinds> = mol.bonds().iter().map(kind).collect();
        graph.offsets.push(0);
        for i in 0..n {
            let around = mol.neighbors(i).iter();
            graph.edges.extend(around.map(|nb| (nb.atom, kinds[nb.bond as usize])));
            graph.offsets.push(graph.edges.len() as u32);
        }
        graph
    }

    /// Where sets are not short: the neighbours of an atom over bonds of a class.
    fn around(&self, atom: usize, class: u32) -> impl Iterator<Item = u32> {
        let kinds = self.classes[class as usize];
        let edges = &self.edges[self.offsets[atom] as usize..self.offsets[atom + 1] as usize];
        edges.iter().filter(move |e| e.1 & kinds != 0).map(|e| e.0)
    }
}

impl<'a, S: Bits> Search<'a, S> {
    fn new(library: &'a Library, mol: &Molecule, valence: &[i32]) -> Self {
        let n = mol.atoms().len();
        let mut slots = vec![S::none(n); library.slots];
        library.tests.pass(mol, valence, &mut slots);
        let all = library.tests.len();
        slots[all] = S::all(n);
        let graph = Graph::new(mol, &library.bonds);
        let mut search = Self {
            library,
            graph,
            slots,
            chosen: Vec::with_capacity(32),
            matches: Vec::with_capacity(64),
        };
        search.fill(n);
        search
    }

    /// Runs the circuit.
    fn fill(&mut self, n: usize) {
        for level in &self.library.levels {
            let slots = &mut self.slots;
            for &[a, b, to] in &level.and {
                let mut set = slots[a as usize].clone();
                set.intersect(&slots[b as usize]);
                slots[to as usize] = set;
            }
            for &[a, b, to] in &level.or {
                let mut set = slots[a as usize].clone();
                set.unite(&slots[b as usize]);
                slots[to as usize] = set;
            }
            for &[a, to] in &level.not {
                let mut set = S::all(n);
                set.subtract(&slots[a as usize]);
                slots[to as usize] = set;
            }
            for gate in &level.reach {
                let reached = self.reach(gate, n);
                self.slots[gate.to as usize] = reached;
            }
            for &(pattern, to) in &level.start {
                let pattern = pattern as usize;
                let root = self.slots[self.library.patterns[pattern].roots[0] as usize].clone();
                self.slots[to as usize] = self.starts(pattern, &root);
            }
        }
    }

    fn reach(&self, gate: &ReachGate, n: usize) -> S {
        let from = &self.slots[gate.from as usize];
        if S::SHORT {
            let neighbors = &self.graph.neighbors[gate.bonds as usize * n..][..n];
            let mut reached = S::none(n);
            if gate.times == 1 {
                from.visit(|end| {
                    reached.unite(&neighbors[end]);
                    true
                });
                return reached;
            }
            // Met once, twice, … so often as a gate may ask for.
            let mut met = [const { None }; MOST_TIMES as usize];
            let met = &mut met[..gate.times as usize];
            met.fill(Some(reached));
            from.visit(|end| {
                let mut more = neighbors[end].clone();
                for met in met.iter_mut().flatten() {
                    let before = met.clone();
                    met.unite(&more);
                    more.intersect(&before);
                }
                true
            });
            return met.last_mut().and_then(Option::take).expect("a gate asks for one at least");
        }
        let mut reached = S::none(n);
        let mut often = vec![0u32; n];
        from.visit(|end| {
            for atom in self.graph.around(end, gate.bonds) {
                let often = &mut often[atom as usize];
                *often += 1;
                if *often == gate.times {
                    reached.insert(atom as usize);
                }
            }
            true
        });
        reached
    }

    fn atoms(&self) -> usize {
        self.slots_of_all().count()
    }

    fn slots_of_all(&self) -> &S {
        &self.slots[self.library.tests.len()]
    }

    /// Whether each atom of the pattern, with what hangs on it, fits an atom of the molecule.
    fn feasible(&self, pattern: usize) -> bool {
        let roots = &self.library.patterns[pattern].roots;
        roots.iter().all(|&r| !self.slots[r as usize].is_empty())
    }

    fn any(&mut self, pattern: usize) -> bool {
        if !self.feasible(pattern) {
            return false;
        }
        self.library.patterns[pattern].plain || {
            let mut found = false;
            self.search(pattern, None, &mut |_| {
                found = true;
                false
            });
            found
        }
    }

    fn count(&mut self, pattern: usize) -> usize {
        if !self.feasible(pattern) {
            return 0;
        }
        let Pattern { steps, roots, .. } = &self.library.patterns[pattern];
        let width = steps.len();
        if width == 1 {
            return self.slots[roots[0] as usize].count();
        }
        if self.slots_of_all().words().len() == 1 {
            let mut sets = std::mem::take(&mut self.matches);
            sets.clear();
            self.search(pattern, None, &mut |atoms| {
                sets.push(atoms.iter().fold(0, |set, a| set | 1 << a));
                true
            });
            sets.sort_unstable();
            sets.dedup();
            let count = sets.len();
            self.matches = sets;
            return count;
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

    fn more_than(&mut self, pattern: usize, limit: usize) -> bool {
        if !self.feasible(pattern) {
            return false;
        }
        let Pattern { steps, roots, .. } = &self.library.patterns[pattern];
        if steps.len() == 1 {
            return self.slots[roots[0] as usize].count() > limit;
        }
        let mut sets: Vec<S> = Vec::with_capacity(limit + 1);
        let n = self.atoms();
        self.search(pattern, None, &mut |atoms| {
            let mut set = S::none(n);
            atoms.iter().for_each(|&a| set.insert(a as usize));
            if !sets.contains(&set) {
                sets.push(set);
            }
            sets.len() <= limit
        });
        sets.len() > limit
    }

    fn starts_at(&mut self, pattern: usize, atom: usize) -> bool {
        let mut one = S::none(self.atoms());
        one.insert(atom);
        !self.starts(pattern, &one).is_empty()
    }

    fn first_to_start(&mut self, patterns: Range<usize>) -> Vec<Option<u8>> {
        let mut rest = self.slots_of_all().clone();
        let mut first = vec![None; rest.count()];
        for pattern in patterns.clone() {
            let found = self.starts(pattern, &rest);
            found.visit(|atom| {
                first[atom] = Some((pattern - patterns.start) as u8);
                true
            });
            rest.subtract(&found);
            if rest.is_empty() {
                break;
            }
        }
        first
    }

    /// Those of `atoms` that a match of `pattern` starts at.
    fn starts(&mut self, pattern: usize, atoms: &S) -> S {
        let Pattern { roots, plain, .. } = &self.library.patterns[pattern];
        let mut starting = self.slots[roots[0] as usize].clone();
        starting.intersect(atoms);
        if *plain {
            return starting;
        }
        if !self.feasible(pattern) {
            starting.subtract(atoms);
            return starting;
        }
        let open = starting.clone();
        open.visit(|atom| {
            let mut found = false;
            self.search(pattern, Some(atom as u32), &mut |_| {
                found = true;
                false
            });
            if !found {
                starting.remove(atom);
            }
            true
        });
        starting
    }

    /// Calls `found` with every match of a feasible pattern, in pattern order, until it returns false.
    fn search(
        &mut self,
        pattern: usize,
        start: Option<u32>,
        found: &mut dyn FnMut(&[u32]) -> bool,
    ) {
        let mut chosen = std::mem::take(&mut self.chosen);
        chosen.clear();
        let mut walk = Walk {
            graph: &self.graph,
            steps: &self.library.patterns[pattern].steps,
            slots: &self.slots,
            atoms: self.atoms(),
            free: self.slots_of_all().clone(),
            chosen,
            effort: EFFORT,
            found,
        };
        match start {
            Some(atom) => walk.choose(atom),
            None => walk.extend(),
        };
        self.chosen = walk.chosen;
    }
}

struct Walk<'a, 'f, S> {
    graph: &'a Graph<S>,
    steps: &'a [Step],
    slots: &'a [S],
    atoms: usize,
    chosen: Vec<u32>,
    /// The atoms that are not chosen.
    free: S,
    effort: u32,
    found: &'f mut dyn FnMut(&[u32]) -> bool,
}

impl<S: Bits> Walk<'_, '_, S> {
    /// Tries every atom for the next step; false to stop all. As deep as the pattern is long.
    fn extend(&mut self) -> bool {
        let Some(step) = self.steps.get(self.chosen.len()) else {
            return (self.found)(&self.chosen);
        };
        let fitting = &self.slots[step.fitting as usize];
        let bonds = step.parent.iter().chain(&step.closures);
        let mut go_on = true;
        if S::SHORT || step.parent.is_none() {
            let mut atoms = self.free.clone();
            atoms.intersect(fitting);
            for &(other, class) in bonds {
                let other = self.chosen[other as usize] as usize;
                atoms.intersect(&self.graph.neighbors[class as usize * self.atoms + other]);
            }
            atoms.visit(|atom| {
                go_on = self.choose(atom as u32);
                go_on
            });
        } else if let Some((parent, class)) = step.parent {
            let parent = self.chosen[parent as usize] as usize;
            let graph = self.graph;
            for atom in graph.around(parent, class) {
                let closes = |&(other, class): &(u32, u32)| {
                    let mut around = graph.around(atom as usize, class);
                    around.any(|a| a == self.chosen[other as usize])
                };
                if self.free.contains(atom as usize)
                    && fitting.contains(atom as usize)
                    && step.closures.iter().all(closes)
                    && !self.choose(atom)
                {
                    return false;
                }
            }
        }
        go_on
    }

    fn choose(&mut self, atom: u32) -> bool {
        if self.effort == 0 {
            return false;
        }
        self.effort -= 1;
        self.chosen.push(atom);
        self.free.remove(atom as usize);
        let go_on = self.extend();
        self.free.insert(atom as usize);
        self.chosen.pop();
        go_on
    }
}
