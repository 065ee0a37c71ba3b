//! A small model with a graph network among its stages.

use super::{manifest, model_with};
use chmr::model::graph::{GraphShape, GraphStore, GraphWeights};
use chmr::model::{Manifest, Stage};

#[path = "graph_weights.rs"]
mod graph_weights;

/// Sizes of the graph network.
pub const SHAPE: GraphShape =
    GraphShape { width: 24, layers: 2, inner: 48, hidden: 32, outputs: 10, walks: true };

/// Where it lies.
pub const PATH: &str = "stages/atoms.onnx";

/// Its weights, as its file rounds them.
pub fn weights() -> GraphWeights {
    GraphWeights::from_onnx(&onnx()).unwrap()
}

pub fn onnx() -> Vec<u8> {
    let values = graph_weights::graph_weights(&SHAPE.tensors(), 11);
    GraphWeights::new(SHAPE, values).unwrap().to_onnx("atoms", GraphStore::F16)
}

/// The manifest of small networks with a graph network and a network behind it; the second one that predicts (tasks 2, 1, 3) reads
/// both.
pub fn manifest_with_graph() -> Manifest {
    let mut m = manifest();
    let stage = |name: &str, path: &str, reads: &[&str], width| Stage {
        name: name.into(),
        path: path.into(),
        reads: reads.iter().map(|r| r.to_string()).collect(),
        width,
    };
    m.stages = vec![
        stage("atoms", PATH, &["graph"], SHAPE.outputs),
        stage("behind", "networks/behind.onnx", &["atoms", "structure"], 7),
    ];
    m.networks[1].reads = vec!["atoms".into(), "behind".into()];
    m
}

/// The file of `manifest`, whose graph network is the ONNX file `graph`.
pub fn file(manifest: Manifest, graph: &[u8]) -> Vec<u8> {
    model_with(manifest, |path| (path == PATH).then(|| graph.to_vec()))
}
