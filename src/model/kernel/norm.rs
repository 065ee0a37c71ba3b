//! Layer norm, summed in an order that no processor changes.

/// What is added to the variance.
pub(in crate::model) const EPSILON: f32 = 1e-5;

/// Partial sums, lane by lane, that are then added in pairs.
const LANES: usize = 16;

#[derive(Clone, Debug)]
pub(in crate::model) struct Norm {
    gain: Vec<f32>,
    shift: Vec<f32>,
}

impl Norm {
    pub(in crate::model) fn new(gain: &[f32], shift: &[f32]) -> Self {
        Self { gain: gain.to_vec(), shift: shift.to_vec() }
    }

    /// See [`Kernel::norm`](super::Kernel::norm).
    #[inline(always)]
    pub(super) fn apply(&self, row: &mut [f32]) {
        let n = row.len() as f32;
        let mean = sum(row, |v| v) / n;
        let variance = sum(row, |v| (v - mean) * (v - mean)) / n;
        let factor = 1.0 / (variance + EPSILON).sqrt();
        for ((v, gain), shift) in row.iter_mut().zip(&self.gain).zip(&self.shift) {
            *v = (*v - mean) * factor * gain + shift;
        }
    }
}

#[inline(always)]
fn sum(row: &[f32], of: impl Fn(f32) -> f32) -> f32 {
    let mut lanes = [0f32; LANES];
    let (blocks, rest) = row.as_chunks::<LANES>();
    for block in blocks {
        for (lane, v) in lanes.iter_mut().zip(block) {
            *lane += of(*v);
        }
    }
    lanes.iter_mut().zip(rest).for_each(|(lane, v)| *lane += of(*v));
    let mut half = LANES / 2;
    while half > 0 {
        for i in 0..half {
            lanes[i] += lanes[i + half];
        }
        half /= 2;
    }
    lanes[0]
}
