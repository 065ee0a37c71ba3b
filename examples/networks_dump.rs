//! `networks_dump MODEL FOLDER < SMILES`: structure vectors, graphs and raw outputs, for the comparison with onnxruntime.
//!
//! Writes into FOLDER `values` (f32, little-endian), for each SMILES, one a line, that is no refused molecule: the vector, then the raw
//! output of every task, then every latent that the model's codebook places; and the arrays of `tests/support/graph_arrays.rs` of
//! the same molecules.

use chmr::features::{Standardizer, StructureLayout, structure_vector};
use chmr::model::{Model, ModelWriter, TaskKind};
use chmr::{Batch, EncodeOptions, PredictOptions, Run};
use safetensors::SafeTensors;
use std::path::Path;

#[path = "../tests/support/graph_arrays.rs"]
mod graph_arrays;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [path, folder] = arguments.as_slice() else {
        return Err("usage: networks_dump MODEL FOLDER < SMILES".into());
    };
    let model = Model::open(path)?;
    let mut manifest = model.manifest().clone();
    let structure = &manifest.structure;
    let layout = StructureLayout {
        descriptors: StructureLayout::find(&structure.descriptors)?,
        maccs: structure.maccs_bits > 0,
        morgan_radius: structure.morgan_radius,
        morgan_bits: structure.morgan_bits,
    };
    let standardizer = standardizer(&model)?;

    // The same entries under a manifest that leaves the outputs as they are.
    let mut writer = ModelWriter::new();
    for path in manifest.entries.keys() {
        writer.add(path, model.entry(path).ok_or("an entry is gone")?.to_vec())?;
    }
    for task in &mut manifest.tasks {
        (task.kind, task.slope, task.intercept) = (TaskKind::Regression, 1.0, 0.0);
    }
    let raw = Model::from_bytes(writer.finish(manifest)?)?;

    let mut batch = Batch::new();
    let (mut vectors, mut molecules) = (Vec::new(), Vec::new());
    for line in std::io::stdin().lines() {
        let smiles = line?;
        let Ok(molecule) = chmr::chem::parse_smiles(&smiles, &Default::default()) else { continue };
        let mut x = vec![f32::NAN; layout.width()];
        structure_vector(&molecule, &layout, &standardizer, &mut x);
        vectors.push(x);
        molecules.push(molecule);
        batch.push_smiles(&smiles);
    }
    let predictions = raw.predict(&batch, &PredictOptions::default(), &Run::new())?;
    let latents = match raw.codebook() {
        Some(_) => raw.encode(&batch, &EncodeOptions::default(), &Run::new())?.latents,
        None => Vec::new(),
    };
    let (mut values, mut arrays) = (Vec::new(), graph_arrays::GraphArrays::default());
    for (i, (x, z)) in vectors.iter().zip(predictions.values.rows()).enumerate() {
        if predictions.rows[i].is_ok() && arrays.push(&molecules[i], true).is_ok() {
            let latents = latents.iter().flat_map(|l| l.values.row(i).to_vec());
            values.extend(x.iter().chain(z).copied().chain(latents));
        }
    }
    arrays.write(Path::new(folder))?;
    Ok(graph_arrays::floats(Path::new(folder), "values", &values)?)
}

/// The standardizer as the file holds it.
fn standardizer(model: &Model) -> Result<Standardizer, Box<dyn std::error::Error>> {
    let Some(path) = &model.manifest().structure.standardizer else {
        return Ok(Standardizer { median: vec![], mean: vec![], scale: vec![], clip: 1.0 });
    };
    let file = SafeTensors::deserialize(model.entry(path).ok_or("no standardizer")?)?;
    let read = |name: &str| -> Result<Vec<f32>, safetensors::SafeTensorError> {
        let tensor = file.tensor(name)?;
        let words = tensor.data().as_chunks().0;
        Ok(words.iter().map(|b| f32::from_le_bytes(*b)).collect())
    };
    let [median, mean, scale] = [read("median")?, read("mean")?, read("scale")?];
    Ok(Standardizer { median, mean, scale, clip: read("clip")?[0] })
}
