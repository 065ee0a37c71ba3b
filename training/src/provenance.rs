//! What a model was pretrained on, and under which licences.

use crate::Result;
use crate::data::{Prepared, genes, labels, molecules, profiles};
use crate::export::Weights;
use chmr::model::DataSource;
use std::path::Path;

/// Licences of the files in the data folder by the beginning of their paths.
const LICENCES: &[(&str, &str)] = &[
    (molecules::MOLECULES, "JUMP-CP (CC0), LINCS (CC BY 4.0), MOSES (MIT), natural products"),
    ("pretrain/expression/", "LINCS, CC BY 4.0"),
    ("pretrain/morphology/jump_", "JUMP-CP, CC0"),
    ("pretrain/morphology/cell_injury", "cell-injury set, CC BY 4.0"),
    ("pretrain/morphology/lincs", "LINCS Cell Painting, CC BY 4.0"),
    (genes::HUB, "Drug Repurposing Hub, CC BY 4.0"),
    (genes::PAIRS, "Hetionet, CC0"),
    ("pretrain/labelled/chembl", "ChEMBL, CC BY-SA 3.0"),
    ("pretrain/labelled/tox21", "US public domain"),
    ("pretrain/labelled/muv", "MoleculeNet copy, MIT"),
];

/// The files that the run in folder `run` was pretrained on, with the molecules that each contributed. Benchmarks'
/// molecules, which it sees without labels, are not listed.
///
/// # Errors
/// If the run lacks its prepared data, or is not pretrained.
pub fn pretraining(run: &Path) -> Result<Vec<DataSource>> {
    let prepared = Prepared::load(&run.join("prepared"))?;
    let card = Weights::read(run)?;
    let rows = |path: &str| -> Option<usize> {
        if path == molecules::MOLECULES {
            return Some(prepared.len());
        }
        if path == genes::PAIRS {
            return Some(0);
        }
        if path == genes::HUB {
            return prepared.index.guarded.get("drug_targets").map(|g| g.admitted);
        }
        if let Some(table) = labels::TABLES.iter().find(|t| t.path == path) {
            let used = !card.card().tasks.is_empty();
            return prepared.index.guarded.get(table.name).filter(|_| used).map(|g| g.admitted);
        }
        let source = profiles::SOURCES.iter().find(|s| s.path == path)?;
        let used = card.card().modalities.iter().any(|(name, _)| name == source.name);
        let found = prepared.profiles.iter().find(|p| p.name == source.name);
        found.filter(|_| used).map(|p| p.molecules.len())
    };
    let licence = |path: &str| {
        let known = LICENCES.iter().find(|(start, _)| path.starts_with(start));
        known.map_or("unknown", |(_, licence)| licence)
    };
    let sources = prepared.index.inputs.iter().filter_map(|(path, sha256)| {
        Some(DataSource {
            name: path.clone(),
            licence: licence(path).into(),
            rows: rows(path)?,
            sha256: sha256.clone(),
        })
    });
    Ok(sources.collect())
}
