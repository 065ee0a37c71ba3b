//! SMILES → structure vectors, by the library's own code.

use crate::Result;
use chmr::chem::{Limits, Molecule, parse_smiles};
use chmr::features::descriptors::{DESCRIPTORS, descriptors};
use chmr::features::{Standardizer, StructureLayout, structure_vector};
use ndarray::Array2;
use rayon::prelude::*;

/// Bound on standardised descriptors.
pub const CLIP: f32 = 4.0;

/// Reads every SMILES; `None` for those that the library refuses.
pub fn molecules(smiles: &[String]) -> Vec<Option<Molecule>> {
    smiles.par_iter().map(|s| parse_smiles(s, &Limits::default()).ok()).collect()
}

/// Fits the one standardizer of a model to the descriptors of its training molecules.
///
/// # Errors
/// If there is no molecule.
pub fn standardizer(training: &[&Molecule]) -> Result<Standardizer> {
    let rows: Vec<[f64; DESCRIPTORS.len()]> = training
        .par_iter()
        .map(|m| {
            let mut row = [0.0; DESCRIPTORS.len()];
            descriptors(m, &mut row);
            row
        })
        .collect();
    Ok(Standardizer::fit(rows.as_flattened(), DESCRIPTORS.len(), CLIP)?)
}

/// Structure vectors, one a row; a refused molecule's row is zero.
pub fn matrix(
    molecules: &[Option<Molecule>],
    layout: &StructureLayout,
    standardizer: &Standardizer,
) -> Array2<f32> {
    let width = layout.width();
    let mut out = vec![0.0; molecules.len() * width];
    out.par_chunks_mut(width).zip(molecules).for_each(|(row, molecule)| {
        if let Some(molecule) = molecule {
            structure_vector(molecule, layout, standardizer, row);
        }
    });
    Array2::from_shape_vec((molecules.len(), width), out).expect("a row a molecule")
}
