//! [`Molecule`](crate::chem::Molecule) → numbers. Training calls this very code.
//!
//! Knows nothing of models.

mod fingerprint;
mod graph;
mod isotopes;
mod maccs;
mod morgan;

pub use fingerprint::Fingerprint;
pub use graph::{GraphTensors, graph};
pub use maccs::{MACCS_BITS, maccs};
pub use morgan::{for_each_environment, morgan};

mod structure;
pub use structure::{Standardizer, StructureLayout, structure_vector};
