//! The student that reads atoms and bonds: a graph isomorphism network whose messages know their bond (GINE; Hu et al.,
//! 2020), with a virtual node.
//!
//! docs/graph-network.md has the form in full, as model files hold it. Normalisations have batch statistics in
//! training, and are folded into the matrix before them when the network is written.

use super::config::GraphConfig;
use super::inputs::GraphBatch;
use super::ops::{Seen, aggregate, embed, norm_gelu, pool, spread};
use crate::chmr::layers::{EPSILON, LayerNorm, Linear};
use crate::chmr::parameters::{Init, Parameters};
use candle_core::{DType, Device, Result, Tensor, Var};
use chmr::features::WALKS;
use chmr::model::graph::{BatchNorm, GraphShape, GraphWeights};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Atoms that a sum over a molecule is divided by, so that it is of the mean's order.
pub const SUM_SCALE: f32 = 10.0;
/// Share of the newest batch in the running statistics.
const MOMENTUM: f64 = 0.1;

/// A matrix without a shift, for a normalisation follows.
struct Matrix(Var);

impl Matrix {
    fn new(p: &Parameters, inputs: usize, outputs: usize) -> Result<Self> {
        let init = Init::Uniform(1.0 / (inputs as f64).sqrt());
        Ok(Self(p.trained("weight", (outputs, inputs), init)?))
    }

    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        x.matmul(&self.0.t()?)
    }
}

/// Normalisation over the batch and GELU.
struct Norm {
    gain: Var,
    shift: Var,
    mean: Var,
    variance: Var,
}

/// Statistics of one forward pass, a norm at a time.
pub type Statistics = Vec<Arc<Seen>>;

impl Norm {
    fn new(p: &Parameters, width: usize) -> Result<Self> {
        Ok(Self {
            gain: p.trained("weight", width, Init::Constant(1.0))?,
            shift: p.trained("bias", width, Init::Constant(0.0))?,
            mean: p.buffer("running_mean", width, Init::Constant(0.0))?,
            variance: p.buffer("running_variance", width, Init::Constant(1.0))?,
        })
    }

    /// With the batch's statistics, noted in `seen`, or else the running ones.
    fn forward(&self, z: &Tensor, seen: Option<&mut Statistics>) -> Result<Tensor> {
        if let Some(seen) = seen {
            let own = Arc::new(Seen::default());
            seen.push(own.clone());
            return norm_gelu(z, &self.gain, &self.shift, &own);
        }
        let (scale, shift) = self.folded()?;
        z.broadcast_mul(&scale)?.broadcast_add(&shift)?.gelu_erf()
    }

    /// The normalisation by running statistics as a factor and a shift, each \[width\].
    fn folded(&self) -> Result<(Tensor, Tensor)> {
        let deviation = (self.variance.as_tensor().detach() + EPSILON)?.sqrt()?;
        let scale = (self.gain.as_tensor() / deviation)?;
        let shift = (self.shift.as_tensor() - (self.mean.as_tensor().detach() * &scale)?)?;
        Ok((scale, shift))
    }

    /// The matrix before it, inputs × outputs, and a shift, which do both.
    fn folded_into(&self, matrix: &Matrix) -> crate::Result<(Tensor, Tensor)> {
        let flat = |v: &Var| v.to_vec1::<f32>();
        let (weight, bias) = (flat(&self.gain)?, flat(&self.shift)?);
        let (mean, variance) = (flat(&self.mean)?, flat(&self.variance)?);
        let norm = BatchNorm {
            weight: &weight,
            bias: &bias,
            mean: &mean,
            variance: &variance,
            epsilon: EPSILON,
        };
        let transposed = matrix.0.t()?.contiguous()?;
        let mut folded = transposed.flatten_all()?.to_vec1::<f32>()?;
        let mut shift = vec![0f32; weight.len()];
        norm.fold(&mut folded, &mut shift);
        let width = shift.len();
        let folded = Tensor::from_vec(folded, transposed.shape(), &Device::Cpu)?;
        Ok((folded, Tensor::from_vec(shift, width, &Device::Cpu)?))
    }

    fn absorb(&self, mean: Vec<f32>, variance: Vec<f32>) -> Result<()> {
        for (running, new) in [(&self.mean, mean), (&self.variance, variance)] {
            let new = Tensor::from_vec(new, running.shape(), running.device())?;
            let old = running.as_tensor().detach();
            running.set(&((old * (1.0 - MOMENTUM))? + (new * MOMENTUM)?)?)?;
        }
        Ok(())
    }
}

struct Layer {
    bonds: Var,
    first: Matrix,
    first_norm: Norm,
    second: Matrix,
    second_norm: Norm,
}

/// How the virtual node listens before a layer: Linear → LayerNorm → GELU → Linear.
struct Virtual {
    first: Linear,
    norm: LayerNorm,
    second: Linear,
}

/// See the module.
pub struct GraphStudent {
    atoms: Var,
    /// [walks, width].
    walks: Option<Var>,
    layers: Vec<Layer>,
    /// Before every layer but the first.
    virtuals: Vec<Virtual>,
    hidden: Linear,
    hidden_norm: LayerNorm,
    output: Linear,
    width: usize,
}

impl GraphStudent {
    /// A new student of `outputs` values. `atoms`, `bonds`: rows of the tables of embeddings.
    ///
    /// # Errors
    /// If the scope has such parameters already.
    pub fn new(
        p: &Parameters,
        config: &GraphConfig,
        (atoms, bonds): (usize, usize),
        outputs: usize,
    ) -> Result<Self> {
        let width = config.width;
        let table =
            |p: &Parameters, rows: usize| p.trained("table", (rows, width), Init::Normal(0.3));
        let layer = |i: usize| {
            let p = p.scope(format_args!("layer{i}"));
            Ok(Layer {
                bonds: table(&p.scope("bonds"), bonds)?,
                first: Matrix::new(&p.scope("first"), width, 2 * width)?,
                first_norm: Norm::new(&p.scope("first_norm"), 2 * width)?,
                second: Matrix::new(&p.scope("second"), 2 * width, width)?,
                second_norm: Norm::new(&p.scope("second_norm"), width)?,
            })
        };
        let listener = |i: usize| {
            let p = p.scope(format_args!("virtual{i}"));
            Ok(Virtual {
                first: Linear::new(&p.scope("first"), width, width)?,
                norm: LayerNorm::new(&p.scope("norm"), width)?,
                second: Linear::new(&p.scope("second"), width, width)?,
            })
        };
        let walks = match config.walks {
            true => {
                Some(p.scope("walks").trained("weight", (WALKS, width), Init::Uniform(0.25))?)
            }
            false => None,
        };
        Ok(Self {
            atoms: table(&p.scope("atoms"), atoms)?,
            walks,
            layers: (0..config.layers).map(layer).collect::<Result<_>>()?,
            virtuals: (1..config.layers).map(listener).collect::<Result<_>>()?,
            hidden: Linear::new(
                &p.scope("hidden"),
                2 * width * (config.layers + 1),
                config.hidden,
            )?,
            hidden_norm: LayerNorm::new(&p.scope("hidden_norm"), config.hidden)?,
            output: Linear::new(&p.scope("output"), config.hidden, outputs)?,
            width,
        })
    }

    /// One row a molecule: [molecules, outputs]. With `seen`, by the batch's statistics, which are noted there.
    ///
    /// # Errors
    /// None but candle's own.
    pub fn forward(&self, batch: &GraphBatch, mut seen: Option<&mut Statistics>) -> Result<Tensor> {
        let graph = &batch.graph;
        let mut x = embed(&self.atoms, &batch.atom_rows, batch.atom_features)?;
        if let (Some(walks), Some(weight)) = (&batch.walks, &self.walks) {
            x = (x + walks.matmul(weight)?)?;
        }
        let mut reads = Vec::new();
        let mut mean = read(&x, batch, &mut reads)?;
        let mut node: Option<Tensor> = None;
        for (i, layer) in self.layers.iter().enumerate() {
            if i > 0 {
                let heard = match &node {
                    Some(node) => (node + &mean)?,
                    None => mean.clone(),
                };
                let told = self.virtuals[i - 1].forward(&heard)?;
                let now = match node {
                    Some(node) => (node + told)?,
                    None => told,
                };
                x = spread(&x, &now, graph)?;
                node = Some(now);
            }
            let kinds = embed(&layer.bonds, &batch.bond_rows, batch.bond_features)?;
            let sum = aggregate(&x, &kinds, graph)?;
            let hidden =
                layer.first_norm.forward(&layer.first.forward(&sum)?, seen.as_deref_mut())?;
            let out =
                layer.second_norm.forward(&layer.second.forward(&hidden)?, seen.as_deref_mut())?;
            x = (x + out)?;
            mean = read(&x, batch, &mut reads)?;
        }
        let reads = Tensor::cat(&reads, 1)?;
        let hidden = self.hidden_norm.forward(&self.hidden.forward(&reads)?)?.gelu_erf()?;
        self.output.forward(&hidden)
    }

    /// Moves the running statistics towards those of a step's parts, each with the number of its atoms.
    ///
    /// # Errors
    /// None but candle's own.
    pub fn absorb(&self, parts: &[(usize, Statistics)]) -> Result<()> {
        let total: usize = parts.iter().map(|p| p.0).sum();
        let norms = self.layers.iter().flat_map(|l| [&l.first_norm, &l.second_norm]);
        for (i, norm) in norms.enumerate() {
            let (mut mean, mut square) =
                (vec![0f64; norm.mean.elem_count()], vec![0f64; norm.mean.elem_count()]);
            for (atoms, statistics) in parts {
                let share = *atoms as f64 / total as f64;
                let (m, v) = statistics[i].get();
                for (j, (m, v)) in m.into_iter().zip(v).enumerate() {
                    mean[j] += share * f64::from(m);
                    square[j] += share * f64::from(v + m * m);
                }
            }
            let variance = square.iter().zip(&mean).map(|(s, m)| (s - m * m) as f32).collect();
            norm.absorb(mean.into_iter().map(|m| m as f32).collect(), variance)?;
        }
        Ok(())
    }

    /// The weights as model files hold them: normalisations folded into the matrices before them.
    ///
    /// # Errors
    /// candle's.
    pub fn weights(&self) -> crate::Result<GraphWeights> {
        let mut values = BTreeMap::new();
        let mut put = |name: String, tensor: &Tensor| -> crate::Result<()> {
            values.insert(name, tensor.flatten_all()?.to_vec1::<f32>()?);
            Ok(())
        };
        put("atom.table".into(), &self.atoms)?;
        if let Some(walks) = &self.walks {
            put("walks.weight".into(), walks)?;
        }
        let linear =
            |put: &mut dyn FnMut(String, &Tensor) -> crate::Result<()>, name: &str, l: &Linear| {
                put(format!("{name}.weight"), &l.weight.t()?.contiguous()?)?;
                put(format!("{name}.bias"), &l.bias)
            };
        let one = Tensor::ones((), DType::F32, &Device::Cpu)?;
        for (i, layer) in self.layers.iter().enumerate() {
            if i > 0 {
                let listener = &self.virtuals[i - 1];
                linear(&mut put, &format!("virtual{i}.first"), &listener.first)?;
                put(format!("virtual{i}.norm.weight"), &listener.norm.weight)?;
                put(format!("virtual{i}.norm.bias"), &listener.norm.bias)?;
                linear(&mut put, &format!("virtual{i}.second"), &listener.second)?;
            }
            put(format!("layer{i}.bond.table"), &layer.bonds)?;
            put(format!("layer{i}.scale"), &one)?;
            for (name, matrix, norm) in [
                ("first", &layer.first, &layer.first_norm),
                ("second", &layer.second, &layer.second_norm),
            ] {
                let (weight, bias) = norm.folded_into(matrix)?;
                put(format!("layer{i}.{name}.weight"), &weight)?;
                put(format!("layer{i}.{name}.bias"), &bias)?;
            }
        }
        linear(&mut put, "out.first", &self.hidden)?;
        put("out.norm.weight".into(), &self.hidden_norm.weight)?;
        put("out.norm.bias".into(), &self.hidden_norm.bias)?;
        linear(&mut put, "out.second", &self.output)?;
        let shape = GraphShape {
            width: self.width,
            layers: self.layers.len(),
            inner: 2 * self.width,
            hidden: self.hidden.bias.elem_count(),
            outputs: self.output.bias.elem_count(),
            walks: self.walks.is_some(),
        };
        Ok(GraphWeights::new(shape, values)?)
    }
}

impl Virtual {
    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        self.second.forward(&self.norm.forward(&self.first.forward(x)?)?.gelu_erf()?)
    }
}

/// Appends mean and scaled sum over each molecule's atoms; the mean.
fn read(x: &Tensor, batch: &GraphBatch, reads: &mut Vec<Tensor>) -> Result<Tensor> {
    let mean = pool(x, &batch.graph, &batch.mean_factors)?;
    reads.push(mean.clone());
    reads.push(pool(x, &batch.graph, &batch.sum_factors)?);
    Ok(mean)
}
