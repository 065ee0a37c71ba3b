//! What became of rows, as Python's lists.

use chmr::Error;
use pyo3::prelude::*;
use pyo3::types::{PyList, PyString};

/// Statuses and reasons of rows: a word each, and a message for those that are refused.
#[derive(Default)]
pub(crate) struct Rows(Vec<Option<(i32, String)>>);

impl Rows {
    pub(crate) fn extend(&mut self, rows: impl IntoIterator<Item = Result<(), Error>>) {
        self.0.extend(rows.into_iter().map(|r| r.err().map(|e| (e.row_status(), e.message))));
    }

    pub(crate) fn push(&mut self, row: Option<Error>) {
        self.0.push(row.map(|e| (e.row_status(), e.message)));
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn is_good(&self, row: usize) -> bool {
        self.0[row].is_none()
    }

    /// Statuses, and reasons with `None` for good rows.
    pub(crate) fn told<'py>(
        &self,
        py: Python<'py>,
    ) -> PyResult<(Bound<'py, PyList>, Bound<'py, PyList>)> {
        let status = |row: &Option<(i32, String)>| {
            PyString::intern(py, row.as_ref().map_or("ok", |(status, _)| word(*status)))
        };
        let reasons = self.0.iter().map(|row| row.as_ref().map(|(_, reason)| reason.as_str()));
        Ok((PyList::new(py, self.0.iter().map(status))?, PyList::new(py, reasons)?))
    }
}

/// The word for a `chmr_status` in the range of molecules, less its `MOLECULE_`.
fn word(status: i32) -> &'static str {
    match status {
        300 => "empty",
        301 => "syntax",
        302 => "element",
        303 => "valence",
        304 => "aromaticity",
        305 => "limit",
        306 => "unsupported",
        307 => "input",
        308 => "template",
        _ => "failed",
    }
}
