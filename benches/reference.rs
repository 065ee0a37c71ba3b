//! Top-10 Tanimoto search in a million fingerprints of 1,024 bits, one thread: one query at a time and eight
//! together, beside a plain sum over the same bytes; and one at a time among rows that have nothing to do with each other, of few
//! bits and of many, where the bounds help least. `benches/peers/tanimoto.py` compares with FPSim2 on real ones.

#[path = "support/fingerprints.rs"]
mod fingerprints;

use chmr::reference::PackedFingerprints;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use fingerprints::{Rows, WORDS};
use std::hint::black_box;

const ROWS: usize = 1_000_000;
const QUERIES: usize = 8;

fn bench(c: &mut Criterion) {
    let words: Vec<u64> = Rows::new().take(ROWS).flatten().collect();
    let table = PackedFingerprints::new(WORDS * 64, &words).unwrap();
    let queries: Vec<&[u64]> =
        words.chunks_exact(WORDS).step_by(ROWS / QUERIES).take(QUERIES).collect();
    let mut group = c.benchmark_group("reference");
    group.sample_size(10).throughput(Throughput::Bytes((words.len() * 8) as u64));
    group.bench_function("sum of the bytes", |b| {
        b.iter(|| black_box(&words).iter().fold(0u64, |sum, w| sum.wrapping_add(*w)));
    });
    group.throughput(Throughput::Elements((ROWS * QUERIES) as u64));
    for threshold in [0.0, 0.5, 0.7] {
        group.bench_function(format!("one by one, from {threshold}"), |b| {
            b.iter(|| -> usize {
                queries.iter().map(|q| table.top_k(black_box(q), 10, threshold).len()).sum()
            });
        });
        group.bench_function(format!("together, from {threshold}"), |b| {
            b.iter(|| table.top_k_batch(black_box(&queries), 10, threshold).len());
        });
    }
    for bits in [48, 150, 350, 700] {
        let words = unrelated(bits);
        let table = PackedFingerprints::new(WORDS * 64, &words).unwrap();
        group.bench_function(format!("one by one, from 0, unrelated rows, {bits} draws"), |b| {
            b.iter(|| -> usize {
                let queries = words.chunks_exact(WORDS).step_by(ROWS / QUERIES).take(QUERIES);
                queries.map(|q| table.top_k(black_box(q), 10, 0.0).len()).sum()
            });
        });
    }
}

/// Rows every one for itself: bits set by so many draws.
fn unrelated(draws: usize) -> Vec<u64> {
    let mut seed = 7u64;
    let mut next = || {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        (seed >> 20) as usize
    };
    let mut words = vec![0u64; ROWS * WORDS];
    for row in words.chunks_exact_mut(WORDS) {
        for bit in std::iter::repeat_with(|| next() % 1024).take(draws) {
            row[bit / 64] |= 1 << (bit % 64);
        }
    }
    words
}

criterion_group!(benches, bench);
criterion_main!(benches);
