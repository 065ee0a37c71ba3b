//! Modality augmentation (MA): missing read-outs filled in from similar molecules (paper, "Modality
//! Augmentation").

use super::rng::Rng;
use chmr::reference::PackedFingerprints;
use ndarray::{Array2, ArrayView2};
use rayon::prelude::*;
use std::fmt;

/// Each molecule's nearest others, with weights that sum to 1 over a row: W of the paper, sparse.
#[derive(Clone, Debug, PartialEq)]
pub struct SimilarityGraph {
    offsets: Vec<usize>,
    neighbors: Vec<u32>,
    weights: Vec<f32>,
}

impl SimilarityGraph {
    /// The exact `k` nearest neighbours by Tanimoto similarity among `words` (fingerprints of `bits` bits, row
    /// after row, as [`PackedFingerprints::new`] takes them), without the molecule itself, those below
    /// `threshold` or of similarity 0 left out. Weight = similarity^`power` before the rows are normalised
    /// (the paper: 1).
    ///
    /// # Errors
    /// If the fingerprints do not fit `bits`.
    pub fn nearest(
        bits: usize,
        words: &[u64],
        k: usize,
        threshold: f32,
        power: i32,
    ) -> Result<Self, chmr::reference::PackError> {
        let packed = PackedFingerprints::new(bits, words)?;
        let rows: Vec<Vec<(u32, f32)>> = words
            .par_chunks(bits / 64)
            .enumerate()
            .map(|(i, query)| {
                packed
                    .top_k(query, k.saturating_add(1), threshold)
                    .into_iter()
                    .filter(|n| n.id as usize != i && n.similarity > 0.0)
                    .take(k)
                    .map(|n| (n.id, n.similarity.powi(power)))
                    .collect()
            })
            .collect();
        Ok(Self::from_rows(&rows))
    }

    /// From each row's (neighbour, positive weight) pairs; weights are divided by their row's sum.
    pub fn from_rows(rows: &[Vec<(u32, f32)>]) -> Self {
        let mut graph = Self { offsets: vec![0], neighbors: Vec::new(), weights: Vec::new() };
        for row in rows {
            let sum: f32 = row.iter().map(|n| n.1).sum();
            for &(id, weight) in row.iter().filter(|n| n.1 > 0.0) {
                graph.neighbors.push(id);
                graph.weights.push(weight / sum);
            }
            graph.offsets.push(graph.neighbors.len());
        }
        graph
    }

    /// Number of molecules.
    pub fn len(&self) -> usize {
        self.offsets.len() - 1
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Row `i` of W: (neighbour, weight), nearest first.
    ///
    /// # Panics
    /// If `i` is out of range.
    pub fn row(&self, i: usize) -> impl Iterator<Item = (u32, f32)> + '_ {
        let range = self.offsets[i]..self.offsets[i + 1];
        self.neighbors[range.clone()].iter().copied().zip(self.weights[range].iter().copied())
    }
}

/// How a missing modality is filled; all but the first are ablations.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Imputation {
    /// xᵢ ← Σⱼ Wᵢⱼ xⱼ, this many times, observed rows restored after every step; missing rows start at 0.
    Propagate {
        /// T.
        steps: usize,
        /// Divides each average by the weight of the neighbours that carry information, instead of letting those
        /// that are still empty pull towards 0. The paper's formula is `false`; real data, where one molecule
        /// in hundreds is observed, wants `true`.
        informed_only: bool,
    },
    /// All zeros.
    Zero,
    /// Each entry drawn from the observed values of its column.
    Random {
        /// Of the draw.
        seed: u64,
    },
    /// The mean of the observed rows.
    Mean,
}

/// A modality without gaps.
#[derive(Clone, Debug, PartialEq)]
pub struct Augmented {
    /// [molecules, width]: observed rows untouched, the others imputed.
    pub values: Array2<f32>,
    /// [molecules, width]: what imputation says about every row, the observed ones included, which then take no
    /// part in the last step's own average. The "augmented" view that VICReg compares with the observed one.
    pub unrestored: Array2<f32>,
    /// Whether a row is observed or had an observed molecule within T hops. The other rows hold 0 under
    /// propagation; treat them as absent.
    pub informed: Vec<bool>,
    /// Whether a row of `unrestored` says anything: under propagation, whether a neighbour was informed.
    pub reached: Vec<bool>,
}

/// Why a modality could not be augmented.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AugmentError(String);

impl fmt::Display for AugmentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for AugmentError {}

/// Fills the rows of `values` [molecules, width] that `observed` says are missing; what they hold is ignored.
///
/// Works on standardised features, so that 0 is the mean. The result depends on nothing but the arguments:
/// every row is summed in the order of its neighbours, whatever the number of threads.
///
/// # Errors
/// If the lengths differ, a neighbour is out of range, or an observed value is not finite.
pub fn augment(
    graph: &SimilarityGraph,
    values: ArrayView2<'_, f32>,
    observed: &[bool],
    how: Imputation,
) -> Result<Augmented, AugmentError> {
    let (n, width) = values.dim();
    if graph.len() != n || observed.len() != n {
        return Err(AugmentError(format!(
            "{n} rows of values, {} marks of which are observed, a graph of {} molecules; expected as many",
            observed.len(),
            graph.len()
        )));
    }
    if let Some(&bad) = graph.neighbors.iter().find(|&&j| j as usize >= n) {
        return Err(AugmentError(format!("neighbour {bad} in a graph of {n} molecules")));
    }
    let mut start = Array2::<f32>::zeros((n, width));
    for i in (0..n).filter(|&i| observed[i]) {
        if let Some(column) = values.row(i).iter().position(|v| !v.is_finite()) {
            return Err(AugmentError(format!(
                "row {i}, column {column} is observed but not finite"
            )));
        }
        start.row_mut(i).assign(&values.row(i));
    }
    let unrestored = match how {
        Imputation::Propagate { steps, informed_only } => {
            return Ok(propagate(graph, start, observed, steps, informed_only));
        }
        Imputation::Zero => Array2::zeros((n, width)),
        Imputation::Mean => {
            let count = observed.iter().filter(|o| **o).count().max(1) as f64;
            let mut sums = vec![0f64; width];
            for i in (0..n).filter(|&i| observed[i]) {
                sums.iter_mut().zip(start.row(i)).for_each(|(s, v)| *s += f64::from(*v));
            }
            Array2::from_shape_fn((n, width), |(_, c)| (sums[c] / count) as f32)
        }
        Imputation::Random { seed } => {
            let pool: Vec<usize> = (0..n).filter(|&i| observed[i]).collect();
            let mut rng = Rng::named(seed, "random imputation");
            Array2::from_shape_fn((n, width), |(_, c)| {
                if pool.is_empty() { 0.0 } else { start[[pool[rng.below(pool.len())], c]] }
            })
        }
    };
    let mut values = unrestored.clone();
    restore(&mut values, &start, observed);
    Ok(Augmented { values, unrestored, informed: vec![true; n], reached: vec![true; n] })
}

fn restore(values: &mut Array2<f32>, start: &Array2<f32>, observed: &[bool]) {
    for i in (0..observed.len()).filter(|&i| observed[i]) {
        values.row_mut(i).assign(&start.row(i));
    }
}

fn propagate(
    graph: &SimilarityGraph,
    start: Array2<f32>,
    observed: &[bool],
    steps: usize,
    informed_only: bool,
) -> Augmented {
    let (n, width) = start.dim();
    let mut values = start.clone();
    let mut unrestored = Array2::zeros((n, width));
    let mut informed = observed.to_vec();
    let mut reached = vec![false; n];
    for _ in 0..steps {
        let rows: Vec<(Vec<f32>, bool)> = (0..n)
            .into_par_iter()
            .map(|i| {
                let (mut sum, mut total) = (vec![0f32; width], 0f32);
                for (j, w) in graph.row(i).filter(|(j, _)| informed[*j as usize]) {
                    total += w;
                    sum.iter_mut().zip(values.row(j as usize)).for_each(|(s, v)| *s += w * v);
                }
                if informed_only && total > 0.0 {
                    sum.iter_mut().for_each(|s| *s /= total);
                }
                (sum, total > 0.0)
            })
            .collect();
        for (i, (row, some)) in rows.into_iter().enumerate() {
            unrestored.row_mut(i).iter_mut().zip(row).for_each(|(u, v)| *u = v);
            reached[i] = some;
            informed[i] |= some;
        }
        values.assign(&unrestored);
        restore(&mut values, &start, observed);
    }
    Augmented { values, unrestored, informed, reached }
}
