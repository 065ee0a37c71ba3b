//! Graph networks as ONNX files.

use super::form::form;
use super::shape::GraphShape;
use super::weights::GraphWeights;
use crate::error::Error;
use crate::model::exact::{Content, File, QUANTIZED, suffix};
use crate::model::onnx_weights::{Stored, copied, scaled, widened};
use crate::model::quantize::{self, Values, check_inputs, scales, to_bytes};
use half::f16;
use std::collections::HashSet;

/// How the matrices of a graph network are stored; vectors are f32 always.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum GraphStore {
    /// Four bytes a weight.
    F32,
    /// Two.
    #[default]
    F16,
    /// One, and a scale a column.
    Int8,
}

impl GraphWeights {
    /// The bytes of an ONNX file called `name`, any ONNX runtime's to run. What a quantized network multiplies by is stored as it
    /// is; `store` says how the other matrices are.
    pub fn to_onnx(&self, name: &str, store: GraphStore) -> Vec<u8> {
        let kind = match store {
            GraphStore::F32 => Stored::Single,
            GraphStore::F16 => Stored::Half,
            GraphStore::Int8 => Stored::Byte,
        };
        let matrices = matrices(&self.shape);
        let stored = |name: &str| match self.values(name) {
            Values::Bytes { .. } => Stored::Byte,
            Values::Single(_) if matrices.contains(name) => kind,
            Values::Single(_) => Stored::Single,
        };
        form(&self.shape, self.is_quantized(), stored).write(name, |content| self.bytes(content))
    }

    /// Reads what [`to_onnx`](Self::to_onnx) writes.
    ///
    /// # Errors
    /// [`ErrorKind::Corrupt`](crate::ErrorKind::Corrupt) for a damaged file, [`ErrorKind::Limit`](crate::ErrorKind::Limit) for sizes
    /// beyond all use, [`ErrorKind::Unsupported`](crate::ErrorKind::Unsupported) for any other graph, with where it first differs.
    pub fn from_onnx(bytes: &[u8]) -> Result<Self, Error> {
        let file = Checked::new(bytes)?;
        let floats = |bytes: &[u8]| -> Vec<f32> {
            bytes.as_chunks().0.iter().map(|b| f32::from_le_bytes(*b)).collect()
        };
        let linears: HashSet<String> = file.shape.linears().map(|(name, _)| name).collect();
        let value = |(name, _): &(String, Vec<usize>)| {
            let stored = file.stored(name);
            let raw = file.file.raw(&format!("{name}{}", suffix(stored)));
            let scales = file.file.raw(&format!("{name}.scales"));
            if file.quantized && linears.contains(name) {
                let bytes = quantize::read(raw)?;
                return Ok((name.clone(), Values::Bytes { bytes, scales: floats(scales) }));
            }
            let bytes = match stored {
                Stored::Single => copied(raw)?,
                Stored::Half => widened(raw)?,
                Stored::Byte => scaled(raw, scales)?,
            };
            Ok((name.clone(), Values::Single(floats(&bytes))))
        };
        let values = file.shape.tensors().iter().map(value).collect::<Result<_, Error>>()?;
        Ok(Self { shape: file.shape, values })
    }

    /// The bytes of an initializer that is no constant.
    fn bytes(&self, content: &Content) -> Vec<u8> {
        match content {
            Content::Constant(_, bytes) => bytes.clone(),
            Content::Weight(name, Stored::Single) => little(&self.get(name)),
            Content::Weight(name, Stored::Half) => {
                self.get(name).iter().flat_map(|v| f16::from_f32(*v).to_le_bytes()).collect()
            }
            Content::Weight(name, Stored::Byte) => {
                let bytes = match self.values(name) {
                    Values::Bytes { bytes, .. } => bytes,
                    Values::Single(values) => &to_bytes(values, &self.scales(name)),
                };
                bytes.iter().map(|b| b.cast_unsigned()).collect()
            }
            Content::Scales(name) => little(&self.scales(name)),
        }
    }

    /// What a step of each column stands for.
    fn scales(&self, name: &str) -> Vec<f32> {
        let dims = self.shape.tensors().into_iter().find(|(n, _)| n == name);
        let columns = dims.and_then(|(_, d)| d.last().copied()).unwrap_or(1);
        match self.values(name) {
            Values::Bytes { scales, .. } => scales.clone(),
            Values::Single(values) => scales(values, columns),
        }
    }
}

fn little(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|v| v.to_le_bytes()).collect()
}

/// The names of the weights that are matrices.
fn matrices(shape: &GraphShape) -> HashSet<String> {
    shape.tensors().into_iter().filter(|(_, dims)| dims.len() == 2).map(|(name, _)| name).collect()
}

/// The sizes of the network in an ONNX file, whose graph is checked whole; its weights are not decoded.
///
/// # Errors
/// As [`GraphWeights::from_onnx`].
pub(in crate::model) fn check(bytes: &[u8]) -> Result<GraphShape, Error> {
    Checked::new(bytes).map(|file| file.shape)
}

/// A checked file.
struct Checked<'a> {
    shape: GraphShape,
    /// Whether linear layers multiply bytes.
    quantized: bool,
    file: File<'a>,
}

impl<'a> Checked<'a> {
    fn new(bytes: &'a [u8]) -> Result<Self, Error> {
        let file = File::read(bytes)?;
        let quantized = file.has(QUANTIZED);
        let shape = sizes(&file)?;
        if quantized {
            shape.linears().try_for_each(|(_, dims)| check_inputs(dims[0]))?;
        }
        let matrices = matrices(&shape);
        let kept =
            |name: &str| if matrices.contains(name) { stored(&file, name) } else { Stored::Single };
        file.compare(&form(&shape, quantized, kept))?;
        Ok(Self { shape, quantized, file })
    }

    fn stored(&self, name: &str) -> Stored {
        stored(&self.file, name)
    }
}

/// How the weight `name` is stored.
fn stored(file: &File<'_>, name: &str) -> Stored {
    let kinds = [Stored::Half, Stored::Byte];
    let kept = |kind: &Stored| file.has(&format!("{name}{}", suffix(*kind)));
    kinds.into_iter().find(kept).unwrap_or(Stored::Single)
}

fn sizes(file: &File<'_>) -> Result<GraphShape, Error> {
    let columns = |name: &str| file.columns(&format!("{name}{}", suffix(stored(file, name))));
    let walks = format!("walks.weight{}", suffix(stored(file, "walks.weight")));
    let shape = GraphShape {
        width: columns("atom.table")?,
        layers: (0..).take_while(|i| file.has(&format!("layer{i}.scale"))).count(),
        inner: columns("layer0.first.bias")?,
        hidden: columns("out.first.bias")?,
        outputs: columns("out.second.bias")?,
        walks: file.has(&walks),
    };
    shape.check()?;
    Ok(shape)
}
