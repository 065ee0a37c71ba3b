//! Making an applicability domain of training molecules and of the errors on held-out ones.

use super::batch::Batch;
use super::calibrate::HeldOut;
use super::flow::Slot;
use super::options::Run;
use super::tile::Seen;
use super::trust::{morgan_bits, words};
use super::{tile, tiles};
use crate::chem::Limits;
use crate::error::Error;
use crate::model::network::guarded;
use crate::model::trust::Kept;
use crate::model::{CompositionEntry, DomainEntry, Model};
use crate::trust::{CompositionRange, Domain, DomainLimits, Errors, HeldOutMolecule, threshold};

/// More training molecules of a data set than this are thinned out.
const MANY: usize = 8_000;
/// Of which no two are then as similar as this.
const ALIKE: f64 = 0.4;

/// Morgan bits, 64 a word, and what else is seen of a row.
type Structure = (Vec<u64>, Seen);

impl Model {
    /// The domain of `set`, whose held-out molecules have `errors`. None without a training molecule,
    /// or without a held-out one that something was measured of.
    pub(super) fn domain(
        &self,
        set: &HeldOut<'_>,
        errors: &[Errors],
        threads: usize,
    ) -> Result<Option<(DomainEntry, Kept)>, Error> {
        let training = self.structures(set.training, threads)?;
        let held_out = self.structures(set.molecules, threads)?;
        let rows = |of: &[Option<Structure>]| -> Vec<Vec<u64>> {
            of.iter().flatten().map(|(words, _)| words.clone()).collect()
        };
        let most = if training.iter().flatten().count() > MANY { ALIKE as f32 } else { 1.0 };
        let kept = thinned(rows(&training));
        let mut molecules = kept.len();
        let mut words = kept.concat();
        let open = DomainLimits { least_similarity: 0.0, composition: None };
        let bits = self.layout.morgan_bits;
        let domain = Domain::new(set.dataset.to_owned(), open, bits, &words)?;
        let measured: Vec<HeldOutMolecule> = held_out
            .iter()
            .zip(errors)
            .filter(|(_, errors)| !errors.is_empty())
            .filter_map(|(row, &errors)| {
                let nearest = domain.place(&row.as_ref()?.0, None).nearest;
                Some(HeldOutMolecule { nearest, errors })
            })
            .collect();
        let Some(found) = threshold(&measured, most).filter(|_| molecules > 0) else {
            return Ok(None);
        };
        let mut learnt: Vec<Option<Structure>> = training;
        if set.twin.is_some() {
            let labelled = held_out.into_iter().zip(errors).filter(|(_, e)| !e.is_empty());
            learnt.extend(labelled.map(|(row, _)| row));
            let kept = thinned(rows(&learnt));
            molecules = kept.len();
            words = kept.concat();
        }
        let seen = learnt.iter().flatten().filter_map(|(_, seen)| seen.composition);
        let composition = CompositionRange::of(seen);
        let entry = DomainEntry {
            least_similarity: found.least_similarity,
            error_ratio: found.error_ratio,
            composition: composition.as_ref().map(CompositionEntry::new),
            molecules,
        };
        Ok(Some((entry, Kept { dataset: set.dataset.to_owned(), words })))
    }

    /// Morgan bits, 64 a word, of every row, and what else is seen of it; none for a bad one.
    fn structures(&self, batch: &Batch, threads: usize) -> Result<Vec<Option<Structure>>, Error> {
        let bits = morgan_bits(self);
        let rows = tiles::map(batch.len(), 64, threads, &Run::new(), |rows| {
            let mut structure = vec![0.0; self.layout.width()];
            let limits = Limits::default();
            Ok(rows
                .map(|row| {
                    let input = batch.row(row)?;
                    let mut slot = Slot { structure: &mut structure, graph: None };
                    let seen = guarded(|| tile::encode(self, &limits, &input, &mut slot));
                    Some((words(&structure[bits..]), seen.ok()?))
                })
                .collect::<Vec<_>>())
        })?;
        Ok(rows.into_iter().flatten().collect())
    }
}

/// `rows`, or so many of them, if they are many, that each other one has one of a similarity of at least
/// [`ALIKE`]: whoever is first stands for those like it.
fn thinned(rows: Vec<Vec<u64>>) -> Vec<Vec<u64>> {
    if rows.len() <= MANY {
        return rows;
    }
    let count = |row: &[u64]| row.iter().map(|w| w.count_ones()).sum::<u32>();
    let mut kept: Vec<(u32, Vec<u64>)> = Vec::new();
    for row in rows {
        let own = count(&row);
        let stands = kept.iter().any(|(other, words)| {
            // The most that they can have in common, before it is counted.
            let (few, many) = (own.min(*other), own.max(*other));
            if f64::from(few) < ALIKE * f64::from(many) {
                return false;
            }
            let common: u32 = row.iter().zip(words).map(|(a, b)| (a & b).count_ones()).sum();
            f64::from(common) >= ALIKE * f64::from(own + other - common)
        });
        if !stands {
            kept.push((own, row));
        }
    }
    kept.into_iter().map(|(_, row)| row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thinning_leaves_none_far_from_all() {
        let mut seed = 1u64;
        let mut rows = Vec::new();
        for i in 0..MANY as u64 + 500 {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(i);
            // Families that share most bits.
            let family = (seed >> 33) % 40;
            rows.push(vec![(0xff << family) | (seed >> 60), 1 << (family % 7)]);
        }
        let kept = thinned(rows.clone());
        assert!(kept.len() < 2000, "{}", kept.len());
        let alike = |a: &[u64], b: &[u64]| {
            let common: u32 = a.iter().zip(b).map(|(a, b)| (a & b).count_ones()).sum();
            let union: u32 = a.iter().zip(b).map(|(a, b)| (a | b).count_ones()).sum();
            f64::from(common) / f64::from(union) >= ALIKE
        };
        assert!(rows.iter().all(|row| kept.iter().any(|k| alike(k, row))));
        assert!((1..kept.len()).all(|i| !kept[..i].iter().any(|k| alike(k, &kept[i]))));
        let few = rows[..100].to_vec();
        assert_eq!(thinned(few.clone()), few);
    }
}
