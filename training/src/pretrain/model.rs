//! The model of a run: what it is made of, and what is kept of it.

use super::batches::chosen;
use super::config::PretrainConfig;
use crate::Result;
use crate::backbone::{Backbone, BackboneConfig};
use crate::chmr::contextual_propagation::{MinMax, TargetTable, Targets};
use crate::chmr::objective::{Chmr, Modality};
use crate::chmr::parameters::Parameters;
use crate::data::{Prepared, features};
use crate::keep::Files;
use candle_core::Tensor;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};
use std::path::Path;

/// `model.json`: what the weights of `model.safetensors` belong to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ModelCard {
    /// How it was pretrained.
    pub config: PretrainConfig,
    /// SHA-256 of configuration and prepared data.
    pub identity: String,
    /// Biological modalities in order: name, features. Projectors: `projector_NAME`.
    pub modalities: Vec<(String, usize)>,
    /// Reconstructed tables: name, features. Decoders: `decoder.NAME`.
    pub tables: Vec<(String, usize)>,
    /// Tasks of the supervised head, `supervision`; empty without one.
    pub tasks: Vec<String>,
}

impl ModelCard {
    pub(super) fn new(prepared: &Prepared, config: &PretrainConfig) -> Result<Self> {
        let modalities: Vec<(String, usize)> =
            chosen(prepared, config)?.iter().map(|p| (p.name.clone(), p.features.len())).collect();
        let mut tables = modalities.clone();
        let bits = prepared.features.width() - prepared.features.descriptors.ncols();
        tables.insert(0, (MOLECULE.to_owned(), bits));
        let tasks = match config.objective(prepared.labels.tasks.len()).tasks {
            0 => Vec::new(),
            _ => prepared.labels.tasks.clone(),
        };
        let text = serde_json::to_string(&(config, &prepared.index.identity))?;
        let identity = chmr::model::sha256_hex(text.as_bytes());
        Ok(Self { config: config.clone(), identity, modalities, tables, tasks })
    }
}

/// Name of the table of molecules' fingerprints.
const MOLECULE: &str = "molecule";

/// A fresh model whose weights live in `p`.
pub(super) fn build(p: &Parameters, prepared: &Prepared, config: &PretrainConfig) -> Result<Chmr> {
    let modalities: Vec<Modality> = chosen(prepared, config)?
        .iter()
        .map(|s| Modality { name: s.name.clone(), width: s.features.len() })
        .collect();
    let labels = &prepared.labels;
    let objective = config.objective(labels.tasks.len());
    let tables = tables(prepared, config)?;
    let model = Chmr::new(p, prepared.features.width(), &modalities, tables, objective)?;
    if let Some(head) = model.supervision() {
        head.start_at(&prevalence(prepared))?;
    }
    Ok(model)
}

/// What nodes are reconstructed as: a molecule as its keys and bits, a profile as its features scaled to 0…1.
fn tables(prepared: &Prepared, config: &PretrainConfig) -> Result<Vec<TargetTable>> {
    let n = prepared.len();
    let width = prepared.features.width() - prepared.features.descriptors.ncols();
    let (mut offsets, mut ones) = (vec![0], Vec::new());
    for molecule in 0..n as u32 {
        ones.extend(prepared.features.bits(molecule).map(|bit| bit as u16));
        offsets.push(ones.len());
    }
    let mut tables = vec![TargetTable {
        name: MOLECULE.to_owned(),
        values: Targets::Bits { width, offsets, ones },
        rows: (0..n as u32).map(|i| (i, i)).collect(),
    }];
    // Nodes stand in the order of the prepared sources, those that a run leaves out included.
    let taken = chosen(prepared, config)?;
    let mut first = n as u32;
    for source in &prepared.profiles {
        let rows = source.molecules.len() as u32;
        if taken.iter().any(|t| t.name == source.name) {
            let values = source.values.view();
            tables.push(TargetTable {
                name: source.name.clone(),
                values: MinMax::fit(values).apply(values).into(),
                rows: (0..rows).map(|row| (first + row, row)).collect(),
            });
        }
        first += rows;
    }
    Ok(tables)
}

/// Mean label of each task over the molecules trained on.
fn prevalence(prepared: &Prepared) -> Vec<f32> {
    let mut sums = vec![(0f64, 0usize); prepared.labels.tasks.len()];
    let rows = prepared.labels.rows.iter().zip(&prepared.held_out).filter(|(_, held)| !**held);
    for &(task, value) in rows.flat_map(|(row, _)| row) {
        let sum = &mut sums[task as usize];
        *sum = (sum.0 + f64::from(value), sum.1 + 1);
    }
    sums.into_iter().map(|(sum, n)| if n == 0 { 0.5 } else { (sum / n as f64) as f32 }).collect()
}

/// Writes the model and its backbone into the run folder.
pub(super) fn write(
    weights: &BTreeMap<String, Tensor>,
    card: &ModelCard,
    prepared: &Prepared,
    run: &Path,
) -> Result<()> {
    let all: HashMap<String, Tensor> = weights.clone().into_iter().collect();
    let mut files = Files::new();
    files.candle(&run.join("model.safetensors"), &all)?;
    files.write(&run.join("model.json"), serde_json::to_string_pretty(card)?)?;
    let c = &card.config;
    let mut config =
        BackboneConfig::new(&features::layout(), (c.hidden > 0).then_some(c.hidden), c.latent);
    config.graph = c.graph;
    config.identity.clone_from(&card.identity);
    let backbone = Backbone::from_weights(config, prepared.standardizer.clone(), weights)?;
    backbone.write(run, &mut files)?;
    files.commit()
}
