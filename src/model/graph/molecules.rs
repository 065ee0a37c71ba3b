//! Molecules as graph networks take them, one and many.

use crate::chem::{self, Molecule};
use crate::features::{BOND_CODES, GraphCodes, WALKS, graph_codes, walks};
use crate::model::kernel::Edge;

/// A molecule as a graph network reads it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MoleculeGraph {
    pub(super) codes: GraphCodes,
    /// One an atom, or none at all.
    pub(super) walks: Vec<[f32; WALKS]>,
}

impl MoleculeGraph {
    /// The codes of `mol`, and its walks if they are wanted.
    ///
    /// # Errors
    /// As [`graph_codes`].
    pub fn new(mol: &Molecule, with_walks: bool) -> Result<Self, chem::Error> {
        let walks = if with_walks { walks(mol) } else { Vec::new() };
        Ok(Self { codes: graph_codes(mol)?, walks })
    }

    /// Number of atoms.
    pub fn atoms(&self) -> usize {
        self.codes.atoms.len()
    }
}

/// Combinations of bond codes that there can be.
const KINDS: usize = BOND_CODES[0] * BOND_CODES[1] * BOND_CODES[2] * BOND_CODES[3];

/// The atoms of several molecules, one behind the other, with their neighbours.
#[derive(Clone, Debug, Default)]
pub(super) struct Packing {
    /// Where each molecule's atoms begin, and where the last one's end.
    pub(super) molecules: Vec<usize>,
    /// Where each atom's edges begin, and where the last one's end.
    pub(super) starts: Vec<usize>,
    /// Grouped by the atom that they enter, in the order of the bonds. [`Edge::bond`] is an index into `kinds`.
    pub(super) edges: Vec<Edge>,
    /// Each combination of bond codes that occurs.
    pub(super) kinds: Vec<[u8; BOND_CODES.len()]>,
    /// The place in `kinds` of each combination.
    places: Vec<u32>,
}

impl Packing {
    pub(super) fn atoms(&self) -> usize {
        self.molecules.last().copied().unwrap_or(0)
    }

    pub(super) fn edges_of(&self, atom: usize) -> &[Edge] {
        &self.edges[self.starts[atom]..self.starts[atom + 1]]
    }

    /// Takes the place of what was packed before.
    pub(super) fn pack(&mut self, graphs: &[MoleculeGraph]) {
        self.molecules.clear();
        self.molecules.push(0);
        for graph in graphs {
            self.molecules.push(self.atoms() + graph.atoms());
        }
        self.kinds.clear();
        self.places.clear();
        self.places.resize(KINDS, u32::MAX);
        self.starts.clear();
        self.starts.resize(self.atoms() + 1, 0);
        for (graph, &first) in graphs.iter().zip(&self.molecules) {
            for atom in graph.codes.ends.iter().flatten() {
                self.starts[first + *atom as usize + 1] += 1;
            }
        }
        for i in 1..self.starts.len() {
            self.starts[i] += self.starts[i - 1];
        }
        self.edges.clear();
        self.edges.resize(self.starts[self.atoms()], Edge { atom: 0, bond: 0 });
        // Moves each start to the end of its edges, which is where the next one's begin.
        for (graph, &first) in graphs.iter().zip(&self.molecules) {
            for (&[a, b], codes) in graph.codes.ends.iter().zip(&graph.codes.bonds) {
                let bond = Self::kind(&mut self.kinds, &mut self.places, codes);
                for (from, to) in [(a, b), (b, a)] {
                    let next = &mut self.starts[first + to as usize];
                    self.edges[*next] = Edge { atom: first as u32 + from, bond };
                    *next += 1;
                }
            }
        }
        self.starts.pop();
        self.starts.insert(0, 0);
    }

    fn kind(kinds: &mut Vec<[u8; 4]>, places: &mut [u32], codes: &[u8; 4]) -> u32 {
        let number = codes.iter().zip(BOND_CODES).fold(0, |n, (c, m)| n * m + usize::from(*c));
        if places[number] == u32::MAX {
            places[number] = kinds.len() as u32;
            kinds.push(*codes);
        }
        places[number]
    }
}
