//! Failures as the exceptions of `chmr._errors`.

use chmr::ErrorKind;
use pyo3::prelude::*;
use pyo3::types::PyType;

/// Why a call ends without a result.
pub(crate) enum Fault {
    /// To be raised: a class of `chmr._errors` and a message.
    Own(&'static str, String),
    /// Raised by Python: an interrupt, or what a progress function raised.
    Python(PyErr),
}

impl Fault {
    pub(crate) fn argument(message: impl Into<String>) -> Self {
        Self::Own("ArgumentError", message.into())
    }

    pub(crate) fn file(message: impl Into<String>) -> Self {
        Self::Own("FileError", message.into())
    }

    /// A defect of the library that was caught.
    pub(crate) fn panic() -> Self {
        let message = "a defect in the library (panic); please report it";
        Self::Own("ChmrError", message.into())
    }

    /// No room for so many values.
    pub(crate) fn memory(rows: usize, columns: usize) -> Self {
        Self::Own("LimitError", format!("no memory for {rows} rows of {columns} values"))
    }
}

impl From<chmr::Error> for Fault {
    fn from(e: chmr::Error) -> Self {
        let class = match e.kind {
            ErrorKind::Io => "FileError",
            ErrorKind::Corrupt
            | ErrorKind::Newer
            | ErrorKind::Unsupported
            | ErrorKind::NoDefaultModel => "ModelFileError",
            ErrorKind::Limit => "LimitError",
            ErrorKind::Argument => "ArgumentError",
            ErrorKind::Molecule(_) | ErrorKind::Input => "MoleculeError",
            _ => "ChmrError",
        };
        Self::Own(class, e.message)
    }
}

impl From<chmr::tables::Error> for Fault {
    fn from(e: chmr::tables::Error) -> Self {
        match e.io() {
            Some(_) => Self::file(e.to_string()),
            None => Self::argument(e.to_string()),
        }
    }
}

impl From<std::io::Error> for Fault {
    fn from(e: std::io::Error) -> Self {
        Self::file(e.to_string())
    }
}

impl From<PyErr> for Fault {
    fn from(e: PyErr) -> Self {
        Self::Python(e)
    }
}

impl From<Fault> for PyErr {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Python(e) => e,
            Fault::Own(class, message) => Python::attach(|py| {
                let class = py.import("chmr._errors").and_then(|m| m.getattr(class));
                match class.and_then(|c| Ok(c.cast_into::<PyType>()?)) {
                    Ok(class) => PyErr::from_type(class, message),
                    Err(e) => e,
                }
            }),
        }
    }
}
