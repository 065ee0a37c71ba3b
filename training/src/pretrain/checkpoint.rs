//! Where an interrupted run goes on: `<run>/checkpoint/`.
//!
//! | file | content |
//! |---|---|
//! | `weights.safetensors` | every parameter and running statistic |
//! | `best.safetensors` | the same of the best epoch so far |
//! | `optimizer.safetensors` | `m.NAME`, `v.NAME`: Adam's moments, flat; `usage.LEVEL` f64: how often each node of the codebook is used |
//! | `state.json` | [`State`]; written last |

use super::history::History;
use crate::Result;
use crate::adamw::AdamW;
use crate::chmr::objective::Chmr;
use crate::chmr::parameters::Parameters;
use crate::keep;
use candle_core::{Device, Tensor};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

/// Everything of a run that is no array.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct State {
    /// Steps done.
    pub step: usize,
    /// Steps of the optimiser.
    pub optimizer_steps: i32,
    /// The lowest validation loss, rounded as reported; absent before the first.
    pub best: Option<f64>,
    /// Epochs since.
    pub waited: usize,
    /// What is reported; its identity tells whether the checkpoint is of this run.
    pub history: History,
}

/// A run in memory.
pub struct Running<'a> {
    /// Its weights.
    pub parameters: &'a Parameters,
    /// The model over them.
    pub model: &'a mut Chmr,
    /// Over `parameters.trained_vars()`.
    pub optimizer: &'a mut AdamW,
    /// The best epoch's weights; empty before the first.
    pub best: &'a mut BTreeMap<String, Tensor>,
    /// The rest.
    pub state: &'a mut State,
}

impl Running<'_> {
    /// Writes the checkpoint: whole in a folder of its own, which then takes the place of the one before.
    ///
    /// # Errors
    /// If a file cannot be written.
    pub fn save(&mut self, run: &Path) -> Result<()> {
        let (folder, part) = (run.join("checkpoint"), run.join("checkpoint.part"));
        if part.exists() {
            std::fs::remove_dir_all(&part)?;
        }
        std::fs::create_dir_all(&part)?;
        if let Err(e) = self.write(&part) {
            // Of no use; the checkpoint before stays.
            let _ = std::fs::remove_dir_all(&part);
            return Err(e);
        }
        if folder.exists() {
            std::fs::remove_dir_all(&folder)?;
        }
        Ok(std::fs::rename(part, folder)?)
    }

    /// Writes the files of the checkpoint `part`.
    fn write(&mut self, part: &Path) -> Result<()> {
        self.parameters.save(&part.join("weights.safetensors"))?;
        let best: HashMap<String, Tensor> = self.best.clone().into_iter().collect();
        candle_core::safetensors::save(&best, part.join("best.safetensors"))?;
        let (steps, moments) = self.optimizer.state()?;
        let mut arrays = HashMap::new();
        for ((name, _), (m, v)) in self.parameters.trained_vars().into_iter().zip(moments) {
            arrays.insert(format!("m.{name}"), m);
            arrays.insert(format!("v.{name}"), v);
        }
        for (level, shares) in self.model.codebook().occupancy().into_iter().enumerate() {
            let n = shares.len();
            arrays.insert(format!("usage.{level}"), Tensor::from_vec(shares, n, &Device::Cpu)?);
        }
        candle_core::safetensors::save(&arrays, part.join("optimizer.safetensors"))?;
        self.state.optimizer_steps = steps;
        keep::write(&part.join("state.json"), serde_json::to_string(self.state)?)
    }

    /// Takes the checkpoint of the run `identity` up; `false` if there is none, or it is another run's.
    ///
    /// # Errors
    /// If it is of this run but cannot be read.
    pub fn resume(&mut self, run: &Path, identity: &str) -> Result<bool> {
        let Some((folder, state)) = found(run, identity) else { return Ok(false) };
        self.parameters.load(&folder.join("weights.safetensors"))?;
        let device = self.parameters.device();
        let best = candle_core::safetensors::load(folder.join("best.safetensors"), device)?;
        *self.best = best.into_iter().collect();
        let mut arrays =
            candle_core::safetensors::load(folder.join("optimizer.safetensors"), &Device::Cpu)?;
        let mut take = |name: String| {
            arrays.remove(&name).ok_or_else(|| format!("the checkpoint lacks {name}"))
        };
        let moments = self
            .parameters
            .trained_vars()
            .into_iter()
            .map(|(name, _)| Ok((take(format!("m.{name}"))?, take(format!("v.{name}"))?)))
            .collect::<Result<Vec<_>>>()?;
        self.optimizer.restore(state.optimizer_steps, &moments)?;
        let levels = self.model.codebook().occupancy().len();
        let usage = (0..levels)
            .map(|level| Ok(take(format!("usage.{level}"))?.to_vec1::<f64>()?))
            .collect::<Result<Vec<_>>>()?;
        self.model.codebook_mut().set_occupancy(&usage)?;
        *self.state = state;
        Ok(true)
    }
}

/// The checkpoint of this run. One that was whole but not yet in its place counts too.
fn found(run: &Path, identity: &str) -> Option<(PathBuf, State)> {
    ["checkpoint", "checkpoint.part"].into_iter().find_map(|name| {
        let folder = run.join(name);
        let text = std::fs::read_to_string(folder.join("state.json")).ok()?;
        let state: State = serde_json::from_str(&text).ok()?;
        (state.history.identity == identity).then_some((folder, state))
    })
}
