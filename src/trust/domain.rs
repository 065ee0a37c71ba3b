//! The molecules that a data set's networks learnt from, and how like them another one is.

use super::composition::{Composition, CompositionRange, Unlike};
use crate::error::Error;
use crate::reference::PackedFingerprints;

/// What a molecule must satisfy to lie inside.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DomainLimits {
    /// Least Tanimoto similarity of the nearest training molecule.
    pub least_similarity: f32,
    /// What the training molecules are made of; none where that is not known.
    pub composition: Option<CompositionRange>,
}

/// Training molecules of one data set.
#[derive(Clone, Debug)]
pub struct Domain {
    name: String,
    limits: DomainLimits,
    packed: PackedFingerprints,
}

/// Where a molecule lies relative to a [`Domain`].
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Placement {
    /// Tanimoto similarity of the nearest training molecule, 0 to 1.
    pub nearest: f32,
    /// What it is made of and no training molecule is, if there is such a thing.
    pub unlike: Option<Unlike>,
}

impl Domain {
    /// Of the data set `name`: fingerprints of `bits` bits, 64 a word, molecule after molecule.
    ///
    /// # Errors
    /// [`ErrorKind::Argument`] for words that are no whole rows; [`ErrorKind::Limit`] where there is no memory for them.
    pub fn new(
        name: String,
        limits: DomainLimits,
        bits: usize,
        words: &[u64],
    ) -> Result<Self, Error> {
        let packed = PackedFingerprints::new(bits, words)
            .map_err(|e| Error::from(e).at(format!("'{name}'")))?;
        Ok(Self { name, limits, packed })
    }

    /// The data set.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What a molecule must satisfy to lie inside.
    pub fn limits(&self) -> DomainLimits {
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

    /// Where the molecule of these Morgan bits lies; without its `composition`, which a fingerprint that was computed elsewhere lacks, by
    /// similarity alone.
    ///
    /// # Panics
    /// If `words` has another width than the training molecules' fingerprints.
    pub fn place(&self, words: &[u64], composition: Option<&Composition>) -> Placement {
        let nearest = self.packed.top_k(words, 1, 0.0).first().map_or(0.0, |n| n.similarity);
        let unlike = self.limits.composition.zip(composition).and_then(|(r, c)| r.unlike(c));
        Placement { nearest, unlike }
    }
}

impl Placement {
    /// Whether it satisfies `limits`. A training molecule always does.
    pub fn is_inside(&self, limits: &DomainLimits) -> bool {
        self.nearest >= limits.least_similarity && self.unlike.is_none()
    }

    /// Why it lies outside, in words; empty where it is inside. `dataset` names what they say.
    pub fn reason(&self, limits: &DomainLimits, dataset: &str) -> String {
        let mut reasons = Vec::new();
        if self.nearest < limits.least_similarity {
            reasons.push(format!(
                "the nearest training molecule of {dataset} has a Tanimoto similarity of {:.2}, expected at least {:.2}",
                // So that what is below the limit is not told as equal to it.
                (self.nearest * 100.0).floor() / 100.0,
                (limits.least_similarity * 100.0).ceil() / 100.0
            ));
        }
        if let (Some(unlike), Some(range)) = (self.unlike, &limits.composition) {
            reasons.push(unlike.text(range, dataset));
        }
        reasons.join("; ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn domain(composition: Option<CompositionRange>) -> Domain {
        let limits = DomainLimits { least_similarity: 0.5, composition };
        let words = [0b1111, 0, 0, 0, 0b11, 0, 0, 0];
        Domain::new("set".into(), limits, 256, &words).unwrap()
    }

    #[test]
    fn the_nearest_molecule_decides() {
        let domain = domain(None);
        let place = |word: u64| domain.place(&[word, 0, 0, 0], None);
        let tell = |p: &Placement| p.reason(&domain.limits(), domain.name());
        let same = place(0b11);
        assert_eq!(same, Placement { nearest: 1.0, unlike: None });
        assert!(same.is_inside(&domain.limits()) && tell(&same).is_empty());
        let far = place(0b1 << 40);
        assert_eq!(far.nearest, 0.0);
        assert!(!far.is_inside(&domain.limits()) && tell(&far).contains("similarity of 0.00"));
    }

    #[test]
    fn what_it_is_made_of_decides_as_well() {
        let own = Composition { elements: 1 << 6, heavy_atoms: 4, charge: 0 };
        let domain = domain(CompositionRange::of([own]));
        let place = |c: Option<Composition>| domain.place(&[0b11, 0, 0, 0], c.as_ref());
        assert!(place(Some(own)).is_inside(&domain.limits()));
        assert!(place(None).is_inside(&domain.limits()), "a fingerprint alone");
        let other = place(Some(Composition { elements: 1 << 5, ..own }));
        assert_eq!(other, Placement { nearest: 1.0, unlike: Some(Unlike::Element(5)) });
        assert!(!other.is_inside(&domain.limits()));
        assert!(other.reason(&domain.limits(), "set").contains("contains B"));
    }

    #[test]
    fn what_is_below_is_told_as_below() {
        let limits = DomainLimits { least_similarity: 0.2743, composition: None };
        let reason = Placement { nearest: 0.2742, unlike: None }.reason(&limits, "set");
        assert!(reason.contains("0.27, expected at least 0.28"), "{reason}");
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let limits = domain(None).limits();
        let new = |bits, words: &[u64]| Domain::new("set".into(), limits, bits, words);
        assert!(new(256, &[0; 4]).is_ok());
        assert!(new(256, &[0; 3]).is_err());
        assert!(new(100, &[0; 4]).is_err());
    }
}
