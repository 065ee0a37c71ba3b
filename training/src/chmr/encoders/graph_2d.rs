//! 2D: a graph isomorphism network with a virtual node.

use crate::chmr::layers::{BatchNorm, Linear, Mode, dropout};
use crate::chmr::parameters::{Init, Parameters};
use candle_core::{Device, Error, Result, Tensor, Var};
use chmr::features::GraphTensors;

/// Categories of each atom feature, as [`GraphTensors::node_features`] lists them.
pub const ATOM_CATEGORIES: [usize; 9] = [119, 5, 12, 12, 10, 6, 6, 2, 2];
/// Categories of each bond feature, as [`GraphTensors::edge_features`] lists them.
pub const BOND_CATEGORIES: [usize; 3] = [5, 6, 2];

/// Molecules side by side as one graph of several parts.
#[derive(Clone)]
pub struct GraphBatch {
    molecules: usize,
    atoms: usize,
    bonds: usize,
    /// \[atoms × 9\]: rows of the concatenated category table.
    atom_rows: Tensor,
    /// \[directed bonds × 3\].
    bond_rows: Tensor,
    /// \[directed bonds\]: atom it leaves, atom it enters.
    from: Tensor,
    to: Tensor,
    /// \[atoms\]: molecule of each.
    owner: Tensor,
}

impl GraphBatch {
    /// Batches `graphs` in their order.
    ///
    /// # Errors
    /// For a category or atom index out of range, which.
    pub fn new<'a>(
        graphs: impl IntoIterator<Item = &'a GraphTensors>,
        device: &Device,
    ) -> Result<Self> {
        let (mut atom_rows, mut bond_rows) = (Vec::new(), Vec::new());
        let (mut from, mut to, mut owner) = (Vec::new(), Vec::new(), Vec::new());
        let mut molecules = 0;
        for (m, graph) in graphs.into_iter().enumerate() {
            let first = owner.len() as u32;
            for features in &graph.node_features {
                push_rows(&mut atom_rows, features, &ATOM_CATEGORIES, m)?;
                owner.push(m as u32);
            }
            let atoms = graph.node_features.len();
            for (&[a, b], features) in graph.edge_index.iter().zip(&graph.edge_features) {
                push_rows(&mut bond_rows, features, &BOND_CATEGORIES, m)?;
                for end in [a, b] {
                    if usize::try_from(end).map_or(true, |e| e >= atoms) {
                        let message =
                            format!("graph {m}: a bond to atom {end}; it has {atoms} atoms");
                        return Err(Error::Msg(message));
                    }
                }
                from.push(first + a as u32);
                to.push(first + b as u32);
            }
            molecules = m + 1;
        }
        let tensor = |v: Vec<u32>| {
            let n = v.len();
            Tensor::from_vec(v, n, device)
        };
        Ok(Self {
            molecules,
            atoms: owner.len(),
            bonds: from.len(),
            atom_rows: tensor(atom_rows)?,
            bond_rows: tensor(bond_rows)?,
            from: tensor(from)?,
            to: tensor(to)?,
            owner: tensor(owner)?,
        })
    }

    /// Number of molecules.
    pub fn len(&self) -> usize {
        self.molecules
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.molecules == 0
    }
}

/// Appends, for one atom or bond, the table row of each of its features.
fn push_rows(rows: &mut Vec<u32>, features: &[i64], categories: &[usize], m: usize) -> Result<()> {
    let mut start = 0;
    for (k, (&value, &n)) in features.iter().zip(categories).enumerate() {
        if usize::try_from(value).map_or(true, |v| v >= n) {
            let message = format!("graph {m}: feature {k} is {value}; expected 0 to {}", n - 1);
            return Err(Error::Msg(message));
        }
        rows.push((start + value as usize) as u32);
        start += n;
    }
    Ok(())
}

/// Shape of a [`GraphEncoder`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GraphConfig {
    /// Message passing layers (paper: 5).
    pub layers: usize,
    /// Width of every embedding (paper: 300).
    pub width: usize,
    /// Dropout behind every layer.
    pub dropout: f64,
}

impl Default for GraphConfig {
    /// The paper's.
    fn default() -> Self {
        Self { layers: 5, width: 300, dropout: 0.5 }
    }
}

/// One vector a feature's category; an atom or bond is the sum of its features'.
struct Categories {
    table: Var,
    features: usize,
}

impl Categories {
    fn new(p: &Parameters, categories: &[usize], width: usize) -> Result<Self> {
        // Glorot over one feature's table would depend on its size; the sum of k features is wanted
        // near unit variance.
        let sd = (1.0 / categories.len() as f64).sqrt();
        let rows: usize = categories.iter().sum();
        let table = p.trained("table", (rows, width), Init::Normal(sd))?;
        Ok(Self { table, features: categories.len() })
    }

    fn forward(&self, rows: &Tensor) -> Result<Tensor> {
        let n = rows.elem_count() / self.features;
        self.table.index_select(rows, 0)?.reshape((n, self.features, ()))?.sum(1)
    }
}

/// Linear(d, 2d) → BatchNorm → ReLU → Linear(2d, d).
struct Mlp {
    first: Linear,
    norm: BatchNorm,
    second: Linear,
}

impl Mlp {
    fn new(p: &Parameters, width: usize) -> Result<Self> {
        Ok(Self {
            first: Linear::new(&p.scope("first"), width, 2 * width)?,
            norm: BatchNorm::new(&p.scope("norm"), 2 * width)?,
            second: Linear::new(&p.scope("second"), 2 * width, width)?,
        })
    }

    fn forward(&self, x: &Tensor, mode: &Mode) -> Result<Tensor> {
        self.second.forward(&self.norm.forward(&self.first.forward(x)?, mode)?.relu()?)
    }
}

struct Layer {
    bonds: Categories,
    epsilon: Var,
    mlp: Mlp,
    norm: BatchNorm,
    /// How the virtual node listens; the last layer's has nobody to tell.
    listen: Option<(Mlp, BatchNorm)>,
}

/// Graph isomorphism network (Xu et al., 2019) with a virtual node (Gilmer et al., 2017), residual
/// connections and sum pooling.
///
/// A layer computes, with N(i) the neighbours of atom i and e the bond's embedding,
/// hᵢ ← BN(MLP((1 + ε) hᵢ + Σ_{j ∈ N(i)} ReLU(hⱼ + eⱼᵢ))); before it, every atom adds its molecule's virtual
/// node, and behind it the virtual node adds MLP(itself + Σ hᵢ).
pub struct GraphEncoder {
    atoms: Categories,
    layers: Vec<Layer>,
    virtual_node: Var,
    config: GraphConfig,
}

impl GraphEncoder {
    /// A new encoder.
    ///
    /// # Errors
    /// If the scope has such parameters already.
    pub fn new(p: &Parameters, config: GraphConfig) -> Result<Self> {
        let width = config.width;
        let mut layers = Vec::new();
        for i in 0..config.layers {
            let p = p.scope(format_args!("layer{i}"));
            let listen = if i + 1 < config.layers {
                let mlp = Mlp::new(&p.scope("virtual"), width)?;
                Some((mlp, BatchNorm::new(&p.scope("virtual_norm"), width)?))
            } else {
                None
            };
            layers.push(Layer {
                bonds: Categories::new(&p.scope("bonds"), &BOND_CATEGORIES, width)?,
                epsilon: p.trained("epsilon", 1, Init::Constant(0.0))?,
                mlp: Mlp::new(&p.scope("mlp"), width)?,
                norm: BatchNorm::new(&p.scope("norm"), width)?,
                listen,
            });
        }
        Ok(Self {
            atoms: Categories::new(&p.scope("atoms"), &ATOM_CATEGORIES, width)?,
            layers,
            virtual_node: p.trained("virtual_node", (1, width), Init::Constant(0.0))?,
            config,
        })
    }

    /// One row a molecule: [molecules, width].
    ///
    /// # Errors
    /// None but candle's own.
    pub fn forward(&self, batch: &GraphBatch, mode: &Mode) -> Result<Tensor> {
        let rate = self.config.dropout;
        let shape = (batch.molecules, self.config.width);
        let nowhere = Tensor::zeros(shape, self.virtual_node.dtype(), self.virtual_node.device())?;
        if batch.atoms == 0 {
            return Ok(nowhere);
        }
        let pool = |h: &Tensor| nowhere.index_add(&batch.owner, h, 0);
        let mut h = self.atoms.forward(&batch.atom_rows)?;
        let mut node = self.virtual_node.broadcast_as(shape)?.contiguous()?;
        for layer in &self.layers {
            let input = (&h + node.index_select(&batch.owner, 0)?)?;
            let mut sum = input.broadcast_mul(&(layer.epsilon.as_tensor() + 1.0)?)?;
            if batch.bonds > 0 {
                let bonds = layer.bonds.forward(&batch.bond_rows)?;
                let message = (input.index_select(&batch.from, 0)? + bonds)?.relu()?;
                sum = sum.index_add(&batch.to, &message, 0)?;
            }
            let mut out = layer.norm.forward(&layer.mlp.forward(&sum, mode)?, mode)?;
            if layer.listen.is_some() {
                out = out.relu()?;
            }
            h = (dropout(&out, rate, mode)? + &input)?;
            if let Some((mlp, norm)) = &layer.listen {
                let heard = mlp.forward(&(pool(&input)? + &node)?, mode)?;
                let heard = norm.forward(&heard, mode)?.relu()?;
                node = (dropout(&heard, rate, mode)? + &node)?;
            }
        }
        pool(&h)
    }

    /// Width of a row.
    pub fn width(&self) -> usize {
        self.config.width
    }
}
