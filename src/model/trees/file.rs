//! Trees as they are stored: safetensors.

use super::{Place, Split, Trees};
use crate::error::{Error, ErrorKind};
use crate::room::{collected, room};
use safetensors::tensor::{Dtype, SafeTensors, TensorView};

impl Trees {
    /// The content of a member's entry: `base`, f32, tasks; `task`, u16, and `leaves`, u8, trees; `feature`, u16,
    /// `threshold`, f32, and `children`, i8 × 2, all splits, tree by tree; `value`, f32, all leaves. The number of
    /// a tree's splits is that of its leaves less one; links are as in [`Split`].
    ///
    /// # Errors
    /// [`ErrorKind::Internal`], which does not happen.
    pub fn to_safetensors(&self) -> Result<Vec<u8>, Error> {
        let failed = |e| Error::new(ErrorKind::Internal, format!("writing trees: {e}"));
        let singles = |v: &[f32]| v.iter().flat_map(|v| v.to_le_bytes()).collect::<Vec<u8>>();
        let (places, splits) = (&self.places, &self.splits);
        let children = |s: &Split| [s.left, s.right].map(i8::cast_unsigned);
        let threshold = |s: &Split| s.threshold.to_le_bytes();
        let n = splits.len();
        let tensors = [
            ("base", Dtype::F32, vec![self.base.len()], singles(&self.base)),
            (
                "task",
                Dtype::U16,
                vec![places.len()],
                places.iter().flat_map(|p| (p.task as u16).to_le_bytes()).collect(),
            ),
            (
                "leaves",
                Dtype::U8,
                vec![places.len()],
                places.iter().map(|p| p.leaves as u8).collect(),
            ),
            (
                "feature",
                Dtype::U16,
                vec![n],
                splits.iter().flat_map(|s| s.feature.to_le_bytes()).collect(),
            ),
            ("threshold", Dtype::F32, vec![n], splits.iter().flat_map(threshold).collect()),
            ("children", Dtype::I8, vec![n, 2], splits.iter().flat_map(children).collect()),
            ("value", Dtype::F32, vec![self.leaves.len()], singles(&self.leaves)),
        ];
        let views = tensors
            .iter()
            .map(|(name, kind, shape, data)| {
                Ok((*name, TensorView::new(*kind, shape.clone(), data)?))
            })
            .collect::<Result<Vec<_>, _>>()
            .map_err(failed)?;
        safetensors::serialize(views, None).map_err(failed)
    }

    /// Reads what [`to_safetensors`](Self::to_safetensors) writes.
    ///
    /// # Errors
    /// [`ErrorKind::Corrupt`] for anything else; [`ErrorKind::Limit`] where there is no memory for it.
    pub fn from_safetensors(content: &[u8]) -> Result<Self, Error> {
        let file = SafeTensors::deserialize(content).map_err(|e| {
            Error::corrupt(format!("not a safetensors file, or a damaged one: {e}"))
        })?;
        let tensor = |name: &str, kind: Dtype| {
            let found = file.tensor(name).ok().filter(|t| t.dtype() == kind);
            found
                .map(|t| t.data())
                .ok_or_else(|| Error::corrupt(format!("trees: expected '{name}' of type {kind}")))
        };
        let singles = |name: &str| -> Result<Vec<f32>, Error> {
            let words = tensor(name, Dtype::F32)?.as_chunks::<4>().0;
            collected(words.iter().map(|b| f32::from_le_bytes(*b)))
        };
        let shorts = |name: &str| -> Result<Vec<u16>, Error> {
            let words = tensor(name, Dtype::U16)?.as_chunks::<2>().0;
            collected(words.iter().map(|b| u16::from_le_bytes(*b)))
        };
        let (tasks, counts) = (shorts("task")?, tensor("leaves", Dtype::U8)?);
        let (features, thresholds) = (shorts("feature")?, singles("threshold")?);
        let children = tensor("children", Dtype::I8)?.as_chunks::<2>().0;
        let mut all = Self {
            base: singles("base")?,
            places: room(tasks.len())?,
            splits: room(features.len())?,
            leaves: singles("value")?,
            ..Self::default()
        };
        let (mut split, mut leaf) = (0, 0);
        for (&task, &leaves) in tasks.iter().zip(counts) {
            let leaves = usize::from(leaves);
            all.places.push(Place { task: task.into(), split, leaf, leaves });
            split += leaves.saturating_sub(1);
            leaf += leaves;
        }
        let lengths = [features.len(), thresholds.len(), children.len()];
        if tasks.len() != counts.len() || lengths != [split; 3] || leaf != all.leaves.len() {
            return Err(Error::corrupt(format!(
                "trees: {} and {} trees, {}, {} and {} splits where their leaves make {split}, {} leaves where there are {leaf}",
                tasks.len(),
                counts.len(),
                lengths[0],
                lengths[1],
                lengths[2],
                all.leaves.len(),
            )));
        }
        for ((feature, threshold), pair) in features.into_iter().zip(thresholds).zip(children) {
            let [left, right] = pair.map(u8::cast_signed);
            all.splits.push(Split { feature, threshold, left, right });
        }
        all.check().map_err(|message| Error::corrupt(format!("trees: {message}")))?;
        all.prepared()
    }
}
