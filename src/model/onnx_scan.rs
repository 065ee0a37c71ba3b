//! A look at an ONNX file's outline before it is decoded.
//!
//! Decoded, a protobuf message can take a hundred times its encoded length (an empty node is two
//! bytes on disk and a few hundred in memory). Only raw weights are as large in memory as in the
//! file, so everything else in a network is held to a small allowance.

use super::limits;
use crate::error::Error;

/// Checks that all but the raw weights of the network `bytes` is small.
///
/// # Errors
/// A corrupt or a limit error.
pub(super) fn check_outline(bytes: &[u8]) -> Result<(), Error> {
    // Field numbers of onnx.proto: ModelProto.graph, GraphProto.initializer,
    // TensorProto.raw_data.
    let weights =
        sum(bytes, 7, &|graph| sum(graph, 5, &|tensor| sum(tensor, 9, &|raw| Some(raw.len()))));
    let weights = weights.ok_or_else(|| Error::corrupt("not an ONNX file, or a damaged one"))?;
    // Every tensor also has a header of a few bytes, which counts as the rest.
    let rest = bytes.len().saturating_sub(weights);
    if rest > limits::ONNX_OUTLINE_BYTES {
        return Err(Error::limit(format!(
            "{rest} bytes of the network are not raw weights, the limit is {}; store weights as initializers with raw_data",
            limits::ONNX_OUTLINE_BYTES
        )));
    }
    Ok(())
}

/// Sum of `inner` over the length-delimited fields numbered `field` of a protobuf message; none
/// where the message is malformed.
fn sum(mut message: &[u8], field: u64, inner: &dyn Fn(&[u8]) -> Option<usize>) -> Option<usize> {
    let mut total = 0usize;
    while !message.is_empty() {
        let key = varint(&mut message)?;
        let length = match key & 7 {
            0 => {
                varint(&mut message)?;
                continue;
            }
            1 => 8,
            2 => usize::try_from(varint(&mut message)?).ok()?,
            5 => 4,
            _ => return None,
        };
        let (body, rest) = message.split_at_checked(length)?;
        message = rest;
        if key == field << 3 | 2 {
            total = total.checked_add(inner(body)?)?;
        }
    }
    Some(total)
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
