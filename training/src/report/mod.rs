//! The report of a run: drawings, and one page that shows them without needing any other file.
//!
//! The drawings are functions from data to SVG: [`chart`], [`calibration`], [`tree`], [`map`]. [`Report`] collects
//! them and writes the folder.

pub mod calibration;
pub mod chart;
pub mod map;
mod sources;
pub mod svg;
pub mod tree;

pub use sources::{finetuned, pretrained, trained};

use crate::Result;
use std::path::Path;

/// What a folder `report` shows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Report {
    /// Heading of the page.
    pub title: String,
    /// Markdown table of figures, shown as it is.
    pub table: String,
    /// File name without ending, and SVG.
    pub drawings: Vec<(String, String)>,
    /// Content of `metrics.json`.
    pub metrics: serde_json::Value,
}

impl Report {
    /// Writes `metrics.json`, every drawing as a file, and `index.html`, which holds them all.
    ///
    /// # Errors
    /// If a file cannot be written.
    pub fn write(&self, folder: &Path) -> Result<()> {
        std::fs::create_dir_all(folder)?;
        std::fs::write(folder.join("metrics.json"), serde_json::to_vec_pretty(&self.metrics)?)?;
        for (name, svg) in &self.drawings {
            std::fs::write(folder.join(format!("{name}.svg")), svg)?;
        }
        Ok(std::fs::write(folder.join("index.html"), self.page())?)
    }

    /// The page.
    pub fn page(&self) -> String {
        let title = svg::escape(&self.title);
        let mut page = format!(
            "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"/><title>{title}</title><style>\
             :root{{color-scheme:light dark}}body{{font-family:sans-serif;margin:2em;max-width:1200px}}\
             figure{{display:inline-block;margin:.5em}}pre{{overflow-x:auto}}</style></head><body><h1>{title}</h1><pre>{}</pre>",
            svg::escape(&self.table).replace(['\r'], "")
        );
        for (_, svg) in &self.drawings {
            page += &format!("<figure>{svg}</figure>");
        }
        page + "</body></html>\n"
    }
}
