//! Made-up fingerprints for the benches of the search.

/// Words of a row: 1,024 bits.
pub const WORDS: usize = 16;

/// Rows of about 48 set bits, as Morgan fingerprints have, ten of them about each of many centres, one after the other.
pub struct Rows {
    seed: u64,
    made: usize,
    centre: [usize; 48],
}

impl Rows {
    pub fn new() -> Self {
        Self { seed: 1, made: 0, centre: [0; 48] }
    }

    fn random(&mut self) -> usize {
        let next = self.seed.wrapping_mul(6_364_136_223_846_793_005);
        self.seed = next.wrapping_add(1_442_695_040_888_963_407);
        (self.seed >> 33) as usize
    }
}

impl Iterator for Rows {
    type Item = [u64; WORDS];

    fn next(&mut self) -> Option<[u64; WORDS]> {
        if self.made.is_multiple_of(10) {
            self.centre = std::array::from_fn(|_| self.random() % 1024);
        }
        self.made += 1;
        let mut row = [0; WORDS];
        let changed = self.random() % 20;
        for j in 0..self.centre.len() {
            let bit = if j < changed { self.random() % 1024 } else { self.centre[j] };
            row[bit / 64] |= 1 << (bit % 64);
        }
        Some(row)
    }
}
