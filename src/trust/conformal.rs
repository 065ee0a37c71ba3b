//! Split-conformal intervals, and the calibration of probabilities.

/// Half the width of the interval about a prediction that holds a new measurement with a probability of at
/// least `coverage`, if the new molecule and those of `residuals` are exchangeable (Lei et al., 2018): the
/// ⌈(n + 1)·coverage⌉-th smallest of the n absolute `residuals`. None where they are too few to promise that.
///
/// Residuals that are no numbers are left out.
pub fn half_width(residuals: &[f32], coverage: f64) -> Option<f32> {
    let mut sizes: Vec<f32> = residuals.iter().map(|r| r.abs()).filter(|r| r.is_finite()).collect();
    sizes.sort_unstable_by(f32::total_cmp);
    // So that 0.9 · 10 is not rounded up to 10 by the last bit.
    let rank = ((sizes.len() + 1) as f64 * coverage - 1e-9).ceil().max(1.0) as usize;
    sizes.get(rank - 1).copied()
}

/// Expected calibration error of (probability, outcome) pairs: in ten bins of equal width, the distance of the
/// mean probability from the frequency of positives, weighted by the bin's share. None without a pair.
pub fn calibration_error(pairs: &[(f32, bool)]) -> Option<f64> {
    let mut bins = [(0.0f64, 0.0f64); 10];
    for &(p, positive) in pairs {
        let bin = &mut bins[((p * 10.0) as usize).min(9)];
        bin.0 += f64::from(p);
        bin.1 += f64::from(u8::from(positive));
    }
    let apart: f64 = bins.iter().map(|(p, positives)| (p - positives).abs()).sum();
    (!pairs.is_empty()).then(|| apart / pairs.len() as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn ranks_are_those_of_the_theorem() {
        let nine: Vec<f32> =
            (1..=9).map(|i| if i % 2 == 0 { -(i as f32) } else { i as f32 }).collect();
        assert_eq!(half_width(&nine, 0.9), Some(9.0));
        assert_eq!(half_width(&nine, 0.8), Some(8.0));
        assert_eq!(half_width(&nine, 0.95), None, "nine residuals cannot promise 95 %");
        assert_eq!(half_width(&[], 0.5), None);
        assert_eq!(half_width(&[f32::NAN, 2.0, 1.0, 3.0], 0.5), Some(2.0));
    }

    #[test]
    fn error_of_calibration() {
        assert_eq!(calibration_error(&[]), None);
        let fair: Vec<(f32, bool)> = (0..100).map(|i| (0.25, i % 4 == 0)).collect();
        assert!(calibration_error(&fair).unwrap() < 1e-6);
        let sure: Vec<(f32, bool)> = (0..100).map(|i| (1.0, i % 4 == 0)).collect();
        assert!((calibration_error(&sure).unwrap() - 0.75).abs() < 1e-6);
    }

    proptest! {
        /// Of n + 1 exchangeable values, each as likely to be the new one, the interval made of the others
        /// holds at least the share promised.
        #[test]
        fn leaving_one_out_covers(
            values in prop::collection::vec(0.0f32..1.0, 2..60),
            coverage in 0.5f64..0.99,
        ) {
            let covered = (0..values.len()).filter(|&i| {
                let mut others = values.clone();
                let new = others.swap_remove(i);
                half_width(&others, coverage).is_none_or(|w| new <= w)
            });
            prop_assert!(covered.count() as f64 >= coverage * values.len() as f64 - 1e-6);
        }
    }
}
