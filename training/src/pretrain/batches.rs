//! Batches of a prepared data set.

use super::config::{Augmentation, PretrainConfig};
use super::influence::Influence;
use crate::Result;
use crate::chmr::batch::{Batch, BiologyBatch, LabelBatch, StructureBatch};
use crate::chmr::context_graph::ContextGraph;
use crate::chmr::contextual_propagation::random_walks;
use crate::chmr::encoders::GraphBatch;
use crate::chmr::rng::Rng;
use crate::data::Prepared;
use crate::data::profiles::Profiles;
use candle_core::{Device, Tensor};
use chmr::chem::{Limits, parse_smiles};
use chmr::features::{GraphTensors, graph};
use ndarray::Array1;
use rayon::prelude::*;
use std::collections::HashMap;

/// One biological modality: who was observed, and who speaks for whom.
struct Modality<'a> {
    profiles: &'a Profiles,
    row_of: HashMap<u32, u32>,
    influence: Influence,
    mean: Array1<f32>,
}

/// Makes batches on a device.
pub struct Batches<'a> {
    prepared: &'a Prepared,
    config: &'a PretrainConfig,
    device: Device,
    modalities: Vec<Modality<'a>>,
    context: ContextGraph,
    /// A molecule each, if the model has a 2D encoder.
    graphs: Option<Vec<GraphTensors>>,
}

impl<'a> Batches<'a> {
    /// Builds the context graph, the augmentation's weights and, for a 2D encoder, the molecular graphs.
    ///
    /// # Errors
    /// If the configuration names a modality that is not prepared, or wants more neighbours than are.
    pub fn new(
        prepared: &'a Prepared,
        config: &'a PretrainConfig,
        device: &Device,
    ) -> Result<Self> {
        if config.neighbors > prepared.index.config.neighbors {
            return Err(format!(
                "[pretrain] wants {} neighbours; {} were prepared",
                config.neighbors, prepared.index.config.neighbors
            )
            .into());
        }
        let weights = prepared.similarity.weights(config.neighbors, 1);
        let modalities = chosen(prepared, config)?
            .into_iter()
            .map(|profiles| Modality {
                row_of: profiles.molecules.iter().copied().zip(0..).collect(),
                influence: Influence::new(&weights, &profiles.molecules, config.hops),
                mean: profiles
                    .values
                    .mean_axis(ndarray::Axis(0))
                    .unwrap_or_else(|| Array1::zeros(profiles.features.len())),
                profiles,
            })
            .collect();
        let graphs = config.graph.map(|_| graphs(&prepared.smiles));
        let context = prepared.context.build()?;
        Ok(Self { prepared, config, device: device.clone(), modalities, context, graphs })
    }

    /// Name and share of the molecules that augmentation reaches, a modality.
    pub fn coverage(&self) -> Vec<(String, f64)> {
        let all = self.modalities.iter();
        all.map(|m| (m.profiles.name.clone(), m.influence.coverage())).collect()
    }

    /// Whether a molecule has an observed profile of a modality that takes part.
    pub fn observed(&self, molecule: u32) -> bool {
        self.modalities.iter().any(|m| m.row_of.contains_key(&molecule))
    }

    /// The batch of `molecules`; walks and random imputation depend on `seed`.
    ///
    /// # Errors
    /// None but candle's own.
    pub fn batch(&self, molecules: &[u32], seed: u64) -> Result<Batch> {
        let n = molecules.len();
        let features = &self.prepared.features;
        let vector = self.tensor(features.vectors(molecules), n, features.width())?;
        let graphs = match &self.graphs {
            None => None,
            Some(all) => {
                let chosen = molecules.iter().map(|&m| &all[m as usize]);
                Some(GraphBatch::new(chosen, &self.device)?)
            }
        };
        let c = self.config;
        let visits = if c.lambda_cpr > 0.0 {
            random_walks(&self.context, molecules, c.walk_length, c.walks, seed)
        } else {
            Vec::new()
        };
        Ok(Batch {
            structure: StructureBatch { vector, graphs, shape: None },
            biology: self
                .modalities
                .iter()
                .map(|m| self.biology(m, molecules, seed))
                .collect::<Result<_>>()?,
            visits,
            labels: self.labels(molecules)?,
        })
    }

    fn biology(&self, m: &Modality<'_>, molecules: &[u32], seed: u64) -> Result<BiologyBatch> {
        let (n, width) = (molecules.len(), m.profiles.features.len());
        let (mut values, mut augmented) = (vec![0f32; n * width], vec![0f32; n * width]);
        let (mut informed, mut observed) = (Vec::new(), Vec::new());
        let rows = values.chunks_exact_mut(width).zip(augmented.chunks_exact_mut(width));
        for ((i, &molecule), (value, twin)) in (0u32..).zip(molecules).zip(rows) {
            let reached = self.impute(m, molecule, seed, twin);
            let own = m.row_of.get(&molecule);
            match own {
                Some(&row) => copy(value, m.profiles.values.row(row as usize).iter()),
                None => value.copy_from_slice(twin),
            }
            if own.is_some() || reached {
                informed.push(i);
            }
            if own.is_some() && reached {
                observed.push(i);
            }
        }
        Ok(BiologyBatch {
            values: self.tensor(values, n, width)?,
            augmented: self.tensor(augmented, n, width)?,
            informed,
            observed,
        })
    }

    /// What augmentation says of a molecule; `false` if nothing.
    fn impute(&self, m: &Modality<'_>, molecule: u32, seed: u64, out: &mut [f32]) -> bool {
        let values = &m.profiles.values;
        match self.config.augmentation {
            Augmentation::Zero => {}
            Augmentation::Mean => copy(out, m.mean.iter()),
            Augmentation::Random => {
                let mut rng = Rng::new(seed ^ (u64::from(molecule) << 32));
                let rows = values.nrows();
                out.iter_mut().enumerate().for_each(|(c, o)| *o = values[[rng.below(rows), c]]);
            }
            Augmentation::Propagate => {
                for &(row, weight) in m.influence.row(molecule) {
                    let row = values.row(row as usize);
                    out.iter_mut().zip(row).for_each(|(o, v)| *o += weight * v);
                }
                return !m.influence.row(molecule).is_empty();
            }
        }
        true
    }

    fn labels(&self, molecules: &[u32]) -> Result<Option<LabelBatch>> {
        let labels = &self.prepared.labels;
        let tasks = labels.tasks.len();
        let of = |m: u32| &labels.rows[m as usize];
        let rows: Vec<u32> =
            (0..).zip(molecules).filter(|(_, m)| !of(**m).is_empty()).map(|(i, _)| i).collect();
        if rows.is_empty() || self.config.lambda_supervised == 0.0 {
            return Ok(None);
        }
        let (mut targets, mut weights) =
            (vec![0f32; rows.len() * tasks], vec![0f32; rows.len() * tasks]);
        for (i, &row) in rows.iter().enumerate() {
            for &(task, value) in of(molecules[row as usize]) {
                targets[i * tasks + task as usize] = value;
                weights[i * tasks + task as usize] = 1.0;
            }
        }
        let (targets, weights) =
            (self.tensor(targets, rows.len(), tasks)?, self.tensor(weights, rows.len(), tasks)?);
        Ok(Some(LabelBatch { rows, targets, weights }))
    }

    fn tensor(&self, values: Vec<f32>, rows: usize, columns: usize) -> Result<Tensor> {
        Ok(Tensor::from_vec(values, (rows, columns), &Device::Cpu)?.to_device(&self.device)?)
    }
}

/// The prepared profiles that a configuration takes.
pub(super) fn chosen<'a>(
    prepared: &'a Prepared,
    config: &PretrainConfig,
) -> Result<Vec<&'a Profiles>> {
    // A source without a row, as a smoke configuration may have, is no modality.
    let with_rows = |p: &&Profiles| !p.molecules.is_empty();
    let Some(names) = &config.modalities else {
        return Ok(prepared.profiles.iter().filter(with_rows).collect());
    };
    names
        .iter()
        .map(|name| {
            prepared
                .profiles
                .iter()
                .find(|p| p.name == *name && with_rows(p))
                .ok_or_else(|| format!("[pretrain] modality {name} is not prepared").into())
        })
        .collect()
}

/// Graphs of all molecules; an empty one for the few that the encoding does not model.
fn graphs(smiles: &[String]) -> Vec<GraphTensors> {
    let none = || GraphTensors { node_features: vec![], edge_index: vec![], edge_features: vec![] };
    let one = |s: &String| {
        let molecule = parse_smiles(s, &Limits::default()).ok()?;
        graph(&molecule).ok()
    };
    smiles.par_iter().map(|s| one(s).unwrap_or_else(none)).collect()
}

fn copy<'a>(out: &mut [f32], values: impl Iterator<Item = &'a f32>) {
    out.iter_mut().zip(values).for_each(|(o, v)| *o = *v);
}
