//! x·Φ(x), Φ the standard normal distribution, by a polynomial: no exponential, no division.

use super::lanes::Lanes;

/// Beyond ±5 Φ is taken to be 0 or 1; it is within 3e-7 of them.
const REACH: f32 = 5.0;

/// (Φ(x) − ½) / x as a polynomial of x²·0.08 − 1, which runs from −1 to 1, for |x| ≤ 5: least largest error of x·Φ(x), and
/// exact at the ends. In f32, x·Φ(x) is off by at most 4.4e-7 times the larger of |x| and 1 (a test looks at all of them).
const TERMS: [f32; 13] = [
    0.1413638,
    -0.070_295_796,
    0.051_518_95,
    -0.040_454_72,
    0.031_467_456,
    -0.023_185_963,
    0.016_261_568,
    -0.011_389_143,
    0.006_750_036,
    -0.002_423_466_6,
    0.001_356_251_4,
    -0.001_722_572_3,
    0.000_753_598_8,
];

/// # Safety
/// The CPU has the instructions of `L`.
#[inline(always)]
#[allow(unsafe_code, reason = "lanes")]
pub(super) unsafe fn gelu<L: Lanes>(x: L) -> L {
    // SAFETY: as above.
    unsafe {
        let near = x.clamp(REACH);
        let s = near.multiply(near).fused(L::splat(0.08), L::splat(-1.0));
        let [rest @ .., last] = TERMS;
        let mut sum = L::splat(last);
        for term in rest.into_iter().rev() {
            sum = sum.fused(s, L::splat(term));
        }
        x.multiply(near.fused(sum, L::splat(0.5)))
    }
}
