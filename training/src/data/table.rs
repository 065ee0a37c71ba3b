//! Tables of the data folder: CSV or TSV, gzipped or not.

use crate::Result;
use flate2::read::GzDecoder;
use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};

/// A table in memory, every field text.
pub struct Table {
    path: PathBuf,
    header: csv::StringRecord,
    records: Vec<csv::StringRecord>,
}

impl Table {
    /// Number of rows.
    pub fn len(&self) -> usize {
        self.records.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    /// Names of the columns.
    pub fn header(&self) -> Vec<&str> {
        self.header.iter().collect()
    }

    /// Number of the column `name`.
    ///
    /// # Errors
    /// If there is none.
    pub fn column(&self, name: &str) -> Result<usize> {
        self.header
            .iter()
            .position(|h| h == name)
            .ok_or_else(|| format!("{}: no column is named {name}", self.path.display()).into())
    }

    /// A field as text.
    pub fn text(&self, row: usize, column: usize) -> &str {
        self.records[row].get(column).unwrap_or_default()
    }

    /// A field as a number; NaN where it is empty.
    ///
    /// # Errors
    /// If it is neither.
    pub fn number(&self, row: usize, column: usize) -> Result<f32> {
        let text = self.text(row, column);
        if text.is_empty() {
            return Ok(f32::NAN);
        }
        text.parse().map_err(|_| {
            let name = self.header.get(column).unwrap_or_default();
            let path = self.path.display();
            format!("{path}: row {}, column {name}: '{text}' is no number", row + 2).into()
        })
    }
}

/// The data folder, and the hashes of what was read from it.
pub struct Folder {
    root: PathBuf,
    hashes: BTreeMap<String, String>,
}

impl Folder {
    /// Nothing is read yet.
    pub fn new(root: &Path) -> Self {
        Self { root: root.to_owned(), hashes: BTreeMap::new() }
    }

    /// SHA-256 of each file read so far, by its path in the folder.
    pub fn hashes(&self) -> &BTreeMap<String, String> {
        &self.hashes
    }

    /// Where `path` is.
    pub fn locate(&self, path: &str) -> PathBuf {
        self.root.join(path)
    }

    /// Notes the hash of `path` without parsing it.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn note(&mut self, path: &str) -> Result<()> {
        self.bytes(path).map(|_| ())
    }

    fn bytes(&mut self, path: &str) -> Result<Vec<u8>> {
        let full = self.root.join(path);
        let bytes = std::fs::read(&full).map_err(|e| format!("{}: {e}", full.display()))?;
        self.hashes.insert(path.to_owned(), chmr::model::sha256_hex(&bytes));
        Ok(bytes)
    }

    /// Reads a table: `.tsv` or `.csv`, then `.gz` or nothing.
    ///
    /// # Errors
    /// If it cannot be read, or its rows differ in length.
    pub fn table(&mut self, path: &str) -> Result<Table> {
        let packed = self.bytes(path)?;
        let full = self.root.join(path);
        let at = |e: &dyn std::fmt::Display| format!("{}: {e}", full.display());
        let mut text = Vec::new();
        let plain = match path.strip_suffix(".gz") {
            Some(plain) => {
                GzDecoder::new(&packed[..]).read_to_end(&mut text).map_err(|e| at(&e))?;
                plain
            }
            None => {
                text = packed;
                path
            }
        };
        let delimiter = if plain.ends_with(".tsv") { b'\t' } else { b',' };
        let mut reader = csv::ReaderBuilder::new().delimiter(delimiter).from_reader(&text[..]);
        let header = reader.headers().map_err(|e| at(&e))?.clone();
        let records = reader.records().collect::<Result<_, _>>().map_err(|e| at(&e))?;
        Ok(Table { path: full, header, records })
    }
}
