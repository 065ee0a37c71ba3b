//! Dense networks as heads: run by our kernels, the same as alone, and refused where the file is another graph.

use super::{WIDTH, input, open, run};
use chmr::ErrorKind;
use chmr::model::dense::{DenseNetwork, DenseWeights};
use prost::Message;
use tract_onnx::pb::ModelProto;

/// A head over the structure vector: bits of two kinds.
fn head(blocks: &[usize]) -> DenseWeights {
    let weight =
        |n: usize| (0..n).map(|i| ((i * 37 % 101) as f32 - 50.0) / 500.0).collect::<Vec<_>>();
    DenseWeights::new(blocks)
        .linear(&weight(WIDTH * 8), &[0.1; 8])
        .and_then(|w| w.norm(&[1.5; 8], &[0.2; 8]))
        .and_then(|w| w.gelu().linear(&weight(24), &[0.5, -0.25, 0.0]))
        .unwrap()
}

#[test]
fn a_dense_head_gives_what_it_gives_alone() {
    for smiles in ["CC(=O)Oc1ccccc1C(=O)O", "C"] {
        let x: Vec<f32> = input(smiles).into_iter().map(|v| v as f32).collect();
        for blocks in [&[WIDTH][..], &[167, 64]] {
            let head = head(blocks);
            let alone = DenseNetwork::new(&head).run(&x);
            let file = ModelProto::decode(&head.to_onnx("c")[..]).unwrap();
            let found = run(&file, smiles).map(|v| v as f32);
            assert_eq!(
                found.map(f32::to_bits)[..],
                alone.iter().map(|v| v.to_bits()).collect::<Vec<_>>()
            );
            assert!(alone.iter().any(|v| *v != alone[0]));
        }
    }
}

#[test]
fn a_dense_head_of_another_size_or_graph_is_refused() {
    let narrow = DenseWeights::new(&[4]).linear(&[1.0; 12], &[0.0; 3]).unwrap();
    let error = open(narrow.to_onnx("c")).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Corrupt);
    assert!(error.message.contains("4 columns"), "{error}");

    let mut other = ModelProto::decode(&head(&[WIDTH]).to_onnx("c")[..]).unwrap();
    let nodes = &mut other.graph.as_mut().unwrap().node;
    nodes.iter_mut().find(|n| n.op_type == "Max").unwrap().op_type = "Min".into();
    let error = open(other.encode_to_vec()).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Unsupported);
    assert!(
        error.message.starts_with("networks/c.onnx: ") && error.message.contains("Max("),
        "{error}"
    );
}
