//! One molecule at a time on one core: reading SMILES, molblocks, SD files and tables, fingerprints, graph.
//!
//! Against an older version: `cargo bench --bench features -- --save-baseline before` there, with the same `CARGO_TARGET_DIR`, and
//! `--baseline before` here. On a busy machine `benches/paired.sh` tells more: two programs in turn, by processor time.

use chmr::chem::{Limits, Molecule, SdfReader, parse_molblock, parse_smiles};
use chmr::features::{graph, maccs, morgan};
use chmr::tables::{Record, Source, Table, TableOptions};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use std::hint::black_box;
use std::io::Cursor;

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

/// Records of every kind, a third of them changed at random.
const RECORDS: &str = include_str!("../tests/golden/molblocks.sdf");

fn readers(c: &mut Criterion) {
    let mut group = c.benchmark_group("readers");
    let limits = Limits::default();
    let blocks: Vec<&str> = RECORDS.split_inclusive("$$$$\n").collect();
    group.throughput(Throughput::Elements(blocks.len() as u64));
    group.bench_function("molblock", |b| {
        b.iter(|| blocks.iter().for_each(|m| drop(black_box(parse_molblock(m, &limits)))));
    });
    group.bench_function("sdf, records alone", |b| {
        b.iter(|| black_box(SdfReader::new(RECORDS.as_bytes(), limits).count()));
    });
    let rows: String =
        (0..1000).map(|i| format!("m{i},\"{}\",{i}\n", DRUGS[i % DRUGS.len()])).collect();
    let table = format!("id,smiles,value\n{rows}");
    group.throughput(Throughput::Elements(1000));
    group.bench_function("table, rows alone", |b| {
        b.iter(|| {
            let source = Source::new(Cursor::new(table.clone().into_bytes()));
            let source = source.and_then(Source::decode).expect("text");
            let mut table = Table::new(source, &TableOptions::default()).expect("a table");
            let mut record = Record::new();
            while table.read(&mut record).expect("a row") {
                black_box(record.get(1));
            }
        });
    });
    group.finish();
}

criterion_group!(benches, features, readers);
criterion_main!(benches);
