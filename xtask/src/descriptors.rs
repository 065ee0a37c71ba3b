//! `cargo xtask descriptors`: every descriptor beside RDKit's, over the benchmark molecules.

use crate::Result;
use crate::parity::data;
use crate::run::{python, root, run};
use std::process::Command;

/// Builds the library's side and hands it to `tests/oracle/compare_descriptors.py`, which writes
/// `docs/descriptors.md`. Arguments go to the script: `--sample N` for fewer molecules.
pub fn command(args: &[String]) -> Result {
    run(Command::new(env!("CARGO"))
        .args(["build", "--release", "--example", "descriptor_dump"])
        .current_dir(root()))?;
    let python = python("oracle", "tests/oracle/requirements.txt")?;
    run(Command::new(python)
        .arg("tests/oracle/compare_descriptors.py")
        .arg("target/release/examples/descriptor_dump")
        .arg(std::path::absolute(data().join("benchmarks"))?)
        .arg("docs/descriptors.md")
        .args(args)
        .current_dir(root()))
}
