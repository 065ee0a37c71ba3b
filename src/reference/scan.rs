//! A query's way through a table: what is compared at once, what later, and what never.

use super::kernel::{Kernel, MOST, Query};
use super::neighbor::{Best, Neighbor};
use super::outward::BlocksOutward;
use super::packed::{BLOCK, Columns, fold};
use super::trial::Trial;

/// Stands for the distance of a row that was compared already.
const COMPARED: u8 = MOST + 1;
/// Blocks whose distances are kept while they wait, at most: a byte a row, 16 MiB. Few in tests, whose tables are small.
const KEPT: usize = if cfg!(test) { 2 } else { (16 << 20) / BLOCK };

/// Bounds that spare fewer than one row in so many are not worth their time.
const SPARED: usize = 8;

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
/// Where bounds spare nothing, as among dense rows that have nothing to do with each other, they are tried now and then only.
#[derive(Clone)]
pub(super) struct Scan<'a> {
    query: Query<'a>,
    count: u32,
    best: Best,
    /// Blocks that wait.
    waiting: Vec<Waiting>,
    /// How far the rows' folds are from the query's, [`BLOCK`] for each of the first [`KEPT`] of them.
    distances: Vec<u8>,
    folding: Trial,
    refolding: Trial,
    narrowing: Trial,
}

#[derive(Clone, Copy)]
struct Waiting {
    start: usize,
    end: usize,
    /// What is known of its distances, if they were computed.
    folded: Option<Folded>,
}

#[derive(Clone, Copy)]
struct Folded {
    /// Rows as near as this were compared before the block waited.
    compared: u8,
    /// The nearest of the others was as far as this.
    least: u8,
}

impl<'a> Scan<'a> {
    pub fn new(query: &'a [u64], k: usize, threshold: f32) -> Self {
        Self {
            query: Query { words: query, fold: fold(query) },
            count: set_bits(query),
            best: Best::new(k, threshold),
            waiting: Vec::new(),
            distances: Vec::new(),
            folding: Trial::default(),
            refolding: Trial::default(),
            narrowing: Trial::default(),
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
        let mut folded = None;
        if self.folding.is_due() {
            let mut distances = std::mem::take(&mut self.distances);
            folded = self.offer_nearest(table, kernel, start, end, &mut distances[at..]);
            self.distances = distances;
            if folded.is_none() {
                self.distances.truncate(at);
                return;
            }
        }
        if self.waiting.len() >= KEPT {
            self.distances.truncate(at);
        }
        self.waiting.push(Waiting { start, end, folded });
    }

    /// Offers a block's nearest rows; `None` where no other could do.
    fn offer_nearest(
        &mut self,
        table: Columns<'_>,
        kernel: Kernel,
        start: usize,
        end: usize,
        distances: &mut [u8],
    ) -> Option<Folded> {
        let (fold, folds) = (&self.query.fold, table.block(start, end).folds);
        let nearest = (kernel.fold_distances)(fold, folds, &mut distances[..end - start]);
        let reach = self.reach(table, end);
        if nearest > reach {
            return None;
        }
        // The first k rows are as good as any: there is no bound before.
        let bounded = self.best.is_full();
        let compared = if bounded { nearest } else { reach };
        self.compare(table, kernel, start, end, distances, compared);
        let reach = self.reach(table, end);
        if bounded {
            // Far from sparing any, and not by chance.
            let most = reach - reach / 4;
            self.folding.told(count(distances, |d| d <= most || d == COMPARED) < BLOCK);
        }
        let least = least_of(distances);
        (least <= reach).then_some(Folded { compared, least })
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
        let mut kept = distances.chunks_exact_mut(BLOCK);
        for block in &waiting {
            let distances = kept.next();
            let &Waiting { start, end, folded } = block;
            let reach = self.reach(table, end);
            if folded.is_some_and(|folded| folded.least > reach) {
                continue;
            }
            let near = (u32::from(reach) * quarters / 4) as u8;
            let few = 1..=BLOCK * 7 / 16;
            match distances {
                Some(distances) if quarters >= 4 => {
                    self.compare_rest(table, kernel, *block, folded.is_some(), distances, reach);
                }
                // Rows that many are as near as are compared once, not in parts.
                Some(distances)
                    if folded.is_some() && few.contains(&count(distances, |d| d <= near)) =>
                {
                    self.compare(table, kernel, start, end, distances, near);
                }
                None if quarters >= 4 => self.compare_again(table, kernel, *block, reach),
                _ => {}
            }
        }
        if quarters >= 4 {
            waiting.clear();
            distances.clear();
        }
        (self.waiting, self.distances) = (waiting, distances);
    }

    /// Offers what is left of a block that waits, whose distances were not kept.
    fn compare_again(&mut self, table: Columns<'_>, kernel: Kernel, block: Waiting, reach: u8) {
        let Waiting { start, end, folded } = block;
        let mut distances = [COMPARED; BLOCK];
        if let Some(Folded { compared, .. }) = folded {
            let distances = &mut distances[..end - start];
            let folds = table.block(start, end).folds;
            (kernel.fold_distances)(&self.query.fold, folds, distances);
            for distance in distances.iter_mut().filter(|d| **d <= compared) {
                *distance = COMPARED;
            }
        }
        self.compare_rest(table, kernel, block, folded.is_some(), &mut distances, reach);
    }

    /// Offers what is left of a block that waits.
    fn compare_rest(
        &mut self,
        table: Columns<'_>,
        kernel: Kernel,
        block: Waiting,
        folded: bool,
        distances: &mut [u8],
        reach: u8,
    ) {
        let Waiting { start, end, .. } = block;
        if !folded {
            let distances = &mut distances[..end - start];
            if self.refolding.is_due() {
                let folds = table.block(start, end).folds;
                (kernel.fold_distances)(&self.query.fold, folds, distances);
                let spared = count(distances, |d| d > reach);
                self.refolding.told(spared * SPARED > distances.len());
            } else {
                distances.fill(0);
            }
        }
        if least_of(distances) <= reach {
            self.compare(table, kernel, start, end, distances, reach);
        }
    }

    /// Whether any row with so many set bits, of which so many are the query's too, differs in few enough.
    fn any_of(&self, counts: &[u16], commons: &[u16], limit: u16) -> bool {
        let nearness = |(count, common): (&u16, &u16)| 2 * i32::from(*common) - i32::from(*count);
        let nearest = counts.iter().zip(commons).map(nearness).fold(i32::MIN, i32::max);
        self.count as i32 - nearest <= i32::from(limit)
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
        let n = if self.narrowing.is_due() {
            let kept = (kernel.narrow)(&self.query, &block, limit, &mut candidates[..n]);
            if n > BLOCK / 2 {
                self.narrowing.told((n - kept) * SPARED >= n);
            }
            kept
        } else {
            n
        };
        let mut commons = [0u16; BLOCK];
        (kernel.common)(&self.query, &block, &candidates[..n], &mut commons[..n]);
        if n == end - start && !self.any_of(&table.counts[start..end], &commons, limit) {
            return;
        }
        for (i, common) in candidates[..n].iter().zip(commons) {
            let (i, common) = (start + usize::from(*i), u32::from(common));
            // The counts of a damaged file may be too low.
            let both = self.count + u32::from(table.counts[i]);
            if both.saturating_sub(2 * common) > u32::from(limit) {
                continue;
            }
            let union = both.saturating_sub(common).max(common);
            self.best.offer(Neighbor::new(table.ids[i], common, union));
        }
    }
}

fn count(distances: &[u8], of: impl Fn(u8) -> bool) -> usize {
    let part = |part: &[u8]| usize::from(part.iter().map(|d| u8::from(of(*d))).sum::<u8>());
    distances.chunks(128).map(part).sum()
}

fn least_of(distances: &[u8]) -> u8 {
    distances.iter().fold(u8::MAX, |least, d| least.min(*d))
}
