//! Observed read-outs of one modality, for some of the molecules of a library.

use super::scale::Scale;
use ndarray::{Array1, Array2, ArrayView1, ArrayView2, Axis};
use std::sync::Arc;

/// Observed profiles of one modality: `members().len()` rows × `features().len()` columns.
///
/// Rows lie on a common scale, in two steps: every value through a [`Scale`], then every row times
/// (*t* / *s*)^balance, with *s* the row's standard deviation about its own mean and *t* the median of
/// those. So a compound that moves everything by a lot does not drown the others; with `balance` 0
/// rows keep their magnitude, with 1 all have that of a typical one.
#[derive(Clone, Debug, PartialEq)]
pub struct Profiles {
    features: Vec<String>,
    scale: Scale,
    /// Shared by clones.
    observed: Arc<Observed>,
}

#[derive(Debug, PartialEq)]
struct Observed {
    members: Vec<u32>,
    values: Array2<f32>,
    mean: Array1<f32>,
}

impl Profiles {
    /// `members[r]` is the library row that row `r` of `values` was observed for; several rows may
    /// belong to one molecule. `values` are in the modality's own unit, all finite; `balance` is 0 to 1.
    ///
    /// # Errors
    /// A message for a person where shapes do not fit, a feature is named twice or not at all, nothing was observed, or a
    /// value is not finite.
    pub fn new(
        features: Vec<String>,
        scale: Scale,
        balance: f32,
        members: Vec<u32>,
        values: ArrayView2<'_, f32>,
    ) -> Result<Self, String> {
        if !(0.0..=1.0).contains(&balance) {
            return Err(format!("balance is {balance}, expected 0 to 1"));
        }
        let mut values = values.mapv(|v| scale.forward(v));
        let sizes: Vec<f32> = values.outer_iter().map(deviation).collect();
        let mut sorted: Vec<f32> = sizes.iter().copied().filter(|s| *s > 0.0).collect();
        sorted.sort_unstable_by(f32::total_cmp);
        if let Some(&typical) = sorted.get(sorted.len() / 2) {
            for (mut row, size) in values.outer_iter_mut().zip(sizes).filter(|(_, s)| *s > 0.0) {
                row *= (typical / size).powf(balance);
            }
        }
        Self::from_common(features, scale, members, values)
    }

    /// As [`new`](Self::new), from values that lie on the common scale already.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn from_common(
        features: Vec<String>,
        scale: Scale,
        members: Vec<u32>,
        values: Array2<f32>,
    ) -> Result<Self, String> {
        let (rows, columns) = values.dim();
        if members.len() != rows || features.len() != columns {
            return Err(format!(
                "{rows} x {columns} values for {} members and {} features",
                members.len(),
                features.len()
            ));
        }
        let mut names: Vec<&str> = features.iter().map(String::as_str).collect();
        names.sort_unstable();
        if let Some(pair) = names.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(format!("feature '{}' is named twice", clip(pair[0])));
        }
        if names.first() == Some(&"") {
            return Err("a feature has no name".into());
        }
        if let Some(((r, c), v)) = values.indexed_iter().find(|(_, v)| !v.is_finite()) {
            return Err(format!("row {r}, feature '{}': {v} is not finite", clip(&features[c])));
        }
        let Some(mean) = values.mean_axis(Axis(0)) else {
            return Err("no observed profiles".into());
        };
        Ok(Self { features, scale, observed: Arc::new(Observed { members, values, mean }) })
    }

    /// The same numbers, which are not copied, under other names.
    ///
    /// # Errors
    /// A message for a person for another number of features.
    pub(crate) fn renamed(&self, features: Vec<String>, scale: Scale) -> Result<Self, String> {
        let columns = self.features.len();
        if features.len() != columns {
            return Err(format!("{} features for {columns} columns", features.len()));
        }
        Ok(Self { features, scale, observed: Arc::clone(&self.observed) })
    }

    /// Names of the columns.
    pub fn features(&self) -> &[String] {
        &self.features
    }

    /// The function that takes values to the common scale and back.
    pub fn scale(&self) -> Scale {
        self.scale
    }

    /// Library row of each observed profile.
    pub fn members(&self) -> &[u32] {
        &self.observed.members
    }

    /// The profiles on the common scale.
    pub fn values(&self) -> ArrayView2<'_, f32> {
        self.observed.values.view()
    }

    /// The mean profile, on the common scale.
    pub fn mean(&self) -> ArrayView1<'_, f32> {
        self.observed.mean.view()
    }

    /// The same features, of the rows `keep` only; what validation folds are made of.
    ///
    /// # Errors
    /// As [`new`](Self::new): where `keep` is empty.
    ///
    /// # Panics
    /// If a row does not exist.
    pub fn select(&self, keep: &[usize]) -> Result<Self, String> {
        let members = keep.iter().map(|&r| self.observed.members[r]).collect();
        let values = self.observed.values.select(Axis(0), keep);
        Self::from_common(self.features.clone(), self.scale, members, values)
    }
}

/// Standard deviation about the row's own mean.
fn deviation(row: ArrayView1<'_, f32>) -> f32 {
    let n = row.len().max(1) as f64;
    let mean = row.iter().map(|&v| f64::from(v)).sum::<f64>() / n;
    (row.iter().map(|&v| (f64::from(v) - mean).powi(2)).sum::<f64>() / n).sqrt() as f32
}

/// The beginning of a name, for a message.
fn clip(name: &str) -> String {
    name.chars().take(60).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    fn names(n: usize) -> Vec<String> {
        (0..n).map(|i| format!("f{i}")).collect()
    }

    #[test]
    fn balance_brings_rows_to_a_typical_magnitude() {
        let values = array![[1.0f32, -1.0], [4.0, -4.0], [10.0, -10.0], [3.0, 3.0]];
        let of = |balance| {
            let members = vec![0, 1, 2, 3];
            Profiles::new(names(2), Scale::Linear, balance, members, values.view()).unwrap()
        };
        assert_eq!(of(0.0).values(), values);
        // The typical deviation is 4; a constant row has none and stays.
        assert_eq!(of(1.0).values(), array![[4.0, -4.0], [4.0, -4.0], [4.0, -4.0], [3.0, 3.0]]);
        assert_eq!(of(0.5).values()[[0, 0]], 2.0);
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let new = |n, balance, members: Vec<u32>, values: Array2<f32>| {
            Profiles::new(names(n), Scale::Asinh, balance, members, values.view())
        };
        assert!(new(1, 0.0, vec![0], array![[f32::NAN]]).is_err());
        assert!(new(2, 0.0, vec![0], array![[1.0]]).is_err());
        assert!(new(1, 0.0, vec![0, 1], array![[1.0]]).is_err());
        assert!(new(1, 2.0, vec![0], array![[1.0]]).is_err());
        assert!(new(1, 0.0, vec![], Array2::zeros((0, 1))).is_err());
        assert!(new(1, 0.0, vec![0], array![[1.0]]).is_ok());
    }
}
