//! Preparation on a tiny data folder written here: what is there, that it repeats, and that no leak passes.

mod support;

use chmr_training::data::arrays::Arrays;
use chmr_training::data::{PrepareConfig, Prepared, prepare};
use std::collections::BTreeMap;
use std::path::Path;
use support::{PLANTED, World, config};

fn files(run: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = std::fs::read_dir(run.join("prepared")).unwrap().map(|e| e.unwrap().path());
    entries
        .map(|p| (p.file_name().unwrap().to_str().unwrap().to_owned(), std::fs::read(p).unwrap()))
        .collect()
}

fn number(p: &Prepared, smiles: &str) -> usize {
    p.smiles.iter().position(|s| s == smiles).unwrap_or_else(|| panic!("{smiles} is absent"))
}

#[test]
fn what_is_prepared_is_what_the_tables_say() {
    let (world, run) = (World::new(), tempfile::tempdir().unwrap());
    let p = prepare(&config(), world.path(), run.path()).unwrap();
    assert_eq!(p.index.unread, 1, "one SMILES of molecules.csv is no molecule");
    let names: Vec<&str> = p.profiles.iter().map(|s| s.name.as_str()).collect();
    assert_eq!(names, ["expression", "jump"]);
    let jump = &p.profiles[1];
    // Two wells of ethanol are one row; features are standardised.
    assert_eq!(jump.molecules.len(), 8);
    for column in jump.values.columns() {
        assert!(column.mean().unwrap().abs() < 1e-5);
    }
    // A structure vector comes back as the library computes it.
    let molecule = chmr::chem::parse_smiles(&p.smiles[0], &chmr::chem::Limits::default()).unwrap();
    let layout = chmr_training::data::features::layout();
    let mut expected = vec![0.0; layout.width()];
    chmr::features::structure_vector(&molecule, &layout, &p.standardizer, &mut expected);
    assert_eq!(p.features.vectors(&[0]), expected);

    let row = &p.labels.rows[number(&p, "CCO")];
    let task = |name: &str| p.labels.tasks.iter().position(|t| t == name).unwrap() as u32;
    let label = |name: &str| row.iter().find(|(t, _)| *t == task(name)).map(|(_, v)| *v);
    // pChEMBL 7.5 is a logit of 2.
    assert!((label("chembl:T1").unwrap() - 0.880_797).abs() < 1e-5);
    assert_eq!(label("chembl:T2"), None);
    assert_eq!(label("jump_activity:below_corrected_p"), Some(1.0));
    for kind in ["Observation", "Similarity", "DrugTarget", "GeneGene"] {
        assert!(p.index.edges[kind] > 0, "{kind}");
    }
    let graph = p.context.build().unwrap();
    let profiles: usize = p.profiles.iter().map(|s| s.molecules.len()).sum();
    assert_eq!(graph.len(), p.len() + profiles + p.index.genes.len());
}

#[test]
fn it_repeats_bit_for_bit_and_rests_when_up_to_date() {
    let (world, first, second) =
        (World::new(), tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    prepare(&config(), world.path(), first.path()).unwrap();
    let one = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    one.install(|| prepare(&config(), world.path(), second.path()).map(drop)).unwrap();
    assert!(files(first.path()) == files(second.path()));

    let time = |run: &Path| {
        std::fs::metadata(run.join("prepared/index.json")).unwrap().modified().unwrap()
    };
    let before = time(first.path());
    prepare(&config(), world.path(), first.path()).unwrap();
    assert_eq!(time(first.path()), before, "up to date, yet written again");
    let other = PrepareConfig { neighbors: 2, ..config() };
    prepare(&other, world.path(), first.path()).unwrap();
    assert_ne!(time(first.path()), before, "another configuration, yet not written again");
    let lost = first.path().join("prepared/labels.safetensors");
    std::fs::remove_file(&lost).unwrap();
    prepare(&other, world.path(), first.path()).unwrap();
    assert!(lost.exists());
}

#[test]
fn a_planted_leak_is_refused() {
    let (world, run) = (World::new(), tempfile::tempdir().unwrap());
    let p = prepare(&config(), world.path(), run.path()).unwrap();
    // Its structure is there, as one of the unlabelled; its labels and targets are not, though a table and the hub
    // list it, written another way.
    let planted = number(&p, PLANTED);
    assert!(p.withheld[planted]);
    assert!(p.labels.rows[planted].is_empty());
    assert_eq!(p.index.guarded["chembl"].refused, 1);
    assert_eq!(p.index.guarded["drug_targets"].refused, 1);
    let drug_target = |e: &&chmr_training::chmr::context_graph::Edge| {
        e.kind == chmr_training::chmr::context_graph::EdgeKind::DrugTarget
    };
    let graph = p.context.build().unwrap();
    assert_eq!(graph.neighbors(planted as u32).iter().filter(drug_target).count(), 0);

    // Planted behind the guard's back: the labels of another molecule moved onto it.
    let path = run.path().join("prepared/labels.safetensors");
    let mut arrays = Arrays::load(&path).unwrap();
    let mut offsets: Vec<u64> = arrays.vector("offsets").unwrap();
    let end = offsets[offsets.len() - 1];
    offsets[..=planted].fill(0);
    offsets[planted + 1..].fill(end);
    let tasks: Vec<u32> = arrays.vector("tasks").unwrap();
    let values: Vec<f32> = arrays.vector("values").unwrap();
    let mut forged = Arrays::default();
    forged.put("offsets", &[offsets.len()], &offsets);
    forged.put("tasks", &[tasks.len()], &tasks);
    forged.put("values", &[values.len()], &values);
    forged.save(&path).unwrap();
    let error = Prepared::load(&run.path().join("prepared")).err().unwrap().to_string();
    assert!(error.contains(PLANTED) && error.contains("must not be trained on"), "{error}");
}
