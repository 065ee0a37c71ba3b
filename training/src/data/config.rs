//! What `prepare` takes in: section `[prepare]` of a configuration.

use crate::Result;
use serde::{Deserialize, Serialize};

/// Section `[prepare]`. Every field has a default: the whole of the public data but for `molecules`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PrepareConfig {
    /// Unlabelled molecules, taken evenly spread from `pretrain/molecules.csv.gz`.
    pub molecules: usize,
    /// Whether the benchmarks' molecules, all splits, join them, without their labels.
    pub benchmarks: bool,
    /// Profile sources, each a modality; see [`SOURCES`](super::profiles::SOURCES).
    pub profiles: Vec<String>,
    /// Labelled tables; see [`TABLES`](super::labels::TABLES).
    pub labels: Vec<String>,
    /// Rows taken of each activity table (`jump_activity`, `l1000_activity`), evenly spread; all if absent.
    pub activity: Option<usize>,
    /// Whether drug targets and gene–gene edges are part of the context graph.
    pub genes: bool,
    /// Rows taken of each profile source, labelled table and benchmark; all if absent. For smoke tests.
    pub rows: Option<usize>,
    /// Nearest neighbours of each molecule in the similarity graph.
    pub neighbors: usize,
    /// Least Tanimoto similarity of an edge of the context graph.
    pub context_similarity: f32,
    /// Nearest profiles of the same source that each profile is tied to in the context graph, if correlated.
    pub profile_neighbors: usize,
    /// Share of the molecules held out for validation.
    pub validation: f64,
}

impl Default for PrepareConfig {
    fn default() -> Self {
        let names = |all: &[&str]| all.iter().map(|s| (*s).to_owned()).collect();
        Self {
            molecules: 20_000,
            benchmarks: true,
            profiles: names(&["expression", "jump", "cell_injury", "a549"]),
            labels: names(&["chembl", "tox21", "muv", "jump_activity", "l1000_activity"]),
            activity: None,
            genes: true,
            rows: None,
            neighbors: 10,
            context_similarity: 0.4,
            profile_neighbors: 5,
            validation: 0.02,
        }
    }
}

impl PrepareConfig {
    /// Whether every value is in range.
    ///
    /// # Errors
    /// Which is not.
    pub fn check(&self) -> Result<()> {
        let problem = match () {
            () if self.neighbors == 0 => "neighbors is 0; expected at least 1",
            () if !(0.0..0.5).contains(&self.validation) => {
                "validation is out of range; expected 0 to below 0.5"
            }
            () if !(self.context_similarity > 0.0 && self.context_similarity <= 1.0) => {
                "context_similarity is out of range; expected above 0 and at most 1"
            }
            () => return Ok(()),
        };
        Err(format!("[prepare] {problem}").into())
    }
}
