//! A model file made of another one: all entries copied but what is replaced.

use super::archive::MANIFEST;
use super::manifest::Manifest;
use super::open::Model;
use super::reference;
use super::trust::TrustEntry;
use super::writer::ModelWriter;
use crate::error::Error;

impl Model {
    /// The content of a model file that is this one with its present library inside, in place of the
    /// one that the file had. Everything else is copied as it is.
    ///
    /// # Errors
    /// As [`Library::to_bytes`].
    pub fn to_bytes(&self) -> Result<Vec<u8>, Error> {
        let mut writer = ModelWriter::new();
        let old: Vec<&String> =
            self.manifest.reference.iter().flat_map(|section| section.paths()).collect();
        for (path, range) in self.archive.iter() {
            if path != MANIFEST && !old.iter().any(|o| *o == path) {
                writer.add(path, self.file[range].to_vec())?;
            }
        }
        let mut manifest = self.manifest.clone();
        manifest.reference = match self.library() {
            Some(library) => {
                let (section, entries) = reference::write(library)?;
                for (path, content) in entries {
                    writer.add(&path, content)?;
                }
                Some(section)
            }
            None => None,
        };
        writer.finish(manifest)
    }

    /// The content of a model file that is this one with `entry` as its section `trust`, which `added` belong to.
    pub(crate) fn with_trust(
        &self,
        entry: TrustEntry,
        added: Vec<(String, Vec<u8>)>,
    ) -> Result<Vec<u8>, Error> {
        let mut writer = ModelWriter::new();
        let old = self.manifest.trust.as_ref().and_then(|t| t.domain.as_deref());
        for (path, range) in self.archive.iter() {
            if path != MANIFEST && Some(path) != old {
                writer.add(path, self.file[range].to_vec())?;
            }
        }
        for (path, content) in added {
            writer.add(&path, content)?;
        }
        writer.finish(Manifest { trust: Some(entry), ..self.manifest.clone() })
    }
}
