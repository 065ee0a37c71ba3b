//! Weights as bytes: a column's values are its scale times these.

use super::kernel::{MOST_INPUTS, STEPS};
use super::onnx_weights::copied;
use crate::error::Error;

/// The values of a weight.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Values {
    Single(Vec<f32>),
    /// A column's values are its scale times these, and what a linear layer multiplies by them is rounded to bytes, too.
    Bytes {
        bytes: Vec<i8>,
        scales: Vec<f32>,
    },
}

/// # Errors
/// If sums of so many products of bytes may not fit.
pub(super) fn check_inputs(inputs: usize) -> Result<(), Error> {
    match inputs <= MOST_INPUTS {
        true => Ok(()),
        false => Err(Error::limit(format!(
            "a quantized layer of {inputs} inputs, expected at most {MOST_INPUTS}"
        ))),
    }
}

/// The bytes of a file's weights.
///
/// # Errors
/// For −128, which is no number of steps: with it sums would not be exact on every processor.
pub(super) fn read(raw: &[u8]) -> Result<Vec<i8>, Error> {
    let bytes: Vec<i8> = copied(raw)?.into_iter().map(u8::cast_signed).collect();
    match bytes.contains(&i8::MIN) {
        false => Ok(bytes),
        true => Err(Error::corrupt("a quantized weight is -128, expected -127 to 127")),
    }
}

/// What a step of each of so many columns stands for: the largest of a column is 127 of them.
pub(super) fn scales(values: &[f32], columns: usize) -> Vec<f32> {
    let mut scales = vec![0f32; columns];
    for row in values.chunks_exact(columns) {
        scales.iter_mut().zip(row).for_each(|(s, v)| *s = s.max(v.abs() / STEPS));
    }
    // Any scale does where all is zero.
    scales.iter_mut().filter(|s| **s < f32::MIN_POSITIVE).for_each(|s| *s = 1.0);
    scales
}

/// Values in steps of their column's scale.
pub(super) fn to_bytes(values: &[f32], scales: &[f32]) -> Vec<i8> {
    let byte = |(v, s): (&f32, &f32)| (v / s).round().clamp(-STEPS, STEPS) as i8;
    values.chunks_exact(scales.len()).flat_map(|row| row.iter().zip(scales).map(byte)).collect()
}
