//! Filling in a modality, and finding known molecules, for every row of a batch.

use super::batch::Batch;
use super::options::Run;
use super::{fingerprints, tiles};
use crate::chem::Limits;
use crate::error::{Error, ErrorKind};
use crate::model::Model;
use crate::reference::{
    Activity, Filled, Library, Measured, Method, Modality, Neighbor, Observation, Patterns,
    Propagation, Query, Source, Support, TILE, Tails,
};
use ndarray::{Array2, ArrayView2};

/// How to impute. The default: by regression, on all of the machine's threads.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImputeOptions {
    /// Most threads that work at the same time, the calling one included; 0 for as many as the
    /// machine has. The results do not depend on it.
    pub threads: usize,
    /// The paper's plain propagation with these settings instead of regression. Held against
    /// profiles of withheld molecules it is worse, most of all where little resembles the query.
    pub propagation: Option<Propagation>,
    /// Impute by structure alone, as though nothing else were known of the compounds: neither what they
    /// share ([`Method::Context`]) nor how strongly they act ([`Method::Activity`]). Plain propagation
    /// never uses either.
    pub structure_only: bool,
    /// Bounds on one molecule.
    pub limits: Limits,
}

/// What [`Model::impute`] gives.
#[derive(Clone, Debug)]
pub struct Imputations {
    /// The modality's name.
    pub modality: String,
    /// Rows of the batch × features of the modality, in its unit: the caller's own values bit for bit
    /// where it gave any; NaN all along a row that has an error.
    pub values: Array2<f32>,
    /// As `values`: standard deviation of a measurement about the value; 0 where the caller gave it.
    pub spread: Array2<f32>,
    /// What each row's imputed values rest on; `None` for a row that has an error.
    pub support: Vec<Option<Support>>,
    /// How each row came about; `None` for a row that has an error.
    pub methods: Vec<Option<Method>>,
    /// How wide intervals about each row's values are, in spreads, learned from the library's own molecules; `None` for a
    /// row that has an error.
    pub tails: Vec<Option<Tails>>,
    /// What became of each row of the batch.
    pub rows: Vec<Result<(), Error>>,
}

/// How to search. The default: the ten nearest of the library, however far.
#[derive(Clone, Debug, PartialEq)]
pub struct NeighborOptions {
    /// As [`ImputeOptions::threads`].
    pub threads: usize,
    /// Most neighbours a molecule.
    pub k: usize,
    /// Least Tanimoto similarity, 0 to 1.
    pub threshold: f32,
    /// Bounds on one molecule.
    pub limits: Limits,
}

impl Default for NeighborOptions {
    fn default() -> Self {
        Self { threads: 0, k: 10, threshold: 0.0, limits: Limits::default() }
    }
}

impl NeighborOptions {
    /// An error for a threshold that no similarity can have, or that is no number.
    pub(super) fn check(&self) -> Result<(), Error> {
        if (0.0..=1.0).contains(&self.threshold) {
            return Ok(());
        }
        let message = format!("threshold is {}; expected a similarity, 0 to 1", self.threshold);
        Err(Error::new(ErrorKind::Argument, message))
    }
}

impl Model {
    /// Fills in `modality` (such as `expression`) for every row of `batch`, from the observed profiles
    /// of the molecules of the [`library`](Self::library) that resemble it.
    ///
    /// `observed` are the caller's own measurements, rows of the batch × features, NaN where there is
    /// none; they come back untouched. What is missing of a row is imputed from structure, what else is known of the
    /// compound, and the row's own measured features, however few: those that vary together in the library's profiles,
    /// beyond what structure tells, inform each other. What that takes is learned from the library when it is first wanted.
    /// An infinite value informs nothing; plain propagation uses none.
    ///
    /// # Errors
    /// [`ErrorKind::Argument`] for an unknown modality, `observed` of another shape, or a model without a
    /// library; [`ErrorKind::Cancelled`]; [`ErrorKind::Limit`] where there is no memory for the result. A
    /// bad row is no error: see [`Imputations::rows`].
    pub fn impute(
        &self,
        batch: &Batch,
        modality: &str,
        observed: Option<ArrayView2<'_, f32>>,
        options: &ImputeOptions,
        run: &Run<'_>,
    ) -> Result<Imputations, Error> {
        let library = self.need_library()?;
        let kind = (library.radius(), library.bits());
        let modality = find(library, modality)?;
        let d = modality.profiles().features().len();
        if let Some(o) = observed.filter(|o| o.dim() != (batch.len(), d)) {
            let message = format!(
                "observed is {} x {}; expected {} rows of the batch x {d} features of '{}'",
                o.nrows(),
                o.ncols(),
                batch.len(),
                modality.name()
            );
            return Err(Error::new(ErrorKind::Argument, message));
        }
        let mut out = Imputations::new(modality.name(), batch.len(), d)?;
        let cancel = run.cancellation();
        let plain = match options.propagation {
            Some(settings) if settings.neighbors == 0 || settings.steps == 0 => {
                let message = "propagation: expected at least one neighbour and one step";
                return Err(Error::new(ErrorKind::Argument, message));
            }
            Some(settings) => Some(modality.spread(library, settings, &cancel)?),
            None => {
                modality.imputer(library, false, &cancel)?;
                None
            }
        };
        let used = observed.filter(|_| plain.is_none());
        let patterns = used.map_or_else(Patterns::default, Patterns::of);
        let scale = modality.profiles().scale();
        let tiles = tiles::map(batch.len(), TILE, options.threads, run, |rows| {
            let of = |row| fingerprints::words(kind, &options.limits, batch, row);
            let words: Vec<_> = rows.clone().map(of).collect();
            let filled = match &plain {
                Some(spread) => {
                    let good: Vec<Vec<u64>> = words.iter().flatten().cloned().collect();
                    modality.propagated(library, spread, &good)
                }
                None => {
                    let known = |row| Observation::of(used.as_ref()?.row(row), scale);
                    let known: Vec<Option<Observation>> = rows.map(known).collect();
                    let queries = words.iter().zip(&known).filter_map(|(words, known)| {
                        let words = words.as_ref().ok()?;
                        Some(Query { words, observation: known.as_ref() })
                    });
                    let queries: Vec<Query<'_>> = queries.collect();
                    let alone = options.structure_only;
                    modality.regress(library, &queries, &patterns, alone, &cancel)?
                }
            };
            Ok((words, filled))
        })?;
        let mut row = 0;
        for (words, filled) in tiles {
            let mut filled = filled.into_iter();
            for words in words {
                match words {
                    Ok(_) => {
                        if let Some(filled) = filled.next() {
                            out.set(row, filled, observed.as_ref());
                        }
                    }
                    Err(e) => out.rows[row] = Err(e),
                }
                row += 1;
            }
        }
        Ok(out)
    }

    /// The molecules of the [`library`](Self::library) most similar to each row of `batch`, nearest
    /// first, ties by library row.
    ///
    /// # Errors
    /// [`ErrorKind::Argument`] for a model without a library or a threshold beyond 0 to 1,
    /// [`ErrorKind::Cancelled`]. A bad row is an error of that row alone.
    pub fn neighbors(
        &self,
        batch: &Batch,
        options: &NeighborOptions,
        run: &Run<'_>,
    ) -> Result<Vec<Result<Vec<Source>, Error>>, Error> {
        let library = self.need_library()?;
        let kind = (library.radius(), library.bits());
        options.check()?;
        let source = |n: Neighbor| Source { member: n.id, similarity: n.similarity };
        let tiles = tiles::map(batch.len(), TILE, options.threads, run, |rows| {
            let words: Vec<Result<Vec<u64>, Error>> =
                rows.map(|row| fingerprints::words(kind, &options.limits, batch, row)).collect();
            let good: Vec<&Vec<u64>> = words.iter().flatten().collect();
            let found = library.nearest_batch(&good, options.k, options.threshold);
            let mut found = found.into_iter();
            let sources = words.into_iter().map(|words| {
                words.map(|_| found.next().into_iter().flatten().map(source).collect())
            });
            Ok(sources.collect::<Vec<_>>())
        })?;
        Ok(tiles.into_iter().flatten().collect())
    }

    pub(super) fn need_library(&self) -> Result<&Library, Error> {
        self.library().ok_or_else(|| {
            Error::new(
                ErrorKind::Argument,
                "this model has no reference library; give it one (`chmr library attach` writes such a model file)",
            )
        })
    }
}

impl Batch {
    /// A library of the molecules of the batch, called `ids` in their order, without profiles: Morgan bits
    /// of radius 2 in 1024, as the default library has them. A molecule's SMILES is the text it came as, or
    /// that of its structure.
    ///
    /// # Errors
    /// [`ErrorKind::Argument`] for another number of ids or what [`Library::new`] refuses; a bad molecule's own
    /// error.
    pub fn to_library(&self, ids: Vec<String>) -> Result<Library, Error> {
        if ids.len() != self.len() {
            let message = format!("{} ids for {} molecules", ids.len(), self.len());
            return Err(Error::new(ErrorKind::Argument, message));
        }
        let members = ids.into_iter().enumerate().map(|(row, id)| {
            fingerprints::member(self, row, id.clone(), &Limits::default()).map_err(|e| e.at(id))
        });
        Library::new(fingerprints::RADIUS, fingerprints::BITS, members.collect::<Result<_, _>>()?)
    }
}

impl Library {
    /// [`with_activity`](Self::with_activity) of the compounds of `batch`: `values` are rows of the batch × `names`,
    /// NaN where nothing was measured; they are standardised by those of the library's own molecules. Bad molecules
    /// are left out.
    ///
    /// # Errors
    /// [`ErrorKind::Argument`] where shapes do not fit, a value is infinite, or as `with_activity`.
    pub fn with_measured_activity(
        self,
        modality: &str,
        batch: &Batch,
        names: Vec<String>,
        values: ArrayView2<'_, f32>,
        weight: f32,
    ) -> Result<Self, Error> {
        if values.dim() != (batch.len(), names.len()) {
            let message = format!(
                "activity is {} x {}; expected {} molecules x {} names",
                values.nrows(),
                values.ncols(),
                batch.len(),
                names.len()
            );
            return Err(Error::new(ErrorKind::Argument, message));
        }
        let limits = Limits::default();
        let rows = values.outer_iter().enumerate().filter_map(|(row, values)| {
            let words =
                fingerprints::words((self.radius(), self.bits()), &limits, batch, row).ok()?;
            Some((words, values.to_vec()))
        });
        let compounds: Vec<Measured> = rows.collect();
        let members = self.modality(modality).map_or(&[][..], |m| m.profiles().members());
        let own: Vec<&[u64]> = members.iter().map(|&row| self.words(row as usize)).collect();
        let activity = Activity::new(names, &compounds, &own)?;
        self.with_activity(modality, activity, weight)
    }
}

pub(super) fn find<'a>(library: &'a Library, name: &str) -> Result<&'a Modality, Error> {
    library.modality(name).ok_or_else(|| {
        let names: Vec<_> = library.modalities().iter().map(Modality::name).collect();
        let name: String = name.chars().take(60).collect();
        let message =
            format!("the library has no modality '{name}'; there are: {}", names.join(", "));
        Error::new(ErrorKind::Argument, message)
    })
}

impl Imputations {
    fn new(modality: &str, rows: usize, features: usize) -> Result<Self, Error> {
        let matrix = || -> Option<Array2<f32>> {
            let mut values = Vec::new();
            let n = rows.checked_mul(features)?;
            values.try_reserve_exact(n).ok()?;
            values.resize(n, f32::NAN);
            Array2::from_shape_vec((rows, features), values).ok()
        };
        let none = || {
            Error::limit(format!(
                "no memory for {rows} rows of {features} values; use smaller batches"
            ))
        };
        Ok(Self {
            modality: modality.to_owned(),
            values: matrix().ok_or_else(none)?,
            spread: matrix().ok_or_else(none)?,
            support: vec![None; rows],
            methods: vec![None; rows],
            tails: vec![None; rows],
            rows: vec![Ok(()); rows],
        })
    }

    fn set(&mut self, row: usize, filled: Filled, observed: Option<&ArrayView2<'_, f32>>) {
        let Filled { values, spread, mut support, mut method, tails } = filled;
        self.values.row_mut(row).iter_mut().zip(values).for_each(|(to, v)| *to = v);
        self.spread.row_mut(row).iter_mut().zip(spread).for_each(|(to, v)| *to = v);
        let known = observed.map(|o| o.row(row));
        for (column, &v) in known.iter().flatten().enumerate().filter(|(_, v)| !v.is_nan()) {
            self.values[[row, column]] = v;
            self.spread[[row, column]] = 0.0;
            support.observed += 1;
        }
        if known.is_some_and(|known| known.iter().all(|v| !v.is_nan())) {
            method = Method::Observed;
            support.hops = Some(0);
        }
        self.support[row] = Some(support);
        self.methods[row] = Some(method);
        self.tails[row] = Some(tails);
    }

    /// Half the width of an interval about the values of `row`, in spreads, which holds a measurement with the probability
    /// `coverage`: see [`Tails::half_width`]. None for a row that has an error, or that does not exist.
    pub fn half_width(&self, row: usize, coverage: f32) -> Option<f32> {
        self.tails.get(row)?.as_ref()?.half_width(coverage)
    }
}
