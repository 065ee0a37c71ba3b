//! Why a molecule was refused.

use std::fmt;

/// The class of an [`Error`]; stable, so that a host may branch on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// No atoms at all.
    Empty,
    /// The text does not follow the format's grammar.
    Syntax,
    /// An element symbol or atomic number that does not exist.
    Element,
    /// An atom has more bonds than its element and charge permit.
    Valence,
    /// Aromatic bonds that no alternation of single and double bonds satisfies.
    Aromaticity,
    /// The input is larger than the [`Limits`](super::Limits) allow.
    Limit,
    /// Valid in its format, but outside what this library models.
    Unsupported,
    /// A docked pose without a template, or one that does not match it.
    Template,
}

/// A refused molecule: what kind of fault, where, and what was expected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// The class.
    pub kind: ErrorKind,
    /// Byte offset in a SMILES, line number (from 1) in a molblock, where one is known.
    pub position: Option<usize>,
    /// For a person: what is wrong and what was expected.
    pub message: String,
}

impl Error {
    pub(crate) fn new(
        kind: ErrorKind,
        position: Option<usize>,
        message: impl Into<String>,
    ) -> Self {
        Self { kind, position, message: message.into() }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}
