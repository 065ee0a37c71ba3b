//! `manifest.json`: what a model file holds and what it promises.

use super::reference::ReferenceEntry;
use super::trust::TrustEntry;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The `format` of every manifest.
pub const FORMAT: &str = "chmr-model";
/// The newest `format_version` that this library reads and the one it writes. A reader refuses
/// newer ones; unknown fields of a known version are ignored.
pub const FORMAT_VERSION: u32 = 1;

/// The manifest of a model file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// Always [`FORMAT`].
    pub format: String,
    /// See [`FORMAT_VERSION`].
    pub format_version: u32,
    /// Short name of the model.
    pub name: String,
    /// Version of the model, `major.minor.patch`.
    pub version: String,
    /// One paragraph for a person.
    pub description: String,
    /// Licence of the weights.
    pub licence: String,
    /// Every other entry of the file by its path, with its length and hash.
    pub entries: BTreeMap<String, Entry>,
    /// What the networks take in.
    pub structure: StructureInput,
    /// Networks between the structure vector and those that predict, in the order in which they are
    /// run; absent from files without any.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stages: Vec<Stage>,
    /// What the model predicts; an index into this list names a task everywhere.
    pub tasks: Vec<Task>,
    /// The networks that predict them.
    pub networks: Vec<NetworkEntry>,
    /// Known molecules and what was observed of them; absent from files without any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<ReferenceEntry>,
    /// The learned hierarchy; absent from files without one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub codebook: Option<CodebookEntry>,
    /// Intervals, calibration and applicability domain; absent from files without any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trust: Option<TrustEntry>,
    /// What the model was trained on and how.
    pub training: Training,
}

/// Length and hash of one entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Length, bytes.
    pub bytes: u64,
    /// SHA-256, lower-case hexadecimal.
    pub sha256: String,
}

/// The layout of the structure vector, in this order: descriptors, MACCS keys, Morgan bits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StructureInput {
    /// Names of the descriptors, in order; empty where the model uses none.
    pub descriptors: Vec<String>,
    /// Path of the safetensors entry with `median`, `mean` and `scale` (f32, one a descriptor)
    /// and `clip` (f32, one); absent where there are no descriptors.
    pub standardizer: Option<String>,
    /// 167 as RDKit numbers them, or 0.
    pub maccs_bits: usize,
    /// Radius of the Morgan environments.
    pub morgan_radius: u32,
    /// Bits that the environments are folded into, or 0.
    pub morgan_bits: usize,
}

impl StructureInput {
    /// Length of the structure vector.
    pub fn width(&self) -> usize {
        self.descriptors.len() + self.maccs_bits + self.morgan_bits
    }
}

/// The name by which networks read the structure vector.
pub const STRUCTURE: &str = "structure";

/// The name by which a stage reads the molecule's graph.
pub const GRAPH: &str = "graph";

/// A network whose output other networks read: an encoder, a projector. It is run once a molecule,
/// whatever number of networks read it, and only if one does that is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stage {
    /// Names its output: unique, and neither [`STRUCTURE`] nor [`GRAPH`].
    pub name: String,
    /// Path of its ONNX entry: `x` (f32, rows × sum of the widths it reads) to `y` (f32, rows × width), or a
    /// [graph network](super::graph) of as many outputs.
    pub path: String,
    /// What makes up `x`, side by side in this order: [`STRUCTURE`] or names of earlier stages; or [`GRAPH`] alone.
    pub reads: Vec<String>,
    /// Columns of its output.
    pub width: usize,
}

impl Stage {
    /// Whether it is a graph network.
    pub fn reads_graph(&self) -> bool {
        matches!(self.reads.as_slice(), [only] if only == GRAPH)
    }
}

/// The learned hierarchy, a [`Codebook`](crate::treevq::Codebook), and what is placed in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CodebookEntry {
    /// Path of the nodes: see [`Codebook::to_safetensors`](crate::treevq::Codebook::to_safetensors).
    pub path: String,
    /// Names of the stages whose outputs are latents of the tree's width, a modality each.
    pub latents: Vec<String>,
}

/// One predicted property.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Task {
    /// `<data set>/<column>`, unique in the model.
    pub name: String,
    /// The data set.
    pub dataset: String,
    /// The column of the data set.
    pub column: String,
    /// One line for a person.
    pub description: String,
    /// Unit of the values, absent where there is none (a probability).
    pub unit: Option<String>,
    /// What kind of value.
    pub kind: TaskKind,
    /// What a larger value means.
    pub direction: Option<String>,
    /// From the network's output to the value: `slope · z + intercept`, then the logistic
    /// function if the task is a classification.
    pub slope: f32,
    /// See `slope`.
    pub intercept: f32,
    /// Labelled training molecules.
    pub train_rows: usize,
    /// How well it does on the validation split, where that can be said.
    pub validation: Option<Validation>,
}

/// The kind of a task's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TaskKind {
    /// The probability of the positive class.
    Classification,
    /// A number in the task's unit.
    Regression,
}

/// A figure on the validation split.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Validation {
    /// `roc_auc` or `mae`.
    pub metric: String,
    /// Its value: a fraction, or the task's unit.
    pub value: f64,
    /// Labelled molecules it was measured on.
    pub rows: usize,
}

/// One network and the tasks it predicts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NetworkEntry {
    /// For messages.
    pub name: String,
    /// Paths of the ONNX entries, or of [`Trees`](super::Trees) if they end in `.safetensors`, whose outputs are averaged. Each takes `x` (f32, rows × sum of the
    /// widths it reads) and gives `y` (f32, rows × tasks of this network).
    pub members: Vec<String>,
    /// What makes up `x`, as in [`Stage::reads`]; the structure vector where the file is silent.
    #[serde(default = "structure_alone")]
    pub reads: Vec<String>,
    /// Index of the task that each output column predicts.
    pub tasks: Vec<usize>,
}

fn structure_alone() -> Vec<String> {
    vec![STRUCTURE.into()]
}

/// What the model was trained on.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Training {
    /// The sources.
    pub data: Vec<DataSource>,
    /// Hyper-parameters, seeds and whatever else repeats the training.
    pub parameters: serde_json::Map<String, serde_json::Value>,
}

/// One source of training data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DataSource {
    /// Its name.
    pub name: String,
    /// Its licence.
    pub licence: String,
    /// Molecules used.
    pub rows: usize,
    /// SHA-256 of the file that was read, lower-case hexadecimal.
    pub sha256: String,
}
