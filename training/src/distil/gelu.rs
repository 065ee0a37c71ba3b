//! GELU in its exact form and its slope, for loops that the compiler makes vector instructions of.

/// x Φ(x), the exact form, within 2e-7 (1 + |x|).
#[inline(always)]
pub fn gelu(x: f32) -> f32 {
    x * normal(x).0
}

/// The slope of [`gelu`].
#[inline(always)]
pub(super) fn gelu_slope(x: f32) -> f32 {
    let (below, density) = normal(x);
    below + x * density
}

/// The normal distribution's Φ and density. Φ by Hastings' approximation, absolute error 1e-7 (Abramowitz and Stegun, 26.2.17 and
/// 7.1.26), which shares its exponential with the density.
#[inline(always)]
fn normal(x: f32) -> (f32, f32) {
    // Beyond it both tails are 0 in f32, and the exponent stays in range.
    let z = x.abs().min(13.0);
    let e = exp_negative(0.5 * z * z);
    let t = 1.0 / (1.0 + 0.231_641_9 * z);
    let p = 1.061_405_4;
    let p = p * t - 1.453_152;
    let p = p * t + 1.421_413_7;
    let p = p * t - 0.284_496_74;
    let p = p * t + 0.254_829_6;
    let tail = 0.5 * p * t * e;
    (if x < 0.0 { tail } else { 1.0 - tail }, 0.398_942_3 * e)
}

/// e⁻ˣ for 0 ≤ x < 87, relative error below 3e-7.
#[inline(always)]
fn exp_negative(x: f32) -> f32 {
    // 2ⁿ eʳ with |r| ≤ ln 2 / 2; adding and taking away 1.5 · 2²³ rounds to the nearest integer.
    const ROUND: f32 = 12_582_912.0;
    let n = (x * -std::f32::consts::LOG2_E + ROUND) - ROUND;
    let r = (-x - n * 0.693_359_4) + n * 2.121_944_4e-4;
    let p = 1.0 / 720.0;
    let p = p * r + 1.0 / 120.0;
    let p = p * r + 1.0 / 24.0;
    let p = p * r + 1.0 / 6.0;
    let p = p * r + 0.5;
    let p = (p * r + 1.0) * r + 1.0;
    // In range by the bound on x; a plain cast would saturate, element by element.
    p * f32::from_bits(((n + ROUND).to_bits().wrapping_add(127) & 0xff) << 23)
}
