//! Rounds of trees.

use super::Recipe;
use super::bins::Binned;
use super::grow::{Grower, Growth};
use crate::Result;
use crate::fit::Problem;
use crate::random::Random;
use chmr::model::{Tree, Trees};
use ndarray::{Array1, Array2, ArrayView1, Axis, CowArray, Ix2, concatenate};
use rayon::prelude::*;
use std::ops::Range;

/// Trees on `columns` of `problem`'s training rows, on the threads of the current pool, task by task: each has a stream
/// of random numbers of its own, so that their number changes nothing. Outputs are what the problem's networks give: log odds,
/// or standardised numbers.
///
/// # Errors
/// If there are more than 65,536 tasks.
pub fn boost(problem: &Problem, columns: Range<usize>, recipe: &Recipe) -> Result<Trees> {
    let rows = Rows::new(problem)?;
    let binned = Binned::new(rows.x.view(), columns, recipe.bins);
    let trees: Vec<Vec<Tree>> = (0..rows.base.len())
        .into_par_iter()
        .map(|task| Ok(rounds(&rows, &binned, recipe, task)?.0))
        .collect::<Result<_>>()?;
    Ok(Trees::new(rows.base, &trees.concat())?)
}

/// What trees are grown on: the training rows, and behind them the borrowed ones.
struct Rows<'a> {
    name: &'a str,
    x: CowArray<'a, f32, Ix2>,
    /// As the networks are taught them, NaN where missing.
    y: Array2<f32>,
    regression: bool,
    /// What each task's output is before the first tree.
    base: Vec<f32>,
    /// How many rows are the data set's own.
    own: usize,
    /// What is added to a task's output on borrowed rows. Fixed, unlike the networks'.
    offset: Array1<f32>,
    /// Weight of a borrowed row.
    weight: f32,
}

impl<'a> Rows<'a> {
    fn new(problem: &'a Problem) -> Result<Self> {
        let y = (&problem.train_y - &problem.centre) / &problem.scale;
        let base = problem.first_bias();
        let mut rows = Self {
            name: &problem.name,
            x: (&problem.train_x).into(),
            regression: problem.regression,
            own: y.nrows(),
            offset: Array1::zeros(base.len()),
            weight: 1.0,
            y,
            base,
        };
        if let Some(lent) = &problem.borrowed {
            rows.x = concatenate(Axis(0), &[rows.x.view(), lent.x.view()])?.into();
            rows.y = concatenate(Axis(0), &[rows.y.view(), lent.y.view()])?;
            rows.offset = lent.first_offset(&rows.base);
            rows.weight = lent.weight;
        }
        Ok(rows)
    }
}

/// The trees of one task, and what they come to on the training rows, NaN without a label.
fn rounds(
    all: &Rows<'_>,
    binned: &Binned,
    recipe: &Recipe,
    task: usize,
) -> Result<(Vec<Tree>, Vec<f32>)> {
    let number = u16::try_from(task).map_err(|_| "more tasks than trees can name")?;
    let mut random = Random::new(task as u64, &format!("trees of {}", all.name));
    let labels = all.y.column(task);
    let known: Vec<u32> = (0..).zip(&labels).filter(|(_, y)| !y.is_nan()).map(|(r, _)| r).collect();
    let first = |(row, y): (usize, &f32)| match () {
        () if y.is_nan() => *y,
        () if row < all.own => all.base[task],
        () => all.base[task] + all.offset[task],
    };
    let mut z: Vec<f32> = labels.iter().enumerate().map(first).collect();
    let mut derivatives = vec![[0.0; 2]; z.len()];
    let growth =
        Growth { leaves: recipe.leaves, least: recipe.least, ridge: f64::from(recipe.ridge) };
    let grower = Grower::new(binned, growth);
    let mut trees = Vec::with_capacity(recipe.rounds);
    for _ in 0..recipe.rounds {
        for &row in &known {
            let row = row as usize;
            let [slope, curvature] = if all.regression {
                [z[row] - labels[row], 1.0]
            } else {
                let p = 1.0 / (1.0 + (-z[row]).exp());
                [p - labels[row], p * (1.0 - p)]
            };
            let weight = if row < all.own { 1.0 } else { all.weight };
            derivatives[row] = [weight * slope, weight * curvature];
        }
        let rows = sample(&known, recipe.rows, &mut random);
        let columns: Vec<usize> = (0..binned.columns()).collect();
        let columns = sample(&columns, recipe.columns, &mut random);
        let tree = grower.grow(rows, &columns, &derivatives, f64::from(recipe.rate), number);
        if tree.splits.is_empty() {
            // Nothing to gain in this sample.
            continue;
        }
        for &row in &known {
            z[row as usize] += value(&tree, all.x.row(row as usize));
        }
        trees.push(tree);
    }
    Ok((trees, z))
}

/// What a tree gives for `x`.
fn value(tree: &Tree, x: ArrayView1<'_, f32>) -> f32 {
    let mut at = if tree.splits.is_empty() { -1 } else { 0 };
    while let Ok(split) = usize::try_from(at) {
        let split = &tree.splits[split];
        let is_left = x[usize::from(split.feature)] <= split.threshold;
        at = if is_left { split.left } else { split.right };
    }
    tree.leaves[(-1 - i32::from(at)) as usize]
}

/// A share of `all` without repeats, at least one, in their order.
fn sample<T: Copy + Ord>(all: &[T], share: f32, random: &mut Random) -> Vec<T> {
    let mut all = all.to_vec();
    let n = ((all.len() as f32 * share).round() as usize).clamp(all.len().min(1), all.len());
    for i in 0..n {
        let j = i + (random.bits() % (all.len() - i) as u64) as usize;
        all.swap(i, j);
    }
    all.truncate(n);
    all.sort_unstable();
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::borrowed::Borrowed;

    /// The log odds that the labels of the first two tasks are drawn with.
    fn odds(x: ArrayView1<'_, f32>) -> [f32; 2] {
        [3.0 * x[0] * x[1], 4.0 * x[4] - 3.0 * x[5] + x[2]]
    }

    /// 600 rows, three tasks on 4 numbers and 6 bits, half of the second's labels missing, the third of one class.
    fn problem() -> Problem {
        let mut random = Random::new(1, "boosting");
        let x = Array2::from_shape_fn((800, 10), |(_, c)| match c {
            0..4 => 4.0 * random.unit() - 2.0,
            _ => f32::from(random.unit() < 0.25),
        });
        let y = Array2::from_shape_fn((800, 3), |(r, t)| {
            let odds = odds(x.row(r))[t.min(1)];
            match t {
                1 if r % 2 == 0 => f32::NAN,
                2 => 0.0,
                _ => f32::from(random.unit() < 1.0 / (1.0 + (-odds).exp())),
            }
        });
        let part = |a: &Array2<f32>, rows: Range<usize>| a.slice(ndarray::s![rows, ..]).to_owned();
        Problem {
            unread: Vec::new(),
            blocks: None,
            name: "made up".into(),
            train_x: part(&x, 0..600),
            train_y: part(&y, 0..600),
            valid_x: part(&x, 600..800),
            valid_y: part(&y, 600..800),
            regression: false,
            borrowed: None,
            centre: Array1::zeros(3),
            scale: Array1::ones(3),
        }
    }

    fn recipe() -> Recipe {
        Recipe { rounds: 60, rate: 0.1, columns: 0.8, ..Recipe::default() }
    }

    #[test]
    fn it_learns_what_no_line_can() {
        let problem = problem();
        let trees = boost(&problem, 0..10, &recipe()).unwrap();
        let z = trees.outputs(problem.valid_x.as_slice().unwrap(), 10);
        let z = Array2::from_shape_vec((200, 3), z).unwrap();
        let truth = Array2::from_shape_fn((200, 3), |(r, t)| {
            odds(problem.valid_x.row(r)).get(t).copied().unwrap_or(0.0)
        });
        let (figure, most) = (problem.figure(&z), problem.figure(&truth));
        // A line has nothing to say of the first task: half of the way from 50 to `most` at the very best.
        assert!(figure > most - 8.0, "{figure} of {most}");
        // A task of one class stays where it was.
        let bias = problem.first_bias()[2];
        assert!(z.column(2).iter().all(|z| *z == bias));
    }

    #[test]
    fn workers_do_not_matter_and_rows_get_what_the_library_gives() {
        let problem = problem();
        let of = |workers| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(workers).build().unwrap();
            pool.install(|| boost(&problem, 0..10, &recipe()).unwrap())
        };
        let trees = of(1);
        assert_eq!(trees, of(3));
        let stored = Trees::from_safetensors(&trees.to_safetensors().unwrap()).unwrap();
        let y = stored.outputs(problem.train_x.as_slice().unwrap(), 10);
        let all = Rows::new(&problem).unwrap();
        let binned = Binned::new(all.x.view(), 0..10, 255);
        for task in 0..3 {
            let (_, z) = rounds(&all, &binned, &recipe(), task).unwrap();
            let own = z.iter().zip(y.iter().skip(task).step_by(3));
            // The same sums in the same order.
            assert!(own.filter(|(z, _)| !z.is_nan()).all(|(z, y)| z == y));
        }
    }

    #[test]
    fn numbers_are_learnt_in_their_unit() {
        let classes = problem();
        let value = |x: &Array2<f32>| {
            let rows = x.rows().into_iter();
            Array2::from_shape_vec((x.nrows(), 1), rows.map(|x| 7.0 + x[0] * x[1]).collect())
                .unwrap()
        };
        let (train_y, valid_y) = (value(&classes.train_x), value(&classes.valid_x));
        let centre = Array1::from_elem(1, train_y.mean().unwrap());
        let scale = Array1::from_elem(1, train_y.std(0.0));
        let problem = Problem { train_y, valid_y, regression: true, centre, scale, ..classes };
        let mean = problem.figure(&Array2::zeros((200, 1)));
        let trees = boost(&problem, 0..10, &recipe()).unwrap();
        let z = trees.outputs(problem.valid_x.as_slice().unwrap(), 10);
        let figure = problem.figure(&Array2::from_shape_vec((200, 1), z).unwrap());
        assert!(figure < 0.6 * mean, "{figure}, the mean alone {mean}");
    }

    #[test]
    fn borrowed_rows_teach_what_few_rows_do_not() {
        let whole = problem();
        let few = ndarray::s![..30, ..];
        let mut problem = Problem {
            train_x: whole.train_x.slice(few).to_owned(),
            train_y: whole.train_y.slice(few).to_owned(),
            ..problem()
        };
        let figure = |problem: &Problem| {
            let trees = boost(problem, 0..10, &recipe()).unwrap();
            let z = trees.outputs(problem.valid_x.as_slice().unwrap(), 10);
            problem.figure(&Array2::from_shape_vec((200, 3), z).unwrap())
        };
        let alone = figure(&problem);
        problem.borrowed = Some(Borrowed {
            x: whole.train_x,
            y: whole.train_y,
            weight: 1.0,
            rows: None,
            tables: Vec::new(),
        });
        let with = figure(&problem);
        assert!(with > 82.0 && with > alone + 5.0, "{with} {alone}");
    }

    #[test]
    fn samples_have_no_repeats() {
        let mut random = Random::new(9, "sample");
        let all: Vec<u32> = (0..50).collect();
        let some = sample(&all, 0.3, &mut random);
        assert!(some.len() == 15 && some.windows(2).all(|w| w[0] < w[1]));
        assert_eq!(sample(&all, 1.0, &mut random), all);
        assert_eq!(sample(&all[..1], 0.1, &mut random), [0]);
        assert!(sample(&all[..0], 0.5, &mut random).is_empty());
    }
}
