//! How often what is predicted comes true.

use super::chart::{Kind, Series, Titles, chart};

/// Bins of about as many predictions.
const BINS: usize = 10;

/// Mean predicted probability and share of positives, a bin of `points` (predicted, 0 or 1).
pub fn bins(points: &[(f32, f32)]) -> Vec<(f64, f64)> {
    let mut sorted = points.to_vec();
    sorted.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
    let size = sorted.len().div_ceil(BINS).max(1);
    let mean = |values: &mut dyn Iterator<Item = f32>, n: usize| {
        values.map(f64::from).sum::<f64>() / n as f64
    };
    let bin = |bin: &[(f32, f32)]| {
        (
            mean(&mut bin.iter().map(|p| p.0), bin.len()),
            mean(&mut bin.iter().map(|p| p.1), bin.len()),
        )
    };
    sorted.chunks(size).map(bin).collect()
}

/// Reliability of a classification.
pub fn reliability(task: &str, points: &[(f32, f32)]) -> String {
    let series = Series { name: "bins of tenths".into(), points: bins(points) };
    let titles = Titles {
        title: &format!("Calibration: {task}"),
        x: "mean predicted probability",
        y: "share of positives",
    };
    chart(titles, &[series], Kind::PointsAndDiagonal)
}

/// Predicted beside measured values of a regression.
pub fn agreement(task: &str, unit: Option<&str>, points: &[(f32, f32)]) -> String {
    let points = points.iter().map(|(p, m)| (f64::from(*m), f64::from(*p))).collect();
    let unit = unit.map_or(String::new(), |u| format!(", {u}"));
    let titles = Titles {
        title: &format!("Predicted and measured: {task}"),
        x: &format!("measured{unit}"),
        y: &format!("predicted{unit}"),
    };
    chart(titles, &[Series { name: "molecules".into(), points }], Kind::PointsAndDiagonal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bins_are_means() {
        let points: Vec<(f32, f32)> =
            (0..100).map(|i| (i as f32 / 100.0, f32::from(u8::from(i >= 50)))).collect();
        let bins = bins(&points);
        assert_eq!(bins.len(), 10);
        assert!((bins[0].0 - 0.045).abs() < 1e-6);
        assert_eq!((bins[4].1, bins[5].1), (0.0, 1.0));
        assert!(super::bins(&[]).is_empty());
    }
}
