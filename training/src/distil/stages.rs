//! Trained students as stages of a model file.

use super::config::DistilConfig;
use super::graph::GraphStudent;
use super::inputs::Graphs;
use super::vector::VectorStudent;
use crate::Result;
use crate::backbone::{load_standardizer, read_standardizer};
use crate::chmr::parameters::Parameters;
use crate::export::blocks_of;
use candle_core::{DType, Device, Tensor};
use chmr::Model;
use chmr::features::{Standardizer, StructureLayout};
use chmr::model::graph::GraphStore;
use chmr::model::{GRAPH, STRUCTURE, Stage};
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// Stage of the student of the structure vector.
pub const STUDENT_1D: &str = "student_1d";
/// Stage of the graph student.
pub const STUDENT_2D: &str = "student_2d";

/// Stages that the students of `config` become, by name.
pub fn names(config: &DistilConfig) -> Vec<&'static str> {
    let vector = config.vector.as_ref().map(|_| STUDENT_1D);
    vector.into_iter().chain(config.graph.as_ref().map(|_| STUDENT_2D)).collect()
}

/// The scale of the descriptors that the student of the structure vector reads, if there is one: the one scale of
/// everything that the run trains.
///
/// # Errors
/// If the file is damaged.
pub fn standardizer(config: &DistilConfig, run: &Path) -> Result<Option<Standardizer>> {
    let path = run.join("distil/vector/standardizer.safetensors");
    if path.exists() {
        return load_standardizer(&path).map(Some);
    }
    let Some(model) = kept(config, run, "vector")? else { return Ok(None) };
    let entry = model.manifest().structure.standardizer.clone().unwrap_or_default();
    read_standardizer(model.entry(&entry).unwrap_or_default(), &entry).map(Some)
}

/// The model file that a student is taken from: none where the run has one of its own, or none is named.
fn kept(config: &DistilConfig, run: &Path, kind: &str) -> Result<Option<Model>> {
    let own = run.join("distil").join(kind).join("student.safetensors").exists();
    match config.kept.as_ref().filter(|_| !own) {
        None => Ok(None),
        Some(path) => {
            let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path);
            Ok(Some(Model::open(path)?))
        }
    }
}

/// The stage `name` of a model file, as it is there.
fn taken(model: &Model, name: &str) -> Result<(Stage, Vec<u8>)> {
    let stage = model.manifest().stages.iter().find(|s| s.name == name);
    let stage = stage.ok_or_else(|| format!("the model file has no stage '{name}'"))?;
    let onnx = model.entry(&stage.path).ok_or("a stage without its entry")?;
    Ok((stage.clone(), onnx.to_vec()))
}

/// The students as stages with their ONNX files, the run's own or those of a model file. They give the teacher's values,
/// standardised.
///
/// # Errors
/// If a student is not trained to its end, or of another shape.
pub fn stages(config: &DistilConfig, run: &Path) -> Result<Vec<(Stage, Vec<u8>)>> {
    let mut all = Vec::new();
    if let (Some(_), Some(model)) = (&config.vector, kept(config, run, "vector")?) {
        all.push(taken(&model, STUDENT_1D)?);
    } else if let Some(shape) = &config.vector {
        let layout = StructureLayout::default();
        let inputs = layout.width();
        let trained = Trained::read(run, "vector")?;
        let student = VectorStudent::new(&trained.parameters, shape, inputs, trained.outputs)?;
        trained.fill()?;
        let onnx = student.quantized(&blocks_of(&layout))?.to_onnx(STUDENT_1D);
        all.push(stage(STUDENT_1D, STRUCTURE, trained.outputs, onnx));
    }
    if let (Some(_), Some(model)) = (&config.graph, kept(config, run, "graph")?) {
        all.push(taken(&model, STUDENT_2D)?);
    } else if let Some(shape) = &config.graph {
        let trained = Trained::read(run, "graph")?;
        let (tables, outputs) = (Graphs::TABLES, trained.outputs);
        let student = GraphStudent::new(&trained.parameters, shape, tables, outputs)?;
        trained.fill()?;
        let onnx = student.weights()?.quantized()?.to_onnx(STUDENT_2D, GraphStore::Int8);
        all.push(stage(STUDENT_2D, GRAPH, trained.outputs, onnx));
    }
    Ok(all)
}

fn stage(name: &str, reads: &str, width: usize, onnx: Vec<u8>) -> (Stage, Vec<u8>) {
    let path = format!("stages/{name}.onnx");
    (Stage { name: name.into(), path, reads: vec![reads.into()], width }, onnx)
}

/// The stored weights of a student, and parameters to be filled with them.
struct Trained {
    path: PathBuf,
    tensors: HashMap<String, Tensor>,
    parameters: Parameters,
    outputs: usize,
}

impl Trained {
    fn read(run: &Path, kind: &str) -> Result<Self> {
        let path = run.join("distil").join(kind).join("student.safetensors");
        let at = |e: &dyn std::fmt::Display| format!("{}: {e}", path.display());
        let tensors = candle_core::safetensors::load(&path, &Device::Cpu)
            .map_err(|e| format!("{}; is the student trained to its end?", at(&e)))?;
        let outputs = tensors.get("output.bias").ok_or_else(|| at(&"no tensor output.bias"))?;
        let outputs = outputs.elem_count();
        let parameters = Parameters::new(0, DType::F32, &Device::Cpu);
        Ok(Self { path, tensors, parameters, outputs })
    }

    fn fill(&self) -> Result<()> {
        Ok(self.parameters.fill(self.tensors.clone(), self.path.display())?)
    }
}
