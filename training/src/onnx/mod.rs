//! Networks as ONNX files: opset 20, `x` (f32, rows × width) → `y` (f32, rows × tasks), matrices stored as
//! f16 behind a Cast. [`export`] writes a head, [`Chain`] whatever else is layer behind layer.

mod chain;
mod trees;

pub use chain::Chain;
pub use trees::export_trees;

use crate::Result;
use crate::mlp::{EPSILON, Mlp};
use candle_core::Tensor;
use half::f16;
use prost::Message;
use serde::{Deserialize, Serialize};
use tract_onnx::pb::{
    AttributeProto, GraphProto, ModelProto, NodeProto, OperatorSetIdProto, TensorProto,
    TensorShapeProto, TypeProto, ValueInfoProto, attribute_proto::AttributeType,
    tensor_proto::DataType, tensor_shape_proto, type_proto,
};

/// ONNX's operators for trees, a set of their own.
const TREES: &str = "ai.onnx.ml";

/// How the matrices of heads are stored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Store {
    /// Two bytes a weight.
    #[default]
    F16,
    /// One byte a weight, and a scale a column; what they multiply is rounded to bytes, too: see [`chmr::model::dense`].
    Int8,
}

/// The bytes of `network` as an ONNX file called `name`, matrices as f16.
///
/// # Errors
/// candle's.
pub fn export(network: &Mlp, name: &str) -> Result<Vec<u8>> {
    let (mut nodes, mut initializers) = (Vec::new(), Vec::new());
    for (parameter, var) in network.parameters() {
        if var.rank() == 2 {
            let stored = format!("{parameter}_f16");
            initializers.push(half_tensor(&stored, var)?);
            let to =
                AttributeProto { i: DataType::Float as i64, ..attribute("to", AttributeType::Int) };
            nodes.push(node("Cast", &[&stored], parameter, vec![to]));
        } else {
            initializers.push(single_tensor(parameter, var)?);
        }
    }
    let axis = AttributeProto { i: -1, ..attribute("axis", AttributeType::Int) };
    let epsilon =
        AttributeProto { f: EPSILON as f32, ..attribute("epsilon", AttributeType::Float) };
    nodes.push(node("Gemm", &["x", "w1", "b1"], "hidden", vec![]));
    nodes.push(node(
        "LayerNormalization",
        &["hidden", "gain", "shift"],
        "normed",
        vec![axis, epsilon],
    ));
    nodes.push(node("Gelu", &["normed"], "activated", vec![]));
    nodes.push(node("Gemm", &["activated", "w2", "b2"], "y", vec![]));
    Ok(file(name, nodes, initializers, network.w1.dim(0)?, network.w2.dim(1)?))
}

/// A network called `name` that passes its input of `width` columns through.
pub fn identity(width: usize, name: &str) -> Vec<u8> {
    file(name, vec![node("Identity", &["x"], "y", vec![])], vec![], width, width)
}

fn file(
    name: &str,
    node: Vec<NodeProto>,
    initializer: Vec<TensorProto>,
    inputs: usize,
    outputs: usize,
) -> Vec<u8> {
    let graph = GraphProto {
        name: name.into(),
        node,
        initializer,
        input: vec![port("x", inputs)],
        output: vec![port("y", outputs)],
        ..Default::default()
    };
    model(graph)
}

/// The bytes of a file with this graph.
pub(crate) fn model(graph: GraphProto) -> Vec<u8> {
    let set = |domain: &str, version| OperatorSetIdProto { domain: domain.into(), version };
    let mut opset_import = vec![set("", 20)];
    if graph.node.iter().any(|n| n.domain == TREES) {
        opset_import.push(set(TREES, 3));
    }
    let model = ModelProto {
        ir_version: 9,
        producer_name: "chmr-training".into(),
        producer_version: env!("CARGO_PKG_VERSION").into(),
        opset_import,
        graph: Some(graph),
        ..Default::default()
    };
    model.encode_to_vec()
}

pub(crate) fn attribute(name: &str, kind: AttributeType) -> AttributeProto {
    AttributeProto { name: name.into(), r#type: kind as i32, ..Default::default() }
}

pub(crate) fn node(
    op: &str,
    inputs: &[&str],
    output: &str,
    attribute: Vec<AttributeProto>,
) -> NodeProto {
    NodeProto {
        name: output.into(),
        op_type: op.into(),
        input: inputs.iter().map(|i| i.to_string()).collect(),
        output: vec![output.into()],
        attribute,
        ..Default::default()
    }
}

pub(crate) fn single_tensor(name: &str, t: &Tensor) -> Result<TensorProto> {
    let values = t.flatten_all()?.to_vec1::<f32>()?;
    Ok(raw(name, t, DataType::Float, values.iter().flat_map(|v| v.to_le_bytes()).collect()))
}

fn half_tensor(name: &str, t: &Tensor) -> Result<TensorProto> {
    let values = t.flatten_all()?.to_vec1::<f32>()?;
    let bytes = values.iter().flat_map(|v| f16::from_f32(*v).to_le_bytes()).collect();
    Ok(raw(name, t, DataType::Float16, bytes))
}

fn raw(name: &str, t: &Tensor, kind: DataType, raw_data: Vec<u8>) -> TensorProto {
    let dims = t.dims().iter().map(|&d| d as i64).collect();
    TensorProto { name: name.into(), dims, data_type: kind as i32, raw_data, ..Default::default() }
}

pub(crate) fn integers(name: &str, dims: &[i64], values: &[i64]) -> TensorProto {
    let raw_data = values.iter().flat_map(|v| v.to_le_bytes()).collect();
    let (name, data_type) = (name.into(), DataType::Int64 as i32);
    TensorProto { name, dims: dims.to_vec(), data_type, raw_data, ..Default::default() }
}

/// `name`: f32, any number of rows × `width`.
pub(crate) fn port(name: &str, width: usize) -> ValueInfoProto {
    port_of(name, DataType::Float, "rows", Some(width))
}

/// `name`: int64, any number of `rows` × `width`, or a vector.
pub(crate) fn integers_port(name: &str, rows: &str, width: Option<usize>) -> ValueInfoProto {
    port_of(name, DataType::Int64, rows, width)
}

fn port_of(name: &str, kind: DataType, rows: &str, width: Option<usize>) -> ValueInfoProto {
    use tensor_shape_proto::{Dimension, dimension::Value};
    let dim = |value| Dimension { value: Some(value), ..Default::default() };
    let rows = dim(Value::DimParam(rows.into()));
    let width = width.map(|w| dim(Value::DimValue(w as i64)));
    let shape = TensorShapeProto { dim: std::iter::once(rows).chain(width).collect() };
    let tensor = type_proto::Tensor { elem_type: kind as i32, shape: Some(shape) };
    let kind =
        TypeProto { value: Some(type_proto::Value::TensorType(tensor)), ..Default::default() };
    ValueInfoProto { name: name.into(), r#type: Some(kind), ..Default::default() }
}
