//! `networks_dump MODEL < SMILES > VALUES`: structure vectors and raw outputs, for the comparison
//! with onnxruntime. For each SMILES, one a line: the vector, then the raw output of every task, then every latent
//! that the model's codebook places, f32 little-endian; all NaN where it is refused.

use chmr::features::{Standardizer, StructureLayout, structure_vector};
use chmr::model::{Model, ModelWriter, TaskKind};
use chmr::{Batch, EncodeOptions, PredictOptions, Run};
use safetensors::SafeTensors;
use std::io::Write;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args().nth(1).ok_or("usage: networks_dump MODEL < SMILES > VALUES")?;
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
    let mut vectors = Vec::new();
    for line in std::io::stdin().lines() {
        let smiles = line?;
        let mut x = vec![f32::NAN; layout.width()];
        if let Ok(molecule) = chmr::chem::parse_smiles(&smiles, &Default::default()) {
            structure_vector(&molecule, &layout, &standardizer, &mut x);
        }
        vectors.push(x);
        batch.push_smiles(&smiles);
    }
    let predictions = raw.predict(&batch, &PredictOptions::default(), &Run::new())?;
    let latents = match raw.codebook() {
        Some(_) => raw.encode(&batch, &EncodeOptions::default(), &Run::new())?.latents,
        None => Vec::new(),
    };
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    for (i, (x, z)) in vectors.iter().zip(predictions.values.rows()).enumerate() {
        let latents = latents.iter().flat_map(|l| l.values.row(i).to_vec());
        for v in x.iter().chain(z).copied().chain(latents) {
            out.write_all(&v.to_le_bytes())?;
        }
    }
    out.flush()?;
    Ok(())
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
