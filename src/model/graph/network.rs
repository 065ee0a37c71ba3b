//! A graph network made ready, and run.

use super::molecules::{MoleculeGraph, Packing};
use super::shape::GraphShape;
use super::weights::GraphWeights;
use crate::cancel::Cancel;
use crate::error::Error;
use crate::features::{ATOM_CODES, BOND_CODES, WALKS};
use crate::model::kernel::{
    ByteRows, Kernel, Messages, Norm, Packed, PackedBytes, Rows, Then, Weights, padded,
};
use crate::model::limits::TILE_WORK;
use crate::model::quantize::Values;

/// Atoms of whole molecules that go through the layers together, unless one molecule alone has more: so many that the weights
/// are worth fetching, so few that what is computed stays in the cache.
const ATOMS: usize = 512;

/// Atoms that go through a layer's network together, whole blocks of the product's rows.
const BLOCK: usize = 96;

/// A graph network, ready to run. Immutable: any number of threads may use it, each with its own [`GraphScratch`].
#[derive(Clone, Debug)]
pub struct GraphNetwork {
    kernel: Kernel,
    shape: GraphShape,
    /// Rows of whole panels, as are those of the bonds.
    atoms: Vec<f32>,
    walks: Option<Packed>,
    layers: Vec<Layer>,
    out: Mlp,
}

#[derive(Clone, Debug)]
struct Layer {
    /// Before every layer but the first.
    virtual_node: Option<Mlp>,
    bonds: Vec<f32>,
    scale: f32,
    first: Weights,
    second: Weights,
}

/// Linear, layer norm, gelu, linear.
#[derive(Clone, Debug)]
struct Mlp {
    first: Weights,
    norm: Norm,
    second: Weights,
}

/// Memory of a run, used again by the next one.
#[derive(Clone, Debug, Default)]
pub struct GraphScratch {
    packing: Packing,
    /// Atoms × width, of now and of the next layer.
    x: Vec<f32>,
    next: Vec<f32>,
    /// Of each kind of bond.
    bonds: Vec<f32>,
    /// Block × width, and × inner width.
    sums: Vec<f32>,
    inner: Vec<f32>,
    walks: Vec<f32>,
    /// Molecules × width.
    pooled: Vec<f32>,
    virtual_nodes: Vec<f32>,
    heard: Vec<f32>,
    hidden: Vec<f32>,
    bytes: ByteRows,
    /// Molecules × what the output's network reads, and what it gives.
    reads: Vec<f32>,
    outputs: Vec<f32>,
}

/// `values` of this length, all 0.
fn cleared(values: &mut Vec<f32>, length: usize) -> &mut [f32] {
    values.clear();
    values.resize(length, 0.0);
    values
}

/// `values` of this length, whatever they are: all that is read will be written first.
fn sized(values: &mut Vec<f32>, length: usize) -> &mut [f32] {
    values.resize(length, 0.0);
    values
}

impl GraphNetwork {
    /// Packs the weights for the fastest instructions that this processor has. Results are the same bits with any.
    pub fn new(weights: &GraphWeights) -> Self {
        Self::with(weights, Kernel::detect())
    }

    pub(super) fn with(weights: &GraphWeights, kernel: Kernel) -> Self {
        let shape = weights.shape();
        let GraphShape { width, inner, hidden, outputs, .. } = shape;
        let linear = |scope: &str, inputs, outputs| {
            let bias = weights.get(&format!("{scope}.bias"));
            match weights.values(&format!("{scope}.weight")) {
                Values::Single(values) => {
                    Weights::Single(Packed::new(inputs, outputs, values, &bias))
                }
                Values::Bytes { bytes, scales } => {
                    Weights::Bytes(PackedBytes::new(inputs, outputs, bytes, scales, &bias))
                }
            }
        };
        let mlp = |scope: &str, inputs, hidden, outputs| {
            let part = |name: &str| weights.get(&format!("{scope}.norm.{name}"));
            Mlp {
                first: linear(&format!("{scope}.first"), inputs, hidden),
                norm: Norm::new(&part("weight"), &part("bias")),
                second: linear(&format!("{scope}.second"), hidden, outputs),
            }
        };
        let layer = |i: usize| Layer {
            virtual_node: (i > 0).then(|| mlp(&format!("virtual{i}"), width, width, width)),
            bonds: rows(&weights.get(&format!("layer{i}.bond.table")), width),
            scale: weights.get(&format!("layer{i}.scale")).first().copied().unwrap_or_default(),
            first: linear(&format!("layer{i}.first"), width, inner),
            second: linear(&format!("layer{i}.second"), inner, width),
        };
        let walks = weights.get("walks.weight");
        Self {
            kernel,
            shape,
            atoms: rows(&weights.get("atom.table"), width),
            walks: shape.walks.then(|| Packed::new(WALKS, width, &walks, &vec![0.0; width])),
            layers: (0..shape.layers).map(layer).collect(),
            out: mlp("out", shape.read(), hidden, outputs),
        }
    }

    /// The sizes.
    pub fn shape(&self) -> GraphShape {
        self.shape
    }

    /// The network's values of each of `graphs`, molecules × [`GraphShape::outputs`]. A molecule's values do not depend on the
    /// others, nor on the processor, to the bit. Memory grows with the molecules' number and with the largest one's atoms.
    ///
    /// # Panics
    /// If the network reads walks and a graph has none.
    pub fn run(&self, graphs: &[MoleculeGraph], scratch: &mut GraphScratch) -> Vec<f32> {
        let read = self.shape.read();
        let mut reads = std::mem::take(&mut scratch.reads);
        sized(&mut reads, graphs.len() * read);
        let mut start = 0;
        while start < graphs.len() {
            let mut atoms = graphs[start].atoms();
            let more = graphs[start + 1..].iter().take_while(|graph| {
                atoms += graph.atoms();
                atoms <= ATOMS
            });
            let end = start + 1 + more.count();
            self.read(&graphs[start..end], scratch, &mut reads[start * read..end * read]);
            start = end;
        }
        let mut outputs = std::mem::take(&mut scratch.outputs);
        sized(&mut outputs, graphs.len() * padded(self.shape.outputs));
        let hidden = (&mut scratch.hidden, &mut scratch.bytes);
        self.mlp(&self.out, (&reads, read), hidden, &mut outputs, Then::Store);
        let rows = outputs.chunks_exact(padded(self.shape.outputs));
        let result = rows.flat_map(|row| &row[..self.shape.outputs]).copied().collect();
        (scratch.reads, scratch.outputs) = (reads, outputs);
        result
    }

    /// As [`run`](Self::run), in parts of bounded work between which `cancel` is heard.
    ///
    /// # Errors
    /// [`ErrorKind::Cancelled`](crate::ErrorKind::Cancelled).
    pub(crate) fn run_until(
        &self,
        graphs: &[MoleculeGraph],
        scratch: &mut GraphScratch,
        cancel: &Cancel,
    ) -> Result<Vec<f32>, Error> {
        let mut outputs = Vec::new();
        let mut rest = graphs;
        while !rest.is_empty() {
            cancel.check()?;
            let mut work = 0u64;
            let fits = rest.iter().take_while(|graph| {
                work = work.saturating_add(self.shape.multiply_adds(graph.atoms()));
                work <= TILE_WORK
            });
            let (now, later) = rest.split_at(fits.count().max(1));
            outputs.extend(self.run(now, scratch));
            rest = later;
        }
        Ok(outputs)
    }

    /// What the output's network reads of some molecules.
    fn read(&self, graphs: &[MoleculeGraph], scratch: &mut GraphScratch, reads: &mut [f32]) {
        let stride = padded(self.shape.width);
        let s = scratch;
        s.packing.pack(graphs);
        let atoms = s.packing.atoms();
        self.embed(graphs, &mut s.walks, sized(&mut s.x, atoms * stride));
        sized(&mut s.next, atoms * stride);
        sized(&mut s.sums, BLOCK.min(atoms) * stride);
        sized(&mut s.inner, BLOCK.min(atoms) * padded(self.shape.inner));
        cleared(&mut s.virtual_nodes, graphs.len() * stride);
        self.pool(&s.packing, &s.x, &mut s.pooled, reads, 0);
        for (i, layer) in self.layers.iter().enumerate() {
            if let Some(mlp) = &layer.virtual_node {
                self.tell(mlp, s);
            }
            let rows = sized(&mut s.bonds, s.packing.kinds.len() * stride);
            for (codes, row) in s.packing.kinds.iter().zip(rows.chunks_exact_mut(stride)) {
                self.embedding(&layer.bonds, codes, &BOND_CODES, row);
            }
            let of = Messages { x: &s.x, bonds: &s.bonds, scale: layer.scale };
            s.next.copy_from_slice(&s.x);
            for (block, next) in s.next.chunks_mut(BLOCK * stride).enumerate() {
                let count = next.len() / stride;
                for (row, sum) in s.sums.chunks_exact_mut(stride).take(count).enumerate() {
                    let atom = block * BLOCK + row;
                    self.kernel.messages(&of, atom, s.packing.edges_of(atom), sum);
                }
                let rows = Rows { from: &s.sums, from_stride: stride, to: &mut s.inner, count };
                self.kernel.linear(rows, &layer.first, &mut s.bytes, Then::Gelu);
                let from_stride = padded(self.shape.inner);
                let rows = Rows { from: &s.inner, from_stride, to: next, count };
                self.kernel.linear(rows, &layer.second, &mut s.bytes, Then::AddGelu);
            }
            std::mem::swap(&mut s.x, &mut s.next);
            self.pool(&s.packing, &s.x, &mut s.pooled, reads, i + 1);
        }
    }

    /// The atoms' first values.
    fn embed(&self, graphs: &[MoleculeGraph], walks: &mut Vec<f32>, x: &mut [f32]) {
        let stride = padded(self.shape.width);
        let codes = graphs.iter().flat_map(|graph| &graph.codes.atoms);
        for (codes, row) in codes.zip(x.chunks_exact_mut(stride)) {
            self.embedding(&self.atoms, codes, &ATOM_CODES, row);
        }
        if let Some(weights) = &self.walks {
            walks.clear();
            walks.extend(graphs.iter().flat_map(|graph| &graph.walks).flatten());
            let count = x.len() / stride;
            let rows = Rows { from: walks, from_stride: WALKS, to: x, count };
            self.kernel.product(rows, weights, Then::Add);
        }
    }

    /// The sum of one row of each of the tables, `counts` long, that stand one under the other in `table`.
    fn embedding(&self, table: &[f32], codes: &[u8], counts: &[usize], to: &mut [f32]) {
        let mut first = 0;
        to.fill(0.0);
        for (code, count) in codes.iter().zip(counts) {
            let row = &table[(first + usize::from(*code)) * to.len()..][..to.len()];
            self.kernel.add_to_all(row, to);
            first += count;
        }
    }

    /// Sums the atoms of each molecule into `pooled`, and writes mean and sum / 10 to their place among `reads`.
    fn pool(
        &self,
        packing: &Packing,
        x: &[f32],
        pooled: &mut Vec<f32>,
        reads: &mut [f32],
        layer: usize,
    ) {
        let (width, stride) = (self.shape.width, padded(self.shape.width));
        let molecules = packing.molecules.windows(2);
        cleared(pooled, molecules.len() * stride);
        let rows = pooled.chunks_exact_mut(stride);
        for ((range, sum), reads) in
            molecules.zip(rows).zip(reads.chunks_exact_mut(self.shape.read()))
        {
            self.kernel.add_all(&x[range[0] * stride..range[1] * stride], sum);
            let count = (range[1] - range[0]).max(1) as f32;
            let (means, tenths) = reads[2 * layer * width..][..2 * width].split_at_mut(width);
            means.iter_mut().zip(&*sum).for_each(|(to, sum)| *to = sum / count);
            tenths.iter_mut().zip(&*sum).for_each(|(to, sum)| *to = sum / 10.0);
        }
    }

    /// Each molecule's virtual node hears of its atoms, and tells them.
    fn tell(&self, mlp: &Mlp, s: &mut GraphScratch) {
        let stride = padded(self.shape.width);
        let heard = sized(&mut s.heard, s.virtual_nodes.len());
        let each = s.packing.molecules.windows(2).zip(heard.chunks_exact_mut(stride));
        let known = s.pooled.chunks_exact(stride).zip(s.virtual_nodes.chunks_exact(stride));
        for ((range, to), (sum, own)) in each.zip(known) {
            let count = (range[1] - range[0]).max(1) as f32;
            let values = sum.iter().zip(own).map(|(sum, own)| own + sum / count);
            to.iter_mut().zip(values).for_each(|(to, value)| *to = value);
        }
        let hidden = (&mut s.hidden, &mut s.bytes);
        self.mlp(mlp, (&s.heard, stride), hidden, &mut s.virtual_nodes, Then::Add);
        for (range, own) in s.packing.molecules.windows(2).zip(s.virtual_nodes.chunks_exact(stride))
        {
            self.kernel.add_to_all(own, &mut s.x[range[0] * stride..range[1] * stride]);
        }
    }

    fn mlp(
        &self,
        mlp: &Mlp,
        (from, from_stride): (&[f32], usize),
        (hidden, bytes): (&mut Vec<f32>, &mut ByteRows),
        to: &mut [f32],
        then: Then,
    ) {
        let (inner, outputs) = (padded(mlp.first.outputs()), padded(mlp.second.outputs()));
        let count = to.len() / outputs;
        let hidden = sized(hidden, count * inner);
        let rows = Rows { from, from_stride, to: hidden, count };
        self.kernel.linear(rows, &mlp.first, bytes, Then::Store);
        for row in hidden.chunks_exact_mut(inner) {
            self.kernel.norm(&mlp.norm, &mut row[..mlp.first.outputs()]);
        }
        self.kernel.gelus(hidden);
        let rows = Rows { from: hidden, from_stride: inner, to, count };
        self.kernel.linear(rows, &mlp.second, bytes, then);
    }
}

/// A table's rows as whole panels, zeros behind.
fn rows(table: &[f32], width: usize) -> Vec<f32> {
    let stride = padded(width);
    let mut rows = vec![0.0; table.len() / width * stride];
    for (from, to) in table.chunks_exact(width).zip(rows.chunks_exact_mut(stride)) {
        to[..width].copy_from_slice(from);
    }
    rows
}
