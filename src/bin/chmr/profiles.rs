//! Tables of profiles: a row a measurement, a column a feature.

use crate::Failure;
use chmr::tables::{self, Record, TableOptions};
use std::path::Path;

/// A table of text, all of it in memory.
pub struct Table {
    pub headers: Vec<String>,
    pub rows: Vec<Vec<String>>,
}

impl Table {
    /// Reads a table in any of the forms of `docs/input.md`. A record that is none is an error: a table
    /// of measurements is used as a whole.
    pub fn read(path: &Path) -> Result<Self, Failure> {
        let failed = |e: &dyn std::fmt::Display| format!("{}: {e}", path.display());
        #[cfg(feature = "parquet")]
        if crate::parquet_input::is_parquet(path) {
            let open = || {
                let table = crate::parquet_input::Table::open(std::fs::File::open(path)?)?;
                Ok(Self { headers: table.headers.clone(), rows: table.rows()? })
            };
            return open().map_err(|e: Failure| failed(&e).into());
        }
        let open = || {
            let mut table = tables::Table::open(path, &TableOptions::default())?;
            let headers = table.header().to_vec();
            let (mut rows, mut record) = (Vec::new(), Record::new());
            while table.read(&mut record)? {
                if let Some(fault) = record.fault() {
                    return Err(format!("line {}: {fault}", record.line()).into());
                }
                rows.push((0..headers.len()).map(|i| record.trimmed(i).to_owned()).collect());
            }
            Ok(Self { headers, rows })
        };
        open().map_err(|e: Failure| failed(&e).into())
    }

    /// The column of that name.
    pub fn column(&self, name: &str) -> Option<usize> {
        self.headers.iter().position(|h| h == name)
    }

    /// The column of structures.
    pub fn structure_column(&self, wanted: Option<&str>) -> Result<usize, tables::Error> {
        tables::find_structure(&self.headers, wanted, "--smiles-column")
    }
}

/// A number of a table; NaN for an empty field.
pub fn number(text: &str) -> Result<f32, Failure> {
    match text {
        "" | "NA" | "NaN" | "nan" => Ok(f32::NAN),
        text => {
            let value: f32 = text.parse().map_err(|_| format!("{text:?} is no number"))?;
            if value.is_infinite() { Err(format!("{text} is infinite").into()) } else { Ok(value) }
        }
    }
}
