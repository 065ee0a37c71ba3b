//! What a model file says of the trust that its predictions deserve.
//!
//! | entry | content |
//! |---|---|
//! | `trust/domain.safetensors` | for each data set `<name>.words`, u64, molecules × bits / 64: Morgan bits of training molecules; other tensors, of earlier files, are ignored |

use super::limits;
use super::manifest::Manifest;
use super::wording::dims;
use crate::chem::{atomic_number, element_symbol};
use crate::error::{Error, ErrorKind};
use crate::room::collected;
use crate::trust::{CompositionRange, Domain, DomainLimits};
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
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DomainEntry {
    /// See [`DomainLimits::least_similarity`].
    pub least_similarity: f32,
    /// How many times as large the mean error of the held-out molecules is outside as inside; see
    /// [`Threshold::error_ratio`](crate::trust::Threshold::error_ratio). Absent where no threshold sets larger errors apart.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_ratio: Option<f64>,
    /// What the training molecules are made of; absent from earlier files.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub composition: Option<CompositionEntry>,
    /// Training molecules kept in the file.
    pub molecules: usize,
}

/// A [`CompositionRange`] as a manifest writes it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CompositionEntry {
    /// Symbols of the elements that occur, `*` for a dummy atom; without hydrogen.
    pub elements: Vec<String>,
    /// Fewest and most heavy atoms.
    pub heavy_atoms: [u32; 2],
    /// Lowest and highest net charge.
    pub charge: [i32; 2],
}

impl CompositionEntry {
    pub(crate) fn new(range: &CompositionRange) -> Self {
        let occurs = |n: &u8| range.elements >> n & 1 == 1;
        Self {
            elements: (0..=118).filter(occurs).map(|n| element_symbol(n).to_owned()).collect(),
            heavy_atoms: range.heavy_atoms.into(),
            charge: range.charge.into(),
        }
    }

    /// None where it is no range of compositions.
    fn range(&self) -> Option<CompositionRange> {
        let elements = self
            .elements
            .iter()
            .try_fold(0, |all, symbol| atomic_number(symbol).map(|n| all | 1u128 << n))?;
        let ascending = self.heavy_atoms.is_sorted() && self.charge.is_sorted();
        ascending.then_some(CompositionRange {
            elements,
            heavy_atoms: self.heavy_atoms.into(),
            charge: self.charge.into(),
        })
    }
}

/// What the file keeps of a data set's training molecules.
pub(crate) struct Kept {
    pub(crate) dataset: String,
    /// Molecules × words.
    pub(crate) words: Vec<u64>,
}

/// The content of [`DOMAIN`].
pub(crate) fn write(kept: &[Kept], bits: usize) -> Result<Vec<u8>, Error> {
    let failed = |e| Error::new(ErrorKind::Internal, format!("writing the domain: {e}"));
    let tensors = kept.iter().map(|k| {
        let words: Vec<u8> = k.words.iter().flat_map(|w| w.to_le_bytes()).collect();
        (format!("{}.words", k.dataset), vec![k.words.len() / (bits / 64), bits / 64], words)
    });
    let tensors: Vec<_> = tensors.collect();
    let views = tensors
        .iter()
        .map(|(name, shape, data)| Ok((name, TensorView::new(Dtype::U64, shape.clone(), data)?)))
        .collect::<Result<Vec<_>, _>>()
        .map_err(failed)?;
    safetensors::serialize(views, None).map_err(failed)
}

/// The words of one data set, their shape checked.
fn words_of<'a>(
    file: &SafeTensors<'a>,
    dataset: &str,
    entry: &DomainEntry,
    manifest: &Manifest,
) -> Result<&'a [u8], Error> {
    let name = format!("{dataset}.words");
    let shape = [entry.molecules, manifest.structure.morgan_bits / 64];
    let sound = |t: &TensorView<'_>| t.dtype() == Dtype::U64 && t.shape() == shape;
    let found = file.tensor(&name).ok().filter(sound);
    found
        .map(|t| t.data())
        .ok_or_else(|| Error::corrupt(format!("expected '{name}' of type U64, {}", dims(&shape))))
}

fn unpacked(words: &[u8]) -> Result<Vec<u64>, Error> {
    collected(words.as_chunks::<8>().0.iter().map(|b| u64::from_le_bytes(*b)))
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
    domains_of(manifest, content, |name, _, words| {
        kept.push(Kept { dataset: name.to_owned(), words: unpacked(words)? });
        Ok(())
    })?;
    Ok(kept)
}

/// Reads the domains.
pub(super) fn read_domains(manifest: &Manifest, content: &[u8]) -> Result<Vec<Domain>, Error> {
    let mut domains = Vec::new();
    domains_of(manifest, content, |name, entry, words| {
        let limits = DomainLimits {
            least_similarity: entry.least_similarity,
            composition: entry.composition.as_ref().and_then(CompositionEntry::range),
        };
        let bits = manifest.structure.morgan_bits;
        domains.push(Domain::new(name.to_owned(), limits, bits, &unpacked(words)?)?);
        Ok(())
    })?;
    Ok(domains)
}

fn domains_of(
    manifest: &Manifest,
    content: &[u8],
    mut each: impl FnMut(&str, &DomainEntry, &[u8]) -> Result<(), Error>,
) -> Result<(), Error> {
    let Some(section) = &manifest.trust else { return Ok(()) };
    if section.domain.is_none() {
        return Ok(());
    }
    let file = parse(content)?;
    for (name, dataset) in &section.datasets {
        let Some(entry) = &dataset.domain else { continue };
        each(name, entry, words_of(&file, name, entry, manifest)?)?;
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
            if domain.composition.as_ref().is_some_and(|c| c.range().is_none()) {
                return corrupt(format!(
                    "'{name}': expected symbols of elements, and ranges of heavy_atoms and charge from low to high"
                ));
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
