//! Missing read-outs from those of similar molecules.

use super::factor::Factor;
use super::profiles::Profiles;
use super::tails::Tails;
use crate::cancel::Cancel;
use crate::error::{Error, ErrorKind};
use faer::linalg::matmul::matmul;
use faer::{Accum, Mat, MatRef, Par};
use ndarray::{Array1, Array2, ArrayView2};

/// Molecules that go through one matrix product. Smaller batches are filled up with zeros, so that a
/// molecule's bits depend on nothing but itself.
pub(crate) const TILE: usize = 16;

/// Most observed profiles of one modality: the regression keeps a square matrix of them.
pub const MAX_OBSERVED: usize = 8192;

/// Multiply-adds of fitting one modality, by default.
pub(crate) const FIT_WORK: u64 = 20_000_000_000;

/// How much a neighbour counts. Chosen on validation folds, never on what is to be imputed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Weighting {
    /// Similarity is raised to this power, 1 to 16: neighbours far away fade.
    pub power: i32,
    /// Variance of a single observation about what structure tells, relative to the variance that
    /// structure does tell, 0.001 to 1,000,000: the larger, the more support it takes to leave the mean profile.
    pub noise: f32,
}

impl Weighting {
    /// What a similarity counts.
    pub fn weight(&self, similarity: f32) -> f32 {
        similarity.powi(self.power)
    }

    pub(crate) fn check(&self) -> Result<(), String> {
        if !(1..=16).contains(&self.power) {
            return Err(format!("power is {}; expected 1 to 16", self.power));
        }
        if !(1e-3..=1e6).contains(&self.noise) {
            return Err(format!("noise is {}; expected 0.001 to 1,000,000", self.noise));
        }
        Ok(())
    }
}

/// Imputes one modality by Gaussian-process regression on structural similarity.
///
/// With *k* the weights of the query's similarities to the observed molecules, *K* those among the
/// observed, and *X* − μ the profiles less their mean, the imputed profile is
/// μ + *k* (*K* + noise·*I*)⁻¹ (*X* − μ): neighbours speak by their similarity, near duplicates
/// among them share one voice, and without support the mean profile remains. The same solve gives
/// the share of variance that they explain, hence the spread. What known compounds share beyond
/// structure adds to *k* and *K* (see [`Context`](super::Context)). (Rasmussen & Williams, Gaussian
/// Processes for Machine Learning, 2006, chapter 2.) The paper's propagation is an average without
/// that account of noise; [`propagate`](super::propagate) is the plain form.
pub struct Imputer {
    weighting: Weighting,
    /// (K + noise·I)⁻¹, m × m.
    inverse: Mat<f32>,
    /// (K + noise·I)⁻¹ (X − μ), m × d.
    weights: Mat<f32>,
    /// Standard deviation of each feature about the mean profile, common scale.
    deviation: Array1<f32>,
    /// Variance of an observation, relative to that which structure tells: the mean of the members'.
    variance: f32,
    /// What lies beyond the spreads.
    tails: Tails,
}

/// What the others make of a molecule's own profiles.
pub(super) struct LeftOut {
    /// What was observed less what the others tell, the molecule's rows × features.
    pub(super) residuals: Mat<f64>,
    /// Variance of an observation of its first row about what they tell, as in [`Imputer::variance`].
    variance: f64,
}

/// What an [`Imputer`] makes of a batch, on the common scale.
#[derive(Clone, Debug, PartialEq)]
pub struct Imputed {
    /// Queries × features.
    pub values: Array2<f32>,
    /// Queries × features: standard deviation of an observation of the query's profile about the value.
    pub spread: Array2<f32>,
    /// For each query, the share of the variance that structure can tell which the observed molecules
    /// do tell, 0 to 1.
    pub explained: Vec<f32>,
}

impl Imputer {
    /// Prepares the imputation of `profiles`. `similarities` are the Tanimoto similarities among their
    /// members, m × m, symmetric. Takes m³ + m²·d multiplications, and m² × 12 + m·d × 12 bytes while it
    /// lasts, a third of it afterwards.
    ///
    /// # Errors
    /// A message for a person where shapes do not fit, there are more than [`MAX_OBSERVED`] profiles, or
    /// the matrix is not positive definite.
    pub fn fit(
        profiles: &Profiles,
        similarities: ArrayView2<'_, f32>,
        weighting: Weighting,
    ) -> Result<Self, String> {
        let (m, n) = similarities.dim();
        let links = Array2::zeros((m, n));
        Self::fit_linked(profiles, similarities, links.view(), weighting, &Cancel::never())
            .map_err(|e| e.message)
    }

    /// As [`fit`](Self::fit), with `links` m × m that add to the weights of the similarities: symmetric
    /// and positive semidefinite. `cancel` is heard between blocks.
    pub(super) fn fit_linked(
        profiles: &Profiles,
        similarities: ArrayView2<'_, f32>,
        links: ArrayView2<'_, f32>,
        weighting: Weighting,
        cancel: &Cancel,
    ) -> Result<Self, Error> {
        let (m, d) = profiles.values().dim();
        let argument = |message| Error::new(ErrorKind::Argument, message);
        weighting.check().map_err(argument)?;
        if m > MAX_OBSERVED {
            return Err(Error::limit(format!(
                "{m} observed profiles, the limit is {MAX_OBSERVED}"
            )));
        }
        if similarities.dim() != (m, m) {
            let (rows, columns) = similarities.dim();
            let message = format!("{m} profiles, but similarities are {rows} x {columns}");
            return Err(argument(message));
        }
        // In f64: near duplicates make the matrix ill-conditioned, and this is done once.
        let kernel = Mat::from_fn(m, m, |i, j| {
            let similar = f64::from(weighting.weight(similarities[[i, j]]));
            let weight = similar + f64::from(links[[i, j]]);
            if i == j { weight + f64::from(weighting.noise) } else { weight }
        });
        let (values, mean) = (profiles.values(), profiles.mean());
        let centred = |i: usize, j: usize| f64::from(values[[i, j]]) - f64::from(mean[j]);
        let factor = Factor::new(kernel, cancel)?;
        let solved = |columns: usize, right: &dyn Fn(usize, usize) -> f64| {
            let mut all = Mat::<f32>::zeros(m, columns);
            let put = |start: usize, block: MatRef<'_, f64>| {
                for j in 0..block.ncols() {
                    (0..m).for_each(|i| all[(i, start + j)] = block[(i, j)] as f32);
                }
            };
            factor.solve(columns, cancel, right, put).map(|()| all)
        };
        let weights = solved(d, &centred)?;
        let inverse = solved(m, &|i, j| f64::from(u8::from(i == j)))?;
        let deviation = Array1::from_shape_fn(d, |j| {
            let sum: f64 = (0..m).map(|i| centred(i, j) * centred(i, j)).sum();
            (sum / m as f64).sqrt() as f32
        });
        let linked: f32 = links.diag().sum();
        let variance = 1.0 + linked / m.max(1) as f32 + weighting.noise;
        let tails = Tails::default();
        Ok(Self { weighting, inverse, weights, deviation, variance, tails })
    }

    /// Observed profiles and features.
    pub(super) fn dim(&self) -> (usize, usize) {
        (self.weights.nrows(), self.weights.ncols())
    }

    /// What the others make of a molecule that `rows` were observed of: with *A* = (K + noise·I)⁻¹ and *W* the weights, *A* of
    /// the rows alone, inverted, times their *W* (Rasmussen and Williams, 2006, chapter 5).
    pub(super) fn left_out(&self, rows: &[usize]) -> LeftOut {
        let at = |i: usize, j: usize| f64::from(self.inverse[(rows[i], rows[j])]);
        let own = Mat::from_fn(rows.len(), self.weights.ncols(), |i, j| {
            f64::from(self.weights[(rows[i], j)])
        });
        let diagonal = |mut own: Mat<f64>| {
            for i in 0..own.nrows() {
                let scale = 1.0 / at(i, i);
                own.row_mut(i).iter_mut().for_each(|v| *v *= scale);
            }
            LeftOut { residuals: own, variance: 1.0 / at(0, 0) }
        };
        if rows.len() == 1 {
            return diagonal(own);
        }
        match Factor::new(Mat::from_fn(rows.len(), rows.len(), at), &Cancel::never()) {
            Ok(factor) => {
                let mut first = Mat::from_fn(rows.len(), 1, |i, _| f64::from(u8::from(i == 0)));
                factor.half_solve(&mut first);
                let variance = first.squared_norm_l2();
                let mut residuals = own;
                factor.half_solve(&mut residuals);
                factor.other_half_solve(&mut residuals);
                LeftOut { residuals, variance }
            }
            // Rounded to f32 the matrix of near duplicates may be no longer positive: then each row by itself.
            Err(_) => diagonal(own),
        }
    }

    /// Learns from some of the `molecules`, the rows of each, how far measurements lie beyond the spreads.
    pub(super) fn learn_tails(
        &mut self,
        molecules: &[Vec<usize>],
        cancel: &Cancel,
    ) -> Result<(), Error> {
        const ERRORS: usize = 1 << 16;
        let features = self.weights.ncols();
        let every = (molecules.len() * features).div_ceil(ERRORS).max(1);
        let mut errors = Vec::new();
        for rows in molecules.iter().step_by(every) {
            cancel.check()?;
            let left_out = self.left_out(rows);
            let left = (left_out.variance / f64::from(self.variance)).sqrt();
            for (column, &deviation) in left_out.residuals.col_iter().zip(&self.deviation) {
                let mean = column.sum() / rows.len() as f64;
                if deviation > 0.0 {
                    errors.push((mean.abs() / (f64::from(deviation) * left)) as f32);
                }
            }
        }
        let (factor, tails) = Tails::learn(&mut errors);
        self.tails = tails.times(factor);
        Ok(())
    }

    /// What lies beyond the spreads.
    pub(super) fn tails(&self) -> Tails {
        self.tails
    }

    /// Imputes a batch of molecules: `similarities` is queries × m, Tanimoto similarities to the members
    /// of `profiles`, which must be those given to [`fit`](Self::fit). A query's result does not depend
    /// on the others, bit for bit.
    ///
    /// # Panics
    /// If the shapes differ from those of `fit`.
    pub fn impute(&self, profiles: &Profiles, similarities: ArrayView2<'_, f32>) -> Imputed {
        let own = vec![0.0; similarities.nrows()];
        self.impute_linked(profiles, similarities, Array2::zeros(similarities.dim()).view(), &own)
    }

    /// As [`impute`](Self::impute), with the queries' `links` to the members and to themselves (`own`).
    pub(super) fn impute_linked(
        &self,
        profiles: &Profiles,
        similarities: ArrayView2<'_, f32>,
        links: ArrayView2<'_, f32>,
        own: &[f32],
    ) -> Imputed {
        let (queries, m) = similarities.dim();
        assert_eq!(m, self.inverse.nrows(), "similarities and observed profiles differ in number");
        let d = self.weights.ncols();
        let mut imputed = Imputed {
            values: Array2::zeros((queries, d)),
            spread: Array2::zeros((queries, d)),
            explained: vec![0.0; queries],
        };
        for start in (0..queries).step_by(TILE) {
            let rows = TILE.min(queries - start);
            let kernel = Mat::from_fn(TILE, m, |i, j| match i < rows {
                true => self.weighting.weight(similarities[[start + i, j]]) + links[[start + i, j]],
                false => 0.0,
            });
            let common = product(&kernel, self.weights.as_ref());
            let solved = product(&kernel, self.inverse.as_ref());
            for i in 0..rows {
                let told: f32 = (0..m).map(|j| solved[(i, j)] * kernel[(i, j)]).sum();
                // Of an observation's variance, all + noise, structure and links can only ever tell `all`.
                let all = 1.0 + own[start + i];
                let told = told.clamp(0.0, all);
                imputed.explained[start + i] = told / all;
                let left = ((all - told + self.weighting.noise) / self.variance).sqrt();
                for (j, (&mean, &deviation)) in
                    profiles.mean().iter().zip(&self.deviation).enumerate()
                {
                    imputed.values[[start + i, j]] = mean + common[(i, j)];
                    imputed.spread[[start + i, j]] = deviation * left;
                }
            }
        }
        imputed
    }
}

/// a × b on the calling thread.
fn product(a: &Mat<f32>, b: MatRef<'_, f32>) -> Mat<f32> {
    let mut out = Mat::zeros(a.nrows(), b.ncols());
    matmul(out.as_mut(), Accum::Replace, a.as_ref(), b, 1.0, Par::Seq);
    out
}

#[cfg(test)]
mod tests {
    use super::super::scale::Scale;
    use super::*;
    use ndarray::{array, s};

    fn example() -> (Profiles, Array2<f32>) {
        let values =
            array![[1.0f32, 0.0, 2.0], [-1.0, 4.0, 0.0], [0.5, -1.0, 1.0], [2.0, 3.0, -9.0]];
        let features = ["a", "b", "c"].map(String::from).to_vec();
        let profiles =
            Profiles::new(features, Scale::Asinh, 0.5, vec![0, 1, 2, 5], values.view()).unwrap();
        let similarities = array![
            [1.0f32, 0.4, 0.1, 0.0],
            [0.4, 1.0, 0.2, 0.0],
            [0.1, 0.2, 1.0, 0.3],
            [0.0, 0.0, 0.3, 1.0]
        ];
        (profiles, similarities)
    }

    const WEIGHTING: Weighting = Weighting { power: 2, noise: 0.5 };

    /// The definition, solved by Gauss-Jordan elimination in f64: the values and the share explained.
    fn direct(p: &Profiles, among: &Array2<f32>, query: &[f32], w: Weighting) -> (Vec<f64>, f64) {
        let m = among.nrows();
        let k = |s: f32| f64::from(s).powi(w.power);
        let centred = |i: usize, j: usize| f64::from(p.values()[[i, j]] - p.mean()[j]);
        let mut a: Vec<Vec<f64>> = (0..m)
            .map(|i| {
                let mut row: Vec<f64> = (0..m).map(|j| k(among[[i, j]])).collect();
                row[i] += f64::from(w.noise);
                row.extend((0..3).map(|j| centred(i, j)));
                row.push(k(query[i]));
                row
            })
            .collect();
        for p in 0..m {
            let pivot = a[p][p];
            a[p].iter_mut().for_each(|v| *v /= pivot);
            let lead = a[p].clone();
            for row in a.iter_mut().enumerate().filter(|(r, _)| *r != p).map(|(_, row)| row) {
                let f = row[p];
                row.iter_mut().zip(&lead).for_each(|(v, l)| *v -= f * l);
            }
        }
        let dot = |c: usize| (0..m).map(|i| k(query[i]) * a[i][m + c]).sum::<f64>();
        ((0..3).map(|j| dot(j) + f64::from(p.mean()[j])).collect(), dot(3))
    }

    #[test]
    fn solves_its_definition() {
        let (profiles, among) = example();
        let imputer = Imputer::fit(&profiles, among.view(), WEIGHTING).unwrap();
        let query = array![[0.6f32, 0.3, 0.0, 0.2], [0.0, 0.9, 0.1, 0.0]];
        let imputed = imputer.impute(&profiles, query.view());
        for (q, values) in imputed.values.outer_iter().enumerate() {
            let (expected, told) =
                direct(&profiles, &among, query.row(q).as_slice().unwrap(), WEIGHTING);
            // f32 throughout the product: a few units in the last place.
            assert!((f64::from(imputed.explained[q]) - told).abs() < 1e-5);
            for (a, b) in values.iter().zip(&expected) {
                assert!((f64::from(*a) - b).abs() <= 1e-5 * b.abs().max(1.0), "{a} {b}");
            }
        }
    }

    #[test]
    fn bits_do_not_depend_on_the_batch() {
        let (m, d) = (137, 53);
        let noise = |i: usize| ((i * 2_654_435_761) % 1009) as f32 / 1009.0;
        let values = Array2::from_shape_fn((m, d), |(i, j)| noise(i * d + j) - 0.5);
        let features = (0..d).map(|j| j.to_string()).collect();
        let members = (0..m as u32).collect();
        let profiles = Profiles::new(features, Scale::Linear, 0.0, members, values.view()).unwrap();
        let among = Array2::from_shape_fn((m, m), |(i, j)| match i == j {
            true => 1.0,
            false => 0.3 * noise(i.min(j) * m + i.max(j)),
        });
        let weighting = Weighting { power: 2, noise: 1.0 };
        let imputer = Imputer::fit(&profiles, among.view(), weighting).unwrap();
        let queries = Array2::from_shape_fn((45, m), |(i, j)| noise(7919 * i + j));
        let all = imputer.impute(&profiles, queries.view());
        for start in 0..45 {
            for count in [1, 3, 16, 20] {
                let end = (start + count).min(45);
                let some = imputer.impute(&profiles, queries.slice(s![start..end, ..]));
                assert_eq!(some.values, all.values.slice(s![start..end, ..]), "{start} {count}");
                assert_eq!(some.explained, all.explained[start..end]);
            }
        }
    }

    #[test]
    fn without_support_the_mean_profile_and_the_full_spread_remain() {
        let (profiles, among) = example();
        let imputer = Imputer::fit(&profiles, among.view(), WEIGHTING).unwrap();
        let none = imputer.impute(&profiles, Array2::zeros((1, 4)).view());
        assert_eq!(none.values.row(0), profiles.mean());
        assert_eq!(none.spread.row(0), imputer.deviation);
        assert_eq!(none.explained, [0.0]);
    }

    #[test]
    fn support_narrows_the_spread() {
        let (profiles, among) = example();
        let imputer = Imputer::fit(&profiles, among.view(), WEIGHTING).unwrap();
        let queries = array![[0.2f32, 0.0, 0.0, 0.0], [1.0, 0.4, 0.1, 0.0]];
        let imputed = imputer.impute(&profiles, queries.view());
        assert!(imputed.explained[1] > imputed.explained[0]);
        let (far, near) = (imputed.spread.row(0), imputed.spread.row(1));
        assert!(near.iter().zip(far).all(|(near, far)| near < far));
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let (profiles, among) = example();
        let wrong = Array2::<f32>::zeros((3, 3));
        assert!(Imputer::fit(&profiles, wrong.view(), WEIGHTING).is_err());
        for bad in [Weighting { power: 2, noise: 0.0 }, Weighting { power: 0, noise: 1.0 }] {
            assert!(Imputer::fit(&profiles, among.view(), bad).is_err());
        }
        let indefinite =
            array![[1.0f32, 9.0, 0., 0.], [9., 1., 0., 0.], [0., 0., 1., 0.], [0., 0., 0., 1.]];
        assert!(Imputer::fit(&profiles, indefinite.view(), WEIGHTING).is_err());
    }
}
