//! What a model was pretrained on, and under which licences.

use crate::Result;
use crate::borrowed::Borrowed;
use crate::data::{Prepared, genes, labels, molecules, profiles};
use crate::distil::DistilConfig;
use crate::distil::train::History;
use crate::export::Weights;
use chmr::Model;
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
    (
        "pretrain/labelled/activity_pchembl",
        "ChEMBL, CC BY-SA 3.0, through eight public collections",
    ),
    ("pretrain/labelled/cyp_inhibition", "Veith CYP panel (PubChem), via admetica, MIT"),
    ("pretrain/labelled/tox21", "US public domain"),
    ("pretrain/labelled/muv", "MoleculeNet copy, MIT"),
];

/// Beginning of the names of students' sources among a model's.
const STUDENTS: &str = "MiniMol's values";

/// What the students of `config` learnt from: the run's own, or those of the model file that they are taken from.
///
/// # Errors
/// If that file cannot be read.
pub fn students(config: &DistilConfig, run: &Path) -> Result<Vec<DataSource>> {
    let mut all = Vec::new();
    for (kind, wanted) in [("vector", config.vector.is_some()), ("graph", config.graph.is_some())] {
        if !wanted {
            continue;
        }
        let name = format!("{STUDENTS}, student of the {kind}");
        let history = std::fs::read(run.join("distil").join(kind).join("history.json")).ok();
        let history = history.and_then(|b| serde_json::from_slice::<History>(&b).ok());
        if let Some(history) = history {
            let licence = "MiniMol, MIT and Apache-2.0".to_owned();
            let (rows, sha256) = (history.molecules, history.identity);
            all.push(DataSource { name, licence, rows, sha256 });
        } else if let Some(kept) = &config.kept {
            let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(kept);
            let model = Model::open(path)?;
            all.extend(model.manifest().training.data.iter().filter(|d| d.name == name).cloned());
        }
    }
    Ok(all)
}

/// Tables that `sets` borrowed labels of, each once.
pub fn borrowed<'a>(sets: impl Iterator<Item = &'a Borrowed>) -> Vec<DataSource> {
    let mut all: Vec<DataSource> = Vec::new();
    for (path, rows, sha256) in sets.flat_map(|b| &b.tables) {
        if all.iter().all(|d| d.name != *path) {
            let licence = licence(path).to_owned();
            all.push(DataSource {
                name: path.clone(),
                licence,
                rows: *rows,
                sha256: sha256.clone(),
            });
        }
    }
    all
}

fn licence(path: &str) -> &'static str {
    let known = LICENCES.iter().find(|(start, _)| path.starts_with(start));
    known.map_or("unknown", |(_, licence)| licence)
}

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
