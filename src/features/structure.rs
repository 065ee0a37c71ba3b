//! The structure vector: what the networks take in.

use super::descriptors::{DESCRIPTORS, RADIUS, of_environments};
use super::morgan::{environments, folded};
use super::{MACCS_BITS, maccs};
use crate::chem::Molecule;
use crate::error::{Error, ErrorKind};

/// What a structure vector holds, in this order: descriptors, MACCS keys, Morgan bits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StructureLayout {
    /// Which [`DESCRIPTORS`], by index, in this order; no descriptor is computed where it is empty.
    pub descriptors: Vec<usize>,
    /// Whether the 167 MACCS keys are part of it.
    pub maccs: bool,
    /// Radius of the Morgan environments.
    pub morgan_radius: u32,
    /// Number of Morgan bits; 0 for none.
    pub morgan_bits: usize,
}

impl Default for StructureLayout {
    /// All descriptors, the MACCS keys, and 1024 Morgan bits of radius 2.
    fn default() -> Self {
        Self {
            descriptors: (0..DESCRIPTORS.len()).collect(),
            maccs: true,
            morgan_radius: 2,
            morgan_bits: 1024,
        }
    }
}

impl StructureLayout {
    /// Indices of the descriptors called `names`, as the field `descriptors` wants them.
    ///
    /// # Errors
    /// [`ErrorKind::Unsupported`] for a name that this library does not know.
    pub fn find<S: AsRef<str>>(names: &[S]) -> Result<Vec<usize>, Error> {
        let find = |name: &S| {
            let name = name.as_ref();
            DESCRIPTORS.iter().position(|d| d.name == name).ok_or_else(|| {
                let message = format!("no descriptor is called '{name}' in this library");
                Error::new(ErrorKind::Unsupported, message)
            })
        };
        names.iter().map(find).collect()
    }

    /// Names of the descriptors, in order.
    pub fn descriptor_names(&self) -> Vec<&'static str> {
        self.descriptors.iter().map(|&i| DESCRIPTORS[i].name).collect()
    }

    /// Length of the vector.
    pub fn width(&self) -> usize {
        let keys = if self.maccs { MACCS_BITS } else { 0 };
        self.descriptors.len() + keys + self.morgan_bits
    }
}

/// How descriptors are brought to a common scale: a value that is not finite becomes `median`;
/// then sign(v)·ln(1 + |v|), less `mean`, over `scale`, clamped to ±`clip`. One entry a descriptor
/// of the layout.
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

impl Standardizer {
    /// Fits to `values`, row-major, `columns` descriptors a row: medians of the finite values, then
    /// mean and standard deviation of what the transformation makes of all. A constant column has
    /// scale 1, a column without a finite value median 0.
    ///
    /// # Errors
    /// [`ErrorKind::Argument`] if `values` is empty or no whole number of rows.
    pub fn fit(values: &[f64], columns: usize, clip: f32) -> Result<Self, Error> {
        if columns == 0 || values.is_empty() || !values.len().is_multiple_of(columns) {
            let message = format!("{} values are not rows of {columns} columns", values.len());
            return Err(Error::new(ErrorKind::Argument, message));
        }
        let rows = values.len() / columns;
        let mut fitted = Self { median: vec![], mean: vec![], scale: vec![], clip };
        for c in 0..columns {
            let column = || values.iter().skip(c).step_by(columns).copied();
            let mut known: Vec<f64> = column().filter(|v| usable(*v)).collect();
            known.sort_unstable_by(f64::total_cmp);
            let median = match known.len() {
                0 => 0.0,
                n => (known[(n - 1) / 2] + known[n / 2]) / 2.0,
            } as f32;
            let compressed: Vec<f64> = column().map(|v| compress(v, median)).collect();
            let mean = compressed.iter().sum::<f64>() / rows as f64;
            let variance = compressed.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / rows as f64;
            let scale = variance.sqrt() as f32;
            fitted.median.push(median);
            fitted.mean.push(mean as f32);
            fitted.scale.push(if scale > 1e-6 { scale } else { 1.0 });
        }
        Ok(fitted)
    }

    /// The scaled value of descriptor `index` of the layout.
    ///
    /// # Panics
    /// If `index` is beyond the vectors.
    pub fn apply(&self, index: usize, value: f64) -> f32 {
        let compressed = compress(value, self.median[index]);
        let scaled = (compressed - f64::from(self.mean[index])) / f64::from(self.scale[index]);
        (scaled as f32).clamp(-self.clip, self.clip)
    }
}

/// Finite as the f32 that medians are kept in.
fn usable(value: f64) -> bool {
    (value as f32).is_finite()
}

fn compress(value: f64, median: f32) -> f64 {
    let value = if usable(value) { value } else { f64::from(median) };
    value.signum() * value.abs().ln_1p()
}

/// Writes the structure vector of `molecule` into `out`, which is `layout.width()` long.
///
/// # Panics
/// If `out` has another length, or `standardizer` fewer entries than `layout` has descriptors.
pub fn structure_vector(
    molecule: &Molecule,
    layout: &StructureLayout,
    standardizer: &Standardizer,
    out: &mut [f32],
) {
    assert_eq!(out.len(), layout.width(), "length of the structure vector");
    let (scaled, prints) = out.split_at_mut(layout.descriptors.len());
    // Descriptors count the environments that Morgan bits stand for: both from one walk.
    let own = if layout.morgan_bits > 0 { layout.morgan_radius } else { 0 };
    let environments = match scaled.is_empty() {
        false => environments(molecule, RADIUS.max(own)),
        true if layout.morgan_bits > 0 => environments(molecule, own),
        true => Vec::new(),
    };
    if !scaled.is_empty() {
        let mut values = [0.0; DESCRIPTORS.len()];
        of_environments(molecule, &environments, &mut values);
        for (i, (slot, &d)) in scaled.iter_mut().zip(&layout.descriptors).enumerate() {
            *slot = standardizer.apply(i, values[d]);
        }
    }
    prints.fill(0.0);
    let (keys, bits) = prints.split_at_mut(if layout.maccs { MACCS_BITS } else { 0 });
    if layout.maccs {
        maccs(molecule).iter_ones().for_each(|i| keys[i] = 1.0);
    }
    if layout.morgan_bits > 0 {
        for &(identifier, _) in environments.iter().take_while(|e| e.1 <= own) {
            bits[folded(identifier, layout.morgan_bits)] = 1.0;
        }
    }
}
