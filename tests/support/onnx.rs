//! Writes small ONNX networks of the shape that models use.

use half::f16;
use prost::Message;
use tract_onnx::pb::*;

/// A pseudo-random number in [-1, 1) for every call (SplitMix64): the same on every machine.
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> f32 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 40) as f32 / (1u64 << 23) as f32 - 1.0
    }

    pub fn vector(&mut self, n: usize, scale: f32) -> Vec<f32> {
        (0..n).map(|_| self.next() * scale).collect()
    }
}

pub fn tensor(name: &str, dims: &[usize], values: &[f32]) -> TensorProto {
    TensorProto {
        name: name.into(),
        dims: dims.iter().map(|&d| d as i64).collect(),
        data_type: tensor_proto::DataType::Float as i32,
        raw_data: values.iter().flat_map(|v| v.to_le_bytes()).collect(),
        ..Default::default()
    }
}

pub fn tensor_f16(name: &str, dims: &[usize], values: &[f32]) -> TensorProto {
    TensorProto {
        data_type: tensor_proto::DataType::Float16 as i32,
        raw_data: values.iter().flat_map(|v| f16::from_f32(*v).to_le_bytes()).collect(),
        ..tensor(name, dims, &[])
    }
}

pub fn tensor_i8(name: &str, dims: &[usize], values: &[i8]) -> TensorProto {
    TensorProto {
        data_type: tensor_proto::DataType::Int8 as i32,
        raw_data: values.iter().map(|v| v.cast_unsigned()).collect(),
        ..tensor(name, dims, &[])
    }
}

pub fn node(op: &str, inputs: &[&str], output: &str, attribute: Vec<AttributeProto>) -> NodeProto {
    NodeProto {
        name: output.into(),
        op_type: op.into(),
        input: inputs.iter().map(|s| s.to_string()).collect(),
        output: vec![output.into()],
        attribute,
        ..Default::default()
    }
}

pub fn int(name: &str, i: i64) -> AttributeProto {
    let r#type = attribute_proto::AttributeType::Int as i32;
    AttributeProto { name: name.into(), i, r#type, ..Default::default() }
}

/// `name`: f32, rows × `width`.
pub fn value(name: &str, width: i64) -> ValueInfoProto {
    use tensor_shape_proto::{Dimension, dimension::Value};
    let dim = |v| Dimension { value: Some(v), ..Default::default() };
    let shape = TensorShapeProto {
        dim: vec![dim(Value::DimParam("N".into())), dim(Value::DimValue(width))],
    };
    let tensor =
        type_proto::Tensor { elem_type: tensor_proto::DataType::Float as i32, shape: Some(shape) };
    let r#type =
        TypeProto { value: Some(type_proto::Value::TensorType(tensor)), ..Default::default() };
    ValueInfoProto { name: name.into(), r#type: Some(r#type), ..Default::default() }
}

pub fn model(
    nodes: Vec<NodeProto>,
    initializers: Vec<TensorProto>,
    inputs: Vec<ValueInfoProto>,
    outputs: Vec<ValueInfoProto>,
) -> ModelProto {
    ModelProto {
        ir_version: 9,
        opset_import: vec![OperatorSetIdProto { domain: String::new(), version: 20 }],
        graph: Some(GraphProto {
            name: "net".into(),
            node: nodes,
            initializer: initializers,
            input: inputs,
            output: outputs,
            ..Default::default()
        }),
        ..Default::default()
    }
}

/// Linear(width → hidden), LayerNorm, GELU, Linear(hidden → tasks) with random weights, stored as
/// f16 behind Cast nodes if `half`.
pub fn mlp(width: usize, hidden: usize, tasks: usize, seed: u64, half: bool) -> ModelProto {
    let mut r = Random(seed);
    let w1 = r.vector(width * hidden, (3.0 / width as f32).sqrt());
    let b1 = r.vector(hidden, 0.1);
    let g = r.vector(hidden, 0.1).iter().map(|v| 1.0 + v).collect::<Vec<_>>();
    let b = r.vector(hidden, 0.1);
    let w2 = r.vector(hidden * tasks, (3.0 / hidden as f32).sqrt());
    let b2 = r.vector(tasks, 0.1);
    let mut nodes = Vec::new();
    let mut initializers = Vec::new();
    for (name, dims, values) in [("w1", [width, hidden], &w1), ("w2", [hidden, tasks], &w2)] {
        if half {
            initializers.push(tensor_f16(&format!("{name}_f16"), &dims, values));
            let to = int("to", tensor_proto::DataType::Float as i64);
            nodes.push(node("Cast", &[&format!("{name}_f16")], name, vec![to]));
        } else {
            initializers.push(tensor(name, &dims, values));
        }
    }
    for (name, n, values) in
        [("b1", hidden, &b1), ("g", hidden, &g), ("b", hidden, &b), ("b2", tasks, &b2)]
    {
        initializers.push(tensor(name, &[n], values));
    }
    nodes.push(node("Gemm", &["x", "w1", "b1"], "h1", vec![]));
    nodes.push(node("LayerNormalization", &["h1", "g", "b"], "h2", vec![int("axis", -1)]));
    nodes.push(node("Gelu", &["h2"], "h3", vec![]));
    nodes.push(node("Gemm", &["h3", "w2", "b2"], "y", vec![]));
    model(nodes, initializers, vec![value("x", width as i64)], vec![value("y", tasks as i64)])
}

pub fn bytes(model: &ModelProto) -> Vec<u8> {
    model.encode_to_vec()
}
