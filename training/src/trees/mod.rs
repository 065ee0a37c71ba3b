//! Gradient-boosted trees as one more member of a data set's average: a lever beyond the paper, for data sets where their
//! errors are others than a network's.
//!
//! After Friedman (2001) with second derivatives: each round takes a sample of the rows and of the columns, and adds to
//! each task a tree whose leaves are a step of Newton's method on the cross-entropy, or on the squared error of numbers. Tasks are boosted apart, each on
//! the rows that it has a label for. Trees read the structure vector, no encoding of it.

mod bins;
mod boost;
mod grow;

pub use boost::boost;

use crate::Result;
use crate::fit::Problem;
use crate::keep;
use chmr::model::{MAX_LEAVES, Trees};
use ndarray::{Array2, ArrayView2};
use serde::{Deserialize, Serialize};
use std::ops::Range;
use std::path::Path;

/// How a data set's trees are grown, and how much they count.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Recipe {
    /// Weight in the average, that of all other members together being 1 less this. Chosen on validation data.
    pub share: f32,
    /// Trees a task.
    pub rounds: usize,
    /// Share of a leaf's best value that it is given.
    pub rate: f32,
    /// Most leaves of a tree.
    pub leaves: usize,
    /// Share of the rows that a tree sees.
    pub rows: f32,
    /// Share of the columns that a tree sees.
    pub columns: f32,
    /// Fewest rows of a leaf.
    pub least: u32,
    /// What is added to a leaf's second derivatives.
    pub ridge: f32,
    /// Most bins of a column.
    pub bins: usize,
}

impl Default for Recipe {
    fn default() -> Self {
        Self {
            share: 0.5,
            rounds: 150,
            rate: 0.04,
            leaves: 15,
            rows: 0.7,
            columns: 0.3,
            least: 10,
            ridge: 5.0,
            bins: 255,
        }
    }
}

impl Recipe {
    /// # Errors
    /// Where a field is out of range.
    pub fn check(&self) -> Result<()> {
        let shares = [self.rows, self.columns, self.rate];
        let good = self.share > 0.0
            && self.share < 1.0
            && shares.iter().all(|s| *s > 0.0 && *s <= 1.0)
            && (2..=MAX_LEAVES).contains(&self.leaves)
            && (2..=256).contains(&self.bins)
            && (1..=100_000).contains(&self.rounds)
            && self.least > 0
            && self.ridge >= 0.0
            && self.ridge.is_finite();
        if good { Ok(()) } else { Err(format!("trees: {self:?} is out of range").into()) }
    }
}

/// The trees of a data set.
#[derive(Clone, Debug, PartialEq)]
pub struct Boosted {
    /// Brought to their weight; what the model file holds.
    pub trees: Trees,
    /// Figure on the validation split by themselves: AUC % or MAE × 100.
    pub figure: f64,
}

impl Boosted {
    /// The trees of `problem`, read from the run folder `run` where it holds them, else grown on `workers` threads: the
    /// same trees whatever their number. They read `columns` of the heads' input, and will join `members` others.
    ///
    /// # Errors
    /// If `run` cannot be written.
    pub fn of_run(
        run: &Path,
        problem: &Problem,
        columns: Range<usize>,
        recipe: &Recipe,
        (workers, members): (usize, usize),
    ) -> Result<Self> {
        // The weight is no matter of growing.
        let what = format!("trees 1 {columns:?} {:?}", Recipe { share: 0.0, ..recipe.clone() });
        let identity = problem.identity(&what);
        let path = run.join(format!("{}-trees.safetensors", problem.name));
        let mark = path.with_extension("identity");
        let known = std::fs::read_to_string(&mark).is_ok_and(|known| known == identity);
        let trees = match known.then(|| std::fs::read(&path)) {
            Some(Ok(bytes)) => Trees::from_safetensors(&bytes)?,
            _ => {
                let pool = rayon::ThreadPoolBuilder::new().num_threads(workers.max(1)).build()?;
                let trees = pool.install(|| boost(problem, columns, recipe))?;
                // The mark comes last: an interrupted run leaves none.
                std::fs::remove_file(&mark).or_else(|e| match e.kind() {
                    std::io::ErrorKind::NotFound => Ok(()),
                    _ => Err(e),
                })?;
                keep::write(&path, trees.to_safetensors()?)?;
                keep::write(&mark, identity)?;
                trees
            }
        };
        let boosted = Self::weighed(trees, problem, recipe, members)?;
        match boosted.figure.is_nan() {
            true => eprintln!("{:<10} trees: on all rows", problem.name),
            false => eprintln!("{:<10} trees: {:.2}", problem.name, boosted.figure),
        }
        Ok(boosted)
    }

    /// `trees` of `problem`, measured, then brought to their weight in a plain mean with `members` others.
    ///
    /// # Errors
    /// None that happens.
    pub fn weighed(
        trees: Trees,
        problem: &Problem,
        recipe: &Recipe,
        members: usize,
    ) -> Result<Self> {
        let mut boosted = Self { trees, figure: 0.0 };
        boosted.figure = problem.figure(&boosted.outputs(problem.valid_x.view())?);
        let factor = members as f32 * recipe.share / (1.0 - recipe.share);
        boosted.trees = boosted.trees.scaled(factor)?;
        Ok(boosted)
    }

    /// Rows × tasks.
    ///
    /// # Errors
    /// None that happens.
    pub fn outputs(&self, x: ArrayView2<'_, f32>) -> Result<Array2<f32>> {
        let (rows, width) = x.dim();
        let x = x.as_standard_layout();
        let y = self.trees.outputs(x.as_slice().unwrap_or_default(), width);
        Ok(Array2::from_shape_vec((rows, self.trees.tasks()), y)?)
    }
}
