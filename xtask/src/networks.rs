//! `cargo xtask networks`: the networks of a model file, and graph networks with made-up weights, beside onnxruntime.

use crate::Result;
use crate::parity::data;
use crate::run::{python, root, run};
use std::path::PathBuf;
use std::process::Command;

/// Builds the library's side, and hands it to `tests/oracle/networks.py`, which fails where raw
/// outputs differ by more than 1e-4, and to `tests/oracle/graph_networks.py`. The first argument names the model, `models/default.chmr` if
/// absent; a second one a CSV file with a `smiles` column.
pub fn command(args: &[String]) -> Result {
    let model = args.first().map_or_else(|| "models/default.chmr".into(), PathBuf::from);
    let csv = args.get(1).map_or_else(|| data().join("benchmarks/toxcast.csv.gz"), PathBuf::from);
    run(Command::new(env!("CARGO"))
        .args(["build", "--release", "--example", "networks_dump", "--example", "graph_dump"])
        .current_dir(root()))?;
    let python = python("oracle", "tests/oracle/requirements.txt")?;
    let csv = std::path::absolute(csv)?;
    run(Command::new(&python)
        .arg("tests/oracle/networks.py")
        .arg("target/release/examples/networks_dump")
        .args([&std::path::absolute(root().join(model))?, &csv])
        .current_dir(root()))?;
    run(Command::new(python)
        .arg("tests/oracle/graph_networks.py")
        .arg(root().join("target/release/examples/graph_dump"))
        .arg(csv)
        .current_dir(root()))
}
