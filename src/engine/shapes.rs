//! The shapes of the conformers of a batch.

use super::batch::{Batch, Input};
use super::options::Run;
use super::tiles;
use crate::chem::{self, Limits, Molecule};
use crate::error::{Error, ErrorKind};
use crate::features::shape::{SHAPE_DESCRIPTORS, shape};
use crate::model::network::guarded;
use ndarray::Array2;

/// Rows that a thread takes at a time.
const TILE: usize = 16;

/// How to compute shapes. The default: on all of the machine's threads.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ShapeOptions {
    /// Most threads that work at the same time, the calling one included; 0 for as many as the
    /// machine has. The results do not depend on it.
    pub threads: usize,
    /// Bounds on one molecule.
    pub limits: Limits,
}

/// What [`Batch::shapes`] gives.
#[derive(Clone, Debug)]
pub struct Shapes {
    /// Rows of the batch × [`names`](crate::features::shape::names), in their units; NaN all along a row
    /// that has an error.
    pub values: Array2<f32>,
    /// What became of each row of the batch.
    pub rows: Vec<Result<(), Error>>,
}

impl Batch {
    /// The shape descriptors of the conformer that each row came with: see [`crate::features::shape`].
    /// A row without a conformer, such as a SMILES, has none: its error is of
    /// [`ErrorKind::Input`] and says what is missing.
    ///
    /// # Errors
    /// [`ErrorKind::Cancelled`]; [`ErrorKind::Limit`] where there is no memory for the result. A bad row
    /// is no error: see [`Shapes::rows`].
    pub fn shapes(&self, options: &ShapeOptions, run: &Run<'_>) -> Result<Shapes, Error> {
        let mut values = Vec::new();
        let needed = self.len().checked_mul(SHAPE_DESCRIPTORS);
        if needed.and_then(|n| values.try_reserve_exact(n).ok()).is_none() {
            return Err(Error::limit(format!(
                "no memory for {} rows of {SHAPE_DESCRIPTORS} values; use smaller batches",
                self.len()
            )));
        }
        let tiles = tiles::map(self.len(), TILE, options.threads, run, |rows| {
            Ok(rows.map(|row| self.shape(row, &options.limits)).collect::<Vec<_>>())
        })?;
        let mut rows = Vec::with_capacity(self.len());
        for row in tiles.into_iter().flatten() {
            rows.push(match row {
                Ok(shape) => {
                    values.extend(shape.map(|v| v as f32));
                    Ok(())
                }
                Err(e) => {
                    values.extend([f32::NAN; SHAPE_DESCRIPTORS]);
                    Err(e)
                }
            });
        }
        let values = Array2::from_shape_vec((rows.len(), SHAPE_DESCRIPTORS), values)
            .map_err(|e| Error::new(ErrorKind::Internal, e.to_string()))?;
        Ok(Shapes { values, rows })
    }

    fn shape(&self, row: usize, limits: &Limits) -> Result<[f64; SHAPE_DESCRIPTORS], Error> {
        let of = |molecule: &Molecule| {
            shape(molecule).map_err(|none| Error::new(ErrorKind::Input, none.to_string()))
        };
        guarded(|| match self.row(row) {
            Some(Input::Smiles(text)) => of(&chem::parse_smiles(text, limits)?),
            Some(Input::Molblock(text)) => of(&chem::parse_molblock(text, limits)?),
            Some(Input::Atoms(atoms)) => of(&chem::molecule_from_atoms(atoms, limits)?),
            Some(Input::Molecule(molecule)) => of(molecule),
            Some(Input::Fingerprint { .. }) => Err(Error::new(
                ErrorKind::Input,
                "a fingerprint alone has no shape; expected a molecule with 3D coordinates",
            )),
            Some(Input::Refused(error)) => Err(error.clone()),
            None => Err(Error::new(ErrorKind::Internal, "the row is gone")),
        })
    }
}
