//! The weights of a graph network.

use super::shape::GraphShape;
use crate::error::Error;
use std::collections::BTreeMap;

/// A graph network's weights, complete and of the right sizes. Matrices are inputs × outputs, row by row.
#[derive(Clone, Debug, PartialEq)]
pub struct GraphWeights {
    pub(super) shape: GraphShape,
    pub(super) values: BTreeMap<String, Vec<f32>>,
}

impl GraphWeights {
    /// From values by the names of [`GraphShape::tensors`].
    ///
    /// # Errors
    /// For a weight that is absent, unknown, or of another length; for sizes of 0 or beyond all use.
    pub fn new(shape: GraphShape, values: BTreeMap<String, Vec<f32>>) -> Result<Self, Error> {
        shape.check()?;
        let tensors = shape.tensors();
        for (name, dims) in &tensors {
            let found = values.get(name).map(Vec::len);
            let expected: usize = dims.iter().product();
            if found != Some(expected) {
                let found = found.map_or("absent".into(), |n| format!("{n} values"));
                return Err(Error::corrupt(format!("weight {name}: {found}, expected {expected}")));
            }
        }
        if let Some(other) = values.keys().find(|name| tensors.iter().all(|(n, _)| n != *name)) {
            return Err(Error::corrupt(format!(
                "weight {other}: the network has none of this name"
            )));
        }
        Ok(Self { shape, values })
    }

    /// The sizes.
    pub fn shape(&self) -> GraphShape {
        self.shape
    }

    /// The values of a weight; empty for a name that the network does not have.
    pub fn get(&self, name: &str) -> &[f32] {
        self.values.get(name).map_or(&[], Vec::as_slice)
    }
}

/// A batch norm's parameters and statistics, one an output of the linear layer before it.
#[derive(Clone, Copy, Debug)]
pub struct BatchNorm<'a> {
    /// Gain.
    pub weight: &'a [f32],
    /// Shift.
    pub bias: &'a [f32],
    /// Running mean.
    pub mean: &'a [f32],
    /// Running variance.
    pub variance: &'a [f32],
    /// What is added to the variance.
    pub epsilon: f64,
}

impl BatchNorm<'_> {
    /// Folds the norm into the linear layer before it: `weight`, inputs × outputs, and `bias`.
    ///
    /// # Panics
    /// If lengths do not fit each other.
    pub fn fold(&self, weight: &mut [f32], bias: &mut [f32]) {
        let n = bias.len();
        let lengths = [self.weight, self.bias, self.mean, self.variance].map(<[f32]>::len);
        assert!(n > 0 && lengths == [n; 4] && weight.len().is_multiple_of(n), "sizes must fit");
        let factor = |j: usize| {
            f64::from(self.weight[j]) / (f64::from(self.variance[j]) + self.epsilon).sqrt()
        };
        let factors: Vec<f64> = (0..n).map(factor).collect();
        for row in weight.chunks_exact_mut(n) {
            row.iter_mut().zip(&factors).for_each(|(w, f)| *w = (f64::from(*w) * f) as f32);
        }
        for (j, b) in bias.iter_mut().enumerate() {
            let shifted = f64::from(*b) - f64::from(self.mean[j]);
            *b = (shifted * factors[j] + f64::from(self.bias[j])) as f32;
        }
    }
}
