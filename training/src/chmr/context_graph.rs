//! The context graph: molecules, cells, genes and expression profiles, tied by what is known and by likeness
//! (paper, "Contextual Propagation Reconstruction").

use std::fmt;

/// What a node stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum NodeKind {
    /// A compound.
    Molecule,
    /// A cell-morphology profile.
    Cell,
    /// A gene or its product.
    Gene,
    /// An expression profile.
    Expression,
}

/// What an edge stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum EdgeKind {
    /// The profile was measured on the molecule.
    Observation,
    /// The two look alike (Tanimoto of molecules, correlation of profiles).
    Similarity,
    /// The drug acts on the gene's product.
    DrugTarget,
    /// The genes interact, or one regulates the other.
    GeneGene,
}

/// One directed half of an edge.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Edge {
    /// The node it leads to.
    pub to: u32,
    /// What it stands for.
    pub kind: EdgeKind,
    /// Strength, above 0 and at most 1.
    pub weight: f32,
}

/// Why a graph could not be built.
#[derive(Clone, Debug, PartialEq)]
pub enum ContextError {
    /// An edge to a node that was never added.
    Node {
        /// Number of the edge, in the order added.
        edge: usize,
        /// The node.
        node: u32,
        /// Nodes there are.
        nodes: usize,
    },
    /// A weight that is not above 0 and at most 1.
    Weight {
        /// Number of the edge, in the order added.
        edge: usize,
        /// The weight.
        weight: f32,
    },
}

impl fmt::Display for ContextError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Node { edge, node, nodes } => {
                write!(f, "edge {edge} leads to node {node}; there are {nodes} nodes")
            }
            Self::Weight { edge, weight } => {
                write!(f, "edge {edge} has weight {weight}; expected above 0 and at most 1")
            }
        }
    }
}

impl std::error::Error for ContextError {}

/// Collects nodes and edges for a [`ContextGraph`].
#[derive(Clone, Debug, Default)]
pub struct ContextGraphBuilder {
    kinds: Vec<NodeKind>,
    edges: Vec<(u32, u32, EdgeKind, f32)>,
}

impl ContextGraphBuilder {
    /// An empty one.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a node and returns its number: they count up from 0.
    pub fn node(&mut self, kind: NodeKind) -> u32 {
        self.kinds.push(kind);
        (self.kinds.len() - 1) as u32
    }

    /// Adds an edge, walkable both ways. A repetition of the same kind keeps the larger weight; an edge from a
    /// node to itself is dropped.
    pub fn edge(&mut self, a: u32, b: u32, kind: EdgeKind, weight: f32) {
        self.edges.push((a, b, kind, weight));
    }

    /// The graph. It does not depend on the order in which edges were added.
    ///
    /// # Errors
    /// [`ContextError`] for the first edge that does not fit.
    pub fn build(self) -> Result<ContextGraph, ContextError> {
        let nodes = self.kinds.len();
        let mut halves = Vec::with_capacity(2 * self.edges.len());
        for (edge, &(a, b, kind, weight)) in self.edges.iter().enumerate() {
            if let Some(node) = [a, b].into_iter().find(|&n| n as usize >= nodes) {
                return Err(ContextError::Node { edge, node, nodes });
            }
            if !(weight > 0.0 && weight <= 1.0) {
                return Err(ContextError::Weight { edge, weight });
            }
            if a != b {
                halves.push((a, b, kind, weight));
                halves.push((b, a, kind, weight));
            }
        }
        // The heavier of two equal edges comes first and is the one kept.
        halves.sort_by(|x, y| (x.0, x.1, x.2).cmp(&(y.0, y.1, y.2)).then(y.3.total_cmp(&x.3)));
        halves.dedup_by_key(|h| (h.0, h.1, h.2));
        let mut offsets = vec![0usize; nodes + 1];
        halves.iter().for_each(|h| offsets[h.0 as usize + 1] += 1);
        for i in 0..nodes {
            offsets[i + 1] += offsets[i];
        }
        let edges = halves.iter().map(|&(_, to, kind, weight)| Edge { to, kind, weight }).collect();
        Ok(ContextGraph { kinds: self.kinds, offsets, edges })
    }
}

/// Typed nodes and typed, weighted edges in compressed sparse rows, each row sorted by (node, kind).
#[derive(Clone, Debug, PartialEq)]
pub struct ContextGraph {
    kinds: Vec<NodeKind>,
    offsets: Vec<usize>,
    edges: Vec<Edge>,
}

impl ContextGraph {
    /// Number of nodes.
    pub fn len(&self) -> usize {
        self.kinds.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.kinds.is_empty()
    }

    /// Number of edges, each counted once.
    pub fn edges(&self) -> usize {
        self.edges.len() / 2
    }

    /// What `node` stands for.
    ///
    /// # Panics
    /// If `node` is out of range.
    pub fn kind(&self, node: u32) -> NodeKind {
        self.kinds[node as usize]
    }

    /// Edges out of `node`.
    ///
    /// # Panics
    /// If `node` is out of range.
    pub fn neighbors(&self, node: u32) -> &[Edge] {
        &self.edges[self.offsets[node as usize]..self.offsets[node as usize + 1]]
    }
}
