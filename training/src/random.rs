//! The one source of randomness: the same numbers on every machine.

/// SplitMix64 (Steele, Lea and Flood, 2014).
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    /// A stream of its own for each `(seed, purpose)`.
    pub fn new(seed: u64, purpose: &str) -> Self {
        // FNV-1a keeps the streams of different purposes apart.
        let hash = purpose.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |h, b| {
            (h ^ u64::from(b)).wrapping_mul(0x100_0000_01b3)
        });
        let mut random = Self(hash ^ seed.wrapping_mul(0xa076_1d64_78bd_642f));
        random.bits();
        random
    }

    /// 64 random bits.
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Uniform in [0, 1).
    pub fn unit(&mut self) -> f32 {
        (self.bits() >> 40) as f32 / (1u64 << 24) as f32
    }

    /// `n` values uniform in ±`bound`.
    pub fn uniform(&mut self, n: usize, bound: f32) -> Vec<f32> {
        (0..n).map(|_| (2.0 * self.unit() - 1.0) * bound).collect()
    }

    /// Shuffles in place (Fisher and Yates).
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for i in (1..items.len()).rev() {
            items.swap(i, (self.bits() % (i as u64 + 1)) as usize);
        }
    }

    /// A dropout mask: 0 with probability `rate`, otherwise 1 / (1 − rate). Two decisions a draw.
    pub fn dropout(&mut self, n: usize, rate: f32) -> Vec<f32> {
        let keep = 1.0 / (1.0 - rate);
        let limit = (f64::from(rate) * 4_294_967_296.0) as u64;
        let mut mask = Vec::with_capacity(n + 1);
        while mask.len() < n {
            let bits = self.bits();
            mask.push(if bits >> 32 < limit { 0.0 } else { keep });
            mask.push(if bits & 0xffff_ffff < limit { 0.0 } else { keep });
        }
        mask.truncate(n);
        mask
    }
}
