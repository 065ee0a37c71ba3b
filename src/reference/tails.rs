//! How far measurements lie from what was imputed.

/// Shares of measurements, and the standard deviations within which a normal distribution has them.
const LEVELS: [(f32, f32); 5] =
    [(0.5, 0.674_49), (0.8, 1.281_552), (0.9, 1.644_854), (0.95, 1.959_964), (0.99, 2.575_829)];

/// Fewest errors that a distribution is learned from.
const FEWEST: usize = 400;

/// How wide an interval is, in spreads, which holds a given share of measurements.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tails([f32; 5]);

impl Default for Tails {
    /// Those of a normal distribution.
    fn default() -> Self {
        Self(LEVELS.map(|l| l.1))
    }
}

impl Tails {
    /// Spreads on either side of an imputed value between which lies a measurement with the probability `coverage`, 0.5 to
    /// 0.99; none for any other. Between the shares that were learned (50, 80, 90, 95 and 99 %) as a normal distribution
    /// has it.
    pub fn half_width(&self, coverage: f32) -> Option<f32> {
        let upper = LEVELS.iter().position(|l| coverage <= l.0)?;
        if upper == 0 {
            return (coverage == LEVELS[0].0).then_some(self.0[0]);
        }
        let (low, high) = (LEVELS[upper - 1], LEVELS[upper]);
        let part = ((quantile(coverage) - quantile(low.0)) / (quantile(high.0) - quantile(low.0)))
            .clamp(0.0, 1.0);
        Some(self.0[upper - 1] + part as f32 * (self.0[upper] - self.0[upper - 1]))
    }

    /// Of errors in units of an expected spread, and what the spread must be multiplied by so that it is a standard deviation
    /// as far as their tails allow: so that 1.28 and 1.96 of it are as right as one number can make both.
    pub(super) fn learn(errors: &mut [f32]) -> (f32, Self) {
        if errors.len() < FEWEST {
            return (1.0, Self::default());
        }
        errors.sort_unstable_by(f32::total_cmp);
        let found =
            LEVELS.map(|(share, _)| errors[((errors.len() - 1) as f32 * share).round() as usize]);
        let normal = Self::default().0;
        let factor = (found[1] / normal[1] + found[3] / normal[3]) / 2.0;
        if !(factor.is_finite() && factor > 0.0) {
            return (1.0, Self::default());
        }
        (factor, Self(found.map(|f| f / factor)))
    }

    /// The same for spreads that were not multiplied by `factor`.
    pub(super) fn times(self, factor: f32) -> Self {
        Self(self.0.map(|t| t * factor))
    }

    /// Between two, `part` of the way to the other.
    pub(super) fn towards(self, other: Self, part: f32) -> Self {
        let mut between = self.0;
        between.iter_mut().zip(other.0).for_each(|(b, o)| *b += part * (o - *b));
        Self(between)
    }
}

/// Standard deviations within which a normal distribution has a share: the inverse of the error function by Winitzki's
/// formula, good to 0.2 %, which is plenty between learned points.
fn quantile(share: f32) -> f64 {
    const A: f64 = 0.147;
    let log = (1.0 - f64::from(share).powi(2)).ln();
    let middle = 2.0 / (std::f64::consts::PI * A) + log / 2.0;
    (2.0 * ((middle * middle - log / A).sqrt() - middle)).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn widths_are_learned_and_grow_with_coverage() {
        // The distribution of 1 / u - 1 has quantiles p / (1 - p).
        let mut errors: Vec<f32> =
            (0..10_000).map(|i| (i as f32 + 0.5) / (10_000.0 - 0.5 - i as f32)).collect();
        let (factor, tails) = Tails::learn(&mut errors);
        for share in [0.5f32, 0.8, 0.9, 0.95, 0.99] {
            let expected = share / (1.0 - share);
            let found = tails.half_width(share).unwrap() * factor;
            assert!((found / expected - 1.0).abs() < 0.01, "{share}: {found} {expected}");
        }
        let widths: Vec<f32> =
            (50..=99).map(|c| tails.half_width(c as f32 / 100.0).unwrap()).collect();
        assert!(widths.windows(2).all(|w| w[0] < w[1]));
        for outside in [0.0, 0.49, 0.991, 1.0, -1.0, f32::NAN, f32::INFINITY] {
            assert_eq!(tails.half_width(outside), None);
        }
    }

    #[test]
    fn without_errors_tails_are_normal() {
        let (factor, tails) = Tails::learn(&mut [1.0; 30]);
        assert_eq!((factor, tails), (1.0, Tails::default()));
        // Within 0.2 % of the table of the normal distribution.
        assert!((tails.half_width(0.6827).unwrap() - 1.0).abs() < 4e-3);
    }
}
