//! [`Molecule`](crate::chem::Molecule) → numbers. Training calls this very code.
//!
//! Knows nothing of models.

mod bits;
mod codes;
pub mod descriptors;
mod fingerprint;
mod graph;
mod isotopes;
mod maccs;
mod morgan;
pub mod shape;
mod smarts;
mod structure;
mod walks;

pub use codes::{ATOM_CODES, BOND_CODES, GraphCodes, graph_codes};
pub use fingerprint::Fingerprint;
pub use graph::{GraphTensors, graph};
pub use maccs::{MACCS_BITS, maccs};
pub use morgan::{for_each_environment, morgan};
pub use structure::{Standardizer, StructureLayout, structure_vector};
pub use walks::{WALKS, walks};
