//! Rows times a matrix of weights.
//!
//! Each output is one sum in the order of the inputs, begun with the bias and fused at every step, whatever number of rows and
//! columns are computed together: so a row's outputs do not depend on its company, nor on the processor.
#![allow(unsafe_code, reason = "lanes")]

use super::gelu::gelu;
use super::lanes::{LANES, Lanes};
use super::packed::Packed;

/// What becomes of an output before it is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::model) enum Then {
    Store,
    Gelu,
    /// It is added to what is there.
    Add,
    /// Its gelu is.
    AddGelu,
}

/// Rows and where their products go.
pub(in crate::model) struct Rows<'a> {
    /// Row behind row.
    pub(in crate::model) from: &'a [f32],
    /// Values from one row to the next.
    pub(in crate::model) from_stride: usize,
    /// Rows of whole panels: [`padded`](super::padded) outputs.
    pub(in crate::model) to: &'a mut [f32],
    pub(in crate::model) count: usize,
}

impl Rows<'_> {
    /// # Panics
    /// If a row would lie outside.
    pub(super) fn check(&self, weights: &Packed) {
        if let Some(last) = self.count.checked_sub(1) {
            let needed = last * self.from_stride + weights.inputs();
            assert!(self.from.len() >= needed, "{} values, {needed} needed", self.from.len());
            assert!(self.to.len() >= self.count * weights.bias.len(), "no room for the products");
        }
        assert!(weights.values.len() == weights.inputs() * weights.bias.len());
    }
}

/// Up to `R` rows and two panels at a time.
///
/// # Safety
/// The CPU has the instructions of `L`, and [`Rows::check`] has passed.
#[inline(always)]
pub(super) unsafe fn product<L: Lanes, const R: usize, const PAIR: usize>(
    rows: &mut Rows<'_>,
    weights: &Packed,
    then: Then,
) {
    // SAFETY: as above.
    unsafe {
        match then {
            Then::Store => all::<L, R, PAIR, false, false>(rows, weights),
            Then::Gelu => all::<L, R, PAIR, true, false>(rows, weights),
            Then::Add => all::<L, R, PAIR, false, true>(rows, weights),
            Then::AddGelu => all::<L, R, PAIR, true, true>(rows, weights),
        }
    }
}

/// # Safety
/// As [`product`].
#[inline(always)]
unsafe fn all<L: Lanes, const R: usize, const PAIR: usize, const GELU: bool, const ADD: bool>(
    rows: &mut Rows<'_>,
    weights: &Packed,
) {
    let (panels, stride) = (weights.panels(), weights.bias.len());
    let mut panel = 0;
    while panel < panels {
        let wide = PAIR == 2 && panel + 2 <= panels;
        let mut row = 0;
        while row < rows.count {
            let left = rows.count - row;
            let at = At {
                // SAFETY: `check` has seen that the row is there.
                from: unsafe { rows.from.as_ptr().add(row * rows.from_stride) },
                from_stride: rows.from_stride,
                // SAFETY: and the room for its outputs.
                to: unsafe { rows.to.as_mut_ptr().add(row * stride + panel * LANES) },
                to_stride: stride,
            };
            // SAFETY: rows from `row` on, panels from `panel` on, both within bounds; `block` takes no more than are left.
            row += unsafe {
                match wide {
                    true => block::<L, R, 2, GELU, ADD>(&at, left, weights, panel),
                    false => block::<L, R, 1, GELU, ADD>(&at, left, weights, panel),
                }
            };
        }
        panel += if wide { 2 } else { 1 };
    }
}

/// Where a block of rows begins.
struct At {
    from: *const f32,
    from_stride: usize,
    to: *mut f32,
    to_stride: usize,
}

/// The products of as many of the `left` rows as are computed together; how many these were.
///
/// # Safety
/// As [`product`], and `left` rows and `P` panels lie there.
#[inline(always)]
unsafe fn block<L: Lanes, const R: usize, const P: usize, const GELU: bool, const ADD: bool>(
    at: &At,
    left: usize,
    weights: &Packed,
    panel: usize,
) -> usize {
    // SAFETY: as above.
    unsafe {
        if left >= R {
            tile::<L, R, P, GELU, ADD>(at, weights, panel);
            return R;
        }
        match left {
            8.. => tile::<L, 8, P, GELU, ADD>(at, weights, panel),
            4.. => tile::<L, 4, P, GELU, ADD>(at, weights, panel),
            3 => tile::<L, 3, P, GELU, ADD>(at, weights, panel),
            2 => tile::<L, 2, P, GELU, ADD>(at, weights, panel),
            _ => tile::<L, 1, P, GELU, ADD>(at, weights, panel),
        }
    }
    match left {
        8.. => 8,
        4.. => 4,
        few => few,
    }
}

/// `R` rows by `P` panels, all sums in registers.
///
/// # Safety
/// As [`product`], and so many rows and panels lie there.
#[inline(always)]
unsafe fn tile<L: Lanes, const R: usize, const P: usize, const GELU: bool, const ADD: bool>(
    at: &At,
    weights: &Packed,
    panel: usize,
) {
    let inputs = weights.inputs();
    // SAFETY: all pointers stay within the rows and panels that the caller vouches for.
    unsafe {
        let bias = weights.bias.as_ptr().add(panel * LANES);
        let panels: [*const f32; P] =
            std::array::from_fn(|p| weights.values.as_ptr().add((panel + p) * inputs * LANES));
        let mut sums: [[L; P]; R] = [std::array::from_fn(|p| L::load(bias.add(p * LANES))); R];
        for k in 0..inputs {
            let weight: [L; P] = std::array::from_fn(|p| L::load(panels[p].add(k * LANES)));
            for (r, sums) in sums.iter_mut().enumerate() {
                let value = L::splat(*at.from.add(r * at.from_stride + k));
                for (sum, weight) in sums.iter_mut().zip(weight) {
                    *sum = value.fused(weight, *sum);
                }
            }
        }
        for (r, sums) in sums.into_iter().enumerate() {
            for (p, sum) in sums.into_iter().enumerate() {
                let to = at.to.add(r * at.to_stride + p * LANES);
                let mut value = if GELU { gelu(sum) } else { sum };
                if ADD {
                    value = L::load(to).add(value);
                }
                value.store(to);
            }
        }
    }
}
