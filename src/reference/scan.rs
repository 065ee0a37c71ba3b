//! A query's way through a table: what is compared at once, what later, and what never.

use super::kernel::{Kernel, MOST, Query};
use super::neighbor::{Best, Neighbor};
use super::packed::{BLOCK, Columns, fold};

/// Stands for the distance of a row that was compared already.
const COMPARED: u8 = MOST + 1;
/// Blocks that wait at most: a byte a row, 16 MiB. Few in tests, whose tables are small.
const WAITING: usize = if cfg!(test) { 2 } else { (16 << 20) / BLOCK };

/// The quarters of the greatest distance within which the rows of waiting blocks are compared, one after the other.
pub(super) const NEARNESS: [u32; 3] = [2, 3, 4];

pub(super) fn set_bits(row: &[u64]) -> u32 {
    row.iter().map(|w| w.count_ones()).sum()
}

/// Leads scans, which are in the order of their set bits, through the table, block by block: outwards from
/// where the middle one's set bits are.
pub(super) fn together<'a>(
    table: Columns<'_>,
    kernel: Kernel,
    mut scans: Vec<Scan<'a>>,
) -> Vec<Scan<'a>> {
    let middle = scans.get(scans.len() / 2).map_or(0, |scan| scan.count);
    for (start, end) in BlocksOutward::new(table, middle) {
        for scan in &mut scans {
            scan.step(table, kernel, start, end);
        }
    }
    for scan in &mut scans {
        scan.catch_up_all(table, kernel);
    }
    scans
}

/// A query on its way through a table.
///
/// The sooner good rows are found, the fewer others have to be compared. So of a block, the rows nearest by their folds
/// are compared at once; where others pass the bound too, the block waits until the end: by then, the bound spares most of them.
#[derive(Clone)]
pub(super) struct Scan<'a> {
    query: Query<'a>,
    count: u32,
    best: Best,
    /// Blocks that wait.
    waiting: Vec<(usize, usize)>,
    /// How far their rows' folds are from the query's, [`BLOCK`] each.
    distances: Vec<u8>,
}

impl<'a> Scan<'a> {
    pub fn new(query: &'a [u64], k: usize, threshold: f32) -> Self {
        Self {
            query: Query { words: query, fold: fold(query) },
            count: set_bits(query),
            best: Best::new(k, threshold),
            waiting: Vec::new(),
            distances: Vec::new(),
        }
    }

    /// Goes through `blocks`.
    pub fn through(
        &mut self,
        table: Columns<'_>,
        kernel: Kernel,
        blocks: impl Iterator<Item = (usize, usize)>,
    ) {
        self.walk(table, kernel, blocks);
        self.catch_up_all(table, kernel);
    }

    /// The same, but for the blocks that wait in the end.
    pub fn walk(
        &mut self,
        table: Columns<'_>,
        kernel: Kernel,
        blocks: impl Iterator<Item = (usize, usize)>,
    ) {
        for (start, end) in blocks {
            self.step(table, kernel, start, end);
        }
    }

    pub fn has_waiting(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// Gives each of some scans of one query the best rows of all.
    pub fn share(scans: &mut [Self]) {
        let best = Self::merged(scans);
        scans.iter_mut().for_each(|scan| scan.best = best.clone());
    }

    /// The best rows of some scans of one query.
    pub fn merged(scans: &[Self]) -> Best {
        Best::merged(scans.iter().map(|scan| &scan.best))
    }

    pub fn into_sorted(self) -> Vec<Neighbor> {
        self.best.into_sorted()
    }

    /// Offers a block's rows, or lets it wait for [`catch_up`](Self::catch_up).
    fn step(&mut self, table: Columns<'_>, kernel: Kernel, start: usize, end: usize) {
        // The block's best case: a row with as many set bits as the query, or the nearest to it.
        let (low, high) = (u32::from(table.counts[start]), u32::from(table.counts[end - 1]));
        let limit = self.best.xor_limit(self.count + high);
        let least = low.saturating_sub(self.count).max(self.count.saturating_sub(high));
        if self.best.is_nothing() || least > u32::from(limit) {
            return;
        }
        let at = self.distances.len();
        self.distances.resize(at + BLOCK, COMPARED);
        let mut distances = std::mem::take(&mut self.distances);
        let waits = self.waits(table, kernel, start, end, &mut distances[at..]);
        self.distances = distances;
        if !waits {
            self.distances.truncate(at);
            return;
        }
        self.waiting.push((start, end));
        if self.waiting.len() == WAITING {
            self.catch_up_all(table, kernel);
        }
    }

    /// Offers a block's nearest rows; whether others could do.
    fn waits(
        &mut self,
        table: Columns<'_>,
        kernel: Kernel,
        start: usize,
        end: usize,
        distances: &mut [u8],
    ) -> bool {
        let (fold, folds) = (&self.query.fold, table.block(start, end).folds);
        let nearest = (kernel.fold_distances)(fold, folds, &mut distances[..end - start]);
        let reach = self.reach(table, end);
        if nearest > reach {
            return false;
        }
        // The first k rows are as good as any: there is no bound before.
        let reach = if self.best.is_full() { nearest } else { reach };
        self.compare(table, kernel, start, end, distances, reach);
        least_of(distances) <= self.reach(table, end)
    }

    /// Offers what the blocks that wait have left, the nearer rows first.
    fn catch_up_all(&mut self, table: Columns<'_>, kernel: Kernel) {
        for nearness in NEARNESS {
            self.catch_up(table, kernel, nearness);
        }
    }

    /// Offers the rows of the blocks that wait within so many quarters of the greatest distance. None waits after four.
    pub fn catch_up(&mut self, table: Columns<'_>, kernel: Kernel, quarters: u32) {
        let mut waiting = std::mem::take(&mut self.waiting);
        let mut distances = std::mem::take(&mut self.distances);
        for (&(start, end), distances) in waiting.iter().zip(distances.chunks_exact_mut(BLOCK)) {
            let reach = (u32::from(self.reach(table, end)) * quarters / 4) as u8;
            if least_of(distances) <= reach {
                self.compare(table, kernel, start, end, distances, reach);
            }
        }
        if quarters >= 4 {
            waiting.clear();
            distances.clear();
        }
        (self.waiting, self.distances) = (waiting, distances);
    }

    /// The farthest that folds of a block that ends before `end` may be.
    fn reach(&self, table: Columns<'_>, end: usize) -> u8 {
        let limit = self.best.xor_limit(self.count + u32::from(table.counts[end - 1]));
        limit.min(u16::from(MOST)) as u8
    }

    /// Offers the rows whose folds are within `reach`, and marks them as compared.
    fn compare(
        &mut self,
        table: Columns<'_>,
        kernel: Kernel,
        start: usize,
        end: usize,
        distances: &mut [u8],
        reach: u8,
    ) {
        let mut candidates = [0u16; BLOCK];
        let n = (kernel.collect)(distances, reach, &mut candidates);
        let limit = self.best.xor_limit(self.count + u32::from(table.counts[end - 1]));
        let block = table.block(start, end);
        let n = (kernel.narrow)(&self.query, &block, limit, &mut candidates[..n]);
        for i in candidates[..n].iter().map(|i| start + usize::from(*i)) {
            let common = (kernel.and_count)(self.query.words, table.row(i));
            // The counts of a damaged file may be too low.
            let both = self.count + u32::from(table.counts[i]);
            let union = both.saturating_sub(common).max(common);
            self.best.offer(Neighbor::new(table.ids[i], common, union));
        }
    }
}

fn least_of(distances: &[u8]) -> u8 {
    distances.iter().fold(u8::MAX, |least, d| least.min(*d))
}

/// Blocks of rows, those with the query's number of set bits first, then outwards to both sides, so
/// that good candidates come early and later blocks are pruned whole.
#[derive(Clone)]
pub(super) struct BlocksOutward {
    below: usize,
    above: usize,
    rows: usize,
    turn: bool,
}

impl BlocksOutward {
    pub fn new(table: Columns<'_>, count: u32) -> Self {
        let middle = table.start(count) / BLOCK * BLOCK;
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
