//! The learning rate: a linear rise, then half a cosine down to a hundredth of the peak.

/// Where the cosine ends, as a share of the peak: later epochs still learn a little.
const FLOOR: f64 = 0.01;

/// Learning rate of step `step` (from 0) of `steps`, the first `warmup` of them rising to `peak`.
pub fn rate(peak: f64, step: usize, warmup: usize, steps: usize) -> f64 {
    if step < warmup {
        return peak * (step + 1) as f64 / warmup as f64;
    }
    let rest = steps.saturating_sub(warmup).max(1);
    let done = ((step - warmup) as f64 / rest as f64).min(1.0);
    peak * (FLOOR + (1.0 - FLOOR) * 0.5 * (1.0 + (std::f64::consts::PI * done).cos()))
}

#[cfg(test)]
mod tests {
    use super::rate;

    #[test]
    fn rises_then_falls() {
        let all: Vec<f64> = (0..100).map(|s| rate(2.0, s, 10, 100)).collect();
        assert!((all[0] - 0.2).abs() < 1e-12 && (all[9] - 2.0).abs() < 1e-12);
        assert!(all[..10].windows(2).all(|w| w[0] < w[1]));
        assert!(all[10..].windows(2).all(|w| w[0] > w[1]));
        assert!((rate(2.0, 100, 10, 100) - 0.02).abs() < 1e-12);
        assert!((rate(2.0, 55, 10, 100) - 1.01).abs() < 1e-12, "half way down");
        assert_eq!(rate(2.0, 0, 0, 1), 2.0);
    }
}
