//! The set of molecules: each once, whatever its sources wrote.

use crate::Result;
use chmr::chem::{Limits, Molecule, canonical_smiles, parse_smiles};
use rayon::prelude::*;
use std::collections::HashMap;

/// Unlabelled molecules, a file of the data folder.
pub const MOLECULES: &str = "pretrain/molecules.csv.gz";

/// Molecules in the order of their first mention; two are one if their canonical SMILES are equal. Those keep neither
/// stereochemistry nor isotopes, as the fingerprints do not: stereoisomers share a row.
#[derive(Default)]
pub struct MoleculeSet {
    smiles: Vec<String>,
    molecules: Vec<Molecule>,
    index: HashMap<String, u32>,
    refused: usize,
}

impl MoleculeSet {
    /// Without a molecule.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds what is new of `smiles`. The number of each; `None` for those that the library refuses.
    pub fn add<S: AsRef<str> + Sync>(&mut self, smiles: &[S]) -> Vec<Option<u32>> {
        let read: Vec<Option<(String, Molecule)>> = smiles
            .par_iter()
            .map(|s| {
                let molecule = parse_smiles(s.as_ref(), &Limits::default()).ok()?;
                // The few that the canonical order does not model are known as they were written.
                let name = canonical_smiles(&molecule).unwrap_or_else(|_| s.as_ref().to_owned());
                Some((name, molecule))
            })
            .collect();
        read.into_iter()
            .map(|entry| {
                let Some((canonical, molecule)) = entry else {
                    self.refused += 1;
                    return None;
                };
                let next = self.smiles.len() as u32;
                let number = *self.index.entry(canonical.clone()).or_insert(next);
                if number == next {
                    self.smiles.push(canonical);
                    self.molecules.push(molecule);
                }
                Some(number)
            })
            .collect()
    }

    /// Canonical SMILES of each.
    pub fn smiles(&self) -> &[String] {
        &self.smiles
    }

    /// The molecules.
    pub fn molecules(&self) -> &[Molecule] {
        &self.molecules
    }

    /// SMILES that the library refused, repetitions counted.
    pub fn refused(&self) -> usize {
        self.refused
    }
}

/// `wanted` numbers evenly spread over `0..available`, all where fewer are available. The same arguments give the
/// same numbers, and a source that lists its parts one after the other is drawn from in proportion.
pub fn spread(available: usize, wanted: usize) -> Vec<usize> {
    if wanted >= available {
        return (0..available).collect();
    }
    (0..wanted).map(|i| i * available / wanted).collect()
}

/// Whether a molecule is held out for validation: by a hash of its canonical SMILES, so that a larger set of
/// molecules holds out the same ones.
pub fn held_out(canonical: &str, share: f64) -> bool {
    let mut rng = crate::chmr::rng::Rng::named(0, canonical);
    rng.uniform() < share
}

/// Rows of a table by molecule, the mean of each entry's finite values where a molecule has several rows. Ascending
/// by molecule; rows without a molecule (`None`) are left out.
///
/// # Errors
/// If a row's length differs from the first one's.
pub fn merge(rows: &[(Option<u32>, Vec<f32>)]) -> Result<Vec<(u32, Vec<f32>)>> {
    let mut merged = std::collections::BTreeMap::<u32, (Vec<f64>, Vec<u32>)>::new();
    for (molecule, values) in rows {
        let Some(molecule) = molecule else { continue };
        let width = values.len();
        let (sum, count) =
            merged.entry(*molecule).or_insert_with(|| (vec![0.0; width], vec![0; width]));
        if sum.len() != width {
            return Err(format!("rows of {} and {width} values in one table", sum.len()).into());
        }
        for (c, &v) in values.iter().enumerate().filter(|(_, v)| v.is_finite()) {
            sum[c] += f64::from(v);
            count[c] += 1;
        }
    }
    let mean = |(s, n): (f64, u32)| if n == 0 { f32::NAN } else { (s / f64::from(n)) as f32 };
    Ok(merged
        .into_iter()
        .map(|(m, (sum, count))| (m, sum.into_iter().zip(count).map(mean).collect()))
        .collect())
}
