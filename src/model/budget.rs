//! What opening and using one model file may cost.

use super::limits;
use super::manifest::Manifest;
use super::shapes::Cost;
use crate::error::Error;
use std::collections::BTreeMap;

/// Bounds on one model file, so that one from a stranger costs no more than its reader allows. The defaults leave
/// room for models more than ten times as large as the default one. Besides these, the format has fixed bounds (docs/model-file.md).
///
/// ```
/// use chmr::OpenOptions;
///
/// let options = OpenOptions { members: 8, ..OpenOptions::default() };
/// # let _ = options;
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpenOptions {
    /// Bytes of all entries unpacked, each counted once however often the manifest names it: weights as f32,
    /// profiles as f32, molecules, trees. 2 GiB.
    pub unpacked_bytes: u64,
    /// ONNX nodes of all networks, each entry counted once. 2,048.
    pub nodes: u64,
    /// Rewrites that planning one network may take. 16,384.
    pub plan_steps: u64,
    /// Values of the weights of one network. 32 Mi.
    pub network_weights: u64,
    /// Multiply-adds, or steps of as much time, that one molecule takes in all networks together, each counted as
    /// often as it is named. 2³⁰.
    pub row_work: u64,
    /// Members of all networks together. 4,096.
    pub members: u64,
    /// Stages. 64, which is also the most that the format has.
    pub stages: u64,
    /// Tasks. 100,000, which is also the most that the format has.
    pub tasks: u64,
    /// Modalities of the reference library. 64.
    pub modalities: u64,
    /// Observed values of one modality, profiles × features. 64 Mi.
    pub profile_values: u64,
    /// Multiply-adds of fitting one modality's imputation, m²·(m + d) for m profiles of d features. 20 × 10⁹:
    /// 2,700 profiles of a few features, or 2,500 of 1,000.
    pub fit_work: u64,
}

impl Default for OpenOptions {
    fn default() -> Self {
        Self {
            unpacked_bytes: 2 << 30,
            nodes: 2048,
            plan_steps: 16_384,
            network_weights: 32 << 20,
            row_work: 1 << 30,
            members: 4096,
            stages: limits::STAGES as u64,
            tasks: limits::TASKS as u64,
            modalities: 64,
            profile_values: 64 << 20,
            fit_work: crate::reference::FIT_WORK,
        }
    }
}

/// Refuses `n` of what `option` bounds if they are more than `most`.
fn within(what: &str, n: u64, option: &str, most: u64) -> Result<(), Error> {
    if n <= most {
        return Ok(());
    }
    Err(Error::limit(format!("{what}: {n}, the limit is {most} (option {option})")))
}

impl OpenOptions {
    /// What the manifest alone tells.
    pub(super) fn check_manifest(&self, manifest: &Manifest) -> Result<(), Error> {
        let members: u64 = manifest.networks.iter().map(|n| n.members.len() as u64).sum();
        within("members of all networks", members, "members", self.members)?;
        within("stages", manifest.stages.len() as u64, "stages", self.stages)?;
        within("tasks", manifest.tasks.len() as u64, "tasks", self.tasks)?;
        if let Some(reference) = &manifest.reference {
            self.check_modalities(reference.modalities.len())?;
        }
        let unpacked = unpacked(manifest);
        within("bytes of the entries unpacked", unpacked, "unpacked_bytes", self.unpacked_bytes)
    }

    pub(super) fn check_modalities(&self, n: usize) -> Result<(), Error> {
        within("modalities", n as u64, "modalities", self.modalities)
    }

    /// Of one modality.
    pub(super) fn check_profiles(&self, profiles: usize, features: usize) -> Result<(), Error> {
        let values = (profiles as u64).saturating_mul(features as u64);
        within("profiles x features", values, "profile_values", self.profile_values)
    }

    /// One network.
    pub(super) fn check_network(&self, cost: &Cost) -> Result<(), Error> {
        within("weights of the network", cost.weights, "network_weights", self.network_weights)
    }

    /// All networks: `entries` are those of each entry once, `runs` that of every use.
    pub(super) fn check_networks<'c>(
        &self,
        entries: impl Iterator<Item = &'c Cost> + Clone,
        runs: impl Iterator<Item = &'c Cost>,
        manifest: &Manifest,
    ) -> Result<(), Error> {
        let nodes = entries.clone().map(|c| c.nodes).fold(0, u64::saturating_add);
        within("nodes of all networks", nodes, "nodes", self.nodes)?;
        let weights = entries.map(|c| c.weights.saturating_mul(4));
        let bytes = weights.fold(unpacked(manifest), u64::saturating_add);
        within("bytes of the entries unpacked", bytes, "unpacked_bytes", self.unpacked_bytes)?;
        let work = runs.map(|c| c.work).fold(0, u64::saturating_add);
        within("multiply-adds a row of all networks", work, "row_work", self.row_work)
    }
}

/// Bytes that the entries besides networks take unpacked, at most: so many times their length, each once.
fn unpacked(manifest: &Manifest) -> u64 {
    let mut times: BTreeMap<&str, u64> = BTreeMap::new();
    let mut add = |path: &'_ str, factor: u64| {
        let path = manifest.entries.get_key_value(path).map_or("", |(path, _)| path.as_str());
        let of = times.entry(path).or_default();
        *of = factor.max(*of);
    };
    let members = manifest.networks.iter().flat_map(|n| &n.members);
    for path in members.chain(manifest.stages.iter().map(|s| &s.path)) {
        if path.ends_with(super::trees::TREES_ENDING) {
            add(path, 6);
        }
    }
    if let Some(reference) = &manifest.reference {
        add(&reference.molecules, 2);
        // The words, their copy for search, and names, indices and room of each molecule.
        add(&reference.fingerprints, 8);
        reference.context.iter().for_each(|path| add(path, 2));
        for modality in &reference.modalities {
            add(&modality.profiles, 2);
            modality.activity.iter().for_each(|path| add(path, 2));
        }
    }
    manifest.codebook.iter().for_each(|codebook| add(&codebook.path, 2));
    // The words, and their copy for search with a fold of 256 bits and 14 bytes a molecule, which may have 256 bits itself.
    manifest.trust.iter().flat_map(|t| &t.domain).for_each(|path| add(path, 4));
    let bytes = times.iter().map(|(path, factor)| {
        manifest.entries.get(*path).map_or(0, |e| e.bytes.saturating_mul(*factor))
    });
    bytes.fold(0, u64::saturating_add)
}
