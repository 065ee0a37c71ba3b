//! The report of a run: drawings, and one page that shows them without needing any other file.
//!
//! The drawings are functions from data to SVG: [`chart`], [`calibration`], [`tree`],
//! [`hierarchy`], [`map`], [`tsne`]. [`Report`] collects
//! them and writes the folder.

pub mod calibration;
pub mod chart;
pub mod hierarchy;
mod learned;
pub mod map;
mod sources;
pub mod svg;
pub mod tree;
pub mod tsne;

pub use learned::learned;
pub use sources::{finetuned, pretrained, trained};

use crate::Result;
use crate::keep::Files;
use std::path::Path;

/// What a folder `report` shows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Report {
    /// Heading of the page.
    pub title: String,
    /// Lines of text and Markdown tables.
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
        let mut files = Files::new();
        files.write(&folder.join("metrics.json"), serde_json::to_vec_pretty(&self.metrics)?)?;
        for (name, svg) in &self.drawings {
            files.write(&folder.join(format!("{name}.svg")), svg)?;
        }
        files.write(&folder.join("index.html"), self.page())?;
        files.commit()
    }

    /// The page.
    pub fn page(&self) -> String {
        let title = svg::escape(&self.title);
        let mut page = format!(
            "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"/><title>{title}</title><style>\
             :root{{color-scheme:light dark}}body{{font-family:sans-serif;margin:2em;max-width:1200px}}\
             figure{{display:inline-block;margin:.5em}}table{{border-collapse:collapse;margin:.5em}}\
             td,th{{padding:.2em .7em;border-bottom:1px solid #8884;text-align:left}}</style></head><body><h1>{title}</h1>{}",
            markdown(&self.table)
        );
        for (_, svg) in &self.drawings {
            page += &format!("<figure>{svg}</figure>");
        }
        page + "</body></html>\n"
    }
}

/// Tables and lines of text as HTML: as much of Markdown as [`Report::table`] holds.
fn markdown(text: &str) -> String {
    let (mut html, mut in_table) = (String::new(), false);
    for line in text.lines() {
        let row = line.starts_with('|');
        if row != in_table {
            html += if row { "<table>" } else { "</table>" };
        }
        // Under a head stands a rule.
        let rule = row && line.chars().all(|c| "|-: ".contains(c));
        if row && !rule {
            let cell = if in_table { "td" } else { "th" };
            html += "<tr>";
            let escaped = line.trim_matches('|').replace("\\|", "\u{0}");
            for content in escaped.split('|') {
                let content = svg::escape(&content.replace('\u{0}', "|").replace("**", ""));
                html += &format!("<{cell}>{}</{cell}>", content.trim());
            }
            html += "</tr>";
        } else if !row {
            html += &format!("<p>{}</p>", svg::escape(line));
        }
        in_table = row;
    }
    if in_table { html + "</table>" } else { html }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_become_tables() {
        let html = markdown("a < b\n| x | y |\n|---|---|\n| 1\\|2 | **3** |\n");
        assert_eq!(
            html,
            "<p>a &lt; b</p><table><tr><th>x</th><th>y</th></tr><tr><td>1|2</td><td>3</td></tr></table>"
        );
    }
}
