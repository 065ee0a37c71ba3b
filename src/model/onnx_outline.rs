//! An ONNX file without its weights.
//!
//! Decoded, a protobuf message can take a hundred times its encoded length (an empty node is two
//! bytes on disk and a few hundred in memory). Only raw weights are as large in memory as in the
//! file. So they are set aside first, without a copy, and what is left is held to a small
//! allowance before it is decoded.

use super::limits;
use super::onnx::unsupported;
use crate::error::Error;
use std::cell::Cell;

/// An ONNX file in two parts.
pub(super) struct Outline<'a> {
    /// The file as a protobuf message, without the raw data of its initializers.
    pub(super) message: Vec<u8>,
    /// That raw data, one an initializer, in their order; empty where there is none.
    pub(super) weights: Vec<&'a [u8]>,
}

/// A length-delimited field, numbered as in onnx.proto.
const fn key(field: u64) -> u64 {
    field << 3 | 2
}
const MODEL_GRAPH: u64 = key(7);
const MODEL_METADATA: u64 = key(14);
const MODEL_TRAINING: u64 = key(20);
const MODEL_FUNCTIONS: u64 = key(25);
const GRAPH_NODE: u64 = key(1);
const GRAPH_INITIALIZER: u64 = key(5);
const GRAPH_INPUT: u64 = key(11);
const GRAPH_OUTPUT: u64 = key(12);
/// Hints, which the shapes found here replace; a wrong one would only confuse.
const GRAPH_VALUE_INFO: u64 = key(13);
const GRAPH_QUANTIZATION: u64 = key(14);
const GRAPH_SPARSE: u64 = key(15);
const GRAPH_METADATA: u64 = key(16);
const NODE_ATTRIBUTE: u64 = key(5);
const ATTRIBUTE_GRAPH: u64 = key(6);
const ATTRIBUTE_GRAPHS: u64 = key(11);
const TENSOR_RAW_DATA: u64 = key(9);

/// # Errors
/// A corrupt, a limit or an unsupported error.
pub(super) fn outline(file: &[u8]) -> Result<Outline<'_>, Error> {
    let fields = Fields::default();
    let mut weights = Vec::new();
    let mut message = Vec::new();
    copy(file, &mut message, &fields, &mut |key, graph, message| {
        match key {
            MODEL_GRAPH => {}
            MODEL_METADATA => return Ok(true),
            MODEL_TRAINING | MODEL_FUNCTIONS => {
                return Err(unsupported("functions and training information"));
            }
            _ => return Ok(false),
        }
        let mut kept = Vec::new();
        copy(graph, &mut kept, &fields, &mut |key, body, graph| {
            let mut raw = &[][..];
            match key {
                GRAPH_INITIALIZER => {}
                GRAPH_VALUE_INFO | GRAPH_QUANTIZATION | GRAPH_METADATA => return Ok(true),
                GRAPH_SPARSE => return Err(unsupported("sparse initializers")),
                GRAPH_NODE => return count_node(body, &fields).map(|()| false),
                GRAPH_INPUT | GRAPH_OUTPUT if body.len() > limits::ONNX_PORT_BYTES => {
                    return Err(Error::limit(
                        "an input or output of the network has an absurd type",
                    ));
                }
                _ => return Ok(false),
            }
            let mut kept = Vec::new();
            copy(body, &mut kept, &fields, &mut |key, data, _| {
                let found = key == TENSOR_RAW_DATA;
                if found {
                    raw = data;
                }
                Ok(found)
            })?;
            weights.push(raw);
            put(graph, GRAPH_INITIALIZER, &kept);
            Ok(true)
        })?;
        put(message, MODEL_GRAPH, &kept);
        Ok(true)
    })?;
    Ok(Outline { message, weights })
}

/// Counts the fields of a node and of its attributes, none of which may hold a graph.
fn count_node(node: &[u8], fields: &Fields) -> Result<(), Error> {
    each(node, fields, &mut |key, attribute, _| match key {
        Some(NODE_ATTRIBUTE) => each(attribute, fields, &mut |key, _, _| match key {
            Some(ATTRIBUTE_GRAPH | ATTRIBUTE_GRAPHS) => {
                Err(unsupported("a graph within the graph"))
            }
            _ => Ok(()),
        }),
        _ => Ok(()),
    })
}

/// The fields met so far.
#[derive(Default)]
struct Fields(Cell<usize>);

impl Fields {
    fn add(&self) -> Result<(), Error> {
        self.0.set(self.0.get() + 1);
        if self.0.get() <= limits::ONNX_FIELDS {
            return Ok(());
        }
        Err(Error::limit(format!(
            "the network has more than {} fields besides its weights",
            limits::ONNX_FIELDS
        )))
    }
}

/// Given the key and the body of a length-delimited field, and the copy so far: whether it has dealt
/// with the field.
type Take<'t, 'a> = &'t mut dyn FnMut(u64, &'a [u8], &mut Vec<u8>) -> Result<bool, Error>;

/// Copies the fields of `message` behind `out`, save the length-delimited ones that `take` says it
/// has dealt with.
fn copy<'a>(
    message: &'a [u8],
    out: &mut Vec<u8>,
    fields: &Fields,
    take: Take<'_, 'a>,
) -> Result<(), Error> {
    each(message, fields, &mut |key, body, whole| {
        let taken = match key {
            Some(key) => take(key, body, out)?,
            None => false,
        };
        if !taken {
            out.extend_from_slice(whole);
        }
        if out.len() > limits::ONNX_OUTLINE_BYTES {
            return Err(Error::limit(format!(
                "more than {} bytes of the network are not raw weights; store weights as initializers with raw_data",
                limits::ONNX_OUTLINE_BYTES
            )));
        }
        Ok(())
    })
}

/// Given the key of a field, if it is length-delimited, its body, and all of it.
type See<'s, 'a> = &'s mut dyn FnMut(Option<u64>, &'a [u8], &'a [u8]) -> Result<(), Error>;

/// Shows the fields of `message` to `see`.
fn each<'a>(mut message: &'a [u8], fields: &Fields, see: See<'_, 'a>) -> Result<(), Error> {
    let damaged = || Error::corrupt("not an ONNX file, or a damaged one");
    while !message.is_empty() {
        fields.add()?;
        let start = message;
        let key = varint(&mut message).ok_or_else(damaged)?;
        let length = match key & 7 {
            0 => varint(&mut message).map(|_| 0),
            1 => Some(8),
            2 => varint(&mut message).and_then(|n| usize::try_from(n).ok()),
            5 => Some(4),
            _ => None,
        };
        let parts = length.and_then(|n| message.split_at_checked(n));
        let (body, rest) = parts.ok_or_else(damaged)?;
        message = rest;
        see((key & 7 == 2).then_some(key), body, &start[..start.len() - rest.len()])?;
    }
    Ok(())
}

/// Appends a length-delimited field.
fn put(out: &mut Vec<u8>, key: u64, body: &[u8]) {
    for mut value in [key, body.len() as u64] {
        while value > 0x7f {
            out.push(value as u8 | 0x80);
            value >>= 7;
        }
        out.push(value as u8);
    }
    out.extend_from_slice(body);
}

fn varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0u64;
    for shift in (0..64).step_by(7) {
        let (&byte, rest) = bytes.split_first()?;
        *bytes = rest;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}
