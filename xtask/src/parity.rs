//! `cargo xtask parity`: fingerprints and acceptance beside RDKit, over SMILES corpora.

use crate::Result;
use crate::run::{python, root, run};
use std::path::PathBuf;
use std::process::Command;

/// Builds the library's side, and hands it to `tests/oracle/parity.py`, which fails when an
/// agreement is below its threshold. The corpora are `parity/smiles` of the data folder, or the
/// folder named by the first argument; further arguments go to the script.
///
/// With `--mutated` first, mutated SMILES are compared by `tests/oracle/mutated.py`; with `--macrocycles` first, made
/// macrocycles (`tests/oracle/macrocycles.py`).
pub fn command(args: &[String]) -> Result {
    match args.split_first() {
        Some((first, rest)) if first == "--mutated" => return mutated(rest),
        Some((first, rest)) if first == "--macrocycles" => return macrocycles(rest),
        _ => {}
    }
    let (folder, rest) = match args.split_first() {
        Some((first, rest)) if !first.starts_with('-') => (PathBuf::from(first), rest),
        _ => (data().join("parity/smiles"), args),
    };
    if !folder.is_dir() {
        let folder = folder.display();
        return Err(format!(
            "{folder} is no folder: name one with *.smi.gz files, or set CHMR_DATA to the data folder"
        )
        .into());
    }
    build()?;
    let python = python("oracle", "tests/oracle/requirements.txt")?;
    run(Command::new(python)
        .arg("tests/oracle/parity.py")
        .arg("target/release/examples/parity_dump")
        .arg(std::path::absolute(folder)?)
        .args(rest)
        .current_dir(root()))
}

fn build() -> Result {
    run(Command::new(env!("CARGO"))
        .args(["build", "--release", "--example", "parity_dump"])
        .current_dir(root()))
}

fn mutated(args: &[String]) -> Result {
    build()?;
    run(Command::new(python("oracle", "tests/oracle/requirements.txt")?)
        .arg("tests/oracle/mutated.py")
        .arg("target/release/examples/parity_dump")
        .args(args)
        .current_dir(root()))
}

/// Arguments go to the script that makes the molecules.
fn macrocycles(args: &[String]) -> Result {
    let folder = root().join("target/macrocycles");
    run(Command::new(python("oracle", "tests/oracle/requirements.txt")?)
        .arg("tests/oracle/macrocycles.py")
        .arg(&folder)
        .args(args)
        .current_dir(root()))?;
    command(&[folder.display().to_string()])
}

/// `cargo xtask molblocks`: the molblock readers beside RDKit, over molblocks that RDKit writes for
/// SMILES of the data folder and over crystal ligands. Arguments go to the script.
pub fn molblocks(args: &[String]) -> Result {
    let data = data();
    if !data.is_dir() {
        return Err(
            format!("{} is no folder: set CHMR_DATA to the data folder", data.display()).into()
        );
    }
    run(Command::new(env!("CARGO"))
        .args(["build", "--release", "--example", "sdf_dump"])
        .current_dir(root()))?;
    let python = python("oracle", "tests/oracle/requirements.txt")?;
    run(Command::new(python)
        .arg("tests/oracle/molblocks.py")
        .arg("target/release/examples/sdf_dump")
        .arg(std::path::absolute(data)?)
        .args(args)
        .current_dir(root()))
}

/// The data folder: `CHMR_DATA`, or `../shared/data` beside the repository.
pub fn data() -> PathBuf {
    std::env::var_os("CHMR_DATA").map_or_else(|| root().join("../shared/data"), PathBuf::from)
}
