//! The pipeline: rows of a [`Batch`] → perception → structure vectors → networks → [`Predictions`].
//!
//! Rows are worked through in tiles, each by one thread from text to predictions, so memory stays
//! small whatever the size of the batch. A row's result depends on nothing but the row: not on its
//! neighbours, the number of threads, or how the batch was cut. A bad row gets a status and NaN;
//! the others do not notice.

mod applicability;
mod batch;
mod calibrate;
mod encode;
mod fingerprints;
mod flow;
mod impute;
mod job;
mod options;
mod panel;
mod predict;
mod provision;
mod shapes;
mod table;
mod tile;
mod tiles;
mod trust;

pub use batch::Batch;
pub use calibrate::{COVERAGES, HeldOut};
pub use encode::{EncodeOptions, Encodings, Latents};
pub use impute::{Imputations, ImputeOptions, NeighborOptions};
pub use options::{PredictOptions, Progress, Run};
pub use predict::Predictions;
pub use provision::Provision;
pub use shapes::{ShapeOptions, Shapes};
pub use trust::{DomainSummary, Trust};
