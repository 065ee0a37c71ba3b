//! What must hold whatever the numbers.

use super::fixtures::{flat, graphs, normal, parameters, scalar};
use candle_core::{DType, Device, Tensor};
use chmr::features::GraphTensors;
use chmr_training::chmr::context_graph::{
    ContextError, ContextGraph, ContextGraphBuilder, EdgeKind, NodeKind,
};
use chmr_training::chmr::contextual_propagation::{
    ContextualPropagationReconstruction, MinMax, TargetTable, Visit, random_walks,
};
use chmr_training::chmr::encoders::{GraphBatch, GraphConfig, GraphEncoder};
use chmr_training::chmr::flat_vq::{FlatVq, nodes_of_tree};
use chmr_training::chmr::layers::Mode;
use chmr_training::chmr::modality_augmentation::{Imputation, SimilarityGraph, augment};
use chmr_training::chmr::parameters::Parameters;
use chmr_training::chmr::quantize::QuantizeConfig;
use chmr_training::chmr::rng::Rng;
use chmr_training::chmr::semantic_consistency::{VicRegWeights, info_nce, vicreg};
use chmr_training::chmr::tree_vq::{TreeVq, common_depth};
use ndarray::{Array2, array};
use std::collections::BTreeMap;

fn permuted(graph: &GraphTensors, order: &[usize]) -> GraphTensors {
    let place: Vec<i64> =
        (0..order.len()).map(|a| order.iter().position(|&o| o == a).unwrap() as i64).collect();
    let mut bonds: Vec<usize> = (0..graph.edge_index.len()).collect();
    bonds.reverse();
    GraphTensors {
        node_features: order.iter().map(|&a| graph.node_features[a]).collect(),
        edge_index: bonds.iter().map(|&b| graph.edge_index[b].map(|a| place[a as usize])).collect(),
        edge_features: bonds.iter().map(|&b| graph.edge_features[b]).collect(),
    }
}

#[test]
fn graph_encoder_ignores_the_order_of_atoms_and_the_company_in_a_batch() {
    let config = GraphConfig { layers: 3, width: 8, dropout: 0.3 };
    let encoder = GraphEncoder::new(&parameters(), config).unwrap();
    let graphs = graphs();
    let encode = |g: &[GraphTensors]| {
        let batch = GraphBatch::new(g, &Device::Cpu).unwrap();
        encoder.forward(&batch, &Mode::Evaluate).unwrap()
    };
    let together = flat(&encode(&graphs));
    let mut rng = Rng::new(5);
    for (m, graph) in graphs.iter().enumerate() {
        let mut order: Vec<usize> = (0..graph.node_features.len()).collect();
        for i in (1..order.len()).rev() {
            order.swap(i, rng.below(i + 1));
        }
        let alone = flat(&encode(&[permuted(graph, &order)]));
        for (a, b) in alone.iter().zip(&together[m * 8..]) {
            assert!((a - b).abs() < 1e-9 * a.abs().max(1.0), "molecule {m}: {a} {b}");
        }
    }
}

#[test]
fn graph_encoder_tells_bonds_apart() {
    let config = GraphConfig { layers: 2, width: 8, dropout: 0.0 };
    let encoder = GraphEncoder::new(&parameters(), config).unwrap();
    let mut graph = graphs().swap_remove(0);
    let before = GraphBatch::new([&graph], &Device::Cpu).unwrap();
    graph.edge_features[0][0] = 1;
    graph.edge_features[1][0] = 1;
    let after = GraphBatch::new([&graph], &Device::Cpu).unwrap();
    let encode = |b| flat(&encoder.forward(b, &Mode::Evaluate).unwrap());
    assert_ne!(encode(&before), encode(&after));
}

#[test]
fn graph_batch_refuses_what_is_out_of_range() {
    let mut graph = graphs().swap_remove(0);
    graph.edge_index[0][1] = 3;
    assert!(GraphBatch::new([&graph], &Device::Cpu).is_err());
    graph.edge_index[0][1] = -1;
    assert!(GraphBatch::new([&graph], &Device::Cpu).is_err());
    let mut graph = graphs().swap_remove(0);
    graph.node_features[0][0] = 119;
    assert!(GraphBatch::new([&graph], &Device::Cpu).is_err());
}

#[test]
fn routing_is_the_greedy_descent_by_cosine() {
    for depth in [1, 2, 6] {
        let tree = TreeVq::new(&parameters(), depth, 10, QuantizeConfig::default()).unwrap();
        let z = normal(11, 40, 10);
        let codes = tree.route(&z).unwrap();
        assert_eq!(codes, tree.forward(&z).unwrap().codes);
        let levels: Vec<Vec<Vec<f64>>> =
            tree.nodes().unwrap().iter().map(|l| l.to_vec2().unwrap()).collect();
        assert_eq!(levels.iter().map(Vec::len).sum::<usize>(), nodes_of_tree(depth));
        for (i, row) in z.to_vec2::<f64>().unwrap().iter().enumerate() {
            let length = row.iter().map(|v| v * v).sum::<f64>().sqrt();
            let mut parent = 0;
            for (h, level) in levels.iter().enumerate() {
                let cosine =
                    |k: usize| level[k].iter().zip(row).map(|(a, b)| a * b).sum::<f64>() / length;
                let children = [2 * parent, 2 * parent + 1];
                parent =
                    *children.iter().max_by(|a, b| cosine(**a).total_cmp(&cosine(**b))).unwrap();
                assert_eq!(codes[h][i] as usize, parent, "latent {i}, level {}", h + 1);
            }
        }
    }
}

#[test]
fn nodes_have_unit_length_and_get_it_back() {
    let p = parameters();
    let tree = TreeVq::new(&p, 3, 5, QuantizeConfig::default()).unwrap();
    let (_, first) = p.trained_vars().swap_remove(0);
    first.set(&(first.as_tensor() * 3.0).unwrap()).unwrap();
    tree.renormalize().unwrap();
    for (_, var) in p.trained_vars() {
        for length in flat(&var.sqr().unwrap().sum(1).unwrap()) {
            assert!((length - 1.0).abs() < 1e-9);
        }
    }
}

#[test]
fn dead_nodes_are_revived_where_latents_are_and_the_same_way_every_time() {
    let revive = |seed| {
        let p = parameters();
        let mut tree = TreeVq::new(&p, 3, 6, QuantizeConfig::default()).unwrap();
        // Latents in one corner: half of the tree never sees any.
        let z = ((normal(1, 60, 6) * 0.2).unwrap() + 1.0).unwrap();
        let used = |codes: &[Vec<u32>]| {
            codes
                .iter()
                .map(|c| c.iter().collect::<std::collections::BTreeSet<_>>().len())
                .sum::<usize>()
        };
        let before = used(&tree.route(&z).unwrap());
        let mut rng = Rng::new(seed);
        let mut moved = 0;
        for _ in 0..400 {
            let codes = tree.route(&z).unwrap();
            tree.record(&codes);
            moved += tree.revive(&z, 0.1, &mut rng).unwrap();
        }
        let after = tree.route(&z).unwrap();
        (moved, before, used(&after), after)
    };
    let (moved, before, after, codes) = revive(4);
    assert!(
        moved > 0 && after > before,
        "{moved} moved, {before} nodes used before, {after} after"
    );
    assert_eq!(revive(4).3, codes);
}

#[test]
fn flat_codebook_takes_the_nearest_of_all() {
    let flat_vq = FlatVq::new(&parameters(), 126, 8, QuantizeConfig::default()).unwrap();
    let z = normal(3, 30, 8);
    let codes = flat_vq.forward(&z).unwrap().codes;
    let nodes: Vec<Vec<f64>> = flat_vq.nodes().unwrap().to_vec2().unwrap();
    for (i, row) in z.to_vec2::<f64>().unwrap().iter().enumerate() {
        let dot = |k: usize| nodes[k].iter().zip(row).map(|(a, b)| a * b).sum::<f64>();
        let best = (0..126).max_by(|a, b| dot(*a).total_cmp(&dot(*b))).unwrap();
        assert_eq!(codes[0][i] as usize, best);
    }
}

#[test]
fn common_depth_counts_shared_levels() {
    assert_eq!(common_depth(&[0, 1, 2], &[0, 1, 3]), 2);
    assert_eq!(common_depth(&[0, 1], &[1, 2]), 0);
    assert_eq!(common_depth(&[1, 2], &[1, 2]), 2);
}

fn chain() -> SimilarityGraph {
    SimilarityGraph::from_rows(&[vec![(1, 0.5)], vec![(0, 0.6), (2, 0.2)], vec![(1, 0.3)], vec![]])
}

#[test]
fn propagation_restores_observed_rows_and_follows_the_formula() {
    let values = array![[1.0f32, -2.0], [f32::NAN, 9.0], [f32::NAN, 9.0], [5.0, 5.0]];
    let observed = [true, false, false, false];
    let plain = |steps| Imputation::Propagate { steps, informed_only: false };
    let one = augment(&chain(), values.view(), &observed, plain(1)).unwrap();
    assert_eq!(one.values.row(0).to_vec(), [1.0, -2.0]);
    // Row 1 is 0.6 / 0.8 from the observed row, the rest from a row still at 0.
    assert!((one.values[[1, 0]] - 0.75).abs() < 1e-6 && (one.values[[1, 1]] + 1.5).abs() < 1e-6);
    assert_eq!(one.values.row(2).to_vec(), [0.0, 0.0]);
    assert_eq!(one.informed, [true, true, false, false]);
    assert_eq!(one.reached, [false, true, false, false]);
    let two = augment(&chain(), values.view(), &observed, plain(2)).unwrap();
    assert_eq!(two.values.row(0).to_vec(), [1.0, -2.0]);
    assert!((two.values[[2, 0]] - 0.75).abs() < 1e-6);
    // What the neighbours say about the observed row, not restored.
    assert!((two.unrestored[[0, 0]] - 0.75).abs() < 1e-6);
    assert_eq!(two.informed, [true, true, true, false]);
    let informed = Imputation::Propagate { steps: 1, informed_only: true };
    let shrunk = augment(&chain(), values.view(), &observed, informed).unwrap();
    assert_eq!(shrunk.values.row(1).to_vec(), [1.0, -2.0]);
}

#[test]
fn propagation_converges_to_the_harmonic_solution() {
    // Between two observed ends of a chain, the limit is linear.
    let graph = SimilarityGraph::from_rows(&[
        vec![(1, 1.0)],
        vec![(0, 1.0), (2, 1.0)],
        vec![(1, 1.0), (3, 1.0)],
        vec![(2, 1.0)],
    ]);
    let values = array![[0.0f32], [0.0], [0.0], [3.0]];
    let how = Imputation::Propagate { steps: 60, informed_only: false };
    let result = augment(&graph, values.view(), &[true, false, false, true], how).unwrap();
    assert!((result.values[[1, 0]] - 1.0).abs() < 1e-5);
    assert!((result.values[[2, 0]] - 2.0).abs() < 1e-5);
}

#[test]
fn ablated_imputations() {
    let values = array![[1.0f32, 4.0], [f32::NAN, 0.0], [3.0, 8.0], [0.0, 0.0]];
    let observed = [true, false, true, false];
    let run = |how| augment(&chain(), values.view(), &observed, how).unwrap();
    assert_eq!(run(Imputation::Mean).values.row(1).to_vec(), [2.0, 6.0]);
    assert_eq!(run(Imputation::Zero).values.row(3).to_vec(), [0.0, 0.0]);
    let random = run(Imputation::Random { seed: 1 });
    assert_eq!(random, run(Imputation::Random { seed: 1 }));
    assert!(
        [1.0, 3.0].contains(&random.values[[1, 0]]) && [4.0, 8.0].contains(&random.values[[1, 1]])
    );
    for how in [Imputation::Mean, Imputation::Zero, Imputation::Random { seed: 2 }] {
        assert_eq!(run(how).values.row(2).to_vec(), [3.0, 8.0]);
    }
    assert!(augment(&chain(), values.view(), &[true], Imputation::Zero).is_err());
    assert!(augment(&chain(), values.view(), &[true; 4], Imputation::Zero).is_err());
}

#[test]
fn similarity_graph_holds_the_nearest_others_row_normalised() {
    // Bits 0..k of each: Tanimoto of rows of a and b bits, nested, is a / b.
    let words: Vec<u64> =
        [4u32, 5, 8, 16].iter().flat_map(|k| [(1u64 << k) - 1, 0, 0, 0]).collect();
    let graph = SimilarityGraph::nearest(256, &words, 2, 0.0, 1).unwrap();
    let row: Vec<_> = graph.row(0).collect();
    let (near, far) = (0.8f32, 0.5);
    assert_eq!(row.iter().map(|r| r.0).collect::<Vec<_>>(), [1, 2]);
    assert!((row[0].1 - near / (near + far)).abs() < 1e-6);
    for i in 0..graph.len() {
        assert!((graph.row(i).map(|r| r.1).sum::<f32>() - 1.0).abs() < 1e-6);
        assert!(graph.row(i).all(|(j, _)| j as usize != i));
    }
    assert!(SimilarityGraph::nearest(167, &words, 2, 0.0, 1).is_err());
}

fn context() -> ContextGraph {
    let mut b = ContextGraphBuilder::new();
    let nodes: Vec<u32> = [
        NodeKind::Molecule,
        NodeKind::Molecule,
        NodeKind::Cell,
        NodeKind::Gene,
        NodeKind::Expression,
        NodeKind::Molecule,
    ]
    .into_iter()
    .map(|k| b.node(k))
    .collect();
    b.edge(nodes[0], nodes[1], EdgeKind::Similarity, 0.5);
    b.edge(nodes[1], nodes[2], EdgeKind::Observation, 1.0);
    b.edge(nodes[0], nodes[3], EdgeKind::DrugTarget, 0.8);
    b.edge(nodes[3], nodes[4], EdgeKind::Similarity, 0.25);
    b.edge(nodes[1], nodes[0], EdgeKind::Similarity, 0.4);
    b.edge(nodes[2], nodes[2], EdgeKind::Similarity, 1.0);
    b.build().unwrap()
}

#[test]
fn context_graph_is_symmetric_and_merges_repetitions() {
    let graph = context();
    assert_eq!((graph.len(), graph.edges()), (6, 4));
    assert_eq!(graph.kind(3), NodeKind::Gene);
    for a in 0..6 {
        for edge in graph.neighbors(a) {
            let back = graph.neighbors(edge.to).iter().find(|e| e.to == a && e.kind == edge.kind);
            assert_eq!(back.map(|e| e.weight), Some(edge.weight));
        }
    }
    assert_eq!(graph.neighbors(0)[0].weight, 0.5);
    let mut b = ContextGraphBuilder::new();
    let a = b.node(NodeKind::Cell);
    b.edge(a, 7, EdgeKind::Similarity, 0.5);
    assert!(matches!(b.build(), Err(ContextError::Node { node: 7, .. })));
    for weight in [0.0, -1.0, 1.5, f32::NAN] {
        let mut b = ContextGraphBuilder::new();
        let (a, c) = (b.node(NodeKind::Cell), b.node(NodeKind::Cell));
        b.edge(a, c, EdgeKind::Similarity, weight);
        assert!(matches!(b.build(), Err(ContextError::Weight { edge: 0, .. })));
    }
}

#[test]
fn walks_follow_edges_multiply_weights_and_repeat() {
    let graph = context();
    let visits = random_walks(&graph, &[0, 5, 1], 4, 3, 9);
    assert_eq!(visits, random_walks(&graph, &[0, 5, 1], 4, 3, 9));
    assert_ne!(visits, random_walks(&graph, &[0, 5, 1], 4, 3, 10));
    // A molecule's walks are its own.
    let alone = random_walks(&graph, &[1], 4, 3, 9);
    let among: Vec<_> = visits.iter().filter(|v| v.source == 2).map(|v| (v.node, v.beta)).collect();
    assert_eq!(among, alone.iter().map(|v| (v.node, v.beta)).collect::<Vec<_>>());
    // The lonely node stays where it is.
    assert!(visits.iter().filter(|v| v.source == 1).all(|v| v.node == 5 && v.beta == 1.0));
    assert_eq!(visits.iter().filter(|v| v.source == 1).count(), 3);
    for walk in visits.iter().filter(|v| v.source == 0).copied().collect::<Vec<_>>().chunks(5) {
        assert_eq!((walk[0].node, walk[0].beta), (0, 1.0));
        for pair in walk.windows(2) {
            let edge = graph.neighbors(pair[0].node).iter().find(|e| e.to == pair[1].node).unwrap();
            assert_eq!(pair[1].beta, pair[0].beta * edge.weight);
        }
    }
}

#[test]
fn min_max_keeps_gaps() {
    let values = array![[1.0f32, f32::NAN, 5.0], [3.0, 2.0, 5.0], [2.0, f32::INFINITY, 5.0]];
    let scaled = MinMax::fit(values.view()).apply(values.view());
    assert_eq!([scaled[[0, 0]], scaled[[1, 0]], scaled[[2, 0]]], [0.0, 1.0, 0.5]);
    assert!(scaled[[0, 1]].is_nan() && scaled[[2, 1]].is_nan());
    assert_eq!((scaled[[1, 1]], scaled[[0, 2]]), (0.5, 0.5));
}

/// Merged visits against the definition: one term for every visit and finite feature.
#[test]
fn reconstruction_equals_the_sum_over_visits() {
    let p = parameters();
    let targets: Array2<f32> = array![[0.0, 1.0, f32::NAN], [0.25, f32::NAN, 0.5]];
    let rows: BTreeMap<u32, u32> = [(2, 0), (4, 1)].into();
    let table =
        TargetTable { name: "cell".into(), values: targets.clone().into(), rows: rows.clone() };
    let cpr = ContextualPropagationReconstruction::new(&p, 5, vec![table], 0.0).unwrap();
    let z = normal(8, 3, 5);
    let visit = |source, node, beta| Visit { source, node, beta };
    let visits = [
        visit(0, 2, 0.5),
        visit(0, 4, 0.25),
        visit(0, 2, 0.125),
        visit(2, 4, 1.0),
        visit(1, 3, 1.0),
    ];
    let (loss, parts) = cpr.loss(&z, &visits, &Mode::Evaluate).unwrap();
    let probabilities: Vec<Vec<f64>> = cpr.reconstruct("cell", &z).unwrap().to_vec2().unwrap();
    let (mut sum, mut weight) = (0.0, 0.0);
    for v in visits {
        let Some(row) = rows.get(&v.node) else { continue };
        for (c, &t) in targets.row(*row as usize).iter().enumerate().filter(|(_, t)| t.is_finite())
        {
            let (q, t, beta) =
                (probabilities[v.source as usize][c], f64::from(t), f64::from(v.beta));
            sum -= beta * (t * q.ln() + (1.0 - t) * (1.0 - q).ln());
            weight += beta;
        }
    }
    // Targets and weights pass through f32.
    assert!((scalar(&loss) - sum / weight).abs() < 1e-6);
    assert_eq!(parts[0].0, "cell");
    assert!(cpr.reconstruct("none", &z).is_err());
}

#[test]
fn losses_at_known_points() {
    let z = normal(1, 6, 4);
    let same = Tensor::ones((6, 4), DType::F64, &Device::Cpu).unwrap();
    assert!((scalar(&info_nce(&same, &same, 0.2).unwrap()) - 6f64.ln()).abs() < 1e-9);
    // Orthogonal pairs: −log(e^5 / (e^5 + n − 1)).
    let eye = Tensor::eye(4, DType::F64, &Device::Cpu).unwrap();
    let expected = (1.0 + 3.0 * (-5f64).exp()).ln();
    assert!((scalar(&info_nce(&eye, &eye, 0.2).unwrap()) - expected).abs() < 1e-9);
    // Collapsed latents pay the whole hinge less the root of its epsilon, and nothing else.
    let collapsed = vicreg(&same, &same, VicRegWeights::default()).unwrap();
    assert!((scalar(&collapsed) - 0.99).abs() < 1e-9);
    let one = z.narrow(0, 0, 1).unwrap();
    assert_eq!(scalar(&info_nce(&one, &one, 0.2).unwrap()), 0.0);
    assert_eq!(scalar(&vicreg(&one, &one, VicRegWeights::default()).unwrap()), 0.0);
}

#[test]
fn parameters_depend_on_seed_and_name_alone_and_survive_a_file() {
    let build = |seed, extra: bool| {
        let p = Parameters::new(seed, DType::F32, &Device::Cpu);
        if extra {
            TreeVq::new(&p.scope("tree"), 2, 4, QuantizeConfig::default()).unwrap();
        }
        let config = GraphConfig { layers: 2, width: 4, dropout: 0.0 };
        GraphEncoder::new(&p.scope("graph"), config).unwrap();
        p
    };
    let value = |p: &Parameters| flat(&p.tensors()["graph.layer1.mlp.first.weight"]);
    assert_eq!(value(&build(1, false)), value(&build(1, true)));
    assert_ne!(value(&build(1, false)), value(&build(2, false)));
    let file = tempfile::NamedTempFile::new().unwrap();
    let (a, b) = (build(1, true), build(2, true));
    a.save(file.path()).unwrap();
    b.load(file.path()).unwrap();
    for (name, tensor) in a.tensors() {
        assert_eq!(flat(&tensor), flat(&b.tensors()[&name]), "{name}");
    }
    build(3, false).save(file.path()).unwrap();
    assert!(b.load(file.path()).is_err());
    let p = Parameters::new(1, DType::F32, &Device::Cpu);
    TreeVq::new(&p, 2, 4, QuantizeConfig::default()).unwrap();
    assert!(TreeVq::new(&p, 2, 4, QuantizeConfig::default()).is_err());
}
