//! A run as files for others: every network as ONNX, the codebook as safetensors.
//!
//! `export` writes into a folder:
//!
//! | file | content |
//! |---|---|
//! | `export.json` | [`Index`]: every network with what it reads and gives |
//! | `encoder_1d.onnx`, `projector_1d.onnx` | structure vector → encoding → latent; no encoder where the run has none |
//! | `encoder_2d.onnx`, `projector_2d.onnx` | molecular graph → encoding → latent, in runs with a graph encoder; [`encoder_2d`] has its inputs |
//! | `projector_NAME.onnx` | a biological modality's profile → latent |
//! | `decoder_NAME.onnx` | latent → logits of a reconstructed table's features, scaled to 0…1 |
//! | `supervision.onnx` | encodings side by side → logits of the supervised tasks |
//! | `head_NAME-SEED.onnx` | what heads read → raw outputs, of every network that the run has trained so far |
//! | `trees_NAME.onnx` | structure vector → raw outputs, of the trees that the configuration asks for; they join the heads' average with the weight `share` |
//! | `codebook.safetensors`, `standardizer.safetensors` | nodes of the hierarchy, scale of the descriptors, as a model file holds them |
//!
//! [`Structure`] is the part of it that a model file ships.
//!
//! The graph encoder is not part of model files: it is of another form than the graph networks there
//! (`chmr::model::graph`). At 300 columns and five layers it would also take some 90 MFLOP a molecule, a hundred times what all heads
//! of the default model take.

mod graph;
mod structure;

pub use graph::encoder_2d;
pub use structure::{LATENT, Structure, blocks_of};

use crate::Result;
use crate::backbone::GraphShape;
use crate::keep::{self, Files};
use crate::mlp::Mlp;
use crate::onnx::{self, Chain};
use crate::pretrain::ModelCard;
use candle_core::{Device, Tensor};
use chmr::features::StructureLayout;
use chmr::files::Inputs;
use chmr::model::{STRUCTURE, Trees, write_standardizer};
use chmr::treevq::Codebook;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::path::Path;

/// `export.json`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Index {
    /// SHA-256 of the pretraining run's configuration and prepared data.
    pub identity: String,
    /// One a file.
    pub networks: Vec<Entry>,
    /// Levels of the codebook; 0 where there is none.
    pub codebook_levels: usize,
}

/// One network.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// The file, without `.onnx`.
    pub name: String,
    /// What makes up its input: `structure`, `graph`, names of networks, `latent`, or a table.
    pub reads: Vec<String>,
    /// Columns of the input; absent for a graph.
    pub inputs: Option<usize>,
    /// Columns of the output.
    pub outputs: usize,
    /// Of trees: their weight in the average with the heads, whose mean has the rest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub share: Option<f32>,
}

/// A network with its file's bytes.
pub struct Network {
    /// What it is.
    pub entry: Entry,
    /// ONNX.
    pub onnx: Vec<u8>,
}

impl Network {
    fn new(name: &str, reads: &[&str], inputs: usize, chain: Chain) -> Self {
        let entry = Entry {
            name: name.into(),
            reads: reads.iter().map(|r| (*r).to_owned()).collect(),
            inputs: Some(inputs),
            outputs: chain.width(),
            share: None,
        };
        Self { entry, onnx: chain.finish(name) }
    }
}

/// The weights of a pretraining run.
pub struct Weights {
    card: ModelCard,
    tensors: HashMap<String, Tensor>,
}

impl Weights {
    /// Reads `model.json` and `model.safetensors` of a run folder.
    ///
    /// # Errors
    /// If one is absent or damaged.
    pub fn read(run: &Path) -> Result<Self> {
        let path = run.join("model.json");
        let at = |e: &dyn std::fmt::Display| format!("{}: {e}", path.display());
        let text = std::fs::read_to_string(&path)
            .map_err(|e| format!("{}; is the run pretrained to its end?", at(&e)))?;
        let card = serde_json::from_str(&text).map_err(|e| at(&e))?;
        let path = run.join("model.safetensors");
        let tensors = candle_core::safetensors::load(&path, &Device::Cpu)
            .map_err(|e| format!("{}: {e}", path.display()))?;
        Ok(Self { card, tensors })
    }

    /// What they belong to.
    pub fn card(&self) -> &ModelCard {
        &self.card
    }

    /// Every tensor by its name.
    pub fn tensors(&self) -> &HashMap<String, Tensor> {
        &self.tensors
    }

    fn get(&self, name: &str) -> Result<&Tensor> {
        Ok(self.tensors.get(name).ok_or_else(|| format!("the model has no tensor {name}"))?)
    }

    fn linear(&self, chain: &mut Chain, scope: &str) -> Result<()> {
        let weight = self.get(&format!("{scope}.weight"))?;
        chain.linear(weight, self.get(&format!("{scope}.bias"))?)
    }

    fn norm(&self, chain: &mut Chain, scope: &str) -> Result<()> {
        let weight = self.get(&format!("{scope}.weight"))?;
        chain.layer_norm(weight, self.get(&format!("{scope}.bias"))?)
    }

    /// The 1D encoder; none where the structure vector goes to its projector as it is.
    ///
    /// # Errors
    /// If the weights do not fit the model.
    pub fn encoder_1d(&self, inputs: usize) -> Result<Option<Network>> {
        if self.card.config.hidden == 0 {
            return Ok(None);
        }
        let mut chain = Chain::new(inputs);
        self.linear(&mut chain, "encoder_1d.linear")?;
        self.norm(&mut chain, "encoder_1d.norm")?;
        chain.gelu();
        Ok(Some(Network::new("encoder_1d", &[STRUCTURE], inputs, chain)))
    }

    /// The [`Projector`](crate::chmr::projector::Projector) of modality `name`, which reads `reads`.
    ///
    /// # Errors
    /// If the model has none, or it takes another number of columns.
    pub fn projector(&self, name: &str, reads: &str, inputs: usize) -> Result<Network> {
        let scope = format!("projector_{name}");
        let mut chain = Chain::new(inputs);
        self.norm(&mut chain, &format!("{scope}.norm"))?;
        self.linear(&mut chain, &format!("{scope}.linear"))?;
        chain.silu();
        Ok(Network::new(&scope, &[reads], inputs, chain))
    }

    /// The decoder of table `name`.
    fn decoder(&self, name: &str) -> Result<Network> {
        let (scope, latent) = (format!("decoder.{name}"), self.card.config.latent);
        let mut chain = Chain::new(latent);
        self.norm(&mut chain, &format!("{scope}.norm"))?;
        self.linear(&mut chain, &format!("{scope}.first"))?;
        chain.silu();
        self.linear(&mut chain, &format!("{scope}.second"))?;
        Ok(Network::new(&format!("decoder_{name}"), &["latent"], latent, chain))
    }

    /// The supervised tasks' output layer.
    fn supervision(&self, reads: &[&str], inputs: usize) -> Result<Network> {
        let mut chain = Chain::new(inputs);
        self.linear(&mut chain, "supervision")?;
        Ok(Network::new("supervision", reads, inputs, chain))
    }

    /// The tree, if the model has one. Unit rows, as routing takes them.
    ///
    /// # Errors
    /// If a level is absent or of another shape.
    pub fn codebook(&self) -> Result<Option<Codebook>> {
        if self.card.config.codebook != crate::pretrain::config::CodebookKind::Tree {
            return Ok(None);
        }
        let level = |h: usize| -> Result<Vec<f32>> {
            let nodes = crate::chmr::ops::normalize(self.get(&format!("tree.level{h}"))?)?;
            Ok(nodes.flatten_all()?.to_vec1()?)
        };
        let levels = (1..=self.card.config.depth).map(level).collect::<Result<_>>()?;
        Ok(Some(Codebook::new(self.card.config.latent, levels)?))
    }

    /// Every network of the run, in an order in which they can be run.
    ///
    /// # Errors
    /// If the weights do not fit the model.
    pub fn networks(&self) -> Result<Vec<Network>> {
        let inputs = StructureLayout::default().width();
        let mut all = Vec::new();
        let mut encoded = vec![(STRUCTURE, inputs)];
        if let Some(encoder) = self.encoder_1d(inputs)? {
            encoded = vec![("encoder_1d", encoder.entry.outputs)];
            all.push(encoder);
        }
        all.push(self.projector("1d", encoded[0].0, encoded[0].1)?);
        if let Some(shape @ GraphShape { width, .. }) = self.card.config.graph {
            all.push(Network {
                entry: Entry {
                    name: "encoder_2d".into(),
                    reads: vec!["graph".into()],
                    inputs: None,
                    outputs: width,
                    share: None,
                },
                onnx: encoder_2d(&self.tensors, shape)?,
            });
            all.push(self.projector("2d", "encoder_2d", width)?);
            encoded.push(("encoder_2d", width));
        }
        for (name, features) in &self.card.modalities {
            all.push(self.projector(name, name, *features)?);
        }
        for (name, _) in &self.card.tables {
            all.push(self.decoder(name)?);
        }
        if !self.card.tasks.is_empty() {
            let names: Vec<&str> = encoded.iter().map(|e| e.0).collect();
            all.push(self.supervision(&names, encoded.iter().map(|e| e.1).sum())?);
        }
        Ok(all)
    }
}

/// Writes the folder `to` from the run folder `run`. `reads`: what the heads of a data set read; `shares`: the data sets
/// that have trees, and their weight.
///
/// # Errors
/// If the run is not pretrained, or a file cannot be written.
pub fn export(
    run: &Path,
    reads: impl Fn(&str) -> Vec<String>,
    shares: &[(String, f32)],
    to: &Path,
) -> Result<Index> {
    let weights = Weights::read(run)?;
    let mut networks = weights.networks()?;
    networks.extend(heads(run, reads)?);
    networks.extend(trees(run, shares)?);
    std::fs::create_dir_all(to)?;
    // Nothing that the run keeps is written over, should `to` be its folder.
    let mut files = Files::none_of(keep::read_run(Inputs::new(), run));
    for network in &networks {
        files.write(&to.join(format!("{}.onnx", network.entry.name)), &network.onnx)?;
    }
    let codebook = weights.codebook()?;
    if let Some(codebook) = &codebook {
        files.write(&to.join("codebook.safetensors"), codebook.to_safetensors()?)?;
    }
    let standardizer = crate::backbone::load_standardizer(&run.join("standardizer.safetensors"))?;
    files.write(&to.join("standardizer.safetensors"), write_standardizer(&standardizer)?)?;
    let index = Index {
        identity: weights.card.identity.clone(),
        networks: networks.into_iter().map(|n| n.entry).collect(),
        codebook_levels: codebook.map_or(0, |c| c.depth()),
    };
    files.write(&to.join("export.json"), serde_json::to_string_pretty(&index)?)?;
    files.commit()?;
    Ok(index)
}

/// The heads that `run` holds.
fn heads(run: &Path, reads: impl Fn(&str) -> Vec<String>) -> Result<Vec<Network>> {
    let mut all = Vec::new();
    for path in std::fs::read_dir(run)?.map(|e| e.map(|e| e.path())) {
        let path = path?;
        let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let ending = path.extension().is_some_and(|e| e == "safetensors");
        // `NAME-SEED.safetensors`: nothing else in the folder ends in a number.
        let Some((set, _)) =
            stem.rsplit_once('-').filter(|(_, s)| ending && s.parse::<u64>().is_ok())
        else {
            continue;
        };
        let network = Mlp::from_tensors(&candle_core::safetensors::load(&path, &Device::Cpu)?)?;
        let entry = Entry {
            name: format!("head_{stem}"),
            reads: reads(set),
            inputs: Some(network.w1.dim(0)?),
            outputs: network.w2.dim(1)?,
            share: None,
        };
        all.push(Network { onnx: onnx::export(&network, &entry.name)?, entry });
    }
    all.sort_by(|a, b| a.entry.name.cmp(&b.entry.name));
    Ok(all)
}

/// The trees that `run` holds of these data sets.
fn trees(run: &Path, shares: &[(String, f32)]) -> Result<Vec<Network>> {
    let mut all = Vec::new();
    for (set, share) in shares {
        let path = run.join(format!("{set}-trees.safetensors"));
        if !path.exists() {
            continue;
        }
        let trees = Trees::from_safetensors(&std::fs::read(&path)?)?;
        let inputs = StructureLayout::default().width();
        if trees.inputs() > inputs {
            return Err(format!("{}: more columns than a structure vector", path.display()).into());
        }
        let entry = Entry {
            name: format!("trees_{set}"),
            reads: vec![STRUCTURE.into()],
            inputs: Some(inputs),
            outputs: trees.tasks(),
            share: Some(*share),
        };
        all.push(Network { onnx: onnx::export_trees(&trees, inputs, &entry.name), entry });
    }
    Ok(all)
}
