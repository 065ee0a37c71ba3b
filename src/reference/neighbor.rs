//! What a search finds, and the best of it so far.

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
    pub(super) fn new(id: u32, common: u32, union: u32) -> Self {
        let similarity =
            if union == 0 { 0.0 } else { (f64::from(common) / f64::from(union)) as f32 };
        Self { id, similarity, common, union }
    }

    /// Nearest first, ties by id. Compares the fractions, not their rounded quotients.
    pub(super) fn rank(&self, other: &Self) -> Ordering {
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

/// The best `k` so far: a heap whose root is the worst of them.
#[derive(Clone)]
pub(super) struct Best {
    k: usize,
    threshold: f32,
    /// With *t* the set bits of query and row together, a row that reaches the similarity needed
    /// differs from the query in at most `ratio` · *t* bits.
    ratio: f64,
    heap: Vec<Neighbor>,
}

impl Best {
    pub fn new(k: usize, threshold: f32) -> Self {
        // common / (total - common) >= s  <=>  total - 2 common <= total (1 - s) / (1 + s).
        // The comparison with `threshold` is made in f32 on a rounded quotient: allow for that.
        let s = f64::from(threshold.max(0.0)) * (1.0 - f64::from(f32::EPSILON));
        Self { k, threshold, ratio: ((1.0 - s) / (1.0 + s)).max(0.0), heap: Vec::new() }
    }

    /// The most bits that a row may differ in and still enter, `total` being the set bits of the
    /// query and of a row with no fewer set bits. Never too low: the quotients of such small
    /// integers lie further apart than the tolerance.
    #[inline]
    pub fn xor_limit(&self, total: u32) -> u16 {
        (f64::from(total) * self.ratio + 1e-3) as u16
    }

    /// The best of several that are after the same, which may have rows in common; nothing of none.
    pub fn merged<'a>(mut bests: impl Iterator<Item = &'a Self> + Clone) -> Self {
        let mut all: Vec<Neighbor> = bests.clone().flat_map(|best| &best.heap).copied().collect();
        all.sort_unstable_by(Neighbor::rank);
        all.dedup_by_key(|n| n.id);
        let mut merged = bests.next().map_or(Self::new(0, 0.0), |b| Self::new(b.k, b.threshold));
        all.into_iter().take(merged.k).for_each(|n| merged.offer(n));
        merged
    }

    /// Whether none are wanted.
    pub fn is_nothing(&self) -> bool {
        self.k == 0
    }

    /// Whether there are `k`, so that the worst of them is a bound.
    pub fn is_full(&self) -> bool {
        self.heap.len() >= self.k
    }

    /// Takes `candidate` if it is good enough.
    pub fn offer(&mut self, candidate: Neighbor) {
        if candidate.similarity < self.threshold {
            return;
        }
        if self.heap.len() < self.k {
            self.heap.push(candidate);
            if self.heap.len() < self.k {
                return;
            }
            for i in (0..self.k / 2).rev() {
                self.sift_down(i);
            }
        } else if candidate.rank(&self.heap[0]) == Ordering::Less {
            self.heap[0] = candidate;
            self.sift_down(0);
        } else {
            return;
        }
        let (c, u) = self.heap[0].fraction();
        self.ratio = self.ratio.min((u - c) as f64 / (u + c) as f64);
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

    pub fn into_sorted(mut self) -> Vec<Neighbor> {
        self.heap.sort_unstable_by(Neighbor::rank);
        self.heap
    }
}
