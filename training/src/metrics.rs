//! What a data set is judged by. Missing labels are NaN and do not count.

use ndarray::ArrayView2;

/// Area under the ROC curve of one task (ties count half), or `None` unless both classes occur.
pub fn roc_auc(
    labels: impl Iterator<Item = f32>,
    scores: impl Iterator<Item = f32>,
) -> Option<f64> {
    let mut rows: Vec<(f32, bool)> =
        labels.zip(scores).filter(|(l, _)| !l.is_nan()).map(|(l, s)| (s, l > 0.5)).collect();
    rows.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
    let positives = rows.iter().filter(|r| r.1).count();
    let negatives = rows.len() - positives;
    if positives == 0 || negatives == 0 {
        return None;
    }
    let (mut rank_sum, mut i) = (0.0, 0);
    while i < rows.len() {
        let tied = rows[i..].iter().take_while(|r| r.0 == rows[i].0).count();
        let rank = i as f64 + (tied as f64 + 1.0) / 2.0;
        rank_sum += rank * rows[i..i + tied].iter().filter(|r| r.1).count() as f64;
        i += tied;
    }
    let (p, n) = (positives as f64, negatives as f64);
    Some((rank_sum - p * (p + 1.0) / 2.0) / (p * n))
}

/// Mean absolute error of one task, or `None` without labels.
pub fn mae(labels: impl Iterator<Item = f32>, values: impl Iterator<Item = f32>) -> Option<f64> {
    let (mut sum, mut n) = (0.0, 0);
    for (l, v) in labels.zip(values).filter(|(l, _)| !l.is_nan()) {
        sum += f64::from((l - v).abs());
        n += 1;
    }
    (n > 0).then(|| sum / f64::from(n))
}

/// One figure a task (column), `None` where it cannot be measured. Both are rows × tasks.
pub fn per_task(
    labels: ArrayView2<'_, f32>,
    predicted: ArrayView2<'_, f32>,
    regression: bool,
) -> Vec<Option<f64>> {
    labels
        .columns()
        .into_iter()
        .zip(predicted.columns())
        .map(|(l, p)| {
            let (l, p) = (l.iter().copied(), p.iter().copied());
            if regression { mae(l, p) } else { roc_auc(l, p) }
        })
        .collect()
}

/// The mean over the tasks that can be measured, × 100: AUC % or MAE × 100. NaN if there is none.
pub fn mean_percent(per_task: &[Option<f64>]) -> f64 {
    let known: Vec<f64> = per_task.iter().flatten().copied().collect();
    100.0 * known.iter().sum::<f64>() / known.len() as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn auc(labels: &[f32], scores: &[f32]) -> Option<f64> {
        roc_auc(labels.iter().copied(), scores.iter().copied())
    }

    #[test]
    fn auc_is_the_share_of_pairs_in_order() {
        assert_eq!(auc(&[0., 0., 1., 1.], &[0.1, 0.4, 0.35, 0.8]), Some(0.75));
        assert_eq!(auc(&[0., 1.], &[0.5, 0.5]), Some(0.5));
        assert_eq!(auc(&[1., f32::NAN, 0.], &[2., 9., 1.]), Some(1.0));
        assert_eq!(auc(&[1., 1.], &[0.1, 0.2]), None);
        // Against the definition, on tied random scores.
        let mut r = crate::random::Random::new(1, "auc");
        let labels: Vec<f32> = (0..200).map(|_| (r.unit() < 0.3) as u8 as f32).collect();
        let scores: Vec<f32> = (0..200).map(|_| (r.unit() * 20.0).floor()).collect();
        let (mut won, mut pairs) = (0.0, 0.0);
        for (i, _) in labels.iter().enumerate().filter(|(_, l)| **l > 0.5) {
            for (j, _) in labels.iter().enumerate().filter(|(_, l)| **l < 0.5) {
                pairs += 1.0;
                won += match scores[i].total_cmp(&scores[j]) {
                    std::cmp::Ordering::Greater => 1.0,
                    std::cmp::Ordering::Equal => 0.5,
                    std::cmp::Ordering::Less => 0.0,
                };
            }
        }
        assert!((auc(&labels, &scores).unwrap() - won / pairs).abs() < 1e-12);
    }

    #[test]
    fn mae_skips_missing_labels() {
        let value = mae([1.0, f32::NAN, -1.0].into_iter(), [2.0, 5.0, -3.0].into_iter());
        assert_eq!(value, Some(1.5));
        assert_eq!(mae([f32::NAN].into_iter(), [0.0].into_iter()), None);
    }
}
