//! Labels lent to a data set by a table of pretraining that measures the same: a lever beyond the paper, for data sets
//! with few labels on well-studied targets.
//!
//! ChEMBL2k asks for each target whether a compound acts below some 300 nM; ChEMBL's table of activities answers that for
//! thousands of further compounds. They join in as further rows, with soft labels (see [`labels`](crate::data::labels)), a
//! loss of their own beside that on the data set, and an offset a task, as the two collections differ in how many
//! compounds act. Validation and selection see the data set's own rows alone. The leak guard has kept molecules
//! of every benchmark's valid and test splits out of the tables (see [`data`](crate::data)).

use crate::Result;
use crate::benchmark::Benchmark;
use crate::data::labelled;
use ndarray::{Array1, Array2, ArrayView2};
use std::collections::HashMap;
use std::path::Path;

/// Gene symbols of ChEMBL2k's tasks and the identifiers that ChEMBL gives these targets.
const CHEMBL2K: &[(&str, &str)] = &[
    ("ABCB1", "CHEMBL4302"),
    ("ABL1", "CHEMBL1862"),
    ("ADRA1D", "CHEMBL223"),
    ("ADRA2B", "CHEMBL1942"),
    ("ADRB2", "CHEMBL210"),
    ("CA12", "CHEMBL3242"),
    ("CA2", "CHEMBL205"),
    ("CA9", "CHEMBL3594"),
    ("CACNA1H", "CHEMBL1859"),
    ("CDK2", "CHEMBL301"),
    ("CHRM1", "CHEMBL216"),
    ("CHRM3", "CHEMBL245"),
    ("CHRM4", "CHEMBL1821"),
    ("CNR1", "CHEMBL218"),
    ("CYP1A2", "CHEMBL3356"),
    ("CYP2C19", "CHEMBL3622"),
    ("CYP2C9", "CHEMBL3397"),
    ("CYP2D6", "CHEMBL289"),
    ("CYP3A4", "CHEMBL340"),
    ("DRD2", "CHEMBL217"),
    ("DRD3", "CHEMBL234"),
    ("DRD4", "CHEMBL219"),
    ("EGFR", "CHEMBL203"),
    ("ESR1", "CHEMBL206"),
    ("FLT1", "CHEMBL1868"),
    ("HRH1", "CHEMBL231"),
    ("HTR1A", "CHEMBL214"),
    ("HTR2A", "CHEMBL224"),
    ("HTR2B", "CHEMBL1833"),
    ("HTR2C", "CHEMBL225"),
    ("HTR6", "CHEMBL3371"),
    ("KCNH2", "CHEMBL240"),
    ("KDR", "CHEMBL279"),
    ("LCK", "CHEMBL258"),
    ("MCL1", "CHEMBL4361"),
    ("OPRK1", "CHEMBL237"),
    ("PPARG", "CHEMBL235"),
    ("PTGS1", "CHEMBL221"),
    ("SIGMAR1", "CHEMBL287"),
    ("SLC6A2", "CHEMBL222"),
    ("SLC6A4", "CHEMBL228"),
];

/// The task of a labelled table, as `prepare` names it, that measures what `column` of the data set `set` measures.
fn counterpart(set: &str, column: &str) -> Option<String> {
    let (_, target) = CHEMBL2K.iter().find(|(gene, _)| set == "chembl2k" && *gene == column)?;
    Some(format!("chembl:{target}"))
}

/// Rows to be trained on beside a data set's own.
#[derive(Clone, Debug, PartialEq)]
pub struct Borrowed {
    /// What the heads read, rows × width.
    pub x: Array2<f32>,
    /// Labels in 0…1, rows × tasks, NaN where missing.
    pub y: Array2<f32>,
    /// Weight of their loss beside that on the data set's own rows.
    pub weight: f32,
}

impl Borrowed {
    /// The molecules that the run folder `run` has labels on for tasks of `set`. `features` computes what heads read.
    ///
    /// # Errors
    /// If the run holds no prepared data, or no table of it measures what `set` measures.
    pub fn of_run(
        run: &Path,
        set: &Benchmark,
        weight: f32,
        features: impl FnOnce(&[String]) -> Result<Array2<f32>>,
    ) -> Result<Self> {
        let (smiles, labels) = labelled(&run.join("prepared"))?;
        let tasks: HashMap<u32, usize> = set
            .tasks
            .iter()
            .enumerate()
            .filter_map(|(t, column)| {
                let name = counterpart(&set.name, column)?;
                Some((labels.tasks.iter().position(|task| *task == name)? as u32, t))
            })
            .collect();
        let (mut chosen, mut values) = (Vec::new(), Vec::new());
        for (smiles, row) in smiles.into_iter().zip(&labels.rows) {
            let mut all = vec![f32::NAN; set.tasks.len()];
            for (task, value) in row {
                if let Some(&t) = tasks.get(task) {
                    all[t] = *value;
                }
            }
            if all.iter().any(|v| !v.is_nan()) {
                chosen.push(smiles);
                values.extend(all);
            }
        }
        if chosen.is_empty() {
            return Err(format!("{}: no labelled table measures the same", set.name).into());
        }
        let y = Array2::from_shape_vec((chosen.len(), set.tasks.len()), values)?;
        Ok(Self { x: features(&chosen)?, y, weight })
    }

    /// Inputs that are other than zero in at least `least` rows.
    pub fn used(&self, least: usize) -> Vec<bool> {
        used(self.x.view(), least)
    }

    /// What the labels' log odds exceed a data set's own by, a task: the offset to begin with.
    pub fn first_offset(&self, own: &[f32]) -> Array1<f32> {
        let odds = self.y.columns().into_iter().map(log_odds);
        odds.zip(own).map(|(odds, own)| odds - own).collect()
    }
}

/// Columns that are other than zero in at least `least` rows.
pub fn used(x: ArrayView2<'_, f32>, least: usize) -> Vec<bool> {
    let hits = |column: ndarray::ArrayView1<'_, f32>| column.iter().filter(|v| **v != 0.0).count();
    x.columns().into_iter().map(|c| hits(c) >= least).collect()
}

/// Log odds of a column of labels, those that are missing left out.
pub fn log_odds(column: ndarray::ArrayView1<'_, f32>) -> f32 {
    let known: Vec<f32> = column.iter().copied().filter(|v| !v.is_nan()).collect();
    let p = (known.iter().sum::<f32>() + 0.5) / (known.len() as f32 + 1.0);
    (p / (1.0 - p)).ln()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn targets_are_named_once() {
        let mut targets: Vec<_> = CHEMBL2K.iter().map(|(_, target)| target).collect();
        targets.sort();
        targets.dedup();
        assert_eq!(targets.len(), 41);
        assert_eq!(counterpart("chembl2k", "ADRB2").as_deref(), Some("chembl:CHEMBL210"));
        assert_eq!(counterpart("toxcast", "ADRB2"), None);
    }

    #[test]
    fn offsets_are_differences_of_log_odds() {
        let y = array![[1.0, 0.0], [1.0, f32::NAN], [1.0, f32::NAN]];
        let borrowed = Borrowed { x: array![[0.0], [1.0], [2.0]], y, weight: 1.0 };
        let offset = borrowed.first_offset(&[0.0, 1.0]);
        assert!((offset[0] - 7f32.ln()).abs() < 1e-6 && (offset[1] + 3f32.ln() + 1.0).abs() < 1e-6);
        assert_eq!((borrowed.used(2), borrowed.used(3)), (vec![true], vec![false]));
    }
}
