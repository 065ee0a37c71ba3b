//! The one ONNX graph that a graph network is stored as: every node in its place. Writing makes it, reading compares with it.

use super::shape::GraphShape;
use crate::features::{ATOM_CODES, BOND_CODES, WALKS};
use crate::model::exact::{Builder, Dim, Form, filled, float, integer, port, sums};
use crate::model::kernel::EPSILON;
use crate::model::onnx_weights::Stored;
use std::collections::HashSet;
use tract_onnx::pb::tensor_proto::DataType;

/// The form of a network of this shape, quantized or not, whose weights are stored as `stored` says: those of a quantized one's
/// linear layers as bytes.
pub(super) fn form(shape: &GraphShape, quantized: bool, stored: impl Fn(&str) -> Stored) -> Form {
    let mut g = Layers { quantized, builder: Builder::default() };
    let linears: HashSet<String> = shape.linears().map(|(name, _)| name).collect();
    for (name, dims) in shape.tensors() {
        match quantized && linears.contains(&name) {
            true => g.builder.bytes(name, dims),
            false => {
                let stored = stored(&name);
                g.builder.weight(name, dims, stored);
            }
        }
    }
    g.constants(shape);
    g.atoms(shape);
    g.layers(shape);
    let reads: Vec<String> =
        (0..=shape.layers).flat_map(|i| [format!("mean.{i}"), format!("tenth.{i}")]).collect();
    let reads: Vec<&str> = reads.iter().map(String::as_str).collect();
    g.builder.node("Concat", &reads, "reads", [integer("axis", 1)]);
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
    let Builder { nodes, initializers } = g.builder;
    Form { nodes, initializers, inputs, output }
}

struct Layers {
    quantized: bool,
    builder: Builder,
}

impl Layers {
    /// Numbers, and what the sums start from.
    fn constants(&mut self, shape: &GraphShape) {
        self.builder.integers("zero", &[], &[0]);
        self.builder.integers("one", &[], &[1]);
        self.builder.integers("axis", &[1], &[1]);
        self.builder.integers("width", &[1], &[shape.width]);
        self.builder.integers("atom.offsets", &[ATOM_CODES.len()], &offsets(&ATOM_CODES));
        self.builder.integers("bond.offsets", &[BOND_CODES.len()], &offsets(&BOND_CODES));
        self.builder.number("ten", 10.0);
        if self.quantized {
            self.builder.quantized();
        }
        self.builder.node("Gather", &["edges", "zero"], "from", [integer("axis", 1)]);
        self.builder.node("Gather", &["edges", "one"], "to", [integer("axis", 1)]);
        self.builder.node("Unsqueeze", &["to", "axis"], "to.rows", []);
        self.builder.node("Unsqueeze", &["molecule", "axis"], "molecule.rows", []);
        self.builder.node("Concat", &["count", "width"], "pooled.shape", [integer("axis", 0)]);
        self.builder.node("ConstantOfShape", &["pooled.shape"], "nothing", [filled(0.0)]);
        self.builder.node("ConstantOfShape", &["count"], "none", [filled(0.0)]);
        self.builder.node("Shape", &["molecule"], "atoms.count", []);
        self.builder.node("ConstantOfShape", &["atoms.count"], "ones", [filled(1.0)]);
        self.builder.node("ScatterND", &["none", "molecule.rows", "ones"], "sizes.flat", [sums()]);
        self.builder.node("Unsqueeze", &["sizes.flat", "axis"], "sizes", []);
    }

    fn atoms(&mut self, shape: &GraphShape) {
        let sum = if shape.walks { "x.codes" } else { "x.0" };
        self.embedding("atoms", "atom", "atom.table", sum);
        if shape.walks {
            self.builder.node("MatMul", &["walks", "walks.weight"], "x.walks", []);
            self.builder.node("Add", &["x.codes", "x.walks"], "x.0", []);
        }
        self.builder.node("Add", &["bonds", "bond.offsets"], "bond.rows", []);
        self.pool(0);
    }

    /// The sum of a vector for each code.
    fn embedding(&mut self, codes: &str, scope: &str, table: &str, output: &str) {
        let rows = format!("{scope}.rows");
        self.builder.node("Add", &[codes, &format!("{scope}.offsets")], &rows, []);
        self.gather_sum(table, &rows, output);
    }

    fn gather_sum(&mut self, table: &str, rows: &str, output: &str) {
        let found = format!("{output}.each");
        self.builder.node("Gather", &[table, rows], &found, [integer("axis", 0)]);
        self.builder.node("ReduceSum", &[&found, "axis"], output, [integer("keepdims", 0)]);
    }

    /// Mean and a tenth of the sum of the atoms' values before layer `i`.
    fn pool(&mut self, i: usize) {
        let (x, sum) = (format!("x.{i}"), format!("sum.{i}"));
        self.builder.node("ScatterND", &["nothing", "molecule.rows", &x], &sum, [sums()]);
        self.builder.node("Div", &[&sum, "sizes"], &format!("mean.{i}"), []);
        self.builder.node("Div", &[&sum, "ten"], &format!("tenth.{i}"), []);
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
                self.builder.node("Add", &[&before, &name("mean")], &name("heard"), []);
                self.mlp(&name("heard"), &format!("virtual{i}"), &name("told"));
                self.builder.node("Add", &[&before, &name("told")], &name("virtual"), []);
                let axis = integer("axis", 0);
                self.builder.node("Gather", &[&name("virtual"), "molecule"], &name("own"), [axis]);
                self.builder.node("Add", &[&x, &name("own")], &name("met"), []);
                x = name("met");
            }
            let scope = format!("layer{i}");
            self.gather_sum(&format!("{scope}.bond.table"), "bond.rows", &name("bonds"));
            self.builder.node("Gather", &[&x, "from"], &name("neighbors"), [integer("axis", 0)]);
            self.builder.node("Add", &[&name("neighbors"), &name("bonds")], &name("along"), []);
            self.builder.node("Gelu", &[&name("along")], &name("message"), []);
            self.builder.node("Mul", &[&x, &format!("{scope}.scale")], &name("scaled"), []);
            let sum = [name("scaled"), "to.rows".into(), name("message")];
            self.builder.node("ScatterND", &[&sum[0], &sum[1], &sum[2]], &name("z"), [sums()]);
            self.linear(&name("z"), &format!("{scope}.first"), &name("first"));
            self.builder.node("Gelu", &[&name("first")], &name("inner"), []);
            self.linear(&name("inner"), &format!("{scope}.second"), &name("second"));
            self.builder.node("Gelu", &[&name("second")], &name("change"), []);
            self.builder.node("Add", &[&x, &name("change")], &format!("x.{}", i + 1), []);
            self.pool(i + 1);
        }
    }

    fn linear(&mut self, x: &str, scope: &str, output: &str) {
        let (weight, bias) = (format!("{scope}.weight"), format!("{scope}.bias"));
        if !self.quantized {
            return self.builder.node("Gemm", &[x, &weight, &bias], output, []);
        }
        let products = self.builder.products_of_bytes(x, &weight, output);
        self.builder.node("Add", &[&products, &bias], output, []);
    }

    fn mlp(&mut self, x: &str, scope: &str, output: &str) {
        let name = |what: &str| format!("{scope}.{what}");
        self.linear(x, &name("first"), &name("first"));
        let inputs = [name("first"), name("norm.weight"), name("norm.bias")];
        let attributes = [integer("axis", -1), float("epsilon", EPSILON)];
        let inputs: Vec<&str> = inputs.iter().map(String::as_str).collect();
        self.builder.node("LayerNormalization", &inputs, &name("normed"), attributes);
        self.builder.node("Gelu", &[&name("normed")], &name("active"), []);
        self.linear(&name("active"), &name("second"), output);
    }
}

/// Where each of several tables begins that stand one under the other.
fn offsets(counts: &[usize]) -> Vec<usize> {
    let start = |i: usize| counts[..i].iter().sum();
    (0..counts.len()).map(start).collect()
}
