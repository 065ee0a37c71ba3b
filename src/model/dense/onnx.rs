//! Dense networks as ONNX files.

use super::form::{form, weight};
use super::weights::{DenseShape, DenseWeights, Layer, LayerShape, MOST_PARTS, Matrix};
use crate::error::Error;
use crate::model::exact::{Content, File, QUANTIZED};
use crate::model::quantize;

impl DenseWeights {
    /// The bytes of an ONNX file called `name`, any ONNX runtime's to run: `x` (rows × inputs) → `y` (rows × outputs).
    ///
    /// # Panics
    /// If there is no layer.
    pub fn to_onnx(&self, name: &str) -> Vec<u8> {
        let little = |values: &[f32]| values.iter().flat_map(|v| v.to_le_bytes()).collect();
        form(&self.shape).write(name, |content| match content {
            Content::Constant(_, bytes) => bytes.clone(),
            Content::Scales(name) => little(self.matrix(name).map_or(&[], |m| &m.scales)),
            Content::Weight(name, _) => match self.matrix(name) {
                Some(matrix) => matrix.bytes.iter().map(|b| b.cast_unsigned()).collect(),
                None => little(self.vector(name)),
            },
        })
    }

    fn matrix(&self, name: &str) -> Option<&Matrix> {
        let all = self.layers.iter().enumerate();
        let mut all =
            all.flat_map(|(i, l)| l.blocks.iter().enumerate().map(move |(b, m)| (i, b, m)));
        all.find(|(i, b, _)| weight(*i, *b) == name).map(|(_, _, matrix)| matrix)
    }

    fn vector(&self, name: &str) -> &[f32] {
        for (i, layer) in self.layers.iter().enumerate() {
            let Some(what) = name.strip_prefix(&format!("layer{i}.")) else { continue };
            return match (what, &layer.norm) {
                ("bias", _) => &layer.bias,
                ("norm.weight", Some((gain, _))) => gain,
                ("norm.bias", Some((_, shift))) => shift,
                _ => &[],
            };
        }
        &[]
    }

    /// Reads what [`to_onnx`](Self::to_onnx) writes.
    ///
    /// # Errors
    /// [`ErrorKind::Corrupt`](crate::ErrorKind::Corrupt) for a damaged file, [`ErrorKind::Limit`](crate::ErrorKind::Limit) for sizes
    /// beyond all use, [`ErrorKind::Unsupported`](crate::ErrorKind::Unsupported) for any other graph, with where it first differs.
    pub fn from_onnx(bytes: &[u8]) -> Result<Self, Error> {
        let file = File::read(bytes)?;
        let shape = checked(&file)?;
        let floats = |name: String| -> Vec<f32> {
            file.raw(&name).as_chunks().0.iter().map(|b| f32::from_le_bytes(*b)).collect()
        };
        let layer = |(i, layer): (usize, &LayerShape)| {
            let matrix = |b: usize| {
                let name = weight(i, b);
                let bytes = quantize::read(file.raw(&format!("{name}.int8")))?;
                Ok(Matrix { bytes, scales: floats(format!("{name}.scales")) })
            };
            let blocks = (0..shape.blocks_of(i).len()).map(matrix).collect::<Result<_, Error>>()?;
            let vector = |what: &str| floats(format!("layer{i}.{what}"));
            let norm = layer.norm.then(|| (vector("norm.weight"), vector("norm.bias")));
            Ok(Layer { blocks, bias: vector("bias"), norm })
        };
        let layers = shape.layers.iter().enumerate().map(layer).collect::<Result<_, Error>>()?;
        Ok(Self { shape, layers })
    }
}

/// The sizes of the network in an ONNX file, whose graph is checked whole; none where it is not of this kind.
///
/// # Errors
/// As [`DenseWeights::from_onnx`].
pub(in crate::model) fn check(bytes: &[u8]) -> Result<Option<DenseShape>, Error> {
    // Whatever is wrong with another kind of file is told where it is read.
    let Ok(file) = File::read(bytes) else { return Ok(None) };
    if !file.has(QUANTIZED) {
        return Ok(None);
    }
    checked(&file).map(Some)
}

fn checked(file: &File<'_>) -> Result<DenseShape, Error> {
    let matrix = |layer, block| format!("{}.int8", weight(layer, block));
    // No more are looked for than tell that there are too many.
    let blocks = (0..=MOST_PARTS).map_while(|b| file.dimension(&matrix(0, b), 0).ok()).collect();
    let layer = |i: usize| {
        let outputs = file.columns(&format!("layer{i}.bias")).ok()?;
        let norm = file.has(&format!("layer{i}.norm.weight"));
        let makes = |what: &str| file.makes(&format!("layer{i}.{what}"));
        Some(LayerShape { outputs, norm, gelu: makes("active"), adds: makes("added") })
    };
    let shape = DenseShape { blocks, layers: (0..=MOST_PARTS).map_while(layer).collect() };
    shape.check()?;
    file.compare(&form(&shape))?;
    Ok(shape)
}
