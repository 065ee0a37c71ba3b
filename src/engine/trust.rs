//! Intervals and applicability domain of a batch's predictions.

use super::predict::Predictions;
use crate::error::{Error, ErrorKind};
use crate::model::Model;
use crate::trust::{Composition, Domain, DomainLimits, Placement};
use ndarray::Array2;

/// What [`PredictOptions::trust`](super::PredictOptions::trust) adds to predictions.
#[derive(Clone, Debug)]
pub struct Trust {
    /// Coverages of the intervals, ascending.
    pub coverages: Vec<f32>,
    /// Coverages × columns of the predictions, each in its task's unit: half the width of the interval, the same
    /// for every molecule; NaN for a classification, and where too few measurements were there to promise
    /// that coverage.
    pub half_widths: Array2<f32>,
    /// The applicability domains of the columns' data sets.
    pub domains: Vec<DomainSummary>,
    /// Index into `domains` for each column; none where its data set has no domain.
    pub domain_of: Vec<Option<usize>>,
    /// Rows × `domains`; for a row that has an error, as if nothing resembled it.
    pub placements: Array2<Placement>,
}

/// One data set's domain.
#[derive(Clone, Debug, PartialEq)]
pub struct DomainSummary {
    /// The data set.
    pub dataset: String,
    /// What a molecule must satisfy to lie inside.
    pub limits: DomainLimits,
    /// Index among the model's domains.
    pub(super) index: usize,
}

impl Trust {
    /// For `tasks` of `model`, before any row was placed.
    pub(super) fn new(model: &Model, tasks: &[usize], rows: usize) -> Result<Self, Error> {
        let section = model.manifest().trust.as_ref().ok_or_else(|| {
            let message = "this model says nothing of trust: it has neither intervals nor a domain";
            Error::new(ErrorKind::Argument, message)
        })?;
        let names = tasks.iter().map(|&t| &model.tasks()[t]);
        let coverages = section.coverages.clone();
        let mut half_widths = Array2::from_elem((coverages.len(), tasks.len()), f32::NAN);
        for (mut column, task) in half_widths.columns_mut().into_iter().zip(names.clone()) {
            let widths = section.half_widths.get(&task.name);
            for (to, width) in column.iter_mut().zip(widths.into_iter().flatten()) {
                *to = width.unwrap_or(f32::NAN);
            }
        }
        let all = model.domains()?;
        let mut domains: Vec<DomainSummary> = Vec::new();
        let mut domain_of = Vec::with_capacity(tasks.len());
        for task in names {
            let known = domains.iter().position(|d| d.dataset == task.dataset);
            domain_of.push(known.or_else(|| {
                let index = all.iter().position(|d| d.name() == task.dataset)?;
                let (dataset, limits) = (task.dataset.clone(), all[index].limits());
                domains.push(DomainSummary { dataset, limits, index });
                Some(domains.len() - 1)
            }));
        }
        let cells = rows.checked_mul(domains.len()).filter(|n| *n <= isize::MAX as usize / 64);
        let mut placements = Vec::new();
        cells
            .and_then(|n| placements.try_reserve_exact(n).ok().map(|()| n))
            .map(|n| placements.resize(n, Placement::default()))
            .ok_or_else(|| {
                Error::limit(format!("no memory for {rows} rows; use smaller batches"))
            })?;
        let placements = Array2::from_shape_vec((rows, domains.len()), placements)
            .map_err(|e| Error::new(ErrorKind::Internal, e.to_string()))?;
        Ok(Self { coverages, half_widths, domains, domain_of, placements })
    }
}

impl Predictions {
    /// The interval about the value in `row` and `column` that holds a measurement with the
    /// `coverage`-th of [`Trust::coverages`], lower end first. None without trust, for a
    /// classification, a row with an error, or what does not exist.
    pub fn interval(&self, row: usize, column: usize, coverage: usize) -> Option<(f32, f32)> {
        let half = *self.trust.as_ref()?.half_widths.get((coverage, column))?;
        let value = *self.values.get((row, column))?;
        let (lower, upper) = (value - half, value + half);
        (lower.is_finite() && upper.is_finite()).then_some((lower, upper))
    }

    /// Where the molecule of `row` lies in the domain of `column`, with the domain. None without
    /// trust or domain, for a row with an error, or what does not exist.
    pub fn placement(&self, row: usize, column: usize) -> Option<(Placement, &DomainSummary)> {
        let trust = self.trust.as_ref()?;
        let domain = (*trust.domain_of.get(column)?)?;
        self.rows.get(row)?.as_ref().ok()?;
        Some((*trust.placements.get((row, domain))?, trust.domains.get(domain)?))
    }
}

/// What workers place rows with.
pub(super) struct Placer<'a> {
    pub(super) domains: Vec<&'a Domain>,
    /// Where the Morgan bits of a structure vector begin.
    bits: usize,
}

impl<'a> Placer<'a> {
    pub(super) fn new(model: &'a Model, trust: &Trust) -> Result<Self, Error> {
        let all = model.domains()?;
        let domains = trust.domains.iter().map(|d| &all[d.index]).collect();
        Ok(Self { domains, bits: morgan_bits(model) })
    }

    /// Where the molecule of a structure vector lies in every domain.
    pub(super) fn place(
        &self,
        structure: &[f32],
        composition: Option<&Composition>,
        out: &mut [Placement],
    ) {
        if self.domains.is_empty() {
            return;
        }
        let words = words(&structure[self.bits..]);
        for (to, domain) in out.iter_mut().zip(&self.domains) {
            *to = domain.place(&words, composition);
        }
    }
}

/// Where the Morgan bits of a structure vector begin.
pub(super) fn morgan_bits(model: &Model) -> usize {
    let s = &model.manifest().structure;
    s.descriptors.len() + s.maccs_bits
}

/// The Morgan bits of a structure vector, 64 a word.
pub(super) fn words(bits: &[f32]) -> Vec<u64> {
    bits.chunks(64)
        .map(|b| (0..).zip(b).fold(0, |w, (i, v)| w | (u64::from(*v > 0.5) << i)))
        .collect()
}
