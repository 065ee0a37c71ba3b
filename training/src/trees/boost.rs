//! Rounds of trees.

use super::Recipe;
use super::bins::Binned;
use super::grow::{Grower, Growth};
use crate::Result;
use crate::fit::Problem;
use crate::random::Random;
use chmr::model::{Tree, Trees};
use ndarray::ArrayView1;
use rayon::prelude::*;
use std::ops::Range;

/// Trees on `columns` of `problem`'s training rows, on the threads of the current pool, task by task: each has a stream
/// of random numbers of its own, so that their number changes nothing. Outputs are log odds.
///
/// # Errors
/// If there are more than 65,536 tasks.
pub fn boost(problem: &Problem, columns: Range<usize>, recipe: &Recipe) -> Result<Trees> {
    let binned = Binned::new(problem.train_x.view(), columns, recipe.bins);
    let base = problem.first_bias();
    let trees: Vec<Vec<Tree>> = (0..base.len())
        .into_par_iter()
        .map(|task| Ok(rounds(problem, &binned, recipe, task, base[task])?.0))
        .collect::<Result<_>>()?;
    Ok(Trees::new(base, &trees.concat())?)
}

/// The trees of one task, and what they come to on the training rows, NaN without a label.
fn rounds(
    problem: &Problem,
    binned: &Binned,
    recipe: &Recipe,
    task: usize,
    base: f32,
) -> Result<(Vec<Tree>, Vec<f32>)> {
    let number = u16::try_from(task).map_err(|_| "more tasks than trees can name")?;
    let mut random = Random::new(task as u64, &format!("trees of {}", problem.name));
    let labels = problem.train_y.column(task);
    let known: Vec<u32> = (0..).zip(&labels).filter(|(_, y)| !y.is_nan()).map(|(r, _)| r).collect();
    let mut z: Vec<f32> = labels.iter().map(|y| if y.is_nan() { *y } else { base }).collect();
    let mut derivatives = vec![[0.0; 2]; z.len()];
    let growth =
        Growth { leaves: recipe.leaves, least: recipe.least, ridge: f64::from(recipe.ridge) };
    let grower = Grower::new(binned, growth);
    let mut trees = Vec::with_capacity(recipe.rounds);
    for _ in 0..recipe.rounds {
        for &row in &known {
            let row = row as usize;
            let p = 1.0 / (1.0 + (-z[row]).exp());
            derivatives[row] = [p - labels[row], p * (1.0 - p)];
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
            z[row as usize] += value(&tree, problem.train_x.row(row as usize));
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
    use ndarray::{Array1, Array2};

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
        let binned = Binned::new(problem.train_x.view(), 0..10, 255);
        let base = problem.first_bias();
        for (task, base) in base.into_iter().enumerate() {
            let (_, z) = rounds(&problem, &binned, &recipe(), task, base).unwrap();
            let own = z.iter().zip(y.iter().skip(task).step_by(3));
            // The same sums in the same order.
            assert!(own.filter(|(z, _)| !z.is_nan()).all(|(z, y)| z == y));
        }
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
