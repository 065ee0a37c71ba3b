//! What a pretrained run has learnt, drawn: the shared latent space, the hierarchy.

use super::chart::{Kind, Series, Titles, chart};
use super::hierarchy::hierarchy;
use super::tsne::tsne;
use crate::Result;
use crate::data::{Prepared, molecules::spread};
use crate::pretrain::latents::{Latents, latents};
use chmr::treevq::{Code, Codebook};
use ndarray::{Array2, ArrayView1, Axis, concatenate};
use serde_json::{Value, json};
use std::path::Path;

/// Molecules that are placed in the hierarchy.
const PLACED: usize = 5000;
/// Points of the map: molecules, and profiles a modality.
const MAPPED: (usize, usize) = (700, 250);
/// Molecules named for a leaf.
const EXAMPLES: usize = 3;

/// Drawings of the run in folder `run`, pretrained on `prepared`, and what `metrics.json` says of the leaves.
///
/// # Errors
/// If the run is not pretrained on `prepared`.
pub fn learned(prepared: &Prepared, run: &Path) -> Result<(Vec<(String, String)>, Value)> {
    let (all, codebook) = latents(prepared, run, PLACED, MAPPED.1)?;
    let mut drawings = vec![("latents".to_owned(), map(&all)?)];
    let Some(codebook) = codebook else { return Ok((drawings, Value::Null)) };
    let structure = &all[0];
    let codes = codebook.route_batch(structure.values.view());
    let mut counts: Vec<Vec<usize>> = (1..=codebook.depth()).map(|h| vec![0; 1 << h]).collect();
    for code in &codes {
        counts.iter_mut().zip(&code.nodes).for_each(|(level, &node)| level[node as usize] += 1);
    }
    let leaves = leaves(prepared, structure, &codes, &codebook);
    let told: Vec<String> = leaves.iter().map(|l| l.join("\u{2003}")).collect();
    let title = format!("Hierarchy: how {} molecules share its nodes", codes.len());
    drawings.push(("hierarchy".into(), hierarchy(&title, &counts, &told)));
    let leaf = |(node, examples): (usize, &Vec<String>)| json!({ "node": node, "molecules": counts[counts.len() - 1][node], "nearest": examples });
    let leaves: Vec<Value> = leaves.iter().enumerate().map(leaf).collect();
    Ok((drawings, json!({ "placed": codes.len(), "leaves": leaves })))
}

/// The map of all modalities' latents.
fn map(all: &[Latents]) -> Result<String> {
    let most = |i: usize| if i == 0 { MAPPED.0 } else { MAPPED.1 };
    let shown: Vec<Array2<f32>> = all
        .iter()
        .enumerate()
        .map(|(i, l)| l.values.select(Axis(0), &spread(l.values.nrows(), most(i))))
        .collect();
    let views: Vec<_> = shown.iter().map(|s| s.view()).collect();
    let places = tsne(concatenate(Axis(0), &views)?.view());
    let mut first = 0;
    let series: Vec<Series> = all
        .iter()
        .zip(&shown)
        .map(|(latents, shown)| {
            let rows = first..first + shown.nrows();
            first = rows.end;
            let points = rows.map(|r| (places[[r, 0]], places[[r, 1]])).collect();
            Series { name: latents.modality.replace('_', " "), points }
        })
        .collect();
    let titles = Titles {
        title: "Latents of molecules and of observed profiles (t-SNE, cosine)",
        x: "",
        y: "",
    };
    Ok(chart(titles, &series, Kind::Points))
}

/// The molecules nearest to each leaf, of those that are routed to it.
fn leaves(
    prepared: &Prepared,
    structure: &Latents,
    codes: &[Code],
    codebook: &Codebook,
) -> Vec<Vec<String>> {
    let depth = codebook.depth();
    let cosine = |row: ArrayView1<'_, f32>, node: usize| {
        let dot: f32 = row.iter().zip(codebook.node(depth, node)).map(|(a, b)| a * b).sum();
        dot / row.dot(&row).sqrt().max(1e-12)
    };
    let mut routed = vec![Vec::new(); 1 << depth];
    for (i, code) in codes.iter().enumerate() {
        let node = code.nodes[depth - 1] as usize;
        routed[node].push((cosine(structure.values.row(i), node), structure.molecules[i]));
    }
    let named = |mut near: Vec<(f32, u32)>| {
        near.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        let examples = near.iter().take(EXAMPLES);
        examples.map(|(_, m)| prepared.smiles[*m as usize].clone()).collect()
    };
    routed.into_iter().map(named).collect()
}
