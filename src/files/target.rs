//! What an output's path leads to.

use std::fs::{Metadata, OpenOptions};
use std::io;
use std::path::{Component, Path, PathBuf};

/// Links that are followed, as Linux does.
const LINKS: usize = 40;

/// Where an output goes.
pub(super) enum Target {
    /// A plain file with what is known of it if it exists; the path is that of no link.
    Plain(PathBuf, Option<Metadata>),
    /// Anything else that can be written.
    Device,
}

impl Target {
    /// Follows `path` to its end. A file that exists must be open to writing.
    pub fn find(path: &Path) -> io::Result<Self> {
        let folder = || io::Error::new(io::ErrorKind::IsADirectory, "a folder; expected a file");
        let mut path = path.to_owned();
        if ends_in_separator(&path) {
            return Err(folder());
        }
        for _ in 0..LINKS {
            let about = match path.symlink_metadata() {
                Ok(about) => about,
                Err(e) if e.kind() == io::ErrorKind::NotFound && path.file_name().is_some() => {
                    return match parent(&path).metadata()?.is_dir() {
                        true => Ok(Self::Plain(path, None)),
                        false => Err(io::ErrorKind::NotADirectory.into()),
                    };
                }
                Err(e) => return Err(e),
            };
            if about.is_dir() {
                return Err(folder());
            }
            if about.is_file() {
                // The rename would not ask whether the file itself may be written.
                OpenOptions::new().write(true).open(&path)?;
                return Ok(Self::Plain(path, Some(about)));
            }
            // The links of a process's open files lead to those, whatever text they hold.
            if !about.is_symlink() || parent(&path).canonicalize()?.starts_with("/proc") {
                return Ok(Self::Device);
            }
            path = parent(&path).join(path.read_link()?);
        }
        Err(io::Error::other("too many symbolic links"))
    }
}

/// The folder that a path is in.
pub(super) fn parent(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if parent != Path::new("") => parent,
        Some(_) => Path::new(Component::CurDir.as_os_str()),
        None => path,
    }
}

fn ends_in_separator(path: &Path) -> bool {
    path.as_os_str().as_encoded_bytes().last().is_some_and(|&b| std::path::is_separator(b.into()))
}
