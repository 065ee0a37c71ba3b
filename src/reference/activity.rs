//! How strongly known compounds act in the assay that a modality is measured by.

use crate::error::{Error, ErrorKind};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Most compounds of an [`Activity`].
pub const MAX_COMPOUNDS: usize = 1 << 24;
/// Most numbers a compound.
const MAX_NUMBERS: usize = 64;
/// Bits of a key: of a hundred thousand compounds, a molecule that is none of them is taken for one
/// once in ten million.
const KEY_BITS: u32 = 40;
/// Standard deviations at which values are cut off.
const REACH: f32 = 4.0;
/// Code of the mean; others are as many steps away, and 0 says that nothing was measured.
const MEAN: f32 = 128.0;
const STEPS: f32 = 127.0;

/// A few numbers of each known compound that say how much it does in an assay, such as in how many
/// genes it moves or how well repeats of its images agree: known of far more compounds than whole
/// profiles are.
///
/// Profiles change with the strength of an effect in a direction that compounds share, whatever their
/// structure: what imputation learns from these numbers ([`Activity::link`]).
///
/// Numbers are kept in standard deviations about the mean of the compounds with profiles, cut off at
/// 4, in 254 steps: off by at most 0.016. A compound is known by its fingerprint, and molecules of
/// the same Morgan bits, such as stereoisomers, are one, and have the mean of their numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct Activity {
    names: Vec<String>,
    /// Of the compounds' fingerprints, ascending; shared by clones, as are the codes.
    keys: Arc<Vec<u64>>,
    /// Compounds × names.
    codes: Arc<Vec<u8>>,
}

/// A compound on its way into an [`Activity`]: the words of its fingerprint, and a value a name, NaN
/// where nothing was measured.
pub type Measured = (Vec<u64>, Vec<f32>);

impl Activity {
    /// The numbers called `names` of `compounds`, standardised by those of them whose fingerprints are among
    /// `observed` (all, where fewer than two are). Skewed numbers, such as counts, are best given as
    /// logarithms: nothing is done to them.
    ///
    /// # Errors
    /// [`ErrorKind::Argument`] for no or repeated names, another number of values than of names, or an infinite
    /// one; [`ErrorKind::Limit`] for more than [`MAX_COMPOUNDS`] compounds or 64 names.
    pub fn new(
        names: Vec<String>,
        compounds: &[Measured],
        observed: &[&[u64]],
    ) -> Result<Self, Error> {
        let width = names.len();
        let mut known: BTreeMap<u64, Vec<(f64, u32)>> = BTreeMap::new();
        for (words, values) in compounds {
            if values.len() != width || values.iter().any(|v| v.is_infinite()) {
                return argument(format!("activity: expected {width} finite numbers a compound"));
            }
            let sums = known.entry(key(words)).or_insert_with(|| vec![(0.0, 0); width]);
            for ((sum, n), &value) in sums.iter_mut().zip(values).filter(|(_, v)| !v.is_nan()) {
                (*sum, *n) = (*sum + f64::from(value), *n + 1);
            }
        }
        let own: Vec<u64> = observed.iter().map(|words| key(words)).collect();
        let means = |column: usize, of: &mut dyn Iterator<Item = &Vec<(f64, u32)>>| -> Vec<f64> {
            let measured = of.map(|sums| sums[column]).filter(|s| s.1 > 0);
            measured.map(|(sum, n)| sum / f64::from(n)).collect()
        };
        let mut scale = Vec::with_capacity(width);
        for column in 0..width {
            let mut values = means(column, &mut own.iter().filter_map(|key| known.get(key)));
            if values.len() < 2 {
                values = means(column, &mut known.values());
            }
            scale.push(moments(&values));
        }
        let code = |((sum, n), (mean, deviation)): (&(f64, u32), &(f64, f64))| match n {
            0 => 0,
            n => {
                let z = ((sum / f64::from(*n) - mean) / deviation) as f32;
                (z.clamp(-REACH, REACH) / REACH * STEPS + MEAN).round() as u8
            }
        };
        let codes = known.values().flat_map(|sums| sums.iter().zip(&scale).map(code)).collect();
        Self::from_columns(names, known.into_keys().collect(), codes)
    }

    /// From columns, as a file has them.
    pub(crate) fn from_columns(
        names: Vec<String>,
        keys: Vec<u64>,
        codes: Vec<u8>,
    ) -> Result<Self, Error> {
        if names.len() > MAX_NUMBERS || keys.len() > MAX_COMPOUNDS {
            return Err(Error::limit(format!(
                "activity: {} numbers of {} compounds, the limits are {MAX_NUMBERS} and {MAX_COMPOUNDS}",
                names.len(),
                keys.len()
            )));
        }
        check_names(&names)?;
        let whole = codes.len() == keys.len() * names.len()
            && keys.is_sorted_by(|a, b| a < b)
            && keys.last().is_none_or(|key| key >> KEY_BITS == 0);
        if !whole {
            return argument(format!(
                "activity: expected ascending keys of {KEY_BITS} bits, and as many codes as compounds × names"
            ));
        }
        Ok(Self { names, keys: Arc::new(keys), codes: Arc::new(codes) })
    }

    /// The same numbers, which are not copied, under other names.
    ///
    /// # Errors
    /// [`ErrorKind::Argument`] for another number of names, or names that [`new`](Self::new) refuses.
    pub(crate) fn renamed(&self, names: Vec<String>) -> Result<Self, Error> {
        check_names(&names)?;
        match names.len() == self.names.len() {
            true => Ok(Self { names, ..self.clone() }),
            false => argument("activity: expected as many names as before".into()),
        }
    }

    pub(crate) fn columns(&self) -> (&[u64], &[u8]) {
        (&self.keys, &self.codes)
    }

    /// What the numbers are called.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Number of compounds.
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether nothing is known.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// The numbers of the compound with this fingerprint, in standard deviations about the mean, 0 for one that
    /// was not measured; `None` where it is unknown.
    pub fn of(&self, words: &[u64]) -> Option<Vec<f32>> {
        let row = self.keys.binary_search(&key(words)).ok()?;
        let width = self.names.len();
        let value = |&code: &u8| match code {
            0 => 0.0,
            code => (f32::from(code) - MEAN) / STEPS * REACH,
        };
        Some(self.codes[row * width..(row + 1) * width].iter().map(value).collect())
    }

    /// How strongly two compounds are linked, from their numbers: the mean of the products. Negative where one
    /// acts more than the mean and the other less.
    pub fn link(a: &[f32], b: &[f32]) -> f32 {
        let sum: f32 = a.iter().zip(b).map(|(a, b)| a * b).sum();
        sum / a.len().max(1) as f32
    }
}

fn check_names(names: &[String]) -> Result<(), Error> {
    let plain = |n: &String| !n.is_empty() && !n.chars().any(char::is_control);
    let unique = names.iter().enumerate().all(|(i, name)| !names[..i].contains(name));
    match !names.is_empty() && unique && names.iter().all(plain) {
        true => Ok(()),
        false => argument("activity: expected names, each once and plain".into()),
    }
}

/// Mean and standard deviation; 1 for the latter where values are all the same.
fn moments(values: &[f64]) -> (f64, f64) {
    let n = values.len().max(1) as f64;
    let mean = values.iter().sum::<f64>() / n;
    let variance = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / n;
    (mean, if variance > 0.0 { variance.sqrt() } else { 1.0 })
}

fn key(words: &[u64]) -> u64 {
    super::context::key(words) >> (64 - KEY_BITS)
}

fn argument<T>(message: String) -> Result<T, Error> {
    Err(Error::new(ErrorKind::Argument, message))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(n: usize) -> Vec<String> {
        (0..n).map(|i| format!("number {i}")).collect()
    }

    #[test]
    fn numbers_come_back_standardised() {
        let compounds: Vec<Measured> = [(1, 2.0), (2, 4.0), (3, 6.0), (4, 100.0)]
            .map(|(bits, v)| (vec![bits, 0], vec![v]))
            .into();
        let observed: Vec<&[u64]> = compounds[..3].iter().map(|c| c.0.as_slice()).collect();
        let activity = Activity::new(names(1), &compounds, &observed).unwrap();
        assert_eq!((activity.len(), activity.is_empty()), (4, false));
        let of = |bits| activity.of(&[bits, 0]).unwrap()[0];
        // The three observed: mean 4, variance 8 / 3. Half a step is 4 / 127 / 2.
        let deviation = (8.0f32 / 3.0).sqrt();
        for (bits, expected) in [(1, -2.0 / deviation), (2, 0.0), (3, 2.0 / deviation), (4, 4.0)] {
            assert!(
                (of(bits) - expected).abs() <= 4.0 / 127.0 / 2.0 + 1e-6,
                "{bits}: {}",
                of(bits)
            );
        }
        assert_eq!(activity.of(&[9, 0]), None);
    }

    #[test]
    fn what_was_not_measured_is_the_mean_and_twins_are_averaged() {
        let compounds: Vec<Measured> = vec![
            (vec![1], vec![1.0, f32::NAN]),
            (vec![2], vec![3.0, 5.0]),
            (vec![2], vec![f32::NAN, 7.0]),
            (vec![3], vec![5.0, 8.0]),
        ];
        let activity = Activity::new(names(2), &compounds, &[]).unwrap();
        assert_eq!(activity.len(), 3);
        assert_eq!(activity.of(&[1]).unwrap()[1], 0.0);
        // 3 is the mean of 1, 3 and 5; 6 that of the twins, one deviation below 7.
        let twin = activity.of(&[2]).unwrap();
        assert_eq!(twin[0], 0.0);
        assert!((twin[1] + 1.0).abs() < 0.016, "{twin:?}");
    }

    #[test]
    fn links_are_an_inner_product() {
        assert_eq!(Activity::link(&[1.0, -2.0], &[3.0, 0.5]), 1.0);
        assert_eq!(Activity::link(&[], &[]), 0.0);
    }

    #[test]
    fn damaged_columns_are_refused() {
        let good = |names, keys, codes| Activity::from_columns(names, keys, codes).is_ok();
        assert!(good(names(2), vec![1, 5], vec![0, 1, 2, 255]));
        assert!(good(names(1), vec![], vec![]));
        assert!(!good(names(2), vec![5, 1], vec![0; 4]));
        assert!(!good(names(2), vec![1, 1], vec![0; 4]));
        assert!(!good(names(2), vec![1, 5], vec![0; 3]));
        assert!(!good(names(1), vec![1 << 40], vec![0]));
        assert!(!good(vec![], vec![], vec![]));
        assert!(!good(vec!["a".into(), "a".into()], vec![1], vec![0, 0]));
        assert!(!good(names(65), vec![], vec![]));
        let infinite: Vec<Measured> = vec![(vec![1], vec![f32::INFINITY])];
        assert!(Activity::new(names(1), &infinite, &[]).is_err());
        assert!(Activity::new(names(2), &[(vec![1], vec![1.0])], &[]).is_err());
    }
}
