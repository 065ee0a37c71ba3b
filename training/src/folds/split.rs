//! Folds over scaffolds.

use crate::random::Random;
use std::collections::BTreeMap;

/// The fold, from 0, of each of the rows that `keys` has the scaffolds of. Rows of one scaffold share a fold. The groups, in an
/// order that `repeat` decides, go to whichever fold has the fewest rows so far.
pub fn scaffold_folds(keys: &[String], folds: usize, repeat: u64) -> Vec<usize> {
    let mut groups: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (row, key) in keys.iter().enumerate() {
        groups.entry(key).or_default().push(row);
    }
    let mut groups: Vec<Vec<usize>> = groups.into_values().collect();
    Random::new(repeat, "folds").shuffle(&mut groups);
    let mut sizes = vec![0; folds.max(1)];
    let mut chosen = vec![0; keys.len()];
    for rows in groups {
        let fold = (0..sizes.len()).min_by_key(|&fold| sizes[fold]).unwrap_or_default();
        sizes[fold] += rows.len();
        rows.into_iter().for_each(|row| chosen[row] = fold);
    }
    chosen
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scaffolds_stay_together_and_folds_are_even() {
        let keys: Vec<String> = (0..1000).map(|i| format!("{}", i % 100)).collect();
        let folds = scaffold_folds(&keys, 5, 3);
        assert!((0..900).all(|i| folds[i] == folds[i + 100]));
        for fold in 0..5 {
            let size = folds.iter().filter(|f| **f == fold).count();
            assert!((190..=210).contains(&size), "{size}");
        }
        assert_eq!(folds, scaffold_folds(&keys, 5, 3));
        assert_ne!(folds, scaffold_folds(&keys, 5, 4));
    }
}
