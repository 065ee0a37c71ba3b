//! How well new heads do, a task each.

use crate::Result;
use crate::benchmark::Split;
use crate::ensemble::{TrainedSet, average};
use crate::metrics::{mae, roc_auc};
use ndarray::{Array2, ArrayView2, Axis};
use serde::Serialize;

/// A task's figures.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Measured {
    /// Column of the table.
    pub task: String,
    /// `roc_auc`, or `mae` in the task's unit.
    pub metric: &'static str,
    /// Labelled rows: train, valid, test.
    pub rows: [usize; 3],
    /// On the validation rows, on which training was stopped and calibrated.
    pub valid: Option<f64>,
    /// On the test rows, which nothing was chosen on.
    pub test: Option<f64>,
    /// What knows nothing of molecules predicts for each: `median of the training rows`, or `share of positives among the training
    /// rows`.
    pub trivial_predictor: &'static str,
    /// Its figure on the test rows, or on the validation rows where there is no figure on the former: the mean absolute distance, or 0.5.
    pub trivial: Option<f64>,
    /// Whether the heads are better than that on the same rows; if not, they are not worth using. Absent without a figure.
    pub better_than_trivial: Option<bool>,
    /// Of a regression: split-conformal intervals.
    pub intervals: Vec<Interval>,
    /// Predicted and measured values of the validation and test rows.
    #[serde(skip)]
    pub points: Vec<(f32, f32)>,
}

/// Predictions lie within `half_width` of the measured value as often as `coverage` says, on molecules like the
/// validation rows (Lei et al., J. Am. Stat. Assoc. 2018, 113, 1094, split conformal prediction). Those rows also
/// stopped the training, so the true coverage is a little less.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Interval {
    /// Share of molecules.
    pub coverage: f64,
    /// In the task's unit.
    pub half_width: f32,
}

const COVERAGES: [f64; 4] = [0.5, 0.8, 0.9, 0.95];

/// The half width that covers `coverage` of further residuals, or none where there are too few to say: the
/// ⌈(n + 1) coverage⌉-th smallest.
pub fn conformal(residuals: &mut [f32], coverage: f64) -> Option<f32> {
    residuals.sort_unstable_by(f32::total_cmp);
    let rank = ((residuals.len() + 1) as f64 * coverage).ceil() as usize;
    residuals.get(rank.checked_sub(1)?).copied()
}

/// Measures every task of `set`; `x` is what its heads read for all of its rows.
pub(super) fn measure(set: &TrainedSet, x: ArrayView2<'_, f32>) -> Result<Vec<Measured>> {
    let tasks = set.benchmark.tasks.len();
    let rows = [Split::Train, Split::Valid, Split::Test].map(|s| set.benchmark.rows(s));
    let mut values = Vec::new();
    for rows in &rows[1..] {
        let z = average(
            &set.problem,
            &set.members,
            set.trees.as_ref(),
            x.select(Axis(0), rows).view(),
        )?;
        values.push(calibrated(set, z));
    }
    let measured = (0..tasks).map(|t| {
        let labels = |split: usize| -> Vec<f32> {
            rows[split].iter().map(|&r| set.benchmark.labels[[r, t]]).collect()
        };
        let [train, valid, test] = [0, 1, 2].map(labels);
        let figure = |labels: &[f32], predicted: &Array2<f32>| {
            let (l, p) = (labels.iter().copied(), predicted.column(t));
            let p = p.iter().copied();
            if set.problem.regression { mae(l, p) } else { roc_auc(l, p) }
        };
        let known = |labels: &[f32]| labels.iter().filter(|v| !v.is_nan()).count();
        let points: Vec<(f32, f32)> = [(&valid, 0), (&test, 1)]
            .into_iter()
            .flat_map(|(labels, v)| labels.iter().zip(values[v].column(t)).map(|(l, p)| (*p, *l)))
            .filter(|(_, l)| !l.is_nan())
            .collect();
        let mut residuals: Vec<f32> = valid
            .iter()
            .zip(values[0].column(t))
            .map(|(l, p)| (l - p).abs())
            .filter(|r| !r.is_nan())
            .collect();
        let intervals = COVERAGES.into_iter().filter(|_| set.problem.regression);
        let intervals = intervals.filter_map(|coverage| {
            let half_width = conformal(&mut residuals, coverage)?;
            Some(Interval { coverage, half_width })
        });
        let (valid_figure, test_figure) = (figure(&valid, &values[0]), figure(&test, &values[1]));
        let decisive = test_figure.map(|f| (f, &test)).or(valid_figure.map(|f| (f, &valid)));
        let middle = median(&train);
        let trivial = decisive.and_then(|(_, labels)| match set.problem.regression {
            true => mae(labels.iter().copied(), std::iter::repeat(middle)),
            false => Some(0.5),
        });
        let better =
            decisive.zip(trivial).map(|((own, _), trivial)| match set.problem.regression {
                true => own < trivial,
                false => own > trivial,
            });
        Measured {
            task: set.benchmark.tasks[t].clone(),
            metric: if set.problem.regression { "mae" } else { "roc_auc" },
            rows: [known(&train), known(&valid), known(&test)],
            valid: valid_figure,
            test: test_figure,
            trivial_predictor: match set.problem.regression {
                true => "median of the training rows",
                false => "share of positives among the training rows",
            },
            trivial,
            better_than_trivial: better,
            intervals: intervals.collect(),
            points,
        }
    });
    Ok(measured.collect())
}

/// From averaged outputs to values: probabilities, or numbers in the task's unit.
fn calibrated(set: &TrainedSet, mut z: Array2<f32>) -> Array2<f32> {
    for (mut column, (slope, intercept)) in z.columns_mut().into_iter().zip(&set.calibration) {
        column.mapv_inplace(|v| {
            let v = slope * v + intercept;
            if set.problem.regression { v } else { 1.0 / (1.0 + (-v).exp()) }
        });
    }
    z
}

/// Of the labels that are known; 0 if there are none.
fn median(labels: &[f32]) -> f32 {
    let mut known: Vec<f32> = labels.iter().copied().filter(|v| !v.is_nan()).collect();
    known.sort_unstable_by(f32::total_cmp);
    known.get(known.len() / 2).copied().unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conformal_ranks() {
        let mut residuals = [4.0, 1.0, 3.0, 2.0];
        // The third of four: (4 + 1) · 0.6 = 3.
        assert_eq!(conformal(&mut residuals, 0.6), Some(3.0));
        assert_eq!(conformal(&mut residuals, 0.8), Some(4.0));
        assert_eq!(conformal(&mut residuals, 0.9), None);
        assert_eq!(conformal(&mut [], 0.5), None);
    }
}
