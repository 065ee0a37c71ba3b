//! Routing without cosines: one product a level.

use super::codebook::{Codebook, TILE, TINY};
use super::kernel::Kernel;
use ndarray::ArrayView2;

impl Codebook {
    /// The leaf of every row of `latents`: the last of the nodes that [`route`](Self::route) gives, to the
    /// bit, without its cosines and so with half the products. The node above it at level *h* is
    /// `leaf >> (depth - h)`.
    ///
    /// # Panics
    /// If their width differs.
    pub fn leaves(&self, latents: ArrayView2<'_, f32>) -> Vec<u32> {
        let kernel = Kernel::detect();
        let latents = latents.as_standard_layout();
        let rows: Vec<&[f32]> = latents.outer_iter().filter_map(|row| row.to_slice()).collect();
        let mut leaves = Vec::with_capacity(rows.len());
        for rows in rows.chunks(TILE) {
            self.descend(kernel, rows, &mut leaves);
        }
        leaves
    }

    /// The leaves of at most [`TILE`] latents.
    ///
    /// The sign of a latent's product with the difference of two siblings says which is nearer. Where the
    /// product lies within what rounding may do, the two cosines decide, as in
    /// [`route_tile`](Self::route_tile).
    pub(super) fn descend(&self, kernel: Kernel, latents: &[&[f32]], leaves: &mut Vec<u32>) {
        let (mut nodes, mut bands) = ([0usize; TILE], [0f32; TILE]);
        let mut rows: [&[f32]; TILE] = [&[]; TILE];
        let mut products = [0f32; TILE];
        let difference = |level: usize, parent: usize| {
            &self.differences[level][parent * self.width..][..self.width]
        };
        // The first two levels in one pass over the latent: three differences, and its own length.
        let second = self.depth().min(2) - 1;
        let top = [difference(0, 0), difference(second, 0), difference(second, second)];
        let relative = self.rounding();
        for (i, latent) in latents.iter().enumerate() {
            assert_eq!(latent.len(), self.width, "width of the latent");
            let [square, first, left, right] = (kernel.top)(latent, top);
            bands[i] = relative * (square + TINY).sqrt();
            nodes[i] = self.step(kernel, latent, 0, 0, first, bands[i]);
            if second == 1 {
                let product = if nodes[i] == 0 { left } else { right };
                nodes[i] = self.step(kernel, latent, 1, nodes[i], product, bands[i]);
            }
        }
        for level in 2..self.depth() {
            for (row, node) in rows.iter_mut().zip(nodes).take(latents.len()) {
                *row = difference(level, node);
            }
            (kernel.each)(latents, &rows, &mut products);
            for (i, latent) in latents.iter().enumerate() {
                nodes[i] = self.step(kernel, latent, level, nodes[i], products[i], bands[i]);
            }
        }
        leaves.extend(nodes[..latents.len()].iter().map(|node| *node as u32));
    }

    /// The child of `parent` at `level` = 0…, from the product of the latent with the difference of the two.
    #[inline]
    fn step(
        &self,
        kernel: Kernel,
        latent: &[f32],
        level: usize,
        parent: usize,
        product: f32,
        band: f32,
    ) -> usize {
        if product.abs() > band {
            return 2 * parent + usize::from(product < 0.0);
        }
        // Also where something is infinite or no number.
        self.compare(kernel, latent, level, parent)
    }

    #[cold]
    fn compare(&self, kernel: Kernel, latent: &[f32], level: usize, parent: usize) -> usize {
        let length = self.length(kernel, latent);
        let pair = &self.levels[level][2 * parent * self.width..][..2 * self.width];
        let (first, second) = pair.split_at(self.width);
        let [first, second] = (kernel.pair)(latent, first, second).map(|v| v / length);
        2 * parent + usize::from(second > first)
    }

    /// How far, relative to a latent's length, its product with a difference may be from the difference of
    /// the two products and still be the other way round than their cosines as computed.
    ///
    /// A product of n values is added in at least eight lanes, which are added in the end: at most
    /// k = n / 8 + 16 roundings on the way of any of them, so it is wrong by at most k·u times both lengths,
    /// u = 2⁻²⁴ (Higham, Accuracy and Stability of Numerical Algorithms, 3.1). Nodes have length 1, their
    /// difference at most 2: the three products are wrong by 4·k·u, the entries of the difference by 2·u, and
    /// the two divisions by 2·u. One part in sixteen more for higher orders, and for lengths that are
    /// only nearly 1 or rounded.
    fn rounding(&self) -> f32 {
        let roundings = (self.width / 8 + 16) as f32;
        (4.0 * roundings + 4.0) * (f32::EPSILON / 2.0) * 1.0625
    }
}

#[cfg(test)]
mod tests {
    use super::super::codebook::tests::codebook;
    use super::*;
    use ndarray::Array2;
    use proptest::prelude::*;

    proptest! {
        /// Latents about the plane between two siblings, nearer to it than rounding tells, and further.
        #[test]
        fn leaves_are_those_of_the_routes(
            depth in 1usize..7,
            width in 2usize..70,
            seed in any::<u64>(),
            scale in prop_oneof![Just(1f32), Just(1e-18), Just(1e-5), Just(1e18), Just(3e20)],
        ) {
            let book = codebook(depth, width, seed);
            let middles = codebook(6, width, !seed);
            let mut latents = Vec::new();
            for i in 0..64 {
                let level = i % depth;
                let pair = (i * 7) % (1 << level);
                let difference = &book.differences[level][pair * width..][..width];
                let square: f32 = difference.iter().map(|v| v * v).sum();
                let other = middles.node(6, i);
                let along: f32 = other.iter().zip(difference).map(|(a, b)| a * b).sum();
                let off = [0.0, 1e-8, -1e-8, 1e-7, -1e-7, 1e-6, -1e-5, 1e-3][i % 8];
                let values = other.iter().zip(difference);
                latents.extend(values.map(|(a, b)| scale * (a + b * (off - along / square.max(1e-9)))));
            }
            latents.extend(vec![0.0; width]);
            latents.extend(vec![f32::NAN; width]);
            latents.extend(vec![f32::INFINITY; width]);
            let latents = Array2::from_shape_vec((67, width), latents).unwrap();
            let routes = book.route_batch(latents.view());
            let expected: Vec<u32> = routes.iter().map(|code| *code.nodes.last().unwrap()).collect();
            prop_assert_eq!(book.leaves(latents.view()), expected.clone());
            let rows: Vec<&[f32]> = latents.outer_iter().map(|row| row.to_slice().unwrap()).collect();
            let mut scalar = Vec::new();
            for rows in rows.chunks(TILE) {
                book.descend(Kernel::scalar(), rows, &mut scalar);
            }
            prop_assert_eq!(scalar, expected);
        }
    }
}
