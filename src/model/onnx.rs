//! What a network in a model file may be: a feed-forward ONNX graph over rows, of known operators
//! with known shapes. Everything is checked here, before the inference library sees the graph, so
//! that nothing in a file can make it allocate, loop or panic.
//!
//! Weights may be stored as f16 or int8 (`onnx_weights`).

use super::limits;
use super::onnx_outline::outline;
use super::onnx_weights::{Stored, Users, check_tensor, copied, scaled, widened};
use super::shapes::{Axis, Cost, Shapes};
use crate::cancel::Cancel;
use crate::error::{Error, ErrorKind};
use prost::Message;
use std::collections::{HashMap, HashSet};
use tract_onnx::pb::{self, tensor_proto::DataType, type_proto::Value};

/// Whether the weights are wanted, as f32, or the graph is only checked.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Weights {
    Read,
    Checked,
}

/// Reads the network `bytes`, `x` (f32, rows × `width`) → `y` (f32, rows × `tasks`), checks it and
/// gives it without the nodes that unpack weights, with what it costs. `cancel` is heard between weights.
///
/// # Errors
/// [`ErrorKind::Corrupt`] for a damaged or contradictory graph, [`ErrorKind::Unsupported`] for an
/// operator or a form that networks may not have, [`ErrorKind::Limit`] for one too large.
pub(super) fn read(
    bytes: &[u8],
    width: usize,
    tasks: usize,
    weights: Weights,
    cancel: &Cancel,
) -> Result<(pb::ModelProto, Cost), Error> {
    let outline = outline(bytes)?;
    let mut model = pb::ModelProto::decode(&outline.message[..])
        .map_err(|e| Error::corrupt(format!("not an ONNX file, or a damaged one: {e}")))?;
    check_head(&model, 13)?;
    let graph = model.graph.as_mut().ok_or_else(|| Error::corrupt("the ONNX file has no graph"))?;
    bounded("nodes", graph.node.len())?;
    bounded("initializers", graph.initializer.len())?;
    check_port(&graph.input, "input", "x", width)?;
    check_port(&graph.output, "output", "y", tasks)?;
    if graph.initializer.len() != outline.weights.len() {
        return Err(Error::corrupt("the initializers are damaged"));
    }

    let mut shapes = Shapes::new("x", width);
    let raw = outline.weights;
    // Vectors of f32, which may be the scales of int8 weights. They stay among the initializers, where nothing reads them.
    let vector = |(i, t): (usize, &pb::TensorProto)| {
        let single = t.data_type == DataType::Float as i32 && t.dims.len() == 1;
        single.then(|| (t.name.clone(), raw[i]))
    };
    let vectors: HashMap<String, &[u8]> =
        graph.initializer.iter().enumerate().filter_map(vector).collect();
    let nodes = graph.node.len() as u64;
    let users = Users::of(&graph.node);
    let mut dropped = HashSet::new();
    for (tensor, &raw) in graph.initializer.iter_mut().zip(&raw) {
        cancel.check()?;
        let at = |e: Error| e.at(shown("initializer", &tensor.name));
        let (stored, matrix) = check_tensor(tensor, raw.len()).map_err(at)?;
        let mut scales = &[][..];
        match stored {
            Stored::Single => {}
            Stored::Half => {
                let (node, to) = users.cast(&graph.node, &tensor.name)?;
                dropped.insert(node);
                tensor.name.clone_from(to);
            }
            Stored::Byte => {
                let (node, by, to) = users.dequantize(&graph.node, &tensor.name).map_err(at)?;
                dropped.insert(node);
                scales =
                    vectors.get(by).filter(|s| s.len() / 4 == matrix.columns).ok_or_else(|| {
                        at(unsupported(
                            "int8 weights whose scales are no vector of one f32 a column",
                        ))
                    })?;
                tensor.name.clone_from(to);
            }
        }
        tensor.data_type = DataType::Float as i32;
        if weights == Weights::Read {
            tensor.raw_data = match stored {
                Stored::Single => copied(raw)?,
                Stored::Half => widened(raw)?,
                Stored::Byte => scaled(raw, scales)?,
            };
        }
        shapes.add_constant(&tensor.name, matrix)?;
    }
    let mut index = 0..;
    graph.node.retain(|_| index.next().is_some_and(|i| !dropped.contains(&i)));
    for node in &graph.node {
        shapes.add_node(node).map_err(|e| {
            let name = node.output.first().unwrap_or(&node.name);
            e.at(format!("{} ({})", shown("node", name), brief(&node.op_type)))
        })?;
    }
    match shapes.computed("y") {
        Some((Axis::Molecules, n)) if n == tasks => Ok((model, Cost { nodes, ..shapes.cost() })),
        Some((_, n)) => {
            Err(Error::corrupt(format!("the output 'y' has {n} columns, expected {tasks} tasks")))
        }
        None => Err(Error::corrupt("no node computes the output 'y'")),
    }
}

pub(super) fn unsupported(what: &str) -> Error {
    Error::new(ErrorKind::Unsupported, format!("{what}: not supported in a model file"))
}

/// The start of a string from the file.
pub(super) fn brief(text: &str) -> String {
    text.chars().take(60).collect::<String>().escape_debug().to_string()
}

pub(super) fn shown(what: &str, name: &str) -> String {
    format!("{what} '{}'", brief(name))
}

fn bounded(what: &str, n: usize) -> Result<(), Error> {
    if n <= limits::ONNX_NODES {
        return Ok(());
    }
    Err(Error::limit(format!("the network has {n} {what}, the limit is {}", limits::ONNX_NODES)))
}

/// An ONNX model of nothing but a graph, of one operator set from `oldest` on.
pub(super) fn check_head(model: &pb::ModelProto, oldest: i64) -> Result<(), Error> {
    if !model.functions.is_empty() || !model.training_info.is_empty() {
        return Err(unsupported("functions and training information"));
    }
    let standard = |domain: &str| domain.is_empty() || domain == "ai.onnx";
    match model.opset_import.as_slice() {
        [set] if standard(&set.domain) && (oldest..=23).contains(&set.version) => Ok(()),
        _ => {
            let message = format!("an operator set other than one of ai.onnx {oldest} to 23");
            Err(unsupported(&message))
        }
    }
}

/// `ports` must be the one f32 matrix `name` with `width` columns and any number of rows.
fn check_port(
    ports: &[pb::ValueInfoProto],
    what: &str,
    name: &str,
    width: usize,
) -> Result<(), Error> {
    let expected = || Error::corrupt(format!("expected one {what} '{name}', f32, rows x {width}"));
    let [port] = ports else { return Err(expected()) };
    let Some(Value::TensorType(tensor)) = port.r#type.as_ref().and_then(|t| t.value.as_ref())
    else {
        return Err(expected());
    };
    let dims = tensor.shape.as_ref().map(|s| s.dim.as_slice()).unwrap_or_default();
    use pb::tensor_shape_proto::dimension::Value as Dim;
    let columns = matches!(dims, [_, last] if last.value == Some(Dim::DimValue(width as i64)));
    if port.name != name || tensor.elem_type != DataType::Float as i32 || !columns {
        return Err(expected());
    }
    Ok(())
}
