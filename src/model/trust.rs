//! What a model file says of the trust that its predictions deserve.
//!
//! | entry | content |
//! |---|---|
//! | `trust/domain.safetensors` | for each data set `<name>.words`, u64, molecules × bits / 64: Morgan bits of training molecules; `<name>.low` and `<name>.high`, f32, a value a descriptor: the range of the standardized descriptors |

use super::limits;
use super::manifest::Manifest;
use crate::error::{Error, ErrorKind};
use crate::trust::{Domain, Limits};
use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Path of the training molecules.
pub(crate) const DOMAIN: &str = "trust/domain.safetensors";

/// The section `trust` of a manifest. All of it was measured on molecules that were not learnt from.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TrustEntry {
    /// Coverages that intervals are given for, ascending, each between 0 and 1.
    pub coverages: Vec<f32>,
    /// By name of a regression task, one a coverage: half the width of the interval in the task's unit;
    /// absent where the residuals were too few to promise that coverage.
    pub half_widths: BTreeMap<String, Vec<Option<f32>>>,
    /// By data set.
    pub datasets: BTreeMap<String, DatasetTrust>,
    /// Path of the training molecules of all data sets that have a domain; absent where none has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub domain: Option<String>,
}

/// One data set of the section `trust`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DatasetTrust {
    /// Molecules that all of this was measured on.
    pub rows: usize,
    /// Expected calibration error of the probabilities, over all tasks of the data set; flattering where their scaling
    /// was fitted on the same molecules.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calibration_error: Option<f64>,
    /// What a molecule must satisfy to lie in the domain; absent where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub domain: Option<DomainEntry>,
}

/// Thresholds of one data set's domain.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct DomainEntry {
    /// See [`Limits::least_similarity`].
    pub least_similarity: f32,
    /// See [`Limits::most_outside`].
    pub most_outside: u32,
    /// Training molecules kept in the file.
    pub molecules: usize,
}

/// What the file keeps of a data set's training molecules.
pub(crate) struct Kept {
    pub(crate) dataset: String,
    /// Molecules × words.
    pub(crate) words: Vec<u64>,
    pub(crate) low: Vec<f32>,
    pub(crate) high: Vec<f32>,
}

/// The content of [`DOMAIN`].
pub(crate) fn write(kept: &[Kept], bits: usize) -> Result<Vec<u8>, Error> {
    let failed = |e| Error::new(ErrorKind::Internal, format!("writing the domain: {e}"));
    let floats = |v: &[f32]| v.iter().flat_map(|v| v.to_le_bytes()).collect::<Vec<u8>>();
    let mut tensors = Vec::new();
    for k in kept {
        let words = k.words.iter().flat_map(|w| w.to_le_bytes()).collect();
        let shape = vec![k.words.len() / (bits / 64), bits / 64];
        tensors.push((format!("{}.words", k.dataset), Dtype::U64, shape, words));
        for (name, values) in [("low", &k.low), ("high", &k.high)] {
            let shape = vec![values.len()];
            tensors.push((format!("{}.{name}", k.dataset), Dtype::F32, shape, floats(values)));
        }
    }
    let views = tensors
        .iter()
        .map(|(name, kind, shape, data)| Ok((name, TensorView::new(*kind, shape.clone(), data)?)))
        .collect::<Result<Vec<_>, _>>()
        .map_err(failed)?;
    safetensors::serialize(views, None).map_err(failed)
}

/// The tensors of one data set, their shapes checked.
struct Tensors<'a> {
    words: &'a [u8],
    low: Vec<f32>,
    high: Vec<f32>,
}

impl Tensors<'_> {
    fn words(&self) -> Vec<u64> {
        self.words.as_chunks::<8>().0.iter().map(|b| u64::from_le_bytes(*b)).collect()
    }
}

fn tensors<'a>(
    file: &SafeTensors<'a>,
    dataset: &str,
    entry: &DomainEntry,
    manifest: &Manifest,
) -> Result<Tensors<'a>, Error> {
    let (bits, descriptors) =
        (manifest.structure.morgan_bits, manifest.structure.descriptors.len());
    let get = |name: &str, kind: Dtype, shape: &[usize]| {
        let name = format!("{dataset}.{name}");
        let found = file.tensor(&name).ok().filter(|t| t.dtype() == kind && t.shape() == shape);
        found
            .map(|t| t.data())
            .ok_or_else(|| Error::corrupt(format!("expected '{name}', {kind:?}, {shape:?}")))
    };
    let floats = |name: &str| -> Result<Vec<f32>, Error> {
        let data = get(name, Dtype::F32, &[descriptors])?;
        Ok(data.as_chunks::<4>().0.iter().map(|b| f32::from_le_bytes(*b)).collect())
    };
    let words = get("words", Dtype::U64, &[entry.molecules, bits / 64])?;
    Ok(Tensors { words, low: floats("low")?, high: floats("high")? })
}

fn parse(content: &[u8]) -> Result<SafeTensors<'_>, Error> {
    SafeTensors::deserialize(content)
        .map_err(|e| Error::corrupt(format!("not a safetensors file, or a damaged one: {e}")))
}

/// Checks the training molecules without unpacking them.
pub(super) fn check_domains(manifest: &Manifest, content: &[u8]) -> Result<(), Error> {
    domains_of(manifest, content, |_, _, _| Ok(()))
}

/// What the file keeps of every data set.
pub(crate) fn read(manifest: &Manifest, content: &[u8]) -> Result<Vec<Kept>, Error> {
    let mut kept = Vec::new();
    domains_of(manifest, content, |name, _, t| {
        kept.push(Kept { dataset: name.to_owned(), words: t.words(), low: t.low, high: t.high });
        Ok(())
    })?;
    Ok(kept)
}

/// Reads the domains.
pub(super) fn read_domains(manifest: &Manifest, content: &[u8]) -> Result<Vec<Domain>, Error> {
    let mut domains = Vec::new();
    domains_of(manifest, content, |name, entry, t| {
        let limits =
            Limits { least_similarity: entry.least_similarity, most_outside: entry.most_outside };
        let words = t.words();
        let bits = manifest.structure.morgan_bits;
        domains.push(Domain::new(name.to_owned(), limits, bits, &words, (t.low, t.high))?);
        Ok(())
    })?;
    Ok(domains)
}

fn domains_of(
    manifest: &Manifest,
    content: &[u8],
    mut each: impl FnMut(&str, &DomainEntry, Tensors<'_>) -> Result<(), Error>,
) -> Result<(), Error> {
    let Some(section) = &manifest.trust else { return Ok(()) };
    if section.domain.is_none() {
        return Ok(());
    }
    let file = parse(content)?;
    for (name, dataset) in &section.datasets {
        let Some(entry) = &dataset.domain else { continue };
        let found = tensors(&file, name, entry, manifest)?;
        let ranges = found.low.iter().zip(&found.high);
        if ranges.into_iter().any(|(l, h)| l.partial_cmp(h).is_none_or(|o| o.is_gt())) {
            return Err(Error::corrupt(format!("'{name}': expected ranges from low to high")));
        }
        each(name, entry, found)?;
    }
    Ok(())
}

impl Manifest {
    pub(super) fn check_trust(&self) -> Result<(), Error> {
        let Some(section) = &self.trust else { return Ok(()) };
        let corrupt = |m: String| Err(Error::corrupt(m));
        let inside = section.coverages.iter().all(|c| *c > 0.0 && *c < 1.0);
        if section.coverages.len() > limits::COVERAGES {
            let n = section.coverages.len();
            return Err(Error::limit(format!("{n} coverages, the limit is {}", limits::COVERAGES)));
        }
        if !inside || !section.coverages.is_sorted_by(|a, b| a < b) {
            return corrupt("coverages: expected numbers between 0 and 1, ascending".into());
        }
        let tasks: BTreeSet<&str> = self.tasks.iter().map(|t| t.name.as_str()).collect();
        for (task, widths) in &section.half_widths {
            if !tasks.contains(task.as_str()) {
                return corrupt(format!("half_widths: there is no task '{task}'"));
            }
            let sound = widths.iter().flatten().all(|w| w.is_finite() && *w >= 0.0);
            if widths.len() != section.coverages.len() || !sound {
                return corrupt(format!(
                    "half_widths of '{task}': expected {} numbers of at least 0",
                    section.coverages.len()
                ));
            }
        }
        let sets: BTreeSet<&str> = self.tasks.iter().map(|t| t.dataset.as_str()).collect();
        for (name, dataset) in &section.datasets {
            if !sets.contains(name.as_str()) {
                return corrupt(format!("datasets: no task is of '{name}'"));
            }
            let Some(domain) = &dataset.domain else { continue };
            if section.domain.is_none() {
                return corrupt(format!("'{name}' has a domain, but 'domain' is absent"));
            }
            if !(0.0..=1.0).contains(&domain.least_similarity) {
                return corrupt(format!("'{name}': expected a similarity from 0 to 1"));
            }
            let bits = self.structure.morgan_bits;
            if bits == 0 || !bits.is_multiple_of(256) || bits > 65_280 {
                return corrupt(format!(
                    "'{name}' has a domain, which needs Morgan bits in a multiple of 256, not {bits}"
                ));
            }
        }
        section.domain.iter().try_for_each(|path| self.check_path(path))
    }
}
