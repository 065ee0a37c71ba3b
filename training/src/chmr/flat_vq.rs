//! Flat vector quantization: Tree-VQ without the tree, for the ablation.

use super::ops::normalize;
use super::parameters::{Init, Parameters};
use super::quantize::{
    QuantizeConfig, Quantized, Usage, level, mean, renormalize, revive, similarities,
};
use super::rng::Rng;
use candle_core::{Error, Result, Tensor, Var};

/// Nodes of a flat codebook as large as a tree of `depth` levels: 2^(depth+1) − 2, so 126 for 6.
pub fn nodes_of_tree(depth: usize) -> usize {
    (1 << (depth + 1)) - 2
}

/// One list of unit vectors; a latent takes the one of smallest cosine distance. The loss is that of
/// [`TreeVq`](super::tree_vq::TreeVq) with a single level to which every node is admissible.
pub struct FlatVq {
    nodes: Var,
    usage: Usage,
    config: QuantizeConfig,
}

impl FlatVq {
    /// `nodes` random directions in `width` dimensions.
    ///
    /// # Errors
    /// For no nodes, or if the scope has such parameters already.
    pub fn new(p: &Parameters, nodes: usize, width: usize, config: QuantizeConfig) -> Result<Self> {
        if nodes == 0 {
            return Err(Error::Msg("a codebook without nodes; expected at least one".into()));
        }
        let usage = Usage::new(nodes);
        let nodes = p.trained("nodes", (nodes, width), Init::Normal(1.0))?;
        renormalize(&nodes)?;
        Ok(Self { nodes, usage, config })
    }

    /// [nodes, d], unit rows.
    ///
    /// # Errors
    /// None but candle's own.
    pub fn nodes(&self) -> Result<Tensor> {
        normalize(&self.nodes)
    }

    /// Codes, straight-through vectors (one level) and loss. `z` is [n, d].
    ///
    /// # Errors
    /// If the width of `z` differs.
    pub fn forward(&self, z: &Tensor) -> Result<Quantized> {
        let nodes = self.nodes()?;
        let cosines = similarities(z, &nodes)?;
        let codes: Vec<u32> =
            cosines.iter().map(|row| first_maximum(row.iter().copied())).collect();
        let nearest: Vec<(u32, u32)> = if cosines.is_empty() {
            Vec::new()
        } else {
            (0..nodes.dim(0)?)
                .map(|k| (k as u32, first_maximum(cosines.iter().map(|row| row[k]))))
                .collect()
        };
        let (loss, vectors) = level(z, &nodes, &codes, &nearest, &self.config)?;
        Ok(Quantized { codes: vec![codes], vectors: vec![vectors], loss: mean(&[loss], z)? })
    }

    /// Remembers which nodes a batch used.
    pub fn record(&mut self, codes: &[Vec<u32>]) {
        codes.iter().for_each(|c| self.usage.record(c));
    }

    /// The running share of latents that each node receives.
    pub fn occupancy(&self) -> &[f64] {
        &self.usage.share
    }

    /// Puts back what [`FlatVq::occupancy`] said; `false`, and nothing done, for another number of nodes.
    pub(super) fn set_occupancy(&mut self, occupancy: &[f64]) -> bool {
        let fits = occupancy.len() == self.usage.share.len();
        if fits {
            self.usage.share.copy_from_slice(occupancy);
        }
        fits
    }

    /// Brings every vector back to length 1; call after every optimiser step.
    ///
    /// # Errors
    /// None but candle's own.
    pub fn renormalize(&self) -> Result<()> {
        renormalize(&self.nodes)
    }

    /// Moves every node with less than `fraction` of an equal share onto a random latent. The number moved.
    ///
    /// # Errors
    /// If the width of `z` differs.
    pub fn revive(&mut self, z: &Tensor, fraction: f64, rng: &mut Rng) -> Result<usize> {
        let dead = self.usage.dead(fraction);
        revive(&self.nodes, &mut self.usage, &dead, z, rng, |_| Vec::new())
    }
}

fn first_maximum(values: impl Iterator<Item = f64>) -> u32 {
    let mut best = (0, f64::NEG_INFINITY);
    for (i, v) in values.enumerate() {
        if v > best.1 {
            best = (i as u32, v);
        }
    }
    best.0
}
