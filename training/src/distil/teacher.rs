//! What the teacher says: a list of molecules and its values for them.
//!
//! | file of the folder | content |
//! |---|---|
//! | `molecules.tsv` | `smiles`, `source`; learnt from |
//! | `values/shard-NNNNN.safetensors` | `values` f16 [2,048, values], of lines N × 2,048 and on; NaN where refused |
//! | `held_out.tsv`, `held_out/shard-…` | the same of molecules that are measured on and never learnt from |

use crate::Result;
use half::f16;
use ndarray::{Array1, Array2, Axis};
use std::path::Path;

/// Molecules a shard.
const SHARD: usize = 2048;
/// Standardised values are kept within this bound, so that no single one pulls.
const BOUND: f32 = 6.0;

/// Molecules with the teacher's values.
#[derive(Clone, Debug, PartialEq)]
pub struct Taught {
    /// SMILES.
    pub smiles: Vec<String>,
    /// Where each is from.
    pub sources: Vec<String>,
    /// [molecules, values].
    pub values: Array2<f16>,
}

/// The teacher's scale: what is learnt is (value − mean) / deviation.
#[derive(Clone, Debug, PartialEq)]
pub struct Scale {
    /// \[values\].
    pub mean: Array1<f32>,
    /// \[values\].
    pub deviation: Array1<f32>,
}

impl Taught {
    /// The first `most` molecules of `list` that have values in `shards`; a missing shard is passed over, so that what is there
    /// can be used while the rest is computed.
    ///
    /// # Errors
    /// If the list is absent, a shard is damaged, or there is no value at all.
    pub fn read(list: &Path, shards: &Path, most: Option<usize>) -> Result<Self> {
        let at = |e: &dyn std::fmt::Display| format!("{}: {e}", list.display());
        let text = std::fs::read_to_string(list).map_err(|e| at(&e))?;
        let mut lines = text.lines();
        if lines.next() != Some("smiles\tsource") {
            return Err(at(&"expected the columns smiles and source").into());
        }
        let all: Vec<&str> = lines.collect();
        let most = most.unwrap_or(all.len());
        let (mut smiles, mut sources, mut values) = (Vec::new(), Vec::new(), Vec::new());
        let mut width = 0;
        for (number, lines) in all.chunks(SHARD).enumerate() {
            let path = shards.join(format!("shard-{number:05}.safetensors"));
            if smiles.len() >= most || !path.exists() {
                continue;
            }
            let (rows, columns, part) = shard(&path)?;
            if rows != lines.len() || (width != 0 && columns != width) {
                return Err(format!(
                    "{}: {rows} × {columns} values of {} molecules",
                    path.display(),
                    lines.len()
                )
                .into());
            }
            width = columns;
            for (line, row) in lines.iter().zip(part.chunks_exact(columns)) {
                let (text, source) =
                    line.split_once('\t').ok_or_else(|| at(&"a line without a source"))?;
                if smiles.len() < most && row.iter().all(|v| v.is_finite()) {
                    smiles.push(text.to_owned());
                    sources.push(source.to_owned());
                    values.extend_from_slice(row);
                }
            }
        }
        if smiles.is_empty() {
            return Err(
                format!("{}: no values; training/teachers makes them", shards.display()).into()
            );
        }
        let values = Array2::from_shape_vec((smiles.len(), width), values)?;
        Ok(Self { smiles, sources, values })
    }

    /// Without the molecules that are not `kept`.
    pub fn retain(&mut self, kept: &[bool]) {
        let rows: Vec<usize> = (0..kept.len()).filter(|&i| kept[i]).collect();
        self.smiles = rows.iter().map(|&i| std::mem::take(&mut self.smiles[i])).collect();
        self.sources = rows.iter().map(|&i| std::mem::take(&mut self.sources[i])).collect();
        self.values = self.values.select(Axis(0), &rows);
    }

    /// Mean and standard deviation of every value.
    pub fn scale(&self) -> Scale {
        let n = self.values.nrows().max(1) as f64;
        let mut sums = vec![(0f64, 0f64); self.values.ncols()];
        for row in self.values.rows() {
            for (sum, v) in sums.iter_mut().zip(row) {
                let v = f64::from(*v);
                sum.0 += v;
                sum.1 += v * v;
            }
        }
        let mean = sums.iter().map(|s| (s.0 / n) as f32).collect();
        let deviation =
            |s: &(f64, f64)| ((s.1 / n - (s.0 / n).powi(2)).max(0.0).sqrt() + 1e-6) as f32;
        Scale { mean, deviation: sums.iter().map(deviation).collect() }
    }

    /// What is learnt for `rows`, standardised, one behind the other.
    ///
    /// # Panics
    /// If a row is out of range.
    pub fn targets(&self, rows: &[usize], scale: &Scale) -> Vec<f32> {
        let mut out = Vec::with_capacity(rows.len() * self.values.ncols());
        for &row in rows {
            let each = self.values.row(row);
            let each = each.iter().zip(&scale.mean).zip(&scale.deviation);
            out.extend(each.map(|((v, m), d)| ((f32::from(*v) - m) / d).clamp(-BOUND, BOUND)));
        }
        out
    }
}

/// Rows, columns and values of a shard.
fn shard(path: &Path) -> Result<(usize, usize, Vec<f16>)> {
    let at = |e: &dyn std::fmt::Display| format!("{}: {e}", path.display());
    let bytes = std::fs::read(path).map_err(|e| at(&e))?;
    let tensors = safetensors::SafeTensors::deserialize(&bytes).map_err(|e| at(&e))?;
    let tensor = tensors.tensor("values").map_err(|e| at(&e))?;
    let (&[rows, columns], safetensors::Dtype::F16) = (tensor.shape(), tensor.dtype()) else {
        return Err(at(&"expected f16 values in rows").into());
    };
    let values = tensor.data().chunks_exact(2).map(|b| f16::from_le_bytes([b[0], b[1]])).collect();
    Ok((rows, columns, values))
}
