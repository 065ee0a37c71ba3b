//! One modality of a library: its observed profiles, and the imputation of others from them.

use super::activity::Activity;
use super::context::Context;
use super::imputer::{Imputer, Weighting};
use super::library::Library;
use super::neighbor::Neighbor;
use super::profiles::Profiles;
use super::propagate::{Propagation, hops, propagate};
use super::support::{Method, Support};
use crate::error::{Error, ErrorKind};
use ndarray::Array2;
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
    imputer: OnceLock<Result<Imputer, String>>,
}

/// Terms and weights of a known compound.
type Terms<'a> = &'a [(u32, f32)];

/// What is known of the molecules with a profile beyond their structure, what a link by it counts, and
/// where each molecule has it: empty where it is unknown.
struct Known<'a> {
    context: Option<(&'a Context, f32, Vec<Terms<'a>>)>,
    activity: Option<(&'a Activity, f32, Vec<Vec<f32>>)>,
    /// What a molecule's activity counts for itself, where it is not known: the mean of the others'.
    typical: f32,
}

/// A molecule's links by what is known of it.
#[derive(Default)]
struct Links {
    /// To each molecule with a profile; empty where nothing is known.
    members: Vec<f32>,
    /// To itself.
    own: f32,
    /// Molecules with which it shares terms.
    shared: u32,
    /// Whether its activity is known.
    active: bool,
}

impl Known<'_> {
    /// As of a molecule of which nothing is known.
    fn nothing(&self) -> Links {
        Links { own: self.typical, ..Links::default() }
    }

    fn links(&self, words: &[u64]) -> Links {
        let mut links = Links::default();
        if let Some((context, weight, members)) = &self.context {
            let terms = context.of(words);
            let link = |other| weight * Context::link(terms, other);
            links.members = members.iter().map(|member| link(member)).collect();
            links.own = link(terms);
            links.shared = links.members.iter().filter(|l| **l > 0.0).count() as u32;
        }
        let Some((activity, weight, members)) = &self.activity else { return links };
        if let Some(own) = activity.of(words) {
            links.members.resize(members.len(), 0.0);
            for (link, member) in links.members.iter_mut().zip(members) {
                *link += weight * Activity::link(&own, member);
            }
            links.own += weight * Activity::link(&own, &own);
            links.active = true;
        } else {
            links.own += self.typical;
        }
        links
    }
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
}

/// What the members of a library hold after all steps of propagation but the last.
pub(crate) struct Spread {
    settings: Propagation,
    /// Library rows × features, common scale.
    values: Array2<f32>,
    hops: Vec<Option<u32>>,
    deviation: Vec<f32>,
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
        let imputer = OnceLock::new();
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
            imputer,
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
        (self.linked, self.imputer) = (weight, OnceLock::new());
        Ok(self)
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
        self.activity = Some(Arc::new(activity));
        (self.activity_weight, self.imputer) = (weight, OnceLock::new());
        Ok(self)
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

    /// What is known beyond structure of the molecules with a profile.
    fn known<'a>(&'a self, library: &'a Library) -> Known<'a> {
        let members = || self.profiles.members().iter().map(|&row| library.words(row as usize));
        let context = library.context().filter(|_| self.linked > 0.0);
        let activity = self.activity().filter(|_| self.activity_weight > 0.0);
        let weight = self.activity_weight;
        let activity = activity.map(|a| {
            let known = members().map(|words| a.of(words).unwrap_or_default());
            (a, weight, known.collect::<Vec<_>>())
        });
        let measured = activity.iter().flat_map(|a| &a.2).filter(|own| !own.is_empty());
        let own: Vec<f32> = measured.map(|own| weight * Activity::link(own, own)).collect();
        Known {
            context: context.map(|c| (c, self.linked, members().map(|w| c.of(w)).collect())),
            activity,
            typical: own.iter().sum::<f32>() / own.len().max(1) as f32,
        }
    }

    /// The regression, fitted when it is first wanted.
    pub(crate) fn imputer(&self, library: &Library) -> Result<&Imputer, Error> {
        let fitted = self.imputer.get_or_init(|| {
            let members = self.profiles.members();
            let m = members.len();
            let mut among = Array2::zeros((m, m));
            for (i, &row) in members.iter().enumerate() {
                let similarities = library.similarities(library.words(row as usize), members);
                for (j, s) in similarities.into_iter().enumerate() {
                    // A molecule without a set bit is like itself, though Tanimoto is 0.
                    among[[i, j]] = if i == j { 1.0 } else { s };
                }
            }
            let known = self.known(library);
            let mut links = Array2::zeros((m, m));
            for (&row, mut links) in members.iter().zip(links.outer_iter_mut()) {
                let found = known.links(library.words(row as usize));
                links.iter_mut().zip(found.members).for_each(|(to, link)| *to = link);
            }
            Imputer::fit_linked(&self.profiles, among.view(), links.view(), self.weighting)
        });
        fitted.as_ref().map_err(|e| {
            Error::new(ErrorKind::Unsupported, format!("modality '{}': {e}", self.name))
        })
    }

    /// Imputes molecules by regression; as though they were unknown but for their structure, if `unknown`.
    pub(crate) fn regress(
        &self,
        library: &Library,
        queries: &[Vec<u64>],
        unknown: bool,
    ) -> Result<Vec<Filled>, Error> {
        let imputer = self.imputer(library)?;
        let members = self.profiles.members();
        let known = self.known(library);
        let mut similarities = Array2::zeros((queries.len(), members.len()));
        let mut links = Array2::zeros(similarities.dim());
        let (mut own, mut about) = (vec![0.0; queries.len()], Vec::with_capacity(queries.len()));
        for (i, query) in queries.iter().enumerate() {
            let found = library.similarities(query, members);
            similarities.row_mut(i).iter_mut().zip(found).for_each(|(to, s)| *to = s);
            let found = if unknown { known.nothing() } else { known.links(query) };
            links.row_mut(i).iter_mut().zip(&found.members).for_each(|(to, link)| *to = *link);
            own[i] = found.own;
            about.push(found);
        }
        let imputed =
            imputer.impute_linked(&self.profiles, similarities.view(), links.view(), &own);
        let rows = imputed.values.outer_iter().zip(imputed.spread.outer_iter());
        Ok(rows
            .zip(similarities.outer_iter().zip(about))
            .zip(imputed.explained)
            .map(|(((values, spread), (similarities, about)), explained)| {
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
                self.filled(values.iter().copied(), spread.iter().copied(), support, method)
            })
            .collect())
    }

    /// Prepares [`propagated`](Self::propagated).
    pub(crate) fn spread(&self, library: &Library, settings: Propagation) -> Spread {
        let (n, d) = (library.len(), self.profiles.features().len());
        let mut values = Array2::<f32>::zeros((n, d));
        let mut count = vec![0f32; n];
        for (&row, profile) in
            self.profiles.members().iter().zip(self.profiles.values().outer_iter())
        {
            values.row_mut(row as usize).scaled_add(1.0, &profile);
            count[row as usize] += 1.0;
        }
        for (mut row, &count) in values.outer_iter_mut().zip(&count).filter(|(_, c)| **c > 1.0) {
            row /= count;
        }
        let observed: Vec<bool> = count.iter().map(|&c| c > 0.0).collect();
        let graph = library.graph(settings.neighbors);
        let values = propagate(values.view(), &observed, &graph, settings.steps.saturating_sub(1));
        let (profiles, mean) = (self.profiles.values(), self.profiles.mean());
        let m = profiles.nrows() as f32;
        let deviation = profiles.columns().into_iter().zip(mean).map(|(column, mean)| {
            (column.iter().map(|v| (v - mean).powi(2)).sum::<f32>() / m).sqrt()
        });
        Spread { settings, hops: hops(&observed, &graph), deviation: deviation.collect(), values }
    }

    /// Imputes molecules by plain propagation: the last step, which each takes itself.
    pub(crate) fn propagated(
        &self,
        library: &Library,
        spread: &Spread,
        queries: &[Vec<u64>],
    ) -> Vec<Filled> {
        let found = library.nearest_batch(queries, spread.settings.neighbors, 0.0);
        let filled = queries.iter().zip(&found);
        filled.map(|(query, found)| self.last_step(library, spread, query, found)).collect()
    }

    fn last_step(
        &self,
        library: &Library,
        spread: &Spread,
        query: &[u64],
        found: &[Neighbor],
    ) -> Filled {
        let members = self.profiles.members();
        let mut support = Support::new(members, &library.similarities(query, members), 0.0);
        let neighbors: Vec<_> = found.iter().filter(|n| n.similarity > 0.0).collect();
        let steps = spread.settings.steps as u32;
        let reached = neighbors.iter().filter_map(|n| spread.hops[n.id as usize]).min();
        support.hops = reached.map(|h| h + 1).filter(|h| *h <= steps);
        if support.hops.is_none() {
            let mean = self.profiles.mean();
            let deviation = spread.deviation.iter().copied();
            return self.filled(mean.iter().copied(), deviation, support, Method::Mean);
        }
        let total: f32 = neighbors.iter().map(|n| n.similarity).sum();
        let d = self.profiles.features().len();
        let (mut values, mut squares) = (vec![0f32; d], vec![0f32; d]);
        for n in &neighbors {
            let weight = n.similarity / total;
            let row = spread.values.row(n.id as usize);
            for ((value, square), &v) in values.iter_mut().zip(&mut squares).zip(row) {
                *value += weight * v;
                *square += weight * v * v;
            }
        }
        // How far the neighbours lie apart, weighted as they are averaged.
        let apart: Vec<f32> =
            values.iter().zip(&squares).map(|(v, s)| (s - v * v).max(0.0).sqrt()).collect();
        self.filled(values.into_iter(), apart.into_iter(), support, Method::Propagation)
    }

    /// From the common scale to the modality's unit.
    fn filled(
        &self,
        common: impl Iterator<Item = f32>,
        spread: impl Iterator<Item = f32>,
        support: Support,
        method: Method,
    ) -> Filled {
        let scale = self.profiles.scale();
        let (values, spread) =
            common.zip(spread).map(|(v, s)| (scale.backward(v), s * scale.slope(v))).unzip();
        Filled { values, spread, support, method }
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
            imputer: OnceLock::new(),
        }
    }
}

impl fmt::Debug for Modality {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (rows, columns) = self.profiles.values().dim();
        write!(f, "Modality({}: {rows} profiles of {columns} features)", self.name)
    }
}
