//! The operators that networks may use, and the shapes that come out of them.
//!
//! Every computed value is a matrix of rows × a width; every constant a matrix, vector or scalar.
//! A node must take at least one computed value, so nothing is computed from constants alone.

use super::limits;
use super::onnx::{brief, shown, unsupported};
use crate::error::Error;
use std::collections::HashMap;
use tract_onnx::pb::{AttributeProto, NodeProto};

/// Shape of a constant; a scalar and a vector have one row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Matrix {
    pub(super) rows: usize,
    pub(super) columns: usize,
    pub(super) rank: usize,
}

#[derive(Clone, Copy)]
enum Shape {
    /// Rows × this width.
    Computed(usize),
    Constant(Matrix),
}

/// Shapes of the values seen so far, by name.
pub(super) struct Shapes {
    values: HashMap<String, Shape>,
    /// Sum of the widths of all computed values.
    total: usize,
    /// Weight matrices already multiplied with; each is packed anew for every use.
    multiplied: Vec<String>,
}

impl Shapes {
    pub(super) fn new(input: &str, width: usize) -> Self {
        let values = HashMap::from([(input.to_owned(), Shape::Computed(width))]);
        Self { values, total: width, multiplied: Vec::new() }
    }

    pub(super) fn add_constant(&mut self, name: &str, matrix: Matrix) -> Result<(), Error> {
        self.insert(name, Shape::Constant(matrix))
    }

    /// Width of a computed value.
    pub(super) fn width(&self, name: &str) -> Option<usize> {
        match self.values.get(name) {
            Some(Shape::Computed(width)) => Some(*width),
            _ => None,
        }
    }

    fn insert(&mut self, name: &str, shape: Shape) -> Result<(), Error> {
        if name.is_empty() {
            return Err(Error::corrupt("a value without a name"));
        }
        if self.values.insert(name.to_owned(), shape).is_some() {
            return Err(Error::corrupt(format!("two values are called '{}'", brief(name))));
        }
        Ok(())
    }

    /// Checks `node` and notes the shape of its output.
    pub(super) fn add_node(&mut self, node: &NodeProto) -> Result<(), Error> {
        if !node.domain.is_empty() && node.domain != "ai.onnx" {
            return Err(unsupported("operators of other domains"));
        }
        let [output] = node.output.as_slice() else {
            return Err(unsupported("a node with other than one output"));
        };
        let inputs = node
            .input
            .iter()
            .map(|name| {
                self.values.get(name).copied().ok_or_else(|| {
                    Error::corrupt(format!("{} is not known before it", shown("value", name)))
                })
            })
            .collect::<Result<Vec<_>, _>>()?;
        let attributes = Attributes(&node.attribute);
        let width = match node.op_type.as_str() {
            "Gemm" => self.gemm(node, &inputs, &attributes)?,
            "MatMul" => {
                attributes.only(&[])?;
                match inputs[..] {
                    [Shape::Computed(width), Shape::Constant(w)] if w.rank == 2 => {
                        self.multiply(&node.input[1])?;
                        equal("rows of the weights", w.rows, width)?;
                        w.columns
                    }
                    _ => return Err(misused("a computed value times a matrix of weights")),
                }
            }
            "Add" | "Sub" | "Mul" | "Div" => {
                attributes.only(&[])?;
                elementwise(&inputs)?
            }
            "Relu" | "Sigmoid" | "Tanh" | "Erf" | "Softplus" | "Identity" => {
                attributes.only(&[])?;
                unary(&inputs)?
            }
            "Gelu" => {
                attributes.only(&["approximate"])?;
                let kind = attributes.get("approximate").map_or(&b"none"[..], |a| &a.s);
                if kind != b"none" && kind != b"tanh" {
                    return Err(misused("approximate 'none' or 'tanh'"));
                }
                unary(&inputs)?
            }
            "LayerNormalization" => {
                attributes.only(&["axis", "epsilon", "stash_type"])?;
                attributes.int("axis", &[-1, 1], -1)?;
                attributes.int("stash_type", &[1], 1)?;
                if attributes.get("epsilon").is_some_and(|e| !(e.f > 0.0 && e.f < 1.0)) {
                    return Err(misused("an epsilon between 0 and 1"));
                }
                vectors(&inputs, 2..=3)?
            }
            "BatchNormalization" => {
                attributes.only(&["epsilon", "momentum", "training_mode"])?;
                attributes.int("training_mode", &[0], 0)?;
                vectors(&inputs, 5..=5)?
            }
            "Concat" => {
                attributes.only(&["axis"])?;
                attributes.int("axis", &[-1, 1], 0)?;
                let widths = inputs.iter().map(|s| match s {
                    Shape::Computed(width) => Ok(*width),
                    Shape::Constant(_) => Err(misused("computed values only")),
                });
                widths.sum::<Result<usize, Error>>()?
            }
            _ => return Err(unsupported("this operator")),
        };
        self.total = self.total.saturating_add(width);
        if self.total > limits::ONNX_ROW_VALUES {
            return Err(Error::limit(format!(
                "the network computes more than {} values a row",
                limits::ONNX_ROW_VALUES
            )));
        }
        self.insert(output, Shape::Computed(width))
    }

    fn gemm(
        &mut self,
        node: &NodeProto,
        inputs: &[Shape],
        attributes: &Attributes<'_>,
    ) -> Result<usize, Error> {
        attributes.only(&["alpha", "beta", "transA", "transB"])?;
        attributes.int("transA", &[0], 0)?;
        let transposed = attributes.int("transB", &[0, 1], 0)? == 1;
        let (width, w) = match inputs[..] {
            [Shape::Computed(width), Shape::Constant(w), ..]
                if w.rank == 2 && (2..=3).contains(&inputs.len()) =>
            {
                (width, w)
            }
            _ => return Err(misused("a computed value, a matrix of weights and perhaps a bias")),
        };
        self.multiply(&node.input[1])?;
        let (depth, columns) = if transposed { (w.columns, w.rows) } else { (w.rows, w.columns) };
        equal("depth of the weights", depth, width)?;
        match inputs.get(2) {
            None => {}
            Some(Shape::Constant(bias)) if bias.rows == 1 => {
                equal("length of the bias", bias.columns, columns)?;
            }
            Some(_) => return Err(misused("a vector as bias")),
        }
        Ok(columns)
    }

    fn multiply(&mut self, weights: &str) -> Result<(), Error> {
        if self.multiplied.iter().any(|w| w == weights) {
            return Err(unsupported("a weight matrix used twice"));
        }
        self.multiplied.push(weights.to_owned());
        Ok(())
    }
}

fn misused(expected: &str) -> Error {
    Error::corrupt(format!("expected {expected}"))
}

fn equal(what: &str, found: usize, expected: usize) -> Result<(), Error> {
    if found == expected {
        return Ok(());
    }
    Err(Error::corrupt(format!("{what}: {found}, expected {expected}")))
}

fn unary(inputs: &[Shape]) -> Result<usize, Error> {
    match inputs {
        [Shape::Computed(width)] => Ok(*width),
        _ => Err(misused("one computed value")),
    }
}

/// One or two computed values of the same width, or one and a vector or scalar.
fn elementwise(inputs: &[Shape]) -> Result<usize, Error> {
    match inputs {
        [Shape::Computed(a), Shape::Computed(b)] if a == b => Ok(*a),
        [Shape::Computed(width), Shape::Constant(c)]
        | [Shape::Constant(c), Shape::Computed(width)]
            if c.rows == 1 && (c.columns == *width || c.columns == 1) =>
        {
            Ok(*width)
        }
        _ => Err(misused("two values of the same width, or one and a vector")),
    }
}

/// A computed value and `count` − 1 vectors of its width.
fn vectors(inputs: &[Shape], count: std::ops::RangeInclusive<usize>) -> Result<usize, Error> {
    match inputs {
        [Shape::Computed(width), rest @ ..]
            if count.contains(&inputs.len())
                && rest.iter().all(
                    |s| matches!(s, Shape::Constant(m) if m.rank == 1 && m.columns == *width),
                ) =>
        {
            Ok(*width)
        }
        _ => Err(misused("a computed value and vectors of its width")),
    }
}

struct Attributes<'a>(&'a [AttributeProto]);

impl Attributes<'_> {
    fn get(&self, name: &str) -> Option<&AttributeProto> {
        self.0.iter().find(|a| a.name == name)
    }

    /// No attributes but these, each at most once and none that holds a graph or refers elsewhere.
    fn only(&self, names: &[&str]) -> Result<(), Error> {
        for (i, a) in self.0.iter().enumerate() {
            let known = names.contains(&a.name.as_str()) && a.ref_attr_name.is_empty();
            if !known || self.0[..i].iter().any(|b| b.name == a.name) {
                return Err(unsupported(&shown("attribute", &a.name)));
            }
        }
        Ok(())
    }

    fn int(&self, name: &str, allowed: &[i64], default: i64) -> Result<i64, Error> {
        let value = self.get(name).map_or(default, |a| a.i);
        if allowed.contains(&value) {
            return Ok(value);
        }
        Err(misused(&format!("{name} to be one of {allowed:?}, found {value}")))
    }
}
