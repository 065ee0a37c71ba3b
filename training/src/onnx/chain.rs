//! Networks of one layer behind the other, put together from tensors.

use super::{attribute, file, half_tensor, node, single_tensor};
use crate::Result;
use crate::chmr::layers::EPSILON;
use candle_core::Tensor;
use tract_onnx::pb::{
    AttributeProto, NodeProto, TensorProto, attribute_proto::AttributeType, tensor_proto::DataType,
};

/// A network that is being written: `x` (rows × inputs) through the layers added so far.
pub struct Chain {
    nodes: Vec<NodeProto>,
    initializers: Vec<TensorProto>,
    inputs: usize,
    width: usize,
}

/// A value within a chain.
pub struct Mark {
    name: String,
    width: usize,
}

impl Chain {
    /// Of an input with so many columns, and no layer yet.
    pub fn new(inputs: usize) -> Self {
        Self { nodes: Vec::new(), initializers: Vec::new(), inputs, width: inputs }
    }

    /// Columns of what it gives.
    pub fn width(&self) -> usize {
        self.width
    }

    /// x Wᵀ + b, with `weight` [outputs, inputs], stored as f16, and `bias` \[outputs\].
    ///
    /// # Errors
    /// If the shapes do not fit.
    pub fn linear(&mut self, weight: &Tensor, bias: &Tensor) -> Result<()> {
        let (outputs, inputs) = weight.dims2()?;
        if inputs != self.width || bias.dims() != [outputs] {
            return Err(format!(
                "a linear layer of {:?} and {:?} behind {} columns",
                weight.dims(),
                bias.dims(),
                self.width
            )
            .into());
        }
        let [stored, wide, shift] = ["weight_f16", "weight", "bias"].map(|n| self.name(n));
        self.initializers.push(half_tensor(&stored, &weight.t()?.contiguous()?)?);
        self.initializers.push(single_tensor(&shift, bias)?);
        let to =
            AttributeProto { i: DataType::Float as i64, ..attribute("to", AttributeType::Int) };
        let x = self.last();
        self.nodes.push(node("Cast", &[&stored], &wide, vec![to]));
        self.push("Gemm", &[&x, &wide, &shift], vec![]);
        self.width = outputs;
        Ok(())
    }

    /// Each row to mean 0 and variance 1, then scaled and shifted by `weight` and `bias`, both \[width\].
    ///
    /// # Errors
    /// If the shapes do not fit.
    pub fn layer_norm(&mut self, weight: &Tensor, bias: &Tensor) -> Result<()> {
        if weight.dims() != [self.width] || bias.dims() != [self.width] {
            return Err(
                format!("a norm of {:?} behind {} columns", weight.dims(), self.width).into()
            );
        }
        let [gain, shift] = ["gain", "shift"].map(|n| self.name(n));
        self.initializers.push(single_tensor(&gain, weight)?);
        self.initializers.push(single_tensor(&shift, bias)?);
        let axis = AttributeProto { i: -1, ..attribute("axis", AttributeType::Int) };
        let epsilon =
            AttributeProto { f: EPSILON as f32, ..attribute("epsilon", AttributeType::Float) };
        let x = self.last();
        self.push("LayerNormalization", &[&x, &gain, &shift], vec![axis, epsilon]);
        Ok(())
    }

    /// Half x (1 + erf(x / √2)).
    pub fn gelu(&mut self) {
        let x = self.last();
        self.push("Gelu", &[&x], vec![]);
    }

    /// x / (1 + e⁻ˣ).
    pub fn silu(&mut self) {
        let x = self.last();
        self.push("Sigmoid", &[&x], vec![]);
        let gate = self.last();
        self.push("Mul", &[&x, &gate], vec![]);
    }

    /// What the chain gives so far, for [`Chain::add`].
    pub fn mark(&self) -> Mark {
        Mark { name: self.last(), width: self.width }
    }

    /// Adds what the chain gave at `mark`: a residual connection.
    ///
    /// # Errors
    /// If it had another width.
    pub fn add(&mut self, mark: Mark) -> Result<()> {
        if mark.width != self.width {
            return Err(format!("{} columns added to {}", mark.width, self.width).into());
        }
        let x = self.last();
        self.push("Add", &[&mark.name, &x], vec![]);
        Ok(())
    }

    /// The bytes of the ONNX file called `name`: `x` → `y`.
    pub fn finish(mut self, name: &str) -> Vec<u8> {
        if self.nodes.is_empty() {
            self.push("Identity", &["x"], vec![]);
        }
        if let Some(last) = self.nodes.last_mut() {
            last.output = vec!["y".into()];
        }
        file(name, self.nodes, self.initializers, self.inputs, self.width)
    }

    /// A name that no other node has yet.
    fn name(&self, stem: &str) -> String {
        format!("{stem}{}", self.nodes.len())
    }

    /// The value so far.
    fn last(&self) -> String {
        self.nodes.last().map_or_else(|| "x".into(), |n| n.output[0].clone())
    }

    fn push(&mut self, op: &str, inputs: &[&str], attributes: Vec<AttributeProto>) {
        let output = self.name("value");
        self.nodes.push(node(op, inputs, &output, attributes));
    }
}
