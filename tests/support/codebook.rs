//! A small learned hierarchy in a model.

use super::{manifest_with_stages, model_with};
use chmr::model::{CodebookEntry, Manifest, ModelWriter};
use chmr::treevq::Codebook;
use chmr::{Error, Model};

/// Where the nodes are kept.
pub const PATH: &str = "treevq/codebook.safetensors";

/// Three levels of nodes of `width` values; 12 has the stage `latent` of the test model.
pub fn codebook(width: usize) -> Codebook {
    let levels = (1..=3).map(|h| {
        let node = |n: usize| {
            let mut row: Vec<f32> =
                (0..width).map(|i| (((n * 37 + i * 11 + h * 5) % 19) as f32) - 9.0).collect();
            let length = row.iter().map(|v| v * v).sum::<f32>().sqrt();
            row.iter_mut().for_each(|v| *v /= length);
            row
        };
        (0..1 << h).flat_map(node).collect()
    });
    Codebook::new(width, levels.collect()).unwrap()
}

/// The section of a manifest that places `latents`.
pub fn section(latents: &[&str]) -> CodebookEntry {
    CodebookEntry { path: PATH.into(), latents: latents.iter().map(|l| l.to_string()).collect() }
}

/// A file with stages and `section`, its nodes of `width` values.
pub fn file(section: CodebookEntry, width: usize) -> Result<Vec<u8>, Error> {
    file_of(manifest_with_stages(), section, width)
}

/// The same of another manifest that has the stages.
pub fn file_of(manifest: Manifest, section: CodebookEntry, width: usize) -> Result<Vec<u8>, Error> {
    let plain = Model::from_bytes(model_with(manifest.clone(), |_| None)).unwrap();
    let mut writer = ModelWriter::new();
    for path in plain.manifest().entries.keys() {
        writer.add(path, plain.entry(path).unwrap().to_vec()).unwrap();
    }
    writer.add(PATH, codebook(width).to_safetensors().unwrap()).unwrap();
    writer.finish(Manifest { codebook: Some(section), ..manifest })
}
