//! Columns as an Arrow table, through the PyCapsule interface.

use crate::array::{Array, Data};
use crate::arrow::{ArrowArray, ArrowArrayStream, ArrowSchema, Buffer, Column};
use crate::fault::Fault;
use pyo3::prelude::*;
use pyo3::types::{PyCapsule, PyList, PyString};
use std::ffi::{CStr, CString, c_void};
use std::sync::Arc;

/// Named columns of one length. Numbers that lie side by side are shared, not copied.
#[pyclass(frozen, module = "chmr._chmr")]
pub(crate) struct Table {
    columns: Vec<Column>,
    rows: usize,
}

#[pymethods]
impl Table {
    /// `columns` are names, and arrays of one dimension or lists of strings and `None`.
    #[new]
    fn new(rows: usize, columns: Vec<(String, Bound<'_, PyAny>)>) -> PyResult<Self> {
        let columns = columns
            .into_iter()
            .map(|(name, column)| {
                let wrong = |what: &str| Fault::argument(format!("column '{name}': {what}"));
                let c_name = CString::new(name.as_str()).map_err(|_| wrong("a NUL in its name"))?;
                let (length, made) = match column.cast::<Array>() {
                    Ok(array) => (array.get().length(), numbers(c_name, array.get())),
                    Err(_) => {
                        let list = column.cast::<PyList>().map_err(PyErr::from)?;
                        (list.len(), text(c_name, list)?)
                    }
                };
                match (made, length == rows) {
                    (Some(column), true) => Ok(column),
                    (_, false) => Err(wrong(&format!("{length} values for {rows} rows")).into()),
                    (None, true) => Err(wrong("too much text, or not of one dimension").into()),
                }
            })
            .collect::<PyResult<_>>()?;
        Ok(Self { columns, rows })
    }

    fn __arrow_c_schema__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyCapsule>> {
        PyCapsule::new_with_value(py, ArrowSchema::of(&self.columns), c"arrow_schema")
    }

    /// Arrow lets a producer pass over the schema that is asked for.
    #[pyo3(signature = (requested_schema=None))]
    fn __arrow_c_array__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<Bound<'py, PyAny>>,
    ) -> PyResult<(Bound<'py, PyCapsule>, Bound<'py, PyCapsule>)> {
        let _ = requested_schema;
        let array = ArrowArray::of(&self.columns, self.rows);
        let array = PyCapsule::new_with_value(py, array, c"arrow_array")?;
        Ok((self.__arrow_c_schema__(py)?, array))
    }

    #[pyo3(signature = (requested_schema=None))]
    fn __arrow_c_stream__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyCapsule>> {
        let _ = requested_schema;
        let stream = ArrowArrayStream::of(self.columns.clone(), self.rows);
        PyCapsule::new_with_value(py, stream, c"arrow_array_stream")
    }
}

/// None for a matrix.
fn numbers(name: CString, array: &Array) -> Option<Column> {
    if array.dimensions() != 1 {
        return None;
    }
    let column = |format: &'static CStr, buffer| {
        let buffers = vec![Buffer::Absent, buffer];
        Column { name: name.clone(), format, nulls: 0, buffers }
    };
    let data = array.data();
    let shared = |start: Option<*const c_void>| Buffer::Shared {
        _kept: Arc::clone(data),
        start: start.unwrap_or(std::ptr::null()),
    };
    let own = |bytes: Vec<u8>| Buffer::Own(Arc::new(bytes));
    Some(match (&**data, array.range()) {
        (Data::F32(v), Some(r)) => column(c"f", shared(v.get(r).map(|v| v.as_ptr().cast()))),
        (Data::I32(v), Some(r)) => column(c"i", shared(v.get(r).map(|v| v.as_ptr().cast()))),
        (Data::U8(v), Some(r)) => column(c"C", shared(v.get(r).map(|v| v.as_ptr().cast()))),
        (Data::F32(v), None) => {
            column(c"f", own(array.places().flat_map(|i| v[i].to_le_bytes()).collect()))
        }
        (Data::I32(v), None) => {
            column(c"i", own(array.places().flat_map(|i| v[i].to_le_bytes()).collect()))
        }
        (Data::U8(v), None) => column(c"C", own(array.places().map(|i| v[i]).collect())),
        // Arrow keeps a truth value in a bit.
        (Data::Bool(v), _) => {
            column(c"b", own(bits(array.length(), array.places().map(|i| v[i] != 0))))
        }
    })
}

/// None for 2 GiB of text and more.
fn text(name: CString, list: &Bound<'_, PyList>) -> PyResult<Option<Column>> {
    let (mut offsets, mut bytes, mut valid) = (vec![0i32], Vec::new(), Vec::new());
    for item in list.iter() {
        valid.push(!item.is_none());
        if !item.is_none() {
            bytes.extend_from_slice(item.cast::<PyString>()?.to_cow()?.as_bytes());
        }
        match i32::try_from(bytes.len()) {
            Ok(end) => offsets.push(end),
            Err(_) => return Ok(None),
        }
    }
    let nulls = valid.iter().filter(|v| !**v).count();
    let validity = Buffer::Own(Arc::new(bits(valid.len(), valid.into_iter())));
    let buffers = vec![validity, Buffer::Offsets(Arc::new(offsets)), Buffer::Own(Arc::new(bytes))];
    Ok(Some(Column { name, format: c"u", nulls, buffers }))
}

/// Eight truth values a byte, the first in its least significant bit.
fn bits(count: usize, values: impl Iterator<Item = bool>) -> Vec<u8> {
    let mut packed = vec![0u8; count.div_ceil(8)];
    values.enumerate().for_each(|(i, v)| packed[i / 8] |= u8::from(v) << (i % 8));
    packed
}
