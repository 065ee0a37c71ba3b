//! Weights in the small: initializers of f16 behind a Cast, or of int8 behind a DequantizeLinear with one scale a column.
//! Both are widened to f32 here, once, as the inference library would do it anew at every call.

use super::onnx::unsupported;
use super::shapes::Matrix;
use super::wording::dims;
use crate::error::Error;
use half::f16;
use half::slice::HalfFloatSliceExt;
use std::collections::HashMap;
use tract_onnx::pb::{NodeProto, TensorProto, tensor_proto::DataType};

/// How the values of an initializer are stored.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Stored {
    Single,
    Half,
    /// A column's values are its scale times these.
    Byte,
}

impl Stored {
    /// # Errors
    /// [`ErrorKind::Unsupported`](crate::ErrorKind::Unsupported) for any other type.
    fn of(tensor: &TensorProto) -> Result<Self, Error> {
        match DataType::try_from(tensor.data_type) {
            Ok(DataType::Float) => Ok(Self::Single),
            Ok(DataType::Float16) => Ok(Self::Half),
            Ok(DataType::Int8) => Ok(Self::Byte),
            _ => Err(unsupported("weights other than f32, f16 and int8")),
        }
    }

    fn size(self) -> usize {
        match self {
            Self::Single => 4,
            Self::Half => 2,
            Self::Byte => 1,
        }
    }
}

/// How a tensor is stored, and its shape, that has as many raw values, `bytes` long, as its dimensions say.
///
/// # Errors
/// For a type or a form that weights may not have, or if length and shape differ.
pub(super) fn check_tensor(tensor: &TensorProto, bytes: usize) -> Result<(Stored, Matrix), Error> {
    let stored = Stored::of(tensor)?;
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
    let expected =
        matrix.and_then(|(r, c)| r.checked_mul(c)).and_then(|n| n.checked_mul(stored.size()));
    match matrix {
        Some((rows, columns)) if expected == Some(bytes) => {
            Ok((stored, Matrix { rows, columns, rank: tensor.dims.len() }))
        }
        _ => Err(Error::corrupt(format!(
            "its shape {} does not fit its {bytes} bytes",
            dims(&tensor.dims)
        ))),
    }
}

/// The nodes that read each value, looked up once: initializers are many.
pub(super) struct Users(HashMap<String, User>);

/// The first node that reads a value, and how often it is read.
struct User {
    node: usize,
    times: usize,
}

impl Users {
    pub(super) fn of(nodes: &[NodeProto]) -> Self {
        let mut users = HashMap::new();
        for (node, name) in
            nodes.iter().enumerate().flat_map(|(i, n)| n.input.iter().map(move |name| (i, name)))
        {
            users.entry(name.clone()).or_insert(User { node, times: 0 }).times += 1;
        }
        Self(users)
    }

    /// The index of the one node that reads `name`, once.
    fn only(&self, name: &str, otherwise: &str) -> Result<usize, Error> {
        let user = self.0.get(name).filter(|user| user.times == 1);
        user.map(|user| user.node).ok_or_else(|| unsupported(otherwise))
    }

    /// The Cast of the f16 initializer `name`, which is to be dropped, and the name of what it makes.
    ///
    /// # Errors
    /// Unless exactly one Cast, to f32, uses it.
    pub(super) fn cast<'n>(
        &self,
        nodes: &'n [NodeProto],
        name: &str,
    ) -> Result<(usize, &'n String), Error> {
        let at = self.only(name, "an f16 initializer that is not used by exactly one Cast")?;
        let node = &nodes[at];
        let to_f32 = matches!(node.attribute.as_slice(), [to] if to.name == "to" && to.i == DataType::Float as i64);
        match node.output.as_slice() {
            [made] if node.op_type == "Cast" && node.input.len() == 1 && to_f32 => Ok((at, made)),
            _ => Err(unsupported("an f16 initializer that is not cast to f32 first")),
        }
    }

    /// The DequantizeLinear of the int8 initializer `name`, which is to be dropped, and the names of its scales and of
    /// what it makes.
    ///
    /// # Errors
    /// Unless exactly one such node uses it, by columns and without zero points.
    pub(super) fn dequantize<'n>(
        &self,
        nodes: &'n [NodeProto],
        name: &str,
    ) -> Result<(usize, &'n String, &'n String), Error> {
        const FORM: &str = "an int8 initializer that is not used by exactly one DequantizeLinear";
        let at = self.only(name, FORM)?;
        let node = &nodes[at];
        let by_column = match node.attribute.as_slice() {
            [] => true,
            [axis] => axis.name == "axis" && (axis.i == 1 || axis.i == -1),
            _ => false,
        };
        let [made] = node.output.as_slice() else { return Err(unsupported(FORM)) };
        if node.op_type != "DequantizeLinear" || node.input[0] != *name {
            return Err(unsupported(FORM));
        }
        match node.input.as_slice() {
            [_, scales] if by_column => Ok((at, scales, made)),
            _ => Err(unsupported("a DequantizeLinear other than by columns without zero points")),
        }
    }
}

/// Room for `bytes` bytes, or an error where there is none: files say how many.
fn room(bytes: usize) -> Result<Vec<u8>, Error> {
    let mut room = Vec::new();
    match room.try_reserve_exact(bytes) {
        Ok(()) => Ok(room),
        Err(_) => Err(Error::limit(format!("no memory for {bytes} bytes of weights"))),
    }
}

/// f32 values as they are.
pub(super) fn copied(bytes: &[u8]) -> Result<Vec<u8>, Error> {
    let mut copy = room(bytes.len())?;
    copy.extend_from_slice(bytes);
    Ok(copy)
}

/// Little-endian f16 values as f32 ones. By the block, since the conversion of a whole slice uses
/// the processor's own instruction.
pub(super) fn widened(halves: &[u8]) -> Result<Vec<u8>, Error> {
    const BLOCK: usize = 1024;
    let mut wide = room(halves.len().saturating_mul(2))?;
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
    Ok(wide)
}

/// int8 values, row by row, times the scale of their column (f32, little-endian), as f32.
pub(super) fn scaled(bytes: &[u8], scales: &[u8]) -> Result<Vec<u8>, Error> {
    let scales: Vec<f32> = scales.as_chunks().0.iter().map(|b| f32::from_le_bytes(*b)).collect();
    let mut wide = room(bytes.len().saturating_mul(4))?;
    wide.resize(bytes.len() * 4, 0);
    let rows = bytes.chunks_exact(scales.len().max(1));
    for (row, to) in rows.zip(wide.chunks_exact_mut(4 * scales.len().max(1))) {
        for ((value, scale), b) in row.iter().zip(&scales).zip(to.as_chunks_mut().0) {
            *b = (f32::from(value.cast_signed()) * scale).to_le_bytes();
        }
    }
    Ok(wide)
}
