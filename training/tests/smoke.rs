//! The smoke configuration from data to a model file: it learns, goes on where it stopped, and gives
//! the same file twice.

use chmr::Model;
use chmr_training::benchmark::data_folder;
use chmr_training::config::Config;
use chmr_training::ensemble::train;
use chmr_training::pack::pack;
use std::path::Path;

#[test]
fn the_smoke_configuration_trains_packs_and_repeats() {
    let data = data_folder();
    if !data.join("benchmarks").is_dir() {
        println!("skipped: no data in {}; name the folder in CHMR_DATA", data.display());
        return;
    }
    let configs = Path::new(env!("CARGO_MANIFEST_DIR")).join("configs");
    let mut config = Config::read(&configs.join("smoke.toml")).unwrap();
    let [first, second] = [(), ()].map(|()| tempfile::tempdir().unwrap());
    let trained = train(&config, &data, first.path()).unwrap();
    let biogen = trained.sets.iter().find(|s| s.benchmark.name == "biogen").unwrap();
    // Measured 51 to 54; the mean of the training labels scores 61.
    assert!(biogen.figure < 57.0, "{}", biogen.figure);

    let file = pack(&config, &trained, "# A card\n").unwrap();
    let model = Model::from_bytes(file.clone()).unwrap();
    assert_eq!(model.tasks().len(), 1 + 6);
    assert!(model.tasks().iter().all(|t| t.validation.is_some()));

    // Taken from the folder: no network is written again.
    let written = |folder: &Path| {
        let entries = std::fs::read_dir(folder).unwrap().map(|e| e.unwrap());
        let mut times: Vec<_> =
            entries.map(|e| (e.file_name(), e.metadata().unwrap().modified().unwrap())).collect();
        times.sort();
        times
    };
    let before = written(first.path());
    let again = train(&config, &data, first.path()).unwrap();
    assert_eq!(written(first.path()), before);
    assert!(pack(&config, &again, "# A card\n").unwrap() == file, "networks taken up again differ");

    // From nothing, on one worker.
    config.workers = 1;
    let afresh = train(&config, &data, second.path()).unwrap();
    config.workers = 2;
    assert!(pack(&config, &afresh, "# A card\n").unwrap() == file, "a second run differs");
}

#[test]
fn the_committed_baseline_names_all_data_sets() {
    let configs = Path::new(env!("CARGO_MANIFEST_DIR")).join("configs");
    let config = Config::read(&configs.join("baseline.toml")).unwrap();
    let known: Vec<_> = chmr_training::benchmark::ABOUT.iter().map(|a| a.name).collect();
    assert_eq!(config.datasets.keys().map(String::as_str).collect::<Vec<_>>(), known);
}
