//! Computations of the perception library that features build on, as plain numbers in the atom
//! numbering of [`Molecule`].

use super::error::{Error, ErrorKind};
use super::molecule::{BondOrder, Molecule};
use super::perceive::unmodelled;
use chematic_core as cc;
use chematic_smiles as cs;

/// Nodes, directed edges and edge features of a graph; see [`ogb_graph`].
type OgbGraph = (Vec<[i64; 9]>, Vec<[i64; 2]>, Vec<[i64; 3]>);

/// Place of an atom's hybridisation among its features.
const HYBRIDISATION: usize = 6;
/// Place of an atom's aromaticity among its features.
const AROMATIC: usize = 7;
/// Index of the aromatic bond among the types of bonds.
const AROMATIC_BOND: i64 = 3;

/// The categories of atoms and bonds, with the atoms of [`Molecule`].
fn categories(mol: &Molecule) -> Result<cs::OgbGraphFeatures, Error> {
    if mol.has_weak_bonds() {
        let message = "bonds of no order have no place in a molecular graph";
        return Err(Error::new(ErrorKind::Unsupported, None, message));
    }
    // Hydrogens that a file reader kept are marked by having no stated hydrogens of their own.
    let kept =
        |a: &cc::Atom| !a.wildcard && a.element == cc::Element::H && a.hydrogen_count.is_none();
    let removes_hydrogens = !mol.source.atoms().any(|(_, a)| kept(a));
    cs::ogb_graph_features_with_options(&mol.source, removes_hydrogens).map_err(unmodelled)
}

/// The categories of the Open Graph Benchmark.
pub(crate) fn ogb_graph(mol: &Molecule) -> Result<OgbGraph, Error> {
    let g = categories(mol)?;
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

/// What perception says of electrons, in the atom and bond numbering of [`Molecule`].
pub(crate) struct Electrons {
    /// One an atom: SP, SP2, SP3, SP3D, SP3D2, other.
    pub(crate) hybridisation: Vec<u8>,
    /// One a bond.
    pub(crate) conjugated: Vec<bool>,
    /// One a bond: none, Z, E.
    pub(crate) stereo: Vec<u8>,
}

/// Hybridisation, conjugation and stereo of `mol`.
pub(crate) fn electrons(mol: &Molecule) -> Result<Electrons, Error> {
    let g = categories(mol)?;
    let mut conjugated = vec![false; mol.bonds().len()];
    let mut stereo = vec![0; mol.bonds().len()];
    let mut matched = 0;
    // Each bond comes twice, and in an order of its own.
    for (features, [begin, end]) in g.edge_feat.iter().zip(&g.edge_index).step_by(2) {
        let around = mol.offsets.get(*begin as usize + 1).map(|_| mol.neighbors(*begin as usize));
        let found = around.unwrap_or_default().iter().find(|n| i64::from(n.atom) == *end);
        let Some(neighbor) = found else { break };
        conjugated[neighbor.bond as usize] = features[2] != 0;
        // Z and E; "any" says no more than none.
        stereo[neighbor.bond as usize] = if features[1] <= 2 { features[1] as u8 } else { 0 };
        matched += 1;
    }
    if g.node_feat.len() != mol.atoms().len() || matched != mol.bonds().len() {
        let message = "hybridisation: a second perception found other atoms or bonds";
        return Err(Error::new(ErrorKind::Unsupported, None, message));
    }
    let hybridisation = g.node_feat.iter().map(|f| f[HYBRIDISATION] as u8).collect();
    Ok(Electrons { hybridisation, conjugated, stereo })
}
