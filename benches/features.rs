//! One molecule at a time on one core, over well-known drugs: reading, fingerprints, graph.

use chmr::chem::{Limits, Molecule, parse_smiles};
use chmr::features::{graph, maccs, morgan};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use std::hint::black_box;

#[path = "support/drugs.rs"]
mod drugs;
use drugs::DRUGS;

fn read() -> Vec<Molecule> {
    DRUGS.iter().map(|s| parse_smiles(s, &Limits::default()).expect("a drug")).collect()
}

fn features(c: &mut Criterion) {
    let mut group = c.benchmark_group("features");
    group.throughput(Throughput::Elements(DRUGS.len() as u64));
    let limits = Limits::default();
    group.bench_function("parse", |b| {
        b.iter(|| DRUGS.iter().for_each(|s| drop(black_box(parse_smiles(s, &limits)))));
    });
    let molecules = read();
    group.bench_function("morgan r2 1024", |b| {
        b.iter(|| molecules.iter().for_each(|m| drop(black_box(morgan(m, 2, 1024)))));
    });
    // Rings are perceived once a molecule, on first use: the first figure has them to do.
    group.bench_function("maccs with rings", |b| {
        b.iter_batched(
            read,
            |fresh| fresh.iter().for_each(|m| drop(black_box(maccs(m)))),
            criterion::BatchSize::SmallInput,
        );
    });
    group.bench_function("maccs", |b| {
        b.iter(|| molecules.iter().for_each(|m| drop(black_box(maccs(m)))));
    });
    group.bench_function("graph", |b| {
        b.iter(|| molecules.iter().for_each(|m| drop(black_box(graph(m)))));
    });
    group.finish();
}

criterion_group!(benches, features);
criterion_main!(benches);
