//! A tile's values on their way from the structure vector through the stages.

use crate::cancel::Cancel;
use crate::error::Error;
use crate::model::graph::{GraphScratch, MoleculeGraph};
use crate::model::network::guarded;
use crate::model::{Model, Rows, Source};
use std::collections::HashSet;

/// The structure vectors of a tile, and the output of every stage run on them.
pub(super) struct Flow {
    /// By source: the structure vector first, then the stages; empty until a stage has run.
    values: Vec<Rows>,
    /// Inputs put together of several sources, each made once a tile.
    joined: Vec<Joined>,
    /// The molecules' graphs, as many as were put in, where a stage reads them.
    graphs: Vec<MoleculeGraph>,
    /// Whether a stage reads graphs, and whether one reads walks.
    wanted: Option<bool>,
    scratch: GraphScratch,
}

/// Where what the networks read of one molecule goes.
pub(super) struct Slot<'f> {
    pub(super) structure: &'f mut [f32],
    /// The graph, and whether walks are read; none where no stage that is run reads it.
    pub(super) graph: Option<(&'f mut MoleculeGraph, bool)>,
}

impl Slot<'_> {
    /// Takes away what was put in.
    pub(super) fn clear(&mut self) {
        self.structure.fill(0.0);
        if let Some((graph, _)) = &mut self.graph {
            **graph = MoleculeGraph::default();
        }
    }
}

/// What the networks read of a tile's molecules.
pub(super) struct Inputs {
    structure: Rows,
    graphs: Vec<MoleculeGraph>,
}

struct Joined {
    sources: Vec<Source>,
    rows: Rows,
    /// Whether `rows` is of the present tile.
    fresh: bool,
}

impl Flow {
    /// For tiles of `tile` rows and the `stages` of `model` that will be run.
    pub(super) fn new(model: &Model, tile: usize, stages: &[usize]) -> Self {
        let mut values: Vec<_> = (0..=model.stages.len()).map(|_| Rows::new(0, 0)).collect();
        values[0] = Rows::new(tile, model.layout.width());
        for &stage in stages {
            values[stage + 1] = Rows::new(tile, model.stages[stage].width);
        }
        let mut wanted = None;
        for &stage in stages {
            if let Some(shape) = model.stages[stage].network.0.graph_shape() {
                wanted = Some(shape.walks || wanted.unwrap_or(false));
            }
        }
        Self { values, joined: Vec::new(), graphs: Vec::new(), wanted, scratch: Default::default() }
    }

    /// Values that one row takes here, at most: of the structure vector, of the `stages` that are run, and of what they and the
    /// networks that read `inputs` have put together for them.
    pub(super) fn values<'a>(
        model: &'a Model,
        stages: &[usize],
        inputs: impl Iterator<Item = &'a [Source]>,
    ) -> usize {
        let run = stages.iter().map(|&stage| &model.stages[stage]);
        let own = run.clone().map(|s| s.width).fold(model.layout.width(), usize::saturating_add);
        let several = |reads: &&[Source]| reads.len() > 1;
        let joined: HashSet<&[Source]> =
            run.map(|s| s.reads.as_slice()).chain(inputs).filter(several).collect();
        let widths = joined.iter().map(|reads| model.input_width(reads));
        widths.fold(own, usize::saturating_add)
    }

    /// Takes all molecules away.
    pub(super) fn clear(&mut self) {
        self.values[0].clear();
        self.graphs.clear();
    }

    /// The place of molecule `i`, which is none or the next behind the last.
    pub(super) fn slot(&mut self, i: usize) -> Slot<'_> {
        let graph = self.wanted.map(|walks| {
            if self.graphs.len() <= i {
                self.graphs.resize_with(i + 1, MoleculeGraph::default);
            }
            (&mut self.graphs[i], walks)
        });
        Slot { structure: self.values[0].row_mut(i), graph }
    }

    /// A copy of all that was put in.
    pub(super) fn inputs(&self) -> Inputs {
        Inputs { structure: self.values[0].clone(), graphs: self.graphs.clone() }
    }

    /// Makes molecule `i` of `inputs` the only one.
    pub(super) fn set_only(&mut self, inputs: &Inputs, i: usize) {
        self.clear();
        self.values[0].row_mut(0).copy_from_slice(inputs.structure.row(i));
        self.graphs.extend(inputs.graphs.get(i).cloned());
    }

    /// Runs `stages`, which are in order, on the structure vectors.
    ///
    /// # Errors
    /// As [`Network::run`](crate::model::network::Network::run).
    pub(super) fn run(
        &mut self,
        model: &Model,
        stages: &[usize],
        cancel: &Cancel,
    ) -> Result<(), Error> {
        self.joined.iter_mut().for_each(|j| j.fresh = false);
        for &stage in stages {
            let encoder = &model.stages[stage];
            let (network, range) = &encoder.network;
            let mut out = std::mem::replace(&mut self.values[stage + 1], Rows::new(0, 0));
            let mut put = |y: &[f32]| {
                for (i, row) in y.chunks_exact(encoder.width).enumerate() {
                    out.row_mut(i).copy_from_slice(row);
                }
            };
            let bytes = model.bytes(range);
            let done = match network.graph(bytes, cancel) {
                Ok(Some(graph)) => guarded(|| {
                    put(&graph.run_until(&self.graphs, &mut self.scratch, cancel)?);
                    Ok(())
                }),
                Ok(None) => network.run(bytes, self.input(model, &encoder.reads), cancel, put),
                Err(e) => Err(e),
            };
            self.values[stage + 1] = out;
            done?;
        }
        Ok(())
    }

    /// `sources` side by side. Stages among them must have run.
    pub(super) fn input(&mut self, model: &Model, sources: &[Source]) -> &Rows {
        if let [only] = sources {
            return &self.values[*only];
        }
        let known = self.joined.iter().position(|j| j.sources == sources);
        let i = known.unwrap_or_else(|| {
            let rows = Rows::new(self.values[0].tile(), model.input_width(sources));
            self.joined.push(Joined { sources: sources.to_vec(), rows, fresh: false });
            self.joined.len() - 1
        });
        let joined = &mut self.joined[i];
        if !joined.fresh {
            for row in 0..joined.rows.tile() {
                let mut out = joined.rows.row_mut(row);
                for &source in sources {
                    let from = self.values[source].row(row);
                    let (head, rest) = out.split_at_mut(from.len());
                    head.copy_from_slice(from);
                    out = rest;
                }
            }
            joined.fresh = true;
        }
        &joined.rows
    }
}
