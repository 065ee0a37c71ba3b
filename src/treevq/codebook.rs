//! The nodes of the hierarchy, and routing.

use super::code::Code;
use super::kernel::Kernel;
use crate::error::{Error, ErrorKind};
use crate::room::{collected, room};
use ndarray::ArrayView2;
use safetensors::tensor::{Dtype, SafeTensors, TensorView};

/// Most levels of a tree.
pub const MAX_DEPTH: usize = 16;
/// Longest latent.
const MAX_WIDTH: usize = 1 << 16;
/// Latents that go down together.
pub(super) const TILE: usize = 16;
/// Keeps the length of a latent away from 0, as in training.
pub(super) const TINY: f32 = 1e-12;

/// A binary tree of unit vectors.
#[derive(Clone, Debug, PartialEq)]
pub struct Codebook {
    pub(super) width: usize,
    /// Level h − 1: 2ʰ rows of `width`, row-major, so that two siblings lie side by side.
    pub(super) levels: Vec<Vec<f32>>,
    /// Level h − 1: of each of the 2ʰ⁻¹ pairs of siblings, the first less the second.
    pub(super) differences: Vec<Vec<f32>>,
}

impl Codebook {
    /// A tree over latents of `width` values: level *h* = 1… of `levels` holds 2ʰ unit vectors, row-major.
    /// The vectors are taken as they are: routing has the bits of what training left.
    ///
    /// # Errors
    /// [`ErrorKind::Argument`] for other than 1 to [`MAX_DEPTH`] levels, a level of another size, or a vector
    /// that is not of length 1 within a thousandth; [`ErrorKind::Limit`] where there is no memory for it.
    pub fn new(width: usize, levels: Vec<Vec<f32>>) -> Result<Self, Error> {
        let refused = |message: String| Err(Error::new(ErrorKind::Argument, message));
        if !(1..=MAX_WIDTH).contains(&width) || !(1..=MAX_DEPTH).contains(&levels.len()) {
            return refused(format!(
                "a codebook of {} levels over {width} values; expected 1 to {MAX_DEPTH} levels and 1 to {MAX_WIDTH} values",
                levels.len()
            ));
        }
        for (h, level) in (1..).zip(&levels) {
            if level.len() != (1 << h) * width {
                return refused(format!(
                    "level {h} has {} values, expected {} nodes x {width}",
                    level.len(),
                    1 << h
                ));
            }
            for (node, row) in level.chunks_exact(width).enumerate() {
                let length = row.iter().map(|v| f64::from(*v).powi(2)).sum::<f64>().sqrt();
                if length.is_nan() || (length - 1.0).abs() > 1e-3 {
                    return refused(format!(
                        "level {h}, node {node}: its length is {length}, not 1"
                    ));
                }
            }
        }
        let mut differences = Vec::with_capacity(levels.len());
        for level in &levels {
            let mut all = room(level.len() / 2)?;
            for pair in level.chunks_exact(2 * width) {
                let (first, second) = pair.split_at(width);
                all.extend(first.iter().zip(second).map(|(a, b)| a - b));
            }
            differences.push(all);
        }
        Ok(Self { width, levels, differences })
    }

    /// Number of levels.
    pub fn depth(&self) -> usize {
        self.levels.len()
    }

    /// Length of the latents.
    pub fn width(&self) -> usize {
        self.width
    }

    /// The vector of node `node` of level `level` = 1….
    ///
    /// # Panics
    /// If there is no such node.
    pub fn node(&self, level: usize, node: usize) -> &[f32] {
        &self.levels[level - 1][node * self.width..(node + 1) * self.width]
    }

    /// Routes one latent, of any length but 0: a latent of zeros takes the first child everywhere.
    ///
    /// # Panics
    /// If its width differs.
    pub fn route(&self, latent: &[f32]) -> Code {
        self.route_tile(Kernel::detect(), &[latent]).pop().unwrap_or_else(|| self.blank())
    }

    /// Routes every row of `latents`, each as [`route`](Self::route) does.
    ///
    /// # Panics
    /// If their width differs.
    pub fn route_batch(&self, latents: ArrayView2<'_, f32>) -> Vec<Code> {
        let kernel = Kernel::detect();
        let latents = latents.as_standard_layout();
        let rows: Vec<&[f32]> = latents.outer_iter().filter_map(|row| row.to_slice()).collect();
        rows.chunks(TILE).flat_map(|rows| self.route_tile(kernel, rows)).collect()
    }

    /// The node of all levels with the largest cosine, the first where several have it: level, node and
    /// cosine. This is what routing spares.
    ///
    /// # Panics
    /// If the width of `latent` differs.
    pub fn nearest(&self, latent: &[f32]) -> (usize, usize, f32) {
        let kernel = Kernel::detect();
        let length = self.length(kernel, latent);
        let mut best = (0, 0, f32::NEG_INFINITY);
        for (level, nodes) in (1..).zip(&self.levels) {
            for (first, pair) in (0..).step_by(2).zip(nodes.chunks_exact(2 * self.width)) {
                let (a, b) = pair.split_at(self.width);
                for (node, product) in (first..).zip((kernel.pair)(latent, a, b)) {
                    let cosine = product / length;
                    if cosine > best.2 {
                        best = (level, node, cosine);
                    }
                }
            }
        }
        best
    }

    fn blank(&self) -> Code {
        let depth = self.depth();
        Code { nodes: Vec::with_capacity(depth), cosines: Vec::with_capacity(depth) }
    }

    /// Level by level, so that one latent's products need not wait for another's comparison.
    fn route_tile(&self, kernel: Kernel, latents: &[&[f32]]) -> Vec<Code> {
        let mut codes: Vec<Code> = latents.iter().map(|_| self.blank()).collect();
        let lengths: Vec<f32> = latents.iter().map(|latent| self.length(kernel, latent)).collect();
        for level in &self.levels {
            for ((code, latent), length) in codes.iter_mut().zip(latents).zip(&lengths) {
                let parent = code.nodes.last().map_or(0, |node| *node as usize);
                let pair = &level[2 * parent * self.width..][..2 * self.width];
                let (first, second) = pair.split_at(self.width);
                let [first, second] = (kernel.pair)(latent, first, second).map(|v| v / length);
                let right = second > first;
                code.nodes.push((2 * parent + usize::from(right)) as u32);
                code.cosines.push(if right { second } else { first });
            }
        }
        codes
    }

    pub(super) fn length(&self, kernel: Kernel, latent: &[f32]) -> f32 {
        assert_eq!(latent.len(), self.width, "width of the latent");
        ((kernel.dot)(latent, latent) + TINY).sqrt()
    }

    /// The content of a `treevq/codebook.safetensors` entry: `level1`, `level2`, …, f32, nodes × width.
    ///
    /// # Errors
    /// [`ErrorKind::Internal`], which does not happen.
    pub fn to_safetensors(&self) -> Result<Vec<u8>, Error> {
        let failed = |e| Error::new(ErrorKind::Internal, format!("writing the codebook: {e}"));
        let levels: Vec<(String, Vec<u8>)> = (1..)
            .zip(&self.levels)
            .map(|(h, level)| {
                (format!("level{h}"), level.iter().flat_map(|v| v.to_le_bytes()).collect())
            })
            .collect();
        let views = levels
            .iter()
            .map(|(name, data)| {
                let shape = vec![data.len() / 4 / self.width, self.width];
                Ok((name.as_str(), TensorView::new(Dtype::F32, shape, data)?))
            })
            .collect::<Result<Vec<_>, _>>()
            .map_err(failed)?;
        safetensors::serialize(views, None).map_err(failed)
    }

    /// Reads what [`to_safetensors`](Self::to_safetensors) writes.
    ///
    /// # Errors
    /// [`ErrorKind::Corrupt`] for anything else; [`ErrorKind::Limit`] where there is no memory for it.
    pub fn from_safetensors(content: &[u8]) -> Result<Self, Error> {
        let file = SafeTensors::deserialize(content).map_err(|e| {
            Error::corrupt(format!("not a safetensors file, or a damaged one: {e}"))
        })?;
        let depth = file.len();
        if !(1..=MAX_DEPTH).contains(&depth) {
            return Err(Error::corrupt(format!(
                "{depth} levels, expected 1 to {MAX_DEPTH} tensors level1, level2, …"
            )));
        }
        let mut width = 0;
        let mut levels = Vec::with_capacity(depth);
        for h in 1..=depth {
            let name = format!("level{h}");
            let tensor = file.tensor(&name).ok().filter(|t| t.dtype() == Dtype::F32);
            let tensor = tensor.filter(|t| t.shape().len() == 2 && t.shape()[0] == 1 << h);
            let tensor = tensor.filter(|t| h == 1 || t.shape()[1] == width);
            let tensor = tensor.ok_or_else(|| {
                Error::corrupt(format!("expected '{name}', f32, {} nodes x one width", 1 << h))
            })?;
            width = tensor.shape()[1];
            let values = tensor.data().as_chunks::<4>().0.iter().map(|b| f32::from_le_bytes(*b));
            levels.push(collected(values)?);
        }
        Self::new(width, levels).map_err(|e| match e.kind {
            ErrorKind::Limit => e,
            _ => Error { kind: ErrorKind::Corrupt, ..e },
        })
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use ndarray::{Array2, ArrayView1};
    use proptest::prelude::*;

    /// Directions that repeat with the seed.
    pub(in crate::treevq) fn codebook(depth: usize, width: usize, mut seed: u64) -> Codebook {
        let mut next = || {
            seed = seed
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            ((seed >> 40) as f32) / (1 << 23) as f32 - 1.0
        };
        let levels = (1..=depth).map(|h| {
            let mut level: Vec<f32> = (0..(1 << h) * width).map(|_| next()).collect();
            for row in level.chunks_exact_mut(width) {
                let length = row.iter().map(|v| v * v).sum::<f32>().sqrt().max(1e-6);
                row.iter_mut().for_each(|v| *v /= length);
            }
            level
        });
        Codebook::new(width, levels.collect()).unwrap()
    }

    /// Cosine in f64, of a vector and a unit vector.
    fn cosine(a: &[f32], b: &[f32]) -> f64 {
        let dot = |a: &[f32], b: &[f32]| -> f64 {
            a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum()
        };
        dot(a, b) / dot(a, a).sqrt()
    }

    proptest! {
        #[test]
        fn each_step_takes_the_nearer_child(
            depth in 1usize..7,
            width in 2usize..40,
            seed in any::<u64>(),
            values in prop::collection::vec(-3f32..3.0, 40),
        ) {
            let book = codebook(depth, width, seed);
            let latent = &values[..width];
            prop_assume!(latent.iter().any(|v| v.abs() > 1e-3));
            let code = book.route(latent);
            let mut parent = 0;
            for h in 1..=depth {
                let node = code.nodes[h - 1] as usize;
                prop_assert_eq!(node / 2, parent);
                let (taken, left) =
                    (cosine(latent, book.node(h, node)), cosine(latent, book.node(h, node ^ 1)));
                // f32 sums of at most 40 products: cosines nearer than that may go either way.
                prop_assert!(taken > left - 1e-5, "{} {}", taken, left);
                prop_assert!((f64::from(code.cosines[h - 1]) - taken).abs() < 1e-5);
                parent = node;
            }
            for kernel in [Kernel::scalar(), Kernel::detect()] {
                let mut leaf = Vec::new();
                book.descend(kernel, &[latent], &mut leaf);
                prop_assert_eq!(leaf.last(), code.nodes.last());
            }
            // One by one with the scalar kernel, and in a batch, to the bit.
            prop_assert_eq!(&book.route_tile(Kernel::scalar(), &[latent])[0], &code);
            let all = (1..=depth).flat_map(|h| (0..1 << h).map(move |n| (h, n)));
            let best = all.map(|(h, n)| cosine(latent, book.node(h, n))).fold(-2.0, f64::max);
            let (h, n, found) = book.nearest(latent);
            prop_assert!((f64::from(found) - best).abs() < 1e-5);
            prop_assert!((cosine(latent, book.node(h, n)) - best).abs() < 1e-5);
            let rows = ArrayView1::from(latent);
            let batch = Array2::from_shape_fn((3, width), |(_, c)| rows[c]);
            prop_assert!(book.route_batch(batch.view()).iter().all(|c| *c == code));
            let turned = batch.reversed_axes().as_standard_layout().to_owned();
            prop_assert_eq!(&book.route_batch(turned.t())[0], &code);
        }
    }

    #[test]
    fn equal_children_mean_the_first() {
        let level = |n: usize| [1.0f32, 0.0].repeat(n);
        let book = Codebook::new(2, vec![level(2), level(4)]).unwrap();
        assert_eq!(book.route(&[0.3, -0.8]).nodes, [0, 0]);
        assert_eq!(book.route(&[0.0, 0.0]).nodes, [0, 0]);
    }

    #[test]
    fn files_come_back_and_wrong_ones_are_refused() {
        let book = codebook(4, 10, 7);
        let file = book.to_safetensors().unwrap();
        assert_eq!(Codebook::from_safetensors(&file).unwrap(), book);
        for cut in [0, 8, file.len() / 2, file.len() - 1] {
            assert_eq!(
                Codebook::from_safetensors(&file[..cut]).unwrap_err().kind,
                ErrorKind::Corrupt
            );
        }
        let zero = vec![0.0f32; 4];
        assert!(Codebook::new(2, vec![zero]).is_err());
        assert!(Codebook::new(2, vec![vec![f32::NAN, 0.0, 1.0, 0.0]]).is_err());
        assert!(Codebook::new(2, vec![]).is_err());
        assert!(Codebook::new(2, vec![[1.0f32, 0.0].repeat(3)]).is_err());
        assert!(Codebook::new(0, vec![vec![]]).is_err());
    }
}
