//! Small sets of numbers, as bits: the atoms or the bonds of one molecule.

/// A set of numbers below some bound that is fixed when it is made. One or two words hold the atoms or bonds
/// of nearly all molecules and need no allocation; a vector holds any number.
pub(super) trait Bits: Clone + Eq + std::hash::Hash {
    /// Whether a set is a few words, so that many of them may be kept.
    const SHORT: bool;

    /// The empty set of numbers below `bound`.
    fn none(bound: usize) -> Self;
    fn words(&self) -> &[u64];
    fn words_mut(&mut self) -> &mut [u64];

    /// All numbers below `bound`.
    #[inline]
    fn all(bound: usize) -> Self {
        let mut set = Self::none(bound);
        for (w, word) in set.words_mut().iter_mut().enumerate() {
            *word = match bound.saturating_sub(w * 64) {
                left @ 0..64 => (1 << left) - 1,
                _ => u64::MAX,
            };
        }
        set
    }

    #[inline]
    fn insert(&mut self, number: usize) {
        self.words_mut()[number / 64] |= 1 << (number % 64);
    }

    #[inline]
    fn remove(&mut self, number: usize) {
        self.words_mut()[number / 64] &= !(1 << (number % 64));
    }

    #[inline]
    fn contains(&self, number: usize) -> bool {
        self.words()[number / 64] >> (number % 64) & 1 == 1
    }

    #[inline]
    fn is_empty(&self) -> bool {
        self.words().iter().all(|&w| w == 0)
    }

    #[inline]
    fn count(&self) -> usize {
        self.words().iter().map(|w| w.count_ones() as usize).sum()
    }

    #[inline]
    fn unite(&mut self, other: &Self) {
        self.words_mut().iter_mut().zip(other.words()).for_each(|(a, b)| *a |= b);
    }

    #[inline]
    fn intersect(&mut self, other: &Self) {
        self.words_mut().iter_mut().zip(other.words()).for_each(|(a, b)| *a &= b);
    }

    #[inline]
    fn subtract(&mut self, other: &Self) {
        self.words_mut().iter_mut().zip(other.words()).for_each(|(a, b)| *a &= !b);
    }

    /// Calls `each` with the numbers, ascending, until it says false.
    #[inline]
    fn visit(&self, mut each: impl FnMut(usize) -> bool) {
        for (w, &word) in self.words().iter().enumerate() {
            let mut rest = word;
            while rest != 0 {
                let number = w * 64 + rest.trailing_zeros() as usize;
                rest &= rest - 1;
                if !each(number) {
                    return;
                }
            }
        }
    }
}

impl<const N: usize> Bits for [u64; N] {
    const SHORT: bool = true;

    fn none(bound: usize) -> Self {
        debug_assert!(bound <= N * 64);
        [0; N]
    }
    fn words(&self) -> &[u64] {
        self
    }
    fn words_mut(&mut self) -> &mut [u64] {
        self
    }
}

impl Bits for Vec<u64> {
    const SHORT: bool = false;

    fn none(bound: usize) -> Self {
        vec![0; bound.div_ceil(64)]
    }
    fn words(&self) -> &[u64] {
        self
    }
    fn words_mut(&mut self) -> &mut [u64] {
        self
    }
}
