//! Losses over labels of which many are missing: `mask` is 1 where there is one, else 0.

use candle_core::{Result, Tensor};

/// Mean binary cross-entropy of `logits`, over the labels that exist:
/// max(z, 0) − z·y + ln(1 + e^−|z|), which neither overflows nor cancels.
///
/// # Errors
/// candle's.
pub fn masked_bce(logits: &Tensor, labels: &Tensor, mask: &Tensor) -> Result<Tensor> {
    let tail = (logits.abs()?.neg()?.exp()? + 1.0)?.log()?;
    let each = ((logits.relu()? - (logits * labels)?)? + tail)?;
    masked_mean(&each, mask)
}

/// Mean absolute error, over the labels that exist, each task's error times its `weight` (1 × tasks).
///
/// # Errors
/// candle's.
pub fn masked_l1(z: &Tensor, labels: &Tensor, mask: &Tensor, weight: &Tensor) -> Result<Tensor> {
    masked_mean(&(z - labels)?.abs()?.broadcast_mul(weight)?, mask)
}

fn masked_mean(each: &Tensor, mask: &Tensor) -> Result<Tensor> {
    let count = mask.sum_all()?.to_scalar::<f32>()?.max(1.0);
    (each * mask)?.sum_all()? / f64::from(count)
}
