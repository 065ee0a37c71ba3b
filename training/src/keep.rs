//! Everything that training writes goes through here, by the rules of [`chmr::files`](::chmr::files): a file is there as a whole
//! or as it was before, and is none of those that are read.

use crate::Result;
use candle_core::Tensor;
use chmr::files::{Inputs, Output, Unfinished};
use safetensors::View;
use std::collections::HashMap;
use std::io::Write;
use std::path::{Path, PathBuf};

/// What is under way, for the program to remove where a signal ends it.
pub static UNFINISHED: Unfinished = Unfinished::new();

/// Folders within the data's that [`read`] looks into.
const DEPTH: usize = 4;

/// Begins the file `path`, which is none of `inputs`.
///
/// # Errors
/// If it is one of them or cannot be written.
pub fn begin(path: &Path, inputs: &Inputs) -> Result<Output> {
    Ok(Output::create_listed(path, inputs, &UNFINISHED)?)
}

/// Files as inputs, folders of data with all that is in them but model files; `None` counts for nothing.
pub fn read<'a>(paths: impl IntoIterator<Item = Option<&'a Path>>) -> Inputs {
    let mut inputs = Inputs::new();
    for path in paths.into_iter().flatten() {
        match path.is_dir() {
            true => read_folder(path, DEPTH, &mut inputs),
            false => inputs.add(path),
        }
    }
    inputs
}

/// What a run keeps as inputs, too. Its model file and its folders (report, export) are made of these.
pub fn read_run(mut inputs: Inputs, run: &Path) -> Inputs {
    read_folder(run, 0, &mut inputs);
    inputs
}

fn read_folder(folder: &Path, depth: usize, inputs: &mut Inputs) {
    // What cannot be looked at cannot be read either.
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if !path.is_dir() {
            if path.extension().is_none_or(|e| e != "chmr") {
                inputs.add(&path);
            }
        } else if depth > 0 {
            read_folder(&path, depth - 1, inputs);
        }
    }
}

/// Puts `bytes` into the file `path`.
///
/// # Errors
/// If it cannot be written; it is as it was.
pub fn write(path: &Path, bytes: impl AsRef<[u8]>) -> Result<()> {
    let mut files = Files::new();
    files.write(path, bytes)?;
    files.commit()
}

/// Puts tensors into the safetensors file `path`, with strings beside them.
///
/// # Errors
/// If it cannot be written; it is as it was.
pub fn tensors<S, V>(
    path: &Path,
    tensors: impl IntoIterator<Item = (S, V)>,
    about: Option<HashMap<String, String>>,
) -> Result<()>
where
    S: AsRef<str> + Ord + std::fmt::Display,
    V: View,
{
    let mut files = Files::new();
    files.tensors(path, tensors, about)?;
    files.commit()
}

/// Files that belong together: the first appears when all are written.
#[derive(Default)]
pub struct Files {
    begun: Vec<Output>,
    /// What none of them is.
    inputs: Inputs,
}

impl Files {
    /// None yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// None yet, and none of `inputs` to come.
    pub fn none_of(inputs: Inputs) -> Self {
        Self { begun: Vec::new(), inputs }
    }

    /// Adds a file of these bytes.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn write(&mut self, path: &Path, bytes: impl AsRef<[u8]>) -> Result<()> {
        let mut output = begin(path, &self.inputs)?;
        output.write_all(bytes.as_ref())?;
        self.begun.push(output);
        Ok(())
    }

    /// Adds a safetensors file.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn tensors<S, V>(
        &mut self,
        path: &Path,
        tensors: impl IntoIterator<Item = (S, V)>,
        about: Option<HashMap<String, String>>,
    ) -> Result<()>
    where
        S: AsRef<str> + Ord + std::fmt::Display,
        V: View,
    {
        let output = begin(path, &self.inputs)?;
        let part = output.part().ok_or_else(|| format!("{}: no plain file", path.display()))?;
        safetensors::serialize_to_file(tensors, about, part)
            .map_err(|e| format!("{}: {e}", path.display()))?;
        self.begun.push(output);
        Ok(())
    }

    /// Adds candle's tensors.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn candle(&mut self, path: &Path, tensors: &HashMap<String, Tensor>) -> Result<()> {
        self.tensors(path, tensors, None)
    }

    /// Where the latest file is until it has its name.
    pub fn part(&self) -> Option<PathBuf> {
        self.begun.last().and_then(Output::part).map(Path::to_owned)
    }

    /// Gives all their names, in the order in which they were added.
    ///
    /// # Errors
    /// If one cannot get it; those after it are as they were.
    pub fn commit(self) -> Result<()> {
        Ok(self.begun.into_iter().try_for_each(Output::commit)?)
    }
}
