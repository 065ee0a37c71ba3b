//! The reference library as a model file holds it: which entries, and what is in them.
//!
//! | entry | content |
//! |---|---|
//! | `reference/molecules.tsv` | id, tab, SMILES: a line a molecule, in the order of all else |
//! | `reference/fingerprints.safetensors` | `words`, u64, molecules × bits / 64 |
//! | `reference/context.safetensors` | of known compounds, where there are any: `keys`, u64; `starts`, u32, one more; `terms`, u32, and `weights`, f32, of all |
//! | `reference/activity_<modality>.safetensors` | where a modality has it: `keys`, u8, compounds × 5, ascending, the highest byte first; `codes`, u8, compounds × numbers |
//! | `reference/profiles_<modality>.safetensors` | `members`, u32, profiles: the molecule of each; `values`, f16, profiles × features, on the common scale |
//!
//! f16 keeps 11 bits: a value on the common scale is off by at most 2⁻¹¹ of itself (and 2⁻²⁵), far
//! below what repeats of such a measurement differ by.

use super::budget::OpenOptions;
use super::limits;
use super::manifest::Manifest;
use super::wording::dims;
use crate::error::{Error, ErrorKind};
use crate::reference::{
    Activity, Context, Library, MAX_COMPOUNDS, MAX_OBSERVED, MAX_TERMS, Modality, Profiles, Scale,
    Weighting,
};
use crate::room::{collected, copied, room};
use half::f16;
use ndarray::Array2;
use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use serde::{Deserialize, Serialize};
use std::collections::{HashMap, HashSet};

const MOLECULES: &str = "reference/molecules.tsv";
const CONTEXT: &str = "reference/context.safetensors";
const FINGERPRINTS: &str = "reference/fingerprints.safetensors";

/// The section `reference` of a manifest.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReferenceEntry {
    /// Path of the molecules: a line each, id and SMILES with a tab between.
    pub molecules: String,
    /// Path of their fingerprints.
    pub fingerprints: String,
    /// Radius of the Morgan environments that these are made of.
    pub morgan_radius: u32,
    /// Width of the fingerprints, a multiple of 256.
    pub morgan_bits: usize,
    /// Path of what known compounds share; absent where that is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context: Option<String>,
    /// What was observed.
    pub modalities: Vec<ModalityEntry>,
}

/// One modality of the section `reference`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ModalityEntry {
    /// Its name, unique.
    pub name: String,
    /// Path of the observed profiles.
    pub profiles: String,
    /// Names of the features, in the order of the columns.
    pub features: Vec<String>,
    /// Second names of the features, as many, such as gene symbols; absent where there are none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub labels: Vec<String>,
    /// Where the profiles come from; absent where that is not said.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub source: String,
    /// Their licence; absent where that is not said.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub licence: String,
    /// The function that took values to the common scale.
    pub scale: Scale,
    /// See [`Weighting::power`].
    pub power: i32,
    /// See [`Weighting::noise`].
    pub noise: f32,
    /// See [`Modality::linked`]; absent for 0.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub link_weight: f32,
    /// Path of how strongly known compounds act; absent where that is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub activity: Option<String>,
    /// What its numbers are called.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub activity_names: Vec<String>,
    /// See [`Modality::with_activity`]; absent for 0.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub activity_weight: f32,
}

fn is_zero(weight: &f32) -> bool {
    *weight == 0.0
}

/// The section and its entries, by path.
pub(super) type Written = (ReferenceEntry, Vec<(String, Vec<u8>)>);

/// What a model file holds of `library`.
pub(super) fn write(library: &Library) -> Result<Written, Error> {
    let rows = 0..library.len();
    let lines = rows.clone().map(|r| format!("{}\t{}\n", library.id(r), library.smiles(r)));
    let words: Vec<u8> =
        rows.flat_map(|r| library.words(r)).flat_map(|w| w.to_le_bytes()).collect();
    let shape = vec![library.len(), library.bits() / 64];
    let mut entries = vec![
        (MOLECULES.to_owned(), lines.collect::<String>().into_bytes()),
        (FINGERPRINTS.to_owned(), tensors(&[("words", Dtype::U64, shape, words)])?),
    ];
    let mut modalities = Vec::new();
    for modality in library.modalities() {
        let p = modality.profiles();
        let members: Vec<u8> = p.members().iter().flat_map(|m| m.to_le_bytes()).collect();
        if let Some(v) = p.values().iter().find(|v| !f16::from_f32(**v).is_finite()) {
            return Err(Error::new(
                ErrorKind::Argument,
                format!("modality '{}': {v} is beyond the range of f16", modality.name()),
            ));
        }
        let values = p.values().iter().flat_map(|v| f16::from_f32(*v).to_le_bytes()).collect();
        let (m, d) = p.values().dim();
        let path = format!("reference/profiles_{}.safetensors", modality.name());
        let content = tensors(&[
            ("members", Dtype::U32, vec![m], members),
            ("values", Dtype::F16, vec![m, d], values),
        ])?;
        entries.push((path.clone(), content));
        let activity = format!("reference/activity_{}.safetensors", modality.name());
        if let Some(content) = modality.activity() {
            entries.push((activity.clone(), write_activity(content)?));
        }
        modalities.push(ModalityEntry {
            name: modality.name().to_owned(),
            profiles: path,
            features: p.features().to_vec(),
            labels: modality.labels().to_vec(),
            source: modality.source().to_owned(),
            licence: modality.licence().to_owned(),
            scale: p.scale(),
            power: modality.weighting().power,
            noise: modality.weighting().noise,
            link_weight: modality.link_weight(),
            activity: modality.activity().map(|_| activity),
            activity_names: modality.activity().map(|a| a.names().to_vec()).unwrap_or_default(),
            activity_weight: modality.activity_weight(),
        });
    }
    if let Some(context) = library.context() {
        entries.push((CONTEXT.to_owned(), write_context(context)?));
    }
    let entry = ReferenceEntry {
        context: library.context().map(|_| CONTEXT.to_owned()),
        molecules: MOLECULES.into(),
        fingerprints: FINGERPRINTS.into(),
        morgan_radius: library.radius(),
        morgan_bits: library.bits(),
        modalities,
    };
    Ok((entry, entries))
}

fn write_context(context: &Context) -> Result<Vec<u8>, Error> {
    let (keys, starts, terms) = context.columns();
    let bytes = |column: &dyn Fn(&(u32, f32)) -> [u8; 4]| terms.iter().flat_map(column).collect();
    let n = terms.len();
    tensors(&[
        ("keys", Dtype::U64, vec![keys.len()], keys.iter().flat_map(|k| k.to_le_bytes()).collect()),
        (
            "starts",
            Dtype::U32,
            vec![starts.len()],
            starts.iter().flat_map(|s| s.to_le_bytes()).collect(),
        ),
        ("terms", Dtype::U32, vec![n], bytes(&|t| t.0.to_le_bytes())),
        ("weights", Dtype::F32, vec![n], bytes(&|t| t.1.to_le_bytes())),
    ])
}

fn read_context(content: &[u8]) -> Result<Context, Error> {
    let file = parse(content)?;
    let count = |name| file.tensor(name).map_or(0, |t| t.shape().iter().product());
    let (n, m): (usize, usize) = (count("keys"), count("terms"));
    if n > MAX_TERMS || m > MAX_TERMS {
        return Err(Error::limit(format!("{n} compounds of {m} terms, the limit is {MAX_TERMS}")));
    }
    let words = |name, kind, n: usize| {
        let data = tensor(&file, name, kind, &[n])?;
        Ok::<_, Error>(data.as_chunks::<4>().0.iter().map(|b| u32::from_le_bytes(*b)))
    };
    let keys = tensor(&file, "keys", Dtype::U64, &[n])?;
    let keys = collected(keys.as_chunks::<8>().0.iter().map(|b| u64::from_le_bytes(*b)))?;
    let starts = collected(words("starts", Dtype::U32, n + 1)?)?;
    let weights = words("weights", Dtype::F32, m)?.map(f32::from_bits);
    let terms = collected(words("terms", Dtype::U32, m)?.zip(weights))?;
    Context::from_columns(keys, starts, terms)
}

/// Bytes of a key.
const KEY: usize = 5;

fn write_activity(activity: &Activity) -> Result<Vec<u8>, Error> {
    let (keys, codes) = activity.columns();
    let bytes = keys.iter().flat_map(|k| k.to_be_bytes().into_iter().skip(8 - KEY)).collect();
    let (n, width) = (keys.len(), activity.names().len());
    tensors(&[
        ("keys", Dtype::U8, vec![n, KEY], bytes),
        ("codes", Dtype::U8, vec![n, width], codes.to_vec()),
    ])
}

fn read_activity(names: &[String], content: &[u8]) -> Result<Activity, Error> {
    let file = parse(content)?;
    let n = file.tensor("keys").ok().and_then(|t| t.shape().first().copied()).unwrap_or(0);
    if n > MAX_COMPOUNDS {
        return Err(Error::limit(format!("{n} compounds, the limit is {MAX_COMPOUNDS}")));
    }
    let keys = tensor(&file, "keys", Dtype::U8, &[n, KEY])?.as_chunks::<KEY>().0.iter();
    let keys = keys.map(|key| key.iter().fold(0, |k, b| k << 8 | u64::from(*b)));
    let codes = tensor(&file, "codes", Dtype::U8, &[n, names.len()])?;
    Activity::from_columns(names.to_vec(), collected(keys)?, copied(codes)?)
}

fn tensors(content: &[(&str, Dtype, Vec<usize>, Vec<u8>)]) -> Result<Vec<u8>, Error> {
    let failed = |e| Error::new(ErrorKind::Internal, format!("writing the library: {e}"));
    let views = content
        .iter()
        .map(|(name, kind, shape, data)| Ok((*name, TensorView::new(*kind, shape.clone(), data)?)))
        .collect::<Result<Vec<_>, _>>()
        .map_err(failed)?;
    safetensors::serialize(views, None).map_err(failed)
}

/// Reads the section; `entry` gives the content of a path that was checked. Each is unpacked once, however many modalities
/// name it.
pub(super) fn read<'a>(
    section: &ReferenceEntry,
    entry: impl Fn(&str) -> &'a [u8],
    options: &OpenOptions,
) -> Result<Library, Error> {
    // What a wrong argument is to the library is a damaged file here; a limit stays one.
    let corrupt = |e: Error| match e.kind {
        ErrorKind::Limit => e,
        _ => Error { kind: ErrorKind::Corrupt, ..e },
    };
    let text = entry(&section.molecules);
    let lines = text.split_inclusive(|b| *b == b'\n').count();
    // The fingerprints first: they are longer than what a molecule's names take, and there must be as many.
    let words = {
        let file = parse(entry(&section.fingerprints)).map_err(|e| e.at(&section.fingerprints))?;
        let shape = [lines, section.morgan_bits / 64];
        let data =
            tensor(&file, "words", Dtype::U64, &shape).map_err(|e| e.at(&section.fingerprints))?;
        collected(data.as_chunks::<8>().0.iter().map(|b| u64::from_le_bytes(*b)))?
    };
    let (ids, smiles) = molecules(text, lines).map_err(|e| e.at(&section.molecules))?;
    let mut library =
        Library::from_words(section.morgan_radius, section.morgan_bits, ids, smiles, words)
            .map_err(|e| corrupt(e).at("reference"))?;
    if let Some(path) = &section.context {
        let context = read_context(entry(path)).map_err(|e| corrupt(e).at(path))?;
        library = library.with_context(context);
    }
    library = library.within(options.fit_work);
    let (mut profiles, mut activities) = (HashMap::new(), HashMap::new());
    for m in &section.modalities {
        let mut modality = unpacked(&mut profiles, &m.profiles, |known: Option<&Profiles>| {
            let (names, scale) = (m.features.clone(), m.scale);
            let again = |known: &Profiles| known.renamed(names, scale).map_err(Error::corrupt);
            known.map_or_else(|| read_profiles(m, entry(&m.profiles), options), again)
        })
        .and_then(|profiles| modality(m, profiles))
        .map_err(|e| corrupt(e).at(&m.profiles))?;
        if let Some(path) = &m.activity {
            modality = unpacked(&mut activities, path, |known: Option<&Activity>| match known {
                Some(known) => known.renamed(m.activity_names.clone()),
                None => read_activity(&m.activity_names, entry(path)),
            })
            .and_then(|activity| modality.with_activity(activity, m.activity_weight))
            .map_err(|e| corrupt(e).at(path))?;
        }
        library = library.with(modality).map_err(|e| corrupt(e).at("reference"))?;
    }
    Ok(library)
}

/// What `make` makes of the entry at `path`, from what was made of it before where there was something.
fn unpacked<'a, T: Clone>(
    all: &mut HashMap<&'a str, T>,
    path: &'a str,
    make: impl FnOnce(Option<&T>) -> Result<T, Error>,
) -> Result<T, Error> {
    let made = make(all.get(path))?;
    all.entry(path).or_insert_with(|| made.clone());
    Ok(made)
}

fn molecules(text: &[u8], lines: usize) -> Result<(Vec<String>, Vec<String>), Error> {
    let text =
        std::str::from_utf8(text).map_err(|_| Error::corrupt("the molecules are not UTF-8"))?;
    let (mut ids, mut all) = (room(lines)?, room(lines)?);
    for (i, line) in text.lines().enumerate() {
        let (id, smiles) = line.split_once('\t').ok_or_else(|| {
            Error::corrupt(format!("line {}: expected an id, a tab and a SMILES", i + 1))
        })?;
        ids.push(owned(id)?);
        all.push(owned(smiles)?);
    }
    Ok((ids, all))
}

fn owned(text: &str) -> Result<String, Error> {
    let mut owned = String::new();
    match owned.try_reserve_exact(text.len()) {
        Ok(()) => owned.push_str(text),
        Err(_) => return Err(Error::limit(format!("no memory for {} bytes", text.len()))),
    }
    Ok(owned)
}

fn read_profiles(
    section: &ModalityEntry,
    content: &[u8],
    options: &OpenOptions,
) -> Result<Profiles, Error> {
    let file = parse(content)?;
    let d = section.features.len();
    let m = file.tensor("members").map(|t| t.shape().iter().product()).unwrap_or(0);
    if m > MAX_OBSERVED {
        return Err(Error::limit(format!("{m} profiles, the limit is {MAX_OBSERVED}")));
    }
    options.check_profiles(m, d)?;
    let members = tensor(&file, "members", Dtype::U32, &[m])?;
    let members = collected(members.as_chunks::<4>().0.iter().map(|b| u32::from_le_bytes(*b)))?;
    let values = tensor(&file, "values", Dtype::F16, &[m, d])?;
    let values = values.as_chunks::<2>().0.iter().map(|b| f16::from_le_bytes(*b).to_f32());
    let values = Array2::from_shape_vec((m, d), collected(values)?)
        .map_err(|e| Error::corrupt(e.to_string()))?;
    Profiles::from_common(section.features.clone(), section.scale, members, values)
        .map_err(Error::corrupt)
}

fn modality(section: &ModalityEntry, profiles: Profiles) -> Result<Modality, Error> {
    let weighting = Weighting { power: section.power, noise: section.noise };
    Modality::new(&section.name, section.labels.clone(), profiles, weighting)?
        .attributed(&section.source, &section.licence)?
        .linked(section.link_weight)
}

fn parse(content: &[u8]) -> Result<SafeTensors<'_>, Error> {
    SafeTensors::deserialize(content)
        .map_err(|e| Error::corrupt(format!("not a safetensors file, or a damaged one: {e}")))
}

fn tensor<'a>(
    file: &SafeTensors<'a>,
    name: &str,
    kind: Dtype,
    shape: &[usize],
) -> Result<&'a [u8], Error> {
    let found = file.tensor(name).ok().filter(|t| t.dtype() == kind && t.shape() == shape);
    found
        .map(|t| t.data())
        .ok_or_else(|| Error::corrupt(format!("expected '{name}' of type {kind}, {}", dims(shape))))
}

impl ReferenceEntry {
    /// Checks what can be told without the entries.
    pub(super) fn check(&self) -> Result<(), Error> {
        if self.morgan_radius > limits::MORGAN_RADIUS {
            return Err(Error::limit(format!(
                "morgan_radius is {}, the limit is {}",
                self.morgan_radius,
                limits::MORGAN_RADIUS
            )));
        }
        let mut names = HashSet::new();
        for m in &self.modalities {
            if !names.insert(m.name.as_str()) {
                return Err(Error::corrupt(format!("two modalities are called '{}'", m.name)));
            }
            if !(1..=limits::WIDTH).contains(&m.features.len()) {
                return Err(Error::limit(format!(
                    "modality '{}' has {} features, expected 1 to {}",
                    m.name,
                    m.features.len(),
                    limits::WIDTH
                )));
            }
        }
        Ok(())
    }

    /// Paths of its entries.
    pub(super) fn paths(&self) -> impl Iterator<Item = &String> {
        [&self.molecules, &self.fingerprints].into_iter().chain(&self.context).chain(
            self.modalities.iter().flat_map(|m| [Some(&m.profiles), m.activity.as_ref()]).flatten(),
        )
    }
}

impl Manifest {
    pub(super) fn check_reference(&self) -> Result<(), Error> {
        let Some(reference) = &self.reference else { return Ok(()) };
        reference.check()?;
        reference.paths().try_for_each(|path| self.check_path(path))
    }
}
