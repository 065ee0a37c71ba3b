//! Neighbourhoods of many dimensions on a plane: t-SNE (van der Maaten and Hinton, 2008), exact, for some thousand points.

use super::map::principal_components;
use ndarray::{Array2, ArrayView2};
use rayon::prelude::*;

/// Neighbours that a point effectively has.
const PERPLEXITY: f64 = 30.0;
const ITERATIONS: usize = 400;
/// Iterations in which attraction is exaggerated, and how much.
const EXAGGERATED: (usize, f64) = (100, 12.0);

/// Places of the rows of `x` (rows × width) on a plane, rows × 2, by cosine distance. It starts from the principal
/// components and draws no random number: the same map every time, on any number of threads.
pub fn tsne(x: ArrayView2<'_, f32>) -> Array2<f64> {
    let n = x.nrows();
    let mut unit = x.mapv(f64::from);
    for mut row in unit.rows_mut() {
        let length = row.dot(&row).sqrt().max(1e-12);
        row /= length;
    }
    let start = principal_components(unit.mapv(|v| v as f32).view());
    if n < 4 {
        return start;
    }
    let p = affinities(&unit);
    let spread = start.column(0).dot(&start.column(0)) / n as f64;
    let mut y: Vec<[f64; 2]> = start
        .rows()
        .into_iter()
        .map(|r| [0, 1].map(|c| r[c] * 1e-2 / spread.sqrt().max(1e-12)))
        .collect();
    let (mut step, mut gain) = (vec![[0.0; 2]; n], vec![[1.0f64; 2]; n]);
    let rate = (n as f64 / EXAGGERATED.1).max(50.0);
    for iteration in 0..ITERATIONS {
        let early = iteration < EXAGGERATED.0;
        let (pull, momentum) = if early { (EXAGGERATED.1, 0.5) } else { (1.0, 0.8) };
        for (i, g) in gradient(&p, &y, pull).into_iter().enumerate() {
            for c in 0..2 {
                let turned = (g[c] > 0.0) != (step[i][c] > 0.0);
                gain[i][c] = if turned { gain[i][c] + 0.2 } else { (gain[i][c] * 0.8).max(0.01) };
                step[i][c] = momentum * step[i][c] - rate * gain[i][c] * g[c];
                y[i][c] += step[i][c];
            }
        }
    }
    Array2::from_shape_fn((n, 2), |(i, c)| y[i][c])
}

/// 4 Σⱼ (pull · pᵢⱼ − qᵢⱼ) (yᵢ − yⱼ) / (1 + |yᵢ − yⱼ|²) for every i. Each row is summed by one thread, in order.
fn gradient(p: &[Vec<f64>], y: &[[f64; 2]], pull: f64) -> Vec<[f64; 2]> {
    let nearness =
        |a: &[f64; 2], b: &[f64; 2]| 1.0 / (1.0 + (a[0] - b[0]).powi(2) + (a[1] - b[1]).powi(2));
    let parts: Vec<([f64; 2], [f64; 2], f64)> = y
        .par_iter()
        .zip(p)
        .map(|(a, p)| {
            let (mut attract, mut repel, mut total) = ([0.0; 2], [0.0; 2], 0.0);
            for (b, p) in y.iter().zip(p) {
                let near = nearness(a, b);
                total += near;
                for c in 0..2 {
                    attract[c] += p * near * (a[c] - b[c]);
                    repel[c] += near * near * (a[c] - b[c]);
                }
            }
            // A point is nearest to itself.
            (attract, repel, total - 1.0)
        })
        .collect();
    let total: f64 = parts.iter().map(|p| p.2).sum();
    let each = |(a, r, _): ([f64; 2], [f64; 2], f64)| {
        [0, 1].map(|c| 4.0 * (pull * a[c] - r[c] / total.max(1e-12)))
    };
    parts.into_iter().map(each).collect()
}

/// How near each pair of unit vectors counts, all together 1: normal densities around each point, as wide as its
/// [`PERPLEXITY`] wants, made symmetric.
fn affinities(unit: &Array2<f64>) -> Vec<Vec<f64>> {
    let n = unit.nrows();
    let wanted = PERPLEXITY.min((n - 1) as f64 / 3.0).max(1.5).ln();
    let rows: Vec<Vec<f64>> = (0..n)
        .into_par_iter()
        .map(|i| {
            let distances: Vec<f64> =
                unit.dot(&unit.row(i)).iter().map(|c| (1.0 - c).max(0.0)).collect();
            let (mut low, mut high, mut beta) = (0.0, f64::INFINITY, 1.0);
            let mut row = vec![0.0; n];
            for _ in 0..60 {
                let entropy = densities(&distances, i, beta, &mut row);
                if (entropy - wanted).abs() < 1e-5 {
                    break;
                }
                if entropy > wanted {
                    low = beta;
                    beta = if high.is_finite() { (beta + high) / 2.0 } else { beta * 2.0 };
                } else {
                    high = beta;
                    beta = (beta + low) / 2.0;
                }
            }
            row
        })
        .collect();
    let scale = 2.0 * n as f64;
    (0..n).map(|i| (0..n).map(|j| (rows[i][j] + rows[j][i]) / scale).collect()).collect()
}

/// Fills `row` with exp(−β d) to the sum 1, but for the point `i` itself, and gives its entropy.
fn densities(distances: &[f64], i: usize, beta: f64, row: &mut [f64]) -> f64 {
    let others = || (0..distances.len()).filter(|&j| j != i);
    // The nearest one has 1 before scaling, so that the sum is never 0.
    let nearest = others().map(|j| distances[j]).fold(f64::INFINITY, f64::min);
    let (mut sum, mut weighted) = (0.0, 0.0);
    for j in others() {
        let d = distances[j] - nearest;
        row[j] = (-beta * d).exp();
        sum += row[j];
        weighted += d * row[j];
    }
    row.iter_mut().for_each(|v| *v /= sum);
    sum.ln() + beta * weighted / sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_stay_together_and_apart() {
        // Three directions, forty points around each.
        let x = Array2::from_shape_fn((120, 9), |(i, j)| {
            let wobble = ((i * 31 + j * 17) % 13) as f32 / 13.0 - 0.5;
            if j / 3 == i % 3 { 3.0 + wobble } else { 0.3 * wobble }
        });
        let y = tsne(x.view());
        assert_eq!(y, tsne(x.view()));
        let distance = |a: usize, b: usize| {
            let d = &y.row(a) - &y.row(b);
            d.dot(&d).sqrt()
        };
        for i in 0..120 {
            let mut others: Vec<usize> = (0..120).filter(|&j| j != i).collect();
            others.sort_by(|&a, &b| distance(i, a).total_cmp(&distance(i, b)));
            assert!(others[..10].iter().all(|j| j % 3 == i % 3), "{i}: {:?}", &others[..10]);
        }
    }

    #[test]
    fn few_points_and_equal_points_are_drawn() {
        for n in [0, 1, 3, 5, 40] {
            let y = tsne(Array2::from_elem((n, 4), 1.0).view());
            assert!(y.nrows() == n && y.iter().all(|v| v.is_finite()), "{n}");
        }
    }
}
