//! Molecules on their way in.

use crate::fault::Fault;
use crate::{call, files};
use chmr::chem;
use pyo3::prelude::*;
use pyo3::types::{PyFloat, PyList, PyString};

/// One molecule to come.
pub(crate) enum Row {
    Smiles(String),
    Molblock(String),
    /// Read already: a docked pose.
    Molecule(Box<chem::Molecule>),
    Refused(chem::Error),
}

impl Row {
    pub(crate) fn refused(kind: chem::ErrorKind, message: impl Into<String>) -> Self {
        Self::Refused(chem::Error { kind, position: None, message: message.into() })
    }

    /// `rows` as the library takes them.
    pub(crate) fn batch(rows: &[Self]) -> chmr::Batch {
        let mut batch = chmr::Batch::new();
        for row in rows {
            match row {
                Self::Smiles(text) => batch.push_smiles(text),
                Self::Molblock(text) => batch.push_molblock(text),
                Self::Molecule(molecule) => batch.push_molecule((**molecule).clone()),
                Self::Refused(e) => batch.push_refused(e.clone()),
            };
        }
        batch
    }

    /// A line is a SMILES, more of them are a molblock. Everything else is a refused row, so that it keeps its place.
    fn of(item: &Bound<'_, PyAny>) -> PyResult<Self> {
        if let Ok(text) = item.cast::<PyString>() {
            let Ok(text) = text.to_cow() else {
                return Ok(Self::refused(chem::ErrorKind::Syntax, "text is not Unicode"));
            };
            let line = text.trim();
            return Ok(match line.contains(['\n', '\r']) {
                true => Self::Molblock(text.into_owned()),
                false => Self::Smiles(line.to_owned()),
            });
        }
        let missing = item.is_none() || item.cast::<PyFloat>().is_ok_and(|f| f.value().is_nan());
        if missing {
            return Ok(Self::refused(chem::ErrorKind::Empty, "no molecule: the value is missing"));
        }
        let kind = item.get_type().name()?;
        let message = format!("expected a SMILES, a molblock or an RDKit molecule, found {kind}");
        Ok(Self::refused(chem::ErrorKind::Syntax, message))
    }
}

/// Molecules, and what their file calls them.
#[pyclass(frozen, module = "chmr._chmr")]
pub(crate) struct Batch {
    rows: Vec<Row>,
    ids: Option<Vec<String>>,
}

impl Batch {
    pub(crate) fn rows(&self) -> &[Row] {
        &self.rows
    }
}

#[pymethods]
impl Batch {
    /// Of strings, `None` and NaN.
    #[new]
    fn new(items: &Bound<'_, PyList>) -> PyResult<Self> {
        let mut rows = Vec::with_capacity(items.len());
        for (i, item) in items.iter().enumerate() {
            if i % (1 << 14) == 0 {
                items.py().check_signals()?;
            }
            rows.push(Row::of(&item)?);
        }
        Ok(Self { rows, ids: None })
    }

    /// Of a file.
    #[staticmethod]
    #[pyo3(signature = (path, smiles_column=None, id_column=None))]
    fn read(
        py: Python<'_>,
        path: std::path::PathBuf,
        smiles_column: Option<String>,
        id_column: Option<String>,
    ) -> PyResult<Self> {
        call::run(py, None, |watch| {
            let columns = files::Columns { smiles: smiles_column, id: id_column };
            let (ids, rows) = files::read(&path, columns, watch).map_err(|e| match e {
                Fault::Own(class, m) => Fault::Own(class, format!("{}: {m}", path.display())),
                other => other,
            })?;
            Ok(Self { rows, ids: Some(ids) })
        })
    }

    /// Names of the rows, where a file gave them.
    #[getter]
    fn ids(&self) -> Option<Vec<&str>> {
        Some(self.ids.as_ref()?.iter().map(String::as_str).collect())
    }

    fn __len__(&self) -> usize {
        self.rows.len()
    }
}
