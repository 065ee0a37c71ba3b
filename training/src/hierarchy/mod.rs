//! A codebook from the latents that heads read: what a model without the paper's pretraining places molecules with.
//!
//! Tree-VQ learns its nodes together with the latents that they quantise. Here the latents are there already, those of the
//! students, and better than pretraining's: only the tree is to be found. It grows by Ward's clustering of known
//! molecules ([`ward`]) into as many clusters as the tree has leaves; these are paired, level by level up to the root, so that each pair is as near as
//! can be ([`pairs`]); and the two nodes of each pair are set so that the choice of the larger cosine, which is how a molecule goes down
//! the tree, tells their members apart ([`router`]). Ward's own tree is no such tree, as its branches end at unlike depths.
//!
//! Nothing but structures is read, no mechanism of action and no label: these are kept for measuring what the hierarchy says.
//!
//! The latent is the mean of the students' values, less their mean over the molecules that the tree grew on, and one constant, so that a
//! node's border need not go through the origin.

pub mod pairs;
pub mod router;
pub mod ward;

use crate::Result;
use crate::data::table::Folder;
use crate::data::{genes, molecules};
use crate::export::{LATENT, Structure};
use crate::keep::Files;
use crate::onnx::Chain;
use candle_core::{Device, Tensor};
use chmr::chem::{Limits, canonical_smiles, parse_smiles};
use chmr::model::Stage;
use chmr::treevq::Codebook;
use ndarray::{Array1, Array2, ArrayView1, Axis, s};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use std::path::Path;

/// Section `[hierarchy]` of a configuration.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct HierarchyConfig {
    /// Students whose values are averaged; they have one width.
    pub reads: Vec<String>,
    /// Levels of the tree.
    pub depth: usize,
    /// Unlabelled molecules that it grows on beside the drugs of the repurposing hub, evenly spread over their file.
    pub molecules: usize,
    /// What is added to the squares that a node's border is fitted by, as a share of their mean.
    pub ridge: f64,
}

impl Default for HierarchyConfig {
    fn default() -> Self {
        Self { reads: vec!["student_1d".into()], depth: 6, molecules: 2000, ridge: 0.3 }
    }
}

impl HierarchyConfig {
    /// # Errors
    /// Where a number is out of range.
    pub fn check(&self) -> Result<()> {
        let good = (1..=10).contains(&self.depth) && self.ridge > 0.0 && !self.reads.is_empty();
        if good { Ok(()) } else { Err(format!("[hierarchy]: {self:?} is out of range").into()) }
    }
}

/// What a run keeps beside the codebook.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct History {
    /// SHA-256 of everything that the tree depends on.
    pub identity: String,
    /// Molecules that it grew on.
    pub molecules: usize,
    /// Of these, the share that goes down to the leaf of its cluster.
    pub routed: f64,
    /// Molecules of every leaf, by their clusters.
    pub leaves: Vec<usize>,
}

/// Grows the codebook if the run folder `run` does not hold it yet. `structure` computes what it reads.
///
/// # Errors
/// If data is missing, or there are fewer molecules than leaves.
pub fn grow(
    config: &HierarchyConfig,
    structure: &Structure,
    data: &Path,
    run: &Path,
) -> Result<()> {
    config.check()?;
    let folder = run.join("hierarchy");
    std::fs::create_dir_all(&folder)?;
    let mut input = Folder::new(data);
    let smiles = known(config, &mut input)?;
    let text = format!("1 {config:?} {:?} {}", input.hashes(), structure.identity()?);
    let identity = chmr::model::sha256_hex(text.as_bytes());
    let kept = folder.join("history.json");
    let finished =
        std::fs::read(&kept).ok().and_then(|b| serde_json::from_slice::<History>(&b).ok());
    if finished.is_some_and(|h| h.identity == identity)
        && folder.join("codebook.safetensors").exists()
    {
        eprintln!("{}: already grown", folder.display());
        return Ok(());
    }
    let values = averaged(&structure.features(&smiles, &config.reads)?, config.reads.len())?;
    let mean = values.mean_axis(Axis(0)).ok_or("no molecule to grow a hierarchy on")?;
    let latents = latents(&values, &mean);
    let leaves = 1 << config.depth;
    let clusters = ward::clusters(&unit(&values, &mean), leaves)?;
    let order = pairs::order(&unit(&values, &mean), &clusters, leaves);
    let leaf: Vec<usize> = clusters.iter().map(|&c| order[c]).collect();
    let codebook = router::codebook(&latents, &leaf, config.depth, config.ridge)?;
    let codes = codebook.route_batch(latents.view());
    let ends =
        codes.iter().zip(&leaf).filter(|(code, leaf)| code.nodes.last() == Some(&(**leaf as u32)));
    let routed = ends.count() as f64 / leaf.len() as f64;
    let mut counts = vec![0; leaves];
    leaf.iter().for_each(|&l| counts[l] += 1);
    eprintln!("{} molecules, {:.1} % at the leaf of their cluster", leaf.len(), 100.0 * routed);
    let history = History { identity, molecules: leaf.len(), routed, leaves: counts };
    let mut files = Files::new();
    files.write(&folder.join("codebook.safetensors"), codebook.to_safetensors()?)?;
    let mean = Tensor::from_vec(mean.to_vec(), mean.len(), &Device::Cpu)?;
    let constant = Tensor::from_vec(vec![constant(&values)], 1, &Device::Cpu)?;
    let latent = [("mean".to_owned(), mean), ("constant".to_owned(), constant)];
    files.candle(&folder.join("latent.safetensors"), &latent.into())?;
    files.write(&kept, serde_json::to_vec_pretty(&history)?)?;
    files.commit()
}

/// Structures that the tree grows on: the drugs, and unlabelled molecules. Stereoisomers count once.
fn known(config: &HierarchyConfig, input: &mut Folder) -> Result<Vec<String>> {
    let mut all = Vec::new();
    for (path, most) in [(genes::HUB, usize::MAX), (molecules::MOLECULES, config.molecules)] {
        let table = input.table(path)?;
        let smiles = table.column("smiles")?;
        let rows = molecules::spread(table.len(), most);
        all.extend(rows.into_iter().map(|r| table.text(r, smiles).to_owned()));
    }
    let key = |s: &String| {
        let molecule = parse_smiles(s, &Limits::default()).ok()?;
        canonical_smiles(&molecule).ok()
    };
    let keys: Vec<Option<String>> = all.par_iter().map(key).collect();
    let mut seen = HashSet::new();
    let fresh = all.into_iter().zip(keys).filter(|(_, key)| match key {
        Some(key) => seen.insert(key.clone()),
        None => false,
    });
    Ok(fresh.map(|(smiles, _)| smiles).collect())
}

/// The mean of `parts` arrays that stand side by side.
fn averaged(x: &Array2<f32>, parts: usize) -> Result<Array2<f32>> {
    let width = x.ncols() / parts.max(1);
    if width * parts != x.ncols() {
        return Err("[hierarchy] reads what is of different widths".into());
    }
    let mut sum = Array2::<f32>::zeros((x.nrows(), width));
    for part in 0..parts {
        sum += &x.slice(s![.., part * width..(part + 1) * width]);
    }
    Ok(sum / parts as f32)
}

/// The last value of every latent: as large as all others together are on the average.
fn constant(values: &Array2<f32>) -> f32 {
    let mean = values.mean_axis(Axis(0)).unwrap_or_default();
    let squares = values.rows().into_iter().map(|row| distance(row, mean.view())).sum::<f32>();
    (squares / values.nrows().max(1) as f32).sqrt()
}

fn distance(a: ArrayView1<'_, f32>, b: ArrayView1<'_, f32>) -> f32 {
    a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum()
}

/// What the stage gives: `values` less `mean`, and the constant.
fn latents(values: &Array2<f32>, mean: &Array1<f32>) -> Array2<f32> {
    let constant = constant(values);
    let mut all = Array2::from_elem((values.nrows(), values.ncols() + 1), constant);
    all.slice_mut(s![.., ..values.ncols()]).assign(&(values - mean));
    all
}

/// `values` less `mean`, brought to length 1: what is clustered.
fn unit(values: &Array2<f32>, mean: &Array1<f32>) -> Array2<f32> {
    let mut all = values - mean;
    for mut row in all.rows_mut() {
        let length = row.iter().map(|v| v * v).sum::<f32>().sqrt().max(1e-12);
        row /= length;
    }
    all
}

/// The stage that gives latents, with its ONNX file, and the codebook of the run.
///
/// # Errors
/// If the run does not hold them, or they are of another shape. `width` is that of everything read together.
pub fn stage(
    config: &HierarchyConfig,
    width: usize,
    run: &Path,
) -> Result<(Stage, Vec<u8>, Codebook)> {
    let folder = run.join("hierarchy");
    let path = folder.join("codebook.safetensors");
    let bytes = std::fs::read(&path)
        .map_err(|e| format!("{}: {e}; is the hierarchy grown?", path.display()))?;
    let codebook = Codebook::from_safetensors(&bytes)?;
    let tensors = candle_core::safetensors::load(folder.join("latent.safetensors"), &Device::Cpu)?;
    let vector = |name: &str| -> Result<Vec<f32>> {
        Ok(tensors.get(name).ok_or("the hierarchy's latent is incomplete")?.to_vec1()?)
    };
    let (mean, constant) = (vector("mean")?, vector("constant")?);
    let (parts, values) = (config.reads.len(), mean.len());
    if parts * values != width || codebook.width() != values + 1 {
        return Err("the hierarchy was grown on latents of another width".into());
    }
    // The mean over what is read, as a product with ones in the right places.
    let mut weight = vec![0.0f32; (values + 1) * width];
    for value in 0..values {
        for part in 0..parts {
            weight[value * width + part * values + value] = 1.0 / parts as f32;
        }
    }
    let bias: Vec<f32> = mean.iter().map(|m| -m).chain(constant).collect();
    let mut chain = Chain::new(width);
    chain.linear(
        &Tensor::from_vec(weight, (values + 1, width), &Device::Cpu)?,
        &Tensor::from_vec(bias, values + 1, &Device::Cpu)?,
    )?;
    let stage = Stage {
        name: LATENT.into(),
        path: format!("stages/{LATENT}.onnx"),
        reads: config.reads.clone(),
        width: values + 1,
    };
    Ok((stage, chain.finish(LATENT), codebook))
}
