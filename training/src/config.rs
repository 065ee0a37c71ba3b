//! Everything a run depends on.

use crate::Result;
use crate::assays::{self, AssaysConfig};
use crate::borrowed;
use crate::data::PrepareConfig;
use crate::distil::{DistilConfig, stages};
use crate::export::LATENT;
use crate::hierarchy::HierarchyConfig;
use crate::onnx::Store;
use crate::pretrain::PretrainConfig;
use crate::trees;
use chmr::model::STRUCTURE;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::Path;

/// A run: read from one TOML file, and stored in the model that comes of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Name and version of the model.
    pub name: String,
    /// `major.minor.patch`.
    pub version: String,
    /// Networks trained at the same time, each on one core.
    pub workers: usize,
    /// What heads read, side by side: `structure`, of students `student_1d` and `student_2d`, of public tables `assays`, and of a pretrained
    /// backbone `encoder_1d` and `latent_1d`.
    #[serde(default = "structure_alone")]
    pub reads: Vec<String>,
    /// How the heads' matrices are stored: `f16`, or `int8`, which is faster, too: rows are rounded to bytes.
    #[serde(default)]
    pub store: Store,
    /// Whether the networks that are shipped learn from the validation split, too, once everything is measured on twins that
    /// did not (see [`ensemble`](crate::ensemble)).
    #[serde(default)]
    pub refit: bool,
    /// What every data set is trained with.
    pub default: Recipe,
    /// The data sets, and where each departs from `default`.
    pub datasets: BTreeMap<String, Override>,
    /// What pretraining learns from; absent: no `prepare`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prepare: Option<PrepareConfig>,
    /// Students of a teacher's values; absent: no `distil`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub distil: Option<DistilConfig>,
    /// A network of public assays; absent: no `assays`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assays: Option<AssaysConfig>,
    /// A codebook on the students' values, in place of a pretrained one; absent: no `hierarchy`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hierarchy: Option<HierarchyConfig>,
    /// How the backbone is pretrained on it; absent: no `pretrain`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pretrain: Option<PretrainConfig>,
}

/// Hyper-parameters of one data set's networks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recipe {
    /// Width of the hidden layer.
    pub hidden: usize,
    /// Share of hidden activations dropped in training.
    pub dropout: f32,
    /// Members of the average: seeds 0, 1, ….
    pub seeds: u64,
    /// Learning rate.
    pub rate: f32,
    /// Decoupled weight decay.
    pub decay: f32,
    /// Rows a step.
    pub batch: usize,
    /// Most epochs.
    pub epochs: usize,
    /// Epochs without a better validation figure after which training stops, and the best is kept. 0: all epochs are
    /// trained and the last is kept, for data sets whose validation split is too small to choose an epoch on.
    pub patience: usize,
    /// Rows of the training split and of the validation split used, the first ones; all if absent. For smoke tests.
    pub rows: Option<usize>,
}

/// A data set's departures from the default [`Recipe`].
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Override {
    hidden: Option<usize>,
    dropout: Option<f32>,
    seeds: Option<u64>,
    rate: Option<f32>,
    epochs: Option<usize>,
    patience: Option<usize>,
    reads: Option<Vec<String>>,
    networks: Option<Vec<String>>,
    borrow: Option<borrowed::Recipe>,
    trees: Option<trees::Recipe>,
}

fn structure_alone() -> Vec<String> {
    vec![STRUCTURE.into()]
}

/// Puts `changes` into `table`, tables into tables.
fn merge(table: &mut toml::Table, changes: toml::Table) {
    for (key, value) in changes {
        match (table.get_mut(&key), value) {
            (Some(toml::Value::Table(old)), toml::Value::Table(new)) => merge(old, new),
            (_, value) => _ = table.insert(key, value),
        }
    }
}

impl Config {
    /// Reads a configuration.
    ///
    /// # Errors
    /// Where the file cannot be read, or a field is unknown, missing or out of range.
    pub fn read(path: &Path) -> Result<Self> {
        Self::read_with(path, &[])
    }

    /// Reads a configuration in which `changes`, lines of TOML such as `datasets.biogen.hidden = 256`, take the place of what it
    /// says.
    ///
    /// # Errors
    /// As [`Config::read`], and for a change that is no TOML.
    pub fn read_with(path: &Path, changes: &[String]) -> Result<Self> {
        let text = std::fs::read_to_string(path).map_err(|e| format!("{}: {e}", path.display()))?;
        let mut table: toml::Table =
            text.parse().map_err(|e| format!("{}: {e}", path.display()))?;
        for change in changes {
            merge(&mut table, change.parse().map_err(|e| format!("'{change}': {e}"))?);
        }
        let config: Self = table.try_into().map_err(|e| format!("{}: {e}", path.display()))?;
        if let Some(prepare) = &config.prepare {
            prepare.check().map_err(|e| format!("{}: {e}", path.display()))?;
        }
        if let Some(distil) = &config.distil {
            distil.check().map_err(|e| format!("{}: {e}", path.display()))?;
        }
        if let Some(assays) = &config.assays {
            assays.check().map_err(|e| format!("{}: {e}", path.display()))?;
        }
        if let Some(hierarchy) = &config.hierarchy {
            hierarchy.check().map_err(|e| format!("{}: {e}", path.display()))?;
        }
        if let Some(pretrain) = &config.pretrain {
            pretrain.check().map_err(|e| format!("{}: {e}", path.display()))?;
        }
        for name in config.datasets.keys() {
            let sources = config.sources();
            if let Some(other) = config.reads(name).iter().find(|r| !sources.contains(&r.as_str()))
            {
                let text = format!("reads '{other}'; there is {}", sources.join(", "));
                return Err(format!("{}: {name} {text}", path.display()).into());
            }
            let reads = config.reads(name);
            if let Some(other) = config.networks(name).iter().find(|n| !reads.contains(n)) {
                let text = format!("networks read '{other}', which is not in its reads");
                return Err(format!("{}: {name}: {text}", path.display()).into());
            }
            if let Some(borrow) = config.borrow(name) {
                borrow.check().map_err(|e| format!("{}: {name}: {e}", path.display()))?;
            }
            if let Some(trees) = config.trees(name) {
                trees.check().map_err(|e| format!("{}: {name}: {e}", path.display()))?;
            }
            let r = config.recipe(name);
            let positive = [r.hidden, r.batch, r.epochs, r.seeds as usize];
            if positive.contains(&0) || !(0.0..1.0).contains(&r.dropout) || r.rate <= 0.0 {
                return Err(format!("{}: {name}: {r:?} is out of range", path.display()).into());
            }
        }
        Ok(config)
    }

    /// What heads may read: the structure vector, students, and the stages of a pretrained backbone.
    pub fn sources(&self) -> Vec<&'static str> {
        let mut all = vec![STRUCTURE];
        all.extend(self.distil.as_ref().map(stages::names).unwrap_or_default());
        if self.assays.is_some() {
            all.push(assays::STAGE);
        }
        if self.pretrain.is_some() {
            all.extend(["encoder_1d", LATENT]);
        }
        all
    }

    /// What the heads of a data set read.
    pub fn reads(&self, dataset: &str) -> Vec<String> {
        let own = self.datasets.get(dataset).and_then(|o| o.reads.as_ref());
        own.unwrap_or(&self.reads).clone()
    }

    /// What the networks of a data set read of it; all, unless some of it is for trees alone (`networks`).
    pub fn networks(&self, dataset: &str) -> Vec<String> {
        let own = self.datasets.get(dataset).and_then(|o| o.networks.as_ref());
        own.cloned().unwrap_or_else(|| self.reads(dataset))
    }

    /// How labels of other tables join a data set's loss (see [`borrowed`](crate::borrowed)); none: they do not.
    pub fn borrow(&self, dataset: &str) -> Option<&borrowed::Recipe> {
        self.datasets.get(dataset).and_then(|o| o.borrow.as_ref())
    }

    /// How trees join a data set's average (see [`trees`](crate::trees)); none: they do not.
    pub fn trees(&self, dataset: &str) -> Option<&trees::Recipe> {
        self.datasets.get(dataset).and_then(|o| o.trees.as_ref())
    }

    /// The data sets that have trees, and their weight.
    pub fn shares(&self) -> Vec<(String, f32)> {
        let share = |(name, o): (&String, &Override)| Some((name.clone(), o.trees.as_ref()?.share));
        self.datasets.iter().filter_map(share).collect()
    }

    /// The recipe of a data set.
    pub fn recipe(&self, dataset: &str) -> Recipe {
        let mut r = self.default.clone();
        if let Some(o) = self.datasets.get(dataset) {
            r.hidden = o.hidden.unwrap_or(r.hidden);
            r.dropout = o.dropout.unwrap_or(r.dropout);
            r.seeds = o.seeds.unwrap_or(r.seeds);
            r.rate = o.rate.unwrap_or(r.rate);
            r.epochs = o.epochs.unwrap_or(r.epochs);
            r.patience = o.patience.unwrap_or(r.patience);
        }
        r
    }
}
