//! Temporary files, gone unless they are kept.

use std::fs::{File, OpenOptions};
use std::hash::{BuildHasher, RandomState};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Names tried before giving up. Two of 64 random bits are not equal by chance.
const TRIES: usize = 8;

/// The temporary files that a program has under way, for what ends it to remove.
///
/// ```
/// use chmr::files::{Inputs, Output, Unfinished};
/// static UNFINISHED: Unfinished = Unfinished::new();
///
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("results.csv");
/// let output = Output::create_listed(&path, &Inputs::new(), &UNFINISHED)?;
/// // In a thread that waits for signals:
/// UNFINISHED.discard();
/// # std::mem::forget(output);
/// # assert_eq!(std::fs::read_dir(folder.path())?.count(), 0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Default)]
pub struct Unfinished(Mutex<Vec<PathBuf>>);

impl Unfinished {
    /// None under way.
    pub const fn new() -> Self {
        Self(Mutex::new(Vec::new()))
    }

    /// Removes all of them, for a process that is about to end: whoever creates or commits an output of this list from now
    /// on waits for ever. Not for a signal handler itself, as it takes a lock.
    pub fn discard(&self) {
        let paths = self.paths();
        paths.iter().for_each(|path| remove(path));
        // Never unlocked: no file shall be renamed or made behind this.
        std::mem::forget(paths);
    }

    fn paths(&self) -> MutexGuard<'_, Vec<PathBuf>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A file with a name that nobody else has. Dropping it removes it.
#[derive(Debug)]
pub(super) struct Temporary {
    path: PathBuf,
    list: Option<&'static Unfinished>,
    renamed: bool,
}

impl Temporary {
    /// A new file in `folder`, readable and writable; `private`: by its owner alone.
    pub fn create(
        folder: &Path,
        private: bool,
        list: Option<&'static Unfinished>,
    ) -> io::Result<(Self, File)> {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create_new(true);
        #[cfg(unix)]
        if private {
            std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        }
        let _ = private;
        let mut tries = 0;
        loop {
            // Keys of the hash are random.
            let name = RandomState::new().hash_one(tries);
            let path = folder.join(format!(".chmr-{name:016x}.part"));
            // No signal between the file and its place on the list.
            let mut listed = list.map(Unfinished::paths);
            match options.open(&path) {
                Ok(file) => {
                    listed.iter_mut().for_each(|l| l.push(path.clone()));
                    return Ok((Self { path, list, renamed: false }, file));
                }
                Err(e) if e.kind() == io::ErrorKind::AlreadyExists && tries < TRIES => tries += 1,
                Err(e) => return Err(e),
            }
        }
    }

    /// Its name.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// A maker of files in the folder, on the same list.
    pub fn beside(&self, folder: &Path) -> Beside {
        Beside { folder: folder.to_owned(), list: self.list }
    }

    /// Gives it the name `target`, in place of the file of that name.
    pub fn rename(mut self, target: &Path) -> io::Result<()> {
        let list = self.list.map(Unfinished::paths);
        std::fs::rename(&self.path, target)?;
        self.renamed = true;
        forget(list, &self.path);
        Ok(())
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        if !self.renamed {
            let list = self.list.map(Unfinished::paths);
            remove(&self.path);
            forget(list, &self.path);
        }
    }
}

/// Where files without a name are made: beside an output, on the disk that has to have the room anyway.
#[derive(Clone, Debug)]
pub(crate) struct Beside {
    pub(super) folder: PathBuf,
    pub(super) list: Option<&'static Unfinished>,
}

impl Beside {
    /// In a folder.
    #[cfg(test)]
    pub fn of_folder(folder: &Path) -> Self {
        Self { folder: folder.to_owned(), list: None }
    }

    /// A file to write and to read, gone when it is dropped.
    pub fn create(&self) -> io::Result<Scratch> {
        let (name, file) = Temporary::create(&self.folder, true, self.list)?;
        // Unix needs no name for it, and so leaves none even if the process is killed.
        Ok(Scratch { file, _name: (!cfg!(unix)).then_some(name) })
    }
}

/// A file without a name.
pub(crate) struct Scratch {
    pub file: File,
    _name: Option<Temporary>,
}

fn forget(list: Option<MutexGuard<'_, Vec<PathBuf>>>, path: &Path) {
    if let Some(mut list) = list {
        list.retain(|p| p != path);
    }
}

/// Removes a file of which nobody knows. It may be gone already, and nobody could be told.
fn remove(path: &Path) {
    let _ = std::fs::remove_file(path);
}
