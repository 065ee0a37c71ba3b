//! Differentiable pieces that several losses share.

use candle_core::{D, DType, Result, Tensor};

/// Keeps a norm away from 0, where a direction has no gradient.
const TINY: f64 = 1e-12;

/// Rows scaled to Euclidean length 1; a zero row stays near zero. [n, d] to the same.
///
/// # Errors
/// None but candle's own.
pub fn normalize(x: &Tensor) -> Result<Tensor> {
    let length = (x.sqr()?.sum_keepdim(D::Minus1)? + TINY)?.sqrt()?;
    x.broadcast_div(&length)
}

/// Cosine of each row of `a` with the same row of `b`. [n, d] twice to \[n\].
///
/// # Errors
/// If the shapes differ.
pub fn cosine(a: &Tensor, b: &Tensor) -> Result<Tensor> {
    (normalize(a)? * normalize(b)?)?.sum(D::Minus1)
}

/// log softmax over the last dimension, from differentiable parts.
///
/// # Errors
/// None but candle's own.
pub fn log_softmax(x: &Tensor) -> Result<Tensor> {
    // The maximum only guards against overflow; as a constant it leaves the gradient exact.
    let shifted = x.broadcast_sub(&x.max_keepdim(D::Minus1)?.detach())?;
    let log_sum = shifted.exp()?.sum_keepdim(D::Minus1)?.log()?;
    shifted.broadcast_sub(&log_sum)
}

/// log(1 + eˣ) without overflow, with the exact gradient.
///
/// # Errors
/// None but candle's own.
pub fn softplus(x: &Tensor) -> Result<Tensor> {
    // softplus(x) = max(x, 0) + log(1 + e^-|x|); relu and abs take the same side at 0, where the
    // two halves' gradients sum to 1/2.
    x.relu()? + (x.abs()?.neg()?.exp()? + 1.0)?.log()?
}

/// A scalar zero of `like`'s type that carries no gradient.
///
/// # Errors
/// None but candle's own.
pub fn zero(like: &Tensor) -> Result<Tensor> {
    Tensor::zeros((), like.dtype(), like.device())
}

/// Row numbers as a tensor for `index_select` and `index_add` (never `scatter_add` nor `gather`, whose
/// gradients candle gets wrong).
///
/// # Errors
/// None but candle's own.
pub fn index(rows: &[u32], like: &Tensor) -> Result<Tensor> {
    Tensor::from_slice(rows, rows.len(), like.device())?.to_dtype(DType::U32)
}
