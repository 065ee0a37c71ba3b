//! The one ONNX graph that a graph network is stored as: every node in its place. Writing makes it, reading compares with it.

use super::norm::EPSILON;
use super::shape::GraphShape;
use crate::features::{ATOM_CODES, BOND_CODES, WALKS};
use crate::model::kernel::{LEAST, STEPS};
use crate::model::onnx_weights::Stored;
use std::collections::HashSet;
use tract_onnx::pb::{
    AttributeProto, NodeProto, TensorProto, TensorShapeProto, TypeProto, ValueInfoProto,
    attribute_proto::AttributeType, tensor_proto::DataType, tensor_shape_proto, type_proto,
};

/// An initializer.
pub(super) struct Initializer {
    pub(super) name: String,
    pub(super) dims: Vec<usize>,
    pub(super) content: Content,
}

/// What an initializer holds.
pub(super) enum Content {
    /// Always the same bytes.
    Constant(DataType, Vec<u8>),
    /// The weight of this name, stored like this.
    Weight(String, Stored),
    /// The scales of the columns of the weight of this name.
    Scales(String),
}

/// Nodes, initializers and inputs of a network.
pub(super) struct Form {
    pub(super) nodes: Vec<NodeProto>,
    pub(super) initializers: Vec<Initializer>,
    pub(super) inputs: Vec<ValueInfoProto>,
    pub(super) output: ValueInfoProto,
}

/// The initializer that only quantized networks have.
pub(super) const QUANTIZED: &str = "steps";

/// The form of a network of this shape, quantized or not, whose weights are stored as `stored` says: those of a quantized one's
/// linear layers as bytes.
pub(super) fn form(shape: &GraphShape, quantized: bool, stored: impl Fn(&str) -> Stored) -> Form {
    let mut g = Builder { quantized, nodes: Vec::new(), initializers: Vec::new() };
    let linears: HashSet<String> = shape.linears().map(|(name, _)| name).collect();
    for (name, dims) in shape.tensors() {
        match quantized && linears.contains(&name) {
            true => g.bytes(name, dims),
            false => {
                let stored = stored(&name);
                g.weight(name, dims, stored);
            }
        }
    }
    g.constants(shape);
    g.atoms(shape);
    g.layers(shape);
    let reads: Vec<String> =
        (0..=shape.layers).flat_map(|i| [format!("mean.{i}"), format!("tenth.{i}")]).collect();
    let reads: Vec<&str> = reads.iter().map(String::as_str).collect();
    g.node("Concat", &reads, "reads", [integer("axis", 1)]);
    g.mlp("reads", "out", "y");
    let mut inputs = vec![
        port("atoms", DataType::Int64, &[Dim::Any("atoms"), Dim::Of(ATOM_CODES.len())]),
        port("bonds", DataType::Int64, &[Dim::Any("edges"), Dim::Of(BOND_CODES.len())]),
        port("edges", DataType::Int64, &[Dim::Any("edges"), Dim::Of(2)]),
        port("molecule", DataType::Int64, &[Dim::Any("atoms")]),
        port("count", DataType::Int64, &[Dim::Of(1)]),
    ];
    if shape.walks {
        inputs.push(port("walks", DataType::Float, &[Dim::Any("atoms"), Dim::Of(WALKS)]));
    }
    let output = port("y", DataType::Float, &[Dim::Any("molecules"), Dim::Of(shape.outputs)]);
    Form { nodes: g.nodes, initializers: g.initializers, inputs, output }
}

/// The suffix of the name under which a weight is stored that some node has to widen.
pub(super) fn suffix(stored: Stored) -> &'static str {
    match stored {
        Stored::Single => "",
        Stored::Half => ".f16",
        Stored::Byte => ".int8",
    }
}

struct Builder {
    quantized: bool,
    nodes: Vec<NodeProto>,
    initializers: Vec<Initializer>,
}

impl Builder {
    fn node<const N: usize>(
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
    fn weight(&mut self, name: String, dims: Vec<usize>, stored: Stored) {
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
    fn bytes(&mut self, name: String, dims: Vec<usize>) {
        let columns = dims.last().copied();
        let kept = format!("{name}{}", suffix(Stored::Byte));
        let (dims_of_scales, content) = (columns.into_iter().collect(), Content::Scales(name.clone()));
        let scales = format!("{name}.scales");
        self.initializers.push(Initializer { name: scales, dims: dims_of_scales, content });
        let content = Content::Weight(name, Stored::Byte);
        self.initializers.push(Initializer { name: kept, dims, content });
    }

    fn integers(&mut self, name: &str, dims: &[usize], values: &[usize]) {
        let bytes = values.iter().flat_map(|v| (*v as i64).to_le_bytes()).collect();
        let content = Content::Constant(DataType::Int64, bytes);
        self.initializers.push(Initializer { name: name.into(), dims: dims.to_vec(), content });
    }

    fn number(&mut self, name: &str, value: f32) {
        let content = Content::Constant(DataType::Float, value.to_le_bytes().into());
        self.initializers.push(Initializer { name: name.into(), dims: vec![], content });
    }

    /// Numbers, and what the sums start from.
    fn constants(&mut self, shape: &GraphShape) {
        self.integers("zero", &[], &[0]);
        self.integers("one", &[], &[1]);
        self.integers("axis", &[1], &[1]);
        self.integers("width", &[1], &[shape.width]);
        self.integers("atom.offsets", &[ATOM_CODES.len()], &offsets(&ATOM_CODES));
        self.integers("bond.offsets", &[BOND_CODES.len()], &offsets(&BOND_CODES));
        self.number("ten", 10.0);
        if self.quantized {
            self.number(QUANTIZED, STEPS);
            self.number("least", LEAST);
        }
        self.node("Gather", &["edges", "zero"], "from", [integer("axis", 1)]);
        self.node("Gather", &["edges", "one"], "to", [integer("axis", 1)]);
        self.node("Unsqueeze", &["to", "axis"], "to.rows", []);
        self.node("Unsqueeze", &["molecule", "axis"], "molecule.rows", []);
        self.node("Concat", &["count", "width"], "pooled.shape", [integer("axis", 0)]);
        self.node("ConstantOfShape", &["pooled.shape"], "nothing", [filled(0.0)]);
        self.node("ConstantOfShape", &["count"], "none", [filled(0.0)]);
        self.node("Shape", &["molecule"], "atoms.count", []);
        self.node("ConstantOfShape", &["atoms.count"], "ones", [filled(1.0)]);
        self.node("ScatterND", &["none", "molecule.rows", "ones"], "sizes.flat", [sums()]);
        self.node("Unsqueeze", &["sizes.flat", "axis"], "sizes", []);
    }

    fn atoms(&mut self, shape: &GraphShape) {
        let sum = if shape.walks { "x.codes" } else { "x.0" };
        self.embedding("atoms", "atom", "atom.table", sum);
        if shape.walks {
            self.node("MatMul", &["walks", "walks.weight"], "x.walks", []);
            self.node("Add", &["x.codes", "x.walks"], "x.0", []);
        }
        self.node("Add", &["bonds", "bond.offsets"], "bond.rows", []);
        self.pool(0);
    }

    /// The sum of a vector for each code.
    fn embedding(&mut self, codes: &str, scope: &str, table: &str, output: &str) {
        let rows = format!("{scope}.rows");
        self.node("Add", &[codes, &format!("{scope}.offsets")], &rows, []);
        self.gather_sum(table, &rows, output);
    }

    fn gather_sum(&mut self, table: &str, rows: &str, output: &str) {
        let found = format!("{output}.each");
        self.node("Gather", &[table, rows], &found, [integer("axis", 0)]);
        self.node("ReduceSum", &[&found, "axis"], output, [integer("keepdims", 0)]);
    }

    /// Mean and a tenth of the sum of the atoms' values before layer `i`.
    fn pool(&mut self, i: usize) {
        let (x, sum) = (format!("x.{i}"), format!("sum.{i}"));
        self.node("ScatterND", &["nothing", "molecule.rows", &x], &sum, [sums()]);
        self.node("Div", &[&sum, "sizes"], &format!("mean.{i}"), []);
        self.node("Div", &[&sum, "ten"], &format!("tenth.{i}"), []);
    }

    fn layers(&mut self, shape: &GraphShape) {
        for i in 0..shape.layers {
            let name = |what: &str| format!("{what}.{i}");
            let before = match i {
                0 | 1 => "nothing".to_owned(),
                _ => format!("virtual.{}", i - 1),
            };
            let mut x = name("x");
            if i > 0 {
                self.node("Add", &[&before, &name("mean")], &name("heard"), []);
                self.mlp(&name("heard"), &format!("virtual{i}"), &name("told"));
                self.node("Add", &[&before, &name("told")], &name("virtual"), []);
                let axis = integer("axis", 0);
                self.node("Gather", &[&name("virtual"), "molecule"], &name("own"), [axis]);
                self.node("Add", &[&x, &name("own")], &name("met"), []);
                x = name("met");
            }
            let scope = format!("layer{i}");
            self.gather_sum(&format!("{scope}.bond.table"), "bond.rows", &name("bonds"));
            self.node("Gather", &[&x, "from"], &name("neighbors"), [integer("axis", 0)]);
            self.node("Add", &[&name("neighbors"), &name("bonds")], &name("along"), []);
            self.node("Gelu", &[&name("along")], &name("message"), []);
            self.node("Mul", &[&x, &format!("{scope}.scale")], &name("scaled"), []);
            let sum = [name("scaled"), "to.rows".into(), name("message")];
            self.node("ScatterND", &[&sum[0], &sum[1], &sum[2]], &name("z"), [sums()]);
            self.linear(&name("z"), &format!("{scope}.first"), &name("first"));
            self.node("Gelu", &[&name("first")], &name("inner"), []);
            self.linear(&name("inner"), &format!("{scope}.second"), &name("second"));
            self.node("Gelu", &[&name("second")], &name("change"), []);
            self.node("Add", &[&x, &name("change")], &format!("x.{}", i + 1), []);
            self.pool(i + 1);
        }
    }

    fn linear(&mut self, x: &str, scope: &str, output: &str) {
        let (weight, bias) = (format!("{scope}.weight"), format!("{scope}.bias"));
        if !self.quantized {
            return self.node("Gemm", &[x, &weight, &bias], output, []);
        }
        let name = |what: &str| format!("{output}.{what}");
        let (bytes, scales) = (format!("{weight}{}", suffix(Stored::Byte)), format!("{weight}.scales"));
        // Steps of the row: a 127th of its largest magnitude each.
        self.node("Abs", &[x], &name("sizes"), []);
        self.node("ReduceMax", &[&name("sizes"), "axis"], &name("largest"), [integer("keepdims", 1)]);
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
        self.node("Mul", &[&name("rows"), &scales], &name("columns"), []);
        self.node("Add", &[&name("columns"), &bias], output, []);
    }

    fn mlp(&mut self, x: &str, scope: &str, output: &str) {
        let name = |what: &str| format!("{scope}.{what}");
        self.linear(x, &name("first"), &name("first"));
        let inputs = [name("first"), name("norm.weight"), name("norm.bias")];
        let attributes = [integer("axis", -1), float("epsilon", EPSILON)];
        let inputs: Vec<&str> = inputs.iter().map(String::as_str).collect();
        self.node("LayerNormalization", &inputs, &name("normed"), attributes);
        self.node("Gelu", &[&name("normed")], &name("active"), []);
        self.linear(&name("active"), &name("second"), output);
    }
}

/// Where each of several tables begins that stand one under the other.
fn offsets(counts: &[usize]) -> Vec<usize> {
    let start = |i: usize| counts[..i].iter().sum();
    (0..counts.len()).map(start).collect()
}

fn attribute(name: &str, kind: AttributeType) -> AttributeProto {
    AttributeProto { name: name.into(), r#type: kind as i32, ..Default::default() }
}

fn integer(name: &str, i: i64) -> AttributeProto {
    AttributeProto { i, ..attribute(name, AttributeType::Int) }
}

fn float(name: &str, f: f32) -> AttributeProto {
    AttributeProto { f, ..attribute(name, AttributeType::Float) }
}

/// What makes ScatterND add.
fn sums() -> AttributeProto {
    AttributeProto { s: b"add".to_vec(), ..attribute("reduction", AttributeType::String) }
}

/// What ConstantOfShape fills with.
fn filled(value: f32) -> AttributeProto {
    let tensor = TensorProto {
        dims: vec![1],
        data_type: DataType::Float as i32,
        raw_data: value.to_le_bytes().to_vec(),
        ..Default::default()
    };
    AttributeProto { t: Some(tensor), ..attribute("value", AttributeType::Tensor) }
}

enum Dim {
    Any(&'static str),
    Of(usize),
}

fn port(name: &str, kind: DataType, dims: &[Dim]) -> ValueInfoProto {
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
