//! The graph encoder as ONNX, for other programs: graph networks of model files have another form (`chmr::model::graph`).
//!
//! | input | type | shape | |
//! |---|---|---|---|
//! | `atoms` | int64 | atoms × 9 | categories of the Open Graph Benchmark's atom features |
//! | `bonds` | int64 | bonds × 3 | the same of the bonds, each in both directions |
//! | `edges` | int64 | bonds × 2 | atom that each leaves, atom that it enters |
//! | `molecule` | int64 | atoms | number of each atom's molecule |
//! | `count` | int64 | 1 | number of molecules |
//!
//! Output `y`: f32, molecules × width. Sums over neighbours and atoms are ScatterND with the reduction `add`.

use crate::Result;
use crate::backbone::GraphShape;
use crate::chmr::encoders::{ATOM_CATEGORIES, BOND_CATEGORIES};
use crate::chmr::layers::EPSILON;
use crate::onnx::{attribute, integers, integers_port, model, node, port, single_tensor};
use candle_core::{DType, Device, Tensor};
use std::collections::HashMap;
use tract_onnx::pb::{
    AttributeProto, GraphProto, NodeProto, TensorProto, attribute_proto::AttributeType,
};

/// The bytes of the ONNX file of the encoder whose weights are `encoder_2d.…` among `tensors`.
///
/// # Errors
/// If a weight is absent.
pub fn encoder_2d(tensors: &HashMap<String, Tensor>, shape: GraphShape) -> Result<Vec<u8>> {
    let mut g = Writer { tensors, nodes: Vec::new(), initializers: Vec::new() };
    g.constant("width", &[1], &[shape.width as i64]);
    for (name, value) in [("first", 0), ("second", 1)] {
        g.constant(name, &[], &[value]);
    }
    g.constant("one", &[1], &[1]);
    g.constant("last", &[1], &[-1]);
    let axis = |i| vec![AttributeProto { i, ..attribute("axis", AttributeType::Int) }];
    g.push("Gather", &["edges", "first"], "from", axis(1));
    g.push("Gather", &["edges", "second"], "to", axis(1));
    g.push("Unsqueeze", &["to", "last"], "to_rows", vec![]);
    g.push("Unsqueeze", &["molecule", "last"], "owner_rows", vec![]);
    g.push("Concat", &["count", "width"], "shape", axis(0));
    let zero = single_tensor("zero", &Tensor::zeros(1, DType::F32, &Device::Cpu)?)?;
    let value = AttributeProto { t: Some(zero), ..attribute("value", AttributeType::Tensor) };
    g.push("ConstantOfShape", &["shape"], "nowhere", vec![value]);
    let mut h = g.categories("atoms", "encoder_2d.atoms", &ATOM_CATEGORIES)?;
    let start = g.weight("encoder_2d.virtual_node")?;
    g.push("Add", &["nowhere", &start], "virtual", vec![]);
    let mut virtual_node = "virtual".to_owned();
    for i in 0..shape.layers {
        let scope = format!("encoder_2d.layer{i}");
        let name = |what: &str| format!("{what}_{i}");
        let own = g.push("Gather", &[&virtual_node, "molecule"], &name("own"), axis(0));
        let input = g.push("Add", &[&h, &own], &name("input"), vec![]);
        let epsilon = g.tensor(&format!("{scope}.epsilon"))?;
        let factor = (epsilon + 1.0)?;
        g.initializers.push(single_tensor(&name("factor"), &factor)?);
        let scaled = g.push("Mul", &[&input, &name("factor")], &name("scaled"), vec![]);
        let bonds = g.categories_of("bonds", &format!("{scope}.bonds"), &BOND_CATEGORIES, i)?;
        let left = g.push("Gather", &[&input, "from"], &name("left"), axis(0));
        let sum = g.push("Add", &[&left, &bonds], &name("met"), vec![]);
        let message = g.push("Relu", &[&sum], &name("message"), vec![]);
        let sum = g.scatter(&scaled, "to_rows", &message, &name("sum"));
        let mut out = g.mlp(&sum, &format!("{scope}.mlp"), &name("mlp"))?;
        out = g.norm(&out, &format!("{scope}.norm"), &name("normed"))?;
        let listens = i + 1 < shape.layers;
        if listens {
            out = g.push("Relu", &[&out], &name("active"), vec![]);
        }
        h = g.push("Add", &[&out, &input], &name("h"), vec![]);
        if listens {
            let pooled = g.scatter("nowhere", "owner_rows", &input, &name("pooled"));
            let all = g.push("Add", &[&pooled, &virtual_node], &name("heard"), vec![]);
            let heard = g.mlp(&all, &format!("{scope}.virtual"), &name("virtual_mlp"))?;
            let heard =
                g.norm(&heard, &format!("{scope}.virtual_norm"), &name("virtual_normed"))?;
            let heard = g.push("Relu", &[&heard], &name("virtual_active"), vec![]);
            virtual_node = g.push("Add", &[&heard, &virtual_node], &name("virtual"), vec![]);
        }
    }
    g.scatter("nowhere", "owner_rows", &h, "y");
    Ok(model(GraphProto {
        name: "encoder_2d".into(),
        node: g.nodes,
        initializer: g.initializers,
        input: vec![
            integers_port("atoms", "atoms", Some(ATOM_CATEGORIES.len())),
            integers_port("bonds", "bonds", Some(BOND_CATEGORIES.len())),
            integers_port("edges", "bonds", Some(2)),
            integers_port("molecule", "atoms", None),
            integers_port("count", "one", None),
        ],
        output: vec![port("y", shape.width)],
        ..Default::default()
    }))
}

/// A graph in the making. Every method that adds a node gives the name of its output.
struct Writer<'a> {
    tensors: &'a HashMap<String, Tensor>,
    nodes: Vec<NodeProto>,
    initializers: Vec<TensorProto>,
}

impl Writer<'_> {
    fn tensor(&self, name: &str) -> Result<&Tensor> {
        Ok(self.tensors.get(name).ok_or_else(|| format!("the model has no tensor {name}"))?)
    }

    /// A weight under its own name.
    fn weight(&mut self, name: &str) -> Result<String> {
        let tensor = single_tensor(name, self.tensor(name)?)?;
        self.initializers.push(tensor);
        Ok(name.to_owned())
    }

    fn constant(&mut self, name: &str, dims: &[i64], values: &[i64]) {
        self.initializers.push(integers(name, dims, values));
    }

    fn push(
        &mut self,
        op: &str,
        inputs: &[&str],
        output: &str,
        attributes: Vec<AttributeProto>,
    ) -> String {
        self.nodes.push(node(op, inputs, output, attributes));
        output.to_owned()
    }

    fn scatter(&mut self, onto: &str, rows: &str, values: &str, output: &str) -> String {
        let add =
            AttributeProto { s: b"add".to_vec(), ..attribute("reduction", AttributeType::String) };
        self.push("ScatterND", &[onto, rows, values], output, vec![add])
    }

    /// The sum of one vector a feature.
    fn categories(&mut self, input: &str, scope: &str, counts: &[usize]) -> Result<String> {
        self.categories_of(input, scope, counts, 0)
    }

    /// The same, of layer `i`.
    fn categories_of(
        &mut self,
        input: &str,
        scope: &str,
        counts: &[usize],
        i: usize,
    ) -> Result<String> {
        let name = |what: &str| format!("{input}_{what}_{i}");
        let offsets: Vec<i64> = counts
            .iter()
            .scan(0, |start, n| {
                *start += *n as i64;
                Some(*start - *n as i64)
            })
            .collect();
        self.constant(&name("offsets"), &[counts.len() as i64], &offsets);
        let table = self.weight(&format!("{scope}.table"))?;
        let rows = self.push("Add", &[input, &name("offsets")], &name("rows"), vec![]);
        let found = self.push("Gather", &[&table, &rows], &name("found"), vec![]);
        let keep = AttributeProto { i: 0, ..attribute("keepdims", AttributeType::Int) };
        Ok(self.push("ReduceSum", &[&found, "one"], &name("sum"), vec![keep]))
    }

    fn linear(&mut self, x: &str, scope: &str, output: &str) -> Result<String> {
        let weight = self.weight(&format!("{scope}.weight"))?;
        let bias = self.weight(&format!("{scope}.bias"))?;
        let turned = AttributeProto { i: 1, ..attribute("transB", AttributeType::Int) };
        Ok(self.push("Gemm", &[x, &weight, &bias], output, vec![turned]))
    }

    fn norm(&mut self, x: &str, scope: &str, output: &str) -> Result<String> {
        let mut inputs = vec![x.to_owned()];
        for part in ["weight", "bias", "running_mean", "running_variance"] {
            inputs.push(self.weight(&format!("{scope}.{part}"))?);
        }
        let inputs: Vec<&str> = inputs.iter().map(String::as_str).collect();
        let epsilon =
            AttributeProto { f: EPSILON as f32, ..attribute("epsilon", AttributeType::Float) };
        Ok(self.push("BatchNormalization", &inputs, output, vec![epsilon]))
    }

    fn mlp(&mut self, x: &str, scope: &str, output: &str) -> Result<String> {
        let first = self.linear(x, &format!("{scope}.first"), &format!("{output}_first"))?;
        let normed = self.norm(&first, &format!("{scope}.norm"), &format!("{output}_normed"))?;
        let active = self.push("Relu", &[&normed], &format!("{output}_active"), vec![]);
        self.linear(&active, &format!("{scope}.second"), output)
    }
}
