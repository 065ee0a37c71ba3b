//! Latents of a batch and their places in the learned hierarchy.

use super::batch::Batch;
use super::flow::Flow;
use super::job::needed_stages;
use super::options::Run;
use super::predict::allocate;
use super::{tile, tiles};
use crate::chem::Limits;
use crate::error::{Error, ErrorKind};
use crate::model::network::guarded;
use crate::model::{Model, tile_for, tile_within};
use crate::parallel;
use crate::treevq::Code;
use ndarray::Array2;

/// How to encode. The default: on all of the machine's threads.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EncodeOptions {
    /// Most threads that work at the same time, the calling one included; 0 for as many as the
    /// machine has. The results do not depend on it.
    pub threads: usize,
    /// Bounds on one molecule.
    pub limits: Limits,
}

/// What [`Model::encode`] gives.
#[derive(Clone, Debug)]
pub struct Encodings {
    /// One of each modality whose latents the model computes from structure.
    pub latents: Vec<Latents>,
    /// What became of each row of the batch.
    pub rows: Vec<Result<(), Error>>,
}

/// One modality's part of [`Encodings`].
#[derive(Clone, Debug)]
pub struct Latents {
    /// The modality's name: that of the stage that computes it.
    pub name: String,
    /// Rows of the batch × width of the hierarchy; NaN all along a row that has an error.
    pub values: Array2<f32>,
    /// Each row's place in the hierarchy; `None` for a row that has an error.
    pub codes: Vec<Option<Code>>,
}

/// A row: its latents, modality after modality.
type Encoded = Result<Vec<(Vec<f32>, Code)>, Error>;

impl Model {
    /// Computes the latents of every row of `batch` and their places in the learned hierarchy.
    ///
    /// # Errors
    /// [`ErrorKind::Argument`] for a model without a codebook, [`ErrorKind::Cancelled`], or what making a
    /// network ready met. A bad row is no error: see [`Encodings::rows`].
    pub fn encode(
        &self,
        batch: &Batch,
        options: &EncodeOptions,
        run: &Run<'_>,
    ) -> Result<Encodings, Error> {
        let (Some(hierarchy), Some(section)) = (&self.codebook, &self.manifest().codebook) else {
            let message =
                "this model has no codebook: it predicts, but places nothing in a hierarchy";
            return Err(Error::new(ErrorKind::Argument, message));
        };
        let stages = needed_stages(self, hierarchy.latents.iter().copied());
        let threads = parallel::threads(options.threads).min(batch.len().max(1));
        let most = tile_within(threads, Flow::values(self, &stages, std::iter::empty()));
        let size = tile_for(batch.len().clamp(1, most));
        let cancel = run.cancellation();
        let rows: Vec<Encoded> = tiles::map(batch.len(), size, options.threads, run, |rows| {
            let mut flow = Flow::new(self, size, &stages);
            let mut encoded: Vec<Encoded> = Vec::with_capacity(rows.len());
            for (slot, row) in rows.enumerate() {
                cancel.check()?;
                let mut out = flow.slot(slot);
                let done = guarded(|| match batch.row(row) {
                    Some(input) => {
                        tile::encode(self, &options.limits, &input, &mut out).map(|_| ())
                    }
                    None => Err(Error::new(ErrorKind::Internal, "the row is gone")),
                });
                if done.is_err() {
                    out.clear();
                }
                encoded.push(done.map(|()| Vec::new()));
            }
            flow.run(self, &stages, &cancel)?;
            for source in &hierarchy.latents {
                let latents = flow.input(self, std::slice::from_ref(source));
                for (slot, row) in encoded.iter_mut().enumerate() {
                    cancel.check()?;
                    let latent = latents.row(slot);
                    if row.is_ok() && latent.iter().any(|v| !v.is_finite()) {
                        let message = "a network gave a value that is no number";
                        *row = Err(Error::new(ErrorKind::Internal, message));
                    }
                    if let Ok(found) = row {
                        found.push((latent.to_vec(), hierarchy.codebook.route(latent)));
                    }
                }
            }
            Ok(encoded)
        })?
        .into_iter()
        .flatten()
        .collect();

        let width = hierarchy.codebook.width();
        let blank = |name: &String| -> Result<Latents, Error> {
            let values = allocate(rows.len(), width)?;
            let values = Array2::from_shape_vec((rows.len(), width), values)
                .map_err(|e| Error::new(ErrorKind::Internal, e.to_string()))?;
            Ok(Latents { name: name.clone(), values, codes: vec![None; rows.len()] })
        };
        let mut latents = section.latents.iter().map(blank).collect::<Result<Vec<_>, _>>()?;
        let mut status = Vec::with_capacity(rows.len());
        for (i, row) in rows.into_iter().enumerate() {
            status.push(row.map(|found| {
                for (to, (values, code)) in latents.iter_mut().zip(found) {
                    to.values.row_mut(i).iter_mut().zip(values).for_each(|(to, v)| *to = v);
                    to.codes[i] = Some(code);
                }
            }));
        }
        Ok(Encodings { latents, rows: status })
    }
}
