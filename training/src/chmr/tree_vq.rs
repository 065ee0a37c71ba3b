//! Tree-VQ: a binary tree of unit vectors as a codebook (paper, "Tree-structured vector quantization").

use super::ops::normalize;
use super::parameters::{Init, Parameters};
use super::quantize::{
    QuantizeConfig, Quantized, Usage, level, mean, renormalize, revive, similarities,
};
use super::rng::Rng;
use candle_core::{Error, Result, Tensor, Var};

/// Depth in the paper.
pub const DEPTH: usize = 6;

/// A binary tree with 2ʰ unit vectors at level h = 1…H; 2^(H+1) − 2 in all. One tree serves all modalities.
///
/// A latent is routed from the root: at every level it takes, of the two children of the node chosen above,
/// the one of smaller cosine distance (ties: the first). Node c has the children 2c and 2c + 1 one level below.
///
/// The loss at each level is the symmetric one of [`symmetric_loss`](super::quantize::symmetric_loss) between
/// latents and their nodes, plus the same between every node and the nearest latent that was routed to its
/// parent (a node whose parent received none takes no part), averaged over levels.
pub struct TreeVq {
    levels: Vec<Var>,
    usage: Vec<Usage>,
    config: QuantizeConfig,
}

impl TreeVq {
    /// A tree of `depth` levels (2 to 8 in the paper's ablation) over `width`-dimensional latents, with random
    /// directions.
    ///
    /// # Errors
    /// For a depth outside 1 to 16, or if the scope has such parameters already.
    pub fn new(p: &Parameters, depth: usize, width: usize, config: QuantizeConfig) -> Result<Self> {
        if !(1..=16).contains(&depth) {
            return Err(Error::Msg(format!("a tree of depth {depth}; expected 1 to 16")));
        }
        let mut levels = Vec::new();
        for h in 1..=depth {
            let nodes = p.trained(&format!("level{h}"), (1 << h, width), Init::Normal(1.0))?;
            renormalize(&nodes)?;
            levels.push(nodes);
        }
        let usage = (1..=depth).map(|h| Usage::new(1 << h)).collect();
        Ok(Self { levels, usage, config })
    }

    /// Number of levels.
    pub fn depth(&self) -> usize {
        self.levels.len()
    }

    /// The nodes of each level, [2ʰ, d], unit rows.
    ///
    /// # Errors
    /// None but candle's own.
    pub fn nodes(&self) -> Result<Vec<Tensor>> {
        self.levels.iter().map(|l| normalize(l)).collect()
    }

    /// The node of each latent at each level: level → latent. `z` is [n, d].
    ///
    /// # Errors
    /// If the width of `z` differs.
    pub fn route(&self, z: &Tensor) -> Result<Vec<Vec<u32>>> {
        let mut codes: Vec<Vec<u32>> = Vec::new();
        for nodes in self.nodes()? {
            let cosines = similarities(z, &nodes)?;
            codes.push(descend(&cosines, codes.last()));
        }
        Ok(codes)
    }

    /// Routes, and computes the loss and the straight-through vectors. `z` is [n, d].
    ///
    /// # Errors
    /// If the width of `z` differs.
    pub fn forward(&self, z: &Tensor) -> Result<Quantized> {
        let (mut codes, mut vectors, mut losses) = (Vec::<Vec<u32>>::new(), Vec::new(), Vec::new());
        for nodes in self.nodes()? {
            let cosines = similarities(z, &nodes)?;
            let parents = codes.last();
            let chosen = descend(&cosines, parents);
            let nearest = nearest_inputs(&cosines, parents, nodes.dim(0)?);
            let (loss, vector) = level(z, &nodes, &chosen, &nearest, &self.config)?;
            codes.push(chosen);
            vectors.push(vector);
            losses.push(loss);
        }
        let loss = mean(&losses, z)?;
        Ok(Quantized { codes, vectors, loss })
    }

    /// Remembers which nodes a batch used, for [`TreeVq::revive`] and [`TreeVq::occupancy`].
    pub fn record(&mut self, codes: &[Vec<u32>]) {
        for (usage, codes) in self.usage.iter_mut().zip(codes) {
            usage.record(codes);
        }
    }

    /// For each level, the running share of latents that each node receives.
    pub fn occupancy(&self) -> Vec<Vec<f64>> {
        self.usage.iter().map(|u| u.share.clone()).collect()
    }

    /// Puts back what [`TreeVq::occupancy`] said; `false`, and nothing done, for another shape.
    pub(super) fn set_occupancy(&mut self, occupancy: &[Vec<f64>]) -> bool {
        let fits = occupancy.len() == self.usage.len()
            && self.usage.iter().zip(occupancy).all(|(u, o)| u.share.len() == o.len());
        if fits {
            self.usage.iter_mut().zip(occupancy).for_each(|(u, o)| u.share.clone_from(o));
        }
        fits
    }

    /// Brings every vector back to length 1; call after every optimiser step.
    ///
    /// # Errors
    /// None but candle's own.
    pub fn renormalize(&self) -> Result<()> {
        self.levels.iter().try_for_each(renormalize)
    }

    /// Moves every node with less than `fraction` of an equal share onto a random latent of `z` that was routed
    /// to its parent (any latent if none was). The number moved; the same seed moves the same.
    ///
    /// # Errors
    /// If the width of `z` differs.
    pub fn revive(&mut self, z: &Tensor, fraction: f64, rng: &mut Rng) -> Result<usize> {
        let mut revived = 0;
        for h in 0..self.levels.len() {
            let dead = self.usage[h].dead(fraction);
            if dead.is_empty() {
                continue;
            }
            // Routed anew at every level, since a revival above changes who arrives below.
            let codes = self.route(z)?;
            let parents = h.checked_sub(1).map(|above| &codes[above]);
            revived += revive(&self.levels[h], &mut self.usage[h], &dead, z, rng, |node| {
                parents.map_or_else(Vec::new, |p| members(p, (node / 2) as u32))
            })?;
        }
        Ok(revived)
    }
}

/// Chooses for each input the better of its parent's two children (all of level 1 for the root).
fn descend(cosines: &[Vec<f64>], parents: Option<&Vec<u32>>) -> Vec<u32> {
    cosines
        .iter()
        .enumerate()
        .map(|(i, row)| {
            let first = parents.map_or(0, |p| 2 * p[i]);
            first + u32::from(row[first as usize + 1] > row[first as usize])
        })
        .collect()
}

/// For each node whose parent received an input, the nearest of those inputs (ties: the first).
fn nearest_inputs(
    cosines: &[Vec<f64>],
    parents: Option<&Vec<u32>>,
    nodes: usize,
) -> Vec<(u32, u32)> {
    let mut best: Vec<Option<(u32, f64)>> = vec![None; nodes];
    for (i, row) in cosines.iter().enumerate() {
        let first = parents.map_or(0, |p| 2 * p[i] as usize);
        for node in [first, first + 1] {
            if best[node].is_none_or(|(_, c)| row[node] > c) {
                best[node] = Some((i as u32, row[node]));
            }
        }
    }
    (0..nodes as u32).filter_map(|k| best[k as usize].map(|(i, _)| (k, i))).collect()
}

fn members(codes: &[u32], node: u32) -> Vec<u32> {
    (0..codes.len() as u32).filter(|&i| codes[i as usize] == node).collect()
}

/// Level of the deepest common ancestor of two paths (codes from level 1 down): 0 where they part at the root,
/// H where they share the leaf.
pub fn common_depth(a: &[u32], b: &[u32]) -> usize {
    a.iter().zip(b).take_while(|(x, y)| x == y).count()
}
