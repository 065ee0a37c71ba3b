//! The descriptors' standardizer as it is stored: safetensors with `median`, `mean` and `scale`
//! (f32, one a descriptor) and `clip` (f32, one).

use crate::error::{Error, ErrorKind};
use crate::features::Standardizer;
use safetensors::tensor::{Dtype, SafeTensors, TensorView};

/// Writes `standardizer` as the content of the entry that `structure.standardizer` of a manifest
/// names.
///
/// # Errors
/// [`ErrorKind::Argument`] where its vectors differ in length or hold something useless.
pub fn write_standardizer(standardizer: &Standardizer) -> Result<Vec<u8>, Error> {
    let Standardizer { median, mean, scale, clip } = standardizer;
    check(standardizer, median.len()).map_err(|e| Error::new(ErrorKind::Argument, e.message))?;
    let bytes = |v: &[f32]| v.iter().flat_map(|x| x.to_le_bytes()).collect::<Vec<u8>>();
    let vectors = [
        ("median", bytes(median)),
        ("mean", bytes(mean)),
        ("scale", bytes(scale)),
        ("clip", bytes(&[*clip])),
    ];
    let failed = |e| Error::new(ErrorKind::Internal, format!("writing the standardizer: {e}"));
    let views = vectors
        .iter()
        .map(|(name, data)| Ok((*name, TensorView::new(Dtype::F32, vec![data.len() / 4], data)?)))
        .collect::<Result<Vec<_>, _>>()
        .map_err(failed)?;
    safetensors::serialize(views, None).map_err(failed)
}

/// Reads a standardizer of `n` descriptors.
pub(super) fn read_standardizer(bytes: &[u8], n: usize) -> Result<Standardizer, Error> {
    let file = SafeTensors::deserialize(bytes)
        .map_err(|e| Error::corrupt(format!("not a safetensors file, or a damaged one: {e}")))?;
    let vector = |name: &str, n: usize| {
        file.tensor(name)
            .ok()
            .filter(|t| t.dtype() == Dtype::F32 && t.shape().iter().product::<usize>() == n)
            .map(|t| {
                let values = t.data().chunks_exact(4);
                values.map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect::<Vec<_>>()
            })
            .ok_or_else(|| Error::corrupt(format!("expected '{name}', f32, {n} values")))
    };
    let standardizer = Standardizer {
        median: vector("median", n)?,
        mean: vector("mean", n)?,
        scale: vector("scale", n)?,
        clip: vector("clip", 1)?[0],
    };
    check(&standardizer, n)?;
    Ok(standardizer)
}

fn check(s: &Standardizer, n: usize) -> Result<(), Error> {
    let all = [&s.median, &s.mean, &s.scale];
    if all.iter().any(|v| v.len() != n || v.iter().any(|x| !x.is_finite())) {
        return Err(Error::corrupt(format!("expected {n} finite values in each vector")));
    }
    if s.scale.iter().any(|&x| x <= 0.0) || !(s.clip > 0.0 && s.clip.is_finite()) {
        return Err(Error::corrupt("scale and clip must be above 0"));
    }
    Ok(())
}
