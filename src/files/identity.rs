//! Which file a path means, however it is spelt.

use crate::error::{Error, ErrorKind};
use std::fs::{File, Metadata};
use std::io;
use std::path::{Path, PathBuf};

/// The identity of a file: on Unix its device and inode, elsewhere its canonical path, to which hard links are
/// different files.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct FileId(Id);

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Id {
    #[cfg_attr(not(unix), allow(dead_code))]
    Inode(u64, u64),
    #[cfg_attr(unix, allow(dead_code))]
    Path(PathBuf),
}

impl FileId {
    /// That of the plain file behind `path`; `None` for what is no plain file and may be read and written at once, as a
    /// terminal is.
    ///
    /// # Errors
    /// Where there is no such file.
    pub fn of(path: &Path) -> io::Result<Option<Self>> {
        let about = std::fs::metadata(path)?;
        if !about.is_file() {
            return Ok(None);
        }
        #[cfg(unix)]
        return Ok(Some(Self::inode(&about)));
        #[cfg(not(unix))]
        Ok(Some(Self(Id::Path(path.canonicalize()?))))
    }

    /// That of an open file; `None` for what is no plain file, and where the system does not tell.
    pub fn of_file(file: &File) -> Option<Self> {
        let about = file.metadata().ok().filter(Metadata::is_file)?;
        #[cfg(unix)]
        return Some(Self::inode(&about));
        #[cfg(not(unix))]
        {
            let _ = about;
            None
        }
    }

    /// That of standard input; `None` as for [`FileId::of_file`].
    pub fn of_stdin() -> Option<Self> {
        #[cfg(unix)]
        return Self::of_stream(&io::stdin());
        #[cfg(not(unix))]
        None
    }

    /// That of standard output; `None` as for [`FileId::of_file`].
    pub fn of_stdout() -> Option<Self> {
        #[cfg(unix)]
        return Self::of_stream(&io::stdout());
        #[cfg(not(unix))]
        None
    }

    #[cfg(unix)]
    fn of_stream(stream: &impl std::os::fd::AsFd) -> Option<Self> {
        Self::of_file(&File::from(stream.as_fd().try_clone_to_owned().ok()?))
    }

    #[cfg(unix)]
    fn inode(about: &Metadata) -> Self {
        use std::os::unix::fs::MetadataExt;
        Self(Id::Inode(about.dev(), about.ino()))
    }
}

/// The files that an operation reads, none of which it may write.
#[derive(Clone, Debug, Default)]
pub struct Inputs {
    files: Vec<(FileId, String)>,
}

impl Inputs {
    /// None.
    pub fn new() -> Self {
        Self::default()
    }

    /// These files. What cannot be looked at is left out: reading it has failed, or will.
    pub fn of<'a>(paths: impl IntoIterator<Item = &'a Path>) -> Self {
        let mut inputs = Self::new();
        paths.into_iter().for_each(|path| inputs.add(path));
        inputs
    }

    /// One more, `-` being standard input.
    pub fn add(&mut self, path: &Path) {
        let id = match path == Path::new("-") {
            true => FileId::of_stdin(),
            false => FileId::of(path).ok().flatten(),
        };
        self.files.extend(id.map(|id| (id, path.display().to_string())));
    }

    /// Refuses to write the file `id`, called `name`, if it is one of them.
    ///
    /// # Errors
    /// [`ErrorKind::Argument`], saying which.
    pub fn refuse(&self, id: Option<&FileId>, name: &str) -> Result<(), Error> {
        match self.files.iter().find(|(input, _)| Some(input) == id) {
            None => Ok(()),
            Some((_, input)) => Err(Error::new(
                ErrorKind::Argument,
                format!("{name}: the same file as the input {input}; expected another to write"),
            )),
        }
    }
}
