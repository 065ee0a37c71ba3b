//! The molecules of a reference library.

use super::activity::Activity;
use super::context::Context;
use super::imputer::FIT_WORK;
use super::modality::Modality;
use super::neighbor::Neighbor;
use super::packed::PackedFingerprints;
use super::propagate::Graph;
use crate::cancel::Cancel;
use crate::error::{Error, ErrorKind};
use crate::features::Fingerprint;
use std::collections::HashMap;

/// Known molecules with their fingerprints, and what was observed of them, a [`Modality`] each.
///
/// A molecule's *row* is its place in the library. Immutable once built, and free to be used by any
/// number of threads at once.
#[derive(Clone, Debug)]
pub struct Library {
    radius: u32,
    ids: Vec<String>,
    smiles: Vec<String>,
    /// rows × words, in the order of the ids.
    words: Vec<u64>,
    packed: PackedFingerprints,
    modalities: Vec<Modality>,
    context: Option<Context>,
    /// Multiply-adds that fitting one modality may take.
    fit_work: u64,
}

/// One molecule on its way into a library.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Its name there, unique: what support refers to.
    pub id: String,
    /// As a person would write it.
    pub smiles: String,
    /// Morgan bits, all members' of one radius and width.
    pub fingerprint: Fingerprint,
}

impl Library {
    /// A library of `members`, whose fingerprints are Morgan bits of `radius` in `bits` bits. Molecules
    /// come before what was observed of them: see [`with`](Self::with).
    ///
    /// # Errors
    /// [`ErrorKind::Argument`] for an id that is empty, repeated or holds control characters, or a
    /// fingerprint of another width.
    pub fn new(radius: u32, bits: usize, members: Vec<Member>) -> Result<Self, Error> {
        let mut words = Vec::with_capacity(members.len() * bits.div_ceil(64));
        for member in &members {
            if member.fingerprint.bits() != bits {
                return argument(format!(
                    "'{}' has a fingerprint of {} bits, expected {bits}",
                    member.id,
                    member.fingerprint.bits()
                ));
            }
            words.extend_from_slice(member.fingerprint.words());
        }
        let (ids, smiles) = members.into_iter().map(|m| (m.id, m.smiles)).unzip();
        Self::from_words(radius, bits, ids, smiles, words)
    }

    /// As [`new`](Self::new), from columns.
    pub(crate) fn from_words(
        radius: u32,
        bits: usize,
        ids: Vec<String>,
        smiles: Vec<String>,
        words: Vec<u64>,
    ) -> Result<Self, Error> {
        let packed = PackedFingerprints::new(bits, &words)?;
        if packed.len() != ids.len() || smiles.len() != ids.len() {
            return argument(format!(
                "{} ids, {} SMILES and {} fingerprints; expected as many of each",
                ids.len(),
                smiles.len(),
                packed.len()
            ));
        }
        let mut seen = HashMap::new();
        seen.try_reserve(ids.len())
            .map_err(|_| Error::limit(format!("no memory for {} molecules", ids.len())))?;
        for (row, id) in ids.iter().enumerate() {
            let plain = |text: &str| !text.chars().any(char::is_control);
            if id.is_empty() || !plain(id) || !plain(&smiles[row]) {
                return argument(format!("molecule {row}: expected a plain id and SMILES"));
            }
            if seen.insert(id.as_str(), row).is_some() {
                return argument(format!("two molecules are called '{id}'"));
            }
        }
        let (modalities, context, fit_work) = (Vec::new(), None, FIT_WORK);
        Ok(Self { radius, ids, smiles, words, packed, modalities, context, fit_work })
    }

    /// The same, where fitting one modality may take so many multiply-adds.
    pub(crate) fn within(self, fit_work: u64) -> Self {
        Self { fit_work, ..self }
    }

    /// Multiply-adds that fitting one modality may take.
    pub(super) fn fit_work(&self) -> u64 {
        self.fit_work
    }

    /// Adds what was observed of one modality.
    ///
    /// # Errors
    /// [`ErrorKind::Argument`] where the library has a modality of that name or a profile belongs to no
    /// molecule of it.
    pub fn with(mut self, modality: Modality) -> Result<Self, Error> {
        if self.modality(modality.name()).is_some() {
            return argument(format!("two modalities are called '{}'", modality.name()));
        }
        let members = modality.profiles().members();
        if let Some(row) = members.iter().find(|&&row| row as usize >= self.len()) {
            return argument(format!(
                "modality '{}' has a profile of molecule {row}, the library has {}",
                modality.name(),
                self.len()
            ));
        }
        self.modalities.push(modality);
        Ok(self)
    }

    /// Adds what is known of compounds, in place of what was: those of the library and any others.
    pub fn with_context(self, context: Context) -> Self {
        // Cloned, they forget what was fitted to another context.
        let modalities = self.modalities.to_vec();
        Self { context: Some(context), modalities, ..self }
    }

    /// The same, where `activity` of compounds counts `weight` for the modality of that name, in place of what did:
    /// see [`Modality::with_activity`].
    ///
    /// # Errors
    /// [`ErrorKind::Argument`] for an unknown modality, or a weight out of range.
    pub fn with_activity(
        mut self,
        modality: &str,
        activity: Activity,
        weight: f32,
    ) -> Result<Self, Error> {
        let Some(place) = self.modalities.iter().position(|m| m.name() == modality) else {
            let name: String = modality.chars().take(60).collect();
            return argument(format!("the library has no modality '{name}'"));
        };
        self.modalities[place] = self.modalities[place].clone().with_activity(activity, weight)?;
        Ok(self)
    }

    /// This library and `other` as one: molecules of the same id are the same, and modalities of `other`
    /// take the place of this one's of the same name, and so does its context.
    ///
    /// # Errors
    /// [`ErrorKind::Argument`] where fingerprints differ in kind, or two molecules of one id in bits.
    pub fn merge(self, other: Self) -> Result<Self, Error> {
        if (self.radius, self.bits()) != (other.radius, other.bits()) {
            return argument(format!(
                "fingerprints of radius {} in {} bits, and of radius {} in {} bits",
                self.radius,
                self.bits(),
                other.radius,
                other.bits()
            ));
        }
        let (radius, bits) = (self.radius, self.bits());
        let Self { mut ids, mut smiles, mut words, modalities, context, fit_work, .. } = self;
        let width = bits / 64;
        let known: HashMap<String, usize> =
            ids.iter().enumerate().map(|(row, id)| (id.clone(), row)).collect();
        let mut rows = Vec::with_capacity(other.len());
        for (row, id) in other.ids.iter().enumerate() {
            let theirs = other.words(row);
            match known.get(id) {
                Some(&same) if words[same * width..][..width] == *theirs => rows.push(same as u32),
                Some(_) => return argument(format!("'{id}' is two different molecules")),
                None => {
                    rows.push(ids.len() as u32);
                    ids.push(id.clone());
                    smiles.push(other.smiles[row].clone());
                    words.extend_from_slice(theirs);
                }
            }
        }
        let mut merged = Self::from_words(radius, bits, ids, smiles, words)?.within(fit_work);
        let replaced = |m: &Modality| other.modality(m.name()).is_some();
        let kept: Vec<Modality> = modalities.into_iter().filter(|m| !replaced(m)).collect();
        for modality in kept {
            // Cloned, it forgets what was fitted to another context.
            merged = merged.with(modality.clone())?;
        }
        for modality in other.modalities {
            merged = merged.with(modality.renumbered(&rows)?)?;
        }
        merged.context = other.context.or(context);
        Ok(merged)
    }

    /// Number of molecules.
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    /// Radius of the Morgan environments that its fingerprints are made of.
    pub fn radius(&self) -> u32 {
        self.radius
    }

    /// Width of its fingerprints.
    pub fn bits(&self) -> usize {
        self.packed.bits()
    }

    /// The molecule's name.
    ///
    /// # Panics
    /// If there is no such row.
    pub fn id(&self, row: usize) -> &str {
        &self.ids[row]
    }

    /// The molecule's SMILES.
    ///
    /// # Panics
    /// If there is no such row.
    pub fn smiles(&self, row: usize) -> &str {
        &self.smiles[row]
    }

    /// The molecule's fingerprint, 64 bits a word.
    ///
    /// # Panics
    /// If there is no such row.
    pub fn words(&self, row: usize) -> &[u64] {
        let width = self.packed.bits() / 64;
        &self.words[row * width..(row + 1) * width]
    }

    /// What was observed.
    pub fn modalities(&self) -> &[Modality] {
        &self.modalities
    }

    /// What is known of compounds, if anything.
    pub fn context(&self) -> Option<&Context> {
        self.context.as_ref()
    }

    /// The modality of that name.
    pub fn modality(&self, name: &str) -> Option<&Modality> {
        self.modalities.iter().find(|m| m.name() == name)
    }

    /// The `k` molecules most similar to `query`, nearest first, ties by row; those below `threshold` are
    /// left out.
    ///
    /// # Panics
    /// If `query` is not as wide as the library's fingerprints.
    pub fn nearest(&self, query: &[u64], k: usize, threshold: f32) -> Vec<Neighbor> {
        self.packed.top_k(query, k, threshold)
    }

    /// [`nearest`](Self::nearest) of every one of `queries`, read through the library together.
    ///
    /// # Panics
    /// If a query is not as wide as the library's fingerprints.
    pub fn nearest_batch(
        &self,
        queries: &[impl AsRef<[u64]>],
        k: usize,
        threshold: f32,
    ) -> Vec<Vec<Neighbor>> {
        self.packed.top_k_batch(queries, k, threshold)
    }

    /// Tanimoto similarities of `query` to the molecules `rows`.
    ///
    /// # Panics
    /// If a row does not exist or `query` has another width.
    pub fn similarities(&self, query: &[u64], rows: &[u32]) -> Vec<f32> {
        assert_eq!(query.len() * 64, self.bits(), "query and library differ in width");
        rows.iter().map(|&row| tanimoto(query, self.words(row as usize))).collect()
    }

    /// Each molecule's `k` nearest others, weighted by similarity.
    pub fn graph(&self, k: usize) -> Graph {
        // Nobody cancels it.
        self.graph_until(k, &Cancel::never()).unwrap_or_default()
    }

    /// As [`graph`](Self::graph); `cancel` is heard between some molecules and the next.
    pub(super) fn graph_until(&self, k: usize, cancel: &Cancel) -> Result<Graph, Error> {
        const TOGETHER: usize = 64;
        let rows: Vec<&[u64]> = (0..self.len()).map(|row| self.words(row)).collect();
        let mut found = Vec::with_capacity(rows.len());
        for rows in rows.chunks(TOGETHER) {
            cancel.check()?;
            found.extend(self.nearest_batch(rows, k.saturating_add(1), 0.0));
        }
        let others = |(row, found): (usize, Vec<Neighbor>)| {
            let others = found.iter().filter(|n| n.id as usize != row && n.similarity > 0.0);
            others.take(k).map(|n| (n.id, n.similarity)).collect()
        };
        Ok(found.into_iter().enumerate().map(others).collect())
    }
}

/// Tanimoto similarity of two rows of bits; 0 for two empty ones.
fn tanimoto(a: &[u64], b: &[u64]) -> f32 {
    let (mut common, mut union) = (0, 0);
    for (a, b) in a.iter().zip(b) {
        common += (a & b).count_ones();
        union += (a | b).count_ones();
    }
    if union == 0 { 0.0 } else { (f64::from(common) / f64::from(union)) as f32 }
}

fn argument<T>(message: String) -> Result<T, Error> {
    Err(Error::new(ErrorKind::Argument, message))
}
