//! One tile of rows: from text to predictions, on one thread.

use super::batch::{Batch, Input};
use super::flow::{Flow, Slot};
use super::job::Job;
use super::options::Run;
use super::trust::Placer;
use crate::chem::{self, Limits, MoleculeFlags};
use crate::error::{Error, ErrorKind};
use crate::features;
use crate::model::Model;
use crate::model::graph::MoleculeGraph;
use crate::model::network::guarded;
use crate::trust::{Composition, Placement};
use std::ops::Range;

/// A worker's own memory, used again for every tile.
pub(super) struct Worker<'a> {
    job: &'a Job<'a>,
    limits: &'a Limits,
    placer: Option<&'a Placer<'a>>,
    flow: Flow,
    /// The rows of the tile that have a structure vector.
    good: Vec<usize>,
    /// Sum of the members' outputs, tile × columns of the network.
    sum: Vec<f32>,
}

/// Where the results of some rows go.
pub(super) struct Slots<'s> {
    /// Rows × columns, NaN so far.
    pub(super) values: &'s mut [f32],
    pub(super) status: &'s mut [Result<(), Error>],
    pub(super) flags: &'s mut [MoleculeFlags],
    /// Rows × domains of the placer; unused without one.
    pub(super) placements: &'s mut [Placement],
}

impl<'a> Worker<'a> {
    /// For tiles of at most `tile` rows, one of the sizes that networks have plans for.
    pub(super) fn new(
        job: &'a Job<'a>,
        limits: &'a Limits,
        placer: Option<&'a Placer<'a>>,
        tile: usize,
    ) -> Self {
        let flow = Flow::new(job.model, tile, &job.stages);
        Self { job, limits, placer, flow, good: Vec::new(), sum: Vec::new() }
    }

    /// Predicts `rows` of `batch` into `slots`. Leaves off where the run was cancelled.
    pub(super) fn run(
        &mut self,
        batch: &Batch,
        rows: Range<usize>,
        run: &Run<'_>,
        Slots { values, status, flags, placements }: Slots<'_>,
    ) {
        self.flow.clear();
        self.good.clear();
        for (i, row) in rows.enumerate() {
            if run.is_cancelled() {
                return;
            }
            let mut slot = self.flow.slot(self.good.len());
            let encoded = guarded(|| match batch.row(row) {
                Some(input) => {
                    let seen = encode(self.job.model, self.limits, &input, &mut slot)?;
                    if let Some(placer) = self.placer {
                        let n = placer.domains.len();
                        let to = &mut placements[i * n..][..n];
                        placer.place(slot.structure, seen.composition.as_ref(), to);
                    }
                    Ok(seen.flags)
                }
                None => Err(Error::new(ErrorKind::Internal, "the row is gone")),
            });
            match encoded {
                Ok(seen) => {
                    flags[i] = seen;
                    self.good.push(i);
                }
                Err(e) => {
                    slot.clear();
                    status[i] = Err(e);
                }
            }
        }
        self.networks(run, values, status);
    }

    /// Runs the networks over the rows that have a structure vector.
    fn networks(&mut self, run: &Run<'_>, values: &mut [f32], status: &mut [Result<(), Error>]) {
        if self.good.is_empty() {
            return;
        }
        match self.evaluate(run, values) {
            Ok(()) => {}
            // The results of a cancelled run are never seen.
            Err(_) if run.is_cancelled() => return,
            Err(e) if self.good.len() == 1 => status[self.good[0]] = Err(e),
            Err(_) => {
                // One row may have spoilt it for all: each gets a tile to itself.
                let good = std::mem::take(&mut self.good);
                let inputs = self.flow.inputs();
                for (from, &i) in good.iter().enumerate().take_while(|_| !run.is_cancelled()) {
                    self.flow.set_only(&inputs, from);
                    self.good = vec![i];
                    if let Err(e) = self.evaluate(run, values) {
                        status[i] = Err(e);
                    }
                }
                self.good = good;
            }
        }
        let columns = self.job.columns;
        for &i in &self.good {
            let row = &mut values[i * columns..][..columns];
            if status[i].is_ok() && !run.is_cancelled() && row.iter().any(|v| !v.is_finite()) {
                status[i] = Err(Error::new(
                    ErrorKind::Internal,
                    "a network gave a value that is no number",
                ));
            }
            if status[i].is_err() {
                row.fill(f32::NAN);
            }
        }
    }

    fn evaluate(&mut self, run: &Run<'_>, values: &mut [f32]) -> Result<(), Error> {
        let Self { job, flow, good, sum, .. } = self;
        let cancel = run.cancellation();
        flow.run(job.model, &job.stages, &cancel)?;
        for part in &job.parts {
            let ensemble = &job.model.ensembles[part.ensemble];
            let width = ensemble.tasks.len();
            let x = flow.input(job.model, &ensemble.reads);
            sum.clear();
            sum.resize(x.tile() * width, 0.0);
            for (network, range) in &ensemble.members {
                network.run(job.model.bytes(range), x, &cancel, |y| {
                    sum.iter_mut().zip(y).for_each(|(sum, y)| *sum += y);
                })?;
            }
            let members = ensemble.members.len() as f32;
            for (row, &i) in sum.chunks_exact(width).zip(good.iter()) {
                let out = &mut values[i * job.columns..][..job.columns];
                for output in &part.outputs {
                    out[output.to] = output.value(row[output.from] / members);
                }
            }
        }
        Ok(())
    }
}

/// What a row says of its molecule beside the structure vector; nothing where it is a fingerprint.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Seen {
    pub(super) flags: MoleculeFlags,
    pub(super) composition: Option<Composition>,
}

/// What the networks read of one row.
pub(super) fn encode(
    model: &Model,
    limits: &Limits,
    input: &Input<'_>,
    slot: &mut Slot<'_>,
) -> Result<Seen, Error> {
    let of = |molecule: &chem::Molecule, slot: &mut Slot<'_>| -> Result<Seen, Error> {
        features::structure_vector(molecule, &model.layout, &model.standardizer, slot.structure);
        if let Some((graph, walks)) = &mut slot.graph {
            **graph = MoleculeGraph::new(molecule, *walks)?;
        }
        let composition = Some(Composition::of(molecule));
        Ok(Seen { flags: MoleculeFlags::of(molecule), composition })
    };
    let seen = match input {
        Input::Smiles(text) => of(&chem::parse_smiles(text, limits)?, slot)?,
        Input::Molblock(text) => of(&chem::parse_molblock(text, limits)?, slot)?,
        Input::Atoms(atoms) => of(&chem::molecule_from_atoms(atoms, limits)?, slot)?,
        Input::Molecule(molecule) => of(molecule, slot)?,
        Input::Fingerprint { .. } if slot.graph.is_some() => {
            let message =
                "this model reads molecules as graphs; give the molecule instead of a fingerprint";
            return Err(Error::new(ErrorKind::Input, message));
        }
        Input::Fingerprint { radius, bits, packed } => {
            fingerprint(model, (*radius, *bits), packed, slot.structure)?;
            Seen::default()
        }
        Input::Refused(error) => return Err((*error).clone()),
    };
    if slot.structure.iter().any(|v| !v.is_finite()) {
        return Err(Error::new(ErrorKind::Internal, "a feature is no number"));
    }
    Ok(seen)
}

/// Unpacks a fingerprint, where it is all that the model takes.
fn fingerprint(
    model: &Model,
    (radius, bits): (u32, usize),
    packed: &[u8],
    out: &mut [f32],
) -> Result<(), Error> {
    let input = |message: String| Err(Error::new(ErrorKind::Input, message));
    let s = &model.manifest().structure;
    if s.morgan_bits != s.width() {
        return input(
            "this model takes more than Morgan bits; give the molecule instead of a fingerprint"
                .into(),
        );
    }
    if (radius, bits) != (s.morgan_radius, s.morgan_bits) {
        return input(format!(
            "a fingerprint of {bits} bits and radius {radius}; this model takes {} bits of radius {}",
            s.morgan_bits, s.morgan_radius
        ));
    }
    for (i, v) in out.iter_mut().enumerate() {
        *v = f32::from(packed[i / 8] >> (i % 8) & 1);
    }
    Ok(())
}
