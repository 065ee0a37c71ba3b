//! The state of an unfinished training.

use crate::Result;
use crate::adamw::AdamW;
use crate::chmr::parameters::Parameters;
use candle_core::Device;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::path::PathBuf;

/// A folder with the weights, the optimiser's moments and whatever else a training has to remember.
pub struct Checkpoint<'a> {
    folder: PathBuf,
    parameters: &'a Parameters,
}

/// What is remembered beside arrays.
#[derive(Serialize, Deserialize)]
struct Kept<S> {
    optimizer_steps: i32,
    state: S,
}

impl<'a> Checkpoint<'a> {
    /// Of these weights, in `folder`.
    pub fn new(folder: PathBuf, parameters: &'a Parameters) -> Self {
        Self { folder, parameters }
    }

    /// Whole in a folder of its own, which then takes the place of the one before.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn save<S: Serialize>(&self, state: &S, optimizer: &AdamW) -> Result<()> {
        let part = self.folder.with_extension("part");
        if part.exists() {
            std::fs::remove_dir_all(&part)?;
        }
        std::fs::create_dir_all(&part)?;
        self.parameters.save(&part.join("weights.safetensors"))?;
        let (optimizer_steps, moments) = optimizer.state()?;
        let mut arrays = HashMap::new();
        for ((name, _), (m, v)) in self.parameters.trained_vars().into_iter().zip(moments) {
            arrays.insert(format!("m.{name}"), m);
            arrays.insert(format!("v.{name}"), v);
        }
        candle_core::safetensors::save(&arrays, part.join("optimizer.safetensors"))?;
        let kept = Kept { optimizer_steps, state };
        std::fs::write(part.join("state.json"), serde_json::to_vec(&kept)?)?;
        if self.folder.exists() {
            std::fs::remove_dir_all(&self.folder)?;
        }
        Ok(std::fs::rename(part, &self.folder)?)
    }

    /// Takes up the checkpoint, if there is one that is of the `same` training, and gives what was remembered.
    ///
    /// # Errors
    /// If it is damaged.
    pub fn resume<S: DeserializeOwned>(
        &self,
        optimizer: &mut AdamW,
        same: impl Fn(&S) -> bool,
    ) -> Result<Option<S>> {
        let found = [self.folder.clone(), self.folder.with_extension("part")].into_iter().find_map(
            |folder| {
                let bytes = std::fs::read(folder.join("state.json")).ok()?;
                let kept: Kept<S> = serde_json::from_slice(&bytes).ok()?;
                same(&kept.state).then_some((folder, kept))
            },
        );
        let Some((folder, kept)) = found else { return Ok(None) };
        self.parameters.load(&folder.join("weights.safetensors"))?;
        let mut arrays =
            candle_core::safetensors::load(folder.join("optimizer.safetensors"), &Device::Cpu)?;
        let mut take = |name: String| {
            arrays.remove(&name).ok_or_else(|| format!("the checkpoint lacks {name}"))
        };
        let moments = self.parameters.trained_vars().into_iter();
        let moments =
            moments.map(|(name, _)| Ok((take(format!("m.{name}"))?, take(format!("v.{name}"))?)));
        optimizer.restore(kept.optimizer_steps, &moments.collect::<Result<Vec<_>>>()?)?;
        Ok(Some(kept.state))
    }
}
