//! Networks of linear layers behind each other that multiply bytes (`docs/dense-network.md`): heads, and stages that read vectors.
//!
//! [`DenseWeights`] are a network's weights; they are written as ONNX and read from it. [`DenseNetwork`] is such a network made
//! ready, in the order in which the kernels read it. Any other ONNX file is run by tract.

mod form;
mod network;
mod onnx;
mod weights;

pub use network::DenseNetwork;
pub use weights::{DenseShape, DenseWeights, LayerShape};

pub(super) use onnx::check;

#[cfg(test)]
mod tests;
