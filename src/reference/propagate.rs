//! The paper's propagation, plain.

use crate::cancel::Cancel;
use crate::error::Error;
use ndarray::{Array2, ArrayView2};
use std::collections::VecDeque;

/// The paper's imputation of a molecule outside the library: it listens to the `neighbors` most
/// similar members of the library, weighted by similarity, in a graph where these listen to theirs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Propagation {
    /// K: neighbours of each molecule.
    pub neighbors: usize,
    /// T: steps; the molecule itself takes the last.
    pub steps: usize,
}

impl Default for Propagation {
    /// K = 10 and T = 3.
    fn default() -> Self {
        Self { neighbors: 10, steps: 3 }
    }
}

/// A neighbour graph: for each row, the rows it listens to and how much. Weights need not sum to one.
pub type Graph = Vec<Vec<(u32, f32)>>;

/// Modality augmentation as the paper defines it (MA): for `steps` steps, xᵢ ← Σⱼ Wᵢⱼ xⱼ over the
/// neighbours of *i*, with each row of *W* scaled to sum to one, observed rows restored after every
/// step. `values` is rows × features; rows with `observed[i]` false start at zero whatever they hold.
/// A row without neighbours stays as it is.
///
/// # Panics
/// If the lengths differ or a neighbour is no row.
pub fn propagate(
    values: ArrayView2<'_, f32>,
    observed: &[bool],
    graph: &Graph,
    steps: usize,
) -> Array2<f32> {
    propagate_until(values, observed, graph, steps, &Cancel::never())
        .unwrap_or_else(|_| values.to_owned())
}

/// As [`propagate`]; `cancel` is heard between rows.
pub(super) fn propagate_until(
    values: ArrayView2<'_, f32>,
    observed: &[bool],
    graph: &Graph,
    steps: usize,
    cancel: &Cancel,
) -> Result<Array2<f32>, Error> {
    assert_eq!(values.nrows(), observed.len(), "one flag a row");
    assert_eq!(values.nrows(), graph.len(), "one neighbour list a row");
    let mut current = values.to_owned();
    for (mut row, _) in current.rows_mut().into_iter().zip(observed).filter(|(_, o)| !**o) {
        row.fill(0.0);
    }
    for _ in 0..steps {
        let mut next = current.clone();
        for (i, neighbors) in graph.iter().enumerate() {
            cancel.check()?;
            let total: f32 = neighbors.iter().map(|n| n.1).sum();
            if observed[i] || total <= 0.0 {
                continue;
            }
            let mut row = next.row_mut(i);
            row.fill(0.0);
            for &(j, weight) in neighbors {
                row.scaled_add(weight / total, &current.row(j as usize));
            }
        }
        current = next;
    }
    Ok(current)
}

/// For each row, the steps along `graph` to the nearest observed one; 0 for an observed row itself.
///
/// # Panics
/// If the lengths differ or a neighbour is no row.
pub fn hops(observed: &[bool], graph: &Graph) -> Vec<Option<u32>> {
    assert_eq!(observed.len(), graph.len(), "one neighbour list a row");
    // Information flows against the edges: from each row to those that listen to it.
    let mut listeners = vec![Vec::new(); graph.len()];
    for (i, neighbors) in graph.iter().enumerate() {
        neighbors.iter().for_each(|&(j, _)| listeners[j as usize].push(i));
    }
    let mut found: Vec<Option<u32>> = observed.iter().map(|&o| o.then_some(0)).collect();
    let mut queue: VecDeque<usize> = (0..observed.len()).filter(|&i| observed[i]).collect();
    while let Some(i) = queue.pop_front() {
        let next = found[i].map(|h| h + 1);
        for &listener in &listeners[i] {
            if found[listener].is_none() {
                found[listener] = next;
                queue.push_back(listener);
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    /// A chain 0 - 1 - 2 with row 0 observed, and 3 alone.
    fn chain() -> (Array2<f32>, [bool; 4], Graph) {
        let values = array![[4.0f32, -2.0], [9.0, 9.0], [9.0, 9.0], [9.0, 9.0]];
        let graph = vec![vec![(1, 1.0)], vec![(0, 0.5), (2, 0.5)], vec![(1, 2.0)], vec![]];
        (values, [true, false, false, false], graph)
    }

    #[test]
    fn observed_rows_stay_and_reach_further_each_step() {
        let (values, observed, graph) = chain();
        let one = propagate(values.view(), &observed, &graph, 1);
        assert_eq!(one, array![[4.0, -2.0], [2.0, -1.0], [0.0, 0.0], [0.0, 0.0]]);
        let two = propagate(values.view(), &observed, &graph, 2);
        assert_eq!(two, array![[4.0, -2.0], [2.0, -1.0], [2.0, -1.0], [0.0, 0.0]]);
        // The limit is harmonic: with one source, everything connected to it agrees.
        let many = propagate(values.view(), &observed, &graph, 200);
        assert!((many[[2, 0]] - 4.0).abs() < 1e-4, "{many}");
    }

    #[test]
    fn hops_count_the_way_to_an_observed_row() {
        let (_, observed, graph) = chain();
        assert_eq!(hops(&observed, &graph), [Some(0), Some(1), Some(2), None]);
    }
}
