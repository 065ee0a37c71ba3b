//! What measured features of a profile tell about its others.

use super::covariance::{CLIP, Covariance, product};
use super::factor::Factor;
use crate::cancel::Cancel;
use crate::error::Error;
use faer::Mat;

/// Degrees of freedom of a profile's own magnitude: how many measured features it takes to believe that all of this profile
/// varies more, or less, than is usual. Of that order; intervals are calibrated behind it.
const FREEDOM: f64 = 8.0;

/// A set of measured features, made ready for any number of profiles of which these are known.
///
/// With F·Fᵀ + D the covariance and *o* the measured features, the conditional mean of the rest is
/// F·(I + F*ₒ*ᵀ·D*ₒ*⁻¹·F*ₒ*)⁻¹·F*ₒ*ᵀ·D*ₒ*⁻¹ times what was measured less what was expected (Woodbury): a matrix of as many rows as
/// there are factors is factored, however many features are measured.
#[derive(Debug)]
pub(super) struct Given {
    columns: Vec<usize>,
    factor: Factor,
    /// Variance that is left of each feature, in units of its own.
    left: Vec<f64>,
}

/// What is known of a profile once some of it was measured, for every feature, measured or not.
pub(super) struct Told {
    /// What the features lie above what was expected, in standard deviations.
    pub(super) above: Vec<f64>,
    /// How much more this profile varies than is usual: a factor of the variance.
    pub(super) magnitude: f64,
}

impl Given {
    /// Of the features `columns`, in ascending order.
    ///
    /// # Errors
    /// [`ErrorKind::Cancelled`](crate::ErrorKind::Cancelled).
    pub(super) fn new(
        covariance: &Covariance,
        columns: Vec<usize>,
        cancel: &Cancel,
    ) -> Result<Self, Error> {
        let (factors, own) = (&covariance.factors, &covariance.own);
        let count = factors.ncols();
        // A feature that does not vary tells nothing.
        let columns: Vec<usize> = columns.into_iter().filter(|&j| own[j] > 0.0).collect();
        let scaled = Mat::from_fn(columns.len(), count, |i, c| {
            factors[(columns[i], c)] / own[columns[i]].sqrt()
        });
        let mut inner = product(scaled.transpose(), scaled.as_ref());
        (0..count).for_each(|i| inner[(i, i)] += 1.0);
        let factor = Factor::new(inner, cancel)?;
        let mut solved = factors.transpose().to_owned();
        factor.half_solve(&mut solved);
        let left = solved.col_iter().zip(own).map(|(f, own)| own + f.squared_norm_l2()).collect();
        Ok(Self { columns, factor, left })
    }

    /// Variance that is left of each feature, in units of its own, but for [`Told::magnitude`].
    pub(super) fn left(&self) -> &[f64] {
        &self.left
    }

    /// The measured features that tell anything.
    pub(super) fn columns(&self) -> &[usize] {
        &self.columns
    }

    /// Of a profile whose measured features lie so many standard deviations `above` what was expected, one for each of
    /// [`columns`](Self::columns).
    pub(super) fn tell(&self, covariance: &Covariance, above: &[f64]) -> Told {
        let (factors, own) = (&covariance.factors, &covariance.own);
        let above = above.iter().map(|a| a.clamp(-CLIP, CLIP));
        let scaled: Vec<f64> = above.clone().zip(&self.columns).map(|(a, &j)| a / own[j]).collect();
        let mut solved = Mat::from_fn(factors.ncols(), 1, |c, _| {
            let column = factors.col(c);
            self.columns.iter().zip(&scaled).map(|(&j, s)| column[j] * s).sum()
        });
        self.factor.half_solve(&mut solved);
        let whole: f64 = above.zip(&scaled).map(|(a, s)| a * s).sum();
        let distance = (whole - solved.squared_norm_l2()).max(0.0);
        self.factor.other_half_solve(&mut solved);
        let mut told = vec![0.0; factors.nrows()];
        for (column, weight) in factors.col_iter().zip(solved.col(0).iter()) {
            told.iter_mut().zip(column.iter()).for_each(|(t, f)| *t += weight * f);
        }
        // The conditional of Student's t: the same mean, and a variance by how far off the measured ones were.
        let magnitude = (FREEDOM + distance) / (FREEDOM + self.columns.len() as f64);
        Told { above: told, magnitude }
    }
}
