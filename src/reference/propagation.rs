//! Plain propagation of a modality through its library, and the last step that a query takes itself.

use super::library::Library;
use super::modality::{Filled, Modality};
use super::neighbor::Neighbor;
use super::propagate::{Propagation, hops, propagate_until};
use super::support::{Method, Support};
use super::tails::Tails;
use crate::cancel::Cancel;
use crate::error::Error;
use ndarray::Array2;

/// Most values that are propagated, library rows × features: three copies are kept of them.
const MOST: usize = 1 << 24;

/// What the members of a library hold after all steps of propagation but the last.
pub(crate) struct Spread {
    settings: Propagation,
    /// Library rows × features, common scale.
    values: Array2<f32>,
    hops: Vec<Option<u32>>,
    deviation: Vec<f32>,
}

impl Modality {
    /// Prepares [`propagated`](Self::propagated).
    ///
    /// # Errors
    /// [`ErrorKind::Limit`](crate::ErrorKind::Limit) for a library of more than [`MOST`] molecules × features,
    /// [`ErrorKind::Cancelled`](crate::ErrorKind::Cancelled).
    pub(crate) fn spread(
        &self,
        library: &Library,
        settings: Propagation,
        cancel: &Cancel,
    ) -> Result<Spread, Error> {
        let (n, d) = (library.len(), self.profiles().features().len());
        if n.saturating_mul(d) > MOST {
            return Err(Error::limit(format!(
                "propagating {d} features through {n} molecules takes {} values, the limit is {MOST}",
                n.saturating_mul(d)
            )));
        }
        let mut values = Array2::<f32>::zeros((n, d));
        let mut count = vec![0f32; n];
        for (&row, profile) in
            self.profiles().members().iter().zip(self.profiles().values().outer_iter())
        {
            values.row_mut(row as usize).scaled_add(1.0, &profile);
            count[row as usize] += 1.0;
        }
        for (mut row, &count) in values.outer_iter_mut().zip(&count).filter(|(_, c)| **c > 1.0) {
            row /= count;
        }
        let observed: Vec<bool> = count.iter().map(|&c| c > 0.0).collect();
        let graph = library.graph_until(settings.neighbors, cancel)?;
        let steps = settings.steps.saturating_sub(1);
        let values = propagate_until(values.view(), &observed, &graph, steps, cancel)?;
        let (profiles, mean) = (self.profiles().values(), self.profiles().mean());
        let m = profiles.nrows() as f32;
        let deviation = profiles.columns().into_iter().zip(mean).map(|(column, mean)| {
            (column.iter().map(|v| (v - mean).powi(2)).sum::<f32>() / m).sqrt()
        });
        let deviation = deviation.collect();
        Ok(Spread { settings, hops: hops(&observed, &graph), deviation, values })
    }

    /// Imputes molecules by plain propagation: the last step, which each takes itself.
    pub(crate) fn propagated(
        &self,
        library: &Library,
        spread: &Spread,
        queries: &[Vec<u64>],
    ) -> Vec<Filled> {
        let found = library.nearest_batch(queries, spread.settings.neighbors, 0.0);
        let filled = queries.iter().zip(&found);
        filled.map(|(query, found)| self.last_step(library, spread, query, found)).collect()
    }

    fn last_step(
        &self,
        library: &Library,
        spread: &Spread,
        query: &[u64],
        found: &[Neighbor],
    ) -> Filled {
        let members = self.profiles().members();
        let mut support = Support::new(members, &library.similarities(query, members), 0.0);
        let neighbors: Vec<_> = found.iter().filter(|n| n.similarity > 0.0).collect();
        let steps = spread.settings.steps as u32;
        let reached = neighbors.iter().filter_map(|n| spread.hops[n.id as usize]).min();
        support.hops = reached.map(|h| h + 1).filter(|h| *h <= steps);
        if support.hops.is_none() {
            let mean = self.profiles().mean();
            let deviation = spread.deviation.iter().copied();
            let how = (Method::Mean, Tails::default());
            return self.filled(mean.iter().copied(), deviation, support, how);
        }
        let total: f32 = neighbors.iter().map(|n| n.similarity).sum();
        let d = self.profiles().features().len();
        let (mut values, mut squares) = (vec![0f32; d], vec![0f32; d]);
        for n in &neighbors {
            let weight = n.similarity / total;
            let row = spread.values.row(n.id as usize);
            for ((value, square), &v) in values.iter_mut().zip(&mut squares).zip(row) {
                *value += weight * v;
                *square += weight * v * v;
            }
        }
        // How far the neighbours lie apart, weighted as they are averaged.
        let apart: Vec<f32> =
            values.iter().zip(&squares).map(|(v, s)| (s - v * v).max(0.0).sqrt()).collect();
        let how = (Method::Propagation, Tails::default());
        self.filled(values.into_iter(), apart.into_iter(), support, how)
    }
}
