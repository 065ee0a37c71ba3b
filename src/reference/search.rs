//! Exact Tanimoto search over [`PackedFingerprints`].

use super::kernel::Kernel;
use super::packed::{BLOCK, FOLD_WORDS, PackedFingerprints, fold};
use std::cmp::Ordering;

/// A row that was found.
#[derive(Clone, Copy, Debug)]
pub struct Neighbor {
    /// Position of the row in the input that was packed.
    pub id: u32,
    /// Tanimoto similarity, 0 to 1; 0 for two empty fingerprints.
    pub similarity: f32,
    common: u32,
    union: u32,
}

impl Neighbor {
    fn new(id: u32, common: u32, union: u32) -> Self {
        let similarity =
            if union == 0 { 0.0 } else { (f64::from(common) / f64::from(union)) as f32 };
        Self { id, similarity, common, union }
    }

    /// Nearest first, ties by id. Compares the fractions, not their rounded quotients.
    fn rank(&self, other: &Self) -> Ordering {
        let (a, b) = (self.fraction(), other.fraction());
        (b.0 * a.1).cmp(&(a.0 * b.1)).then(self.id.cmp(&other.id))
    }

    fn fraction(&self) -> (u64, u64) {
        (u64::from(self.common), u64::from(self.union.max(1)))
    }
}

impl PartialEq for Neighbor {
    fn eq(&self, other: &Self) -> bool {
        self.rank(other) == Ordering::Equal
    }
}

impl PackedFingerprints {
    /// The `k` rows most similar to `query`, nearest first, ties by id; those below `threshold` are
    /// left out. The rows are those that comparing with every row would find.
    ///
    /// # Panics
    /// If `query` is not as wide as the rows.
    pub fn top_k(&self, query: &[u64], k: usize, threshold: f32) -> Vec<Neighbor> {
        self.top_k_with(Kernel::detect(), query, k, threshold)
    }

    /// All rows at least as similar as `threshold`, nearest first, ties by id.
    ///
    /// # Panics
    /// If `query` is not as wide as the rows.
    pub fn within(&self, query: &[u64], threshold: f32) -> Vec<Neighbor> {
        self.top_k(query, usize::MAX, threshold)
    }

    fn top_k_with(&self, kernel: Kernel, query: &[u64], k: usize, threshold: f32) -> Vec<Neighbor> {
        assert_eq!(query.len(), self.words, "query and rows differ in width");
        let mut best = Best::new(k, threshold);
        if k == 0 || self.is_empty() {
            return Vec::new();
        }
        let count: u32 = query.iter().map(|w| w.count_ones()).sum();
        let folded = fold(query);
        let mut xor = [0u16; BLOCK];
        for (start, end) in BlocksOutward::new(self, count) {
            // The block's best case: a row with as many set bits as the query, or the nearest to it.
            let (low, high) = (u32::from(self.counts[start]), u32::from(self.counts[end - 1]));
            let mut limit = best.xor_limit(count + high);
            if count.abs_diff(count.clamp(low, high)) > u32::from(limit) {
                continue;
            }
            let xor = &mut xor[..end - start];
            (kernel.xor_counts)(&folded, &self.folds[start * FOLD_WORDS..end * FOLD_WORDS], xor);
            for (i, &xor) in (start..end).zip(xor.iter()) {
                if xor <= limit {
                    let common = (kernel.and_count)(query, self.row(i));
                    let union = count + u32::from(self.counts[i]) - common;
                    if best.offer(Neighbor::new(self.ids[i], common, union)) {
                        limit = best.xor_limit(count + high);
                    }
                }
            }
        }
        best.into_sorted()
    }
}

/// Blocks of rows, those with the query's number of set bits first, then outwards to both sides, so
/// that good candidates come early and later blocks are pruned whole.
struct BlocksOutward {
    below: usize,
    above: usize,
    rows: usize,
    turn: bool,
}

impl BlocksOutward {
    fn new(table: &PackedFingerprints, count: u32) -> Self {
        let middle = table.counts.partition_point(|&c| u32::from(c) < count) / BLOCK * BLOCK;
        Self { below: middle, above: middle, rows: table.len(), turn: true }
    }
}

impl Iterator for BlocksOutward {
    type Item = (usize, usize);

    fn next(&mut self) -> Option<(usize, usize)> {
        let up = self.above < self.rows && (self.turn || self.below == 0);
        self.turn = !up;
        if up {
            let start = self.above;
            self.above = (start + BLOCK).min(self.rows);
            Some((start, self.above))
        } else if self.below > 0 {
            let end = self.below;
            self.below -= BLOCK;
            Some((self.below, end))
        } else {
            None
        }
    }
}

/// The best `k` so far: a heap whose root is the worst of them.
struct Best {
    k: usize,
    threshold: f32,
    /// With *t* the set bits of query and row together, a row that reaches the similarity needed
    /// differs from the query in at most `ratio` · *t* bits.
    ratio: f64,
    heap: Vec<Neighbor>,
}

impl Best {
    fn new(k: usize, threshold: f32) -> Self {
        // common / (total - common) >= s  <=>  total - 2 common <= total (1 - s) / (1 + s).
        // The comparison with `threshold` is made in f32 on a rounded quotient: allow for that.
        let s = f64::from(threshold.max(0.0)) * (1.0 - f64::from(f32::EPSILON));
        Self { k, threshold, ratio: ((1.0 - s) / (1.0 + s)).max(0.0), heap: Vec::new() }
    }

    /// The most bits that a row may differ in and still enter, `total` being the set bits of the
    /// query and of a row with no fewer set bits. Never too low: the quotients of such small
    /// integers lie further apart than the tolerance.
    #[inline]
    fn xor_limit(&self, total: u32) -> u16 {
        (f64::from(total) * self.ratio + 1e-3) as u16
    }

    /// Takes `candidate` if it is good enough; whether the bound may have moved.
    fn offer(&mut self, candidate: Neighbor) -> bool {
        if candidate.similarity < self.threshold {
            return false;
        }
        if self.heap.len() < self.k {
            self.heap.push(candidate);
            if self.heap.len() < self.k {
                return false;
            }
            for i in (0..self.k / 2).rev() {
                self.sift_down(i);
            }
        } else if candidate.rank(&self.heap[0]) == Ordering::Less {
            self.heap[0] = candidate;
            self.sift_down(0);
        } else {
            return false;
        }
        let (c, u) = self.heap[0].fraction();
        self.ratio = self.ratio.min((u - c) as f64 / (u + c) as f64);
        true
    }

    /// Restores the heap below `i`: a parent ranks behind its children.
    fn sift_down(&mut self, mut i: usize) {
        loop {
            let mut worst = i;
            for child in [2 * i + 1, 2 * i + 2] {
                if child < self.heap.len()
                    && self.heap[child].rank(&self.heap[worst]) == Ordering::Greater
                {
                    worst = child;
                }
            }
            if worst == i {
                return;
            }
            self.heap.swap(i, worst);
            i = worst;
        }
    }

    fn into_sorted(mut self) -> Vec<Neighbor> {
        self.heap.sort_unstable_by(Neighbor::rank);
        self.heap
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The definition, row by row.
    fn brute_force(rows: &[Vec<u64>], query: &[u64], k: usize, threshold: f32) -> Vec<Neighbor> {
        let mut all: Vec<Neighbor> = rows
            .iter()
            .enumerate()
            .map(|(id, row)| {
                let common = row.iter().zip(query).map(|(a, b)| (a & b).count_ones()).sum();
                let union = row.iter().zip(query).map(|(a, b)| (a | b).count_ones()).sum();
                Neighbor::new(id as u32, common, union)
            })
            .filter(|n| n.similarity >= threshold)
            .collect();
        all.sort_by(Neighbor::rank);
        all.truncate(k);
        all
    }

    /// Sparse rows over few positions, so that equal similarities and equal rows are common.
    fn row() -> impl Strategy<Value = Vec<u64>> {
        prop::collection::vec(prop_oneof![3 => Just(0u64), 2 => 0u64..16, 1 => any::<u64>()], 8)
    }

    proptest! {
        #[test]
        fn finds_what_brute_force_finds(
            rows in prop::collection::vec(row(), 0..1600),
            query in row(),
            k in 0usize..40,
            threshold in prop_oneof![Just(0.0f32), Just(0.5), 0.0f32..1.1],
        ) {
            let packed = PackedFingerprints::new(512, &rows.concat()).unwrap();
            for kernel in Kernel::available() {
                let found = packed.top_k_with(kernel, &query, k, threshold);
                let expected = brute_force(&rows, &query, k, threshold);
                prop_assert_eq!(
                    found.iter().map(|n| (n.id, n.similarity)).collect::<Vec<_>>(),
                    expected.iter().map(|n| (n.id, n.similarity)).collect::<Vec<_>>(),
                    "{}", kernel.name
                );
            }
            let all = packed.within(&query, threshold);
            prop_assert_eq!(all.len(), brute_force(&rows, &query, usize::MAX, threshold).len());
        }
    }

    #[test]
    fn widths_that_do_not_fit_are_refused() {
        use super::super::PackError;
        assert_eq!(PackedFingerprints::new(0, &[]), Err(PackError::Width(0)));
        assert_eq!(PackedFingerprints::new(167, &[]), Err(PackError::Width(167)));
        assert_eq!(
            PackedFingerprints::new(256, &[0; 5]),
            Err(PackError::Length { words: 5, row: 4 })
        );
    }
}
