//! The library's errors as statuses.

use super::error::Failure;
use super::status::chmr_status;
use crate::{Error, ErrorKind, chem};

impl From<&Error> for chmr_status {
    fn from(e: &Error) -> Self {
        match e.kind {
            ErrorKind::Io => Self::ModelIo,
            ErrorKind::Corrupt => Self::ModelInvalid,
            ErrorKind::Newer | ErrorKind::Unsupported => Self::ModelUnsupported,
            ErrorKind::Limit => Self::Limit,
            ErrorKind::NoDefaultModel => Self::NoDefaultModel,
            ErrorKind::Argument => Self::InvalidArgument,
            ErrorKind::Cancelled => Self::Cancelled,
            ErrorKind::Molecule(kind) => kind.into(),
            ErrorKind::Input => Self::MoleculeInput,
            ErrorKind::Internal => Self::Internal,
        }
    }
}

impl Error {
    /// The number of this failure in the C ABI (`chmr_status`), by which other languages tell it.
    pub fn status(&self) -> i32 {
        chmr_status::from(self) as i32
    }

    /// The same for the failure of one row, always in the range of molecules.
    pub fn row_status(&self) -> i32 {
        row_status(&Err(self.clone())) as i32
    }
}

impl From<Error> for Failure {
    fn from(e: Error) -> Self {
        Self::new((&e).into(), e.message)
    }
}

impl From<chem::ErrorKind> for chmr_status {
    fn from(kind: chem::ErrorKind) -> Self {
        match kind {
            chem::ErrorKind::Empty => Self::MoleculeEmpty,
            chem::ErrorKind::Syntax => Self::MoleculeSyntax,
            chem::ErrorKind::Element => Self::MoleculeElement,
            chem::ErrorKind::Valence => Self::MoleculeValence,
            chem::ErrorKind::Aromaticity => Self::MoleculeAromaticity,
            chem::ErrorKind::Limit => Self::MoleculeLimit,
            chem::ErrorKind::Unsupported => Self::MoleculeUnsupported,
            chem::ErrorKind::Template => Self::MoleculeTemplate,
        }
    }
}

impl From<chem::Error> for Failure {
    fn from(e: chem::Error) -> Self {
        Self::new(e.kind.into(), e.message)
    }
}

/// The status of a row, always OK or in the range of molecules.
pub(super) fn row_status(row: &Result<(), Error>) -> chmr_status {
    match row {
        Ok(()) => chmr_status::Ok,
        Err(e) => match e.kind {
            ErrorKind::Molecule(kind) => kind.into(),
            ErrorKind::Input => chmr_status::MoleculeInput,
            ErrorKind::Limit => chmr_status::MoleculeLimit,
            ErrorKind::Unsupported => chmr_status::MoleculeUnsupported,
            _ => chmr_status::MoleculeFailed,
        },
    }
}
