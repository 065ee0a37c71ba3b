//! Named arrays in a safetensors file.

use crate::Result;
use crate::keep::Files;
use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use std::collections::BTreeMap;
use std::path::Path;

/// A type that safetensors stores and we use.
pub trait Element: Copy {
    /// Its name there.
    const DTYPE: Dtype;
    /// Bytes, little endian.
    fn write(self, out: &mut Vec<u8>);
    /// From exactly as many bytes as [`Element::write`] makes.
    fn read(bytes: &[u8]) -> Self;
}

macro_rules! element {
    ($type:ty, $dtype:ident) => {
        impl Element for $type {
            const DTYPE: Dtype = Dtype::$dtype;
            fn write(self, out: &mut Vec<u8>) {
                out.extend(self.to_le_bytes());
            }
            fn read(bytes: &[u8]) -> Self {
                // Called on chunks of the type's size only.
                bytes.try_into().map(Self::from_le_bytes).unwrap_or_default()
            }
        }
    };
}
element!(u8, U8);
element!(u32, U32);
element!(u64, U64);
element!(f32, F32);

/// Arrays by name, to be written or just read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Arrays(BTreeMap<String, (Dtype, Vec<usize>, Vec<u8>)>);

impl Arrays {
    /// Adds `values` of `shape`, row-major.
    pub fn put<T: Element>(&mut self, name: &str, shape: &[usize], values: &[T]) {
        let mut bytes = Vec::with_capacity(size_of_val(values));
        values.iter().for_each(|v| v.write(&mut bytes));
        self.0.insert(name.to_owned(), (T::DTYPE, shape.to_vec(), bytes));
    }

    /// Takes an array out, with its shape.
    ///
    /// # Errors
    /// If it is absent or of another type.
    pub fn take<T: Element>(&mut self, name: &str) -> Result<(Vec<usize>, Vec<T>)> {
        let (dtype, shape, bytes) =
            self.0.remove(name).ok_or_else(|| format!("no array is named {name}"))?;
        if dtype != T::DTYPE {
            return Err(format!("array {name} holds {dtype:?}; expected {:?}", T::DTYPE).into());
        }
        Ok((shape, bytes.chunks_exact(size_of::<T>()).map(T::read).collect()))
    }

    /// Takes an array of one dimension out.
    ///
    /// # Errors
    /// As [`Arrays::take`].
    pub fn vector<T: Element>(&mut self, name: &str) -> Result<Vec<T>> {
        Ok(self.take(name)?.1)
    }

    /// Takes a matrix out.
    ///
    /// # Errors
    /// As [`Arrays::take`]; also if it has another number of dimensions than two.
    pub fn matrix(&mut self, name: &str) -> Result<ndarray::Array2<f32>> {
        let (shape, values) = self.take::<f32>(name)?;
        let [rows, columns] = shape[..] else {
            return Err(format!("array {name} has shape {shape:?}; expected two axes").into());
        };
        Ok(ndarray::Array2::from_shape_vec((rows, columns), values)?)
    }

    /// Adds a matrix.
    pub fn put_matrix(&mut self, name: &str, matrix: &ndarray::Array2<f32>) {
        let values: Vec<f32> = matrix.iter().copied().collect();
        self.put(name, &[matrix.nrows(), matrix.ncols()], &values);
    }

    /// Writes all. The same arrays give the same bytes.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn save(&self, path: &Path) -> Result<()> {
        let mut files = Files::new();
        self.write(path, &mut files)?;
        files.commit()
    }

    /// Adds the file to `files`.
    pub(crate) fn write(&self, path: &Path, files: &mut Files) -> Result<()> {
        let views: Vec<(&str, TensorView<'_>)> = self
            .0
            .iter()
            .map(|(name, (dtype, shape, bytes))| {
                Ok((name.as_str(), TensorView::new(*dtype, shape.clone(), bytes)?))
            })
            .collect::<Result<_, safetensors::SafeTensorError>>()?;
        files.tensors(path, views, None)
    }

    /// Reads all.
    ///
    /// # Errors
    /// If the file cannot be read or is no safetensors file.
    pub fn load(path: &Path) -> Result<Self> {
        let at = |e: &dyn std::fmt::Display| format!("{}: {e}", path.display());
        let bytes = std::fs::read(path).map_err(|e| at(&e))?;
        let tensors = SafeTensors::deserialize(&bytes).map_err(|e| at(&e))?;
        let each = tensors.tensors().into_iter();
        Ok(Self(
            each.map(|(name, t)| (name, (t.dtype(), t.shape().to_vec(), t.data().to_vec())))
                .collect(),
        ))
    }
}

/// Offsets that cut a flat list into rows of these lengths: one more than there are rows.
pub fn offsets(lengths: impl Iterator<Item = usize>) -> Vec<u64> {
    let mut all = vec![0u64];
    for length in lengths {
        all.push(all[all.len() - 1] + length as u64);
    }
    all
}

/// Whether `offsets` cut a list of `length` entries into `rows` rows.
///
/// # Errors
/// If they do not; `name` says whose they are.
pub fn check_offsets(name: &str, offsets: &[u64], rows: usize, length: usize) -> Result<()> {
    let ordered = offsets.windows(2).all(|w| w[0] <= w[1]);
    let ends = (offsets.first(), offsets.last()) == (Some(&0), Some(&(length as u64)));
    if offsets.len() == rows + 1 && ordered && ends {
        return Ok(());
    }
    Err(format!("{name}: the offsets do not cut {length} entries into {rows} rows").into())
}
