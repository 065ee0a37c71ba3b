//! Which features to measure: those that tell most about the others.

use super::covariance::{Covariance, product};
use crate::cancel::Cancel;
use crate::error::Error;
use faer::{Mat, MatRef, Scale};

/// One feature of a panel.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Chosen {
    /// Its place among the modality's features.
    pub feature: usize,
    /// Share of the variance of all features outside the panel that the panel explains once this one is in it, beyond what
    /// structure tells: 0 to 1, by the covariance of the library's own profiles.
    pub explained: f32,
}

/// The `size` features, or all that vary, each of which explains most of what those before it leave of the others. Every
/// feature counts alike, in units of its own standard deviation; of equals the first is taken.
pub(super) fn choose(
    covariance: &Covariance,
    size: usize,
    cancel: &Cancel,
) -> Result<Vec<Chosen>, Error> {
    let (factors, own) = (covariance.factors.as_ref(), &covariance.own);
    let (features, count) = (factors.nrows(), factors.ncols());
    let varying: Vec<usize> = (0..features).filter(|&j| own[j] > 0.0).collect();
    let mut free = vec![false; features];
    varying.iter().for_each(|&j| free[j] = true);
    // What is left of the factors' covariance, and the sum of the products of the rows of the free features.
    let mut left = Mat::<f64>::identity(count, count);
    let mut rest = product(factors.transpose(), factors);
    let mut panel = Vec::new();
    while panel.len() < size.min(varying.len()) {
        cancel.check()?;
        // What a feature shares with the others is F·left·Fᵀ; `seen` sums the squares of its rows.
        let of = product(factors, left.as_ref());
        let seen = product(of.as_ref(), rest.as_ref());
        let mut best: Option<(f64, usize)> = None;
        for &j in varying.iter().filter(|&&j| free[j]) {
            let common = along(of.as_ref(), factors, j);
            let gain = (along(seen.as_ref(), of.as_ref(), j) - common * common) / (common + own[j]);
            if best.is_none_or(|(most, _)| gain > most) {
                best = Some((gain, j));
            }
        }
        let Some((_, j)) = best else { break };
        free[j] = false;
        let row = of.row(j).transpose().to_owned();
        let variance = along(of.as_ref(), factors, j) + own[j];
        left -= Scale(1.0 / variance) * (&row * row.transpose());
        let chosen = factors.row(j);
        rest -= chosen.transpose() * chosen;
        let explained = explained(covariance, left.as_ref(), &free);
        panel.push(Chosen { feature: j, explained: explained as f32 });
    }
    Ok(panel)
}

/// The product of row `j` of both.
fn along(a: MatRef<'_, f64>, b: MatRef<'_, f64>, j: usize) -> f64 {
    a.row(j).iter().zip(b.row(j).iter()).map(|(a, b)| a * b).sum()
}

fn explained(covariance: &Covariance, left: MatRef<'_, f64>, free: &[bool]) -> f64 {
    let factors = covariance.factors.as_ref();
    let of = product(factors, left);
    let (mut before, mut after) = (0.0, 0.0);
    for j in (0..free.len()).filter(|&j| free[j]) {
        before += along(factors, factors, j) + covariance.own[j];
        after += along(of.as_ref(), factors, j) + covariance.own[j];
    }
    if before > 0.0 { (1.0 - after / before).clamp(0.0, 1.0) } else { 1.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two groups, of three and of two, whose members differ by little, and one feature alone.
    fn grouped() -> Covariance {
        let factors = Mat::from_fn(6, 2, |i, c| match (i, c) {
            (0..3, 0) | (3..5, 1) => 0.9 - 0.01 * i as f64,
            _ => 0.0,
        });
        let own = (0..6).map(|i| 1.0 - factors.row(i).squared_norm_l2()).collect();
        Covariance { deviation: vec![1.0; 6], factors, own }
    }

    #[test]
    fn one_of_each_group_comes_first() {
        let panel = choose(&grouped(), 9, &Cancel::never()).unwrap();
        let order: Vec<usize> = panel.iter().map(|c| c.feature).collect();
        assert_eq!(order[..2], [0, 3]);
        assert_eq!(panel.len(), 6);
        // After the first: of the five others' variance, two squared correlations.
        let expected = ((0.9f64 * 0.89).powi(2) + (0.9f64 * 0.88).powi(2)) / 5.0;
        assert!((f64::from(panel[0].explained) - expected).abs() < 1e-6);
    }

    #[test]
    fn features_that_do_not_vary_are_never_chosen() {
        let mut covariance = grouped();
        (covariance.deviation[5], covariance.own[5]) = (0.0, 0.0);
        let panel = choose(&covariance, 6, &Cancel::never()).unwrap();
        assert!(panel.len() == 5 && panel.iter().all(|c| c.feature != 5));
        assert!(choose(&covariance, 0, &Cancel::never()).unwrap().is_empty());
    }
}
