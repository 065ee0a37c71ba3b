//! The similarity graph: each molecule's exact nearest others by Tanimoto similarity of Morgan fingerprints.

use super::arrays::{Arrays, check_offsets, offsets};
use crate::Result;
use crate::chmr::modality_augmentation::SimilarityGraph;
use chmr::reference::PackedFingerprints;
use indicatif::ProgressBar;
use rayon::prelude::*;

/// Nearest neighbours of every molecule, nearest first, in compressed rows.
#[derive(Clone, Debug, PartialEq)]
pub struct Similarity {
    offsets: Vec<u64>,
    neighbors: Vec<u32>,
    similarities: Vec<f32>,
}

impl Similarity {
    /// The exact `k` nearest of each of `words` (fingerprints of `bits` bits, row after row), itself and those of
    /// similarity 0 left out. `bar` counts molecules.
    ///
    /// # Errors
    /// If the fingerprints do not fit `bits`.
    pub fn nearest(bits: usize, words: &[u64], k: usize, bar: &ProgressBar) -> Result<Self> {
        let packed = PackedFingerprints::new(bits, words)?;
        let rows: Vec<Vec<(u32, f32)>> = words
            .par_chunks(bits / 64)
            .enumerate()
            .map(|(i, query)| {
                bar.inc(1);
                let found = packed.top_k(query, k + 1, 0.0).into_iter();
                let others = found.filter(|n| n.id as usize != i && n.similarity > 0.0);
                others.take(k).map(|n| (n.id, n.similarity)).collect()
            })
            .collect();
        let (neighbors, similarities) = rows.iter().flatten().copied().unzip();
        Ok(Self { offsets: offsets(rows.iter().map(Vec::len)), neighbors, similarities })
    }

    /// Number of molecules.
    pub fn len(&self) -> usize {
        self.offsets.len() - 1
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// (neighbour, similarity) of molecule `i`, nearest first.
    ///
    /// # Panics
    /// If `i` is out of range.
    pub fn row(&self, i: usize) -> impl Iterator<Item = (u32, f32)> + '_ {
        let range = self.offsets[i] as usize..self.offsets[i + 1] as usize;
        self.neighbors[range.clone()].iter().copied().zip(self.similarities[range].iter().copied())
    }

    /// W of modality augmentation: the `k` nearest, weight = similarity^`power`, rows normalised.
    pub fn weights(&self, k: usize, power: i32) -> SimilarityGraph {
        let row = |i| self.row(i).take(k).map(|(j, s)| (j, s.powi(power))).collect();
        SimilarityGraph::from_rows(&(0..self.len()).map(row).collect::<Vec<_>>())
    }

    /// As arrays `offsets`, `neighbors`, `similarities`.
    pub fn arrays(&self) -> Arrays {
        let mut arrays = Arrays::default();
        arrays.put("offsets", &[self.offsets.len()], &self.offsets);
        arrays.put("neighbors", &[self.neighbors.len()], &self.neighbors);
        arrays.put("similarities", &[self.similarities.len()], &self.similarities);
        arrays
    }

    /// From those arrays.
    ///
    /// # Errors
    /// If one is absent or they do not fit `molecules`.
    pub fn from_arrays(mut arrays: Arrays, molecules: usize) -> Result<Self> {
        let all = Self {
            offsets: arrays.vector("offsets")?,
            neighbors: arrays.vector("neighbors")?,
            similarities: arrays.vector("similarities")?,
        };
        check_offsets("similarity graph", &all.offsets, molecules, all.neighbors.len())?;
        let inside = all.neighbors.iter().all(|&j| (j as usize) < molecules);
        if !inside || all.similarities.len() != all.neighbors.len() {
            return Err("similarity graph: a neighbour beyond the molecules".into());
        }
        Ok(all)
    }
}
