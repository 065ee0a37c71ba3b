//! Running other programs.

use crate::Result;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The root of the repository.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask lies in the repository").into()
}

/// Runs `command`, echoing it; an error unless it succeeds.
pub fn run(command: &mut Command) -> Result {
    eprintln!("$ {command:?}");
    let status = command.status().map_err(|e| format!("{command:?}: {e}"))?;
    if status.success() { Ok(()) } else { Err(format!("{command:?}: {status}").into()) }
}

/// `python` inside a virtual environment below `target/`, made on first use with the pinned
/// packages of `requirements` (a path from the root). Oracles live there, never in the library.
pub fn python(name: &str, requirements: &str) -> Result<PathBuf> {
    let venv = root().join("target/venv").join(name);
    let python = venv.join("bin/python");
    let wanted = std::fs::read_to_string(root().join(requirements))?;
    let stamp = venv.join("installed.txt");
    if std::fs::read_to_string(&stamp).ok().as_deref() != Some(&wanted) {
        run(Command::new("python3").args(["-m", "venv"]).arg(&venv))?;
        run(Command::new(&python)
            .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r"])
            .arg(root().join(requirements)))?;
        std::fs::write(&stamp, wanted)?;
    }
    Ok(python)
}
