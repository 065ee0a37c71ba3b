//! Which molecules are learnt from, chosen on, and only measured.

use crate::Result;
use crate::benchmark::Split;
use crate::finetune::table::{parse_split, read_text};
use crate::random::Random;
use std::collections::HashMap;
use std::path::Path;

/// Shares of the training and of the training and validation rows together.
const TRAIN: f64 = 0.8;
const TRAIN_AND_VALID: f64 = 0.9;

/// 80/10/10, molecules of one scaffold together, large groups first: the convention of MoleculeNet and the Open
/// Graph Benchmark. Of two groups of one size the one that begins later in the file comes first, as there. The
/// largest group is always learnt from, whatever its size.
pub fn by_scaffold(keys: &[String]) -> Vec<Split> {
    let mut groups: HashMap<&str, Vec<usize>> = HashMap::new();
    for (row, key) in keys.iter().enumerate() {
        groups.entry(key).or_default().push(row);
    }
    let mut groups: Vec<Vec<usize>> = groups.into_values().collect();
    groups.sort_unstable_by_key(|rows| std::cmp::Reverse((rows.len(), rows[0])));
    let within = |n: usize, share: f64| n as f64 <= share * keys.len() as f64;
    let mut splits = vec![Split::Test; keys.len()];
    let (mut train, mut valid) = (0, 0);
    for rows in groups {
        let split = if train == 0 || within(train + rows.len(), TRAIN) {
            train += rows.len();
            Split::Train
        } else if within(train + valid + rows.len(), TRAIN_AND_VALID) {
            valid += rows.len();
            Split::Valid
        } else {
            Split::Test
        };
        rows.iter().for_each(|&row| splits[row] = split);
    }
    splits
}

/// 80/10/10 at random; the same for the same number of rows.
pub fn at_random(rows: usize) -> Vec<Split> {
    let mut order: Vec<usize> = (0..rows).collect();
    Random::new(0, "split").shuffle(&mut order);
    let mut splits = vec![Split::Test; rows];
    for (rank, row) in order.into_iter().enumerate() {
        let share = (rank as f64 + 0.5) / rows as f64;
        if share < TRAIN {
            splits[row] = Split::Train;
        } else if share < TRAIN_AND_VALID {
            splits[row] = Split::Valid;
        }
    }
    splits
}

/// Reads a split file: CSV with a column `split` and one line for each line of the data file, or with a column `row`
/// too, which counts the data file's rows from 0. Gives the split of every row named.
///
/// # Errors
/// If it cannot be read, or lacks the column, or has another word in it.
pub fn read(path: &Path) -> Result<HashMap<usize, Split>> {
    let (text, _) = read_text(path)?;
    let at =
        |line: usize, e: &dyn std::fmt::Display| format!("{}: line {line}: {e}", path.display());
    let mut reader = csv::Reader::from_reader(&text[..]);
    let header = reader.headers().map_err(|e| at(1, &e))?.clone();
    let column = |name: &str| header.iter().position(|h| h.trim().eq_ignore_ascii_case(name));
    let split = column("split").ok_or_else(|| at(1, &"there is no column 'split'"))?;
    let row = column("row");
    let mut splits = HashMap::new();
    for (i, record) in reader.records().enumerate() {
        let record = record.map_err(|e| at(i + 2, &e))?;
        let index = match row {
            Some(c) => record[c].trim().parse().map_err(|e| at(i + 2, &e))?,
            None => i,
        };
        splits.insert(index, parse_split(&record[split]).map_err(|e| at(i + 2, &e))?);
    }
    Ok(splits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scaffolds_stay_together() {
        let keys: Vec<String> = (0..200).map(|i| format!("{}", (i * i) % 37)).collect();
        let splits = by_scaffold(&keys);
        for (i, a) in keys.iter().enumerate() {
            for (j, b) in keys.iter().enumerate() {
                assert!(a != b || splits[i] == splits[j]);
            }
        }
        let count = |split| splits.iter().filter(|s| **s == split).count();
        assert!((140..=160).contains(&count(Split::Train)), "{}", count(Split::Train));
        assert!(count(Split::Valid) > 0 && count(Split::Test) > 0);
        assert_eq!(splits, by_scaffold(&keys));
    }

    #[test]
    fn one_scaffold_is_learnt_from() {
        assert_eq!(by_scaffold(&vec![String::new(); 9]), vec![Split::Train; 9]);
    }

    #[test]
    fn random_shares() {
        let splits = at_random(100);
        let count = |split| splits.iter().filter(|s| **s == split).count();
        let counts = [Split::Train, Split::Valid, Split::Test].map(count);
        assert_eq!(counts, [80, 10, 10]);
    }
}
