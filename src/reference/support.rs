//! What an imputed profile rests on.

use std::cmp::Ordering;

/// Similarity from which an observed molecule counts as a neighbour: below it, two random drug-like
/// molecules are as similar.
pub const NEIGHBOR: f32 = 0.3;

/// Observed molecules that [`Support::sources`] names at most.
pub const SOURCES: usize = 5;

/// How an imputed profile came about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Method {
    /// Regression on similarity to the observed molecules: see [`Imputer`](super::Imputer).
    Regression,
    /// The same, for a known compound whose mechanism or targets observed molecules share: see
    /// [`Context`](super::Context).
    Context,
    /// The same, for a compound of which it is known how strongly it acts in the assay: see
    /// [`Activity`](super::Activity). What it shares counts, too.
    Activity,
    /// The paper's plain propagation: see [`Propagation`](super::Propagation).
    Propagation,
    /// The mean profile of the library: nothing in it resembles the molecule.
    Mean,
    /// Nothing was imputed: the caller gave every value.
    Observed,
}

impl Method {
    /// One word for a table.
    pub fn name(self) -> &'static str {
        match self {
            Self::Regression => "regression",
            Self::Context => "context",
            Self::Activity => "activity",
            Self::Propagation => "propagation",
            Self::Mean => "mean",
            Self::Observed => "observed",
        }
    }
}

/// An observed molecule that an imputed profile draws on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Source {
    /// Its row in the library.
    pub member: u32,
    /// Tanimoto similarity to it, 0 to 1.
    pub similarity: f32,
}

/// What an imputed profile rests on.
#[derive(Clone, Debug, PartialEq)]
pub struct Support {
    /// Tanimoto similarity of the nearest observed molecule, 0 to 1.
    pub nearest: f32,
    /// Observed profiles with a similarity of at least [`NEIGHBOR`].
    pub neighbors: u32,
    /// Observed profiles of molecules that share a mechanism or a target with a known compound.
    pub shared: u32,
    /// Features that the caller gave; they inform the others (but not in plain propagation).
    pub observed: u32,
    /// Share of the variance that similarity can explain at all which these molecules do explain: 0
    /// (nothing but the mean profile) to 1.
    pub explained: f32,
    /// Steps from the molecule to the nearest observed profile: 0 where the caller gave the whole profile
    /// ([`Method::Observed`], a part of it does not count), 1 from an observed neighbour (the molecule itself, where the library has
    /// its profile), 2 and more through unobserved ones (plain propagation only); none where there is no way.
    pub hops: Option<u32>,
    /// The nearest observed molecules, at most [`SOURCES`], nearest first, ties by library row; none of
    /// similarity 0.
    pub sources: Vec<Source>,
}

impl Support {
    /// From the similarities to the observed molecules `members`.
    ///
    /// # Panics
    /// If the lengths differ.
    pub fn new(members: &[u32], similarities: &[f32], explained: f32) -> Self {
        assert_eq!(members.len(), similarities.len(), "one similarity an observed molecule");
        let mut sources: Vec<Source> = Vec::with_capacity(SOURCES + 1);
        for (&member, &similarity) in members.iter().zip(similarities) {
            let candidate = Source { member, similarity };
            let full = sources.len() == SOURCES;
            let beaten = full && rank(&sources[SOURCES - 1], &candidate) != Ordering::Greater;
            if similarity <= 0.0 || beaten || sources.iter().any(|s| s.member == member) {
                continue;
            }
            let place = sources.partition_point(|s| rank(s, &candidate) == Ordering::Less);
            sources.insert(place, candidate);
            sources.truncate(SOURCES);
        }
        Self {
            nearest: sources.first().map_or(0.0, |s| s.similarity),
            neighbors: similarities.iter().filter(|&&s| s >= NEIGHBOR).count() as u32,
            shared: 0,
            observed: 0,
            explained,
            hops: sources.first().map(|_| 1),
            sources,
        }
    }
}

/// Nearest first, ties by library row.
fn rank(a: &Source, b: &Source) -> Ordering {
    b.similarity.total_cmp(&a.similarity).then(a.member.cmp(&b.member))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn sources_are_the_best_of_a_full_sort(
            similarities in prop::collection::vec((0u8..12).prop_map(|s| f32::from(s) / 11.0), 0..40),
        ) {
            let members: Vec<u32> = (0..similarities.len() as u32).map(|i| i * 7 % 41).collect();
            let support = Support::new(&members, &similarities, 0.5);
            let mut all: Vec<Source> = members
                .iter()
                .zip(&similarities)
                .map(|(&member, &similarity)| Source { member, similarity })
                .filter(|s| s.similarity > 0.0)
                .collect();
            all.sort_by(rank);
            let count = similarities.iter().filter(|s| **s >= NEIGHBOR).count();
            prop_assert_eq!(support.neighbors as usize, count);
            prop_assert_eq!(support.hops.is_some(), !all.is_empty());
            all.truncate(SOURCES);
            prop_assert_eq!(support.sources, all);
        }
    }

    #[test]
    fn a_molecule_observed_twice_is_one_source() {
        let support = Support::new(&[3, 3, 1], &[0.6, 0.6, 0.4], 0.0);
        assert_eq!(support.neighbors, 3);
        assert_eq!(support.sources.iter().map(|s| s.member).collect::<Vec<_>>(), [3, 1]);
    }
}
