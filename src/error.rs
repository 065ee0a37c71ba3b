//! What can go wrong, for a whole call or for one row of it.

use crate::chem;
use std::fmt;

/// The class of an [`Error`]; stable, so that a host may branch on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A file could not be read or written.
    Io,
    /// A model file is damaged: truncated, altered, or not a model file at all.
    Corrupt,
    /// A model file is newer than this library.
    Newer,
    /// A model file is whole, but asks for something this library does not do.
    Unsupported,
    /// A bound on sizes was exceeded.
    Limit,
    /// This build embeds no default model.
    NoDefaultModel,
    /// The caller passed something that makes no sense.
    Argument,
    /// The run was cancelled.
    Cancelled,
    /// A row's molecule was refused; see [`chem::ErrorKind`].
    Molecule(chem::ErrorKind),
    /// A row's input is not of a kind that this model predicts from, or has no conformer to describe.
    Input,
    /// A fault of this library or of one it depends on.
    Internal,
}

/// A failed operation: what kind of fault, and for a person what is wrong, where, and what was
/// expected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// The class.
    pub kind: ErrorKind,
    /// Where in the input: byte offset in a SMILES, line number (from 1) in a molblock.
    pub position: Option<usize>,
    /// For a person.
    pub message: String,
}

impl From<chem::Error> for Error {
    fn from(e: chem::Error) -> Self {
        Self { kind: ErrorKind::Molecule(e.kind), position: e.position, message: e.message }
    }
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, position: None, message: message.into() }
    }

    pub(crate) fn corrupt(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Corrupt, message)
    }

    /// That of a system call, of which `e` says everything.
    pub(crate) fn of_io(e: std::io::Error) -> Self {
        Self::new(ErrorKind::Io, e.to_string())
    }

    pub(crate) fn limit(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Limit, message)
    }

    /// The same error, said to have happened at `place`.
    pub(crate) fn at(self, place: impl fmt::Display) -> Self {
        Self { message: format!("{place}: {}", self.message), ..self }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}
