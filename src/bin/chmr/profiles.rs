//! Tables of profiles: a row a measurement, a column a feature.

use crate::Failure;
use flate2::bufread::MultiGzDecoder;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

/// A table of text, all of it in memory.
pub struct Table {
    pub headers: Vec<String>,
    pub rows: Vec<Vec<String>>,
}

impl Table {
    /// Reads a .csv or .tsv file, also with .gz.
    pub fn read(path: &Path) -> Result<Self, Failure> {
        let failed = |e: &dyn std::fmt::Display| format!("{}: {e}", path.display());
        let file = File::open(path).map_err(|e| failed(&e))?;
        let mut raw = BufReader::with_capacity(1 << 16, file);
        let zipped = raw.fill_buf().map_err(|e| failed(&e))?.starts_with(&[0x1f, 0x8b]);
        let text: Box<dyn Read> =
            if zipped { Box::new(MultiGzDecoder::new(raw)) } else { Box::new(raw) };
        let name = path.to_string_lossy().to_ascii_lowercase();
        let tabs = name.strip_suffix(".gz").unwrap_or(&name).ends_with(".tsv");
        let mut reader =
            csv::ReaderBuilder::new().delimiter(if tabs { b'\t' } else { b',' }).from_reader(text);
        let headers = reader.headers().map_err(|e| failed(&e))?;
        let headers =
            headers.iter().map(|h| h.trim_start_matches('\u{feff}').trim().to_owned()).collect();
        let mut rows = Vec::new();
        for record in reader.records() {
            let record = record.map_err(|e| failed(&e))?;
            rows.push(record.iter().map(|f| f.trim().to_owned()).collect());
        }
        Ok(Self { headers, rows })
    }

    /// The column of that name.
    pub fn column(&self, name: &str) -> Option<usize> {
        self.headers.iter().position(|h| h == name)
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
