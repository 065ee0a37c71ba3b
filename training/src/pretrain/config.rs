//! How the model is pretrained: section `[pretrain]` of a configuration.

use crate::Result;
use crate::backbone::GraphShape;
use crate::chmr::contextual_propagation::WALK_LENGTH;
use crate::chmr::encoders::GraphConfig;
use crate::chmr::modality_augmentation::Imputation;
use crate::chmr::objective::{Codebook, ObjectiveConfig};
use crate::chmr::projector::LATENT;
use crate::chmr::tree_vq::DEPTH;
use serde::{Deserialize, Serialize};

/// How missing modalities are filled; all but the first are ablations.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Augmentation {
    /// From similar molecules, over `hops` steps.
    Propagate,
    /// Zeros, the mean of standardised features.
    Zero,
    /// Entries drawn from the observed rows.
    Random,
    /// The mean of the observed rows.
    Mean,
}

/// Which codebook.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CodebookKind {
    /// Tree-VQ of `depth` levels.
    Tree,
    /// As many nodes as such a tree has, without levels (ablation).
    Flat,
    /// None (ablation).
    None,
}

/// Section `[pretrain]`. Every field has a default: the paper's where it states one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PretrainConfig {
    /// Of every random choice.
    pub seed: u64,
    /// Width of the 1D encoder's hidden layer; 0: the structure vector goes to its projector as it is (paper).
    pub hidden: usize,
    /// Dropout behind it.
    pub dropout: f64,
    /// Width of the latent space.
    pub latent: usize,
    /// The 2D encoder; absent: without the modality. For runs with a GPU.
    pub graph: Option<GraphShape>,
    /// Dropout in the 2D encoder.
    pub graph_dropout: f64,
    /// Dropout in the decoders.
    pub decoder_dropout: f64,
    /// Biological modalities taken of those prepared; all if absent, none if empty ("structure only").
    pub modalities: Option<Vec<String>>,
    /// How missing ones are filled.
    pub augmentation: Augmentation,
    /// T, steps of the propagation.
    pub hops: usize,
    /// K, neighbours that a step averages; at most as many as were prepared.
    pub neighbors: usize,
    /// Which codebook.
    pub codebook: CodebookKind,
    /// Its levels.
    pub depth: usize,
    /// λ₁, of the alignment; 0: "without SCA".
    pub lambda_sca: f64,
    /// λ₂, of the codebook.
    pub lambda_vq: f64,
    /// Of the reconstruction: 1, or 0 for "without CPR".
    pub lambda_cpr: f64,
    /// Of the supervised part on the labelled tables, beyond the paper; 0: as the paper has it.
    pub lambda_supervised: f64,
    /// Random walks from each molecule of a batch.
    pub walks: usize,
    /// Their steps.
    pub walk_length: usize,
    /// Molecules a step.
    pub batch: usize,
    /// Share of a batch drawn from the molecules with an observed profile, which are one in hundreds.
    pub observed: f64,
    /// Share of a batch drawn from the molecules with labels.
    pub labelled: f64,
    /// Steps an epoch.
    pub steps: usize,
    /// Most epochs.
    pub epochs: usize,
    /// Epochs without a better validation loss after which training stops.
    pub patience: usize,
    /// Peak of the learning rate.
    pub rate: f64,
    /// Steps over which it rises.
    pub warmup: usize,
    /// Decoupled weight decay.
    pub decay: f64,
    /// Steps between revivals of unused nodes; 0: never.
    pub revive_every: usize,
    /// Share of an equal share below which a node counts as unused.
    pub revive_below: f64,
    /// Molecules that validation looks at, at most.
    pub validation: usize,
}

impl Default for PretrainConfig {
    fn default() -> Self {
        Self {
            seed: 0,
            hidden: 800,
            dropout: 0.3,
            latent: LATENT,
            graph: None,
            graph_dropout: 0.1,
            decoder_dropout: 0.3,
            modalities: None,
            augmentation: Augmentation::Propagate,
            hops: 2,
            neighbors: 10,
            codebook: CodebookKind::Tree,
            depth: DEPTH,
            lambda_sca: 10.0,
            lambda_vq: 1.0,
            lambda_cpr: 1.0,
            lambda_supervised: 10.0,
            walks: 1,
            walk_length: WALK_LENGTH,
            batch: 256,
            observed: 0.125,
            labelled: 0.5,
            steps: 200,
            epochs: 30,
            patience: 5,
            rate: 1e-3,
            warmup: 200,
            decay: 1e-5,
            revive_every: 50,
            revive_below: 0.05,
            validation: 2048,
        }
    }
}

impl PretrainConfig {
    /// Whether every value is in range.
    ///
    /// # Errors
    /// Which is not.
    pub fn check(&self) -> Result<()> {
        let shares = [self.observed, self.labelled, self.observed + self.labelled];
        let rates = [self.dropout, self.graph_dropout, self.decoder_dropout];
        let lambdas = [self.lambda_sca, self.lambda_vq, self.lambda_cpr, self.lambda_supervised];
        let within = |values: &[f64], high| values.iter().all(|v| (0.0..=high).contains(v));
        let problem = match () {
            () if self.batch < 2 => "batch: expected at least 2",
            () if [self.latent, self.steps, self.epochs, self.patience].contains(&0) => {
                "latent, steps, epochs, patience: expected at least 1"
            }
            () if !within(&shares, 1.0) => {
                "observed and labelled: expected shares, at most 1 together"
            }
            () if !within(&rates, 0.99) => "dropout: expected 0 to 0.99",
            () if !within(&lambdas, f64::MAX) => "lambda: expected finite weights, 0 or more",
            () if !(self.rate > 0.0 && self.rate.is_finite()) => "rate: expected above 0",
            () => return Ok(()),
        };
        Err(format!("[pretrain] {problem}").into())
    }

    /// The objective, for a model with so many supervised tasks.
    pub fn objective(&self, tasks: usize) -> ObjectiveConfig {
        let flat = crate::chmr::flat_vq::nodes_of_tree(self.depth);
        ObjectiveConfig {
            latent: self.latent,
            hidden_1d: (self.hidden > 0).then_some((self.hidden, self.dropout)),
            graph: self.graph.map(|g| GraphConfig {
                layers: g.layers,
                width: g.width,
                dropout: self.graph_dropout,
            }),
            shape_inputs: 0,
            lambda_sca: self.lambda_sca,
            lambda_vq: self.lambda_vq,
            lambda_cpr: self.lambda_cpr,
            lambda_supervised: self.lambda_supervised,
            tasks: if self.lambda_supervised > 0.0 { tasks } else { 0 },
            codebook: match self.codebook {
                CodebookKind::Tree => Codebook::Tree(self.depth),
                CodebookKind::Flat => Codebook::Flat(flat),
                CodebookKind::None => Codebook::Absent,
            },
            decoder_dropout: self.decoder_dropout,
            ..ObjectiveConfig::default()
        }
    }

    /// What stands for a modality that is missing.
    pub fn imputation(&self) -> Imputation {
        match self.augmentation {
            Augmentation::Propagate => {
                Imputation::Propagate { steps: self.hops, informed_only: true }
            }
            Augmentation::Zero => Imputation::Zero,
            Augmentation::Random => Imputation::Random { seed: self.seed },
            Augmentation::Mean => Imputation::Mean,
        }
    }
}
