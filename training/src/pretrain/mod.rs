//! Pretraining: the CHMR objective, and the supervised part beside it, over a prepared data set.
//!
//! A run folder holds afterwards, beside `prepared/`:
//!
//! | file | content |
//! |---|---|
//! | `history.json` | [`History`]: losses by part, codebook use and speed of every epoch |
//! | `model.safetensors`, `model.json` | every weight of the best epoch (encoders, projectors, `tree.level1`…, decoders, supervised head), and what they belong to ([`ModelCard`]) |
//! | `backbone.json`, `backbone.safetensors`, `standardizer.safetensors` | the frozen structure part ([`crate::backbone`]) |
//! | `checkpoint/` | where an interrupted run goes on ([`checkpoint`]) |
//!
//! Every random choice is a function of the seed and of the number of the step: batches ([`sampler`]), walks,
//! dropout, revival. So a run that was interrupted and resumed ends bit for bit as one that was not, and two runs of
//! one configuration agree, on the CPU and with the same number of threads.

pub mod batches;
pub mod checkpoint;
pub mod config;
pub mod history;
pub mod influence;
pub mod latents;
mod model;
pub mod sampler;
pub mod schedule;
mod train;

pub use config::PretrainConfig;
pub use history::History;
pub use model::ModelCard;
pub use train::{Options, pretrain};
