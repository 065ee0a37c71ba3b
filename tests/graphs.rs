//! Graph tensors against RDKit's molecules in the encoding of the Open Graph Benchmark.

use chmr::chem::{Limits, parse_smiles};
use chmr::features::{GraphTensors, graph};

/// A row of `tests/golden/graphs.csv`: see `tests/oracle/golden_graphs.py`.
fn rows() -> Vec<(&'static str, String, String)> {
    let text = include_str!("golden/graphs.csv");
    text.lines()
        .skip(1)
        .map(|line| {
            let cells: Vec<&str> = line.split(',').collect();
            assert_eq!(cells.len(), 3, "{line}");
            (cells[0], cells[1].into(), cells[2].into())
        })
        .collect()
}

fn of(smiles: &str) -> GraphTensors {
    let mol = parse_smiles(smiles, &Limits::default()).unwrap_or_else(|e| panic!("{smiles}: {e}"));
    graph(&mol).unwrap_or_else(|e| panic!("{smiles}: {e}"))
}

fn text(numbers: impl IntoIterator<Item = i64>) -> String {
    numbers.into_iter().map(|n| n.to_string()).collect::<Vec<_>>().join(" ")
}

#[test]
fn rdkit_gives_the_same_indices() {
    let rows = rows();
    assert!(rows.len() > 400);
    let mut wrong = Vec::new();
    for (smiles, atoms, bonds) in &rows {
        let g = of(smiles);
        let nodes: Vec<_> = g.node_features.iter().map(|f| text(*f)).collect();
        // The fixture has each bond once, ends ascending, sorted.
        let mut edges: Vec<_> = g
            .edge_index
            .iter()
            .zip(&g.edge_features)
            .filter(|([from, to], _)| from < to)
            .map(|(&ends, &features)| (ends, features))
            .collect();
        edges.sort();
        let edges: Vec<_> = edges.iter().map(|(e, f)| text(e.iter().chain(f).copied())).collect();
        if nodes.join(";") != *atoms || edges.join(";") != *bonds {
            wrong.push(smiles);
        }
    }
    assert!(wrong.is_empty(), "{} of {} differ: {wrong:#?}", wrong.len(), rows.len());
}

#[test]
fn every_bond_goes_both_ways() {
    for (smiles, ..) in rows() {
        let g = of(smiles);
        assert_eq!(g.edge_index.len(), g.edge_features.len());
        for (pair, features) in g.edge_index.chunks(2).zip(g.edge_features.chunks(2)) {
            assert_eq!(pair[0], [pair[1][1], pair[1][0]], "{smiles}");
            assert_eq!(features[0], features[1], "{smiles}");
        }
    }
}
