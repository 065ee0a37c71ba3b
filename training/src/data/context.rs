//! The context graph of a prepared data set. Its nodes, in order: the molecules, the profiles source by source, the
//! genes.

use super::arrays::Arrays;
use super::genes::Genes;
use super::profiles::Profiles;
use super::similarity::Similarity;
use crate::Result;
use crate::chmr::context_graph::{ContextGraph, ContextGraphBuilder, EdgeKind, NodeKind};
use ndarray::ArrayView1;
use rayon::prelude::*;

/// Least correlation of two profiles that are tied to each other.
const CORRELATED: f32 = 0.3;

const NODE_KINDS: [NodeKind; 4] =
    [NodeKind::Molecule, NodeKind::Cell, NodeKind::Gene, NodeKind::Expression];
const EDGE_KINDS: [EdgeKind; 4] =
    [EdgeKind::Observation, EdgeKind::Similarity, EdgeKind::DrugTarget, EdgeKind::GeneGene];

/// Nodes and edges before they are sorted into a [`ContextGraph`].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ContextEdges {
    kinds: Vec<NodeKind>,
    edges: Vec<(u32, u32, EdgeKind, f32)>,
}

impl ContextEdges {
    /// Ties molecules to their profiles (weight 1), to each other (Tanimoto of at least `similarity`), profiles to
    /// the `neighbors` most correlated of their source (the correlation), drugs to their targets' genes (1) and genes
    /// to genes (1).
    pub fn new(
        graph: &Similarity,
        similarity: f32,
        profiles: &[Profiles],
        neighbors: usize,
        genes: &Genes,
    ) -> Self {
        let mut all = Self { kinds: vec![NodeKind::Molecule; graph.len()], edges: Vec::new() };
        for i in 0..graph.len() {
            for (j, s) in graph.row(i).filter(|(_, s)| *s >= similarity) {
                // Rounding may lift a similarity of equal fingerprints above 1.
                all.edges.push((i as u32, j, EdgeKind::Similarity, s.min(1.0)));
            }
        }
        for source in profiles {
            let first = all.kinds.len() as u32;
            all.kinds.extend(vec![source.kind; source.molecules.len()]);
            for (row, &molecule) in (first..).zip(&source.molecules) {
                all.edges.push((molecule, row, EdgeKind::Observation, 1.0));
            }
            let tied = correlated(source, neighbors).into_iter();
            all.edges.extend(
                tied.map(|(a, b, r)| (first + a, first + b, EdgeKind::Similarity, r.min(1.0))),
            );
        }
        let first = all.kinds.len() as u32;
        all.kinds.extend(vec![NodeKind::Gene; genes.names.len()]);
        for &(molecule, gene) in &genes.targets {
            all.edges.push((molecule, first + gene, EdgeKind::DrugTarget, 1.0));
        }
        for &(a, b) in &genes.pairs {
            all.edges.push((first + a, first + b, EdgeKind::GeneGene, 1.0));
        }
        all
    }

    /// Number of edges of each kind, repetitions counted.
    pub fn counts(&self) -> Vec<(String, usize)> {
        let count = |kind| self.edges.iter().filter(|e| e.2 == kind).count();
        EDGE_KINDS.iter().map(|&kind| (format!("{kind:?}"), count(kind))).collect()
    }

    /// The graph itself.
    ///
    /// # Errors
    /// If an edge leads nowhere or its weight is out of range.
    pub fn build(&self) -> Result<ContextGraph> {
        let mut builder = ContextGraphBuilder::new();
        for &kind in &self.kinds {
            builder.node(kind);
        }
        for &(a, b, kind, weight) in &self.edges {
            builder.edge(a, b, kind, weight);
        }
        Ok(builder.build()?)
    }

    /// As arrays: `kinds` a node; `from`, `to`, `kind`, `weight` an edge. Node kinds: 0 molecule, 1 cell, 2 gene,
    /// 3 expression; edge kinds: 0 observation, 1 similarity, 2 drug–target, 3 gene–gene.
    pub fn arrays(&self) -> Arrays {
        let mut arrays = Arrays::default();
        let number = |kind: &NodeKind| NODE_KINDS.iter().position(|k| k == kind).unwrap_or(0) as u8;
        arrays.put(
            "kinds",
            &[self.kinds.len()],
            &self.kinds.iter().map(number).collect::<Vec<_>>(),
        );
        let n = [self.edges.len()];
        let number = |kind: EdgeKind| EDGE_KINDS.iter().position(|k| *k == kind).unwrap_or(0) as u8;
        arrays.put("from", &n, &self.edges.iter().map(|e| e.0).collect::<Vec<_>>());
        arrays.put("to", &n, &self.edges.iter().map(|e| e.1).collect::<Vec<_>>());
        arrays.put("kind", &n, &self.edges.iter().map(|e| number(e.2)).collect::<Vec<_>>());
        arrays.put("weight", &n, &self.edges.iter().map(|e| e.3).collect::<Vec<_>>());
        arrays
    }

    /// From those arrays.
    ///
    /// # Errors
    /// If one is absent, the lengths differ, or a kind is unknown.
    pub fn from_arrays(mut arrays: Arrays) -> Result<Self> {
        let unknown = |kind: u8| format!("context graph: no node or edge is of kind {kind}");
        let kinds = arrays.vector::<u8>("kinds")?.into_iter();
        let kinds = kinds
            .map(|k| NODE_KINDS.get(usize::from(k)).copied().ok_or_else(|| unknown(k).into()))
            .collect::<Result<_>>()?;
        let (from, to) = (arrays.vector::<u32>("from")?, arrays.vector::<u32>("to")?);
        let (kind, weight) = (arrays.vector::<u8>("kind")?, arrays.vector::<f32>("weight")?);
        if [to.len(), kind.len(), weight.len()] != [from.len(); 3] {
            return Err("context graph: the edges' arrays differ in length".into());
        }
        let edges = from.into_iter().zip(to).zip(kind).zip(weight);
        let edges = edges
            .map(|(((a, b), k), w)| {
                let kind = EDGE_KINDS.get(usize::from(k)).ok_or_else(|| unknown(k))?;
                Ok((a, b, *kind, w))
            })
            .collect::<Result<_>>()?;
        Ok(Self { kinds, edges })
    }
}

/// (row, row, correlation) of each profile and its most correlated others.
fn correlated(source: &Profiles, neighbors: usize) -> Vec<(u32, u32, f32)> {
    let unit = |row: ArrayView1<'_, f32>| {
        let centred = &row - row.mean().unwrap_or(0.0);
        let length = centred.dot(&centred).sqrt().max(1e-6);
        centred / length
    };
    let units: Vec<_> = source.values.rows().into_iter().map(unit).collect();
    let nearest = |a: usize| {
        let mut others: Vec<(f32, u32)> = (0..units.len())
            .filter(|&b| b != a)
            .map(|b| (units[a].dot(&units[b]), b as u32))
            .filter(|(r, _)| *r >= CORRELATED)
            .collect();
        others.sort_by(|x, y| y.0.total_cmp(&x.0).then(x.1.cmp(&y.1)));
        others.truncate(neighbors);
        others.into_iter().map(|(r, b)| (a as u32, b, r)).collect::<Vec<_>>()
    };
    (0..units.len()).into_par_iter().flat_map_iter(nearest).collect()
}
