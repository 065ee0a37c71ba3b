//! Exact Tanimoto search over [`PackedFingerprints`].

use super::kernel::Kernel;
use super::neighbor::Neighbor;
use super::outward::BlocksOutward;
use super::packed::{BLOCK, PackedFingerprints};
use super::scan::{NEARNESS, Scan, set_bits, together};
use crate::parallel;
use std::sync::{Mutex, PoisonError};

/// Queries that go through the table together.
const GROUP: usize = 8;
/// Their scans start within the first of so many parts of the table from each other: one that starts far from the rows
/// with its own number of set bits finds its neighbours late, and the bounds spare it little before.
const NEAR: usize = 16;

impl PackedFingerprints {
    /// The `k` rows most similar to `query`, nearest first, ties by id; those below `threshold` are
    /// left out. The rows are those that comparing with every row would find.
    ///
    /// # Panics
    /// If `query` is not as wide as the rows.
    pub fn top_k(&self, query: &[u64], k: usize, threshold: f32) -> Vec<Neighbor> {
        self.top_k_with(Kernel::detect(), query, k, threshold, 1)
    }

    /// All rows at least as similar as `threshold`, nearest first, ties by id.
    ///
    /// # Panics
    /// If `query` is not as wide as the rows.
    pub fn within(&self, query: &[u64], threshold: f32) -> Vec<Neighbor> {
        self.top_k(query, usize::MAX, threshold)
    }

    /// [`top_k`](Self::top_k) by so many threads (at least one, at most 64), for tables of millions of rows: each takes
    /// every so manieth block. What is found does not depend on their number.
    ///
    /// # Panics
    /// If `query` is not as wide as the rows.
    pub fn top_k_threads(
        &self,
        query: &[u64],
        k: usize,
        threshold: f32,
        threads: usize,
    ) -> Vec<Neighbor> {
        self.top_k_with(Kernel::detect(), query, k, threshold, threads)
    }

    fn top_k_with(
        &self,
        kernel: Kernel,
        query: &[u64],
        k: usize,
        threshold: f32,
        threads: usize,
    ) -> Vec<Neighbor> {
        let table = self.columns();
        let mut scan = self.scan(query, k, threshold);
        let mut blocks = BlocksOutward::new(table, set_bits(query));
        let n = table.len().div_ceil(BLOCK);
        let threads = threads.clamp(1, n.clamp(1, 64));
        if threads == 1 {
            scan.through(table, kernel, blocks);
            return scan.into_sorted();
        }
        // The bound comes from the likeliest blocks; threads that found it each for itself would compare more.
        scan.through(table, kernel, blocks.by_ref().take(n.div_ceil(64)));
        let mut scans = vec![scan; threads];
        by_threads(&mut scans, |turn, scan| {
            scan.walk(table, kernel, blocks.clone().skip(turn).step_by(threads));
        });
        for nearness in NEARNESS {
            if scans.iter().any(Scan::has_waiting) {
                Scan::share(&mut scans);
                by_threads(&mut scans, |_, scan| scan.catch_up(table, kernel, nearness));
            }
        }
        Scan::merged(&scans).into_sorted()
    }

    /// [`top_k`](Self::top_k) of every one of `queries`, in their order. Queries with about as many set bits
    /// go through the table together, up to eight at a time, so that memory is read once for all of them; the others
    /// alone.
    ///
    /// # Panics
    /// If a query is not as wide as the rows.
    pub fn top_k_batch(
        &self,
        queries: &[impl AsRef<[u64]>],
        k: usize,
        threshold: f32,
    ) -> Vec<Vec<Neighbor>> {
        self.top_k_batch_with(Kernel::detect(), queries, k, threshold)
    }

    fn top_k_batch_with(
        &self,
        kernel: Kernel,
        queries: &[impl AsRef<[u64]>],
        k: usize,
        threshold: f32,
    ) -> Vec<Vec<Neighbor>> {
        let table = self.columns();
        let start = |q: &[u64]| table.start(set_bits(q));
        let mut order: Vec<(usize, usize)> =
            queries.iter().map(|q| start(q.as_ref())).zip(0..).collect();
        order.sort_unstable();
        let mut found = vec![Vec::new(); queries.len()];
        let near = (table.len() / NEAR).max(BLOCK);
        let mut rest = &order[..];
        while let Some((first, _)) = rest.first() {
            let close = |(start, _): &&(usize, usize)| start - first <= near;
            let (group, after) = rest.split_at(rest.iter().take(GROUP).take_while(close).count());
            rest = after;
            let scans = group.iter().map(|(_, i)| self.scan(queries[*i].as_ref(), k, threshold));
            let scans = together(table, kernel, scans.collect());
            for ((_, i), scan) in group.iter().zip(scans) {
                found[*i] = scan.into_sorted();
            }
        }
        found
    }

    fn scan<'a>(&self, query: &'a [u64], k: usize, threshold: f32) -> Scan<'a> {
        assert_eq!(query.len(), self.bits() / 64, "query and rows differ in width");
        Scan::new(query, k, threshold)
    }
}

/// Runs each scan, given its place, on as many threads as there are scans.
fn by_threads<'a>(scans: &mut [Scan<'a>], run: impl Fn(usize, &mut Scan<'a>) + Sync) {
    let threads = scans.len();
    let queue = Mutex::new(scans.iter_mut().enumerate());
    parallel::run(threads, |_| {
        loop {
            let next = queue.lock().unwrap_or_else(PoisonError::into_inner).next();
            let Some((turn, scan)) = next else { break };
            run(turn, scan);
        }
    });
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

    /// Sparse rows over few positions, so that equal similarities and equal rows are common; some full.
    fn row(words: usize) -> impl Strategy<Value = Vec<u64>> {
        let word = prop_oneof![3 => Just(0u64), 2 => 0u64..16, 1 => any::<u64>()];
        let sparse = prop::collection::vec(word, words);
        prop_oneof![40 => sparse, 1 => prop_oneof![Just(0), Just(u64::MAX)].prop_map(move |w| vec![w; words])]
    }

    /// Rows, and so many queries, of one width.
    fn table(
        queries: std::ops::Range<usize>,
    ) -> impl Strategy<Value = (Vec<Vec<u64>>, Vec<Vec<u64>>)> {
        prop_oneof![Just(4), Just(8), Just(12), Just(16)].prop_flat_map(move |words| {
            let rows = |n| prop::collection::vec(row(words), n);
            (rows(0..1200), rows(queries.clone()))
        })
    }

    fn plain(found: &[Neighbor]) -> Vec<(u32, f32)> {
        found.iter().map(|n| (n.id, n.similarity)).collect()
    }

    proptest! {
        #[test]
        fn finds_what_brute_force_finds(
            (rows, queries) in table(1..2),
            k in 0usize..40,
            threshold in prop_oneof![Just(0.0f32), Just(0.5), 0.0f32..1.1],
            threads in 0usize..6,
        ) {
            let query = &queries[0];
            let packed = PackedFingerprints::new(query.len() * 64, &rows.concat()).unwrap();
            for kernel in Kernel::available() {
                let found = packed.top_k_with(kernel, query, k, threshold, threads);
                let expected = brute_force(&rows, query, k, threshold);
                prop_assert_eq!(plain(&found), plain(&expected), "{}", kernel.name);
            }
            let all = packed.within(query, threshold);
            prop_assert_eq!(plain(&all), plain(&brute_force(&rows, query, usize::MAX, threshold)));
        }

        #[test]
        fn a_batch_finds_what_single_queries_find(
            (rows, queries) in table(0..20),
            k in prop_oneof![0usize..40, Just(usize::MAX)],
            threshold in prop_oneof![Just(0.0f32), Just(0.5), 0.0f32..1.1],
        ) {
            let bits = queries.first().or(rows.first()).map_or(512, |row| row.len() * 64);
            let packed = PackedFingerprints::new(bits, &rows.concat()).unwrap();
            for kernel in Kernel::available() {
                let found = packed.top_k_batch_with(kernel, &queries, k, threshold);
                prop_assert_eq!(found.len(), queries.len());
                for (query, found) in queries.iter().zip(&found) {
                    let expected = brute_force(&rows, query, k, threshold);
                    prop_assert_eq!(plain(found), plain(&expected), "{}", kernel.name);
                }
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]

        /// Rows of many bits, none like another: bounds spare nothing, and are tried rarely.
        #[test]
        fn dense_unrelated_rows_are_found_too(
            seed in any::<u64>(),
            words in prop_oneof![Just(4usize), Just(12), Just(16)],
            dense in 1usize..4,
            alike in 0usize..4,
            k in 1usize..20,
            threads in 1usize..4,
        ) {
            let mut random = proptest::test_runner::TestRng::from_seed(
                proptest::test_runner::RngAlgorithm::XorShift,
                &[seed.to_le_bytes(), (!seed).to_le_bytes()].concat(),
            );
            let mut row = || -> Vec<u64> {
                (0..words).map(|_| (0..dense).fold(0, |bits, _| bits | random.next_u64())).collect()
            };
            let mut rows: Vec<Vec<u64>> = (0..4000).map(|_| row()).collect();
            let query = row();
            // Some that bounds could find, anywhere.
            for i in 0..alike {
                rows[i * 1313] = query.clone();
                rows[i * 1313][0] ^= 7 << i;
            }
            let packed = PackedFingerprints::new(words * 64, &rows.concat()).unwrap();
            for kernel in Kernel::available() {
                let found = packed.top_k_with(kernel, &query, k, 0.0, threads);
                prop_assert_eq!(plain(&found), plain(&brute_force(&rows, &query, k, 0.0)), "{}", kernel.name);
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(60))]

        /// A handful of similarities among thousands of rows: who is found is a matter of ids, wherever the rows waited.
        #[test]
        fn ties_in_many_blocks_are_broken_by_id(
            seed in any::<u64>(),
            words in prop_oneof![Just(4usize), Just(8), Just(16)],
            positions in 12usize..60,
            set in 2usize..12,
            k in 1usize..60,
            threads in 1usize..4,
        ) {
            let mut random = proptest::test_runner::TestRng::from_seed(
                proptest::test_runner::RngAlgorithm::XorShift,
                &[seed.to_le_bytes(), (!seed).to_le_bytes()].concat(),
            );
            let mut row = || -> Vec<u64> {
                let mut row = vec![0; words];
                for _ in 0..set {
                    let bit = random.next_u64() as usize % positions * 67 % (words * 64);
                    row[bit / 64] |= 1 << (bit % 64);
                }
                row
            };
            let rows: Vec<Vec<u64>> = (0..4000).map(|_| row()).collect();
            let query = row();
            let packed = PackedFingerprints::new(words * 64, &rows.concat()).unwrap();
            let expected = plain(&brute_force(&rows, &query, k, 0.0));
            for kernel in Kernel::available() {
                let found = packed.top_k_with(kernel, &query, k, 0.0, threads);
                prop_assert_eq!(plain(&found), &expected[..], "{}", kernel.name);
            }
        }
    }

    #[test]
    fn widths_that_do_not_fit_are_refused() {
        use super::super::PackError;
        let pack = |bits, words: &[u64]| PackedFingerprints::new(bits, words).map(|t| t.len());
        assert_eq!(pack(0, &[]), Err(PackError::Width(0)));
        assert_eq!(pack(167, &[]), Err(PackError::Width(167)));
        assert_eq!(pack(256, &[0; 5]), Err(PackError::Length { words: 5, row: 4 }));
    }
}
