//! Computations of the perception library that features build on, as plain numbers in the atom
//! numbering of [`Molecule`].

use super::error::Error;
use super::molecule::{BondOrder, Molecule};
use super::perceive::unmodelled;
use chematic_smiles as cs;

/// Nodes, directed edges and edge features of a graph; see [`ogb_graph`].
type OgbGraph = (Vec<[i64; 9]>, Vec<[i64; 2]>, Vec<[i64; 3]>);

/// Place of an atom's aromaticity among its features.
const AROMATIC: usize = 7;
/// Index of the aromatic bond among the types of bonds.
const AROMATIC_BOND: i64 = 3;

/// The categories of the Open Graph Benchmark.
pub(crate) fn ogb_graph(mol: &Molecule) -> Result<OgbGraph, Error> {
    let g = cs::ogb_graph_features(&mol.source).map_err(unmodelled)?;
    let (mut nodes, mut bonds) = (g.node_feat, g.edge_feat);
    // The encoder perceives aromaticity anew, and misses rings across which another ring lies (two of
    // a porphyrin's kin, bridged furans); the molecule knows.
    for (node, atom) in nodes.iter_mut().zip(mol.atoms()) {
        node[AROMATIC] = i64::from(atom.aromatic);
    }
    for (features, ends) in bonds.iter_mut().zip(&g.edge_index) {
        let known = mol.neighbors(ends[0] as usize).iter().find(|n| i64::from(n.atom) == ends[1]);
        if known.is_some_and(|n| mol.bonds()[n.bond as usize].order == BondOrder::Aromatic) {
            features[0] = AROMATIC_BOND;
        }
    }
    Ok((nodes, g.edge_index, bonds))
}
