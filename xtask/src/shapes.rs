//! `cargo xtask shapes`: every shape descriptor beside RDKit's, over crystal ligands.

use crate::Result;
use crate::parity::data;
use crate::run::{python, root, run};
use std::path::PathBuf;
use std::process::Command;

/// Builds the program and hands it to `tests/oracle/compare_shapes.py`, which fails when an agreement is
/// below its threshold. The conformers are `parity/pdb_ligands.sdf.gz` of the data folder, or the SD file
/// named by the argument.
pub fn command(args: &[String]) -> Result {
    let file = match args {
        [] => data().join("parity/pdb_ligands.sdf.gz"),
        [file] => PathBuf::from(file),
        _ => return Err("usage: cargo xtask shapes [FILE.sdf.gz]".into()),
    };
    if !file.is_file() {
        let file = file.display();
        return Err(format!(
            "{file} is no file: name an SD file, or set CHMR_DATA to the data folder"
        )
        .into());
    }
    run(Command::new(env!("CARGO"))
        .args(["build", "--release", "--lib", "--bins", "--examples"])
        .current_dir(root()))?;
    let python = python("oracle", "tests/oracle/requirements.txt")?;
    run(Command::new(python)
        .arg("tests/oracle/compare_shapes.py")
        .arg("target/release/chmr")
        .arg(std::path::absolute(file)?)
        .current_dir(root()))
}
