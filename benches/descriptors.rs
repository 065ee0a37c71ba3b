//! The descriptors and the whole structure vector of one molecule at a time on one core: drugs of 13 to 62 heavy
//! atoms, and a chain at the limit of size.

use chmr::chem::{Limits, Molecule, parse_smiles};
use chmr::features::descriptors::{DESCRIPTORS, descriptors};
use chmr::features::{Standardizer, StructureLayout, maccs, morgan, structure_vector};
use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use std::hint::black_box;

const DRUGS: &[&str] = &[
    "CC(=O)Oc1ccccc1C(=O)O",                                        // aspirin
    "CN1C=NC2=C1C(=O)N(C)C(=O)N2C",                                 // caffeine
    "CN1c2ccc(Cl)cc2C(=NCC1=O)c1ccccc1",                            // diazepam
    "CCCc1nn(C)c2c1nc([nH]c2=O)-c1cc(ccc1OCC)S(=O)(=O)N1CCN(C)CC1", // sildenafil
    "Cc1ccc(cc1Nc1nccc(n1)-c1cccnc1)NC(=O)c1ccc(CN2CCN(C)CC2)cc1",  // imatinib
    "CC(C)c1c(C(=O)Nc2ccccc2)c(-c2ccccc2)c(-c2ccc(F)cc2)n1CC[C@@H](O)C[C@@H](O)CC(=O)O", // atorvastatin
    "C[C@]12CCC3c4ccc(O)cc4CCC3C1CC[C@@H]2O", // estradiol
    "CC1=C2C(OC(=O)C)C(=O)C3(C)C(O)CC4OCC4(OC(C)=O)C3C(OC(=O)c3ccccc3)C(O)(CC1OC(=O)C(O)C(NC(=O)c1ccccc1)c1ccccc1)C2(C)C", // paclitaxel
];

fn read(smiles: &str) -> Molecule {
    parse_smiles(smiles, &Limits::default()).expect("a molecule")
}

fn all(c: &mut Criterion) {
    let mut group = c.benchmark_group("descriptors");
    let mut values = vec![0.0; DESCRIPTORS.len()];
    for (name, count) in [("drugs", DRUGS.len()), ("without paclitaxel", DRUGS.len() - 1)] {
        group.throughput(Throughput::Elements(count as u64));
        // Fresh molecules: rings are perceived on first use, and that belongs to the price.
        group.bench_function(name, |b| {
            b.iter_batched(
                || DRUGS[..count].iter().map(|s| read(s)).collect::<Vec<_>>(),
                |fresh| fresh.iter().for_each(|m| descriptors(black_box(m), &mut values)),
                BatchSize::SmallInput,
            );
        });
    }
    let layout = StructureLayout::default();
    let n = layout.descriptors.len();
    let standardizer =
        Standardizer { median: vec![0.0; n], mean: vec![0.0; n], scale: vec![1.0; n], clip: 10.0 };
    let mut vector = vec![0.0; layout.width()];
    type Part<'a> = (&'a str, &'a mut dyn FnMut(&Molecule));
    let parts: [Part<'_>; 4] = [
        ("structure vector", &mut |m| structure_vector(m, &layout, &standardizer, &mut vector)),
        ("part: the smallest rings", &mut |m| _ = black_box(m.rings())),
        ("part: the MACCS keys, with rings", &mut |m| _ = black_box(maccs(m))),
        ("part: the Morgan bits", &mut |m| _ = black_box(morgan(m, 2, 1024))),
    ];
    group.throughput(Throughput::Elements(DRUGS.len() as u64));
    for (name, part) in parts {
        group.bench_function(name, |b| {
            b.iter_batched(
                || DRUGS.iter().map(|s| read(s)).collect::<Vec<_>>(),
                |fresh| fresh.iter().for_each(|m| part(black_box(m))),
                BatchSize::SmallInput,
            );
        });
    }
    group.throughput(Throughput::Elements(1));
    group.sample_size(10);
    let chain = read(&"C".repeat(2000));
    group.bench_function("a chain of 2,000 carbons", |b| {
        b.iter(|| descriptors(black_box(&chain), &mut values));
    });
    group.finish();
}

criterion_group!(benches, all);
criterion_main!(benches);
