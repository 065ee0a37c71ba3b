//! Semantic consistency alignment (SCA): what a molecule is and what it does must agree in latent space
//! (paper, "Semantic Consistency Alignment").

use super::ops::{cosine, index, log_softmax, normalize, zero};
use candle_core::{D, Result, Tensor};

/// Temperature of [`info_nce`] in the paper.
pub const TEMPERATURE: f64 = 0.2;

/// InfoNCE between anchors and the latents that belong to them:
/// −1/n Σᵢ log( exp(cos(aᵢ, bᵢ)/τ) / Σⱼ exp(cos(aᵢ, bⱼ)/τ) ).
///
/// `anchors` and `latents` are [n, d], row i of both from one molecule. Scalar; log n where nothing aligns, and
/// 0 without gradient for fewer than two rows, where there is nothing to tell apart.
///
/// # Errors
/// If the shapes differ.
pub fn info_nce(anchors: &Tensor, latents: &Tensor, temperature: f64) -> Result<Tensor> {
    let n = anchors.dim(0)?;
    if n < 2 {
        return zero(anchors);
    }
    let logits = (normalize(anchors)?.matmul(&normalize(latents)?.t()?)? / temperature)?;
    let own = Tensor::eye(n, logits.dtype(), logits.device())?;
    (log_softmax(&logits)? * own)?.sum_all()? / -(n as f64)
}

/// The same, plus the anchors chosen by the latents, halved: does not favour a direction.
///
/// # Errors
/// If the shapes differ.
pub fn info_nce_symmetric(anchors: &Tensor, latents: &Tensor, temperature: f64) -> Result<Tensor> {
    let both = info_nce(anchors, latents, temperature)? + info_nce(latents, anchors, temperature)?;
    both? / 2.0
}

/// Weights of [`vicreg`]'s three terms.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct VicRegWeights {
    /// Of the mean squared difference.
    pub invariance: f64,
    /// Of the hinge that keeps every column's deviation at 1 or more.
    pub variance: f64,
    /// Of the squared covariances between columns.
    pub covariance: f64,
}

impl Default for VicRegWeights {
    /// The paper's: all 1.
    fn default() -> Self {
        Self { invariance: 1.0, variance: 1.0, covariance: 1.0 }
    }
}

/// Under the root of a column's variance, as in Bardes et al. (2022).
const VARIANCE_EPSILON: f64 = 1e-4;

/// Variance, invariance and covariance regularisation between observed and augmented latents of the same
/// molecules: a·mean((z − z′)²) + b·½[v(z) + v(z′)] + c·[k(z) + k(z′)], with v the mean over columns of
/// max(0, 1 − √(var + 10⁻⁴)) and k the sum of squared off-diagonal covariances over d.
///
/// Both are [n, d]; variances are unbiased. Scalar; 0 without gradient for fewer than two rows.
///
/// # Errors
/// If the shapes differ.
pub fn vicreg(observed: &Tensor, augmented: &Tensor, weights: VicRegWeights) -> Result<Tensor> {
    if observed.dim(0)? < 2 {
        return zero(observed);
    }
    let invariance = (observed - augmented)?.sqr()?.mean_all()?;
    let (v, k) = spread(observed)?;
    let (v2, k2) = spread(augmented)?;
    let variance = ((v + v2)? * (0.5 * weights.variance))?;
    let covariance = ((k + k2)? * weights.covariance)?;
    (invariance * weights.invariance)? + (variance + covariance)?
}

/// The variance hinge and the covariance penalty of one set of latents.
fn spread(z: &Tensor) -> Result<(Tensor, Tensor)> {
    let (n, d) = z.dims2()?;
    let centred = z.broadcast_sub(&z.mean_keepdim(0)?)?;
    let covariance = (centred.t()?.matmul(&centred)? / (n - 1) as f64)?;
    let own = Tensor::eye(d, z.dtype(), z.device())?;
    let variances = (&covariance * &own)?.sum(D::Minus1)?;
    let hinge = (1.0 - (variances + VARIANCE_EPSILON)?.sqrt()?)?.relu()?.mean_all()?;
    let off_diagonal = (covariance * (1.0 - own)?)?.sqr()?.sum_all()?;
    Ok((hinge, (off_diagonal / d as f64)?))
}

/// Weights of the parts of [`semantic_consistency`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ConsistencyConfig {
    /// τ of [`info_nce`].
    pub temperature: f64,
    /// Of [`vicreg`].
    pub vicreg: VicRegWeights,
}

impl Default for ConsistencyConfig {
    /// The paper's.
    fn default() -> Self {
        Self { temperature: TEMPERATURE, vicreg: VicRegWeights::default() }
    }
}

/// One biological modality in a batch, in latent space.
pub struct ModalityLatents<'a> {
    /// [n, d], one row a molecule of the batch: observed where observed, else augmented.
    pub latents: &'a Tensor,
    /// [n, d]: what the neighbours say, also where the molecule was observed.
    pub augmented: &'a Tensor,
    /// Rows with a value, observed or augmented: these are aligned with the anchor.
    pub informed: &'a [u32],
    /// Rows observed: these are compared with their augmented twins.
    pub observed: &'a [u32],
}

/// L_SCA, summed over the biological modalities: (InfoNCE, VICReg), both scalars. `anchor` [n, d] is the sum
/// of the structure latents.
///
/// # Errors
/// If the shapes differ or a row is out of range.
pub fn semantic_consistency(
    anchor: &Tensor,
    modalities: &[ModalityLatents<'_>],
    config: &ConsistencyConfig,
) -> Result<(Tensor, Tensor)> {
    let (mut contrast, mut agreement) = (zero(anchor)?, zero(anchor)?);
    for m in modalities {
        if m.informed.len() > 1 {
            let rows = index(m.informed, anchor)?;
            let (a, b) = (anchor.index_select(&rows, 0)?, m.latents.index_select(&rows, 0)?);
            contrast = (contrast + info_nce(&a, &b, config.temperature)?)?;
        }
        if m.observed.len() > 1 {
            let rows = index(m.observed, anchor)?;
            let (a, b) = (m.latents.index_select(&rows, 0)?, m.augmented.index_select(&rows, 0)?);
            agreement = (agreement + vicreg(&a, &b, config.vicreg)?)?;
        }
    }
    Ok((contrast, agreement))
}

/// Mean cosine between matching rows: how well two sets of latents are aligned, for reports.
///
/// # Errors
/// If the shapes differ.
pub fn alignment(a: &Tensor, b: &Tensor) -> Result<f64> {
    cosine(a, b)?.mean_all()?.to_dtype(candle_core::DType::F64)?.to_scalar()
}
