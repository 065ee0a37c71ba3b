//! A reference library in a file of its own (`.chmrlib`): the container of a model file, with a
//! manifest that holds the section `reference` and nothing else.

use super::archive::{Archive, MANIFEST};
use super::budget::OpenOptions;
use super::limits;
use super::manifest::Entry;
use super::open::{check_listed, read_file};
use super::reference::{self, ReferenceEntry};
use super::writer::container;
use crate::error::{Error, ErrorKind};
use crate::reference::Library;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::Path;

const FORMAT: &str = "chmr-library";
const FORMAT_VERSION: u32 = 1;

#[derive(Serialize, Deserialize)]
struct LibraryManifest {
    format: String,
    format_version: u32,
    entries: BTreeMap<String, Entry>,
    reference: ReferenceEntry,
}

impl Library {
    /// Opens the library file at `path`.
    ///
    /// # Errors
    /// [`ErrorKind::Io`] where it cannot be read, otherwise as [`from_bytes`](Self::from_bytes).
    pub fn open(path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref();
        Self::from_bytes(&read_file(path)?).map_err(|e| e.at(path.display()))
    }

    /// Opens a library file held in memory. All hashes, shapes and limits are checked.
    ///
    /// # Errors
    /// [`ErrorKind::Corrupt`], [`ErrorKind::Newer`], [`ErrorKind::Unsupported`] or
    /// [`ErrorKind::Limit`], with what is wrong and where.
    pub fn from_bytes(file: &[u8]) -> Result<Self, Error> {
        let archive = Archive::parse(file)?;
        let text = archive.get(MANIFEST).ok_or_else(|| Error::corrupt("no manifest.json"))?;
        let text = &file[text];
        if text.len() > limits::MANIFEST_BYTES {
            return Err(Error::limit("the manifest is longer than any that is accepted"));
        }
        #[derive(Deserialize)]
        struct Head {
            format: String,
            format_version: u32,
        }
        let malformed = |e: serde_json::Error| Error::corrupt(format!("manifest.json: {e}"));
        let head: Head = serde_json::from_slice(text).map_err(malformed)?;
        match (head.format.as_str(), head.format_version) {
            (FORMAT, FORMAT_VERSION) => {}
            (FORMAT, 0) => return Err(Error::corrupt("manifest.json: format_version is 0")),
            (FORMAT, newer) => {
                return Err(Error::new(
                    ErrorKind::Newer,
                    format!(
                        "the library file has format version {newer}, this library reads up to {FORMAT_VERSION}; update the library"
                    ),
                ));
            }
            (super::FORMAT, _) => {
                return Err(Error::corrupt("this is a model file; expected a library file"));
            }
            _ => return Err(Error::corrupt("this is no library file")),
        }
        crate::json::check(text).map_err(malformed)?;
        let manifest: LibraryManifest = serde_json::from_slice(text).map_err(malformed)?;
        check_listed(&archive, &manifest.entries)?;
        for (path, entry) in &manifest.entries {
            let content = &file[archive.get(path).unwrap_or_default()];
            if super::sha256_hex(content) != entry.sha256 {
                return Err(Error::corrupt(format!(
                    "entry '{path}' is damaged: its SHA-256 differs from manifest.json"
                )));
            }
        }
        manifest.reference.check().map_err(|e| e.at("manifest.json"))?;
        if let Some(path) = manifest.reference.paths().find(|p| archive.get(p).is_none()) {
            return Err(Error::corrupt(format!("manifest.json: there is no entry '{path}'")));
        }
        let options = OpenOptions::default();
        options.check_modalities(manifest.reference.modalities.len())?;
        let entry = |path: &str| &file[archive.get(path).unwrap_or_default()];
        reference::read(&manifest.reference, entry, &options)
    }

    /// The content of a library file, profiles as f16: what [`from_bytes`](Self::from_bytes) opens.
    ///
    /// # Errors
    /// [`ErrorKind::Argument`] for a value beyond the range of f16, [`ErrorKind::Limit`] where the
    /// file would be too large.
    pub fn to_bytes(&self) -> Result<Vec<u8>, Error> {
        let (reference, entries) = reference::write(self)?;
        let contents: BTreeMap<String, Vec<u8>> = entries.into_iter().collect();
        let entries = contents.iter().map(|(path, c)| (path.clone(), Entry::of(c))).collect();
        let manifest = LibraryManifest {
            format: FORMAT.into(),
            format_version: FORMAT_VERSION,
            entries,
            reference,
        };
        container(&manifest, &contents)
    }
}
