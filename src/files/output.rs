//! A file being written.

use super::identity::{FileId, Inputs};
use super::target::{Target, parent};
use super::temporary::{Beside, Temporary, Unfinished};
use crate::error::{Error, ErrorKind};
use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// A file that takes its place when it is complete; see the [module](super). Unbuffered. Errors of writing name the file.
///
/// ```
/// use chmr::files::{Inputs, Output};
/// use std::io::Write;
/// # let folder = tempfile::tempdir()?;
/// # let [molecules, results] = ["in.smi", "out.csv"].map(|name| folder.path().join(name));
/// # std::fs::write(&molecules, "C\n")?;
/// let inputs = Inputs::of([molecules.as_path()]);
/// let mut output = Output::create(&results, &inputs)?;
/// output.write_all(b"id\n")?;
/// // Until here there is no such file, or the one before.
/// assert!(!results.exists());
/// output.commit()?;
/// assert_eq!(std::fs::read(&results)?, b"id\n");
/// assert!(Output::create(&molecules, &inputs).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Output {
    /// For messages.
    name: String,
    place: Place,
}

#[derive(Debug)]
enum Place {
    /// A plain file to be, and its target.
    Part(File, Temporary, PathBuf),
    /// What has no earlier content.
    Device(File),
    Stdout(io::Stdout),
}

impl Output {
    /// Begins the file `path`, which is none of `inputs`.
    ///
    /// # Errors
    /// [`ErrorKind::Argument`] where it is one of them; [`ErrorKind::Io`] where it is a folder or cannot be written, or its folder does
    /// not take a temporary file.
    pub fn create(path: &Path, inputs: &Inputs) -> Result<Self, Error> {
        Self::begin(path, inputs, None)
    }

    /// The same with its temporary file on a list as long as there is one.
    ///
    /// # Errors
    /// Those of [`Output::create`].
    pub fn create_listed(
        path: &Path,
        inputs: &Inputs,
        list: &'static Unfinished,
    ) -> Result<Self, Error> {
        Self::begin(path, inputs, Some(list))
    }

    /// Standard output, which is none of `inputs` (as in `chmr … molecules.smi >> molecules.smi`).
    ///
    /// # Errors
    /// [`ErrorKind::Argument`] where it is one of them.
    pub fn stdout(inputs: &Inputs) -> Result<Self, Error> {
        let name = "standard output".to_owned();
        inputs.refuse(FileId::of_stdout().as_ref(), &name)?;
        Ok(Self { name, place: Place::Stdout(io::stdout()) })
    }

    fn begin(
        path: &Path,
        inputs: &Inputs,
        list: Option<&'static Unfinished>,
    ) -> Result<Self, Error> {
        let name = path.display().to_string();
        let failed = |e: io::Error| Error::new(ErrorKind::Io, format!("{name}: {e}"));
        let target = Target::find(path).map_err(failed)?;
        inputs.refuse(FileId::of(path).ok().flatten().as_ref(), &name)?;
        let place = match target {
            Target::Device => {
                // Appending, as it may be a plain file by way of `/dev/stdout`.
                let file = OpenOptions::new().append(true).open(path);
                Place::Device(file.map_err(failed)?)
            }
            Target::Plain(target, before) => {
                let folder = parent(&target);
                let (part, file) =
                    Temporary::create(folder, before.is_some(), list).map_err(|e| {
                        let e =
                            format!("no temporary file in the folder {}: {e}", folder.display());
                        failed(io::Error::other(e))
                    })?;
                if let Some(before) = before {
                    become_like(&file, &before).map_err(failed)?;
                }
                Place::Part(file, part, target)
            }
        };
        Ok(Self { name, place })
    }

    /// Whether it is a plain file, in which one can seek.
    pub fn is_plain(&self) -> bool {
        matches!(self.place, Place::Part(..))
    }

    /// Where more temporary files of the same work are made; `None` where it is no plain file.
    pub(crate) fn beside(&self) -> Option<Beside> {
        match &self.place {
            Place::Part(_, part, target) => Some(part.beside(parent(target))),
            _ => None,
        }
    }

    /// What messages call it.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Path of the temporary file, for code that opens it by name; it must write into the file that is there. `None` where there
    /// is none.
    pub fn part(&self) -> Option<&Path> {
        match &self.place {
            Place::Part(_, part, _) => Some(part.path()),
            _ => None,
        }
    }

    /// Brings what was written to the disk and gives the file its name.
    ///
    /// # Errors
    /// Of the system, naming the file, which is as it was.
    pub fn commit(mut self) -> io::Result<()> {
        self.flush()?;
        let Self { name, place } = self;
        let Place::Part(file, part, target) = place else { return Ok(()) };
        let whole = file.sync_all().and_then(|()| {
            drop(file);
            part.rename(&target)?;
            sync_folder(parent(&target))
        });
        whole.map_err(|e| named(&name, e))
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = match &mut self.place {
            Place::Part(file, ..) | Place::Device(file) => file.write(bytes),
            Place::Stdout(out) => out.write(bytes),
        };
        written.map_err(|e| named(&self.name, e))
    }

    fn flush(&mut self) -> io::Result<()> {
        let flushed = match &mut self.place {
            Place::Part(file, ..) | Place::Device(file) => file.flush(),
            Place::Stdout(out) => out.flush(),
        };
        flushed.map_err(|e| named(&self.name, e))
    }
}

impl Seek for Output {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let sought = match &mut self.place {
            Place::Part(file, ..) => file.seek(to),
            _ => Err(io::Error::new(io::ErrorKind::NotSeekable, "expected a plain file")),
        };
        sought.map_err(|e| named(&self.name, e))
    }
}

/// The error with the file's name in front, of the same kind.
fn named(name: &str, e: io::Error) -> io::Error {
    match e.kind() {
        // Tried again, and never shown.
        io::ErrorKind::Interrupted => e,
        kind => io::Error::new(kind, format!("{name}: {e}")),
    }
}

/// The owner, where the system allows it, and the mode of the file that is replaced.
fn become_like(file: &File, before: &Metadata) -> io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::{MetadataExt, fchown};
        let own = file.metadata()?;
        if (own.uid(), own.gid()) != (before.uid(), before.gid()) {
            let _ = fchown(file, Some(before.uid()), Some(before.gid()));
        }
    }
    file.set_permissions(before.permissions())
}

/// Brings a rename to the disk. A folder that cannot be opened has renamed all the same.
fn sync_folder(folder: &Path) -> io::Result<()> {
    if !cfg!(unix) {
        return Ok(());
    }
    match File::open(folder).map(|folder| folder.sync_all()) {
        Ok(Err(e))
            if !matches!(e.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::Unsupported) =>
        {
            Err(e)
        }
        _ => Ok(()),
    }
}
