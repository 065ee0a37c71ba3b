//! What a network in a model file may be: a feed-forward ONNX graph over rows, of known operators
//! with known shapes. Everything is checked here, before the inference library sees the graph, so
//! that nothing in a file can make it allocate, loop or panic.
//!
//! Weights may be stored as f16. They are widened here, once, since the inference library would
//! run their Cast at every call.

use super::limits;
use super::onnx_outline::outline;
use super::shapes::{Matrix, Shapes};
use crate::error::{Error, ErrorKind};
use half::f16;
use half::slice::HalfFloatSliceExt;
use prost::Message;
use tract_onnx::pb::{self, tensor_proto::DataType, type_proto::Value};

/// Whether the weights are wanted, as f32, or the graph is only checked.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Weights {
    Read,
    Checked,
}

/// Reads the network `bytes`, `x` (f32, rows × `width`) → `y` (f32, rows × `tasks`), checks it and
/// gives it without Cast nodes.
///
/// # Errors
/// [`ErrorKind::Corrupt`] for a damaged or contradictory graph, [`ErrorKind::Unsupported`] for an
/// operator or a form that networks may not have, [`ErrorKind::Limit`] for one too large.
pub(super) fn read(
    bytes: &[u8],
    width: usize,
    tasks: usize,
    weights: Weights,
) -> Result<pb::ModelProto, Error> {
    let outline = outline(bytes)?;
    let mut model = pb::ModelProto::decode(&outline.message[..])
        .map_err(|e| Error::corrupt(format!("not an ONNX file, or a damaged one: {e}")))?;
    check_head(&model)?;
    let graph = model.graph.as_mut().ok_or_else(|| Error::corrupt("the ONNX file has no graph"))?;
    bounded("nodes", graph.node.len())?;
    bounded("initializers", graph.initializer.len())?;
    if !graph.sparse_initializer.is_empty() {
        return Err(unsupported("sparse initializers"));
    }
    // Hints, which the shapes found here replace; a wrong one would only confuse.
    graph.value_info.clear();
    graph.quantization_annotation.clear();
    check_port(&graph.input, "input", "x", width)?;
    check_port(&graph.output, "output", "y", tasks)?;
    if graph.initializer.len() != outline.weights.len() {
        return Err(Error::corrupt("the initializers are damaged"));
    }

    let mut shapes = Shapes::new("x", width);
    for (tensor, raw) in graph.initializer.iter_mut().zip(outline.weights) {
        let matrix = check_tensor(tensor, raw.len())
            .map_err(|e| e.at(shown("initializer", &tensor.name)))?;
        let half = tensor.data_type == DataType::Float16 as i32;
        if half {
            tensor.name = take_cast(&mut graph.node, &tensor.name)?;
            tensor.data_type = DataType::Float as i32;
        }
        if weights == Weights::Read {
            tensor.raw_data = if half { widened(raw) } else { raw.to_vec() };
        }
        shapes.add_constant(&tensor.name, matrix)?;
    }
    for node in &graph.node {
        shapes.add_node(node).map_err(|e| {
            let name = node.output.first().unwrap_or(&node.name);
            e.at(format!("{} ({})", shown("node", name), brief(&node.op_type)))
        })?;
    }
    match shapes.width("y") {
        Some(n) if n == tasks => Ok(model),
        Some(n) => {
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

fn check_head(model: &pb::ModelProto) -> Result<(), Error> {
    if !model.functions.is_empty() || !model.training_info.is_empty() {
        return Err(unsupported("functions and training information"));
    }
    let standard = |domain: &str| domain.is_empty() || domain == "ai.onnx";
    match model.opset_import.as_slice() {
        [set] if standard(&set.domain) && (13..=23).contains(&set.version) => Ok(()),
        _ => Err(unsupported("an operator set other than one of ai.onnx 13 to 23")),
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

/// Drops the Cast of the f16 initializer `name` and gives the name of what it makes.
fn take_cast(nodes: &mut Vec<pb::NodeProto>, name: &String) -> Result<String, Error> {
    let mut users = (0..nodes.len()).filter(|&i| nodes[i].input.contains(name));
    let (Some(cast), None) = (users.next(), users.next()) else {
        return Err(unsupported("an f16 initializer that is not used by exactly one Cast"));
    };
    let node = &nodes[cast];
    let to_f32 = matches!(node.attribute.as_slice(), [to] if to.name == "to" && to.i == DataType::Float as i64);
    if node.op_type != "Cast" || node.input.len() != 1 || node.output.len() != 1 || !to_f32 {
        return Err(unsupported("an f16 initializer that is not cast to f32 first"));
    }
    Ok(nodes.remove(cast).output.remove(0))
}

/// Little-endian f16 values as f32 ones. By the block, since the conversion of a whole slice uses
/// the processor's own instruction.
fn widened(halves: &[u8]) -> Vec<u8> {
    const BLOCK: usize = 1024;
    let mut wide = Vec::with_capacity(halves.len() * 2);
    let (mut from, mut to) = ([f16::ZERO; BLOCK], [0f32; BLOCK]);
    for block in halves.chunks(2 * BLOCK) {
        let n = block.len() / 2;
        for (value, b) in from.iter_mut().zip(block.chunks_exact(2)) {
            *value = f16::from_le_bytes([b[0], b[1]]);
        }
        from[..n].convert_to_f32_slice(&mut to[..n]);
        let start = wide.len();
        wide.resize(start + 4 * n, 0);
        for (b, value) in wide[start..].chunks_exact_mut(4).zip(&to) {
            b.copy_from_slice(&value.to_le_bytes());
        }
    }
    wide
}

/// Shape of an f32 or f16 tensor that has as many raw values, `bytes` long, as its dimensions say.
fn check_tensor(tensor: &pb::TensorProto, bytes: usize) -> Result<Matrix, Error> {
    let size = match DataType::try_from(tensor.data_type) {
        Ok(DataType::Float) => 4,
        Ok(DataType::Float16) => 2,
        _ => return Err(unsupported("weights other than f32 and f16")),
    };
    if !tensor.external_data.is_empty() || tensor.data_location.unwrap_or(0) != 0 {
        return Err(unsupported("weights outside the model file"));
    }
    if tensor.segment.is_some() || !tensor.float_data.is_empty() || !tensor.int32_data.is_empty() {
        return Err(unsupported("weights other than in raw_data"));
    }
    let dim = |i: usize| tensor.dims.get(i).and_then(|&d| usize::try_from(d).ok());
    let (rows, columns) = match tensor.dims.len() {
        0 => (Some(1), Some(1)),
        1 => (Some(1), dim(0)),
        2 => (dim(0), dim(1)),
        _ => return Err(unsupported("weights of more than two dimensions")),
    };
    let matrix = rows.zip(columns).filter(|&(r, c)| r > 0 && c > 0);
    let expected = matrix.and_then(|(r, c)| r.checked_mul(c)).and_then(|n| n.checked_mul(size));
    match matrix {
        Some((rows, columns)) if expected == Some(bytes) => {
            Ok(Matrix { rows, columns, rank: tensor.dims.len() })
        }
        _ => Err(Error::corrupt(format!(
            "its shape {:?} does not fit its {bytes} bytes",
            tensor.dims
        ))),
    }
}
