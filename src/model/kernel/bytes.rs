//! Rows of bytes times a matrix of bytes, summed exactly.
//!
//! A row is rounded to whole numbers of −127 to 127 steps, one step being a 127th of its largest magnitude; so is each column of
//! the weights. Sums of such products are integers: every processor, whatever its instructions and their order, has the same.
//!
//! AVX-512's instruction takes bytes without a sign on one side. Its rows are stored 128 higher, and the sums begin with what
//! that adds.
#![allow(unsafe_code, reason = "lanes")]

use super::dots::{Dots, FOUR};
use super::gelu::gelu;
use super::lanes::{LANES, Lanes};
use super::product::Then;

/// The most steps of a value.
pub(in crate::model) const STEPS: f32 = 127.0;

/// A row whose values are all smaller counts as if its largest were this: no division by 0.
pub(in crate::model) const LEAST: f32 = 1e-30;

/// Inputs of a product, at most: sums stay within 32 bits.
pub(in crate::model) const MOST_INPUTS: usize = 1 << 16;

/// Inputs × outputs in panels of [`LANES`] columns: within a panel, [`FOUR`] inputs of each column side by side, then the next
/// four. What is missing from the last panel and the last four is 0.
#[derive(Clone, Debug)]
pub(in crate::model) struct PackedBytes {
    values: Vec<i8>,
    /// Of each column: what its sum begins with where rows are stored 128 higher.
    starts: Vec<i32>,
    /// What one step of a column stands for.
    scales: Vec<f32>,
    bias: Vec<f32>,
    inputs: usize,
    outputs: usize,
}

impl PackedBytes {
    /// Of `weights`, `inputs` × `outputs`, row by row, and of a scale and a bias for each output.
    ///
    /// # Panics
    /// If lengths do not fit, or there are more than [`MOST_INPUTS`] inputs.
    pub(in crate::model) fn new(
        inputs: usize,
        outputs: usize,
        weights: &[i8],
        scales: &[f32],
        bias: &[f32],
    ) -> Self {
        assert!(inputs <= MOST_INPUTS && weights.len() == inputs * outputs);
        assert!(scales.len() == outputs && bias.len() == outputs);
        let (groups, stride) = (inputs.div_ceil(FOUR), outputs.next_multiple_of(LANES));
        let mut values = vec![0i8; groups * FOUR * stride];
        let mut starts = vec![0i32; stride];
        for (k, row) in weights.chunks_exact(outputs.max(1)).enumerate() {
            let (group, at) = (k / FOUR, k % FOUR);
            for (panel, part) in row.chunks(LANES).enumerate() {
                let to = &mut values[(panel * groups + group) * LANES * FOUR..][..LANES * FOUR];
                part.iter().enumerate().for_each(|(c, w)| to[c * FOUR + at] = *w);
            }
            starts.iter_mut().zip(row).for_each(|(start, w)| *start -= 128 * i32::from(*w));
        }
        let filled = |values: &[f32]| {
            let mut values = values.to_vec();
            values.resize(stride, 0.0);
            values
        };
        Self { values, starts, scales: filled(scales), bias: filled(bias), inputs, outputs }
    }

    pub(in crate::model) fn inputs(&self) -> usize {
        self.inputs
    }

    pub(in crate::model) fn outputs(&self) -> usize {
        self.outputs
    }

    fn groups(&self) -> usize {
        self.inputs.div_ceil(FOUR)
    }

    /// Values of a row that the products of it are written to.
    pub(super) fn stride(&self) -> usize {
        self.bias.len()
    }
}

/// Rows as bytes, filled up to whole fours.
#[derive(Clone, Debug, Default)]
pub(in crate::model) struct ByteRows {
    values: Vec<u8>,
    /// What a step of each row stands for.
    scales: Vec<f32>,
}

impl ByteRows {
    /// Takes `count` rows of `inputs` values, the first of each `stride` apart. Inlined into functions that may use all of the
    /// processor's instructions.
    #[inline(always)]
    pub(super) fn take<const SHIFT: u8>(
        &mut self,
        from: &[f32],
        stride: usize,
        inputs: usize,
        count: usize,
    ) {
        let width = inputs.next_multiple_of(FOUR);
        self.values.resize(count * width, 0);
        self.scales.clear();
        for (i, to) in self.values.chunks_exact_mut(width.max(1)).enumerate() {
            self.scales.push(rounded::<SHIFT>(&from[i * stride..][..inputs], to));
        }
    }
}

/// `row` in steps, written to the first of `to`; what a step stands for: no number where a value is none, or infinite.
#[inline(always)]
fn rounded<const SHIFT: u8>(row: &[f32], to: &mut [u8]) -> f32 {
    // Added to a small number, it leaves in the lowest bits what the number is rounded to, halves to the even one.
    const WHOLE: f32 = 12_582_912.0;
    // As bits, magnitudes are in the order of their values, infinity and no numbers last.
    let largest = row.iter().fold(0u32, |most, v| most.max(v.to_bits() & 0x7fff_ffff));
    let largest = f32::from_bits(largest);
    let (to, filling) = to.split_at_mut(row.len());
    filling.fill(SHIFT);
    if !largest.is_finite() {
        to.fill(SHIFT);
        return f32::NAN;
    }
    let largest = if largest < LEAST { LEAST } else { largest };
    let factor = STEPS / largest;
    for (to, v) in to.iter_mut().zip(row) {
        *to = (v * factor + WHOLE).to_bits() as u8 ^ SHIFT;
    }
    largest / STEPS
}

/// The products of all rows that `rows` holds, stored at `to`, [`PackedBytes::stride`] apart.
///
/// # Safety
/// The CPU has the instructions of `D`; `rows` were taken with its shift for `weights`' inputs; `to` has room for all.
#[inline(always)]
pub(super) unsafe fn product<D: Dots, const R: usize, const PAIR: usize>(
    rows: &ByteRows,
    weights: &PackedBytes,
    to: &mut [f32],
    then: Then,
) {
    // SAFETY: as above.
    unsafe {
        match then {
            Then::Store => all::<D, R, PAIR, false, false>(rows, weights, to),
            Then::Gelu => all::<D, R, PAIR, true, false>(rows, weights, to),
            Then::Add => all::<D, R, PAIR, false, true>(rows, weights, to),
            Then::AddGelu => all::<D, R, PAIR, true, true>(rows, weights, to),
        }
    }
}

/// Panics unless `to` has room for the products of `rows`, which fit `weights`.
pub(super) fn check(rows: &ByteRows, weights: &PackedBytes, to: &[f32]) {
    let count = rows.scales.len();
    assert!(rows.values.len() == count * weights.groups() * FOUR, "rows of another width");
    assert!(to.len() >= count * weights.stride(), "no room for the products");
}

/// # Safety
/// As [`product`].
#[inline(always)]
unsafe fn all<D: Dots, const R: usize, const PAIR: usize, const GELU: bool, const ADD: bool>(
    rows: &ByteRows,
    weights: &PackedBytes,
    to: &mut [f32],
) {
    let count = rows.scales.len();
    let panels = weights.stride() / LANES;
    let mut panel = 0;
    while panel < panels {
        let wide = PAIR == 2 && panel + 2 <= panels;
        let mut row = 0;
        while row < count {
            let at = At { rows, weights, row, panel, to: to.as_mut_ptr() };
            let left = count - row;
            // SAFETY: `row` and what is left of the rows lie there, `panel` and, where it is wide, the next one.
            unsafe {
                row += match wide {
                    true => block::<D, R, 2, GELU, ADD>(&at, left),
                    false => block::<D, R, 1, GELU, ADD>(&at, left),
                };
            }
        }
        panel += if wide { 2 } else { 1 };
    }
}

/// Where a tile begins.
struct At<'a> {
    rows: &'a ByteRows,
    weights: &'a PackedBytes,
    row: usize,
    panel: usize,
    to: *mut f32,
}

/// As many of the `left` rows as are computed together; how many these were.
///
/// # Safety
/// As [`product`], and `left` rows and `P` panels lie there.
#[inline(always)]
unsafe fn block<D: Dots, const R: usize, const P: usize, const GELU: bool, const ADD: bool>(
    at: &At<'_>,
    left: usize,
) -> usize {
    // SAFETY: as above.
    unsafe {
        match left {
            _ if left >= R => {
                tile::<D, R, P, GELU, ADD>(at);
                R
            }
            8.. => {
                tile::<D, 8, P, GELU, ADD>(at);
                8
            }
            4.. => {
                tile::<D, 4, P, GELU, ADD>(at);
                4
            }
            2.. => {
                tile::<D, 2, P, GELU, ADD>(at);
                2
            }
            _ => {
                tile::<D, 1, P, GELU, ADD>(at);
                1
            }
        }
    }
}

/// `R` rows by `P` panels, all sums in registers.
///
/// # Safety
/// As [`product`], and so many rows and panels lie there.
#[inline(always)]
unsafe fn tile<D: Dots, const R: usize, const P: usize, const GELU: bool, const ADD: bool>(
    at: &At<'_>,
) {
    let groups = at.weights.groups();
    // SAFETY: all pointers stay within the rows and panels that the caller vouches for.
    unsafe {
        let first = at.rows.values.as_ptr().add(at.row * groups * FOUR);
        let column = at.panel * LANES;
        let panels: [*const i8; P] = std::array::from_fn(|p| {
            at.weights.values.as_ptr().add((at.panel + p) * groups * LANES * FOUR)
        });
        let start: [D; P] =
            std::array::from_fn(|p| D::start(at.weights.starts.as_ptr().add(column + p * LANES)));
        let mut sums = [start; R];
        for k in 0..groups {
            let weight: [D::Weights; P] =
                std::array::from_fn(|p| D::weights(panels[p].add(k * LANES * FOUR)));
            for (r, sums) in sums.iter_mut().enumerate() {
                let values = D::values(first.add((r * groups + k) * FOUR));
                for (sum, weight) in sums.iter_mut().zip(weight) {
                    *sum = sum.dot(values, weight);
                }
            }
        }
        for (r, sums) in sums.into_iter().enumerate() {
            let scale = D::Floats::splat(at.rows.scales[at.row + r]);
            for (p, sum) in sums.into_iter().enumerate() {
                let column = column + p * LANES;
                let to = at.to.add((at.row + r) * at.weights.stride() + column);
                let scales = D::Floats::load(at.weights.scales.as_ptr().add(column));
                let bias = D::Floats::load(at.weights.bias.as_ptr().add(column));
                let mut value = sum.floats().multiply(scale).fused(scales, bias);
                if GELU {
                    value = gelu(value);
                }
                if ADD {
                    value = D::Floats::load(to).add(value);
                }
                value.store(to);
            }
        }
    }
}
