//! The inner loops of a scan, for the instruction set at hand.
//!
//! Every kernel gives exactly the integers of its scalar twin; a test holds them equal.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
#[cfg(target_arch = "aarch64")]
mod neon;
mod scalar;
#[cfg(target_arch = "x86_64")]
mod x86;

use super::packed::FOLD_WORDS;

/// The farthest that folds are said to be from each other; 255 and 256 bits count as 254.
pub(super) const MOST: u8 = 254;

/// What is searched for.
#[derive(Clone, Copy)]
pub(super) struct Query<'a> {
    pub words: &'a [u64],
    pub fold: [u64; FOLD_WORDS],
}

/// Rows as wide as the query, in two parts, and their folds.
#[derive(Clone, Copy)]
pub(super) struct Block<'a> {
    /// Words a head.
    pub head: usize,
    pub heads: &'a [u64],
    /// Words a tail.
    pub tail: usize,
    pub tails: &'a [u64],
    pub folds: &'a [u64],
}

impl<'a> Block<'a> {
    /// The two parts of row `i`.
    #[inline(always)]
    fn row(&self, i: u16) -> (&'a [u64], &'a [u64]) {
        let i = usize::from(i);
        (&self.heads[i * self.head..][..self.head], &self.tails[i * self.tail..][..self.tail])
    }
}

/// The inner loops for one instruction set.
#[derive(Clone, Copy)]
pub(super) struct Kernel {
    /// For the messages of tests.
    #[cfg_attr(not(test), expect(dead_code, reason = "failing tests name the kernel"))]
    pub name: &'static str,
    /// `out[r]` = set bits of `query ⊕ folds[r]`, at most [`MOST`]; `folds` holds `out.len()` rows. The least of them,
    /// 255 of none.
    pub fold_distances: fn(query: &[u64; FOLD_WORDS], folds: &[u64], out: &mut [u8]) -> u8,
    /// Writes the places of the `distances` up to `reach` to the front of `candidates`, in their order, and says how many:
    /// `candidates` has as many places as there are distances, at most 65,536. Those distances become `MOST + 1`.
    pub collect: fn(distances: &mut [u8], reach: u8, candidates: &mut [u16]) -> usize,
    /// Moves those of `candidates`, rows of the block, that may differ from the query in `limit` bits or fewer to the front, in
    /// their order, and says how many: it counts the bits that differ in the heads, and in the
    /// folds of the tails, which those of the rows and the heads give.
    pub narrow: fn(query: &Query, block: &Block, limit: u16, candidates: &mut [u16]) -> usize,
    /// `common[c]` = set bits of `query ∧ row` for each row of `candidates`; rows have at most 65,280.
    pub common: fn(query: &Query, block: &Block, candidates: &[u16], common: &mut [u16]),
}

impl Kernel {
    /// The fastest that this CPU has.
    pub fn detect() -> Self {
        *Self::available().last().expect("the scalar kernel is always there")
    }

    /// All that this CPU has, the scalar one first, the fastest last.
    pub fn available() -> Vec<Self> {
        #[allow(unused_mut, reason = "only some targets have more")]
        let mut kernels = vec![scalar::KERNEL];
        #[cfg(target_arch = "x86_64")]
        kernels.extend(x86::available());
        #[cfg(target_arch = "aarch64")]
        kernels.extend(neon::available());
        kernels
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reference::packed::{fold, head_words};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_kernel_counts_as_the_scalar_one(
            query in prop::array::uniform4(any::<u64>()),
            rows in prop::collection::vec(prop::array::uniform4(any::<u64>()), 0..70),
            opposite in prop::collection::vec(any::<prop::sample::Index>(), 0..4),
        ) {
            let mut rows = rows;
            if !rows.is_empty() {
                for index in opposite {
                    let i = index.index(rows.len());
                    rows[i] = query.map(|word| !word);
                }
            }
            let folds: Vec<u64> = rows.concat();
            let expected: Vec<u8> = rows
                .iter()
                .map(|r| r.iter().zip(&query).map(|(x, y)| (x ^ y).count_ones()).sum::<u32>().min(254) as u8)
                .collect();
            for kernel in Kernel::available() {
                let mut out = vec![u8::MAX; rows.len()];
                let least = (kernel.fold_distances)(&query, &folds, &mut out);
                prop_assert_eq!(&out, &expected, "{}", kernel.name);
                prop_assert_eq!(least, expected.iter().copied().min().unwrap_or(255), "{}", kernel.name);
            }
        }

        #[test]
        fn every_kernel_collects_as_the_scalar_one(
            distances in prop::collection::vec(any::<u8>(), 0..200),
            reach in 0..=MOST,
        ) {
            let expected: Vec<u16> = (0..).zip(&distances).filter(|(_, d)| **d <= reach).map(|(i, _)| i).collect();
            for kernel in Kernel::available() {
                let (mut left, mut found) = (distances.clone(), vec![0; distances.len()]);
                let n = (kernel.collect)(&mut left, reach, &mut found);
                prop_assert_eq!(&found[..n], &expected, "{}", kernel.name);
                for (left, d) in left.iter().zip(&distances) {
                    prop_assert_eq!(*left, if *d <= reach { MOST + 1 } else { *d }, "{}", kernel.name);
                }
            }
        }

        #[test]
        fn narrowing_drops_no_row_within_the_limit_and_common_bits_are_counted(
            parts in 1usize..6,
            words in prop::collection::vec(prop_oneof![Just(0u64), 0u64..16, any::<u64>()], 20..600),
            limit in prop_oneof![0u16..400, Just(u16::MAX)],
            candidates in prop::collection::vec(any::<prop::sample::Index>(), 0..40),
        ) {
            let width = parts * FOLD_WORDS;
            let (query, rows) = words.split_at(width);
            let rows = &rows[..rows.len() / width * width];
            let candidates: Vec<u16> = candidates
                .iter()
                .filter(|_| !rows.is_empty())
                .map(|c| c.index(rows.len() / width) as u16)
                .collect();
            let folds: Vec<u64> = rows.chunks_exact(width).flat_map(fold).collect();
            let head = head_words(width);
            let tail = width - head;
            let heads: Vec<u64> = rows.chunks_exact(width).flat_map(|row| &row[..head]).copied().collect();
            let tails: Vec<u64> = rows.chunks_exact(width).flat_map(|row| &row[head..]).copied().collect();
            let block = Block { head, heads: &heads, tail, tails: &tails, folds: &folds };
            let query = Query { words: query, fold: fold(query) };
            let row = |i: &u16| rows[usize::from(*i) * width..][..width].iter().zip(query.words);
            let differ = |i: &u16| -> u32 { row(i).map(|(a, b)| (a ^ b).count_ones()).sum() };
            let shared: Vec<u16> =
                candidates.iter().map(|i| row(i).map(|(a, b)| (a & b).count_ones() as u16).sum()).collect();
            let mut expected = candidates.clone();
            let n = (scalar::KERNEL.narrow)(&query, &block, limit, &mut expected);
            expected.truncate(n);
            let within = |of: &[u16]| of.iter().copied().filter(|i| differ(i) <= limit.into()).collect::<Vec<_>>();
            prop_assert_eq!(within(&expected), within(&candidates));
            for kernel in Kernel::available() {
                let mut kept = candidates.clone();
                let n = (kernel.narrow)(&query, &block, limit, &mut kept);
                prop_assert_eq!(&kept[..n], &expected, "{}", kernel.name);
                let mut common = vec![u16::MAX; candidates.len()];
                (kernel.common)(&query, &block, &candidates, &mut common);
                prop_assert_eq!(&common, &shared, "{}", kernel.name);
            }
        }
    }
}
