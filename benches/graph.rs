//! Graph networks with made-up weights, one thread, 64 molecules at a time: molecules a second by width and layers, and what
//! reading their graphs costs. `tests/oracle/graph_networks.py --time` runs the same beside onnxruntime.

use chmr::chem::{Limits, Molecule, parse_smiles};
use chmr::features::{graph_codes, walks};
use chmr::model::graph::{GraphNetwork, GraphScratch, GraphShape, GraphWeights, MoleculeGraph};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use std::hint::black_box;

#[path = "support/drugs.rs"]
mod drugs;
#[path = "../tests/support/graph_weights.rs"]
mod made_up;

fn graph(c: &mut Criterion) {
    let read = |s: &&str| parse_smiles(s, &Limits::default()).expect("a drug");
    let molecules: Vec<Molecule> = drugs::DRUGS.iter().map(read).collect();
    let mut group = c.benchmark_group("graph");
    group.throughput(Throughput::Elements(molecules.len() as u64));
    group.bench_function("codes", |b| {
        b.iter(|| molecules.iter().for_each(|m| drop(black_box(graph_codes(m)))));
    });
    group.bench_function("walks", |b| {
        b.iter(|| molecules.iter().for_each(|m| drop(black_box(walks(m)))));
    });
    let graphs: Vec<MoleculeGraph> = molecules
        .iter()
        .cycle()
        .take(64)
        .map(|m| MoleculeGraph::new(m, false).expect("a graph"))
        .collect();
    let mut scratch = GraphScratch::default();
    for width in [64, 128, 256, 300] {
        for layers in [3, 4, 5] {
            let shape = GraphShape {
                width,
                layers,
                inner: 2 * width,
                hidden: 1024,
                outputs: 512,
                walks: false,
            };
            let weights = made_up::graph_weights(&shape.tensors(), 1);
            let network = GraphNetwork::new(&GraphWeights::new(shape, weights).expect("complete"));
            for rows in [64, 1] {
                group.throughput(Throughput::Elements(rows as u64));
                group.bench_function(format!("{width} x {layers}, {rows} rows"), |b| {
                    b.iter(|| black_box(network.run(&graphs[..rows], &mut scratch)));
                });
            }
        }
    }
    group.finish();
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .sample_size(20)
        .measurement_time(std::time::Duration::from_secs(2));
    targets = graph
}
criterion_main!(benches);
