//! A mean over repeated folds and how far it can be trusted.

use serde::{Deserialize, Serialize};

/// A mean with half the width of its 95 % interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    /// The mean.
    pub mean: f64,
    /// Half of the interval's width; NaN for a single value.
    pub half_width: f64,
}

impl Interval {
    /// Of `values`, one a fold, of repeated folds `folds` at a time. Training rows overlap from fold to fold, so that the variance of the
    /// mean is more than the values' own over their number: it is corrected as Nadeau and Bengio (Machine Learning, 2003, 52,
    /// 239) do.
    pub fn of(values: &[f64], folds: usize) -> Self {
        let n = values.len() as f64;
        let mean = values.iter().sum::<f64>() / n;
        let variance = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (n - 1.0);
        let measured_to_learnt = 1.0 / (folds.max(2) as f64 - 1.0);
        let half_width = student(n - 1.0) * (variance * (1.0 / n + measured_to_learnt)).sqrt();
        Self { mean, half_width: if n < 2.0 { f64::NAN } else { half_width } }
    }
}

/// The 97.5 % quantile of Student's distribution, by its series around the normal one (Abramowitz and Stegun, 26.7.5).
fn student(freedom: f64) -> f64 {
    let z = 1.959_964_f64;
    let terms = [
        (z.powi(3) + z) / 4.0,
        (5.0 * z.powi(5) + 16.0 * z.powi(3) + 3.0 * z) / 96.0,
        (3.0 * z.powi(7) + 19.0 * z.powi(5) + 17.0 * z.powi(3) - 15.0 * z) / 384.0,
    ];
    terms.iter().rev().fold(0.0, |sum, term| (sum + term) / freedom) + z
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_those_of_the_tables() {
        for (freedom, value) in [(4.0, 2.776), (9.0, 2.262), (24.0, 2.064), (1000.0, 1.962)] {
            assert!((student(freedom) - value).abs() < 0.01, "{freedom}: {}", student(freedom));
        }
    }

    #[test]
    fn the_interval_is_wider_than_that_of_independent_values() {
        let values = [1.0, 2.0, 3.0, 4.0, 5.0];
        let found = Interval::of(&values, 5);
        // 2.776 · √(2.5 · (1/5 + 1/4))
        assert!((found.mean - 3.0).abs() < 1e-12 && (found.half_width - 2.944).abs() < 0.01);
        assert!(Interval::of(&values[..1], 5).half_width.is_nan());
    }
}
