//! An ONNX file without its weights.
//!
//! Decoded, a protobuf message can take a hundred times its encoded length (an empty node is two
//! bytes on disk and a few hundred in memory). Only raw weights are as large in memory as in the
//! file. So they are set aside first, without a copy, and what is left is held to a small
//! allowance before it is decoded.

use super::limits;
use crate::error::Error;

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
const GRAPH_INITIALIZER: u64 = key(5);
const TENSOR_RAW_DATA: u64 = key(9);

/// # Errors
/// A corrupt or a limit error.
pub(super) fn outline(file: &[u8]) -> Result<Outline<'_>, Error> {
    let mut weights = Vec::new();
    let mut message = Vec::new();
    copy(file, &mut message, &mut |key, graph, message| {
        if key != MODEL_GRAPH {
            return Ok(false);
        }
        let mut kept = Vec::new();
        copy(graph, &mut kept, &mut |key, tensor, graph| {
            if key != GRAPH_INITIALIZER {
                return Ok(false);
            }
            let (mut kept, mut raw) = (Vec::new(), &[][..]);
            copy(tensor, &mut kept, &mut |key, data, _| {
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

/// Given the key and the body of a length-delimited field, and the copy so far: whether it has dealt
/// with the field.
type Take<'t, 'a> = &'t mut dyn FnMut(u64, &'a [u8], &mut Vec<u8>) -> Result<bool, Error>;

/// Copies the fields of `message` behind `out`, save the length-delimited ones that `take` says it
/// has dealt with.
fn copy<'a>(mut message: &'a [u8], out: &mut Vec<u8>, take: Take<'_, 'a>) -> Result<(), Error> {
    let damaged = || Error::corrupt("not an ONNX file, or a damaged one");
    while !message.is_empty() {
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
        if key & 7 != 2 || !take(key, body, out)? {
            out.extend_from_slice(&start[..start.len() - rest.len()]);
        }
        if out.len() > limits::ONNX_OUTLINE_BYTES {
            return Err(Error::limit(format!(
                "more than {} bytes of the network are not raw weights; store weights as initializers with raw_data",
                limits::ONNX_OUTLINE_BYTES
            )));
        }
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
