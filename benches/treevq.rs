//! Routing down a tree of 126 nodes, beside comparing with all of them; 1,024 latents of 300 values,
//! one thread. `benches/peers/treevq.py` has the same comparison for faiss.

use chmr::treevq::Codebook;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use ndarray::Array2;
use std::hint::black_box;

const WIDTH: usize = 300;
const DEPTH: usize = 6;
const ROWS: usize = 1024;

/// Numbers in −1…1 that repeat.
fn numbers(n: usize) -> Vec<f32> {
    let mut seed = 1u64;
    let mut next = || {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((seed >> 40) as f32) / (1 << 23) as f32 - 1.0
    };
    (0..n).map(|_| next()).collect()
}

fn bench(c: &mut Criterion) {
    let levels = (1..=DEPTH).map(|h| {
        let mut level = numbers((1 << h) * WIDTH);
        for row in level.chunks_exact_mut(WIDTH) {
            let length = row.iter().map(|v| v * v).sum::<f32>().sqrt();
            row.iter_mut().for_each(|v| *v /= length);
        }
        level
    });
    let book = Codebook::new(WIDTH, levels.collect()).unwrap();
    let latents = Array2::from_shape_vec((ROWS, WIDTH), numbers(ROWS * WIDTH)).unwrap();
    let mut group = c.benchmark_group("treevq");
    group.throughput(Throughput::Elements(ROWS as u64));
    group.bench_function("route", |b| b.iter(|| book.route_batch(black_box(latents.view()))));
    group.bench_function("leaves", |b| b.iter(|| book.leaves(black_box(latents.view()))));
    group.bench_function("nearest of all nodes", |b| {
        b.iter(|| -> usize {
            let rows = latents.outer_iter();
            rows.map(|row| book.nearest(black_box(row.as_slice().unwrap())).1).sum()
        });
    });
}

criterion_group!(benches, bench);
criterion_main!(benches);
