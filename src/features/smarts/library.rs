//! Patterns compiled together.

use super::facts::{Facts, decide};
use super::parse::{Expr, Step, Test, parse};

/// Compiled patterns.
pub(in crate::features) struct Library {
    /// Distinct atom expressions.
    pub(super) atoms: Vec<Expr<Test>>,
    /// The patterns in the order given, then those inside recursive tests.
    pub(super) patterns: Vec<Vec<Step>>,
    /// The expressions that each pattern uses, as bit sets.
    needs: Vec<Box<[u64]>>,
    /// What common elements decide by themselves.
    classes: Vec<Class>,
}

/// The expressions as far as an element and its aromaticity decide them.
struct Class {
    key: (u8, bool),
    pass: Box<[u64]>,
    open: Vec<u32>,
}

/// Elements worth a [`Class`]: hydrogen and what drugs are made of.
const COMMON: [u8; 14] = [0, 1, 5, 6, 7, 8, 9, 11, 14, 15, 16, 17, 35, 53];

impl Library {
    /// Compiles `smarts`; pattern i is the i-th of them.
    ///
    /// # Panics
    /// On text outside the supported grammar: the patterns are constants of this crate.
    pub fn new<'a>(smarts: impl IntoIterator<Item = &'a str>) -> Self {
        let smarts: Vec<&str> = smarts.into_iter().collect();
        let (atoms, patterns) = parse(&smarts);
        let mut library = Self { atoms, patterns, needs: Vec::new(), classes: Vec::new() };
        for steps in &library.patterns {
            let mut set = library.no_expressions();
            steps.iter().for_each(|s| insert(&mut set, s.atom as usize));
            library.needs.push(set);
        }
        for z in COMMON {
            for aromatic in [false, true] {
                let class = library.class((z, aromatic));
                library.classes.push(class);
            }
        }
        library
    }

    /// Whether an atom of element `z` can start a match of `pattern`, as far as the element decides.
    pub fn may_start_with(&self, pattern: usize, z: u8) -> bool {
        let first = self.patterns[pattern][0].atom as usize;
        let known = |test: &Test| match *test {
            Test::Element(e) => Some(e == z),
            _ => None,
        };
        decide(&self.atoms[first], &known) != Some(false)
    }

    /// An empty set of expressions.
    pub(super) fn no_expressions(&self) -> Box<[u64]> {
        vec![0; self.atoms.len().div_ceil(64)].into_boxed_slice()
    }

    /// Whether each expression that `pattern` uses is in `available`.
    pub(super) fn feasible(&self, pattern: usize, available: &[u64]) -> bool {
        self.needs[pattern].iter().zip(available).all(|(need, have)| need & !have == 0)
    }

    /// The expressions that atoms of this kind pass, and those that hang on their surroundings.
    pub(super) fn evaluate(&self, kind: &Facts) -> (Box<[u64]>, Box<[u64]>) {
        let mut open = self.no_expressions();
        let mut decide = |pass: &mut [u64], e: usize| match kind.pass(&self.atoms[e]) {
            Some(true) => insert(pass, e),
            Some(false) => {}
            None => insert(&mut open, e),
        };
        let mut pass;
        if let Some(class) = self.classes.iter().find(|c| c.key == kind.class()) {
            pass = class.pass.clone();
            class.open.iter().for_each(|&e| decide(&mut pass, e as usize));
        } else {
            pass = self.no_expressions();
            (0..self.atoms.len()).for_each(|e| decide(&mut pass, e));
        }
        (pass, open)
    }

    fn class(&self, key: (u8, bool)) -> Class {
        let known = |test: &Test| match *test {
            Test::Any => Some(true),
            Test::Element(e) => Some(e == key.0),
            Test::Aromatic(aromatic) => Some(aromatic == key.1),
            _ => None,
        };
        let (mut pass, mut open) = (self.no_expressions(), Vec::new());
        for (e, expr) in self.atoms.iter().enumerate() {
            match decide(expr, &known) {
                Some(true) => insert(&mut pass, e),
                Some(false) => {}
                None => open.push(e as u32),
            }
        }
        Class { key, pass, open }
    }
}

fn insert(set: &mut [u64], index: usize) {
    set[index / 64] |= 1 << (index % 64);
}
