//! The shapes of a network's values and what computing them costs, found before the inference library sees the graph.
//!
//! Every computed value is a matrix: so many rows for each molecule as its [`Axis`] says, and a width; every constant is a
//! matrix, vector or scalar. A node takes at least one computed value, so nothing is computed from constants
//! alone. Which operators there are, and how one is added, tells `operators`.

use super::limits;
use super::onnx::{brief, shown, unsupported};
use super::operators;
use crate::error::Error;
use std::collections::{HashMap, HashSet};
use tract_onnx::pb::NodeProto;

/// Shape of a constant; a scalar and a vector have one row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Matrix {
    pub(super) rows: usize,
    pub(super) columns: usize,
    pub(super) rank: usize,
}

/// What the rows of a computed value stand for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Axis {
    Molecules,
}

impl Axis {
    /// Most rows for one molecule.
    fn most(self) -> u64 {
        match self {
            Self::Molecules => 1,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// Rows × this width.
    Computed(Axis, usize),
    Constant(Matrix),
}

/// What an operator makes of its inputs.
#[derive(Clone, Copy, Debug)]
pub(super) struct Made {
    pub(super) axis: Axis,
    pub(super) width: usize,
    /// Multiply-adds, or steps of as much time, for one row of the output.
    pub(super) work: u64,
}

/// What a network costs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Cost {
    /// Nodes of the graph, those that unpack weights among them.
    pub(crate) nodes: u64,
    /// Values of all weights together.
    pub(crate) weights: u64,
    /// Multiply-adds a molecule, or steps of as much time.
    pub(crate) work: u64,
    /// Computed values a molecule, all together.
    pub(crate) values: u64,
}

struct Value {
    shape: Shape,
    /// The parts of concatenations that it is made of. The planner multiplies a product by them.
    parts: u64,
}

/// The values seen so far, by name.
pub(super) struct Shapes {
    values: HashMap<String, Value>,
    /// Weight matrices already multiplied with; each is packed anew for every use.
    multiplied: HashSet<String>,
    cost: Cost,
    /// Parts that all products and concatenations are split into.
    split: u64,
}

impl Shapes {
    pub(super) fn new(input: &str, width: usize) -> Self {
        let shape = Shape::Computed(Axis::Molecules, width);
        let values = HashMap::from([(input.to_owned(), Value { shape, parts: 1 })]);
        let cost = Cost { values: width as u64, ..Cost::default() };
        Self { values, multiplied: HashSet::new(), cost, split: 0 }
    }

    pub(super) fn add_constant(&mut self, name: &str, matrix: Matrix) -> Result<(), Error> {
        let values = (matrix.rows as u64).saturating_mul(matrix.columns as u64);
        if values > limits::ONNX_WEIGHT {
            let most = limits::ONNX_WEIGHT;
            return Err(Error::limit(format!(
                "{} has {values} values, the limit is {most}",
                shown("weight", name)
            )));
        }
        self.cost.weights = self.cost.weights.saturating_add(values);
        self.insert(name, Value { shape: Shape::Constant(matrix), parts: 1 })
    }

    /// Axis and width of a computed value.
    pub(super) fn computed(&self, name: &str) -> Option<(Axis, usize)> {
        match self.values.get(name)?.shape {
            Shape::Computed(axis, width) => Some((axis, width)),
            Shape::Constant(_) => None,
        }
    }

    /// What the nodes so far cost.
    pub(super) fn cost(&self) -> Cost {
        self.cost
    }

    fn insert(&mut self, name: &str, value: Value) -> Result<(), Error> {
        if name.is_empty() {
            return Err(Error::corrupt("a value without a name"));
        }
        if self.values.insert(name.to_owned(), value).is_some() {
            return Err(Error::corrupt(format!("two values are called '{}'", brief(name))));
        }
        Ok(())
    }

    /// Checks `node`, notes the shape of its output and adds up what it costs.
    pub(super) fn add_node(&mut self, node: &NodeProto) -> Result<(), Error> {
        if !node.domain.is_empty() && node.domain != "ai.onnx" {
            return Err(unsupported("operators of other domains"));
        }
        let [output] = node.output.as_slice() else {
            return Err(unsupported("a node with other than one output"));
        };
        let known = |name: &String| {
            self.values.get(name).ok_or_else(|| {
                Error::corrupt(format!("{} is not known before it", shown("value", name)))
            })
        };
        let inputs = node.input.iter().map(known).collect::<Result<Vec<_>, _>>()?;
        let parts = inputs.iter().map(|v| v.parts);
        let (all, most) = (parts.clone().fold(0u64, u64::saturating_add), parts.max().unwrap_or(1));
        let shapes: Vec<Shape> = inputs.iter().map(|v| v.shape).collect();
        let operator = operators::find(&node.op_type).ok_or_else(|| {
            unsupported("this operator (docs/model-file.md lists those that are)")
        })?;
        let made = (operator.check)(node, &shapes)?;

        // A product or a concatenation ends what was joined, and is split by it.
        let parts = match operator.joins {
            operators::Joins::Nothing => most,
            operators::Joins::Inputs => {
                self.split = self.split.saturating_add(all);
                all
            }
            operators::Joins::Product => {
                self.split = self.split.saturating_add(most);
                if !self.multiplied.insert(node.input[1].clone()) {
                    return Err(unsupported("a weight matrix used twice"));
                }
                1
            }
        };
        if self.split > limits::ONNX_SPLIT {
            return Err(Error::limit(format!(
                "concatenations split the network into more than {} steps",
                limits::ONNX_SPLIT
            )));
        }
        let rows = made.axis.most();
        let values = rows.saturating_mul(made.width as u64);
        self.cost.values = self.cost.values.saturating_add(values);
        self.cost.work = self.cost.work.saturating_add(rows.saturating_mul(made.work));
        if self.cost.values > limits::ONNX_ROW_VALUES {
            return Err(Error::limit(format!(
                "the network computes more than {} values a row",
                limits::ONNX_ROW_VALUES
            )));
        }
        if self.cost.work > limits::ONNX_ROW_WORK {
            return Err(Error::limit(format!(
                "the network takes more than {} multiply-adds a row",
                limits::ONNX_ROW_WORK
            )));
        }
        self.insert(output, Value { shape: Shape::Computed(made.axis, made.width), parts })
    }
}
