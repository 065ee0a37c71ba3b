//! Nodes that tell the members of two subtrees apart.

use crate::Result;
use chmr::treevq::Codebook;
use ndarray::{Array1, Array2, ArrayView1, Axis};
use rayon::prelude::*;

/// The codebook of `depth` levels in which the rows of `latents` go down to the leaves `leaf`, as far as planes can part them.
///
/// Of two siblings a latent takes the one of larger cosine: the border is the plane across their difference. Its direction w comes of
/// least squares on the members, +1 for those of the first and −1 for those of the second, each side weighed the same; `ridge` is added to the squares, as a
/// share of their mean. The nodes are the members' mean direction across w, and so far along it to either side as the two sides' means are apart.
///
/// # Errors
/// If a leaf has no member.
pub fn codebook(
    latents: &Array2<f32>,
    leaf: &[usize],
    depth: usize,
    ridge: f64,
) -> Result<Codebook> {
    let width = latents.ncols();
    let mut levels = Vec::with_capacity(depth);
    for level in 1..=depth {
        let below = depth - level;
        let nodes: Vec<Vec<f32>> = (0..1usize << (level - 1))
            .into_par_iter()
            .map(|parent| {
                let of = |node: usize| -> Vec<usize> {
                    (0..leaf.len()).filter(|&row| leaf[row] >> below == node).collect()
                };
                let (first, second) = (of(2 * parent), of(2 * parent + 1));
                if first.is_empty() || second.is_empty() {
                    return Err(format!("level {level}: a node without members").into());
                }
                Ok(siblings(latents, &first, &second, ridge))
            })
            .collect::<Result<_>>()?;
        levels.push(nodes.concat());
    }
    debug_assert!(levels.iter().zip(1..).all(|(l, h)| l.len() == (1 << h) * width));
    Ok(Codebook::new(width, levels)?)
}

/// Two unit vectors, one behind the other.
fn siblings(latents: &Array2<f32>, first: &[usize], second: &[usize], ridge: f64) -> Vec<f32> {
    let width = latents.ncols();
    let mut squares = Array2::<f64>::zeros((width, width));
    let mut target = Array1::<f64>::zeros(width);
    let mut centres = Vec::new();
    for (rows, sign) in [(first, 1.0), (second, -1.0)] {
        let x: Array2<f32> = latents.select(Axis(0), rows);
        let share = 0.5 / rows.len() as f64;
        let products = x.t().dot(&x);
        squares += &products.mapv(|v| share * f64::from(v));
        let sum = x.sum_axis(Axis(0)).mapv(f64::from);
        target += &(&sum * (sign * share));
        centres.push(direction(&x));
    }
    let more = ridge * squares.diag().mean().unwrap_or(1.0).max(1e-12);
    squares.diag_mut().mapv_inplace(|v| v + more);
    let mut w = solve(squares, target);
    w /= w.dot(&w).sqrt().max(1e-12);
    let middle = (&centres[0] + &centres[1]) / 2.0;
    let along = (centres[0].dot(&w) - centres[1].dot(&w)).abs() / 2.0;
    let across = &middle - &(&w * middle.dot(&w));
    // Never so near that rounding decides.
    let along = along.max(0.05 * across.dot(&across).sqrt()).max(1e-3);
    let node = |sign: f64| -> Vec<f32> {
        let v: Array1<f64> = &across + &(&w * (sign * along));
        let length = v.dot(&v).sqrt();
        v.iter().map(|v| (v / length) as f32).collect()
    };
    [node(1.0), node(-1.0)].concat()
}

/// The mean of the rows' directions.
fn direction(x: &Array2<f32>) -> Array1<f64> {
    let unit = |row: ArrayView1<'_, f32>| {
        let row = row.mapv(f64::from);
        let length = row.dot(&row).sqrt().max(1e-12);
        row / length
    };
    let sum = x.rows().into_iter().map(unit).fold(Array1::zeros(x.ncols()), |sum, u| sum + u);
    sum / x.nrows().max(1) as f64
}

/// The solution of a symmetric, positive definite system, by Cholesky's factors.
fn solve(mut a: Array2<f64>, mut b: Array1<f64>) -> Array1<f64> {
    let n = b.len();
    for j in 0..n {
        let done = a.row(j).to_vec();
        let square: f64 = done[..j].iter().map(|v| v * v).sum();
        let pivot = (a[[j, j]] - square).max(f64::MIN_POSITIVE).sqrt();
        a[[j, j]] = pivot;
        for i in j + 1..n {
            let row = a.row(i);
            let product: f64 = row.iter().zip(&done[..j]).map(|(x, y)| x * y).sum();
            a[[i, j]] = (a[[i, j]] - product) / pivot;
        }
    }
    for i in 0..n {
        let known: f64 = (0..i).map(|k| a[[i, k]] * b[k]).sum();
        b[i] = (b[i] - known) / a[[i, i]];
    }
    for i in (0..n).rev() {
        let known: f64 = (i + 1..n).map(|k| a[[k, i]] * b[k]).sum();
        b[i] = (b[i] - known) / a[[i, i]];
    }
    b
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    #[test]
    fn systems_are_solved() {
        let mut random = Random::new(1, "system");
        let m = Array2::from_shape_fn((12, 12), |_| f64::from(random.unit()));
        let a = m.t().dot(&m) + Array2::<f64>::eye(12);
        let x = Array1::from_shape_fn(12, |i| i as f64 - 3.0);
        let b = a.dot(&x);
        let found = solve(a, b);
        assert!(found.iter().zip(&x).all(|(f, x)| (f - x).abs() < 1e-9));
    }

    #[test]
    fn members_go_down_to_their_leaves() {
        let mut random = Random::new(2, "router");
        // Four clouds, and a constant.
        let centre = |leaf: usize, i: usize| f32::from(i == 2 * leaf || i == 7 - leaf);
        let leaf: Vec<usize> = (0..400).map(|row| row % 4).collect();
        let latents = Array2::from_shape_fn((400, 9), |(row, i)| match i {
            8 => 1.0,
            i => centre(leaf[row], i) + 0.4 * (random.unit() - 0.5),
        });
        let found = codebook(&latents, &leaf, 2, 0.1).unwrap();
        let codes = found.route_batch(latents.view());
        let right =
            codes.iter().zip(&leaf).filter(|(c, l)| c.nodes.last() == Some(&(**l as u32))).count();
        assert!(right >= 396, "{right}");
        assert!(codebook(&latents, &[0; 400], 2, 0.1).is_err());
    }
}
