//! What every codebook shares: the loss between inputs and their nodes, straight-through, revival.

use super::ops::{cosine, index, normalize, zero};
use super::rng::Rng;
use candle_core::{DType, Device, Result, Tensor, Var};

/// Weights of a codebook's loss.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct QuantizeConfig {
    /// η: how strongly an input moves to its node; a node moves to its inputs with weight 1.
    pub commitment: f64,
    /// Weight of the nodes-to-inputs term: every node against the nearest input that may reach it.
    pub nodes_to_inputs: f64,
}

impl Default for QuantizeConfig {
    /// The paper's: both 1.
    fn default() -> Self {
        Self { commitment: 1.0, nodes_to_inputs: 1.0 }
    }
}

/// What a codebook made of a batch of n latents.
pub struct Quantized {
    /// For each level, the node chosen by each latent; a node's number counts from 0 within its level.
    pub codes: Vec<Vec<u32>>,
    /// For each level, [n, d]: the chosen nodes in value, the normalised latents in gradient (straight-through
    /// estimator).
    pub vectors: Vec<Tensor>,
    /// Scalar, mean over the levels.
    pub loss: Tensor,
}

/// The symmetric loss of matched pairs: mean of (1 − cos(sg(x), e)) + η (1 − cos(x, sg(e))), where sg stops
/// the gradient. Rows of `inputs` and `nodes` [n, d] belong together; scalar.
///
/// # Errors
/// If the shapes differ.
pub fn symmetric_loss(inputs: &Tensor, nodes: &Tensor, commitment: f64) -> Result<Tensor> {
    let to_inputs = (1.0 - cosine(&inputs.detach(), nodes)?.mean_all()?)?;
    let to_nodes = (1.0 - cosine(inputs, &nodes.detach())?.mean_all()?)?;
    to_inputs + (to_nodes * commitment)?
}

/// One level's loss and straight-through vectors. `inputs` [n, d], `nodes` [k, d] unit rows, `codes` the
/// chosen node of each input, `nearest` pairs (node, its nearest admissible input).
pub(super) fn level(
    inputs: &Tensor,
    nodes: &Tensor,
    codes: &[u32],
    nearest: &[(u32, u32)],
    config: &QuantizeConfig,
) -> Result<(Tensor, Tensor)> {
    let chosen = nodes.index_select(&index(codes, inputs)?, 0)?;
    let mut loss = symmetric_loss(inputs, &chosen, config.commitment)?;
    if config.nodes_to_inputs != 0.0 && !nearest.is_empty() {
        let (n, i): (Vec<u32>, Vec<u32>) = nearest.iter().copied().unzip();
        let nodes = nodes.index_select(&index(&n, inputs)?, 0)?;
        let near = inputs.index_select(&index(&i, inputs)?, 0)?;
        let term = symmetric_loss(&near, &nodes, config.commitment)?;
        loss = (loss + (term * config.nodes_to_inputs)?)?;
    }
    let unit = normalize(inputs)?;
    let vectors = (&unit + (chosen.detach() - unit.detach())?)?;
    Ok((loss, vectors))
}

/// Cosines between inputs [n, d] and nodes [k, d], on the host in f64, outside the gradient.
pub(super) fn similarities(inputs: &Tensor, nodes: &Tensor) -> Result<Vec<Vec<f64>>> {
    let unit = normalize(&inputs.detach())?;
    unit.matmul(&nodes.detach().t()?)?.to_dtype(DType::F64)?.to_device(&Device::Cpu)?.to_vec2()
}

pub(super) fn mean(losses: &[Tensor], like: &Tensor) -> Result<Tensor> {
    if losses.is_empty() { zero(like) } else { Tensor::stack(losses, 0)?.mean_all() }
}

/// Normalises the rows of a codebook in place; call after every optimiser step.
pub(super) fn renormalize(nodes: &Var) -> Result<()> {
    nodes.set(&normalize(&nodes.as_tensor().detach())?)
}

/// How often each node of one level is chosen: an exponential moving average of its share of inputs.
#[derive(Clone, Debug)]
pub(super) struct Usage {
    pub share: Vec<f64>,
    decay: f64,
}

impl Usage {
    /// Nodes start as if equally used, so that none is dead before it had a chance.
    pub fn new(nodes: usize) -> Self {
        Self { share: vec![1.0 / nodes as f64; nodes], decay: 0.99 }
    }

    pub fn record(&mut self, codes: &[u32]) {
        if codes.is_empty() {
            return;
        }
        let mut counts = vec![0usize; self.share.len()];
        codes.iter().for_each(|&c| counts[c as usize] += 1);
        for (share, count) in self.share.iter_mut().zip(counts) {
            let now = count as f64 / codes.len() as f64;
            *share = self.decay * *share + (1.0 - self.decay) * now;
        }
    }

    /// Nodes used less than `fraction` of an equal share.
    pub fn dead(&self, fraction: f64) -> Vec<usize> {
        let bound = fraction / self.share.len() as f64;
        (0..self.share.len()).filter(|&i| self.share[i] < bound).collect()
    }
}

/// Puts each node of `dead` on an input: `candidates` says which inputs suit a node (none: any). The number
/// revived.
pub(super) fn revive(
    nodes: &Var,
    usage: &mut Usage,
    dead: &[usize],
    inputs: &Tensor,
    rng: &mut Rng,
    candidates: impl Fn(usize) -> Vec<u32>,
) -> Result<usize> {
    let n = inputs.dim(0)?;
    if n == 0 || dead.is_empty() {
        return Ok(0);
    }
    let mut rows: Vec<Tensor> = Vec::new();
    let unit = normalize(&inputs.detach())?;
    let old = nodes.as_tensor().detach();
    for node in 0..usage.share.len() {
        rows.push(if dead.binary_search(&node).is_ok() {
            let suited = candidates(node);
            let pick = if suited.is_empty() {
                rng.below(n)
            } else {
                suited[rng.below(suited.len())] as usize
            };
            usage.share[node] = 1.0 / usage.share.len() as f64;
            unit.narrow(0, pick, 1)?
        } else {
            old.narrow(0, node, 1)?
        });
    }
    nodes.set(&Tensor::cat(&rows, 0)?)?;
    Ok(dead.len())
}
