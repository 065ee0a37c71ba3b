//! Many dimensions on a plane.

use ndarray::{Array1, Array2, ArrayView2, Axis};

/// The first two principal components of `x` (rows × width), rows × 2, by power iteration from a fixed start: the
/// same map every time. The sign of each is such that its largest loading is positive.
pub fn principal_components(x: ArrayView2<'_, f32>) -> Array2<f64> {
    let mut x = x.mapv(f64::from);
    if let Some(mean) = x.mean_axis(Axis(0)) {
        x -= &mean;
    }
    let mut scores = Array2::zeros((x.nrows(), 2));
    for component in 0..2 {
        let start = |i: usize| 1.0 + ((i * 7919 + component) % 101) as f64 / 101.0;
        let mut v = Array1::from_shape_fn(x.ncols(), start);
        for _ in 0..200 {
            let next = x.t().dot(&x.dot(&v));
            let length = next.dot(&next).sqrt();
            if length < 1e-12 {
                return scores;
            }
            v = next / length;
        }
        let largest =
            v.iter().copied().fold(0.0, |a: f64, b| if b.abs() > a.abs() { b } else { a });
        if largest < 0.0 {
            v.mapv_inplace(|w| -w);
        }
        let score = x.dot(&v);
        for (mut row, s) in x.rows_mut().into_iter().zip(&score) {
            row.scaled_add(-s, &v);
        }
        scores.column_mut(component).assign(&score);
    }
    scores
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_long_direction_comes_first() {
        let x = Array2::from_shape_fn((40, 3), |(i, j)| {
            let t = i as f32 - 19.5;
            match j {
                0 => 3.0 * t,
                1 => 4.0 * t,
                _ => {
                    if i % 2 == 0 {
                        1.0
                    } else {
                        -1.0
                    }
                }
            }
        });
        let scores = principal_components(x.view());
        // (3, 4) / 5 · (3, 4) t = 5 t.
        for (i, s) in scores.rows().into_iter().enumerate() {
            assert!((s[0] - 5.0 * (i as f64 - 19.5)).abs() < 0.1, "{s}");
            assert!((s[1].abs() - 1.0).abs() < 0.1, "{s}");
        }
    }
}
