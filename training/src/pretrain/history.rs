//! What a run leaves for its report: `history.json`.

use crate::Result;
use crate::chmr::batch::Losses;
use crate::keep;
use candle_core::{DType, Tensor};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::Path;

/// Mean losses over some steps, by part; parts that are switched off are 0.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Parts {
    /// The weighted sum that is minimised.
    pub total: f64,
    /// L_CPR.
    pub cpr: f64,
    /// InfoNCE, summed over modalities.
    pub info_nce: f64,
    /// VICReg, summed over modalities.
    pub vicreg: f64,
    /// L_TreeVQ.
    pub vq: f64,
    /// Cross-entropy of the labelled tables.
    pub supervised: f64,
    /// L_CPR by target table, over the steps in which it occurred.
    pub reconstruction: BTreeMap<String, f64>,
}

/// One epoch.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Epoch {
    /// From 1.
    pub epoch: usize,
    /// Learning rate of its last step.
    pub rate: f64,
    /// Over its training steps, with dropout.
    pub train: Parts,
    /// Over the held-out molecules.
    pub valid: Parts,
    /// Mean AUC % of the supervised tasks that the held-out molecules measure, if any.
    pub valid_auc: Option<f64>,
    /// Different codes used in the epoch, a level of the codebook.
    pub codes: Vec<usize>,
    /// exp of the entropy of the running shares, a level: how many nodes are used as if evenly.
    pub perplexity: Vec<f64>,
    /// Running share of latents that each node receives, a level.
    pub occupancy: Vec<Vec<f64>>,
    /// Nodes revived in the epoch.
    pub revived: usize,
    /// Molecules trained on a second. The one entry that differs between equal runs.
    pub samples_per_second: f64,
}

/// All epochs of a run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct History {
    /// SHA-256 of the configuration and the prepared data.
    pub identity: String,
    /// The run's tasks of the supervised part.
    pub tasks: usize,
    /// Share of the molecules that augmentation reaches, a modality.
    pub coverage: BTreeMap<String, f64>,
    /// One after the other.
    pub epochs: Vec<Epoch>,
    /// The epoch of the lowest validation loss, whose weights were kept; 0 before the first.
    pub best: usize,
    /// Why training ended; empty while it goes on.
    pub ended: String,
}

impl History {
    /// Reads `history.json` of a run folder.
    ///
    /// # Errors
    /// If it is absent or of another form.
    pub fn read(run: &Path) -> Result<Self> {
        let path = run.join("history.json");
        let text =
            std::fs::read_to_string(&path).map_err(|e| format!("{}: {e}", path.display()))?;
        Ok(serde_json::from_str(&text).map_err(|e| format!("{}: {e}", path.display()))?)
    }

    /// Writes it.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn write(&self, run: &Path) -> Result<()> {
        keep::write(&run.join("history.json"), serde_json::to_string_pretty(self)?)
    }
}

/// To nine digits: more than a report needs, and few enough to come back from JSON as they were written.
pub fn rounded(value: f64) -> f64 {
    format!("{value:.8e}").parse().unwrap_or(value)
}

/// Sums up losses step by step.
#[derive(Default)]
pub struct Meter {
    steps: usize,
    sums: [f64; 6],
    tables: BTreeMap<String, (f64, usize)>,
}

impl Meter {
    /// Adds a step's losses, read from the device at once. The total.
    ///
    /// # Errors
    /// None but candle's own.
    pub fn add(&mut self, losses: &Losses) -> Result<f64> {
        let l = losses;
        let mut parts = vec![&l.total, &l.cpr, &l.info_nce, &l.vicreg, &l.vq, &l.supervised];
        parts.extend(l.reconstruction.iter().map(|(_, loss)| loss));
        let parts: Vec<Tensor> = parts.into_iter().map(Tensor::detach).collect();
        let values: Vec<f64> = Tensor::stack(&parts, 0)?.to_dtype(DType::F64)?.to_vec1()?;
        self.sums.iter_mut().zip(&values).for_each(|(sum, v)| *sum += v);
        for ((name, _), v) in l.reconstruction.iter().zip(&values[6..]) {
            let table = self.tables.entry(name.clone()).or_default();
            *table = (table.0 + v, table.1 + 1);
        }
        self.steps += 1;
        Ok(values[0])
    }

    /// The means.
    pub fn parts(&self) -> Parts {
        let [total, cpr, info_nce, vicreg, vq, supervised] =
            self.sums.map(|s| rounded(s / self.steps.max(1) as f64));
        let mean =
            |(name, (sum, n)): (&String, &(f64, usize))| (name.clone(), rounded(sum / *n as f64));
        let reconstruction = self.tables.iter().map(mean).collect();
        Parts { total, cpr, info_nce, vicreg, vq, supervised, reconstruction }
    }
}

/// exp of the entropy of each level's shares.
pub fn perplexity(occupancy: &[Vec<f64>]) -> Vec<f64> {
    let level = |shares: &Vec<f64>| {
        let total: f64 = shares.iter().sum();
        let each = shares.iter().map(|s| s / total).filter(|p| *p > 0.0);
        rounded(each.map(|p| -p * p.ln()).sum::<f64>().exp())
    };
    occupancy.iter().map(level).collect()
}
