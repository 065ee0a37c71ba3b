//! The molecules that a data set's networks learnt from, and how like them another one is.

use crate::error::{Error, ErrorKind};
use crate::reference::PackedFingerprints;

/// What a molecule must satisfy to lie inside.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limits {
    /// Least Tanimoto similarity of the nearest training molecule.
    pub least_similarity: f32,
    /// Most descriptors outside the range of the training molecules.
    pub most_outside: u32,
}

/// Training molecules of one data set.
#[derive(Clone, Debug)]
pub struct Domain {
    name: String,
    limits: Limits,
    packed: PackedFingerprints,
    low: Vec<f32>,
    high: Vec<f32>,
}

/// Where a molecule lies relative to a [`Domain`].
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Placement {
    /// Tanimoto similarity of the nearest training molecule, 0 to 1.
    pub nearest: f32,
    /// Descriptors outside the range of the training molecules.
    pub outside: u32,
    /// The one of them that is furthest outside, an index into the model's descriptors; none where
    /// `outside` is 0.
    pub furthest: Option<u32>,
}

impl Domain {
    /// Of the data set `name`: fingerprints of `bits` bits, 64 a word, molecule after molecule, and the range
    /// of each standardized descriptor.
    ///
    /// # Errors
    /// [`ErrorKind::Argument`] for words that are no whole rows, or ranges that do not fit each other.
    pub fn new(
        name: String,
        limits: Limits,
        bits: usize,
        words: &[u64],
        (low, high): (Vec<f32>, Vec<f32>),
    ) -> Result<Self, Error> {
        let argument = |m: String| Error::new(ErrorKind::Argument, m);
        if low.len() != high.len()
            || low.iter().zip(&high).any(|(l, h)| l.partial_cmp(h).is_none_or(|o| o.is_gt()))
        {
            return Err(argument(format!("'{name}': expected ranges from low to high")));
        }
        let packed = PackedFingerprints::new(bits, words).map_err(|e| argument(e.to_string()))?;
        Ok(Self { name, limits, packed, low, high })
    }

    /// The data set.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What a molecule must satisfy to lie inside.
    pub fn limits(&self) -> Limits {
        self.limits
    }

    /// Number of training molecules kept.
    pub fn len(&self) -> usize {
        self.packed.len()
    }

    /// Whether no training molecule is kept.
    pub fn is_empty(&self) -> bool {
        self.packed.is_empty()
    }

    /// Where the molecule of these Morgan bits and standardized descriptors lies.
    ///
    /// # Panics
    /// If `words` has another width than the training molecules' fingerprints.
    pub fn place(&self, words: &[u64], descriptors: &[f32]) -> Placement {
        let nearest = self.packed.top_k(words, 1, 0.0).first().map_or(0.0, |n| n.similarity);
        let (mut outside, mut furthest, mut most) = (0, None, 0.0);
        for (i, (&v, (&low, &high))) in
            (0..).zip(descriptors.iter().zip(self.low.iter().zip(&self.high)))
        {
            let by = (low - v).max(v - high);
            if by > 0.0 {
                outside += 1;
                if by > most {
                    (furthest, most) = (Some(i), by);
                }
            }
        }
        Placement { nearest, outside, furthest }
    }
}

impl Placement {
    /// Whether it satisfies `limits`.
    pub fn is_inside(&self, limits: &Limits) -> bool {
        self.nearest >= limits.least_similarity && self.outside <= limits.most_outside
    }

    /// Why it lies outside, in words; empty where it is inside. `dataset` and `descriptors` name what
    /// they say.
    pub fn reason(&self, limits: &Limits, dataset: &str, descriptors: &[String]) -> String {
        let mut reasons = Vec::new();
        if self.nearest < limits.least_similarity {
            reasons.push(format!(
                "the nearest training molecule of {dataset} has similarity {:.2}, expected at least {:.2}",
                self.nearest, limits.least_similarity
            ));
        }
        if self.outside > limits.most_outside {
            let furthest = self.furthest.and_then(|i| descriptors.get(i as usize));
            reasons.push(format!(
                "{} of {} descriptors are outside the range of {dataset}, expected at most {}{}",
                self.outside,
                descriptors.len(),
                limits.most_outside,
                furthest.map(|name| format!("; furthest {name}")).unwrap_or_default()
            ));
        }
        reasons.join("; ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn domain() -> Domain {
        let limits = Limits { least_similarity: 0.5, most_outside: 1 };
        let words = [0b1111, 0, 0, 0, 0b11, 0, 0, 0];
        Domain::new("set".into(), limits, 256, &words, (vec![-1.0, 0.0, 2.0], vec![1.0, 0.0, 3.0]))
            .unwrap()
    }

    #[test]
    fn nearest_and_ranges_decide() {
        let domain = domain();
        let names: Vec<String> = ["a", "b", "c"].map(String::from).into();
        let place = |word: u64, d: [f32; 3]| domain.place(&[word, 0, 0, 0], &d);
        let tell = |p: &Placement| p.reason(&domain.limits(), domain.name(), &names);
        let same = place(0b11, [1.0, 0.0, 2.0]);
        assert_eq!(same, Placement { nearest: 1.0, outside: 0, furthest: None });
        assert!(same.is_inside(&domain.limits()) && tell(&same).is_empty());
        let far = place(0b1 << 40, [0.0, 0.5, 2.5]);
        assert_eq!((far.nearest, far.outside, far.furthest), (0.0, 1, Some(1)));
        assert!(!far.is_inside(&domain.limits()) && tell(&far).contains("similarity 0.00"));
        let odd = place(0b111, [-1.5, 0.1, 9.0]);
        assert_eq!((odd.outside, odd.furthest), (3, Some(2)));
        assert!(
            tell(&odd).contains("3 of 3") && tell(&odd).ends_with("furthest c"),
            "{}",
            tell(&odd)
        );
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let limits = domain().limits();
        let new = |bits, words: &[u64], low: &[f32], high: &[f32]| {
            Domain::new("set".into(), limits, bits, words, (low.to_vec(), high.to_vec()))
        };
        assert!(new(256, &[0; 4], &[0.0], &[1.0]).is_ok());
        assert!(new(256, &[0; 3], &[0.0], &[1.0]).is_err());
        assert!(new(100, &[0; 4], &[0.0], &[1.0]).is_err());
        assert!(new(256, &[0; 4], &[0.0], &[]).is_err());
        assert!(new(256, &[0; 4], &[2.0], &[1.0]).is_err());
        assert!(new(256, &[0; 4], &[f32::NAN], &[1.0]).is_err());
    }
}
