//! Opening a model file: every check there is, before anything is predicted.

use super::archive::{Archive, MANIFEST};
use super::budget::OpenOptions;
use super::contents::check_contents;
use super::graph::GraphShape;
use super::limits;
use super::manifest::{CodebookEntry, Entry, Manifest, StructureInput, Task};
use super::network::Network;
use super::reference;
use super::sources::Source;
use super::standardizer::read_standardizer;
use super::trust;
use crate::error::{Error, ErrorKind};
use crate::features::{Standardizer, StructureLayout};
use crate::reference::Library;
use crate::room::room;
use crate::treevq::Codebook;
use crate::trust::Domain;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::ops::Range;
use std::path::Path;
use std::sync::OnceLock;

/// An opened model: immutable, and free to be used by any number of threads at once. A clone copies the file's
/// bytes (not those of the embedded model) and shares what was made ready of the networks, which is most.
///
/// ```no_run
/// use chmr::{Batch, Model, PredictOptions, Run};
///
/// let model = Model::open_default()?;
/// let mut batch = Batch::new();
/// batch.push_smiles("CC(=O)Oc1ccccc1C(=O)O");
/// let predictions = model.predict(&batch, &PredictOptions::default(), &Run::new())?;
/// for (&task, value) in predictions.tasks.iter().zip(predictions.values.row(0)) {
///     println!("{} {value}", model.tasks()[task].name);
/// }
/// # Ok::<(), chmr::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Model {
    pub(super) file: Cow<'static, [u8]>,
    pub(super) archive: Archive,
    pub(super) manifest: Manifest,
    identity: Identity,
    pub(crate) layout: StructureLayout,
    pub(crate) standardizer: Standardizer,
    pub(crate) stages: Vec<Encoder>,
    pub(crate) ensembles: Vec<Ensemble>,
    library: Option<Library>,
    pub(crate) codebook: Option<Hierarchy>,
    /// Read when first wanted.
    domains: OnceLock<Result<Vec<Domain>, Error>>,
}

/// Which model it is, for an audit trail.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Identity {
    /// The model's name.
    pub name: String,
    /// The model's version.
    pub version: String,
    /// SHA-256 of `manifest.json` (`unzip -p model.chmr manifest.json | sha256sum`), lower-case
    /// hexadecimal. As the manifest holds the hash of every other entry, it stands for them all.
    pub sha256: String,
}

/// A network with the place of its ONNX in the file.
pub(crate) type Placed = (Network, Range<usize>);

/// A network whose output others read.
#[derive(Clone, Debug)]
pub(crate) struct Encoder {
    pub(crate) network: Placed,
    /// Nothing, where it reads the molecule's graph.
    pub(crate) reads: Vec<Source>,
    /// Columns of its output.
    pub(crate) width: usize,
}

/// The learned hierarchy and the stages that give latents of it.
#[derive(Clone, Debug)]
pub(crate) struct Hierarchy {
    pub(crate) codebook: Codebook,
    /// The sources of the latents, in the manifest's order.
    pub(crate) latents: Vec<Source>,
}

/// Networks whose outputs are averaged.
#[derive(Clone, Debug)]
pub(crate) struct Ensemble {
    pub(crate) members: Vec<Placed>,
    pub(crate) reads: Vec<Source>,
    /// Index of the task that each output column predicts.
    pub(crate) tasks: Vec<usize>,
}

#[cfg(chmr_default_model)]
static DEFAULT: &[u8] = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/models/default.chmr"));

impl Model {
    /// Opens the model that is embedded in this library. Its bytes are not copied.
    ///
    /// # Errors
    /// [`ErrorKind::NoDefaultModel`] in a build without the feature `embedded-model`, or without
    /// `models/default.chmr`.
    pub fn open_default() -> Result<Self, Error> {
        #[cfg(chmr_default_model)]
        return Self::read(Cow::Borrowed(DEFAULT), &OpenOptions::default())
            .map_err(|e| e.at("the embedded model"));
        #[cfg(not(chmr_default_model))]
        Err(Error::new(
            ErrorKind::NoDefaultModel,
            "this build embeds no model: it was made without the feature 'embedded-model' or without models/default.chmr; open a model file instead",
        ))
    }

    /// Opens the model file at `path`, reading it into memory.
    ///
    /// # Errors
    /// [`ErrorKind::Io`] where it cannot be read, otherwise as [`from_bytes`](Self::from_bytes).
    pub fn open(path: impl AsRef<Path>) -> Result<Self, Error> {
        Self::open_with(path, &OpenOptions::default())
    }

    /// As [`open`](Self::open), within the bounds of `options`.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn open_with(path: impl AsRef<Path>, options: &OpenOptions) -> Result<Self, Error> {
        let path = path.as_ref();
        Self::from_bytes_with(read_file(path)?, options).map_err(|e| e.at(path.display()))
    }

    /// Opens a model file held in memory. All hashes, shapes and limits are checked, on up to
    /// four threads that end with the call.
    ///
    /// # Errors
    /// [`ErrorKind::Corrupt`], [`ErrorKind::Newer`], [`ErrorKind::Unsupported`] or
    /// [`ErrorKind::Limit`], with what is wrong and where.
    pub fn from_bytes(bytes: impl Into<Cow<'static, [u8]>>) -> Result<Self, Error> {
        Self::read(bytes.into(), &OpenOptions::default())
    }

    /// As [`from_bytes`](Self::from_bytes), within the bounds of `options`.
    ///
    /// # Errors
    /// As [`from_bytes`](Self::from_bytes).
    pub fn from_bytes_with(
        bytes: impl Into<Cow<'static, [u8]>>,
        options: &OpenOptions,
    ) -> Result<Self, Error> {
        Self::read(bytes.into(), options)
    }

    fn read(file: Cow<'static, [u8]>, options: &OpenOptions) -> Result<Self, Error> {
        let archive = Archive::parse(&file)?;
        let text = archive.get(MANIFEST).ok_or_else(|| Error::corrupt("no manifest.json"))?;
        let manifest = Manifest::from_json(&file[text.clone()])?;
        check_listed(&archive, &manifest.entries)?;
        options.check_manifest(&manifest).map_err(|e| e.at(MANIFEST))?;
        let (stages, ensembles) = check_contents(&file, &archive, &manifest, options)?;
        let s = &manifest.structure;
        let layout = layout(s)?;
        let standardizer = match &s.standardizer {
            Some(path) => {
                let range = archive.get(path).unwrap_or_default();
                read_standardizer(&file[range], s.descriptors.len()).map_err(|e| e.at(path))?
            }
            None => Standardizer { median: vec![], mean: vec![], scale: vec![], clip: 1.0 },
        };
        let entry = |path: &str| &file[archive.get(path).unwrap_or_default()];
        let library = match &manifest.reference {
            Some(section) => Some(reference::read(section, entry, options)?),
            None => None,
        };
        let codebook = match &manifest.codebook {
            Some(section) => Some(hierarchy(&manifest, section, entry(&section.path))?),
            None => None,
        };
        if let Some(path) = manifest.trust.as_ref().and_then(|t| t.domain.as_ref()) {
            trust::check_domains(&manifest, entry(path)).map_err(|e| e.at(path))?;
        }
        let identity = Identity {
            name: manifest.name.clone(),
            version: manifest.version.clone(),
            sha256: super::sha256_hex(&file[text]),
        };
        Ok(Self {
            file,
            archive,
            manifest,
            identity,
            layout,
            standardizer,
            stages,
            ensembles,
            library,
            codebook,
            domains: OnceLock::new(),
        })
    }

    /// The learned hierarchy, where the model has one.
    pub fn codebook(&self) -> Option<&Codebook> {
        self.codebook.as_ref().map(|h| &h.codebook)
    }

    /// The applicability domains of the data sets that have one.
    ///
    /// # Errors
    /// None for a model that was opened: its sizes were checked then.
    pub fn domains(&self) -> Result<&[Domain], Error> {
        let read = || {
            let path = self.manifest.trust.as_ref().and_then(|t| t.domain.as_ref());
            path.map_or(Ok(Vec::new()), |path| {
                trust::read_domains(&self.manifest, self.entry(path).unwrap_or_default())
            })
        };
        match self.domains.get_or_init(read) {
            Ok(domains) => Ok(domains),
            Err(e) => Err(e.clone()),
        }
    }

    /// The reference library that imputation and search draw on, where there is one.
    pub fn library(&self) -> Option<&Library> {
        self.library.as_ref()
    }

    /// The model with `library` added to its own: molecules of the same id are the same, and where
    /// both have a modality that of `library` counts. The model's [`identity`](Self::identity) stays
    /// that of its file.
    ///
    /// # Errors
    /// As [`Library::merge`].
    pub fn with_library(mut self, library: Library) -> Result<Self, Error> {
        self.library = Some(match self.library.take() {
            Some(own) => own.merge(library)?,
            None => library,
        });
        Ok(self)
    }

    /// As [`with_library`](Self::with_library), in place; after an error the model is as it was.
    pub(crate) fn add_library(&mut self, library: &Library) -> Result<(), Error> {
        self.library = Some(match &self.library {
            Some(own) => own.clone().merge(library.clone())?,
            None => library.clone(),
        });
        Ok(())
    }

    /// The sizes of the stage `name`, where it is a graph network.
    pub fn graph_shape(&self, name: &str) -> Option<GraphShape> {
        let stage = self.manifest.stages.iter().position(|s| s.name == name)?;
        self.stages.get(stage)?.network.0.graph_shape()
    }

    /// What the model predicts; an index into this names a task everywhere.
    pub fn tasks(&self) -> &[Task] {
        &self.manifest.tasks
    }

    /// Which model this is.
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// All that the file says of itself.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// The content of an entry of the file, such as `MODEL_CARD.md`.
    pub fn entry(&self, path: &str) -> Option<&[u8]> {
        self.archive.get(path).map(|range| &self.file[range])
    }

    /// Columns of what a network reads.
    pub(crate) fn input_width(&self, sources: &[Source]) -> usize {
        self.manifest.input_width(sources)
    }

    pub(crate) fn bytes(&self, range: &Range<usize>) -> &[u8] {
        &self.file[range.clone()]
    }
}

/// The codebook with the stages that it is for, whose widths must be its own.
fn hierarchy(
    manifest: &Manifest,
    section: &CodebookEntry,
    content: &[u8],
) -> Result<Hierarchy, Error> {
    let codebook = Codebook::from_safetensors(content).map_err(|e| e.at(&section.path))?;
    let latents = manifest.sources(&section.latents, manifest.stages.len())?;
    for (name, source) in section.latents.iter().zip(&latents) {
        let width = manifest.input_width(&[*source]);
        if width != codebook.width() {
            return Err(Error::corrupt(format!(
                "{}: nodes have {} values, latent '{name}' has {width}",
                section.path,
                codebook.width()
            )));
        }
    }
    Ok(Hierarchy { codebook, latents })
}

/// The bytes of a file, no more than a model file may have.
pub(super) fn read_file(path: &Path) -> Result<Vec<u8>, Error> {
    let failed = |e: std::io::Error| Error::new(ErrorKind::Io, format!("{}: {e}", path.display()));
    let file = File::open(path).map_err(failed)?;
    let length = file.metadata().map_err(failed)?.len();
    // One more than allowed is enough to be refused, whatever kind of file this is.
    let most = limits::FILE_BYTES + 1;
    let mut bytes = room(length.min(most) as usize).map_err(|e| e.at(path.display()))?;
    file.take(most).read_to_end(&mut bytes).map_err(failed)?;
    Ok(bytes)
}

/// The manifest must list exactly the other entries of the file, with their lengths.
pub(super) fn check_listed(
    archive: &Archive,
    entries: &BTreeMap<String, Entry>,
) -> Result<(), Error> {
    for (path, range) in archive.iter().filter(|(path, _)| *path != MANIFEST) {
        let listed = entries.get(path).ok_or_else(|| {
            Error::corrupt(format!("entry '{path}' is not listed in manifest.json"))
        })?;
        if listed.bytes != range.len() as u64 {
            return Err(Error::corrupt(format!(
                "entry '{path}' has {} bytes, manifest.json says {}",
                range.len(),
                listed.bytes
            )));
        }
    }
    match entries.keys().find(|path| archive.get(path).is_none()) {
        Some(path) => {
            Err(Error::corrupt(format!("entry '{path}' is listed in manifest.json but absent")))
        }
        None => Ok(()),
    }
}

/// The manifest's layout in terms of the features that this library knows.
fn layout(s: &StructureInput) -> Result<StructureLayout, Error> {
    Ok(StructureLayout {
        descriptors: StructureLayout::find(&s.descriptors).map_err(|e| e.at("structure"))?,
        maccs: s.maccs_bits != 0,
        morgan_radius: s.morgan_radius,
        morgan_bits: s.morgan_bits,
    })
}
