//! The one ONNX graph that a dense network is stored as.

use super::weights::DenseShape;
use crate::model::exact::{Builder, Dim, Form, float, integer, port};
use crate::model::kernel::EPSILON;
use crate::model::onnx_weights::Stored;
use tract_onnx::pb::tensor_proto::DataType;

/// The name of block `block` of layer `layer`'s weights.
pub(super) fn weight(layer: usize, block: usize) -> String {
    format!("layer{layer}.{block}.weight")
}

/// The form of a network of this shape.
pub(super) fn form(shape: &DenseShape) -> Form {
    let mut g = Builder::default();
    g.quantized();
    g.integers("axis", &[1], &[1]);
    let mut blocks = vec!["x".to_owned()];
    if shape.blocks.len() > 1 {
        g.integers("blocks", &[shape.blocks.len()], &shape.blocks);
        blocks = (0..shape.blocks.len()).map(|b| format!("x.{b}")).collect();
        g.node("Split", &["x", "blocks"], "x.0", [integer("axis", 1)]);
        g.nodes.last_mut().into_iter().for_each(|node| node.output.clone_from(&blocks));
    }
    for (i, layer) in shape.layers.iter().enumerate() {
        let name = |what: &str| format!("layer{i}.{what}");
        let mut sum = String::new();
        for (b, (x, inputs)) in blocks.iter().zip(shape.blocks_of(i)).enumerate() {
            g.bytes(weight(i, b), vec![inputs, layer.outputs]);
            let products = g.products_of_bytes(x, &weight(i, b), &name(&b.to_string()));
            if b > 0 {
                let both = name(&format!("sum{b}"));
                g.node("Add", &[&sum, &products], &both, []);
                sum = both;
            } else {
                sum = products;
            }
        }
        g.weight(name("bias"), vec![layer.outputs], Stored::Single);
        let mut last = name("linear");
        g.node("Add", &[&sum, &name("bias")], &last, []);
        if layer.norm {
            let (gain, shift) = (name("norm.weight"), name("norm.bias"));
            g.weight(gain.clone(), vec![layer.outputs], Stored::Single);
            g.weight(shift.clone(), vec![layer.outputs], Stored::Single);
            let attributes = [integer("axis", -1), float("epsilon", EPSILON)];
            g.node("LayerNormalization", &[&last, &gain, &shift], &name("normed"), attributes);
            last = name("normed");
        }
        if layer.gelu {
            g.node("Gelu", &[&last], &name("active"), []);
            last = name("active");
        }
        if layer.adds {
            g.node("Add", &[&blocks[0], &last], &name("added"), []);
            last = name("added");
        }
        blocks = vec![last];
    }
    g.node("Identity", &[&blocks[0]], "y", []);
    let matrix =
        |name: &str, columns| port(name, DataType::Float, &[Dim::Any("rows"), Dim::Of(columns)]);
    let (inputs, output) = (vec![matrix("x", shape.inputs())], matrix("y", shape.outputs()));
    Form { nodes: g.nodes, initializers: g.initializers, inputs, output }
}
