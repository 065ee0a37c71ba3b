//! chmr: an embeddable molecular-property engine.
//!
//! Molecules go in, predictions with a status for every row come out. The modules below are the map, and
//! ARCHITECTURE.md tells how they hang together; data goes from the first to the last and never back.

mod cancel;
pub mod chem;
mod engine;
mod error;
pub mod features;
mod ffi;
pub mod files;
mod json;
pub mod model;
mod parallel;
pub mod reference;
mod room;
pub mod tables;
pub mod treevq;
pub mod trust;

pub use engine::{
    Batch, COVERAGES, DomainSummary, EncodeOptions, Encodings, HeldOut, Imputations, ImputeOptions,
    Latents, NeighborOptions, PredictOptions, Predictions, Progress, Provision, Run, ShapeOptions,
    Shapes, Trust,
};
pub use error::{Error, ErrorKind};
pub use model::{Model, OpenOptions};
