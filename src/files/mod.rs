//! Files that are written whole or not at all.
//!
//! Everything in this workspace that keeps a file writes it through this module, so that one rule holds: what was there before
//! stays until its successor is complete.
//!
//! * An [`Output`] is a temporary file beside its target, `.chmr-*.part`. [`Output::commit`] brings it to the disk and renames
//!   it; one that is dropped before, by an error or a panic, is removed, and the target is untouched.
//! * A target that is a file read as input is refused by identity ([`FileId`]), so that another spelling, a symbolic link or
//!   a hard link makes no difference.
//! * A target that is a symbolic link stays one: the file that it points to is replaced.
//! * A device, a pipe or a socket has no earlier content to lose and is written directly.
//!
//! The file keeps its mode, and its owner where the system lets it. Other names of it (hard links) keep the earlier
//! content, and so do programs that have it open or mapped.
//!
//! A process that is killed leaves its temporary files. A program that handles signals keeps a list of them ([`Unfinished`]), for
//! the handler to remove; nothing here handles signals or has state of its own.

mod identity;
mod output;
mod target;
mod temporary;

pub use identity::{FileId, Inputs};
pub use output::Output;
pub use temporary::Unfinished;
pub(crate) use temporary::{Beside, Scratch};

use crate::error::Error;
use std::io::Write;
use std::path::Path;

/// Puts `bytes` in place of what the file `path` holds, if anything.
///
/// # Errors
/// [`ErrorKind::Io`](crate::ErrorKind::Io); the file is as it was.
pub fn replace(path: impl AsRef<Path>, bytes: &[u8]) -> Result<(), Error> {
    let path = path.as_ref();
    let mut output = Output::create(path, &Inputs::new())?;
    output.write_all(bytes).and_then(|()| output.commit()).map_err(Error::of_io)
}
