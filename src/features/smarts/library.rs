//! Patterns compiled together.

use super::bonds::{Kinds, kinds};
use super::circuit::{Builder, Gate, Level, Slot};
use super::parse::{Expr, Step as Parsed, Test, parse};
use super::tests::Tests;

/// Compiled patterns.
pub(in crate::features) struct Library {
    pub(super) tests: Tests,
    /// Makes the sets of atoms that each step may fall on.
    pub(super) levels: Vec<Level>,
    pub(super) slots: usize,
    /// The classes of bonds that the patterns tell apart.
    pub(super) bonds: Vec<Kinds>,
    /// The patterns in the order given, then those inside recursive tests.
    pub(super) patterns: Vec<Pattern>,
}

#[derive(Clone, Default)]
pub(super) struct Pattern {
    pub steps: Vec<Step>,
    /// The atoms that the first step of every component may fall on.
    pub roots: Vec<Slot>,
    /// Any atom of the first root starts a match: no two steps can fall on one atom, no ring is to be closed.
    pub plain: bool,
}

/// One atom of a pattern in search order.
#[derive(Clone)]
pub(super) struct Step {
    /// The atoms that it may fall on, as far as a tree of the pattern's atoms tells: all that hangs on the step is there,
    /// though two of its atoms may be one.
    pub fitting: Slot,
    /// The earlier step that it hangs on and the class of the bond between, none for the first atom of a component.
    pub parent: Option<(u32, u32)>,
    /// Ring bonds back to earlier steps.
    pub closures: Vec<(u32, u32)>,
}

impl Library {
    /// Compiles `smarts`; pattern i is the i-th of them.
    ///
    /// # Panics
    /// On text outside the supported grammar: the patterns are constants of this crate.
    pub fn new<'a>(smarts: impl IntoIterator<Item = &'a str>) -> Self {
        let smarts: Vec<&str> = smarts.into_iter().collect();
        let (atoms, parsed) = parse(&smarts);
        let mut tests = Tests::new();
        atoms.iter().for_each(|e| register(e, &mut tests));
        let elements = tests.elements();
        let mut compiler = Compiler {
            circuit: Builder::new(tests.len()),
            elements: atoms.iter().map(|e| possible(e, &elements)).collect(),
            tests,
            sets: vec![None; atoms.len()],
            patterns: vec![None; parsed.len()],
            atoms: &atoms,
            parsed: &parsed,
        };
        (0..parsed.len()).for_each(|p| drop(compiler.pattern(p)));
        Self {
            tests: compiler.tests,
            slots: compiler.circuit.slots(),
            levels: compiler.circuit.levels,
            bonds: compiler.circuit.bonds,
            patterns: compiler.patterns.into_iter().flatten().collect(),
        }
    }
}

struct Compiler<'a> {
    circuit: Builder,
    tests: Tests,
    /// For each expression, of the elements that tests ask for, aromatic and not, those that may pass.
    elements: Vec<Vec<bool>>,
    /// The set of each expression's atoms.
    sets: Vec<Option<Slot>>,
    patterns: Vec<Option<Pattern>>,
    atoms: &'a [Expr<Test>],
    parsed: &'a [Vec<Parsed>],
}

impl Compiler<'_> {
    fn set(&mut self, expr: u32) -> Slot {
        if let Some(known) = self.sets[expr as usize] {
            return known;
        }
        let atoms = self.atoms;
        let slot = self.expression(&atoms[expr as usize]);
        self.sets[expr as usize] = Some(slot);
        slot
    }

    fn expression(&mut self, expr: &Expr<Test>) -> Slot {
        match expr {
            Expr::Is(Test::Start(pattern)) => {
                let Pattern { steps, roots, plain } = self.pattern(*pattern as usize);
                if plain {
                    return roots[0];
                }
                let inputs: Vec<Slot> = steps.iter().map(|s| s.fitting).collect();
                self.circuit.gate(Gate::Start { pattern: *pattern }, &inputs)
            }
            Expr::Is(test) => match self.tests.number(test) {
                Some(number) => Slot::from(number),
                None => self.circuit.all(),
            },
            Expr::Not(inner) => {
                let inner = self.expression(inner);
                self.circuit.gate(Gate::Not(inner), &[inner])
            }
            Expr::All(parts) => {
                let all = self.circuit.all();
                parts.iter().fold(all, |set, part| {
                    let part = self.expression(part);
                    self.circuit.and(set, part)
                })
            }
            Expr::One(parts) => {
                let sets: Vec<Slot> = parts.iter().map(|p| self.expression(p)).collect();
                sets.into_iter().reduce(|a, b| self.circuit.or(a, b)).expect("an alternative")
            }
        }
    }

    fn pattern(&mut self, index: usize) -> Pattern {
        if let Some(known) = &self.patterns[index] {
            return known.clone();
        }
        let all_parsed = self.parsed;
        let parsed = &all_parsed[index];
        let bonds: Vec<Option<(u32, u32)>> = parsed
            .iter()
            .map(|s| s.parent.as_ref().map(|(p, b)| (*p, self.circuit.bonds(kinds(b)))))
            .collect();
        let around = self.around_ring_atoms(parsed, &bonds);
        let mut fitting = vec![0; parsed.len()];
        let mut hanging: Vec<Vec<(u32, Slot)>> = vec![Vec::new(); parsed.len()];
        // A step comes behind the one it hangs on.
        for k in (0..parsed.len()).rev() {
            let mut set = self.set(parsed[k].atom);
            for mut next_to in [std::mem::take(&mut hanging[k]), around[k].clone()] {
                next_to.sort_unstable();
                for same in next_to.chunk_by(|a, b| a == b) {
                    let ((bonds, from), times) = (same[0], same.len() as u32);
                    let reached = self.circuit.gate(Gate::Reach { from, bonds, times }, &[from]);
                    set = self.circuit.and(set, reached);
                }
            }
            fitting[k] = set;
            if let Some((parent, bond)) = bonds[k] {
                hanging[parent as usize].push((bond, set));
            }
        }
        let steps: Vec<Step> = (0..parsed.len())
            .map(|k| Step {
                fitting: fitting[k],
                parent: bonds[k],
                closures: parsed[k]
                    .closures
                    .iter()
                    .map(|(other, b)| (*other, self.circuit.bonds(kinds(b))))
                    .collect(),
            })
            .collect();
        let roots: Vec<Slot> =
            steps.iter().filter(|s| s.parent.is_none()).map(|s| s.fitting).collect();
        let plain = roots.len() == 1
            && steps.iter().all(|s| s.closures.is_empty())
            && (0..steps.len()).all(|j| (0..j).all(|i| self.apart(&steps, parsed, i, j)));
        let pattern = Pattern { steps, roots, plain };
        self.patterns[index] = Some(pattern.clone());
        pattern
    }

    /// What must be around each step that has a ring bond, ring bonds included: classes of bonds, and the sets of atoms by
    /// the expressions alone.
    fn around_ring_atoms(
        &mut self,
        parsed: &[Parsed],
        bonds: &[Option<(u32, u32)>],
    ) -> Vec<Vec<(u32, Slot)>> {
        let mut pairs: Vec<(usize, usize, u32)> = Vec::new();
        for (k, step) in parsed.iter().enumerate() {
            for (other, test) in &step.closures {
                pairs.push((k, *other as usize, self.circuit.bonds(kinds(test))));
            }
        }
        let mut ring = vec![false; parsed.len()];
        pairs.iter().for_each(|&(a, b, _)| (ring[a], ring[b]) = (true, true));
        let tree = bonds.iter().enumerate();
        pairs.extend(tree.filter_map(|(k, b)| b.map(|(parent, bond)| (k, parent as usize, bond))));
        let mut around = vec![Vec::new(); parsed.len()];
        for (a, b, bond) in pairs {
            for (a, b) in [(a, b), (b, a)] {
                if ring[a] {
                    around[a].push((bond, self.set(parsed[b].atom)));
                }
            }
        }
        around
    }

    /// Whether no atom can be both step `i` and step `j`, `i` the earlier.
    fn apart(&self, steps: &[Step], parsed: &[Parsed], i: usize, j: usize) -> bool {
        if steps[j].parent.is_some_and(|(p, _)| p as usize == i) {
            return true; // bonded
        }
        if let (Some((p, a)), Some((q, b))) = (steps[i].parent, steps[j].parent)
            && p == q
        {
            let (a_kinds, b_kinds) =
                (self.circuit.bonds[a as usize], self.circuit.bonds[b as usize]);
            let counted = a == b && steps[i].fitting == steps[j].fitting;
            if a_kinds & b_kinds == 0 || counted {
                return true; // bonds of two kinds, or neighbours that were counted
            }
        }
        let possible = |k: usize| &self.elements[parsed[k].atom as usize];
        possible(i).iter().zip(possible(j)).all(|(a, b)| !(a & b))
    }
}

/// Numbers the tests of an expression.
fn register(expr: &Expr<Test>, tests: &mut Tests) {
    match expr {
        Expr::Is(Test::Start(_)) => {}
        Expr::Is(test) => drop(tests.number(test)),
        Expr::Not(inner) => register(inner, tests),
        Expr::All(parts) | Expr::One(parts) => parts.iter().for_each(|p| register(p, tests)),
    }
}

/// Which of `elements`, each as an aliphatic and as an aromatic atom, may pass.
fn possible(expr: &Expr<Test>, elements: &[u8]) -> Vec<bool> {
    let kinds = elements.iter().flat_map(|&z| [(z, false), (z, true)]);
    kinds
        .map(|(z, aromatic)| {
            let known = |test: &Test| match *test {
                Test::Any => Some(true),
                Test::Element(e) => Some(e == z),
                Test::Aromatic(a) => Some(a == aromatic),
                _ => None,
            };
            decide(expr, &known) != Some(false)
        })
        .collect()
}

/// The value of `expr` where `test` may leave some tests open.
fn decide(expr: &Expr<Test>, test: &impl Fn(&Test) -> Option<bool>) -> Option<bool> {
    // The parts of a conjunction are decided by one false, those of a disjunction by one true.
    let fold = |parts: &[Expr<Test>], decisive: bool| {
        let mut open = false;
        for part in parts {
            match decide(part, test) {
                Some(value) if value == decisive => return Some(decisive),
                Some(_) => {}
                None => open = true,
            }
        }
        if open { None } else { Some(!decisive) }
    };
    match expr {
        Expr::Is(t) => test(t),
        Expr::Not(inner) => decide(inner, test).map(|value| !value),
        Expr::All(parts) => fold(parts, false),
        Expr::One(parts) => fold(parts, true),
    }
}
