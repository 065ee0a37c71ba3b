//! Made-up fingerprints for the benches of the search.

/// Words of a row: 1,024 bits.
pub const WORDS: usize = 16;

/// Rows of about 48 set bits, as Morgan fingerprints have, ten of them about each of many centres.
pub fn fingerprints(n: usize) -> Vec<u64> {
    let mut seed = 1u64;
    let mut next = || {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) as usize
    };
    let mut words = vec![0u64; n * WORDS];
    let mut bits = [0usize; 48];
    for (i, row) in words.chunks_exact_mut(WORDS).enumerate() {
        if i % 10 == 0 {
            bits.fill_with(|| next() % 1024);
        }
        let changed = next() % 20;
        for (j, &bit) in bits.iter().enumerate() {
            let bit = if j < changed { next() % 1024 } else { bit };
            row[bit / 64] |= 1 << (bit % 64);
        }
    }
    words
}
