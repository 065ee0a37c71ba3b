//! What was measured of a batch's profiles, and the sets of features that many of them share.

use super::completion::Completion;
use super::given::Given;
use super::scale::Scale;
use crate::cancel::{Cancel, Made};
use crate::error::Error;
use ndarray::{ArrayView1, ArrayView2};
use std::collections::HashMap;
use std::sync::Arc;

/// Sets of features that are kept ready at once; a profile of any other makes its own.
const KEPT: usize = 64;

/// Measured features of one profile, on the common scale.
pub(crate) struct Observation {
    columns: Vec<usize>,
    values: Vec<f32>,
    set: Set,
}

/// A bit a feature.
type Set = Vec<u64>;

impl Observation {
    /// Of the finite values of `row`; none where there are none, or where nothing is left to be told.
    pub(crate) fn of(row: ArrayView1<'_, f32>, scale: Scale) -> Option<Self> {
        let set = whole(row)?;
        let scaled = row.iter().enumerate().filter(|(_, v)| v.is_finite());
        let (columns, values) = scaled.map(|(j, &v)| (j, scale.forward(v))).unzip();
        Some(Self { columns, values, set })
    }

    pub(super) fn columns(&self) -> &[usize] {
        &self.columns
    }

    /// What was measured of `columns`, some of this observation's own, in their order.
    pub(super) fn values<'a>(&'a self, columns: &'a [usize]) -> impl Iterator<Item = f32> + 'a {
        let mut rest = self.columns.iter().zip(&self.values);
        columns.iter().filter_map(move |c| rest.find(|(own, _)| *own == c).map(|(_, v)| *v))
    }
}

/// The set of features that `row` measures: none where there are none, or no feature is left.
fn whole(row: ArrayView1<'_, f32>) -> Option<Set> {
    let mut set = vec![0u64; row.len().div_ceil(64)];
    for (j, _) in row.iter().enumerate().filter(|(_, v)| v.is_finite()) {
        set[j / 64] |= 1 << (j % 64);
    }
    let missing = row.iter().any(|v| v.is_nan());
    (missing && set.iter().any(|word| *word != 0)).then_some(set)
}

/// The sets of features that several profiles of a batch measure: each is made ready once.
#[derive(Default)]
pub(crate) struct Patterns {
    /// By structure alone, and by all that is known.
    kept: HashMap<Set, [Made<Arc<Given>>; 2]>,
}

impl Patterns {
    /// Of a batch's measurements, rows × features.
    pub(crate) fn of(observed: ArrayView2<'_, f32>) -> Self {
        let mut count: HashMap<Set, (usize, usize)> = HashMap::new();
        for (row, set) in observed.outer_iter().enumerate() {
            if let Some(set) = whole(set) {
                count.entry(set).or_insert((0, row)).0 += 1;
            }
        }
        let mut often: Vec<_> = count.into_iter().filter(|(_, (n, _))| *n > 1).collect();
        often.sort_unstable_by_key(|(_, (n, first))| (usize::MAX - n, *first));
        let kept = often.into_iter().take(KEPT).map(|(set, _)| (set, Default::default()));
        Self { kept: kept.collect() }
    }

    /// What the features that `observation` measures tell, made ready.
    pub(super) fn given(
        &self,
        observation: &Observation,
        completion: &Completion,
        informed: bool,
        cancel: &Cancel,
    ) -> Result<Arc<Given>, Error> {
        let make = || {
            let columns = observation.columns().to_vec();
            Given::new(completion.covariance(), columns, cancel).map(Arc::new)
        };
        match self.kept.get(&observation.set) {
            None => make(),
            Some(made) => made[usize::from(informed)].get_or_make(cancel, make).cloned(),
        }
    }
}
