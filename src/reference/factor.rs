//! Cholesky factorisation and solution in blocks, between which a run can be cancelled.
//!
//! Up to a thousand rows the steps are those that faer itself goes through, so that the bits are those of its `llt` and `solve`,
//! which a test holds on to; larger matrices are cut finer.

use crate::cancel::Cancel;
use crate::error::{Error, ErrorKind};
use faer::dyn_stack::{MemBuffer, MemStack};
use faer::linalg::cholesky::llt::factor::{cholesky_in_place, cholesky_in_place_scratch};
use faer::linalg::matmul::matmul;
use faer::linalg::matmul::triangular::{BlockStructure, matmul as triangular};
use faer::linalg::triangular_solve::{
    solve_lower_triangular_in_place, solve_upper_triangular_in_place,
};
use faer::{Accum, Mat, MatMut, MatRef, Par, Spec};

/// Columns that are factored at once, as by faer.
const BLOCK: usize = 128;
/// Rows below a block that are updated at once.
const WHOLE: usize = 1024;
/// Multiply-adds that are done at once in solving: some 30 ms of one core.
const WORK: usize = 1 << 29;

/// The factor L of L·Lᵀ, in the lower triangle.
#[derive(Debug)]
pub(super) struct Factor(Mat<f64>);

impl Factor {
    /// Factors the symmetric `a`, of which the lower triangle is read.
    ///
    /// # Errors
    /// [`ErrorKind::Argument`] where it is not positive definite; [`ErrorKind::Cancelled`].
    pub(super) fn new(mut a: Mat<f64>, cancel: &Cancel) -> Result<Self, Error> {
        let n = a.nrows();
        for start in (0..n).step_by(BLOCK) {
            cancel.check()?;
            let width = BLOCK.min(n - start);
            let rest = a.as_mut().submatrix_mut(start, start, n - start, n - start);
            let (mut corner, _, mut below, mut right) = rest.split_at_mut(width, width);
            factor_corner(corner.as_mut())?;
            let corner = corner.as_ref();
            solve_lower_triangular_in_place(corner, below.as_mut().transpose_mut(), Par::Seq);
            let left = below.as_ref();
            let rows = left.nrows();
            let mut column = 0;
            while column < rows {
                cancel.check()?;
                let columns = if rows - column <= WHOLE { rows - column } else { BLOCK };
                let panel = right.as_mut().submatrix_mut(column, column, rows - column, columns);
                let (mut square, mut under) = panel.split_at_row_mut(columns);
                let of = |from: usize, count: usize| left.subrows(from, count);
                let across = of(column, columns);
                triangular(
                    square.as_mut(),
                    BlockStructure::TriangularLower,
                    Accum::Add,
                    across,
                    BlockStructure::Rectangular,
                    across.transpose(),
                    BlockStructure::Rectangular,
                    -1.0,
                    Par::Seq,
                );
                let lower = of(column + columns, rows - column - columns);
                matmul(under.as_mut(), Accum::Add, lower, across.transpose(), -1.0, Par::Seq);
                column += columns;
            }
        }
        Ok(Self(a))
    }

    /// Solves for the columns that `right` gives from a first one on, as many as it is asked for, and gives each block to `take`.
    ///
    /// # Errors
    /// [`ErrorKind::Cancelled`].
    pub(super) fn solve(
        &self,
        columns: usize,
        cancel: &Cancel,
        mut right: impl FnMut(usize, usize) -> f64,
        mut take: impl FnMut(usize, MatRef<'_, f64>),
    ) -> Result<(), Error> {
        let n = self.0.nrows();
        let factor = self.0.as_ref();
        // Never a single column behind many: its sums would be in another order.
        let most = (WORK / (n * n / 2).max(1)).max(16);
        let mut start = 0;
        while start < columns {
            let left = columns - start;
            let width = if left <= most { left } else { most.min(left - left / 2) };
            let mut block = Mat::from_fn(n, width, |i, j| right(i, start + j));
            cancel.check()?;
            solve_lower_triangular_in_place(factor, block.as_mut(), Par::Seq);
            cancel.check()?;
            solve_upper_triangular_in_place(factor.transpose(), block.as_mut(), Par::Seq);
            take(start, block.as_ref());
            start += width;
        }
        Ok(())
    }

    /// L⁻¹ · `block`, in its place.
    pub(super) fn half_solve(&self, block: &mut Mat<f64>) {
        solve_lower_triangular_in_place(self.0.as_ref(), block.as_mut(), Par::Seq);
    }

    /// L⁻ᵀ · `block`, in its place: with [`half_solve`](Self::half_solve) before, the solution.
    pub(super) fn other_half_solve(&self, block: &mut Mat<f64>) {
        solve_upper_triangular_in_place(self.0.transpose(), block.as_mut(), Par::Seq);
    }
}

fn factor_corner(mut corner: MatMut<'_, f64>) -> Result<(), Error> {
    let size = corner.nrows();
    let params = Spec::default();
    let mut memory = MemBuffer::new(cholesky_in_place_scratch::<f64>(size, Par::Seq, params));
    let stack = MemStack::new(&mut memory);
    let done =
        cholesky_in_place(corner.as_mut(), Default::default(), Par::Seq, stack, Spec::default());
    done.map(|_| ()).map_err(|_| {
        let message =
            "the similarities are no positive definite matrix; are they symmetric Tanimoto values?";
        Error::new(ErrorKind::Argument, message)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use faer::Side;
    use faer::linalg::solvers::Solve;
    use std::sync::Arc;
    use std::sync::atomic::AtomicBool;

    fn noise(i: usize) -> f64 {
        ((i * 2_654_435_761) % 1009) as f64 / 1009.0
    }

    /// Symmetric and positive definite.
    fn matrix(n: usize) -> Mat<f64> {
        Mat::from_fn(n, n, |i, j| match i == j {
            true => 1.0 + n as f64,
            false => noise(i.max(j) * n + i.min(j)),
        })
    }

    #[test]
    fn bits_are_those_of_the_whole() {
        for n in [1, 2, 63, 64, 65, 100, 128, 129, 133, 200, 256, 257, 400, 517, 930] {
            let a = matrix(n);
            let whole = a.llt(Side::Lower).unwrap();
            let mut blocks = Factor::new(a, &Cancel::never()).unwrap();
            for j in 0..n {
                for i in 0..j {
                    blocks.0[(i, j)] = 0.0;
                }
            }
            assert!(blocks.0.as_ref() == whole.L(), "factor of {n}");
            for columns in [1, 7, 130, n] {
                let right = |i: usize, j: usize| {
                    if columns == n { f64::from(u8::from(i == j)) } else { noise(i * 31 + j) }
                };
                let expected = whole.solve(Mat::from_fn(n, columns, right));
                let mut found = Mat::<f64>::zeros(n, columns);
                let put = |start: usize, block: MatRef<'_, f64>| {
                    found.as_mut().subcols_mut(start, block.ncols()).copy_from(block);
                };
                blocks.solve(columns, &Cancel::never(), right, put).unwrap();
                assert!(found == expected, "{columns} columns of {n}");
            }
        }
    }

    #[test]
    fn larger_matrices_are_solved_too() {
        let (n, columns) = (1400, 700);
        let a = matrix(n);
        let right = |i: usize, j: usize| noise(i * 31 + j);
        let expected = a.llt(Side::Lower).unwrap().solve(Mat::from_fn(n, columns, right));
        let blocks = Factor::new(a, &Cancel::never()).unwrap();
        let mut seen = 0;
        let near = |start: usize, block: MatRef<'_, f64>| {
            assert_eq!(start, seen);
            seen += block.ncols();
            for j in 0..block.ncols() {
                for i in 0..n {
                    let (a, b) = (block[(i, j)], expected[(i, start + j)]);
                    // A thousand terms, each rounded once.
                    assert!((a - b).abs() <= 1e-12, "{a} {b}");
                }
            }
        };
        blocks.solve(columns, &Cancel::never(), right, near).unwrap();
        assert_eq!(seen, columns);
    }

    #[test]
    fn what_is_cancelled_stops() {
        let cancel = Cancel::new(Arc::new(AtomicBool::new(true)));
        assert_eq!(Factor::new(matrix(300), &cancel).err().unwrap().kind, ErrorKind::Cancelled);
        let factor = Factor::new(matrix(300), &Cancel::never()).unwrap();
        let solved = factor.solve(300, &cancel, |_, _| 0.0, |_, _| panic!("it was cancelled"));
        assert_eq!(solved.unwrap_err().kind, ErrorKind::Cancelled);
    }

    #[test]
    fn indefinite_matrices_are_refused() {
        let mut a = matrix(200);
        a[(150, 150)] = -1.0;
        assert_eq!(Factor::new(a, &Cancel::never()).err().unwrap().kind, ErrorKind::Argument);
    }
}
