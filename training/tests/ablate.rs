//! The ablation on the smoke configuration: a table, the same from what is kept.

#[path = "../../tests/support/skip.rs"]
mod skip;

use chmr_training::ablate::{Options, ablate, markdown, metric};
use chmr_training::benchmark::data_folder;
use chmr_training::config::Config;
use chmr_training::data::prepare;
use std::path::Path;

#[test]
fn the_smoke_configuration_gives_a_table_and_goes_on_where_it_stopped() {
    let data = data_folder();
    if !data.join("benchmarks").is_dir() {
        skip::skip(format_args!("no data in {}; name the folder in CHMR_DATA", data.display()));
        return;
    }
    let configs = Path::new(env!("CARGO_MANIFEST_DIR")).join("configs");
    let config = Config::read(&configs.join("smoke.toml")).unwrap();
    let full = config.pretrain.clone().unwrap();
    let run = tempfile::tempdir().unwrap();
    let prepared = prepare(config.prepare.as_ref().unwrap(), &data, run.path()).unwrap();
    let variants = ["full", "flat VQ", "structure only"].map(String::from).to_vec();
    let mut options = Options { seeds: 2, variants };
    let rows = ablate(&config, &full, &prepared, &data, run.path(), &options).unwrap();
    let text = markdown(&rows, metric);
    assert_eq!(text.lines().count(), 2 + 3, "{text}");
    for cell in rows.iter().flat_map(|r| &r.cells) {
        assert_eq!(cell.seeds.len(), 2);
        assert!(cell.mean.is_finite() && cell.deviation.is_finite(), "{text}");
    }

    // Kept cells are read: one forged by hand comes back.
    let path = run.path().join("ablation/full-0/biogen.json");
    let mut kept: serde_json::Value =
        serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    kept["figure"] = 12.5.into();
    std::fs::write(&path, kept.to_string()).unwrap();
    let again = ablate(&config, &full, &prepared, &data, run.path(), &options).unwrap();
    assert_eq!(again[0].cells[1].seeds[0], 12.5);
    assert_eq!(again[1..], rows[1..]);

    options.variants = vec!["w/o everything".into()];
    let error = ablate(&config, &full, &prepared, &data, run.path(), &options).err().unwrap();
    assert!(error.to_string().contains("w/o SCA"), "{error}");
}
