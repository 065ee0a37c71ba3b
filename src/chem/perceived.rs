//! Computations of the perception library that features build on, as plain numbers in the atom
//! numbering of [`Molecule`].

use super::error::Error;
use super::molecule::Molecule;
use super::perceive::unmodelled;
use chematic_smiles as cs;

/// Nodes, directed edges and edge features of a graph; see [`ogb_graph`].
type OgbGraph = (Vec<[i64; 9]>, Vec<[i64; 2]>, Vec<[i64; 3]>);

/// The categories of the Open Graph Benchmark.
pub(crate) fn ogb_graph(mol: &Molecule) -> Result<OgbGraph, Error> {
    let g = cs::ogb_graph_features(&mol.source).map_err(unmodelled)?;
    Ok((g.node_feat, g.edge_index, g.edge_feat))
}
