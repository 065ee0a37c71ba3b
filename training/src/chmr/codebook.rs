//! The codebook of a run: the tree, or what the ablations put in its place.

use super::flat_vq::{FlatVq, nodes_of_tree};
use super::parameters::Parameters;
use super::quantize::{QuantizeConfig, Quantized};
use super::rng::Rng;
use super::tree_vq::{DEPTH, TreeVq};
use candle_core::{Error, Result, Tensor};

/// Which codebook.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Codebook {
    /// [`TreeVq`] of this depth.
    Tree(usize),
    /// [`FlatVq`] of this many nodes (ablation).
    Flat(usize),
    /// None (ablation).
    Absent,
}

impl Codebook {
    /// The flat codebook as large as the paper's tree: 126 nodes.
    pub fn flat() -> Self {
        Self::Flat(nodes_of_tree(DEPTH))
    }
}

/// A codebook with its nodes.
pub enum Quantizer {
    /// The paper's.
    Tree(TreeVq),
    /// Without levels.
    Flat(FlatVq),
    /// Nothing is quantized.
    Absent,
}

impl Quantizer {
    /// A new one over `latent`-dimensional vectors.
    ///
    /// # Errors
    /// For a size out of range, or if the scope has such parameters already.
    pub fn new(
        p: &Parameters,
        codebook: Codebook,
        latent: usize,
        config: QuantizeConfig,
    ) -> Result<Self> {
        Ok(match codebook {
            Codebook::Tree(depth) => {
                Self::Tree(TreeVq::new(&p.scope("tree"), depth, latent, config)?)
            }
            Codebook::Flat(nodes) => {
                Self::Flat(FlatVq::new(&p.scope("flat"), nodes, latent, config)?)
            }
            Codebook::Absent => Self::Absent,
        })
    }

    /// Routes latents [n, d].
    ///
    /// # Errors
    /// If there is no codebook, or the width differs.
    pub fn forward(&self, z: &Tensor) -> Result<Quantized> {
        match self {
            Self::Tree(tree) => tree.forward(z),
            Self::Flat(flat) => flat.forward(z),
            Self::Absent => Err(Error::Msg("the model has no codebook".into())),
        }
    }

    /// What must follow every optimiser step: unit nodes, counts of use (`codes`: input → level → latent), and, when
    /// `revive` names a fraction of an equal share, revival on `inputs` of the nodes used less. The number revived.
    ///
    /// # Errors
    /// None but candle's own.
    pub fn after_step(
        &mut self,
        codes: &[Vec<Vec<u32>>],
        inputs: &Tensor,
        revive: Option<f64>,
        rng: &mut Rng,
    ) -> Result<usize> {
        match self {
            Self::Tree(tree) => {
                tree.renormalize()?;
                codes.iter().for_each(|c| tree.record(c));
                revive.map_or(Ok(0), |fraction| tree.revive(inputs, fraction, rng))
            }
            Self::Flat(flat) => {
                flat.renormalize()?;
                codes.iter().for_each(|c| flat.record(c));
                revive.map_or(Ok(0), |fraction| flat.revive(inputs, fraction, rng))
            }
            Self::Absent => Ok(0),
        }
    }

    /// For each level, the running share of latents that each node receives. A flat codebook has one level; none has
    /// none.
    pub fn occupancy(&self) -> Vec<Vec<f64>> {
        match self {
            Self::Tree(tree) => tree.occupancy(),
            Self::Flat(flat) => vec![flat.occupancy().to_vec()],
            Self::Absent => Vec::new(),
        }
    }

    /// Puts back what [`Quantizer::occupancy`] said: revival goes on from there.
    ///
    /// # Errors
    /// If the codebook has another shape.
    pub fn set_occupancy(&mut self, occupancy: &[Vec<f64>]) -> Result<()> {
        let fits = match (self, occupancy) {
            (Self::Tree(tree), levels) => tree.set_occupancy(levels),
            (Self::Flat(flat), [level]) => flat.set_occupancy(level),
            (Self::Absent, []) => true,
            _ => false,
        };
        if fits { Ok(()) } else { Err(Error::Msg("counts of use of another codebook".into())) }
    }
}
