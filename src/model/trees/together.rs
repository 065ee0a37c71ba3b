//! Rows that go through trees together.
//!
//! Walks are hard to foresee for a processor. So every split of a tree is put to a block of rows at a time and strikes
//! out, in a word a row, the leaves that its answer rules out; the first leaf left of them is the one that a walk would reach
//! (Lucchese et al., QuickScorer, SIGIR 2015). 4,800 trees of 15 leaves on one busy Zen 3 class core: 150 µs a row by walks,
//! 63 µs in whole blocks.

use super::{Place, Split, leaf};
use crate::error::Error;
use crate::room::filled;

/// Rows of a block.
pub(super) const BLOCK: usize = 16;

/// Fewest rows that are not walked one by one.
const FEWEST: usize = 6;

/// Most leaves of a tree that fit the word.
const WORD: usize = 32;

/// What the splits of all trees strike out, empty for trees of more than [`WORD`] leaves.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Strikes {
    /// Of each split, the leaves that stay for a row that does not go left, a bit each, counted from the left.
    keep: Vec<u32>,
    /// The leaf at each place from the left, as long as there are leaves.
    order: Vec<u8>,
}

/// Those of one tree.
pub(super) struct Strike<'a> {
    pub(super) keep: &'a [u32],
    pub(super) order: &'a [u8],
}

impl Strikes {
    /// Of checked trees.
    pub(super) fn new(places: &[Place], splits: &[Split]) -> Result<Self, Error> {
        let leaves = places.last().map_or(0, |p| p.leaf + p.leaves);
        let mut all = Self { keep: filled(0, splits.len())?, order: filled(0, leaves)? };
        for place in places.iter().filter(|p| p.leaves <= WORD) {
            let count = place.leaves - 1;
            let splits = &splits[place.split..][..count];
            let order = &mut all.order[place.leaf..][..place.leaves];
            // Leaves below each split: children come later.
            let mut below = [0; WORD];
            let size = |child: i8, below: &[usize; WORD]| {
                usize::try_from(child).map_or(1, |split| below[split])
            };
            for (at, split) in splits.iter().enumerate().rev() {
                below[at] = size(split.left, &below) + size(split.right, &below);
            }
            // Where those of each split begin.
            let mut start = [0; WORD];
            for (at, split) in splits.iter().enumerate() {
                let left = size(split.left, &below);
                let begins = [(split.left, start[at]), (split.right, start[at] + left)];
                for (child, begin) in begins {
                    match usize::try_from(child) {
                        Ok(later) => start[later] = begin,
                        Err(_) => order[begin] = leaf(child) as u8,
                    }
                }
                // A split has leaves on its right, so that `left` is less than the word.
                all.keep[place.split + at] = !(((1 << left) - 1) << start[at]);
            }
        }
        Ok(all)
    }

    /// Those of the tree at `place`, if it fits the word.
    pub(super) fn of(&self, place: &Place) -> Option<Strike<'_>> {
        (place.leaves <= WORD).then(|| Strike {
            keep: &self.keep[place.split..][..place.leaves - 1],
            order: &self.order[place.leaf..][..place.leaves],
        })
    }
}

/// The columns of a block of rows.
pub(super) struct Columns(Vec<[f32; BLOCK]>);

impl Columns {
    /// The first `inputs` columns, of no rows yet.
    pub(super) fn new(inputs: usize) -> Self {
        Self(vec![[0.0; BLOCK]; inputs])
    }

    /// Takes the rows `x` of `width` values, at most [`BLOCK`]; false where they are too few for it to be worth while.
    pub(super) fn take(&mut self, x: &[f32], width: usize) -> bool {
        let is_enough = x.len() >= FEWEST * width;
        for (row, x) in x.chunks_exact(width).take(BLOCK).enumerate().filter(|_| is_enough) {
            self.0.iter_mut().zip(x).for_each(|(column, v)| column[row] = *v);
        }
        is_enough
    }

    /// The place, from the left, of the leaf that each row reaches; rows that were not taken come last.
    pub(super) fn reached(&self, splits: &[Split], keep: &[u32]) -> [usize; BLOCK] {
        let mut words = [u32::MAX; BLOCK];
        for (split, keep) in splits.iter().zip(keep) {
            // Without a branch, which the compiler would make of an `if`: thirty times as slow.
            let answers = self.0[usize::from(split.feature)]
                .map(|x| u32::from(x <= split.threshold).wrapping_neg() | keep);
            words.iter_mut().zip(answers).for_each(|(word, answer)| *word &= answer);
        }
        words.map(|word| word.trailing_zeros() as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Split, Tree, Trees};
    use proptest::prelude::*;

    /// A tree of any form: one leaf after another, by its number, is split on one of three columns.
    fn tree(choices: &[(prop::sample::Index, u16, i8)]) -> Tree {
        let mut splits: Vec<Split> = Vec::new();
        // Where each leaf hangs.
        let mut from: Vec<Option<(usize, bool)>> = vec![None];
        for (choice, feature, threshold) in choices {
            let leaf = choice.index(from.len());
            let at = splits.len();
            match from[leaf] {
                Some((parent, true)) => splits[parent].left = at as i8,
                Some((parent, false)) => splits[parent].right = at as i8,
                None => {}
            }
            let (left, right) = (!(leaf as i8), !(from.len() as i8));
            splits.push(Split { feature: *feature, threshold: (*threshold).into(), left, right });
            from[leaf] = Some((at, true));
            from.push(Some((at, false)));
        }
        Tree { task: 0, splits, leaves: (0..from.len()).map(|leaf| leaf as f32).collect() }
    }

    proptest! {
        /// Blocks, whole and in part, reach the leaves that single rows walk to, also where a tree does not fit the word.
        #[test]
        fn rows_together_reach_what_they_reach_alone(
            trees in prop::collection::vec(
                prop::collection::vec((any::<prop::sample::Index>(), 0..3u16, -3..3i8), 0..40), 1..6),
            rows in prop::collection::vec(prop::array::uniform3(-4..4i8), 4..40),
        ) {
            let trees: Vec<Tree> = trees.iter().map(|choices| tree(choices)).collect();
            let all = Trees::new(vec![0.0], &trees).unwrap();
            let x: Vec<f32> = rows.concat().into_iter().map(|v| if v == 3 { f32::NAN } else { v.into() }).collect();
            let together = all.outputs(&x, 3);
            for (x, y) in x.chunks(3).zip(together) {
                prop_assert_eq!(all.outputs(x, 3), [y]);
            }
        }
    }
}
