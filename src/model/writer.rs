//! Writing a model file.

use super::archive::{Archive, MANIFEST, checked_path};
use super::limits;
use super::manifest::{Entry, Manifest};
use super::zip;
use crate::error::{Error, ErrorKind};
use serde::Serialize;
use std::collections::BTreeMap;

/// Collects the entries of a model file and writes it. The same entries and manifest give the
/// same bytes, in whatever order they were added.
///
/// ```no_run
/// # fn f(manifest: chmr::model::Manifest, onnx: Vec<u8>) -> Result<(), Box<dyn std::error::Error>> {
/// let mut writer = chmr::model::ModelWriter::new();
/// writer.add("networks/biogen.onnx", onnx)?;
/// std::fs::write("my.chmr", writer.finish(manifest)?)?;
/// # Ok(()) }
/// ```
#[derive(Debug, Default)]
pub struct ModelWriter {
    entries: BTreeMap<String, Vec<u8>>,
}

impl ModelWriter {
    /// A file without entries.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an entry. `path` is relative, plain ASCII (letters, digits, `.`, `_`, `-`, `/`).
    ///
    /// # Errors
    /// [`ErrorKind::Argument`] for a bad or repeated path, or for `manifest.json`, which
    /// [`finish`](Self::finish) writes.
    pub fn add(&mut self, path: &str, content: Vec<u8>) -> Result<(), Error> {
        let refused = |m: String| Err(Error::new(ErrorKind::Argument, m));
        if let Err(e) = checked_path(path.as_bytes()) {
            return refused(e.message);
        }
        if path.eq_ignore_ascii_case(MANIFEST) {
            return refused(format!("'{MANIFEST}' is written by the library"));
        }
        if self.entries.keys().any(|k| k.eq_ignore_ascii_case(path)) {
            return refused(format!("two entries are called '{path}'"));
        }
        self.entries.insert(path.to_owned(), content);
        Ok(())
    }

    /// Fills `manifest.entries`, checks the manifest and gives the bytes of the file.
    ///
    /// # Errors
    /// As [`Manifest::validate`]; [`ErrorKind::Limit`] where the file would be too large.
    pub fn finish(self, mut manifest: Manifest) -> Result<Vec<u8>, Error> {
        manifest.entries =
            self.entries.iter().map(|(path, content)| (path.clone(), Entry::of(content))).collect();
        manifest.validate()?;
        container(&manifest, &self.entries)
    }
}

impl Entry {
    /// What a manifest says of `content`.
    pub(super) fn of(content: &[u8]) -> Self {
        Self { bytes: content.len() as u64, sha256: super::sha256_hex(content) }
    }
}

/// The file of `manifest` and `entries`.
pub(super) fn container(
    manifest: &impl Serialize,
    entries: &BTreeMap<String, Vec<u8>>,
) -> Result<Vec<u8>, Error> {
    let mut json = serde_json::to_vec_pretty(manifest)
        .map_err(|e| Error::new(ErrorKind::Internal, format!("writing the manifest: {e}")))?;
    json.push(b'\n');
    if json.len() > limits::MANIFEST_BYTES {
        return Err(Error::limit(format!(
            "the manifest has {} bytes, the limit is {}",
            json.len(),
            limits::MANIFEST_BYTES
        )));
    }
    let total = entries.values().chain([&json]).map(|c| c.len() as u64).sum::<u64>();
    // Headers are far smaller than this; `Archive::parse` below checks exactly.
    if total > limits::FILE_BYTES - (1 << 20) {
        return Err(Error::limit(format!(
            "the entries have {total} bytes together, the limit is 1 GiB"
        )));
    }
    let mut file = Vec::with_capacity(total as usize + 300 * (entries.len() + 1));
    let mut directory = Vec::new();
    put(&mut file, &mut directory, MANIFEST, &json);
    for (path, content) in entries {
        put(&mut file, &mut directory, path, content);
    }
    let (start, count) = (file.len() as u32, entries.len() as u16 + 1);
    file.extend_from_slice(&directory);
    file.extend_from_slice(&zip::END.to_le_bytes());
    for word in [0, 0, count, count] {
        file.extend_from_slice(&word.to_le_bytes());
    }
    file.extend_from_slice(&(directory.len() as u32).to_le_bytes());
    file.extend_from_slice(&start.to_le_bytes());
    file.extend_from_slice(&0u16.to_le_bytes());
    Archive::parse(&file)?;
    Ok(file)
}

/// Appends an entry to `file` and its record to `directory`.
fn put(file: &mut Vec<u8>, directory: &mut Vec<u8>, path: &str, content: &[u8]) {
    let offset = file.len() as u32;
    let (crc, size) = (zip::crc32(content), content.len() as u32);
    // What the two headers share: version needed, flags, method, time, date, checksum, sizes,
    // length of the name, no extra field.
    let mut shared = Vec::with_capacity(26);
    for word in [zip::VERSION, 0, 0, 0, zip::DATE] {
        shared.extend_from_slice(&word.to_le_bytes());
    }
    for long in [crc, size, size] {
        shared.extend_from_slice(&long.to_le_bytes());
    }
    for word in [path.len() as u16, 0] {
        shared.extend_from_slice(&word.to_le_bytes());
    }
    file.extend_from_slice(&zip::LOCAL.to_le_bytes());
    file.extend_from_slice(&shared);
    file.extend_from_slice(path.as_bytes());
    file.extend_from_slice(content);

    directory.extend_from_slice(&zip::CENTRAL.to_le_bytes());
    directory.extend_from_slice(&zip::VERSION.to_le_bytes());
    directory.extend_from_slice(&shared);
    // No comment, first disk, no attributes.
    directory.extend_from_slice(&[0; 10]);
    directory.extend_from_slice(&offset.to_le_bytes());
    directory.extend_from_slice(path.as_bytes());
}
