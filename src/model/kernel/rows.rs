//! What is done with whole rows: messages, sums, activations. Rows are as long as whole panels, zeros behind.
#![allow(unsafe_code, reason = "lanes")]

use super::gelu::gelu;
use super::lanes::{LANES, Lanes};

/// A neighbour of an atom: its row, and that of the bond's embedding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::model) struct Edge {
    pub(in crate::model) atom: u32,
    pub(in crate::model) bond: u32,
}

/// `to` = `scale` · row `own` of `x` + the sum over `edges` of gelu(row of `x` + row of `bonds`). Rows are as long as `to`.
pub(in crate::model) struct Messages<'a> {
    pub(in crate::model) x: &'a [f32],
    pub(in crate::model) bonds: &'a [f32],
    pub(in crate::model) scale: f32,
}

impl Messages<'_> {
    /// # Panics
    /// If a row lies outside.
    pub(super) fn check(&self, own: usize, edges: &[Edge], to: &[f32]) {
        let width = to.len();
        let (atoms, bonds) = (self.x.len() / width.max(1), self.bonds.len() / width.max(1));
        let inside = |e: &Edge| (e.atom as usize) < atoms && (e.bond as usize) < bonds;
        assert!(width.is_multiple_of(LANES) && own < atoms && edges.iter().all(inside));
    }
}

/// # Safety
/// The CPU has the instructions of `L`, and [`Messages::check`] has passed.
#[inline(always)]
pub(super) unsafe fn messages<L: Lanes>(
    of: &Messages<'_>,
    own: usize,
    edges: &[Edge],
    to: &mut [f32],
) {
    let width = to.len();
    // SAFETY: as above; every offset is that of a row that was checked, plus less than a row.
    unsafe {
        let (x, bonds, to) = (of.x.as_ptr(), of.bonds.as_ptr(), to.as_mut_ptr());
        for at in (0..width).step_by(LANES) {
            let mut sum = L::load(x.add(own * width + at)).multiply(L::splat(of.scale));
            for edge in edges {
                let from = L::load(x.add(edge.atom as usize * width + at));
                let bond = L::load(bonds.add(edge.bond as usize * width + at));
                sum = sum.add(gelu(from.add(bond)));
            }
            sum.store(to.add(at));
        }
    }
}

/// Adds each of `rows`, as long as `to`, to it, in order.
///
/// # Safety
/// The CPU has the instructions of `L`; `to` is as long as whole panels, `rows` a multiple of it.
#[inline(always)]
pub(super) unsafe fn add_all<L: Lanes>(rows: &[f32], to: &mut [f32]) {
    let width = to.len();
    for at in (0..width).step_by(LANES) {
        // SAFETY: as above.
        unsafe {
            let mut sum = L::load(to.as_ptr().add(at));
            for row in (0..rows.len()).step_by(width) {
                sum = sum.add(L::load(rows.as_ptr().add(row + at)));
            }
            sum.store(to.as_mut_ptr().add(at));
        }
    }
}

/// Adds `row` to each of `to`.
///
/// # Safety
/// As [`add_all`], with the roles of the two changed.
#[inline(always)]
pub(super) unsafe fn add_to_all<L: Lanes>(row: &[f32], to: &mut [f32]) {
    let width = row.len();
    for start in (0..to.len()).step_by(width) {
        for at in (0..width).step_by(LANES) {
            // SAFETY: as above.
            unsafe {
                let to = to.as_mut_ptr().add(start + at);
                L::load(to).add(L::load(row.as_ptr().add(at))).store(to);
            }
        }
    }
}

/// # Safety
/// The CPU has the instructions of `L`; `values` are as long as whole panels.
#[inline(always)]
pub(super) unsafe fn gelus<L: Lanes>(values: &mut [f32]) {
    for at in (0..values.len()).step_by(LANES) {
        // SAFETY: as above.
        unsafe {
            let to = values.as_mut_ptr().add(at);
            gelu(L::load(to)).store(to);
        }
    }
}
