//! The frozen part of a model file: everything up to what its heads read, computed by the library itself.

use crate::Result;
use crate::onnx;
use chmr::model::{Manifest, ModelWriter, NetworkEntry, STRUCTURE, Task, TaskKind, Training};
use chmr::{Batch, Error, Model, PredictOptions, Run};
use ndarray::Array2;

/// What became of a row.
pub type RowStatus = Result<(), Error>;

/// Computes what heads read from SMILES, just as inference will: the base model with one head that passes its input
/// through.
pub struct Frozen {
    model: Model,
    reads: Vec<String>,
}

impl Frozen {
    /// The frozen part of `base`, giving `reads` side by side.
    ///
    /// # Errors
    /// If `reads` names what the base does not have.
    pub fn new(base: &Model, reads: &[String]) -> Result<Self> {
        let from = base.manifest();
        let entries = frozen_entries(from)
            .map(|path| {
                let content =
                    base.entry(path).ok_or_else(|| format!("the base model lacks {path}"))?;
                Ok((path.to_owned(), content.to_vec()))
            })
            .collect::<Result<_>>()?;
        Self::of(from.clone(), entries, reads)
    }

    /// The frozen part of a model file that is not yet one: `from` tells of its structure vector and stages, and
    /// `entries` are the contents that these name.
    ///
    /// # Errors
    /// If `reads` names what there is not.
    pub fn of(from: Manifest, entries: Vec<(String, Vec<u8>)>, reads: &[String]) -> Result<Self> {
        const THROUGH: &str = "networks/through.onnx";
        let width = reads.iter().map(|r| width(&from, r)).sum::<Result<usize>>()?;
        let mut writer = ModelWriter::new();
        for (path, content) in entries {
            writer.add(&path, content)?;
        }
        writer.add(THROUGH, onnx::identity(width, "through"))?;
        let through = NetworkEntry {
            name: "through".into(),
            members: vec![THROUGH.into()],
            reads: reads.to_vec(),
            tasks: (0..width).collect(),
        };
        let manifest = Manifest {
            tasks: (0..width).map(column).collect(),
            networks: vec![through],
            reference: None,
            codebook: None,
            trust: None,
            training: Training::default(),
            ..from
        };
        Ok(Self { model: Model::from_bytes(writer.finish(manifest)?)?, reads: reads.to_vec() })
    }

    /// What is read, in order.
    pub fn reads(&self) -> &[String] {
        &self.reads
    }

    /// Rows × width; a row that the library refuses is NaN and has its error.
    ///
    /// # Errors
    /// The library's, where not a row but the run fails.
    pub fn embed(&self, smiles: &[String]) -> Result<(Array2<f32>, Vec<RowStatus>)> {
        let mut batch = Batch::new();
        smiles.iter().for_each(|s| {
            batch.push_smiles(s);
        });
        let out = self.model.predict(&batch, &PredictOptions::default(), &Run::new())?;
        Ok((out.values, out.rows))
    }
}

/// Paths of the entries that heads build on.
fn frozen_entries(manifest: &Manifest) -> impl Iterator<Item = &str> {
    let stages = manifest.stages.iter().map(|s| s.path.as_str());
    manifest.structure.standardizer.as_deref().into_iter().chain(stages)
}

/// What the heads of a model read: the union over its networks, in the order in which it is computed.
pub fn reads_of_heads(manifest: &Manifest) -> Vec<String> {
    let all = std::iter::once(STRUCTURE).chain(manifest.stages.iter().map(|s| s.name.as_str()));
    let read = |name: &&str| manifest.networks.iter().any(|n| n.reads.iter().any(|r| r == name));
    all.filter(read).map(String::from).collect()
}

fn width(manifest: &Manifest, source: &str) -> Result<usize> {
    if source == STRUCTURE {
        return Ok(manifest.structure.width());
    }
    let stage = manifest.stages.iter().find(|s| s.name == source);
    stage.map(|s| s.width).ok_or_else(|| {
        let known: Vec<&str> = manifest.stages.iter().map(|s| s.name.as_str()).collect();
        format!("the base model has no '{source}'; it has {STRUCTURE} {}", known.join(" ")).into()
    })
}

/// The task that stands for a column of the input.
fn column(i: usize) -> Task {
    Task {
        name: i.to_string(),
        dataset: String::new(),
        column: String::new(),
        description: String::new(),
        unit: None,
        kind: TaskKind::Regression,
        direction: None,
        slope: 1.0,
        intercept: 0.0,
        train_rows: 0,
        validation: None,
    }
}
