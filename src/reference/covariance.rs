//! How the features of a modality vary together about what similar molecules tell.

use crate::cancel::Cancel;
use crate::error::{Error, ErrorKind};
use faer::linalg::matmul::matmul;
use faer::{Accum, Mat, MatRef, Par};

/// Most common factors, which bounds the work of each set of measured features.
const FACTORS: usize = 64;
/// Steps towards the strongest factors. What they miss of these the diagonal takes.
const STEPS: usize = 6;
/// Standard deviations at which a residual is cut off, so that no measurement owns a covariance or a profile.
pub(super) const CLIP: f64 = 6.0;
/// Least variance of a feature of its own, of 1 in all: what no other feature can tell.
const LEAST: f64 = 1e-4;
/// How many times the shrinkage of the formula is taken: it is right for the covariance, but what is asked for is the
/// inverse of parts of it, which suffers more. Chosen on the folds of `cargo xtask impute-partial`.
const FIRMER: f64 = 2.0;
/// Rows whose products with all others are taken at once.
const BLOCK: usize = 128;

/// The covariance of residuals in units of each feature's standard deviation: F·Fᵀ + D, with few columns in F and D
/// diagonal.
///
/// It is the covariance of Ledoit and Wolf (Journal of Multivariate Analysis 88, 2004): the sample's, shrunk towards one
/// variance and no correlation by as much as the sample is small; of its correlated part the strongest factors are kept, of
/// the rest the diagonal.
#[derive(Debug)]
pub(super) struct Covariance {
    /// Standard deviation of each feature's residuals; 0 for a feature that does not vary.
    pub(super) deviation: Vec<f64>,
    /// F, features × factors.
    pub(super) factors: Mat<f64>,
    /// D: positive, but for features that do not vary.
    pub(super) own: Vec<f64>,
}

impl Covariance {
    /// Multiply-adds of [`fit`](Self::fit), at most.
    pub(super) fn work(rows: usize, features: usize) -> u64 {
        let values = (rows as u64).saturating_mul(features as u64);
        let steps = 2 * (STEPS as u64 + 1) * FACTORS as u64;
        values.saturating_mul(steps + rows.min(features) as u64)
    }

    /// Of `residuals`, rows × features, from so many independent `samples`: rows of one molecule are one.
    ///
    /// # Errors
    /// [`ErrorKind::Cancelled`]; [`ErrorKind::Argument`] for residuals that are no numbers.
    pub(super) fn fit(
        mut residuals: Mat<f64>,
        samples: usize,
        cancel: &Cancel,
    ) -> Result<Self, Error> {
        let (n, d) = (residuals.nrows(), residuals.ncols());
        let mut deviation = vec![0.0; d];
        for (j, deviation) in deviation.iter_mut().enumerate() {
            let column = residuals.col_mut(j);
            let squares: f64 = column.as_ref().iter().map(|r| r * r).sum();
            let size = (squares / n.max(1) as f64).sqrt();
            if !size.is_finite() {
                return Err(Error::new(
                    ErrorKind::Argument,
                    "the profiles leave no finite residuals",
                ));
            }
            // What rounding leaves of a constant feature is none of its variance.
            *deviation = if size > f64::from(f32::MIN_POSITIVE) { size } else { 0.0 };
            for r in column.iter_mut() {
                *r = if *deviation > 0.0 { (*r / *deviation).clamp(-CLIP, CLIP) } else { 0.0 };
            }
        }
        let z = residuals;
        let shrinkage = shrinkage(&z, samples, cancel)?;
        let (kept, level) = (1.0 - shrinkage.share, shrinkage.share * shrinkage.level);
        let basis = strongest(&z, FACTORS.min(d).min(n), cancel)?;
        let among = product(z.as_ref(), basis.as_ref());
        let mut inner = product(among.transpose(), among.as_ref());
        inner *= faer::Scale(kept / n.max(1) as f64);
        let factors = product(basis.as_ref(), root(inner).as_ref());
        let own = (0..d).map(|j| {
            if deviation[j] == 0.0 {
                return 0.0;
            }
            let all = kept * z.col(j).iter().map(|v| v * v).sum::<f64>() / n as f64 + level;
            let common: f64 = factors.row(j).iter().map(|f| f * f).sum();
            (all - common).max(LEAST)
        });
        let own = own.collect();
        cancel.check()?;
        Ok(Self { own, deviation, factors })
    }
}

struct Shrinkage {
    /// How much of the sample's covariance gives way, 0 to 1.
    share: f64,
    /// The one variance that comes in its place.
    level: f64,
}

fn shrinkage(z: &Mat<f64>, samples: usize, cancel: &Cancel) -> Result<Shrinkage, Error> {
    let (n, d) = (z.nrows(), z.ncols());
    if n == 0 || d == 0 {
        return Ok(Shrinkage { share: 1.0, level: 1.0 });
    }
    // The sum of squares of Zᵀ·Z is that of Z·Zᵀ: the smaller is taken.
    let (z, count) = (z.as_ref(), n as f64);
    let side = if n <= d { z } else { z.transpose() };
    let mut squares = 0.0;
    for start in (0..side.nrows()).step_by(BLOCK) {
        cancel.check()?;
        let rows = side.subrows(start, BLOCK.min(side.nrows() - start));
        squares += product(rows, side.transpose()).squared_norm_l2();
    }
    squares /= count * count;
    let sizes: Vec<f64> = (0..n).map(|i| z.row(i).squared_norm_l2()).collect();
    let level = sizes.iter().sum::<f64>() / count / d as f64;
    let apart = squares / d as f64 - level * level;
    let error = (sizes.iter().map(|s| s * s).sum::<f64>() / count - squares) / count / d as f64;
    let share = if apart > 0.0 { error.max(0.0) / apart } else { 1.0 };
    // Rows of one molecule say less than as many molecules; and the formula itself knows too little of a handful.
    let share = FIRMER * share * count / samples.max(1) as f64;
    Ok(Shrinkage { share: share.clamp(1.0 / (samples as f64 + 1.0), 1.0), level })
}

/// An orthonormal basis, or zeros beyond the rank, near the `count` strongest directions of the rows of `z`: the same bits
/// every time.
fn strongest(z: &Mat<f64>, count: usize, cancel: &Cancel) -> Result<Mat<f64>, Error> {
    let mut basis = Mat::from_fn(z.ncols(), count, |i, j| scattered(i * count + j));
    for _ in 0..STEPS {
        cancel.check()?;
        let among = product(z.as_ref(), basis.as_ref());
        cancel.check()?;
        basis = product(z.transpose(), among.as_ref());
        straighten(&mut basis);
    }
    Ok(basis)
}

/// A number between -1 and 1 that looks random (the finaliser of SplitMix64).
pub(super) fn scattered(i: usize) -> f64 {
    let mut x = (i as u64).wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^= x >> 31;
    (x >> 11) as f64 / (1u64 << 52) as f64 - 1.0
}

/// Makes the columns orthonormal, by Gram and Schmidt, twice; those that hold nothing new become zero.
fn straighten(columns: &mut Mat<f64>) {
    for j in 0..columns.ncols() {
        let (before, mut rest) = columns.as_mut().split_at_col_mut(j);
        let mut column = rest.as_mut().col_mut(0);
        let whole = column.as_ref().norm_l2();
        for _ in 0..2 {
            for i in 0..before.ncols() {
                let other = before.as_ref().col(i);
                let along = other.transpose() * column.as_ref();
                column.as_mut().iter_mut().zip(other.iter()).for_each(|(c, o)| *c -= along * o);
            }
        }
        let left = column.as_ref().norm_l2();
        let scale = if left > 1e-10 * whole { 1.0 / left } else { 0.0 };
        column.iter_mut().for_each(|c| *c *= scale);
    }
}

/// L of L·Lᵀ = `a`, symmetric without negative eigenvalues; columns are zero where nothing is left.
fn root(mut a: Mat<f64>) -> Mat<f64> {
    let n = a.nrows();
    let largest = (0..n).map(|i| a[(i, i)]).fold(0.0, f64::max);
    let mut root = Mat::zeros(n, n);
    for j in 0..n {
        let pivot = a[(j, j)];
        if pivot <= 1e-12 * largest {
            continue;
        }
        let scale = pivot.sqrt();
        for i in j..n {
            root[(i, j)] = a[(i, j)] / scale;
        }
        for k in j + 1..n {
            for i in k..n {
                a[(i, k)] -= root[(i, j)] * root[(k, j)];
            }
        }
    }
    root
}

/// a · b on the calling thread.
pub(super) fn product(a: MatRef<'_, f64>, b: MatRef<'_, f64>) -> Mat<f64> {
    let mut out = Mat::zeros(a.nrows(), b.ncols());
    matmul(out.as_mut(), Accum::Replace, a, b, 1.0, Par::Seq);
    out
}
