//! Running other programs.

use crate::Result;
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

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

/// Does `work` to every item, on as many threads as the machine has cores, and names what failed
/// together: most of what links or runs against the library keeps one core busy.
pub fn side_by_side<T: Sync>(items: &[T], work: impl Fn(&T) -> Result + Sync) -> Result {
    let next = AtomicUsize::new(0);
    let failed = Mutex::new(Vec::new());
    let threads = std::thread::available_parallelism().map_or(1, NonZero::get);
    std::thread::scope(|scope| {
        for _ in 0..threads.min(items.len()) {
            scope.spawn(|| {
                while let Some(item) = items.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if let Err(e) = work(item) {
                        failed.lock().unwrap_or_else(PoisonError::into_inner).push(e.to_string());
                    }
                }
            });
        }
    });
    let failed = failed.into_inner().unwrap_or_else(PoisonError::into_inner);
    if failed.is_empty() { Ok(()) } else { Err(failed.join("; ").into()) }
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
