//! Arrays of numbers that NumPy and Arrow read where they lie.

use crate::fault::Fault;
use ndarray::ArrayView2;
use pyo3::exceptions::PyIndexError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyTuple};
use std::sync::Arc;

/// The numbers of an array, one behind the other.
pub(crate) enum Data {
    F32(Vec<f32>),
    I32(Vec<i32>),
    U8(Vec<u8>),
    /// 0 or 1 each.
    Bool(Vec<u8>),
}

impl Data {
    fn len(&self) -> usize {
        match self {
            Self::F32(v) => v.len(),
            Self::I32(v) => v.len(),
            Self::U8(v) | Self::Bool(v) => v.len(),
        }
    }

    /// Bytes of a number.
    fn size(&self) -> usize {
        match self {
            Self::F32(_) | Self::I32(_) => 4,
            Self::U8(_) | Self::Bool(_) => 1,
        }
    }

    fn start(&self) -> *const u8 {
        match self {
            Self::F32(v) => v.as_ptr().cast(),
            Self::I32(v) => v.as_ptr().cast(),
            Self::U8(v) | Self::Bool(v) => v.as_ptr(),
        }
    }
}

/// Numbers in one or two dimensions. Immutable: views share it.
#[pyclass(frozen, module = "chmr._chmr")]
pub(crate) struct Array {
    data: Arc<Data>,
    /// Index of the first number.
    offset: usize,
    shape: Vec<usize>,
    /// In numbers; none is negative.
    strides: Vec<usize>,
}

impl Array {
    /// Of one dimension.
    pub(crate) fn vector(data: Data) -> Self {
        let shape = vec![data.len()];
        Self { data: Arc::new(data), offset: 0, shape, strides: vec![1] }
    }

    /// Row behind row.
    ///
    /// # Panics
    /// If there are not as many numbers as that.
    pub(crate) fn rows(data: Data, rows: usize, columns: usize) -> Self {
        assert_eq!(data.len(), rows * columns, "as many numbers as the shape says");
        let (shape, strides) = (vec![rows, columns], vec![columns, 1]);
        Self { data: Arc::new(data), offset: 0, shape, strides }
    }

    /// Column behind column.
    ///
    /// # Panics
    /// As [`rows`](Self::rows).
    pub(crate) fn columns(data: Data, rows: usize, columns: usize) -> Self {
        assert_eq!(data.len(), rows * columns, "as many numbers as the shape says");
        let (shape, strides) = (vec![rows, columns], vec![1, rows]);
        Self { data: Arc::new(data), offset: 0, shape, strides }
    }

    pub(crate) fn data(&self) -> &Arc<Data> {
        &self.data
    }

    /// Where the numbers of a vector lie in its data, if they lie side by side.
    pub(crate) fn range(&self) -> Option<std::ops::Range<usize>> {
        match (&self.shape[..], &self.strides[..]) {
            (&[n], &[stride]) if stride == 1 || n <= 1 => Some(self.offset..self.offset + n),
            _ => None,
        }
    }

    /// The indices of a vector's numbers in its data.
    pub(crate) fn places(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.shape[0]).map(|i| self.offset + i * self.strides[0])
    }

    /// Size of the first dimension.
    pub(crate) fn length(&self) -> usize {
        self.shape[0]
    }

    /// Number of dimensions.
    pub(crate) fn dimensions(&self) -> usize {
        self.shape.len()
    }

    /// A column of floats.
    pub(crate) fn column_of_floats(&self, column: usize) -> Option<impl Iterator<Item = f32> + '_> {
        let Data::F32(values) = &*self.data else { return None };
        let (rows, columns) = (*self.shape.first()?, *self.shape.get(1)?);
        let start = self.offset + column * self.strides[1];
        (column < columns).then(|| (0..rows).map(move |i| values[start + i * self.strides[0]]))
    }

    fn item_at<'py>(&self, py: Python<'py>, place: usize) -> PyResult<Bound<'py, PyAny>> {
        Ok(match &*self.data {
            Data::F32(v) => v[place].into_pyobject(py)?.into_any(),
            Data::I32(v) => v[place].into_pyobject(py)?.into_any(),
            Data::U8(v) => v[place].into_pyobject(py)?.into_any(),
            Data::Bool(v) => (v[place] != 0).into_pyobject(py)?.to_owned().into_any(),
        })
    }

    fn list<'py>(&self, py: Python<'py>, axis: usize, start: usize) -> PyResult<Bound<'py, PyAny>> {
        if axis == self.shape.len() {
            return self.item_at(py, start);
        }
        let items = (0..self.shape[axis])
            .map(|i| self.list(py, axis + 1, start + i * self.strides[axis]))
            .collect::<PyResult<Vec<_>>>()?;
        Ok(PyList::new(py, items)?.into_any())
    }
}

#[pymethods]
impl Array {
    #[getter]
    fn shape<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(py, &self.shape)
    }

    /// What NumPy makes a view of, without a copy; read-only, since other views may share the memory.
    #[getter]
    fn __array_interface__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let size = self.data.size();
        let kind = match &*self.data {
            Data::F32(_) => "<f4",
            Data::I32(_) => "<i4",
            Data::U8(_) => "|u1",
            Data::Bool(_) => "|b1",
        };
        let address = self.data.start() as usize + self.offset * size;
        let strides = PyTuple::new(py, self.strides.iter().map(|s| s * size))?;
        let about = PyDict::new(py);
        about.set_item("version", 3)?;
        about.set_item("shape", self.shape(py)?)?;
        about.set_item("typestr", kind)?;
        about.set_item("data", (address, true))?;
        about.set_item("strides", strides)?;
        Ok(about)
    }

    /// Column `column` of a matrix, a view.
    fn column(&self, column: usize) -> PyResult<Self> {
        match (&self.shape[..], &self.strides[..]) {
            (&[rows, columns], &[down, across]) if column < columns => Ok(Self {
                data: Arc::clone(&self.data),
                offset: self.offset + column * across,
                shape: vec![rows],
                strides: vec![down],
            }),
            _ => Err(PyIndexError::new_err(format!("no column {column}"))),
        }
    }

    /// As lists of Python's numbers.
    fn tolist<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.list(py, 0, self.offset)
    }

    fn __len__(&self) -> usize {
        self.shape[0]
    }
}

/// A matrix that is filled some rows at a time and kept column behind column, so that each is one piece for Arrow.
pub(crate) struct Columns {
    values: Vec<f32>,
    rows: usize,
    columns: usize,
}

impl Columns {
    /// # Errors
    /// Where there is no memory for it.
    pub(crate) fn new(rows: usize, columns: usize) -> Result<Self, Fault> {
        let mut values = Vec::new();
        let n = rows.checked_mul(columns).filter(|n| values.try_reserve_exact(*n).is_ok());
        values.resize(n.ok_or_else(|| Fault::memory(rows, columns))?, f32::NAN);
        Ok(Self { values, rows, columns })
    }

    /// Puts rows at `start`.
    pub(crate) fn put(&mut self, start: usize, part: ArrayView2<'_, f32>) {
        // A few rows at a time, whose cache lines serve column after column.
        for (i, block) in part.axis_chunks_iter(ndarray::Axis(0), 16).enumerate() {
            for (column, values) in block.columns().into_iter().enumerate() {
                let to = column * self.rows + start + 16 * i;
                for (to, v) in self.values[to..][..values.len()].iter_mut().zip(values) {
                    *to = *v;
                }
            }
        }
    }

    pub(crate) fn finish(self) -> Array {
        Array::columns(Data::F32(self.values), self.rows, self.columns)
    }
}
