//! The paper's ablation: the same pretraining with one part left out or replaced, then heads on the frozen result.
//!
//! Resumable cell by cell: `<run>/ablation/VARIANT-SEED/` keeps what was pretrained, and `DATASET.json` in it the
//! figure. Figures are those of the validation split, on which the heads' training is stopped too.

pub mod table;
pub mod variants;

pub use table::{Cell, Row, markdown};
pub use variants::{Variant, variants};

use crate::Result;
use crate::backbone::Backbone;
use crate::benchmark::{Benchmark, about};
use crate::config::Config;
use crate::data::{Prepared, features};
use crate::featurize;
use crate::fit::{Problem, fit};
use crate::keep;
use crate::pretrain::{self, PretrainConfig};
use candle_core::{Device, Tensor};
use ndarray::{Array2, Axis, concatenate};
use serde::{Deserialize, Serialize};
use std::path::Path;

/// The data sets of the paper's table.
pub const DATASETS: [&str; 2] = ["chembl2k", "biogen"];

/// What is run.
#[derive(Clone, Debug)]
pub struct Options {
    /// Seeds of every variant: 0, 1, ….
    pub seeds: u64,
    /// Names of the variants; all if empty.
    pub variants: Vec<String>,
}

/// A cell as it is kept.
#[derive(Serialize, Deserialize)]
struct Kept {
    identity: String,
    figure: f64,
}

/// Pretrains and measures what `run` does not hold yet.
///
/// # Errors
/// For an unknown variant, missing data, or a training that diverges.
pub fn ablate(
    config: &Config,
    full: &PretrainConfig,
    prepared: &Prepared,
    data: &Path,
    run: &Path,
    options: &Options,
) -> Result<Vec<Row>> {
    let modalities: Vec<String> = prepared.profiles.iter().map(|p| p.name.clone()).collect();
    let mut all = variants(full, &modalities);
    let unknown = options.variants.iter().find(|name| all.iter().all(|v| v.name != **name));
    if let Some(name) = unknown {
        let known: Vec<&str> = all.iter().map(|v| v.name.as_str()).collect();
        return Err(format!("no variant is called '{name}'; there are {}", known.join(", ")).into());
    }
    all.retain(|v| options.variants.is_empty() || options.variants.contains(&v.name));
    let sets: Vec<(Benchmark, Array2<f32>)> = DATASETS
        .into_iter()
        .map(|name| {
            let set = Benchmark::read(data, name)?;
            let molecules = featurize::molecules(&set.smiles);
            let x = featurize::matrix(&molecules, &features::layout(), &prepared.standardizer);
            Ok((set, x))
        })
        .collect::<Result<_>>()?;
    let mut rows = Vec::new();
    for variant in &all {
        let mut figures = vec![Vec::new(); sets.len()];
        for seed in 0..options.seeds {
            let settings = PretrainConfig { seed, ..variant.config.clone() };
            let folder = run.join("ablation").join(format!("{}-{seed}", variant.folder()));
            pretrain::pretrain(&settings, prepared, &folder, &Default::default())?;
            let backbone = Backbone::load(&folder)?;
            for ((set, x), figures) in sets.iter().zip(&mut figures) {
                let figure = cell(config, &backbone, set, x, seed, &folder)?;
                eprintln!("{:<20} seed {seed} {:<10} {figure:.2}", variant.name, set.name);
                figures.push(figure);
            }
        }
        let cells = sets.iter().zip(figures).map(|((set, _), f)| Cell::new(&set.name, f)).collect();
        rows.push(Row { variant: variant.name.clone(), cells });
    }
    Ok(rows)
}

/// The metric of a data set, as the table names it.
pub fn metric(dataset: &str) -> &'static str {
    if about(dataset).is_some_and(|a| a.regression) { "MAE × 100" } else { "AUC %" }
}

/// The figure of one head, kept or trained.
fn cell(
    config: &Config,
    backbone: &Backbone,
    set: &Benchmark,
    x: &Array2<f32>,
    seed: u64,
    folder: &Path,
) -> Result<f64> {
    let recipe = config.recipe(&set.name);
    let about_cell = format!("{} {recipe:?} {} {seed}", backbone.config().identity, set.sha256);
    let identity = chmr::model::sha256_hex(about_cell.as_bytes());
    let path = folder.join(format!("{}.json", set.name));
    if let Ok(bytes) = std::fs::read(&path)
        && let Ok(kept) = serde_json::from_slice::<Kept>(&bytes)
        && kept.identity == identity
    {
        return Ok(kept.figure);
    }
    let inputs = read_by_heads(backbone, x)?;
    let regression = about(&set.name).is_some_and(|a| a.regression);
    let problem = Problem::new(set, inputs.view(), regression, recipe.rows);
    let figure = fit(&problem, &recipe, seed, &|_| ())?.figure;
    keep::write(&path, serde_json::to_vec(&Kept { identity, figure })?)?;
    Ok(figure)
}

/// The structure vectors and what the backbone makes of them, side by side.
fn read_by_heads(backbone: &Backbone, x: &Array2<f32>) -> Result<Array2<f32>> {
    let flat: Vec<f32> = x.iter().copied().collect();
    let parts = backbone.embed(&Tensor::from_vec(flat, x.dim(), &Device::Cpu)?)?;
    let mut arrays = vec![x.clone()];
    for (_, part) in parts {
        let shape = part.dims2()?;
        arrays.push(Array2::from_shape_vec(shape, part.flatten_all()?.to_vec1()?)?);
    }
    let views: Vec<_> = arrays.iter().map(|a| a.view()).collect();
    Ok(concatenate(Axis(1), &views)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// serde_json's quick way of reading numbers misses some by a unit in the last place.
    #[test]
    fn a_kept_figure_is_the_one_measured() {
        for i in 1..1000 {
            let figure = f64::from(i).sqrt();
            let kept = Kept { identity: String::new(), figure };
            let read: Kept = serde_json::from_slice(&serde_json::to_vec(&kept).unwrap()).unwrap();
            assert_eq!(read.figure.to_bits(), figure.to_bits());
        }
    }
}
