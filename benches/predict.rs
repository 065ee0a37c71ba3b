//! Opening a model and predicting with it: all tasks, from SMILES.
//!
//! `cargo bench --bench predict`. Uses the embedded default model, or, in a build without one,
//! nine random networks of its size. `startup.sh` measures the command line.

#[path = "../tests/support/mod.rs"]
mod support;

use chmr::model::{NetworkEntry, STRUCTURE, Task};
use chmr::{Batch, Model, PredictOptions, Run};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use std::hint::black_box;

/// Tasks of the nine data sets.
const SETS: [usize; 9] = [41, 617, 32, 6, 1, 1, 2, 27, 1];

/// Drugs of 9 to 60 heavy atoms.
const DRUGS: [&str; 16] = [
    "CC(=O)Oc1ccccc1C(=O)O",
    "CC(=O)Nc1ccc(O)cc1",
    "Cn1cnc2c1c(=O)n(C)c(=O)n2C",
    "CC(C)Cc1ccc(cc1)[C@@H](C)C(=O)O",
    "CN1C(=O)CN=C(c2ccccc2)c2cc(Cl)ccc21",
    "CC(C)NCC(O)COc1cccc2ccccc12",
    "CNCCC(Oc1ccc(C(F)(F)F)cc1)c1ccccc1",
    "Cc1ccc(-c2cc(C(F)(F)F)nn2-c2ccc(S(N)(=O)=O)cc2)cc1",
    "COc1cc2ncnc(Nc3ccc(F)c(Cl)c3)c2cc1OCCCN1CCOCC1",
    "Cc1ccc(NC(=O)c2ccc(CN3CCN(C)CC3)cc2)cc1Nc1nccc(-c2cccnc2)n1",
    "CCCCc1nc(Cl)c(CO)n1Cc1ccc(-c2ccccc2-c2nn[nH]n2)cc1",
    "CC(C)c1c(C(=O)Nc2ccccc2)c(-c2ccccc2)c(-c2ccc(F)cc2)n1CC[C@@H](O)C[C@@H](O)CC(=O)O",
    "C[C@]12CC[C@H]3[C@@H](CCC4=CC(=O)CC[C@@]43C)[C@@H]1CC[C@@H]2O",
    "CCOc1ccc(S(=O)(=O)N2CCN(C)CC2)cc1-c1nc2c(CCC)nn(C)c2c(=O)[nH]1",
    "CN1CCC[C@H]1c1cccnc1",
    "CC1=C2[C@@]([C@]([C@H]([C@@H]3[C@]4([C@H](OC4)C[C@@H]([C@]3(C(=O)[C@@H]2OC(=O)C)C)O)OC(=O)C)OC(=O)c5ccccc5)(C[C@@H]1OC(=O)[C@H](O)[C@@H](NC(=O)c6ccccc6)c7ccccc7)O)(C)C",
];

/// The bytes of a model of realistic size, made of random weights.
fn random_model() -> Vec<u8> {
    let mut m = support::manifest_with_descriptors();
    m.structure.morgan_bits = 1024;
    let sample = m.tasks[0].clone();
    (m.tasks, m.networks) = (Vec::new(), Vec::new());
    for (set, &n) in SETS.iter().enumerate() {
        let first = m.tasks.len();
        m.tasks.extend((0..n).map(|i| Task { name: format!("{set}/{i}"), ..sample.clone() }));
        m.networks.push(NetworkEntry {
            name: set.to_string(),
            members: vec![format!("networks/{set}.onnx")],
            reads: vec![STRUCTURE.into()],
            tasks: (first..first + n).collect(),
        });
    }
    let (width, networks) = (m.structure.width(), m.networks.clone());
    support::model_with(m, |path| {
        let i = networks.iter().position(|n| n.members[0] == path)?;
        let mlp = support::onnx::mlp(width, 1200, networks[i].tasks.len(), i as u64, true);
        Some(support::onnx::bytes(&mlp))
    })
}

/// Opens the default model, or a stand-in, afresh at every call.
fn opener() -> impl Fn() -> Model {
    let random = match Model::open_default() {
        Ok(_) => None,
        Err(_) => Some(&*random_model().leak()),
    };
    move || match random {
        Some(bytes) => Model::from_bytes(bytes).expect("a good model"),
        None => Model::open_default().expect("a good model"),
    }
}

fn batch(rows: usize) -> Batch {
    let mut batch = Batch::new();
    for smiles in DRUGS.iter().cycle().take(rows) {
        batch.push_smiles(smiles);
    }
    batch
}

fn predict(c: &mut Criterion) {
    let open = opener();
    let mut group = c.benchmark_group("open");
    group.sample_size(10);
    group.bench_function("open", |b| b.iter(&open));
    for threads in [1, 2] {
        let options = PredictOptions { threads, ..Default::default() };
        let one = batch(1);
        group.bench_function(format!("open, then one molecule, {threads} threads"), |b| {
            b.iter(|| open().predict(&one, &options, &Run::new()).expect("predictions"))
        });
    }
    group.finish();

    let model = open();
    let mut group = c.benchmark_group("predict");
    group.sample_size(10);
    for (rows, threads) in [(1, 1), (16, 1), (64, 1), (1000, 1), (1000, 2)] {
        let options = PredictOptions { threads, ..Default::default() };
        let rows_in = batch(rows);
        group.throughput(Throughput::Elements(rows as u64));
        group.bench_function(format!("{rows} molecules, {threads} threads"), |b| {
            b.iter(|| model.predict(&rows_in, &options, &Run::new()).expect("predictions"))
        });
    }
    group.finish();

    let mut group = c.benchmark_group("predict_one");
    let all: Vec<usize> = (0..model.tasks().len()).collect();
    for tasks in [&all[..], &all[..1]] {
        let mut out = vec![0.0; tasks.len()];
        group.bench_function(format!("{} tasks", tasks.len()), |b| {
            b.iter(|| {
                model.predict_one(black_box(DRUGS[8]), tasks, &mut out).expect("a prediction")
            })
        });
    }
    group.finish();
}

criterion_group!(benches, predict);
criterion_main!(benches);
