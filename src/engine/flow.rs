//! A tile's values on their way from the structure vector through the stages.

use crate::error::Error;
use crate::model::{Model, Rows, Source};

/// The structure vectors of a tile, and the output of every stage run on them.
pub(super) struct Flow {
    /// By source: the structure vector first, then the stages; empty until a stage has run.
    values: Vec<Rows>,
    /// Inputs put together of several sources, each made once a tile.
    joined: Vec<Joined>,
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
        Self { values, joined: Vec::new() }
    }

    /// The structure vectors.
    pub(super) fn structure(&mut self) -> &mut Rows {
        &mut self.values[0]
    }

    /// Runs `stages`, which are in order, on the structure vectors.
    ///
    /// # Errors
    /// As [`Network::run`](crate::model::network::Network::run).
    pub(super) fn run(&mut self, model: &Model, stages: &[usize]) -> Result<(), Error> {
        self.joined.iter_mut().for_each(|j| j.fresh = false);
        for &stage in stages {
            let encoder = &model.stages[stage];
            let (network, range) = &encoder.network;
            let mut out = std::mem::replace(&mut self.values[stage + 1], Rows::new(0, 0));
            let done = network.run(model.bytes(range), self.input(model, &encoder.reads), |y| {
                for (i, row) in y.chunks_exact(encoder.width).enumerate() {
                    out.row_mut(i).copy_from_slice(row);
                }
            });
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
