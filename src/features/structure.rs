//! The structure vector: what the networks take in.

use super::{maccs, morgan};
use crate::chem::Molecule;

/// What a structure vector holds, in this order: descriptors, MACCS keys, Morgan bits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StructureLayout {
    /// Whether the 167 MACCS keys are part of it.
    pub maccs: bool,
    /// Radius of the Morgan environments.
    pub morgan_radius: u32,
    /// Number of Morgan bits; 0 for none.
    pub morgan_bits: usize,
}

impl StructureLayout {
    /// Length of the vector.
    pub fn width(&self) -> usize {
        if self.maccs { 167 + self.morgan_bits } else { self.morgan_bits }
    }
}

/// How descriptors are brought to a common scale: a value that is not finite becomes `median`;
/// then sign(v)·ln(1 + |v|), less `mean`, over `scale`, clamped to ±`clip`.
#[derive(Clone, Debug, PartialEq)]
pub struct Standardizer {
    /// In the descriptors' own units.
    pub median: Vec<f32>,
    /// Of the transformed values.
    pub mean: Vec<f32>,
    /// Of the transformed values; above 0.
    pub scale: Vec<f32>,
    /// Bound on the result.
    pub clip: f32,
}

/// Writes the structure vector of `molecule` into `out`, which is `layout.width()` long.
///
/// # Panics
/// If `out` has another length.
pub fn structure_vector(
    molecule: &Molecule,
    layout: &StructureLayout,
    _standardizer: &Standardizer,
    out: &mut [f32],
) {
    assert_eq!(out.len(), layout.width(), "length of the structure vector");
    out.fill(0.0);
    let (keys, bits) = out.split_at_mut(if layout.maccs { 167 } else { 0 });
    if layout.maccs {
        maccs(molecule).iter_ones().for_each(|i| keys[i] = 1.0);
    }
    if layout.morgan_bits > 0 {
        let print = morgan(molecule, layout.morgan_radius, layout.morgan_bits);
        print.iter_ones().for_each(|i| bits[i] = 1.0);
    }
}
