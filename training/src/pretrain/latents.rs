//! Latents of a pretrained run: of molecules, and of every observed profile in the same space.

use crate::Result;
use crate::backbone::Backbone;
use crate::chmr::parameters::Parameters;
use crate::chmr::projector::Projector;
use crate::data::{Prepared, molecules::spread};
use crate::export::Weights;
use candle_core::{DType, Device, Tensor};
use chmr::treevq::Codebook;
use ndarray::Array2;
use std::path::Path;

/// Molecules at a time: their structure vectors are wide.
const BLOCK: usize = 1024;

/// Latents of one modality.
pub struct Latents {
    /// `structure`, or the biological modality.
    pub modality: String,
    /// The molecule of each row.
    pub molecules: Vec<u32>,
    /// Rows × latent width.
    pub values: Array2<f32>,
}

/// The 1D latents of at most `structures` molecules and those of at most `profiles` observed profiles a modality,
/// evenly spread, and the tree of the run in folder `run`, if it has one.
///
/// # Errors
/// If the run is not pretrained on `prepared`.
pub fn latents(
    prepared: &Prepared,
    run: &Path,
    structures: usize,
    profiles: usize,
) -> Result<(Vec<Latents>, Option<Codebook>)> {
    let weights = Weights::read(run)?;
    let backbone = Backbone::load(run)?;
    let rows = |n: usize, most: usize| spread(n, most).into_iter().map(|i| i as u32);
    let molecules: Vec<u32> = rows(prepared.len(), structures).collect();
    let width = backbone.config().latent;
    let mut values = Vec::with_capacity(molecules.len() * width);
    for block in molecules.chunks(BLOCK) {
        let shape = (block.len(), prepared.features.width());
        let x = Tensor::from_vec(prepared.features.vectors(block), shape, &Device::Cpu)?;
        let (_, latent) = backbone.embed(&x)?.pop().ok_or("a backbone without a latent")?;
        values.extend(latent.flatten_all()?.to_vec1::<f32>()?);
    }
    let values = Array2::from_shape_vec((molecules.len(), width), values)?;
    let mut all = vec![Latents { modality: "structure".into(), molecules, values }];
    for (name, features) in &weights.card().modalities {
        let source = prepared.profiles.iter().find(|p| p.name == *name);
        let source = source.ok_or_else(|| format!("the prepared data lack {name}"))?;
        let p = Parameters::new(0, DType::F32, &Device::Cpu);
        let projector =
            Projector::new(&p.scope(format_args!("projector_{name}")), *features, width)?;
        p.fill(weights.tensors().clone(), "the model")?;
        let rows: Vec<usize> = spread(source.molecules.len(), profiles);
        let x = source.values.select(ndarray::Axis(0), &rows);
        let flat: Vec<f32> = x.iter().copied().collect();
        let latent = projector.forward(&Tensor::from_vec(flat, x.dim(), &Device::Cpu)?)?.detach();
        all.push(Latents {
            modality: name.clone(),
            molecules: rows.iter().map(|&r| source.molecules[r]).collect(),
            values: Array2::from_shape_vec((rows.len(), width), latent.flatten_all()?.to_vec1()?)?,
        });
    }
    Ok((all, weights.codebook()?))
}
