//! A tile of structure vectors in the form that the inference library takes, so that they are
//! written once and never copied.

use std::sync::Arc;
use tract_onnx::prelude::{Datum, Tensor};

/// `tile` rows × `width` values, all 0 at first.
#[derive(Clone, Debug)]
pub(crate) struct Rows {
    tensor: Arc<Tensor>,
    width: usize,
}

impl Rows {
    pub(crate) fn new(tile: usize, width: usize) -> Self {
        let tensor = Tensor::zero_dt(f32::datum_type(), &[tile, width]);
        // Zeroing an f32 tensor of a bounded shape does not fail.
        Self { tensor: Arc::new(tensor.unwrap_or_default()), width }
    }

    /// A copy of `rows` rows from `start` on.
    ///
    /// # Panics
    /// If there are fewer.
    pub(crate) fn part(&self, start: usize, rows: usize) -> Self {
        let mut part = Self::new(rows, self.width);
        let from = &self.all()[start * self.width..(start + rows) * self.width];
        part.all_mut().copy_from_slice(from);
        part
    }

    /// Number of rows.
    pub(crate) fn tile(&self) -> usize {
        self.tensor.shape().first().copied().unwrap_or(0)
    }

    pub(crate) fn tensor(&self) -> &Arc<Tensor> {
        &self.tensor
    }

    /// Row `i`, for writing.
    ///
    /// # Panics
    /// If there is no such row.
    pub(crate) fn row_mut(&mut self, i: usize) -> &mut [f32] {
        let width = self.width;
        &mut self.all_mut()[i * width..(i + 1) * width]
    }

    /// Row `i`.
    ///
    /// # Panics
    /// If there is no such row.
    pub(crate) fn row(&self, i: usize) -> &[f32] {
        &self.all()[i * self.width..(i + 1) * self.width]
    }

    /// All rows, one behind the other.
    pub(crate) fn all(&self) -> &[f32] {
        let view = self.tensor.try_as_plain_ram().and_then(|v| v.as_slice::<f32>());
        view.unwrap_or_default()
    }

    /// Makes all rows 0.
    pub(crate) fn clear(&mut self) {
        self.all_mut().fill(0.0);
    }

    fn all_mut(&mut self) -> &mut [f32] {
        // A run that is over has given its share back; a copy is made only if one kept it.
        let view = Arc::make_mut(&mut self.tensor).to_plain_array_view_mut::<f32>();
        view.ok().and_then(|v| v.into_slice()).unwrap_or_default()
    }
}
