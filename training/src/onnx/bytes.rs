//! Matrices as int8 with a scale a column: a quarter of f32's size. A weight is off by at most a 254th of the largest
//! of its column.

use crate::Result;
use candle_core::{Device, Tensor, Var};

/// The most that a byte stands for.
const MOST: f32 = 127.0;

/// The bytes of `matrix` (rows × columns), row by row, and the scale of each column.
///
/// # Errors
/// If it is no matrix.
pub fn to_bytes(matrix: &Tensor) -> Result<(Vec<i8>, Vec<f32>)> {
    let (_, columns) = matrix.dims2()?;
    let values = matrix.flatten_all()?.to_vec1::<f32>()?;
    let mut scales = vec![0f32; columns];
    for row in values.chunks_exact(columns) {
        scales.iter_mut().zip(row).for_each(|(s, v)| *s = s.max(v.abs() / MOST));
    }
    // Any scale does where all is zero.
    scales.iter_mut().filter(|s| **s < f32::MIN_POSITIVE).for_each(|s| *s = 1.0);
    let byte = |(v, s): (&f32, &f32)| (v / s).round().clamp(-MOST, MOST) as i8;
    let rows = values.chunks_exact(columns);
    Ok((rows.flat_map(|row| row.iter().zip(&scales).map(byte)).collect(), scales))
}

/// Sets `matrix` to what its bytes stand for, so that what is measured is what is packed.
///
/// # Errors
/// If it is no matrix.
pub fn round_to_bytes(matrix: &Var) -> Result<()> {
    let (bytes, scales) = to_bytes(matrix)?;
    let values = bytes.iter().zip(scales.iter().cycle()).map(|(b, s)| f32::from(*b) * s);
    let rounded = Tensor::from_vec(values.collect(), matrix.shape(), &Device::Cpu)?;
    Ok(matrix.set(&rounded)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounding_is_close_and_done_once() {
        let values = vec![1.0f32, 0.0, -0.004, 0.5, 0.0, 0.003, -0.25, 0.0, 0.0005];
        let tensor = Tensor::from_vec(values.clone(), (3, 3), &Device::Cpu).unwrap();
        let matrix = Var::from_tensor(&tensor).unwrap();
        let before = to_bytes(&matrix).unwrap();
        assert_eq!(before.0[..3], [127, 0, -127]);
        round_to_bytes(&matrix).unwrap();
        let rounded = matrix.flatten_all().unwrap().to_vec1::<f32>().unwrap();
        for (i, (a, b)) in values.iter().zip(&rounded).enumerate() {
            let most = [1.0, 0.0, 0.004][i % 3];
            assert!((a - b).abs() <= most / 254.0 * 1.0001, "{a} {b}");
        }
        assert_eq!(to_bytes(&matrix).unwrap().0, before.0);
    }
}
