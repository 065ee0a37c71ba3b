//! All sets of atoms that a library's patterns need, as one list of steps without a choice: sets of bits are combined as in
//! a circuit, the same way for every molecule, so that a processor never guesses wrong what comes next.

use super::bonds::Kinds;
use std::collections::HashMap;

/// The place of a set.
pub(super) type Slot = u32;

/// The most neighbours that a gate asks for.
pub(super) const MOST_TIMES: u32 = 6;

/// How a set is made of others.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Gate {
    And(Slot, Slot),
    Or(Slot, Slot),
    Not(Slot),
    /// Atoms that have so many neighbours of a set, over bonds of a class.
    Reach {
        from: Slot,
        bonds: u32,
        times: u32,
    },
    /// Atoms that a match of the pattern starts at.
    Start {
        pattern: u32,
    },
}

/// Gates that need only what levels before have made, by kind: inputs, then the output.
#[derive(Default)]
pub(super) struct Level {
    pub and: Vec<[Slot; 3]>,
    pub or: Vec<[Slot; 3]>,
    pub not: Vec<[Slot; 2]>,
    pub reach: Vec<ReachGate>,
    pub start: Vec<(u32, Slot)>,
}

pub(super) struct ReachGate {
    pub from: Slot,
    pub bonds: u32,
    pub times: u32,
    pub to: Slot,
}

/// Puts a circuit together; equal gates are made once.
pub(super) struct Builder {
    known: HashMap<Gate, Slot>,
    level_of: Vec<usize>,
    pub levels: Vec<Level>,
    /// The classes of bonds that gates name.
    pub bonds: Vec<Kinds>,
    /// The set of all atoms.
    all: Slot,
}

impl Builder {
    /// `given` sets are there from the start; the set of all atoms comes behind them.
    pub fn new(given: usize) -> Self {
        Self {
            known: HashMap::new(),
            level_of: vec![0; given + 1],
            levels: Vec::new(),
            bonds: Vec::new(),
            all: given as Slot,
        }
    }

    pub fn all(&self) -> Slot {
        self.all
    }

    pub fn slots(&self) -> usize {
        self.level_of.len()
    }

    pub fn bonds(&mut self, kinds: Kinds) -> u32 {
        let known = self.bonds.iter().position(|&k| k == kinds);
        known.unwrap_or_else(|| {
            self.bonds.push(kinds);
            self.bonds.len() - 1
        }) as u32
    }

    pub fn and(&mut self, a: Slot, b: Slot) -> Slot {
        match (a, b) {
            (a, b) if a == b || b == self.all => a,
            (a, b) if a == self.all => b,
            (a, b) => self.gate(Gate::And(a.min(b), a.max(b)), &[a, b]),
        }
    }

    pub fn or(&mut self, a: Slot, b: Slot) -> Slot {
        if a == b { a } else { self.gate(Gate::Or(a.min(b), a.max(b)), &[a, b]) }
    }

    /// The gate's output; `inputs` are the sets that it needs.
    pub fn gate(&mut self, gate: Gate, inputs: &[Slot]) -> Slot {
        if let Some(&slot) = self.known.get(&gate) {
            return slot;
        }
        if let Gate::Reach { times, .. } = gate {
            assert!((1..=MOST_TIMES).contains(&times), "a pattern with an atom of {times} bonds");
        }
        let to = self.level_of.len() as Slot;
        let level = inputs.iter().map(|&i| self.level_of[i as usize]).max().unwrap_or(0) + 1;
        self.known.insert(gate, to);
        self.level_of.push(level);
        if self.levels.len() < level {
            self.levels.resize_with(level, Level::default);
        }
        let level = &mut self.levels[level - 1];
        match gate {
            Gate::And(a, b) => level.and.push([a, b, to]),
            Gate::Or(a, b) => level.or.push([a, b, to]),
            Gate::Not(a) => level.not.push([a, to]),
            Gate::Reach { from, bonds, times } => {
                level.reach.push(ReachGate { from, bonds, times, to });
            }
            Gate::Start { pattern } => level.start.push((pattern, to)),
        }
        to
    }
}
