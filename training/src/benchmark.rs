//! The public data sets: `<name>.csv.gz` with the columns `smiles`, `split`, then one a task.

use crate::Result;
use crate::adme;
use flate2::read::GzDecoder;
use ndarray::{Array2, Axis};
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

/// Which part of a data set a row belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Split {
    /// Learnt from.
    Train,
    /// Chosen on.
    Valid,
    /// Never looked at here.
    Test,
}

/// One data set.
#[derive(Clone, Debug)]
pub struct Benchmark {
    /// Its name, the file's.
    pub name: String,
    /// Names of the tasks, in the file's order.
    pub tasks: Vec<String>,
    /// One SMILES a row.
    pub smiles: Vec<String>,
    /// One split a row.
    pub splits: Vec<Split>,
    /// Rows × tasks, NaN where not measured.
    pub labels: Array2<f32>,
    /// SHA-256 of the file.
    pub sha256: String,
}

/// What is known of a data set beyond its file.
#[derive(Clone, Copy, Debug)]
pub struct About {
    /// Name of the file.
    pub name: &'static str,
    /// One line on its tasks; `{}` stands for the column.
    pub tasks: &'static str,
    /// Whether the values are numbers, not classes.
    pub regression: bool,
    /// Source and licence.
    pub licence: &'static str,
}

impl About {
    /// The data set that the model file names its tasks after.
    pub fn dataset(&self) -> &'static str {
        if self.name == adme::CLASSES { adme::DATASET } else { self.name }
    }
}

/// The nine data sets of the CHMR paper, and those of [`adme`].
pub const ABOUT: &[About] = &[
    About {
        name: adme::DATASET,
        tasks: "{}",
        regression: true,
        licence: "ChEMBL, CC BY-SA 3.0; PharmaBench, CC0; PKSmart, Apache-2.0; Lombardo; AstraZeneca and NCATS deposits",
    },
    About {
        name: adme::CLASSES,
        tasks: "{}",
        regression: false,
        licence: "Veith CYP panel (PubChem), via admetica, MIT",
    },
    About {
        name: "bace",
        tasks: "inhibition of human beta-secretase 1 (BACE-1)",
        regression: false,
        licence: "MoleculeNet copy, MIT",
    },
    About {
        name: "bbbp",
        tasks: "penetration of the blood-brain barrier",
        regression: false,
        licence: "MoleculeNet copy, MIT",
    },
    About {
        name: "biogen",
        tasks: "Biogen ADME assay: {}",
        regression: true,
        licence: "Biogen ADME set, MIT",
    },
    About {
        name: "broad6k",
        tasks: "activity in Broad Institute assay {}",
        regression: false,
        licence: "Broad Institute / CDRP assays",
    },
    About {
        name: "chembl2k",
        tasks: "activity on target {} (ChEMBL)",
        regression: false,
        licence: "ChEMBL, CC BY-SA 3.0",
    },
    About {
        name: "clintox",
        tasks: "clinical toxicity: {}",
        regression: false,
        licence: "MoleculeNet copy, MIT",
    },
    About {
        name: "hiv",
        tasks: "inhibition of HIV replication",
        regression: false,
        licence: "MoleculeNet copy, MIT",
    },
    About {
        name: "sider",
        tasks: "marketed-drug side effects: {}",
        regression: false,
        licence: "MoleculeNet copy, MIT",
    },
    About {
        name: "toxcast",
        tasks: "activity in ToxCast assay {}",
        regression: false,
        licence: "US EPA, public domain",
    },
];

/// Units of the Biogen tasks by a word of the column's name, and what a larger value means.
const BIOGEN_UNITS: &[(&str, &str, &str)] = &[
    ("CLint", "log10 mL/min/kg", "higher is faster clearance"),
    ("MDR1-MDCK", "log10 efflux ratio (B-A/A-B)", "higher is stronger efflux"),
    ("SOLUBILITY", "log10 ug/mL at pH 6.8", "higher is more soluble"),
    ("PROTEIN BINDING", "log10 % unbound", "higher is less bound"),
];

/// What is known of `name`; a made-up set has no entry.
pub fn about(name: &str) -> Option<&'static About> {
    ABOUT.iter().find(|a| a.name == name)
}

/// Unit and direction of a task, where it has them.
pub fn unit(dataset: &str, column: &str) -> (Option<&'static str>, Option<&'static str>) {
    if let Some(endpoint) = endpoint(dataset, column) {
        return (endpoint.unit, Some(endpoint.direction));
    }
    let found = BIOGEN_UNITS.iter().find(|u| dataset == "biogen" && column.contains(u.0));
    match found {
        Some((_, unit, direction)) => (Some(unit), Some(direction)),
        None => (None, Some("higher is more likely")),
    }
}

fn endpoint(dataset: &str, column: &str) -> Option<&'static adme::Endpoint> {
    let ours = [adme::DATASET, adme::CLASSES].contains(&dataset);
    adme::ENDPOINTS.iter().find(|e| ours && e.column == column)
}

/// One line on a task.
pub fn description(dataset: &str, column: &str) -> String {
    if let Some(endpoint) = endpoint(dataset, column) {
        return endpoint.about.into();
    }
    about(dataset).map_or(column.to_owned(), |a| a.tasks.replace("{}", column))
}

/// Folder of the data: `CHMR_DATA`, or `../shared/data` beside the checkout.
pub fn data_folder() -> PathBuf {
    std::env::var_os("CHMR_DATA").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data"),
        PathBuf::from,
    )
}

impl Benchmark {
    /// Reads `<folder>/benchmarks/<name>.csv.gz`, or makes one of the two of [`adme`].
    ///
    /// # Errors
    /// Where the file is absent or not of the form above.
    pub fn read(folder: &Path, name: &str) -> Result<Self> {
        if [adme::DATASET, adme::CLASSES].contains(&name) {
            return adme::read(folder, name);
        }
        let path = folder.join("benchmarks").join(format!("{name}.csv.gz"));
        let at = |e: &dyn std::fmt::Display| format!("{}: {e}", path.display());
        let mut packed = Vec::new();
        File::open(&path).and_then(|mut f| f.read_to_end(&mut packed)).map_err(|e| at(&e))?;
        let mut reader = csv::Reader::from_reader(GzDecoder::new(&packed[..]));
        let header = reader.headers().map_err(|e| at(&e))?.clone();
        if header.get(0) != Some("smiles") || header.get(1) != Some("split") || header.len() < 3 {
            return Err(at(&"expected the columns smiles, split and at least one task").into());
        }
        let tasks: Vec<String> = header.iter().skip(2).map(String::from).collect();
        let (mut smiles, mut splits, mut labels) = (Vec::new(), Vec::new(), Vec::new());
        for record in reader.records() {
            let record = record.map_err(|e| at(&e))?;
            smiles.push(record[0].to_owned());
            splits.push(match &record[1] {
                "train" => Split::Train,
                "valid" => Split::Valid,
                "test" => Split::Test,
                other => return Err(at(&format!("unknown split '{other}'")).into()),
            });
            for field in record.iter().skip(2) {
                labels.push(if field.is_empty() {
                    f32::NAN
                } else {
                    field.parse().map_err(|e| at(&format!("'{field}': {e}")))?
                });
            }
        }
        let labels = Array2::from_shape_vec((smiles.len(), tasks.len()), labels)?;
        let sha256 = chmr::model::sha256_hex(&packed);
        Ok(Self { name: name.into(), tasks, smiles, splits, labels, sha256 })
    }

    /// Without the rows of the test split; with `limit`, only so many of the training rows, the first ones, and of
    /// the validation rows.
    pub fn without_test(self, limit: Option<usize>) -> Self {
        let limit = limit.unwrap_or(usize::MAX);
        let [train, valid] = [Split::Train, Split::Valid].map(|s| self.rows(s));
        let mut rows =
            [&train[..train.len().min(limit)], &valid[..valid.len().min(limit)]].concat();
        rows.sort_unstable();
        Self {
            smiles: rows.iter().map(|&i| self.smiles[i].clone()).collect(),
            splits: rows.iter().map(|&i| self.splits[i]).collect(),
            labels: self.labels.select(Axis(0), &rows),
            ..self
        }
    }

    /// Rows of `split`.
    pub fn rows(&self, split: Split) -> Vec<usize> {
        (0..self.smiles.len()).filter(|&i| self.splits[i] == split).collect()
    }

    /// Indices of the rows of `split` that have a label in one of `columns`.
    pub fn labelled_rows(&self, split: Split, columns: &[usize]) -> Vec<usize> {
        let known = |row: &usize| columns.iter().any(|&c| !self.labels[[*row, c]].is_nan());
        self.rows(split).into_iter().filter(known).collect()
    }
}
