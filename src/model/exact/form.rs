//! A graph that is being written, node behind node.

use crate::model::kernel::{LEAST, STEPS};
use crate::model::onnx_weights::Stored;
use prost::Message;
use tract_onnx::pb::{
    AttributeProto, GraphProto, ModelProto, NodeProto, OperatorSetIdProto, TensorProto,
    TensorShapeProto, TypeProto, ValueInfoProto, attribute_proto::AttributeType,
    tensor_proto::DataType, tensor_shape_proto, type_proto,
};

/// An initializer.
pub(in crate::model) struct Initializer {
    pub(in crate::model) name: String,
    pub(in crate::model) dims: Vec<usize>,
    pub(in crate::model) content: Content,
}

/// What an initializer holds.
pub(in crate::model) enum Content {
    /// Always the same bytes.
    Constant(DataType, Vec<u8>),
    /// The weight of this name, stored like this.
    Weight(String, Stored),
    /// The scales of the columns of the weight of this name.
    Scales(String),
}

/// Nodes, initializers and inputs of a network.
pub(in crate::model) struct Form {
    pub(in crate::model) nodes: Vec<NodeProto>,
    pub(in crate::model) initializers: Vec<Initializer>,
    pub(in crate::model) inputs: Vec<ValueInfoProto>,
    pub(in crate::model) output: ValueInfoProto,
}

impl Form {
    /// The bytes of an ONNX file called `name`; `bytes` are those of what is no constant.
    pub(in crate::model) fn write(
        self,
        name: &str,
        bytes: impl Fn(&Content) -> Vec<u8>,
    ) -> Vec<u8> {
        let tensor = |i: Initializer| TensorProto {
            name: i.name,
            dims: i.dims.iter().map(|d| *d as i64).collect(),
            data_type: i.content.kind() as i32,
            raw_data: match i.content {
                Content::Constant(_, bytes) => bytes,
                other => bytes(&other),
            },
            ..Default::default()
        };
        let graph = GraphProto {
            name: name.into(),
            node: self.nodes,
            initializer: self.initializers.into_iter().map(tensor).collect(),
            input: self.inputs,
            output: vec![self.output],
            ..Default::default()
        };
        let model = ModelProto {
            ir_version: 9,
            producer_name: "chmr".into(),
            producer_version: env!("CARGO_PKG_VERSION").into(),
            opset_import: vec![OperatorSetIdProto { domain: String::new(), version: 20 }],
            graph: Some(graph),
            ..Default::default()
        };
        model.encode_to_vec()
    }
}

impl Content {
    pub(super) fn kind(&self) -> DataType {
        match self {
            Self::Constant(kind, _) => *kind,
            Self::Weight(_, Stored::Single) | Self::Scales(_) => DataType::Float,
            Self::Weight(_, Stored::Half) => DataType::Float16,
            Self::Weight(_, Stored::Byte) => DataType::Int8,
        }
    }
}

/// The initializer that all quantized networks have, and no others: how many steps a row's largest magnitude has.
pub(in crate::model) const QUANTIZED: &str = "steps";

/// The suffix of the name under which a weight is stored that some node has to widen.
pub(in crate::model) fn suffix(stored: Stored) -> &'static str {
    match stored {
        Stored::Single => "",
        Stored::Half => ".f16",
        Stored::Byte => ".int8",
    }
}

/// Adds nodes and initializers.
#[derive(Default)]
pub(in crate::model) struct Builder {
    pub(in crate::model) nodes: Vec<NodeProto>,
    pub(in crate::model) initializers: Vec<Initializer>,
}

impl Builder {
    /// A node, called as its output.
    pub(in crate::model) fn node<const N: usize>(
        &mut self,
        op: &str,
        inputs: &[&str],
        output: &str,
        attribute: [AttributeProto; N],
    ) {
        self.nodes.push(NodeProto {
            name: output.into(),
            op_type: op.into(),
            input: inputs.iter().map(|i| (*i).to_owned()).collect(),
            output: vec![output.into()],
            attribute: attribute.into(),
            ..Default::default()
        });
    }

    /// A weight, and the node that widens it.
    pub(in crate::model) fn weight(&mut self, name: String, dims: Vec<usize>, stored: Stored) {
        let kept = format!("{name}{}", suffix(stored));
        match stored {
            Stored::Single => {}
            Stored::Half => {
                self.node("Cast", &[&kept], &name, [integer("to", DataType::Float as i64)]);
            }
            Stored::Byte => {
                let scales = format!("{name}.scales");
                self.node("DequantizeLinear", &[&kept, &scales], &name, [integer("axis", 1)]);
                return self.bytes(name, dims);
            }
        }
        let content = Content::Weight(name, stored);
        self.initializers.push(Initializer { name: kept, dims, content });
    }

    /// A weight as bytes, and its columns' scales.
    pub(in crate::model) fn bytes(&mut self, name: String, dims: Vec<usize>) {
        let columns = dims.last().copied().into_iter().collect();
        let (scales, content) = (format!("{name}.scales"), Content::Scales(name.clone()));
        self.initializers.push(Initializer { name: scales, dims: columns, content });
        let kept = format!("{name}{}", suffix(Stored::Byte));
        let content = Content::Weight(name, Stored::Byte);
        self.initializers.push(Initializer { name: kept, dims, content });
    }

    pub(in crate::model) fn integers(&mut self, name: &str, dims: &[usize], values: &[usize]) {
        let bytes = values.iter().flat_map(|v| (*v as i64).to_le_bytes()).collect();
        let content = Content::Constant(DataType::Int64, bytes);
        self.initializers.push(Initializer { name: name.into(), dims: dims.to_vec(), content });
    }

    pub(in crate::model) fn number(&mut self, name: &str, value: f32) {
        let content = Content::Constant(DataType::Float, value.to_le_bytes().into());
        self.initializers.push(Initializer { name: name.into(), dims: vec![], content });
    }

    /// What [`products_of_bytes`](Self::products_of_bytes) needs, once.
    pub(in crate::model) fn quantized(&mut self) {
        self.number(QUANTIZED, STEPS);
        self.number("least", LEAST);
    }

    /// The products of the rows of `x`, rounded to bytes, with the bytes of `weight`: `OUTPUT.columns`, whose name is given.
    pub(in crate::model) fn products_of_bytes(
        &mut self,
        x: &str,
        weight: &str,
        output: &str,
    ) -> String {
        let name = |what: &str| format!("{output}.{what}");
        let bytes = format!("{weight}{}", suffix(Stored::Byte));
        // A step of a row: a 127th of its largest magnitude.
        self.node("Abs", &[x], &name("sizes"), []);
        let keep = integer("keepdims", 1);
        self.node("ReduceMax", &[&name("sizes"), "axis"], &name("largest"), [keep]);
        self.node("Max", &[&name("largest"), "least"], &name("most"), []);
        self.node("Div", &[QUANTIZED, &name("most")], &name("factor"), []);
        self.node("Mul", &[x, &name("factor")], &name("steps"), []);
        self.node("Round", &[&name("steps")], &name("whole"), []);
        let to = |kind: DataType| [integer("to", kind as i64)];
        self.node("Cast", &[&name("whole")], &name("bytes"), to(DataType::Int8));
        self.node("MatMulInteger", &[&name("bytes"), &bytes], &name("sums"), []);
        self.node("Cast", &[&name("sums")], &name("products"), to(DataType::Float));
        self.node("Div", &[&name("most"), QUANTIZED], &name("scale"), []);
        self.node("Mul", &[&name("products"), &name("scale")], &name("rows"), []);
        let scales = format!("{weight}.scales");
        self.node("Mul", &[&name("rows"), &scales], &name("columns"), []);
        name("columns")
    }
}

fn attribute(name: &str, kind: AttributeType) -> AttributeProto {
    AttributeProto { name: name.into(), r#type: kind as i32, ..Default::default() }
}

pub(in crate::model) fn integer(name: &str, i: i64) -> AttributeProto {
    AttributeProto { i, ..attribute(name, AttributeType::Int) }
}

pub(in crate::model) fn float(name: &str, f: f32) -> AttributeProto {
    AttributeProto { f, ..attribute(name, AttributeType::Float) }
}

/// What makes ScatterND add.
pub(in crate::model) fn sums() -> AttributeProto {
    AttributeProto { s: b"add".to_vec(), ..attribute("reduction", AttributeType::String) }
}

/// What ConstantOfShape fills with.
pub(in crate::model) fn filled(value: f32) -> AttributeProto {
    let tensor = TensorProto {
        dims: vec![1],
        data_type: DataType::Float as i32,
        raw_data: value.to_le_bytes().to_vec(),
        ..Default::default()
    };
    AttributeProto { t: Some(tensor), ..attribute("value", AttributeType::Tensor) }
}

pub(in crate::model) enum Dim {
    Any(&'static str),
    Of(usize),
}

pub(in crate::model) fn port(name: &str, kind: DataType, dims: &[Dim]) -> ValueInfoProto {
    use tensor_shape_proto::{Dimension, dimension::Value};
    let dim = |d: &Dim| Dimension {
        value: Some(match d {
            Dim::Any(name) => Value::DimParam((*name).into()),
            Dim::Of(n) => Value::DimValue(*n as i64),
        }),
        ..Default::default()
    };
    let shape = TensorShapeProto { dim: dims.iter().map(dim).collect() };
    let tensor = type_proto::Tensor { elem_type: kind as i32, shape: Some(shape) };
    let kind =
        TypeProto { value: Some(type_proto::Value::TensorType(tensor)), ..Default::default() };
    ValueInfoProto { name: name.into(), r#type: Some(kind), ..Default::default() }
}
