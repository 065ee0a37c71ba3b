//! What is known of compounds beyond their structure: mechanisms and targets that they share.

use crate::error::{Error, ErrorKind};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Most terms of all compounds of a [`Context`] together.
pub const MAX_TERMS: usize = 1 << 22;

/// Most terms of one compound: links are merged term by term.
const MAX_OWN: usize = 4096;

/// Edges of a context graph between compounds, as sparse vectors: two compounds are linked as strongly
/// as their vectors' inner product says.
///
/// A compound has terms of several kinds, such as mechanisms and targets. A term counts 1/√n where *n*
/// compounds have it, so that what half of all share tells little, and the terms of a kind make a
/// vector of length one: two compounds of the same terms are linked with 1 for every kind.
///
/// A compound is known by its fingerprint: molecules of the same Morgan bits, such as stereoisomers,
/// are one, and have the terms of all.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Context {
    /// Of the compounds' fingerprints, ascending.
    keys: Vec<u64>,
    /// Where each compound's terms start in `terms`, and the end.
    starts: Vec<u32>,
    /// Term and weight, terms ascending within a compound.
    terms: Vec<(u32, f32)>,
}

/// A compound on its way into a [`Context`]: the words of its fingerprint, and its terms, a list a kind.
pub type Annotated = (Vec<u64>, Vec<Vec<String>>);

impl Context {
    /// The context of `compounds`. Compounds without a term, and terms of a single compound, link nothing
    /// and are left out.
    ///
    /// # Errors
    /// [`ErrorKind::Limit`] for more than [`MAX_TERMS`] terms.
    pub fn new(compounds: &[Annotated]) -> Result<Self, Error> {
        let mut known: BTreeMap<u64, BTreeSet<(usize, &str)>> = BTreeMap::new();
        for (words, kinds) in compounds {
            let terms = known.entry(key(words)).or_default();
            for (kind, list) in kinds.iter().enumerate() {
                terms.extend(list.iter().map(|term| (kind, term.as_str())));
            }
        }
        let mut count: BTreeMap<(usize, &str), usize> = BTreeMap::new();
        known.values().flatten().for_each(|term| *count.entry(*term).or_default() += 1);
        let shared = count.iter().filter(|(_, n)| **n > 1).map(|(term, _)| *term);
        let number: HashMap<(usize, &str), u32> = shared.zip(0..).collect();
        let mut context = Self { starts: vec![0], ..Self::default() };
        for (key, terms) in &known {
            let mut length: HashMap<usize, f64> = HashMap::new();
            for term in terms {
                *length.entry(term.0).or_default() += 1.0 / count[term] as f64;
            }
            let before = context.terms.len();
            for (term, number) in terms.iter().filter_map(|t| number.get(t).map(|n| (t, *n))) {
                let weight = (1.0 / count[term] as f64 / length[&term.0]).sqrt() as f32;
                context.terms.push((number, weight));
            }
            if context.terms.len() > before {
                context.keys.push(*key);
                context.starts.push(context.terms.len() as u32);
            }
        }
        context.checked()
    }

    /// From columns, as a file has them.
    pub(crate) fn from_columns(
        keys: Vec<u64>,
        starts: Vec<u32>,
        terms: Vec<(u32, f32)>,
    ) -> Result<Self, Error> {
        Self { keys, starts, terms }.checked()
    }

    fn checked(self) -> Result<Self, Error> {
        if self.terms.len() > MAX_TERMS {
            let message =
                format!("{} terms of context, the limit is {MAX_TERMS}", self.terms.len());
            return Err(Error::new(ErrorKind::Limit, message));
        }
        if self.starts.windows(2).any(|pair| pair[1].saturating_sub(pair[0]) as usize > MAX_OWN) {
            let message = format!("a compound has more than {MAX_OWN} terms of context");
            return Err(Error::new(ErrorKind::Limit, message));
        }
        let (first, last) = (self.starts.first(), self.starts.last());
        let whole = first == Some(&0)
            && last == Some(&(self.terms.len() as u32))
            && self.starts.len() == self.keys.len() + 1
            && self.starts.is_sorted()
            && self.keys.is_sorted_by(|a, b| a < b)
            && (0..self.len()).all(|i| self.row(i).is_sorted_by(|a, b| a.0 < b.0))
            && self.terms.iter().all(|t| (0.0..=1.0).contains(&t.1));
        if whole {
            return Ok(self);
        }
        let message = "context: expected ascending keys, terms and starts, and weights of 0 to 1";
        Err(Error::new(ErrorKind::Argument, message))
    }

    /// Number of compounds.
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether nothing is known.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    pub(crate) fn columns(&self) -> (&[u64], &[u32], &[(u32, f32)]) {
        (&self.keys, &self.starts, &self.terms)
    }

    /// Terms and weights of the compound with this fingerprint; empty where it is unknown.
    pub fn of(&self, words: &[u64]) -> &[(u32, f32)] {
        self.keys.binary_search(&key(words)).map_or(&[], |row| self.row(row))
    }

    /// The place of the compound with this fingerprint, for [`at`](Self::at).
    pub(super) fn place(&self, words: &[u64]) -> Option<usize> {
        self.keys.binary_search(&key(words)).ok()
    }

    /// Terms and weights of the compound at `place`; none where that is none.
    pub(super) fn at(&self, place: Option<usize>) -> &[(u32, f32)] {
        place.map_or(&[], |row| self.row(row))
    }

    fn row(&self, row: usize) -> &[(u32, f32)] {
        &self.terms[self.starts[row] as usize..self.starts[row + 1] as usize]
    }

    /// How strongly two compounds are linked, from their terms: 0 to the number of kinds.
    pub fn link(a: &[(u32, f32)], b: &[(u32, f32)]) -> f32 {
        let (mut i, mut j, mut sum) = (0, 0, 0.0);
        while let (Some(x), Some(y)) = (a.get(i), b.get(j)) {
            if x.0 == y.0 {
                sum += x.1 * y.1;
            }
            i += usize::from(x.0 <= y.0);
            j += usize::from(y.0 <= x.0);
        }
        sum
    }
}

/// FNV-1a of a fingerprint's words: with some thousand compounds, two have one key by chance once in 10¹².
pub(super) fn key(words: &[u64]) -> u64 {
    words
        .iter()
        .flat_map(|w| w.to_le_bytes())
        .fold(0xcbf2_9ce4_8422_2325, |h, b| (h ^ u64::from(b)).wrapping_mul(0x100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compound(bits: u64, mechanism: &[&str], targets: &[&str]) -> Annotated {
        let own = |list: &[&str]| list.iter().map(|t| t.to_string()).collect();
        (vec![bits, 0], vec![own(mechanism), own(targets)])
    }

    #[test]
    fn compounds_are_linked_by_what_they_share() {
        let context = Context::new(&[
            compound(1, &["inhibitor"], &["A", "B"]),
            compound(2, &["inhibitor"], &["A", "B"]),
            compound(3, &[], &["A", "only its own"]),
            compound(4, &["something else"], &[]),
            compound(5, &[], &["B"]),
        ])
        .unwrap();
        // The fourth shares nothing.
        assert_eq!(context.len(), 4);
        let of = |bits| context.of(&[bits, 0]);
        let close = |a: f32, b: f32| assert!((a - b).abs() < 1e-6, "{a} {b}");
        close(Context::link(of(1), of(2)), 2.0);
        // Three have A, three B: (1/√2)² of the first; the third's own term counts 1 beside A's 1/√3.
        close(Context::link(of(1), of(5)), 0.5f32.sqrt());
        close(Context::link(of(1), of(3)), (0.5f32 * 0.25).sqrt());
        assert_eq!(Context::link(of(3), of(5)), 0.0);
        assert!(of(4).is_empty() && of(99).is_empty());
    }

    #[test]
    fn twins_of_one_fingerprint_are_one_compound() {
        let twins =
            [compound(1, &["m"], &[]), compound(1, &[], &["T"]), compound(2, &["m"], &["T"])];
        let context = Context::new(&twins).unwrap();
        assert_eq!((context.len(), context.of(&[1, 0]).len()), (2, 2));
    }

    #[test]
    fn damaged_columns_are_refused() {
        let good = Context::from_columns(vec![1, 2], vec![0, 1, 2], vec![(0, 0.5), (0, 1.0)]);
        assert!(good.is_ok());
        for (keys, starts, terms) in [
            (vec![2, 1], vec![0, 1, 2], vec![(0, 0.5), (0, 1.0)]),
            (vec![1, 2], vec![0, 3, 2], vec![(0, 0.5), (0, 1.0)]),
            (vec![1, 2], vec![0, 1], vec![(0, 0.5)]),
            (vec![1], vec![0, 2], vec![(3, 0.5), (3, 0.5)]),
            (vec![1], vec![0, 1], vec![(0, f32::NAN)]),
            (vec![], vec![], vec![]),
        ] {
            assert!(Context::from_columns(keys, starts, terms).is_err());
        }
    }
}
