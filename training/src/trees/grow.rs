//! One tree, grown leaf by leaf where the loss falls most, on sums of gradients by bin.

use super::bins::Binned;
use chmr::model::{Split, Tree};

/// Least sum of second derivatives in a leaf.
const LEAST_CURVATURE: f64 = 1e-3;

/// How a tree is grown.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Growth {
    /// Most leaves.
    pub leaves: usize,
    /// Fewest rows of a leaf.
    pub least: u32,
    /// What is added to a leaf's second derivatives.
    pub ridge: f64,
}

/// Sums over rows.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Sum {
    /// Of first derivatives.
    g: f64,
    /// Of second derivatives.
    h: f64,
    rows: u32,
}

impl Sum {
    fn add(&mut self, [g, h]: [f32; 2]) {
        self.g += f64::from(g);
        self.h += f64::from(h);
        self.rows += 1;
    }

    fn plus(self, other: Self) -> Self {
        Self { g: self.g + other.g, h: self.h + other.h, rows: self.rows + other.rows }
    }

    fn minus(self, other: Self) -> Self {
        Self { g: self.g - other.g, h: self.h - other.h, rows: self.rows - other.rows }
    }

    /// Twice what the loss falls by with the best value for all these rows.
    fn score(self, growth: &Growth) -> f64 {
        self.g * self.g / (self.h + growth.ridge)
    }

    fn is_enough(self, growth: &Growth) -> bool {
        self.rows >= growth.least && self.h >= LEAST_CURVATURE
    }
}

/// What a leaf could be split by.
#[derive(Clone, Copy, Debug)]
struct Candidate {
    gain: f64,
    /// Place among the numbers and the bin of the largest value that goes left, or place among the bits.
    column: Column,
    left: Sum,
}

#[derive(Clone, Copy, Debug)]
enum Column {
    Number(usize, u8),
    Bit(usize),
}

struct Leaf {
    /// Where its rows are.
    start: usize,
    end: usize,
    sum: Sum,
    /// Sums by bin of the chosen numbers, one behind the other, then of the ones of every bit.
    sums: Vec<Sum>,
    best: Option<Candidate>,
    /// The split that leads here, and whether to its left.
    from: Option<(usize, bool)>,
}

/// Grows trees on the same columns.
pub struct Grower<'a> {
    binned: &'a Binned,
    growth: Growth,
}

impl<'a> Grower<'a> {
    /// On the columns of `binned`.
    pub fn new(binned: &'a Binned, growth: Growth) -> Self {
        Self { binned, growth }
    }

    /// A tree on `rows` and `columns` (numbers, then bits) that lowers the loss with `derivatives`, first and second, by
    /// row; the value of a leaf is `rate` of the best.
    pub fn grow(
        &self,
        mut rows: Vec<u32>,
        columns: &[usize],
        derivatives: &[[f32; 2]],
        rate: f64,
        task: u16,
    ) -> Tree {
        let split_at = self.binned.numbers.len();
        let numbers: Vec<usize> = columns.iter().copied().filter(|c| *c < split_at).collect();
        let bits: Vec<usize> =
            columns.iter().filter(|c| **c >= split_at).map(|c| c - split_at).collect();
        let mut total = Sum::default();
        rows.iter().for_each(|&r| total.add(derivatives[r as usize]));
        let sums = self.sums(&rows, &numbers, derivatives);
        let best = self.best(total, &sums, &numbers, &bits);
        let mut leaves =
            vec![Leaf { start: 0, end: rows.len(), sum: total, sums, best, from: None }];
        let mut splits: Vec<Split> = Vec::new();
        while leaves.len() < self.growth.leaves {
            // The first of equals, so that the tree is the same everywhere.
            let mut chosen: Option<(usize, Candidate)> = None;
            for (i, leaf) in leaves.iter().enumerate() {
                if let Some(c) = leaf.best
                    && chosen.is_none_or(|(_, best)| c.gain > best.gain)
                {
                    chosen = Some((i, c));
                }
            }
            let Some((i, candidate)) = chosen else { break };
            let right_place = leaves.len();
            let (feature, threshold) = self.question(candidate.column);
            if let Some((split, left)) = leaves[i].from {
                let link = splits.len() as i8;
                if left { splits[split].left = link } else { splits[split].right = link }
            }
            let (left, right) = (!(i as i8), !(right_place as i8));
            splits.push(Split { feature, threshold, left, right });
            let from = |left| Some((splits.len() - 1, left));

            let Leaf { start, end, sum, sums, .. } = &mut leaves[i];
            let (start, end, sum, mut parent) = (*start, *end, *sum, std::mem::take(sums));
            let middle = start + self.part(&mut rows[start..end], candidate.column);
            let (left, right) = (candidate.left, sum.minus(candidate.left));
            // The sums of the smaller side are taken, those of the other are what is left of the parent's.
            let is_left_small = middle - start <= end - middle;
            let small = if is_left_small { &rows[start..middle] } else { &rows[middle..end] };
            let small = self.sums(small, &numbers, derivatives);
            parent.iter_mut().zip(&small).for_each(|(p, s)| *p = p.minus(*s));
            let (left_sums, right_sums) =
                if is_left_small { (small, parent) } else { (parent, small) };
            let leaf = |start, end, sum, sums: Vec<Sum>, left| Leaf {
                best: self.best(sum, &sums, &numbers, &bits),
                start,
                end,
                sum,
                sums,
                from: from(left),
            };
            leaves[i] = leaf(start, middle, left, left_sums, true);
            leaves.push(leaf(middle, end, right, right_sums, false));
        }
        let value = |leaf: &Leaf| (-rate * leaf.sum.g / (leaf.sum.h + self.growth.ridge)) as f32;
        Tree { task, splits, leaves: leaves.iter().map(value).collect() }
    }

    fn sums(&self, rows: &[u32], numbers: &[usize], derivatives: &[[f32; 2]]) -> Vec<Sum> {
        let bins = |n: &usize| self.binned.numbers[*n].cuts.len() + 1;
        let bits = numbers.iter().map(bins).sum::<usize>();
        let mut sums = vec![Sum::default(); bits + self.binned.bits.len()];
        let mut rest = &mut sums[..];
        for n in numbers {
            let column = &self.binned.numbers[*n].bins;
            let (own, others) = rest.split_at_mut(bins(n));
            for &row in rows {
                own[usize::from(column[row as usize])].add(derivatives[row as usize]);
            }
            rest = others;
        }
        for &row in rows {
            for &bit in self.binned.ones(row as usize) {
                rest[usize::from(bit)].add(derivatives[row as usize]);
            }
        }
        sums
    }

    /// The best split of a leaf, if one lowers the loss.
    fn best(
        &self,
        total: Sum,
        sums: &[Sum],
        numbers: &[usize],
        bits: &[usize],
    ) -> Option<Candidate> {
        let growth = &self.growth;
        if total.rows < 2 * growth.least {
            return None;
        }
        let whole = total.score(growth);
        let mut best: Option<Candidate> = None;
        let mut offer = |left: Sum, right: Sum, column: Column| {
            let gain = left.score(growth) + right.score(growth) - whole;
            if gain > best.map_or(1e-9, |b| b.gain) {
                best = Some(Candidate { gain, column, left });
            }
        };
        let mut rest = sums;
        for &n in numbers {
            let (own, others) = rest.split_at(self.binned.numbers[n].cuts.len() + 1);
            let mut left = Sum::default();
            for (bin, sum) in own.iter().enumerate().take(own.len() - 1) {
                left = left.plus(*sum);
                let right = total.minus(left);
                if right.rows < growth.least {
                    break;
                }
                if sum.rows > 0 && left.is_enough(growth) && right.is_enough(growth) {
                    offer(left, right, Column::Number(n, bin as u8));
                }
            }
            rest = others;
        }
        for &bit in bits {
            let right = rest[bit];
            let left = total.minus(right);
            if left.is_enough(growth) && right.is_enough(growth) {
                offer(left, right, Column::Bit(bit));
            }
        }
        best
    }

    /// Column of the input and threshold.
    fn question(&self, column: Column) -> (u16, f32) {
        match column {
            Column::Number(n, bin) => {
                let numbers = &self.binned.numbers[n];
                (numbers.column, numbers.cuts[usize::from(bin)])
            }
            Column::Bit(bit) => (self.binned.bits[bit], 0.5),
        }
    }

    /// Puts the rows that go left first, each side in the order it had; how many go left.
    fn part(&self, rows: &mut [u32], column: Column) -> usize {
        let is_left = |row: u32| match column {
            Column::Number(n, bin) => self.binned.numbers[n].bins[row as usize] <= bin,
            Column::Bit(bit) => {
                self.binned.ones(row as usize).binary_search(&(bit as u16)).is_err()
            }
        };
        let mut right = Vec::new();
        let mut count = 0;
        for i in 0..rows.len() {
            let row = rows[i];
            if is_left(row) {
                rows[count] = row;
                count += 1;
            } else {
                right.push(row);
            }
        }
        rows[count..].copy_from_slice(&right);
        count
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;
    use chmr::model::Trees;
    use ndarray::Array2;

    fn derivatives(y: impl Iterator<Item = f32>) -> Vec<[f32; 2]> {
        y.map(|y| [-y, 1.0]).collect()
    }

    #[test]
    fn the_split_is_the_best_of_all() {
        let mut random = Random::new(5, "one split");
        // Numbers of few and many values, and bits.
        let x = Array2::from_shape_fn((200, 6), |(_, c)| match c {
            0..3 => random.unit(),
            3 => (random.unit() * 5.0).floor(),
            _ => f32::from(random.unit() < 0.3),
        });
        let y = |r: usize| x[(r, 1)] * 2.0 + x[(r, 4)] - x[(r, 3)] * 0.1;
        let derivatives = derivatives((0..200).map(y));
        let growth = Growth { leaves: 2, least: 7, ridge: 1.5 };
        let binned = Binned::new(x.view(), 0..6, 256);
        let all: Vec<usize> = (0..binned.columns()).collect();
        let tree =
            Grower::new(&binned, growth).grow((0..200).collect(), &all, &derivatives, 1.0, 0);

        // Every column, every value, rows counted one by one.
        let mut best = (0.0, 0, 0.0);
        let score = |rows: &[usize]| {
            let g: f64 = rows.iter().map(|&r| f64::from(derivatives[r][0])).sum();
            g * g / (rows.len() as f64 + 1.5)
        };
        let everyone: Vec<usize> = (0..200).collect();
        for column in 0..6 {
            for cut in x.column(column) {
                let (left, right): (Vec<usize>, Vec<usize>) =
                    everyone.iter().partition(|r| x[(**r, column)] <= *cut);
                let gain = score(&left) + score(&right) - score(&everyone);
                if left.len().min(right.len()) >= 7 && gain > best.0 + 1e-9 {
                    best = (gain, column, *cut);
                }
            }
        }
        let split = tree.splits[0];
        assert_eq!(usize::from(split.feature), best.1);
        let side = |r: &usize| x[(*r, best.1)] <= split.threshold;
        assert!(everyone.iter().all(|r| side(r) == (x[(*r, best.1)] <= best.2)));
        let left: Vec<usize> = everyone.iter().copied().filter(side).collect();
        let mean = left.iter().map(|&r| f64::from(y(r))).sum::<f64>() / (left.len() as f64 + 1.5);
        assert!((f64::from(tree.leaves[0]) - mean).abs() < 1e-6);
    }

    #[test]
    fn leaves_are_means_of_their_rows_and_links_are_sound() {
        let mut random = Random::new(6, "a tree");
        let x = Array2::from_shape_fn((500, 8), |(_, c)| match c {
            0..5 => random.unit(),
            _ => f32::from(random.unit() < 0.2),
        });
        let y: Vec<f32> = x.rows().into_iter().map(|r| (9.0 * r[0]).sin() + r[5] * r[1]).collect();
        let derivatives = derivatives(y.iter().copied());
        let binned = Binned::new(x.view(), 0..8, 64);
        let all: Vec<usize> = (0..binned.columns()).collect();
        // Rows left out do not count.
        let rows: Vec<u32> = (0..500).filter(|r| r % 5 != 0).collect();
        let growth = Growth { leaves: 128, least: 4, ridge: 0.0 };
        let tree = Grower::new(&binned, growth).grow(rows.clone(), &all, &derivatives, 0.5, 0);
        assert!(tree.leaves.len() > 50, "{} leaves", tree.leaves.len());
        // Leaves that name themselves.
        let names: Vec<f32> = (0..tree.leaves.len()).map(|l| l as f32).collect();
        let named = Trees::new(vec![0.0], &[Tree { leaves: names, ..tree.clone() }]).unwrap();
        let reached = named.outputs(x.as_slice().unwrap(), 8);
        for (leaf, value) in tree.leaves.iter().enumerate() {
            let here = rows.iter().filter(|r| reached[**r as usize] == leaf as f32);
            let here: Vec<f64> = here.map(|r| f64::from(y[*r as usize])).collect();
            assert!(here.len() >= 4);
            let mean = here.iter().sum::<f64>() / here.len() as f64;
            assert!((f64::from(*value) - mean / 2.0).abs() < 1e-6, "leaf {leaf}");
        }
    }
}
