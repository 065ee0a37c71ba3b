//! How read-outs are brought to a common scale before anything is averaged.

use serde::{Deserialize, Serialize};

/// The function that a modality's values go through.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scale {
    /// As they are.
    Linear,
    /// Inverse hyperbolic sine: linear around 0, logarithmic far out. For z-scores with heavy tails, of
    /// which one extreme compound would otherwise own every average.
    Asinh,
}

impl Scale {
    /// To the common scale.
    pub fn forward(self, value: f32) -> f32 {
        match self {
            Self::Linear => value,
            Self::Asinh => value.asinh(),
        }
    }

    /// Back to the modality's own unit.
    pub fn backward(self, value: f32) -> f32 {
        match self {
            Self::Linear => value,
            Self::Asinh => value.sinh(),
        }
    }

    /// Derivative of [`backward`](Self::backward): what a small deviation on the common scale is in
    /// the modality's own unit.
    pub fn slope(self, value: f32) -> f32 {
        match self {
            Self::Linear => 1.0,
            Self::Asinh => value.cosh(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn backward_undoes_forward() {
        for v in [-50.0f32, -1.0, 0.0, 0.25, 12.0] {
            assert_eq!(Scale::Linear.backward(Scale::Linear.forward(v)), v);
            let there = Scale::Asinh.forward(v);
            // f32 asinh and sinh: a rounding of the exponent is magnified by its size, at most 5 here.
            assert!((Scale::Asinh.backward(there) - v).abs() <= 1e-5 * v.abs().max(1.0));
            let h = 1e-3;
            let difference =
                (Scale::Asinh.backward(there + h) - Scale::Asinh.backward(there - h)) / (2.0 * h);
            assert!((difference - Scale::Asinh.slope(there)).abs() < 0.02 * difference);
        }
    }
}
