//! `cargo xtask networks`: the networks of a model file beside onnxruntime.

use crate::Result;
use crate::parity::data;
use crate::run::{python, root, run};
use std::path::PathBuf;
use std::process::Command;

/// Builds the library's side, and hands it to `tests/oracle/networks.py`, which fails where raw
/// outputs differ by more than 1e-4. The first argument names the model, `models/default.chmr` if
/// absent; a second one a CSV file with a `smiles` column.
pub fn command(args: &[String]) -> Result {
    let model = args.first().map_or_else(|| "models/default.chmr".into(), PathBuf::from);
    let csv = args.get(1).map_or_else(|| data().join("benchmarks/toxcast.csv.gz"), PathBuf::from);
    run(Command::new(env!("CARGO"))
        .args(["build", "--release", "--example", "networks_dump"])
        .current_dir(root()))?;
    let python = python("oracle", "tests/oracle/requirements.txt")?;
    run(Command::new(python)
        .arg("tests/oracle/networks.py")
        .arg("target/release/examples/networks_dump")
        .args([std::path::absolute(root().join(model))?, std::path::absolute(csv)?])
        .current_dir(root()))
}
