//! [`Molecule`](crate::chem::Molecule) → numbers. Training calls this very code.
//!
//! Knows nothing of models.

pub mod descriptors;
mod fingerprint;
mod graph;
mod isotopes;
mod maccs;
mod morgan;
pub mod shape;
mod smarts;
mod structure;

pub use fingerprint::Fingerprint;
pub use graph::{GraphTensors, graph};
pub use maccs::{MACCS_BITS, maccs};
pub use morgan::{for_each_environment, morgan};
pub use structure::{Standardizer, StructureLayout, structure_vector};
