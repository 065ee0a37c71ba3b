//! The table of an ablation.

use serde::Serialize;

/// One variant on one data set.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Cell {
    /// The data set.
    pub dataset: String,
    /// Validation figure of every seed: AUC % or MAE × 100.
    pub seeds: Vec<f64>,
    /// Their mean.
    pub mean: f64,
    /// Their standard deviation (n − 1); 0 for a single seed.
    pub deviation: f64,
}

/// One variant.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Row {
    /// Its name.
    pub variant: String,
    /// One a data set.
    pub cells: Vec<Cell>,
}

impl Cell {
    /// From the figures of the seeds.
    pub fn new(dataset: &str, seeds: Vec<f64>) -> Self {
        let n = seeds.len() as f64;
        let mean = seeds.iter().sum::<f64>() / n;
        let squares = seeds.iter().map(|v| (v - mean).powi(2)).sum::<f64>();
        let deviation = if seeds.len() > 1 { (squares / (n - 1.0)).sqrt() } else { 0.0 };
        Self { dataset: dataset.to_owned(), seeds, mean, deviation }
    }
}

/// Markdown; mean ± standard deviation over the seeds.
pub fn markdown(rows: &[Row], metric: impl Fn(&str) -> &'static str) -> String {
    let Some(first) = rows.first() else { return String::new() };
    let mut text = String::from("| variant |");
    for c in &first.cells {
        text += &format!(" {}, {} |", c.dataset, metric(&c.dataset));
    }
    text += &format!("\n|---|{}\n", "---|".repeat(first.cells.len()));
    for row in rows {
        text += &format!("| {} |", row.variant);
        for c in &row.cells {
            text += &format!(" {:.2} ± {:.2} |", c.mean, c.deviation);
        }
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mean_and_deviation() {
        let row = Row { variant: "full".into(), cells: vec![Cell::new("d", vec![1.0, 2.0, 3.0])] };
        assert_eq!(
            markdown(&[row], |_| "AUC %"),
            "| variant | d, AUC % |\n|---|---|\n| full | 2.00 ± 1.00 |\n"
        );
        assert_eq!(Cell::new("d", vec![5.0]).deviation, 0.0);
    }
}
