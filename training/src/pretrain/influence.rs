//! Modality augmentation without its matrices.
//!
//! Propagation is linear in the observed rows: what a molecule is given is Σ wₒ xₒ over the observed molecules o
//! within T hops. The weights wₒ depend on the graph alone, so they are computed once, a short list a molecule, and a
//! batch's rows are summed up when it is made. The full matrices of
//! [`augment`](crate::chmr::modality_augmentation::augment), molecules × features twice a modality, would not fit
//! into memory.

use crate::chmr::modality_augmentation::SimilarityGraph;
use rayon::prelude::*;

/// For each molecule, the observed rows that speak for it and with what weight, ascending by row; itself never on
/// the last step, even where it is observed. Empty: nothing is known around it.
#[derive(Clone, Debug, PartialEq)]
pub struct Influence {
    rows: Vec<Vec<(u32, f32)>>,
}

impl Influence {
    /// Propagates over `graph` for `steps` steps, each average divided by the weight of the neighbours that carry
    /// information. `observed`: the molecules with an observed row, in the order of the rows.
    ///
    /// # Panics
    /// If a molecule is beyond the graph.
    pub fn new(graph: &SimilarityGraph, observed: &[u32], steps: usize) -> Self {
        let n = graph.len();
        let mut own = vec![None; n];
        for (row, &molecule) in (0u32..).zip(observed) {
            own[molecule as usize] = Some(row);
        }
        let start = |i: usize| own[i].map(|row| (row, 1.0)).into_iter().collect::<Vec<_>>();
        let mut current: Vec<Vec<(u32, f32)>> = (0..n).map(start).collect();
        let mut spoken = vec![Vec::new(); n];
        for _ in 0..steps {
            spoken = (0..n)
                .into_par_iter()
                .map_init(
                    || (vec![0f32; observed.len()], Vec::new()),
                    |(sums, touched), i| average(graph, &current, i, sums, touched),
                )
                .collect();
            current = (0..n)
                .map(|i| if own[i].is_some() { start(i) } else { spoken[i].clone() })
                .collect();
        }
        Self { rows: spoken }
    }

    /// (observed row, weight) pairs of a molecule; the weights sum to 1, or there are none.
    ///
    /// # Panics
    /// If the molecule is out of range.
    pub fn row(&self, molecule: u32) -> &[(u32, f32)] {
        &self.rows[molecule as usize]
    }

    /// Share of the molecules that something is known around.
    pub fn coverage(&self) -> f64 {
        let informed = self.rows.iter().filter(|r| !r.is_empty()).count();
        informed as f64 / self.rows.len().max(1) as f64
    }
}

/// The weighted average of the lists of molecule `i`'s informed neighbours. `sums` is all 0 before and after.
fn average(
    graph: &SimilarityGraph,
    current: &[Vec<(u32, f32)>],
    i: usize,
    sums: &mut [f32],
    touched: &mut Vec<u32>,
) -> Vec<(u32, f32)> {
    let mut total = 0f32;
    for (j, weight) in graph.row(i).filter(|(j, _)| !current[*j as usize].is_empty()) {
        total += weight;
        for &(row, share) in &current[j as usize] {
            let sum = &mut sums[row as usize];
            if *sum == 0.0 {
                touched.push(row);
            }
            *sum += weight * share;
        }
    }
    touched.sort_unstable();
    // A weight that underflowed to 0 may have been touched twice.
    touched.dedup();
    touched
        .drain(..)
        .map(|row| (row, std::mem::take(&mut sums[row as usize]) / total))
        .filter(|(_, weight)| *weight > 0.0)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chmr::modality_augmentation::{Imputation, augment};
    use crate::chmr::rng::Rng;
    use ndarray::Array2;

    #[test]
    fn says_what_augmentation_says() {
        let (n, width) = (40, 3);
        let mut rng = Rng::new(1);
        let rows: Vec<Vec<(u32, f32)>> = (0..n)
            .map(|i| {
                let others = (0..4).map(|_| rng.below(n) as u32).filter(|j| *j != i as u32);
                others.collect::<Vec<_>>().into_iter().map(|j| (j, 0.3)).collect()
            })
            .collect();
        let graph = SimilarityGraph::from_rows(&rows);
        let observed: Vec<u32> = vec![3, 7, 20, 21];
        let mut values = Array2::<f32>::zeros((n, width));
        observed.iter().for_each(|&o| {
            values.row_mut(o as usize).iter_mut().for_each(|v| *v = rng.normal() as f32);
        });
        let marks: Vec<bool> = (0..n).map(|i| observed.contains(&(i as u32))).collect();
        for steps in 1..4 {
            let how = Imputation::Propagate { steps, informed_only: true };
            let expected = augment(&graph, values.view(), &marks, how).unwrap();
            let influence = Influence::new(&graph, &observed, steps);
            for i in 0..n {
                let row = influence.row(i as u32);
                assert_eq!(!row.is_empty(), expected.reached[i], "molecule {i}, {steps} steps");
                for c in 0..width {
                    let sum: f32 = row
                        .iter()
                        .map(|(o, w)| w * values[[observed[*o as usize] as usize, c]])
                        .sum();
                    assert!((sum - expected.unrestored[[i, c]]).abs() < 1e-5);
                }
            }
        }
    }
}
