//! Graph networks: stages that read atoms and bonds (`docs/graph-network.md`).
//!
//! [`GraphWeights`] are a network's weights by name; they are written as ONNX and read from it. [`GraphNetwork`] is such a
//! network made ready, in the order in which the kernels read it, and runs over many molecules at a time.

mod form;
mod molecules;
mod network;
mod onnx;
mod shape;
mod weights;

pub use molecules::MoleculeGraph;
pub use network::{GraphNetwork, GraphScratch};
pub use onnx::GraphStore;
pub(super) use onnx::check;
pub use shape::GraphShape;
pub use weights::{BatchNorm, GraphWeights};

#[cfg(test)]
mod tests;
