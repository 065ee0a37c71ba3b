//! Labels lent to a data set by a table of pretraining that measures the same: a lever beyond the paper, for data sets
//! with few labels on well-studied targets.
//!
//! ChEMBL2k asks for each target whether a compound acts below some 300 nM; ChEMBL's table of activities answers that for
//! thousands of further compounds. They join in as further rows, with soft labels, a
//! loss of their own beside that on the data set, and an offset a task, as the two collections differ in how many
//! compounds act. Validation and selection see the data set's own rows alone. The leak guard has kept molecules
//! of every benchmark's valid and test splits out of the tables.

use crate::Result;
use crate::assays::tables::table;
use crate::assays::{Assays, Bound, Label};
use crate::benchmark::Benchmark;
use crate::chmr::leak_guard::LeakGuard;
use crate::data::benchmarks;
use crate::data::labels::{POTENT, activity};
use crate::data::table::Folder;
use ndarray::{Array1, Array2, ArrayView2};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};
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

/// ChEMBL2k's CYPs are those of the table of CYP classes; pChEMBL values rank them badly.
const CYP: &str = "CYP";

/// How a data set borrows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recipe {
    /// Weight of the loss on borrowed rows beside that on the data set's own.
    #[serde(default = "one")]
    pub weight: f32,
    /// Tables, by their names among [`tables`](crate::assays::tables).
    #[serde(default = "chembl")]
    pub tables: Vec<String>,
    /// Borrowed rows a step; as many as of the data set if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rows: Option<usize>,
    /// Columns of the data set and the assays, `table:assay`, that measure the same. ChEMBL2k's targets are known and need none.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tasks: BTreeMap<String, Vec<String>>,
}

fn one() -> f32 {
    1.0
}

fn chembl() -> Vec<String> {
    vec!["chembl".into()]
}

impl Recipe {
    /// # Errors
    /// Where a number is out of range, or there is no such table.
    pub fn check(&self) -> Result<()> {
        self.tables.iter().try_for_each(|name| table(name).map(|_| ()))?;
        if !(self.weight > 0.0 && self.weight <= 10.0) || self.rows == Some(0) {
            return Err("borrow: the weight is not in 0…10, or rows is 0".into());
        }
        Ok(())
    }

    /// Assays that measure what `column` of the data set `set` measures.
    fn counterparts(&self, set: &str, column: &str) -> Vec<String> {
        if let Some(named) = self.tasks.get(column) {
            return named.clone();
        }
        let known = CHEMBL2K.iter().find(|(gene, _)| set == "chembl2k" && *gene == column);
        match known {
            Some((gene, _)) if gene.starts_with(CYP) => {
                let mut all = vec![format!("cyp:{gene}")];
                // Without that table, the values are better than nothing.
                if !self.tables.iter().any(|t| t == "cyp") {
                    all = self.potencies(gene);
                }
                all
            }
            Some((gene, _)) => self.potencies(gene),
            None => Vec::new(),
        }
    }

    fn potencies(&self, gene: &str) -> Vec<String> {
        let target = CHEMBL2K.iter().find(|(known, _)| *known == gene).map(|(_, target)| target);
        let tables = self.tables.iter().filter(|t| t.contains("chembl"));
        target
            .iter()
            .flat_map(|t| tables.clone().map(move |table| format!("{table}:{t}")))
            .collect()
    }
}

/// A label in 0…1 of what was measured; none where a bound leaves it open.
fn soft(label: &Label, numbers: bool) -> Option<f32> {
    if !numbers {
        return Some(label.value);
    }
    let says_something = match label.bound {
        Bound::Exact => true,
        Bound::AtMost => label.value < POTENT,
        Bound::AtLeast => label.value > POTENT,
    };
    says_something.then(|| activity(label.value))
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
    /// How many a step; as many as of the data set's own if none.
    pub rows: Option<usize>,
    /// Tables that they come of: file of the data folder, rows that the leak guard admitted, SHA-256.
    pub tables: Vec<(String, usize, String)>,
}

impl Borrowed {
    /// What the tables of `recipe` know of tasks of `set`. `features` computes what heads read.
    ///
    /// # Errors
    /// If a table is absent, or none measures what `set` measures.
    pub fn read(
        data: &Path,
        set: &Benchmark,
        recipe: &Recipe,
        features: impl FnOnce(&[String]) -> Result<Array2<f32>>,
    ) -> Result<Self> {
        let mut input = Folder::new(data);
        let guard = LeakGuard::of_benchmarks(data, &benchmarks(data)?)?;
        let assays = Assays::read(&recipe.tables, &mut input, &guard)?;
        // A measurement may serve several tasks.
        let mut tasks: HashMap<u32, Vec<usize>> = HashMap::new();
        for (t, column) in set.tasks.iter().enumerate() {
            for name in recipe.counterparts(&set.name, column) {
                if let Some(assay) = assays.assays.iter().position(|a| a.name == name) {
                    tasks.entry(assay as u32).or_default().push(t);
                } else if recipe.tasks.contains_key(column) {
                    return Err(format!("{}: no assay is called '{name}'", set.name).into());
                }
            }
        }
        let (mut chosen, mut values) = (Vec::new(), Vec::new());
        for (smiles, labels) in assays.smiles.iter().zip(&assays.labels) {
            // Tables that measured the same are averaged.
            let mut sums = vec![(0.0f32, 0.0f32); set.tasks.len()];
            for label in labels {
                let Some(tasks) = tasks.get(&label.assay) else { continue };
                let numbers = assays.assays[label.assay as usize].numbers;
                let Some(value) = soft(label, numbers) else { continue };
                tasks.iter().for_each(|&t| sums[t] = (sums[t].0 + value, sums[t].1 + 1.0));
            }
            if sums.iter().any(|(_, n)| *n > 0.0) {
                chosen.push(smiles.clone());
                // NaN where there is none.
                values.extend(sums.into_iter().map(|(sum, n)| sum / n));
            }
        }
        if chosen.is_empty() {
            return Err(format!("{}: no table measures the same", set.name).into());
        }
        let y = Array2::from_shape_vec((chosen.len(), set.tasks.len()), values)?;
        eprintln!("{}: {} molecules borrowed", set.name, chosen.len());
        let known = |name: &String| -> Result<(String, usize, String)> {
            let path = table(name)?.path.to_owned();
            let admitted = assays.guarded.get(name).map_or(0, |g| g.admitted);
            let sha256 = input.hashes().get(&path).cloned().unwrap_or_default();
            Ok((path, admitted, sha256))
        };
        let tables = recipe.tables.iter().map(known).collect::<Result<_>>()?;
        let x = features(&chosen)?;
        Ok(Self { x, y, weight: recipe.weight, rows: recipe.rows, tables })
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
        let mut recipe: Recipe = toml::from_str("").unwrap();
        assert_eq!(recipe.counterparts("chembl2k", "ADRB2"), ["chembl:CHEMBL210"]);
        assert_eq!(recipe.counterparts("chembl2k", "CYP2D6"), ["chembl:CHEMBL289"]);
        assert!(recipe.counterparts("toxcast", "ADRB2").is_empty());
        recipe.tables = ["chembl", "pchembl", "cyp"].map(String::from).into();
        let both = ["chembl:CHEMBL210", "pchembl:CHEMBL210"];
        assert_eq!(recipe.counterparts("chembl2k", "ADRB2"), both);
        assert_eq!(recipe.counterparts("chembl2k", "CYP2D6"), ["cyp:CYP2D6"]);
        recipe.tasks.insert("a".into(), vec!["tox21:NR-AR".into()]);
        assert_eq!(recipe.counterparts("toxcast", "a"), ["tox21:NR-AR"]);
    }

    #[test]
    fn bounds_count_where_they_decide() {
        let label = |value, bound| soft(&Label { assay: 0, value, bound }, true);
        assert!((label(6.5, Bound::Exact).unwrap() - 0.5).abs() < 1e-6);
        assert!(label(5.0, Bound::AtMost).unwrap() < 0.06);
        assert_eq!(label(8.0, Bound::AtMost), None);
        assert!(label(8.0, Bound::AtLeast).unwrap() > 0.94);
        assert_eq!(label(5.0, Bound::AtLeast), None);
    }

    #[test]
    fn offsets_are_differences_of_log_odds() {
        let y = array![[1.0, 0.0], [1.0, f32::NAN], [1.0, f32::NAN]];
        let borrowed = Borrowed {
            x: array![[0.0], [1.0], [2.0]],
            y,
            weight: 1.0,
            rows: None,
            tables: Vec::new(),
        };
        let offset = borrowed.first_offset(&[0.0, 1.0]);
        assert!((offset[0] - 7f32.ln()).abs() < 1e-6 && (offset[1] + 3f32.ln() + 1.0).abs() < 1e-6);
        assert_eq!((borrowed.used(2), borrowed.used(3)), (vec![true], vec![false]));
    }
}
