//! What a manifest must satisfy beyond being well-formed JSON.

use super::limits;
use super::manifest::{FORMAT, FORMAT_VERSION, Manifest, NetworkEntry};
use crate::error::{Error, ErrorKind};
use std::collections::HashSet;

impl Manifest {
    /// Reads and checks the text of `manifest.json`.
    ///
    /// # Errors
    /// [`ErrorKind::Corrupt`] for anything malformed or contradictory, [`ErrorKind::Newer`] for a
    /// format version that this library does not know, [`ErrorKind::Limit`] for absurd sizes.
    pub fn from_json(text: &[u8]) -> Result<Self, Error> {
        /// What counts where the rest is not understood: a newer manifest may differ in everything else.
        #[derive(serde::Deserialize)]
        struct Head {
            format: String,
            format_version: u32,
        }
        if text.len() > limits::MANIFEST_BYTES {
            return Err(Error::limit(format!(
                "the manifest has {} bytes, the limit is {}",
                text.len(),
                limits::MANIFEST_BYTES
            )));
        }
        let malformed = |e: serde_json::Error| Error::corrupt(format!("manifest.json: {e}"));
        let read = || {
            crate::json::check(text)?;
            serde_json::from_slice::<Self>(text)
        };
        let manifest = read().map_err(|e| {
            let head = serde_json::from_slice(text).ok();
            let format = head.map(|head: Head| check_format(&head.format, head.format_version));
            format.and_then(Result::err).unwrap_or_else(|| malformed(e))
        })?;
        manifest.validate()?;
        Ok(manifest)
    }

    /// Checks that the manifest contradicts neither itself nor the limits: known format and
    /// version, unique names, every index in range, every task predicted by exactly one network,
    /// every path among `entries`.
    ///
    /// # Errors
    /// As [`from_json`](Self::from_json).
    pub fn validate(&self) -> Result<(), Error> {
        check_format(&self.format, self.format_version)?;
        self.check().map_err(|e| e.at("manifest.json"))
    }

    fn check(&self) -> Result<(), Error> {
        for (what, text) in [("name", &self.name), ("version", &self.version)] {
            if text.is_empty() || text.len() > 100 || text.chars().any(char::is_control) {
                return Err(Error::corrupt(format!("{what}: expected 1 to 100 plain characters")));
            }
        }
        bounded("entries", self.entries.len(), 1, limits::ENTRIES - 1)?;
        bounded("tasks", self.tasks.len(), 1, limits::TASKS)?;
        bounded("networks", self.networks.len(), 1, limits::NETWORKS)?;
        for (path, entry) in &self.entries {
            super::archive::checked_path(path.as_bytes())?;
            let hex = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
            if entry.sha256.len() != 64 || !entry.sha256.bytes().all(hex) {
                return Err(Error::corrupt(format!(
                    "entries.{path}.sha256: expected 64 lower-case hexadecimal digits"
                )));
            }
        }
        self.check_structure().map_err(|e| e.at("structure"))?;
        self.check_stages()?;
        self.check_codebook().map_err(|e| e.at("codebook"))?;
        self.check_reference().map_err(|e| e.at("reference"))?;
        self.check_trust().map_err(|e| e.at("trust"))?;
        let mut names = HashSet::new();
        for (i, task) in self.tasks.iter().enumerate() {
            if task.name.is_empty() || task.name.chars().any(char::is_control) {
                return Err(Error::corrupt(format!("task {i}: expected a plain name")));
            }
            if !names.insert(task.name.as_str()) {
                return Err(Error::corrupt(format!("two tasks are called '{}'", task.name)));
            }
            if !task.slope.is_finite() || !task.intercept.is_finite() {
                return Err(Error::corrupt(format!(
                    "task '{}': slope and intercept must be finite",
                    task.name
                )));
            }
        }
        self.check_networks()
    }

    fn check_structure(&self) -> Result<(), Error> {
        let s = &self.structure;
        if ![0, 167].contains(&s.maccs_bits) {
            return Err(Error::corrupt(format!(
                "maccs_bits is {}, expected 0 or 167",
                s.maccs_bits
            )));
        }
        if s.morgan_radius > limits::MORGAN_RADIUS {
            return Err(Error::limit(format!(
                "morgan_radius is {}, the limit is {}",
                s.morgan_radius,
                limits::MORGAN_RADIUS
            )));
        }
        for n in [s.descriptors.len(), s.morgan_bits] {
            bounded("width of the structure vector", n, 0, limits::WIDTH)?;
        }
        bounded("width of the structure vector", s.width(), 1, limits::WIDTH)?;
        let mut seen = HashSet::new();
        if let Some(twice) = s.descriptors.iter().find(|d| !seen.insert(d.as_str())) {
            return Err(Error::corrupt(format!("descriptor '{twice}' is listed twice")));
        }
        match &s.standardizer {
            None if !s.descriptors.is_empty() => {
                Err(Error::corrupt("descriptors need a standardizer, which is absent"))
            }
            Some(path) => self.check_path(path),
            None => Ok(()),
        }
    }

    fn check_networks(&self) -> Result<(), Error> {
        let mut predicted = vec![false; self.tasks.len()];
        let mut names = HashSet::new();
        for network in &self.networks {
            if !names.insert(network.name.as_str()) {
                return Err(Error::corrupt(format!("two networks are called '{}'", network.name)));
            }
            self.check_network(network, &mut predicted)
                .map_err(|e| e.at(format_args!("network '{}'", network.name)))?;
        }
        match predicted.iter().position(|p| !p) {
            Some(i) => {
                Err(Error::corrupt(format!("no network predicts task '{}'", self.tasks[i].name)))
            }
            None => Ok(()),
        }
    }

    fn check_network(&self, network: &NetworkEntry, predicted: &mut [bool]) -> Result<(), Error> {
        bounded("members", network.members.len(), 1, limits::NETWORKS)?;
        bounded("tasks", network.tasks.len(), 1, self.tasks.len())?;
        network.members.iter().try_for_each(|path| self.check_path(path))?;
        self.sources(&network.reads, self.stages.len())?;
        for &task in &network.tasks {
            let Some(slot) = predicted.get_mut(task) else {
                return Err(Error::corrupt(format!(
                    "it predicts task {task}, but there are {} tasks",
                    self.tasks.len()
                )));
            };
            if std::mem::replace(slot, true) {
                return Err(Error::corrupt(format!(
                    "task '{}' is predicted a second time",
                    self.tasks[task].name
                )));
            }
        }
        Ok(())
    }

    pub(super) fn check_path(&self, path: &str) -> Result<(), Error> {
        if self.entries.contains_key(path) {
            return Ok(());
        }
        Err(Error::corrupt(format!("entry '{path}' is used but not listed in 'entries'")))
    }
}

fn check_format(format: &str, version: u32) -> Result<(), Error> {
    if format != FORMAT {
        return Err(Error::corrupt(format!(
            "manifest.json: the format is {:?}, expected {FORMAT:?}",
            format.chars().take(60).collect::<String>()
        )));
    }
    match version {
        FORMAT_VERSION => Ok(()),
        0 => Err(Error::corrupt("manifest.json: format_version is 0")),
        newer => Err(Error::new(
            ErrorKind::Newer,
            format!(
                "the model file has format version {newer}, this library reads up to {FORMAT_VERSION}; update the library"
            ),
        )),
    }
}

fn bounded(what: &str, n: usize, least: usize, most: usize) -> Result<(), Error> {
    if n < least {
        return Err(Error::corrupt(format!("{what}: expected at least {least}, found {n}")));
    }
    if n > most {
        return Err(Error::limit(format!("{what}: {n}, the limit is {most}")));
    }
    Ok(())
}
