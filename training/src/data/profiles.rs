//! Observed biological profiles: each source is a modality of its own, for their feature spaces differ.

use super::molecules::{MoleculeSet, merge};
use super::table::Folder;
use crate::Result;
use crate::chmr::context_graph::NodeKind;
use ndarray::Array2;

/// Where a source's profiles stand.
#[derive(Clone, Copy, Debug)]
pub struct SourceInfo {
    /// Name of the modality.
    pub name: &'static str,
    /// File in the data folder.
    pub path: &'static str,
    /// Columns before the features.
    pub leading: usize,
    /// Cell morphology or expression.
    pub kind: NodeKind,
}

/// Every source that a configuration may name.
pub const SOURCES: &[SourceInfo] = &[
    SourceInfo {
        name: "expression",
        path: "pretrain/expression/l1000_consensus.tsv.gz",
        leading: 2,
        kind: NodeKind::Expression,
    },
    SourceInfo {
        name: "jump",
        path: "pretrain/morphology/jump_profiles748.csv.gz",
        leading: 3,
        kind: NodeKind::Cell,
    },
    SourceInfo {
        name: "cell_injury",
        path: "pretrain/morphology/cell_injury_u2os.csv.gz",
        leading: 5,
        kind: NodeKind::Cell,
    },
    SourceInfo {
        name: "a549",
        path: "pretrain/morphology/lincs_a549_plate.csv.gz",
        leading: 3,
        kind: NodeKind::Cell,
    },
];

/// Bound on standardised features: beyond, a few wells would decide everything.
pub const CLIP: f32 = 6.0;

/// The observed profiles of one source, a row a molecule.
#[derive(Clone, Debug, PartialEq)]
pub struct Profiles {
    /// Name of the modality.
    pub name: String,
    /// Cell morphology or expression.
    pub kind: NodeKind,
    /// Names of the features.
    pub features: Vec<String>,
    /// Which molecule each row was observed on; ascending.
    pub molecules: Vec<u32>,
    /// [rows, features]: asinh of the source's values, standardised by `mean` and `scale`, clamped to ±[`CLIP`].
    pub values: Array2<f32>,
    /// Of asinh of the source's values.
    pub mean: Vec<f32>,
    /// Of asinh of the source's values; above 0.
    pub scale: Vec<f32>,
}

/// What is known of the source `name`.
///
/// # Errors
/// If there is no such source.
pub fn source(name: &str) -> Result<&'static SourceInfo> {
    SOURCES.iter().find(|s| s.name == name).ok_or_else(|| {
        let known: Vec<&str> = SOURCES.iter().map(|s| s.name).collect();
        format!("no profile source is named '{name}'; there are {}", known.join(", ")).into()
    })
}

/// Reads a source, adds its molecules to the set, averages the profiles of each molecule (doses, wells, sites) and
/// standardises the features. Rows without a molecule (controls) are left out. Values pass through asinh: consensus
/// z-scores and plate-normalised features alike have tails a hundred deviations long.
///
/// # Errors
/// If the file is not of the expected form.
pub fn read(
    folder: &mut Folder,
    info: &SourceInfo,
    rows: Option<usize>,
    set: &mut MoleculeSet,
) -> Result<Profiles> {
    let table = folder.table(info.path)?;
    let header = table.header();
    let features: Vec<String> = header.iter().skip(info.leading).map(|s| (*s).to_owned()).collect();
    if features.is_empty() {
        return Err(
            format!("{}: expected features behind {} columns", info.path, info.leading).into()
        );
    }
    let smiles = table.column("smiles")?;
    let taken: Vec<usize> = (0..table.len())
        .filter(|&r| !table.text(r, smiles).is_empty())
        .take(rows.unwrap_or(usize::MAX))
        .collect();
    let numbers = set.add(&taken.iter().map(|&r| table.text(r, smiles)).collect::<Vec<_>>());
    let values = taken
        .iter()
        .zip(numbers)
        .map(|(&r, molecule)| {
            let row = (info.leading..header.len())
                .map(|c| Ok(table.number(r, c)?.asinh()))
                .collect::<Result<Vec<f32>>>()?;
            Ok((molecule, row))
        })
        .collect::<Result<Vec<_>>>()?;
    let (molecules, rows): (Vec<u32>, Vec<Vec<f32>>) = merge(&values)?.into_iter().unzip();
    let mut values = Array2::from_shape_vec((rows.len(), features.len()), rows.concat())?;
    let (mean, scale) = standardize(&mut values);
    Ok(Profiles {
        name: info.name.into(),
        kind: info.kind,
        features,
        molecules,
        values,
        mean,
        scale,
    })
}

/// Brings each column to mean 0 and deviation 1 in place, clamps, and puts the mean where there is no value. The
/// means and deviations.
fn standardize(values: &mut Array2<f32>) -> (Vec<f32>, Vec<f32>) {
    let (mut means, mut scales) = (Vec::new(), Vec::new());
    for mut column in values.columns_mut() {
        let known: Vec<f64> =
            column.iter().filter(|v| v.is_finite()).map(|v| f64::from(*v)).collect();
        let n = known.len().max(1) as f64;
        let mean = known.iter().sum::<f64>() / n;
        let deviation = (known.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / n).sqrt();
        let scale = if deviation > 1e-6 { deviation } else { 1.0 };
        for v in &mut column {
            let scaled = ((f64::from(*v) - mean) / scale) as f32;
            *v = if scaled.is_finite() { scaled.clamp(-CLIP, CLIP) } else { 0.0 };
        }
        means.push(mean as f32);
        scales.push(scale as f32);
    }
    (means, scales)
}
