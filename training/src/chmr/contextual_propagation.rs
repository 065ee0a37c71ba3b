//! Contextual propagation reconstruction (CPR): a molecule's latent must tell what lies around it in the
//! context graph (paper, "Contextual Propagation Reconstruction").

use super::context_graph::ContextGraph;
use super::layers::{LayerNorm, Linear, Mode, dropout};
use super::ops::{index, softplus, zero};
use super::parameters::Parameters;
use super::rng::Rng;
use candle_core::{Result, Tensor};
use ndarray::{Array2, ArrayView2};
use std::collections::BTreeMap;

/// Steps of a walk in the paper.
pub const WALK_LENGTH: usize = 4;

/// A node that walks from one molecule of the batch came to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Visit {
    /// Row of the batch.
    pub source: u32,
    /// Node of the graph.
    pub node: u32,
    /// Product of the weights of the edges walked, 1 at the start.
    pub beta: f32,
}

/// Walks `length` steps from each of `starts`, `walks` times, choosing uniformly among a node's edges; a node
/// without edges ends its walk. Each visit counts, the start with β = 1 once a walk. The same seed walks the same,
/// and a start's walks do not depend on the other starts.
///
/// # Panics
/// If a start is no node of the graph.
pub fn random_walks(
    graph: &ContextGraph,
    starts: &[u32],
    length: usize,
    walks: usize,
    seed: u64,
) -> Vec<Visit> {
    let mut visits = Vec::with_capacity(starts.len() * walks * (length + 1));
    for (source, &start) in starts.iter().enumerate() {
        let mut rng = Rng::new(Rng::new(seed ^ (u64::from(start) << 32)).next_u64());
        for _ in 0..walks {
            let (mut node, mut beta) = (start, 1.0);
            visits.push(Visit { source: source as u32, node, beta });
            for _ in 0..length {
                let edges = graph.neighbors(node);
                if edges.is_empty() {
                    break;
                }
                let edge = edges[rng.below(edges.len())];
                node = edge.to;
                beta *= edge.weight;
                visits.push(Visit { source: source as u32, node, beta });
            }
        }
    }
    visits
}

/// Scales each column to 0…1 over its finite entries. Columns without spread become 0.5.
#[derive(Clone, Debug, PartialEq)]
pub struct MinMax {
    /// Smallest finite entry of each column.
    pub low: Vec<f32>,
    /// Largest.
    pub high: Vec<f32>,
}

impl MinMax {
    /// From the rows of `values`; missing entries are NaN.
    pub fn fit(values: ArrayView2<'_, f32>) -> Self {
        let mut low = vec![f32::INFINITY; values.ncols()];
        let mut high = vec![f32::NEG_INFINITY; values.ncols()];
        for row in values.rows() {
            for (c, &v) in row.iter().enumerate().filter(|(_, v)| v.is_finite()) {
                low[c] = low[c].min(v);
                high[c] = high[c].max(v);
            }
        }
        Self { low, high }
    }

    /// Scales and clamps to 0…1; what is not finite becomes NaN (missing).
    pub fn apply(&self, values: ArrayView2<'_, f32>) -> Array2<f32> {
        Array2::from_shape_fn(values.dim(), |(r, c)| {
            let (v, low, span) = (values[[r, c]], self.low[c], self.high[c] - self.low[c]);
            match () {
                () if !v.is_finite() => f32::NAN,
                () if span > 0.0 => ((v - low) / span).clamp(0.0, 1.0),
                () => 0.5,
            }
        })
    }
}

/// Rows of targets.
#[derive(Clone, Debug)]
pub enum Targets {
    /// [rows, width] in 0…1 or NaN.
    Dense(Array2<f32>),
    /// Rows of 0 and 1, none missing, each as the places of its ones; for fingerprints of many molecules.
    Bits {
        /// Places in a row.
        width: usize,
        /// Cut `ones` into rows: one more than there are rows.
        offsets: Vec<usize>,
        /// Below `width`.
        ones: Vec<u16>,
    },
}

impl From<Array2<f32>> for Targets {
    fn from(values: Array2<f32>) -> Self {
        Self::Dense(values)
    }
}

impl Targets {
    /// Places in a row.
    pub fn width(&self) -> usize {
        match self {
            Self::Dense(values) => values.ncols(),
            Self::Bits { width, .. } => *width,
        }
    }

    /// Adds `beta` times row `row` to `sum`, and `beta` to `weight` where the row has a value.
    fn add(&self, row: usize, beta: f32, sum: &mut [f32], weight: &mut [f32]) {
        match self {
            Self::Dense(values) => {
                for (c, &t) in values.row(row).iter().enumerate().filter(|(_, t)| t.is_finite()) {
                    sum[c] += beta * t;
                    weight[c] += beta;
                }
            }
            Self::Bits { offsets, ones, .. } => {
                weight.iter_mut().for_each(|w| *w += beta);
                let ones = &ones[offsets[row]..offsets[row + 1]];
                ones.iter().for_each(|&c| sum[usize::from(c)] += beta);
            }
        }
    }
}

/// What one kind of node is reconstructed as, and which node has which row.
#[derive(Clone, Debug)]
pub struct TargetTable {
    /// Names the decoder and the reported loss.
    pub name: String,
    /// The rows.
    pub values: Targets,
    /// Graph node → row.
    pub rows: BTreeMap<u32, u32>,
}

/// LayerNorm → Linear(4d) → SiLU → dropout → Linear(width): logits of a node's features from a latent.
pub struct Decoder {
    norm: LayerNorm,
    first: Linear,
    second: Linear,
    rate: f64,
}

impl Decoder {
    /// From `latent` to `width` features.
    ///
    /// # Errors
    /// If the scope has such parameters already.
    pub fn new(p: &Parameters, latent: usize, width: usize, rate: f64) -> Result<Self> {
        Ok(Self {
            norm: LayerNorm::new(&p.scope("norm"), latent)?,
            first: Linear::new(&p.scope("first"), latent, 4 * latent)?,
            second: Linear::new(&p.scope("second"), 4 * latent, width)?,
            rate,
        })
    }

    /// [n, latent] to [n, width] logits.
    ///
    /// # Errors
    /// If the width of `z` differs.
    pub fn forward(&self, z: &Tensor, mode: &Mode) -> Result<Tensor> {
        let hidden = self.first.forward(&self.norm.forward(z)?)?.silu()?;
        self.second.forward(&dropout(&hidden, self.rate, mode)?)
    }
}

/// Σ w · BCE(logit, target) / Σ w over all entries, where BCE(x, t) = softplus(x) − x t. All [n, width];
/// `weights` 0 hides an entry, whose target must still be finite. 0 where every weight is 0.
///
/// # Errors
/// If the shapes differ.
pub fn weighted_bce(logits: &Tensor, targets: &Tensor, weights: &Tensor) -> Result<Tensor> {
    let total: f64 = weights.sum_all()?.to_dtype(candle_core::DType::F64)?.to_scalar()?;
    if total <= 0.0 {
        return zero(logits);
    }
    let loss = (softplus(logits)? - (logits * targets)?)?;
    (loss * weights)?.sum_all()? / total
}

/// Decodes latents and compares them with the nodes that random walks came to.
pub struct ContextualPropagationReconstruction {
    tables: Vec<TargetTable>,
    decoders: Vec<Decoder>,
}

impl ContextualPropagationReconstruction {
    /// One decoder a table.
    ///
    /// # Errors
    /// If two tables share a name.
    pub fn new(p: &Parameters, latent: usize, tables: Vec<TargetTable>, rate: f64) -> Result<Self> {
        let decoders = tables
            .iter()
            .map(|t| Decoder::new(&p.scope(&t.name), latent, t.values.width(), rate))
            .collect::<Result<_>>()?;
        Ok(Self { tables, decoders })
    }

    /// L_CPR: the sum over tables of β-weighted BCE between each visited node's features and what the latent of the
    /// walk's molecule decodes to, missing features hidden; normalised within a table by the weights. `z` is
    /// [batch, latent], row = [`Visit::source`]. With it, each table's part by name.
    ///
    /// # Errors
    /// If a visit names a row beyond the batch.
    pub fn loss(
        &self,
        z: &Tensor,
        visits: &[Visit],
        mode: &Mode,
    ) -> Result<(Tensor, Vec<(String, Tensor)>)> {
        let (mut total, mut parts) = (zero(z)?, Vec::new());
        for (table, decoder) in self.tables.iter().zip(&self.decoders) {
            // A molecule is decoded once; its visits share the logits, so they are summed before.
            let mut wanted: BTreeMap<u32, (Vec<f32>, Vec<f32>)> = BTreeMap::new();
            for visit in visits {
                let Some(&row) = table.rows.get(&visit.node) else { continue };
                let width = table.values.width();
                let (sum, weight) = wanted
                    .entry(visit.source)
                    .or_insert_with(|| (vec![0.0; width], vec![0.0; width]));
                table.values.add(row as usize, visit.beta, sum, weight);
            }
            if wanted.is_empty() {
                continue;
            }
            // BCE is linear in its target: Σ β BCE(x, t) = (Σ β) BCE(x, Σ β t / Σ β).
            let sources: Vec<u32> = wanted.keys().copied().collect();
            let (mut targets, mut weights) = (Vec::new(), Vec::new());
            for (sum, weight) in wanted.into_values() {
                targets.extend(
                    sum.iter().zip(&weight).map(|(s, w)| if *w > 0.0 { s / w } else { 0.0 }),
                );
                weights.extend(weight);
            }
            let shape = (sources.len(), table.values.width());
            let tensor = |v: Vec<f32>| Tensor::from_vec(v, shape, z.device())?.to_dtype(z.dtype());
            let latents = z.index_select(&index(&sources, z)?, 0)?;
            let logits = decoder.forward(&latents, mode)?;
            let loss = weighted_bce(&logits, &tensor(targets)?, &tensor(weights)?)?;
            total = (total + &loss)?;
            parts.push((table.name.clone(), loss));
        }
        Ok((total, parts))
    }

    /// Reconstructs table `name` from latents: probabilities [n, width].
    ///
    /// # Errors
    /// If there is no such table.
    pub fn reconstruct(&self, name: &str, z: &Tensor) -> Result<Tensor> {
        let i = self
            .tables
            .iter()
            .position(|t| t.name == name)
            .ok_or_else(|| candle_core::Error::Msg(format!("no decoder is named {name}")))?;
        candle_nn::ops::sigmoid(&self.decoders[i].forward(z, &Mode::Evaluate)?)
    }
}
