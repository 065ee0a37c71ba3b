//! Training for chmr, in candle: the data sets, the networks, their training, and the model file.
//!
//! Features come from the library itself (`chmr::chem`, `chmr::features`): what is trained on is what
//! inference computes.
//!
//! - [`config`]: everything a run depends on, one TOML file.
//! - [`benchmark`]: the public data sets, their tasks and units.
//! - [`featurize`]: SMILES → structure vectors.
//! - [`scaffold`]: Bemis–Murcko scaffolds, by which molecules are kept together.
//! - [`random`]: the one source of randomness.
//! - [`mlp`], [`losses`], [`adamw`]: network, losses, optimiser.
//! - [`metrics`]: what a data set is judged by.
//! - [`fit`]: one network on one data set, stopped early; [`borrowed`]: labels of pretraining's tables on its targets.
//! - [`adme`]: two more data sets, made of public tables.
//! - [`ensemble`]: all data sets, several seeds, resumable; calibration.
//! - [`folds`]: repeated folds over scaffolds, to choose hyper-parameters by.
//! - [`trees`]: gradient-boosted trees beside a data set's networks.
//! - [`calibration`]: intervals, calibration and domains of a packed model, measured on valid.
//! - [`finetune`]: heads for a person's own assays on a frozen model file.
//! - [`evaluate`], [`ablate`], [`report`]: figures of a model file, of what is left out, and the drawings of a run.
//! - [`onnx`], [`export`], [`pack`]: networks as files, the model file.
//! - [`provenance`]: what a model was pretrained on, and under which licences.
//! - [`data`]: what pretraining learns from, prepared once and kept on disk.
//! - [`distil`]: small students of a large teacher, whose values heads read.
//! - [`assays`]: a network of public assays, whose last hidden values heads read.
//! - [`hierarchy`]: a codebook from the students' values.
//! - [`pretrain`]: pretraining of the whole model, resumable.
//! - [`backbone`]: the pretrained structure part, frozen: what heads are trained on.
//! - [`jobs`]: several pieces of work at a time.
//! - [`checkpoint`]: unfinished trainings.
//! - [`keep`]: how all of these write files.
//! - [`chmr`](self::chmr): the paper's method, a file for each of its parts.

pub mod ablate;
pub mod adamw;
pub mod adme;
pub mod assays;
pub mod backbone;
pub mod benchmark;
pub mod borrowed;
pub mod calibration;
pub mod checkpoint;
pub mod chmr;
pub mod config;
pub mod data;
pub mod distil;
pub mod ensemble;
pub mod evaluate;
pub mod export;
pub mod featurize;
pub mod finetune;
pub mod fit;
pub mod folds;
pub mod hierarchy;
pub mod jobs;
pub mod keep;
pub mod losses;
pub mod metrics;
pub mod mlp;
pub mod onnx;
pub mod pack;
pub mod pretrain;
pub mod provenance;
pub mod random;
pub mod report;
pub mod scaffold;
pub mod trees;

/// Errors here are for a person at a terminal.
pub type Result<T, E = Box<dyn std::error::Error + Send + Sync>> = std::result::Result<T, E>;
