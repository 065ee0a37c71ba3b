//! Decision trees whose leaves are summed: what gradient boosting makes, as a member of an ensemble beside ONNX networks.
//!
//! ONNX has operators for trees too. They take five times the bytes of the form here, as every node names its kind in
//! letters, and the inference library follows their links unchecked. This form is checked as it is read: a child comes
//! behind its parent, and each has one parent, so every walk ends, and every index is in range.

mod file;
mod together;

use crate::error::{Error, ErrorKind};
use together::{BLOCK, Columns, Strikes};

/// Ending of the paths of members that are trees; all others are ONNX.
pub const TREES_ENDING: &str = ".safetensors";

/// Most leaves of one tree.
pub const MAX_LEAVES: usize = 128;

/// A node that asks whether `x[feature] <= threshold`. A value that is no number is not.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Split {
    /// The column of the input.
    pub feature: u16,
    /// The largest value that goes left.
    pub threshold: f32,
    /// Where it goes if so: from 0 on, a later split of the same tree; below 0, leaf −1 − `left`.
    pub left: i8,
    /// Where it goes if not.
    pub right: i8,
}

/// One tree.
#[derive(Clone, Debug, PartialEq)]
pub struct Tree {
    /// The output that its leaves are added to.
    pub task: u16,
    /// The first is the root; none in a tree of one leaf.
    pub splits: Vec<Split>,
    /// One more than splits.
    pub leaves: Vec<f32>,
}

/// Where a tree lies among all.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Place {
    task: usize,
    split: usize,
    leaf: usize,
    leaves: usize,
}

/// Trees of one or more outputs. An output is its base value, and of each of its trees the leaf that the input
/// reaches, added in the trees' order in f32.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Trees {
    base: Vec<f32>,
    places: Vec<Place>,
    splits: Vec<Split>,
    leaves: Vec<f32>,
    strikes: Strikes,
    inputs: usize,
}

impl Trees {
    /// Trees with one base value an output.
    ///
    /// # Errors
    /// [`ErrorKind::Argument`] for no outputs, more than [`MAX_LEAVES`] leaves in a tree or other than one
    /// more than splits, links that lead back or out of the tree or to where another does, tasks out of range, values that are no numbers.
    pub fn new(base: Vec<f32>, trees: &[Tree]) -> Result<Self, Error> {
        let mut all = Self { base, ..Self::default() };
        for (i, tree) in trees.iter().enumerate() {
            if tree.leaves.len() != tree.splits.len() + 1 {
                return Err(Error::new(
                    ErrorKind::Argument,
                    format!(
                        "tree {i} has {} splits and {} leaves, expected one leaf more",
                        tree.splits.len(),
                        tree.leaves.len()
                    ),
                ));
            }
            all.places.push(Place {
                task: tree.task.into(),
                split: all.splits.len(),
                leaf: all.leaves.len(),
                leaves: tree.leaves.len(),
            });
            all.splits.extend(&tree.splits);
            all.leaves.extend(&tree.leaves);
        }
        all.check().map_err(|message| Error::new(ErrorKind::Argument, message))?;
        all.prepared()
    }

    /// With every leaf and base value times `factor`.
    ///
    /// # Errors
    /// [`ErrorKind::Argument`] where a value leaves f32.
    pub fn scaled(mut self, factor: f32) -> Result<Self, Error> {
        self.base.iter_mut().chain(&mut self.leaves).for_each(|v| *v *= factor);
        self.check().map_err(|message| Error::new(ErrorKind::Argument, message))?;
        Ok(self)
    }

    /// With what follows from checked trees filled in.
    fn prepared(mut self) -> Result<Self, Error> {
        self.inputs = self.splits.iter().map(|s| usize::from(s.feature) + 1).max().unwrap_or(0);
        self.strikes = Strikes::new(&self.places, &self.splits)?;
        Ok(self)
    }

    /// What an output is before its first tree, an output each.
    pub fn base(&self) -> &[f32] {
        &self.base
    }

    /// The trees, in the order in which they are added.
    pub fn iter(&self) -> impl Iterator<Item = Tree> {
        self.places.iter().map(|place| Tree {
            task: place.task as u16,
            splits: self.splits[place.split..][..place.leaves - 1].to_vec(),
            leaves: self.leaves[place.leaf..][..place.leaves].to_vec(),
        })
    }

    /// Number of outputs.
    pub fn tasks(&self) -> usize {
        self.base.len()
    }

    /// Columns that an input must have at least.
    pub fn inputs(&self) -> usize {
        self.inputs
    }

    /// What a row takes, in multiply-adds of the same time.
    pub(crate) fn work(&self) -> u64 {
        // A split takes 1 ns in a block of rows, a tree a few more.
        const SPLIT: u64 = 40;
        (self.splits.len() as u64 + 4 * self.places.len() as u64).saturating_mul(SPLIT)
    }

    /// The outputs for `x` of rows × `width`, row-major: rows × tasks. A row's are the same bits in any company.
    ///
    /// # Panics
    /// If `width` is 0 or less than [`inputs`](Self::inputs).
    pub fn outputs(&self, x: &[f32], width: usize) -> Vec<f32> {
        assert!(width >= self.inputs().max(1), "columns of the input");
        let tasks = self.base.len();
        let mut y = self.base.repeat(x.len() / width);
        let mut columns = Columns::new(self.inputs);
        for (x, y) in x.chunks(width * BLOCK).zip(y.chunks_mut(tasks * BLOCK)) {
            let is_together = columns.take(x, width);
            for place in &self.places {
                let splits = &self.splits[place.split..][..place.leaves - 1];
                let leaves = &self.leaves[place.leaf..][..place.leaves];
                let rows = y.chunks_exact_mut(tasks).map(|y| &mut y[place.task]);
                if is_together && let Some(strikes) = self.strikes.of(place) {
                    let places = columns.reached(splits, strikes.keep);
                    for (y, place) in rows.zip(places) {
                        *y += leaves[usize::from(strikes.order[place])];
                    }
                } else {
                    for (y, x) in rows.zip(x.chunks_exact(width)) {
                        *y += leaves[reached(splits, x)];
                    }
                }
            }
        }
        y
    }

    /// Sees to what `new` promises, which the walk of [`reached`] relies on.
    fn check(&self) -> Result<(), String> {
        if self.base.is_empty() {
            return Err("trees need at least one output".into());
        }
        let finite = |v: &f32| v.is_finite();
        if !self.base.iter().all(finite) || !self.leaves.iter().all(finite) {
            return Err("a leaf or a base value is no number".into());
        }
        for (i, place) in self.places.iter().enumerate() {
            if !(1..=MAX_LEAVES).contains(&place.leaves) {
                return Err(format!(
                    "tree {i} has {} leaves, expected 1 to {MAX_LEAVES}",
                    place.leaves
                ));
            }
            if place.task >= self.base.len() {
                return Err(format!(
                    "tree {i} adds to output {} of {}",
                    place.task,
                    self.base.len()
                ));
            }
            let count = place.leaves - 1;
            // Those with a parent, leaves and splits. There are as many links as nodes but the root.
            let (mut met_leaves, mut met_splits) = (0u128, 0u128);
            for (at, split) in self.splits[place.split..][..count].iter().enumerate() {
                if !split.threshold.is_finite() {
                    return Err(format!("tree {i}, split {at}: its threshold is no number"));
                }
                for child in [split.left, split.right] {
                    let (fits, met, node) = match usize::try_from(child) {
                        Ok(later) => (later > at && later < count, &mut met_splits, later),
                        Err(_) => (leaf(child) < place.leaves, &mut met_leaves, leaf(child)),
                    };
                    if !fits {
                        return Err(format!(
                            "tree {i}, split {at}: child {child} is neither a later one of {count} splits nor a leaf"
                        ));
                    }
                    if *met >> node & 1 == 1 {
                        return Err(format!("tree {i}, split {at}: child {child} has two parents"));
                    }
                    *met |= 1 << node;
                }
            }
        }
        Ok(())
    }
}

/// The leaf that a child below 0 stands for.
fn leaf(child: i8) -> usize {
    usize::from((!child).cast_unsigned())
}

/// The leaf that `x` reaches.
fn reached(splits: &[Split], x: &[f32]) -> usize {
    let mut at = 0;
    while let Some(split) = splits.get(at) {
        let less = x[usize::from(split.feature)] <= split.threshold;
        let child = if less { split.left } else { split.right };
        match usize::try_from(child) {
            Ok(later) => at = later,
            Err(_) => return leaf(child),
        }
    }
    0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(feature: u16, threshold: f32, left: i8, right: i8) -> Split {
        Split { feature, threshold, left, right }
    }

    /// Two outputs: three leaves on the first, a tree of one leaf and one of two on the second.
    fn trees() -> Vec<Tree> {
        vec![
            Tree {
                task: 0,
                splits: vec![split(1, 0.5, 1, -1), split(0, -1.0, -3, -2)],
                leaves: vec![1.0, 2.0, 4.0],
            },
            Tree { task: 1, splits: vec![], leaves: vec![8.0] },
            Tree { task: 1, splits: vec![split(2, 0.0, -1, -2)], leaves: vec![16.0, 32.0] },
        ]
    }

    #[test]
    fn leaves_reached_are_summed() {
        let all = Trees::new(vec![0.5, 0.25], &trees()).unwrap();
        assert_eq!((all.tasks(), all.inputs()), (2, 3));
        let rows = [[0.0, 0.5, 0.0], [-1.0, 0.5, 1.0], [-2.0, 0.6, f32::NAN]];
        let expected = [2.5, 24.25, 4.5, 40.25, 1.5, 40.25];
        assert_eq!(all.outputs(&rows.concat(), 3), expected);
        // More columns and more rows than a block, each row as if alone.
        let many: Vec<f32> = (0..40).flat_map(|i| [&rows[i % 3][..], &[9.0]].concat()).collect();
        for (i, y) in all.outputs(&many, 4).chunks(2).enumerate() {
            assert_eq!(y, &expected[i % 3 * 2..][..2]);
        }
    }

    #[test]
    fn they_are_stored_as_they_are() {
        let all = Trees::new(vec![0.5, 0.25], &trees()).unwrap();
        assert_eq!(Trees::from_safetensors(&all.to_safetensors().unwrap()).unwrap(), all);
        // The most leaves: a chain.
        let splits =
            (0..127).map(|i| split(0, -f32::from(i), if i < 126 { i + 1 } else { !127 }, !i));
        let chain = Tree {
            task: 0,
            splits: splits.collect(),
            leaves: (0..128).map(|i| i as f32).collect(),
        };
        let all = Trees::new(vec![0.0], &[chain]).unwrap();
        let all = Trees::from_safetensors(&all.to_safetensors().unwrap()).unwrap();
        assert_eq!(all.outputs(&[-1e3, -126.0, -7.5, 0.5], 1), [127.0, 127.0, 8.0, 0.0]);
    }

    type Change = fn(&mut Vec<Tree>);

    #[test]
    fn links_that_lead_back_or_out_are_refused() {
        let cases: [(&str, Change); 10] = [
            // Itself, an earlier one, none, no leaf.
            ("tree 0, split 0: child 0", |t| t[0].splits[0].left = 0),
            ("tree 0, split 1: child 0", |t| t[0].splits[1].right = 0),
            ("tree 0, split 0: child 2", |t| t[0].splits[0].left = 2),
            ("tree 0, split 0: child -4", |t| t[0].splits[0].right = -4),
            ("child -1 has two parents", |t| t[0].splits[1].right = -1),
            ("adds to output 2", |t| t[1].task = 2),
            ("threshold is no number", |t| t[2].splits[0].threshold = f32::NAN),
            ("value is no number", |t| t[2].leaves[1] = f32::INFINITY),
            ("one leaf more", |t| t[1].leaves.clear()),
            ("expected 1 to 128", |t| {
                t[1].splits = vec![split(0, 0.0, -1, -1); 128];
                t[1].leaves = vec![0.0; 129];
            }),
        ];
        for (says, change) in cases {
            let mut trees = trees();
            change(&mut trees);
            let e = Trees::new(vec![0.0, 0.0], &trees).unwrap_err();
            assert!(e.kind == ErrorKind::Argument && e.message.contains(says), "{says}: {e}");
        }
    }
}
