//! Section `[distil]` of a configuration.

use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// How students are trained.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DistilConfig {
    /// Molecules learnt from, the first ones of the folder's list; all that have values if absent.
    pub molecules: Option<usize>,
    /// A model file, from the repository's root, whose students are taken where the run has none of its own: the teacher is
    /// not needed then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kept: Option<PathBuf>,
    /// The student of the structure vector, if there is one.
    pub vector: Option<VectorConfig>,
    /// The student of the molecular graph, if there is one.
    pub graph: Option<GraphConfig>,
}

/// Shape and training of the student of the structure vector.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct VectorConfig {
    /// Width of every hidden layer.
    pub width: usize,
    /// Hidden layers; all but the first add to what they read.
    pub layers: usize,
    /// Its training.
    #[serde(flatten)]
    pub recipe: Recipe,
}

/// Shape and training of the graph student.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct GraphConfig {
    /// Width of every atom's embedding.
    pub width: usize,
    /// Layers of message passing.
    pub layers: usize,
    /// Width of the output network's hidden layer.
    pub hidden: usize,
    /// Whether atoms' walks are read beside their codes.
    pub walks: bool,
    /// Its training.
    #[serde(flatten)]
    pub recipe: Recipe,
}

/// Training of a student.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Recipe {
    /// Molecules a step.
    pub batch: usize,
    /// Parts that a step is cut into, each on a thread of its own. They have batch statistics of their own, so that
    /// another number gives another student.
    pub parts: usize,
    /// Times that every molecule is learnt from.
    pub epochs: usize,
    /// Highest learning rate.
    pub rate: f64,
    /// Decoupled weight decay.
    pub decay: f64,
    /// Where the random numbers begin.
    pub seed: u64,
    /// A `student.safetensors` of the same shape, from which the training starts; from random weights if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start: Option<PathBuf>,
}

impl Default for DistilConfig {
    fn default() -> Self {
        Self { molecules: None, kept: None, vector: Some(VectorConfig::default()), graph: None }
    }
}

impl Default for VectorConfig {
    fn default() -> Self {
        Self { width: 1024, layers: 3, recipe: Recipe { epochs: 8, ..Recipe::default() } }
    }
}

impl Default for GraphConfig {
    fn default() -> Self {
        Self { width: 256, layers: 5, hidden: 1024, walks: true, recipe: Recipe::default() }
    }
}

impl Default for Recipe {
    fn default() -> Self {
        Self { batch: 256, parts: 2, epochs: 10, rate: 2e-3, decay: 1e-2, seed: 0, start: None }
    }
}

impl DistilConfig {
    /// # Errors
    /// Where a number is out of range.
    pub fn check(&self) -> Result<(), String> {
        let recipes =
            self.vector.iter().map(|v| &v.recipe).chain(self.graph.iter().map(|g| &g.recipe));
        for r in recipes {
            if r.batch == 0 || r.parts == 0 || r.parts > r.batch || r.epochs == 0 || r.rate <= 0.0 {
                return Err(format!("[distil]: {r:?} is out of range"));
            }
        }
        let shapes = self.vector.iter().map(|v| (v.width, v.layers));
        let shapes = shapes.chain(self.graph.iter().map(|g| (g.width, g.layers)));
        if shapes.into_iter().any(|(width, layers)| width == 0 || layers == 0) {
            return Err("[distil]: a width or a number of layers is 0".into());
        }
        Ok(())
    }
}
