//! The weights of a graph network.

use super::shape::GraphShape;
use crate::error::Error;
use crate::model::quantize::{Values, check_inputs, scales, to_bytes};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// A graph network's weights, complete and of the right sizes. Matrices are inputs × outputs, row by row.
#[derive(Clone, Debug, PartialEq)]
pub struct GraphWeights {
    pub(super) shape: GraphShape,
    pub(super) values: BTreeMap<String, Values>,
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
        let values = values.into_iter().map(|(name, values)| (name, Values::Single(values)));
        Ok(Self { shape, values: values.collect() })
    }

    /// The network that rounds to bytes what goes into a linear layer, row by row, and the layer's weights, column by column:
    /// faster where a processor multiplies bytes, and the same bits on all of them. See `docs/graph-network.md`.
    ///
    /// # Errors
    /// [`ErrorKind::Limit`](crate::ErrorKind::Limit) if a layer has too many inputs to be summed exactly.
    pub fn quantized(mut self) -> Result<Self, Error> {
        for (name, dims) in self.shape.linears() {
            check_inputs(dims[0])?;
            if let Some(Values::Single(values)) = self.values.get(&name) {
                let scales = scales(values, dims[1]);
                let bytes = to_bytes(values, &scales);
                self.values.insert(name, Values::Bytes { bytes, scales });
            }
        }
        Ok(self)
    }

    /// Whether it is a [quantized](Self::quantized) network.
    pub fn is_quantized(&self) -> bool {
        self.values.values().any(|v| matches!(v, Values::Bytes { .. }))
    }

    /// The sizes.
    pub fn shape(&self) -> GraphShape {
        self.shape
    }

    /// The values of a weight; empty for a name that the network does not have.
    pub fn get(&self, name: &str) -> Cow<'_, [f32]> {
        match self.values(name) {
            Values::Single(values) => values.into(),
            Values::Bytes { bytes, scales } => {
                bytes.iter().zip(scales.iter().cycle()).map(|(b, s)| f32::from(*b) * s).collect()
            }
        }
    }

    /// As [`get`](Self::get), as they are kept.
    pub(super) fn values(&self, name: &str) -> &Values {
        const NONE: &Values = &Values::Single(Vec::new());
        self.values.get(name).unwrap_or(NONE)
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
