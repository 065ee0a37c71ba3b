//! ONNX files that are read only if they are one known graph, node for node: what kernels of this library run is then what the
//! file says, and any ONNX runtime gives the same.

mod file;
mod form;

pub(super) use file::File;
pub(super) use form::{
    Builder, Content, Dim, Form, QUANTIZED, filled, float, integer, port, suffix, sums,
};
