//! Keeps labels of benchmark molecules out of training.
//!
//! The rule: no labelled signal on a molecule of a benchmark's valid or test split, where two molecules are the
//! same if the first 14 characters of their InChIKeys are. InChI is not at hand here; the guard compares
//! [`chmr::chem::skeleton_key`], which is equal whenever that block is, and sometimes when it is not: it refuses a
//! little too much rather than anything too little.

use chmr::chem::{Limits, Molecule, parse_smiles, skeleton_key};
use flate2::read::GzDecoder;
use rayon::prelude::*;
use std::collections::HashMap;
use std::fmt;
use std::fs::File;
use std::path::Path;

/// A labelled molecule that must not be trained on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leak {
    /// As it was given.
    pub smiles: String,
    /// Which benchmark and split withholds it; none: it cannot be read, so nothing can be said for it.
    pub origin: Option<String>,
}

impl fmt::Display for Leak {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.origin {
            Some(origin) => {
                write!(f, "{} belongs to {origin}; its labels must not be trained on", self.smiles)
            }
            None => write!(
                f,
                "{} cannot be read, so it cannot be told from test molecules",
                self.smiles
            ),
        }
    }
}

impl std::error::Error for Leak {}

/// What was admitted of a labelled table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Admitted {
    /// Rows that may be trained on, ascending.
    pub rows: Vec<usize>,
    /// The others, with why.
    pub refused: Vec<(usize, Leak)>,
}

/// The molecules whose labels are withheld.
#[derive(Clone, Debug, Default)]
pub struct LeakGuard {
    origins: HashMap<String, String>,
}

impl LeakGuard {
    /// Withholds nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Withholds a molecule; `origin` says for whom ("chembl2k test").
    ///
    /// # Errors
    /// If the SMILES cannot be read: a molecule that the guard cannot recognise is not guarded.
    pub fn withhold(&mut self, smiles: &str, origin: &str) -> Result<(), Leak> {
        let key = key(smiles)?;
        self.origins.entry(key).or_insert_with(|| origin.to_owned());
        Ok(())
    }

    /// Withholds every valid and test molecule of a benchmark table (`smiles, split, …`, CSV, gzipped if its name
    /// says so), named by its file. Returns the rows that could not be read.
    ///
    /// # Errors
    /// If the file cannot be read, lacks one of the two columns, or has a split other than train, valid, test.
    pub fn withhold_benchmark(&mut self, path: &Path) -> Result<Vec<Leak>, String> {
        self.withhold_parts(path, &["valid", "test"])
    }

    /// As [`withhold_benchmark`](Self::withhold_benchmark), but the training split as well: for what a data set's own heads will read.
    ///
    /// # Errors
    /// As [`withhold_benchmark`](Self::withhold_benchmark).
    pub fn withhold_all(&mut self, path: &Path) -> Result<Vec<Leak>, String> {
        self.withhold_parts(path, &["train", "valid", "test"])
    }

    /// Withholds every valid and test molecule of the tables `files` of the folder `data`. Rows that cannot be read are told on
    /// standard error.
    ///
    /// # Errors
    /// As [`withhold_benchmark`](Self::withhold_benchmark).
    pub fn of_benchmarks(data: &Path, files: &[String]) -> Result<Self, String> {
        let mut guard = Self::new();
        for file in files {
            for leak in guard.withhold_benchmark(&data.join(file))? {
                eprintln!("{file}: {leak}");
            }
        }
        Ok(guard)
    }

    fn withhold_parts(&mut self, path: &Path, parts: &[&str]) -> Result<Vec<Leak>, String> {
        let at = |e: &dyn fmt::Display| format!("{}: {e}", path.display());
        let file = File::open(path).map_err(|e| at(&e))?;
        let reader: Box<dyn std::io::Read> = match path.extension() {
            Some(e) if e == "gz" => Box::new(GzDecoder::new(file)),
            _ => Box::new(file),
        };
        let name = path.file_name().and_then(|n| n.to_str()).unwrap_or_default();
        let name = name.split('.').next().unwrap_or_default();
        let mut table = csv::Reader::from_reader(reader);
        let headers = table.headers().map_err(|e| at(&e))?.clone();
        let column = |wanted: &str| {
            headers
                .iter()
                .position(|h| h == wanted)
                .ok_or_else(|| at(&format_args!("no column {wanted}")))
        };
        let (smiles, split) = (column("smiles")?, column("split")?);
        let mut withheld = Vec::new();
        for record in table.records() {
            let record = record.map_err(|e| at(&e))?;
            match &record[split] {
                part @ ("train" | "valid" | "test") => {
                    if parts.contains(&part) {
                        withheld.push((record[smiles].to_owned(), format!("{name} {part}")));
                    }
                }
                other => {
                    return Err(at(&format_args!(
                        "split {other:?}; expected train, valid or test"
                    )));
                }
            }
        }
        let keys: Vec<_> = withheld.par_iter().map(|(smiles, _)| key(smiles)).collect();
        let mut unread = Vec::new();
        for (key, (_, origin)) in keys.into_iter().zip(withheld) {
            match key {
                Ok(key) => {
                    self.origins.entry(key).or_insert(origin);
                }
                Err(leak) => unread.push(leak),
            }
        }
        Ok(unread)
    }

    /// Number of different molecules withheld.
    pub fn len(&self) -> usize {
        self.origins.len()
    }

    /// Whether nothing is withheld.
    pub fn is_empty(&self) -> bool {
        self.origins.is_empty()
    }

    /// Whether a labelled signal on `smiles` may be trained on.
    ///
    /// # Errors
    /// [`Leak`] if it is withheld or cannot be read.
    pub fn check(&self, smiles: &str) -> Result<(), Leak> {
        match self.origins.get(&key(smiles)?) {
            None => Ok(()),
            Some(origin) => Err(Leak { smiles: smiles.to_owned(), origin: Some(origin.clone()) }),
        }
    }

    /// Whether `molecule` is withheld, or cannot be told from those that are.
    pub fn withholds(&self, molecule: &Molecule) -> bool {
        skeleton_key(molecule).map_or(true, |key| self.origins.contains_key(&key))
    }

    /// Parts a labelled table into rows to train on and rows refused.
    pub fn admit<S: AsRef<str> + Sync>(&self, smiles: &[S]) -> Admitted {
        let checks: Vec<_> = smiles.par_iter().map(|s| self.check(s.as_ref())).collect();
        let mut admitted = Admitted::default();
        for (i, check) in checks.into_iter().enumerate() {
            match check {
                Ok(()) => admitted.rows.push(i),
                Err(leak) => admitted.refused.push((i, leak)),
            }
        }
        admitted
    }

    /// Refuses a whole labelled table if one of its molecules is withheld: for the last moment before training.
    ///
    /// # Errors
    /// [`Leak`] for the first such row.
    pub fn require_clean<S: AsRef<str> + Sync>(&self, smiles: &[S]) -> Result<(), Leak> {
        match self.admit(smiles).refused.into_iter().next() {
            None => Ok(()),
            Some((_, leak)) => Err(leak),
        }
    }
}

fn key(smiles: &str) -> Result<String, Leak> {
    parse_smiles(smiles, &Limits::default())
        .and_then(|m| skeleton_key(&m))
        .map_err(|_| Leak { smiles: smiles.to_owned(), origin: None })
}
