//! Atom and bond features for graph networks, in the encoding of the Open Graph Benchmark.

use crate::chem::{Molecule, perceived};

/// The molecule as tensors. Atoms and bonds keep the order of [`Molecule`]; every bond appears
/// twice, once a direction, one directly behind the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GraphTensors {
    /// For each atom, indices (not values) of: atomic number − 1, chiral tag, degree with
    /// hydrogens, formal charge + 5, hydrogens, radical electrons, hybridization, aromatic,
    /// in ring. What a category does not list maps to its last index.
    pub node_features: Vec<[i64; 9]>,
    /// `[from, to]` for each directed bond.
    pub edge_index: Vec<[i64; 2]>,
    /// For each directed bond, indices of: type (single, double, triple, aromatic, other), stereo,
    /// conjugated.
    pub edge_features: Vec<[i64; 3]>,
}

/// The features of `ogb.utils.mol.smiles2graph` for `mol`.
///
/// # Errors
/// For the few bonds and atoms that the encoding's perception cannot model, which; nothing is
/// guessed for them.
pub fn graph(mol: &Molecule) -> Result<GraphTensors, crate::chem::Error> {
    let (node_features, edge_index, edge_features) = perceived::ogb_graph(mol)?;
    Ok(GraphTensors { node_features, edge_index, edge_features })
}
