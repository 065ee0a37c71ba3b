//! One modality of a library: its observed profiles, and the imputation of others from them.

use super::activity::Activity;
use super::completion::Completion;
use super::imputer::{Imputer, Weighting};
use super::known::{Known, Links, Sources};
use super::library::Library;
use super::observation::{Observation, Patterns};
use super::panel::{self, Chosen};
use super::profiles::Profiles;
use super::support::{Method, Support};
use super::tails::Tails;
use crate::cancel::{Cancel, Made};
use crate::error::{Error, ErrorKind};
use ndarray::Array2;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, OnceLock};

/// What was observed of one kind, such as gene expression, for some molecules of a [`Library`].
pub struct Modality {
    name: String,
    labels: Vec<String>,
    source: String,
    licence: String,
    profiles: Profiles,
    weighting: Weighting,
    linked: f32,
    activity: Option<Arc<Activity>>,
    activity_weight: f32,
    known: OnceLock<Known>,
    /// By structure alone, and by all that is known.
    imputers: [Made<Result<Imputer, Error>>; 2],
    /// What measured features tell beyond each of them.
    completions: [Made<Result<Completion, Error>>; 2],
}

/// One imputed profile.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Filled {
    /// In the modality's own unit.
    pub(crate) values: Vec<f32>,
    /// Standard deviation of an observation about each value, in the same unit.
    pub(crate) spread: Vec<f32>,
    pub(crate) support: Support,
    pub(crate) method: Method,
    /// What lies beyond the spread.
    pub(crate) tails: Tails,
}

/// A molecule on its way to a profile.
pub(crate) struct Query<'a> {
    /// Its fingerprint.
    pub(crate) words: &'a [u64],
    /// What was measured of its profile, if that is part of it.
    pub(crate) observation: Option<&'a Observation>,
}

impl Modality {
    /// `labels` are second names of the features, such as gene symbols: as many, or none.
    ///
    /// # Errors
    /// [`ErrorKind::Argument`] for a name that is no plain word, labels that do not fit, or weighting
    /// out of range.
    pub fn new(
        name: &str,
        labels: Vec<String>,
        profiles: Profiles,
        weighting: Weighting,
    ) -> Result<Self, Error> {
        let argument = |message: String| Err(Error::new(ErrorKind::Argument, message));
        let word = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
        if !(1..=40).contains(&name.len()) || !name.bytes().all(word) {
            return argument(format!(
                "modality '{}': expected 1 to 40 letters, digits or '_'",
                name.chars().take(60).collect::<String>()
            ));
        }
        if !labels.is_empty() && labels.len() != profiles.features().len() {
            return argument(format!(
                "modality '{name}': {} labels for {} features",
                labels.len(),
                profiles.features().len()
            ));
        }
        if let Err(e) = weighting.check() {
            return argument(format!("modality '{name}': {e}"));
        }
        let (source, licence) = (String::new(), String::new());
        Ok(Self {
            name: name.into(),
            labels,
            source,
            licence,
            profiles,
            weighting,
            linked: 0.0,
            activity: None,
            activity_weight: 0.0,
            known: OnceLock::new(),
            imputers: Default::default(),
            completions: Default::default(),
        })
    }

    /// The same, with where the profiles come from and under which licence, for people.
    ///
    /// # Errors
    /// [`ErrorKind::Argument`] for a text of more than 500 bytes or with control characters.
    pub fn attributed(mut self, source: &str, licence: &str) -> Result<Self, Error> {
        for (what, text) in [("source", source), ("licence", licence)] {
            if text.len() > 500 || text.chars().any(char::is_control) {
                let message =
                    format!("modality '{}': expected a short {what}, one line", self.name);
                return Err(Error::new(ErrorKind::Argument, message));
            }
        }
        (self.source, self.licence) = (source.into(), licence.into());
        Ok(self)
    }

    /// The same, where a link of the library's [`Context`] counts `weight`, beside the 1 of a molecule like
    /// the query: 0 (not at all, the default) to 10.
    ///
    /// # Errors
    /// [`ErrorKind::Argument`] for a weight out of range.
    pub fn linked(mut self, weight: f32) -> Result<Self, Error> {
        if !(0.0..=10.0).contains(&weight) {
            let message =
                format!("modality '{}': links count {weight}, expected 0 to 10", self.name);
            return Err(Error::new(ErrorKind::Argument, message));
        }
        self.linked = weight;
        Ok(self.forgetting())
    }

    /// The same, where `activity` of compounds counts: those whose numbers lie one standard deviation
    /// from the mean, on the same side, are linked by `weight`, beside the 1 of the same structure: 0 to 10.
    ///
    /// # Errors
    /// [`ErrorKind::Argument`] for a weight out of range.
    pub fn with_activity(mut self, activity: Activity, weight: f32) -> Result<Self, Error> {
        if !(0.0..=10.0).contains(&weight) {
            let message =
                format!("modality '{}': activity counts {weight}, expected 0 to 10", self.name);
            return Err(Error::new(ErrorKind::Argument, message));
        }
        (self.activity, self.activity_weight) = (Some(Arc::new(activity)), weight);
        Ok(self.forgetting())
    }

    /// The same with other library rows: member *r* becomes `rows[r]`.
    pub(super) fn renumbered(self, rows: &[u32]) -> Result<Self, Error> {
        let p = &self.profiles;
        let members = p.members().iter().map(|&m| rows[m as usize]).collect();
        let profiles =
            Profiles::from_common(p.features().to_vec(), p.scale(), members, p.values().to_owned())
                .map_err(|e| Error::new(ErrorKind::Internal, e))?;
        let (activity, activity_weight) = (self.activity, self.activity_weight);
        let renumbered = Self::new(&self.name, self.labels, profiles, self.weighting)?
            .attributed(&self.source, &self.licence)?
            .linked(self.linked)?;
        Ok(Self { activity, activity_weight, ..renumbered })
    }

    /// Its name, such as `expression`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Where the profiles come from; empty where that is not said.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Their licence; empty where that is not said.
    pub fn licence(&self) -> &str {
        &self.licence
    }

    /// Second names of the features, such as gene symbols; empty where there are none.
    pub fn labels(&self) -> &[String] {
        &self.labels
    }

    /// What was observed.
    pub fn profiles(&self) -> &Profiles {
        &self.profiles
    }

    /// How much a neighbour counts.
    pub fn weighting(&self) -> Weighting {
        self.weighting
    }

    /// What a link of the library's context counts; see [`linked`](Self::linked).
    pub fn link_weight(&self) -> f32 {
        self.linked
    }

    /// How strongly known compounds act, if that counts; see [`with_activity`](Self::with_activity).
    pub fn activity(&self) -> Option<&Activity> {
        self.activity.as_deref()
    }

    /// What activity counts; see [`with_activity`](Self::with_activity).
    pub fn activity_weight(&self) -> f32 {
        self.activity_weight
    }

    /// Without what was fitted.
    fn forgetting(self) -> Self {
        let (known, imputers, completions) = Default::default();
        Self { known, imputers, completions, ..self }
    }

    /// What counts beyond structure.
    fn sources<'a>(&'a self, library: &'a Library) -> Sources<'a> {
        let context = library.context().filter(|_| self.linked > 0.0);
        let activity = self.activity().filter(|_| self.activity_weight > 0.0);
        Sources {
            context: context.map(|c| (c, self.linked)),
            activity: activity.map(|a| (a, self.activity_weight)),
        }
    }

    /// What is known of the molecules with a profile, looked up when it is first wanted.
    fn known(&self, library: &Library) -> &Known {
        self.known.get_or_init(|| {
            let members = self.profiles.members().iter();
            let words = members.map(|&row| library.words(row as usize));
            Known::new(self.sources(library), words)
        })
    }

    /// The regression by structure alone or, if `informed`, by all that is known, fitted when it is first
    /// wanted.
    ///
    /// # Errors
    /// [`ErrorKind::Unsupported`] where there is none, [`ErrorKind::Limit`] where it takes more than the library may,
    /// [`ErrorKind::Cancelled`].
    pub(crate) fn imputer(
        &self,
        library: &Library,
        informed: bool,
        cancel: &Cancel,
    ) -> Result<&Imputer, Error> {
        let (m, d) = self.profiles.values().dim();
        let work = (m as u64).saturating_pow(2).saturating_mul((m + d) as u64);
        if work > library.fit_work() {
            return Err(Error::limit(format!(
                "modality '{}': fitting {m} profiles of {d} features takes {work} multiply-adds, the limit is {} (option fit_work); plain propagation has no such limit",
                self.name,
                library.fit_work()
            )));
        }
        let fit = || {
            let members = self.profiles.members();
            let mut among = Array2::zeros((m, m));
            for (i, &row) in members.iter().enumerate() {
                cancel.check()?;
                let similarities = library.similarities(library.words(row as usize), members);
                for (j, s) in similarities.into_iter().enumerate() {
                    // A molecule without a set bit is like itself, though Tanimoto is 0.
                    among[[i, j]] = if i == j { 1.0 } else { s };
                }
            }
            let mut links = Array2::zeros((m, m));
            if informed {
                let (known, sources) = (self.known(library), self.sources(library));
                for (&row, mut links) in members.iter().zip(links.outer_iter_mut()) {
                    cancel.check()?;
                    let found = known.links(sources, library.words(row as usize));
                    links.iter_mut().zip(found.members).for_each(|(to, link)| *to = link);
                }
            }
            let (among, links) = (among.view(), links.view());
            let fitted = Imputer::fit_linked(&self.profiles, among, links, self.weighting, cancel)
                .and_then(|mut imputer| {
                    imputer.learn_tails(&self.molecules(library), cancel)?;
                    Ok(imputer)
                });
            match fitted {
                // Who comes next may have more time.
                Err(e) if e.kind == ErrorKind::Cancelled => Err(e),
                fitted => Ok(fitted),
            }
        };
        let fitted = self.imputers[usize::from(informed)].get_or_make(cancel, fit)?;
        fitted.as_ref().map_err(|e| {
            Error::new(ErrorKind::Unsupported, format!("modality '{}': {e}", self.name))
        })
    }

    /// The rows of the profiles of each molecule, by fingerprint: what cannot be told apart is one.
    fn molecules(&self, library: &Library) -> Vec<Vec<usize>> {
        let mut molecules = BTreeMap::<&[u64], Vec<usize>>::new();
        for (row, &member) in self.profiles.members().iter().enumerate() {
            molecules.entry(library.words(member as usize)).or_default().push(row);
        }
        molecules.into_values().collect()
    }

    /// What measured features tell beyond the regression, fitted when it is first wanted.
    ///
    /// # Errors
    /// As [`imputer`](Self::imputer).
    fn completion(
        &self,
        library: &Library,
        informed: bool,
        cancel: &Cancel,
    ) -> Result<&Completion, Error> {
        let imputer = self.imputer(library, informed, cancel)?;
        let (m, d) = imputer.dim();
        let work = Completion::work(m, d);
        if work > library.fit_work() {
            return Err(Error::limit(format!(
                "modality '{}': completing profiles of {d} features by {m} others takes {work} multiply-adds, the limit is {} (option fit_work)",
                self.name,
                library.fit_work()
            )));
        }
        let fit = || match Completion::fit(imputer, &self.molecules(library), cancel) {
            Err(e) if e.kind == ErrorKind::Cancelled => Err(e),
            fitted => Ok(fitted),
        };
        let fitted = self.completions[usize::from(informed)].get_or_make(cancel, fit)?;
        fitted.as_ref().map_err(|e| {
            Error::new(ErrorKind::Unsupported, format!("modality '{}': {e}", self.name))
        })
    }

    /// The features to measure of a molecule of which nothing but structure is known: see [`panel::choose`].
    ///
    /// # Errors
    /// As [`imputer`](Self::imputer).
    pub(crate) fn panel(
        &self,
        library: &Library,
        size: usize,
        cancel: &Cancel,
    ) -> Result<Vec<Chosen>, Error> {
        let completion = self.completion(library, false, cancel)?;
        panel::choose(completion.covariance(), size, cancel)
    }

    /// Imputes molecules by regression; as though they were unknown but for their structure, if `unknown`.
    ///
    /// A molecule of which nothing else is known takes nothing else into account, of others neither.
    pub(crate) fn regress(
        &self,
        library: &Library,
        queries: &[Query<'_>],
        patterns: &Patterns,
        unknown: bool,
        cancel: &Cancel,
    ) -> Result<Vec<Filled>, Error> {
        let (known, sources) = (self.known(library), self.sources(library));
        let about = |query: &Query<'_>| match unknown {
            true => Ok(Links::default()),
            false => cancel.check().map(|()| known.links(sources, query.words)),
        };
        let about = queries.iter().map(about).collect::<Result<Vec<Links>, Error>>()?;
        let mut filled: Vec<Option<Filled>> = queries.iter().map(|_| None).collect();
        for informed in [false, true] {
            let chosen: Vec<usize> =
                (0..queries.len()).filter(|&i| about[i].informed() == informed).collect();
            if chosen.is_empty() {
                continue;
            }
            let of = chosen.iter().map(|&i| (&queries[i], &about[i]));
            let found = self.regress_by(library, informed, of.collect(), patterns, cancel)?;
            chosen.iter().zip(found).for_each(|(&i, found)| filled[i] = Some(found));
        }
        Ok(filled.into_iter().flatten().collect())
    }

    fn regress_by(
        &self,
        library: &Library,
        informed: bool,
        queries: Vec<(&Query<'_>, &Links)>,
        patterns: &Patterns,
        cancel: &Cancel,
    ) -> Result<Vec<Filled>, Error> {
        let imputer = self.imputer(library, informed, cancel)?;
        let members = self.profiles.members();
        let mut similarities = Array2::zeros((queries.len(), members.len()));
        let mut links = Array2::zeros(similarities.dim());
        for (i, (query, about)) in queries.iter().enumerate() {
            let found = library.similarities(query.words, members);
            similarities.row_mut(i).iter_mut().zip(found).for_each(|(to, s)| *to = s);
            links.row_mut(i).iter_mut().zip(&about.members).for_each(|(to, link)| *to = *link);
        }
        let own: Vec<f32> = queries.iter().map(|(_, about)| about.own).collect();
        let mut imputed =
            imputer.impute_linked(&self.profiles, similarities.view(), links.view(), &own);
        let mut tails = vec![imputer.tails(); queries.len()];
        for (i, (query, _)) in queries.iter().enumerate() {
            if let Some(observation) = query.observation {
                cancel.check()?;
                let completion = self.completion(library, informed, cancel)?;
                let given = patterns.given(observation, completion, informed, cancel)?;
                let profile = (imputed.values.row_mut(i), imputed.spread.row_mut(i));
                tails[i] = completion.complete(&given, observation, profile);
            }
        }
        let rows = imputed.values.outer_iter().zip(imputed.spread.outer_iter());
        let filled = rows
            .zip(similarities.outer_iter().zip(queries))
            .zip(imputed.explained.into_iter().zip(tails))
            .map(|(((values, spread), (similarities, (_, about))), (explained, tails))| {
                let mut support = Support::new(members, &similarities.to_vec(), explained);
                support.shared = about.shared;
                let method = match support.hops {
                    _ if about.active => Method::Activity,
                    _ if about.shared > 0 => Method::Context,
                    Some(_) => Method::Regression,
                    None => Method::Mean,
                };
                if about.shared > 0 {
                    support.hops = Some(1);
                }
                let (values, spread) = (values.iter().copied(), spread.iter().copied());
                self.filled(values, spread, support, (method, tails))
            });
        Ok(filled.collect())
    }

    /// From the common scale to the modality's unit.
    pub(super) fn filled(
        &self,
        common: impl Iterator<Item = f32>,
        spread: impl Iterator<Item = f32>,
        support: Support,
        (method, tails): (Method, Tails),
    ) -> Filled {
        let scale = self.profiles.scale();
        let (values, spread) =
            common.zip(spread).map(|(v, s)| (scale.backward(v), s * scale.slope(v))).unzip();
        Filled { values, spread, support, method, tails }
    }
}

impl Clone for Modality {
    /// What was fitted is not copied, but fitted anew when it is wanted.
    fn clone(&self) -> Self {
        Self {
            name: self.name.clone(),
            labels: self.labels.clone(),
            source: self.source.clone(),
            licence: self.licence.clone(),
            profiles: self.profiles.clone(),
            weighting: self.weighting,
            linked: self.linked,
            activity: self.activity.clone(),
            activity_weight: self.activity_weight,
            known: OnceLock::new(),
            imputers: Default::default(),
            completions: Default::default(),
        }
    }
}

impl fmt::Debug for Modality {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (rows, columns) = self.profiles.values().dim();
        write!(f, "Modality({}: {rows} profiles of {columns} features)", self.name)
    }
}
