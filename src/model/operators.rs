//! The operators that networks may use: a white list, and for each what it may be given, what comes out and what that costs.
//!
//! # Adding an operator
//!
//! 1. Write its check: from the node and the shapes of its inputs to [`Made`], the shape of the output and the work of
//!    one row of it. Refuse every form that is not needed (`misused`), name every attribute that is understood
//!    (`Attributes::only`), compute sizes in checked or saturating arithmetic, and let no input say how large an output is:
//!    where a constant would (`Expand`, `Tile`, `Range`), refuse it.
//! 2. Add a line to [`OPERATORS`], with what the planner does to concatenations there ([`Joins`]). Work is in multiply-adds;
//!    an elementwise operator's is what it takes in their time ([`CHEAP`], [`DEAR`]).
//! 3. Where rows stand for something else than molecules (atoms, say), add that to [`Axis`] with the most of them that a
//!    molecule has. Every cost is multiplied by it.
//! 4. List it in docs/model-file.md, hold its values against its definition in tests/networks.rs, and add a hostile
//!    form to tests/model_hostile.rs.

use super::onnx::{shown, unsupported};
use super::shapes::{Axis, Made, Shape};
use super::wording::list;
use crate::error::Error;
use tract_onnx::pb::{AttributeProto, NodeProto};

/// One operator of the white list.
pub(super) struct Operator {
    name: &'static str,
    pub(super) joins: Joins,
    /// The output's shape from the inputs'.
    pub(super) check: fn(&NodeProto, &[Shape]) -> Result<Made, Error>,
}

/// What an operator does to values that were concatenated.
#[derive(Clone, Copy)]
pub(super) enum Joins {
    /// They stay so, at most.
    Nothing,
    /// It concatenates its inputs.
    Inputs,
    /// It multiplies by the weights that are its second input: the planner splits it by the parts of the first.
    Product,
}

/// Time of a value in multiply-adds, measured on one Zen 3 class core (some 40 of them in a nanosecond).
const CHEAP: u64 = 16;
/// The same of functions such as tanh.
const DEAR: u64 = 128;

const fn plain(
    name: &'static str,
    check: fn(&NodeProto, &[Shape]) -> Result<Made, Error>,
) -> Operator {
    Operator { name, joins: Joins::Nothing, check }
}

const OPERATORS: &[Operator] = &[
    Operator { name: "Gemm", joins: Joins::Product, check: gemm },
    Operator { name: "MatMul", joins: Joins::Product, check: matmul },
    Operator { name: "Concat", joins: Joins::Inputs, check: concat },
    plain("Add", elementwise),
    plain("Sub", elementwise),
    plain("Mul", elementwise),
    plain("Div", elementwise),
    plain("Relu", |node, inputs| unary(node, inputs, CHEAP)),
    plain("Identity", |node, inputs| unary(node, inputs, CHEAP)),
    plain("Abs", |node, inputs| unary(node, inputs, CHEAP)),
    plain("Neg", |node, inputs| unary(node, inputs, CHEAP)),
    plain("Sqrt", |node, inputs| unary(node, inputs, CHEAP)),
    plain("Exp", |node, inputs| unary(node, inputs, DEAR)),
    plain("Sigmoid", |node, inputs| unary(node, inputs, DEAR)),
    plain("Tanh", |node, inputs| unary(node, inputs, DEAR)),
    plain("Erf", |node, inputs| unary(node, inputs, DEAR)),
    plain("Softplus", |node, inputs| unary(node, inputs, DEAR)),
    plain("HardSwish", |node, inputs| unary(node, inputs, CHEAP)),
    plain("LeakyRelu", |node, inputs| sloped(node, inputs, &["alpha"], CHEAP)),
    plain("Elu", |node, inputs| sloped(node, inputs, &["alpha"], DEAR)),
    plain("Selu", |node, inputs| sloped(node, inputs, &["alpha", "gamma"], DEAR)),
    plain("HardSigmoid", |node, inputs| sloped(node, inputs, &["alpha", "beta"], CHEAP)),
    plain("Gelu", gelu),
    plain("Softmax", softmax),
    plain("LayerNormalization", layer_normalization),
    plain("BatchNormalization", batch_normalization),
];

/// The operator of that name, if it is on the list.
pub(super) fn find(name: &str) -> Option<&'static Operator> {
    OPERATORS.iter().find(|operator| operator.name == name)
}

fn made(axis: Axis, width: usize, each: u64) -> Made {
    Made { axis, width, work: each.saturating_mul(width as u64) }
}

/// Columns of a product that takes `depth` values a row.
fn product(axis: Axis, depth: usize, columns: usize) -> Made {
    made(axis, columns, (depth as u64).saturating_add(CHEAP))
}

fn matmul(node: &NodeProto, inputs: &[Shape]) -> Result<Made, Error> {
    Attributes(&node.attribute).only(&[])?;
    match inputs[..] {
        [Shape::Computed(axis, width), Shape::Constant(w)] if w.rank == 2 => {
            equal("rows of the weights", w.rows, width)?;
            Ok(product(axis, width, w.columns))
        }
        _ => Err(misused("a computed value times a matrix of weights")),
    }
}

fn gemm(node: &NodeProto, inputs: &[Shape]) -> Result<Made, Error> {
    let attributes = Attributes(&node.attribute);
    attributes.only(&["alpha", "beta", "transA", "transB"])?;
    attributes.int("transA", &[0], 0)?;
    let transposed = attributes.int("transB", &[0, 1], 0)? == 1;
    let (axis, width, w) = match inputs[..] {
        [Shape::Computed(axis, width), Shape::Constant(w), ..]
            if w.rank == 2 && (2..=3).contains(&inputs.len()) =>
        {
            (axis, width, w)
        }
        _ => return Err(misused("a computed value, a matrix of weights and perhaps a bias")),
    };
    let (depth, columns) = if transposed { (w.columns, w.rows) } else { (w.rows, w.columns) };
    equal("depth of the weights", depth, width)?;
    match inputs.get(2) {
        None => {}
        Some(Shape::Constant(bias)) if bias.rows == 1 => {
            equal("length of the bias", bias.columns, columns)?;
        }
        Some(_) => return Err(misused("a vector as bias")),
    }
    Ok(product(axis, width, columns))
}

fn concat(node: &NodeProto, inputs: &[Shape]) -> Result<Made, Error> {
    let attributes = Attributes(&node.attribute);
    attributes.only(&["axis"])?;
    attributes.int("axis", &[-1, 1], 0)?;
    let Some(&Shape::Computed(axis, _)) = inputs.first() else {
        return Err(misused("computed values only"));
    };
    let mut width = 0usize;
    for input in inputs {
        match input {
            Shape::Computed(a, w) if *a == axis => width = width.saturating_add(*w),
            _ => return Err(misused("computed values only")),
        }
    }
    Ok(made(axis, width, CHEAP))
}

/// One or two computed values of the same shape, or one and a vector or scalar.
fn elementwise(node: &NodeProto, inputs: &[Shape]) -> Result<Made, Error> {
    Attributes(&node.attribute).only(&[])?;
    match inputs {
        [Shape::Computed(a, m), Shape::Computed(b, n)] if (a, m) == (b, n) => {
            Ok(made(*a, *m, CHEAP))
        }
        [Shape::Computed(axis, width), Shape::Constant(c)]
        | [Shape::Constant(c), Shape::Computed(axis, width)]
            if c.rows == 1 && (c.columns == *width || c.columns == 1) =>
        {
            Ok(made(*axis, *width, CHEAP))
        }
        _ => Err(misused("two values of the same width, or one and a vector")),
    }
}

fn one(inputs: &[Shape], each: u64) -> Result<Made, Error> {
    match inputs {
        [Shape::Computed(axis, width)] => Ok(made(*axis, *width, each)),
        _ => Err(misused("one computed value")),
    }
}

fn unary(node: &NodeProto, inputs: &[Shape], each: u64) -> Result<Made, Error> {
    Attributes(&node.attribute).only(&[])?;
    one(inputs, each)
}

/// One computed value and numbers as attributes.
fn sloped(node: &NodeProto, inputs: &[Shape], names: &[&str], each: u64) -> Result<Made, Error> {
    let attributes = Attributes(&node.attribute);
    attributes.only(names)?;
    if names.iter().filter_map(|name| attributes.get(name)).any(|a| !a.f.is_finite()) {
        return Err(misused(&format!("finite {}", list(names))));
    }
    one(inputs, each)
}

fn gelu(node: &NodeProto, inputs: &[Shape]) -> Result<Made, Error> {
    let attributes = Attributes(&node.attribute);
    attributes.only(&["approximate"])?;
    let kind = attributes.get("approximate").map_or(&b"none"[..], |a| &a.s);
    if kind != b"none" && kind != b"tanh" {
        return Err(misused("approximate 'none' or 'tanh'"));
    }
    one(inputs, DEAR)
}

fn softmax(node: &NodeProto, inputs: &[Shape]) -> Result<Made, Error> {
    let attributes = Attributes(&node.attribute);
    attributes.only(&["axis"])?;
    attributes.int("axis", &[-1, 1], -1)?;
    one(inputs, DEAR)
}

fn layer_normalization(node: &NodeProto, inputs: &[Shape]) -> Result<Made, Error> {
    let attributes = Attributes(&node.attribute);
    attributes.only(&["axis", "epsilon", "stash_type"])?;
    attributes.int("axis", &[-1, 1], -1)?;
    attributes.int("stash_type", &[1], 1)?;
    if attributes.get("epsilon").is_some_and(|e| !(e.f > 0.0 && e.f < 1.0)) {
        return Err(misused("an epsilon between 0 and 1"));
    }
    vectors(inputs, 2..=3)
}

fn batch_normalization(node: &NodeProto, inputs: &[Shape]) -> Result<Made, Error> {
    let attributes = Attributes(&node.attribute);
    attributes.only(&["epsilon", "momentum", "training_mode"])?;
    attributes.int("training_mode", &[0], 0)?;
    vectors(inputs, 5..=5)
}

/// A computed value and `count` − 1 vectors of its width.
fn vectors(inputs: &[Shape], count: std::ops::RangeInclusive<usize>) -> Result<Made, Error> {
    match inputs {
        [Shape::Computed(axis, width), rest @ ..]
            if count.contains(&inputs.len())
                && rest.iter().all(
                    |s| matches!(s, Shape::Constant(m) if m.rank == 1 && m.columns == *width),
                ) =>
        {
            Ok(made(*axis, *width, DEAR))
        }
        _ => Err(misused("a computed value and vectors of its width")),
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
        Err(misused(&format!("{name} to be one of {}, found {value}", list(allowed))))
    }
}
