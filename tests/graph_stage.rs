//! Graph networks in a model file: what reads them gets what they compute, only what needs them runs them, and a file may hold no
//! other graph.

mod support;

use chmr::chem::{Limits, parse_smiles};
use chmr::features::{Fingerprint, morgan};
use chmr::model::Manifest;
use chmr::model::graph::{GraphNetwork, GraphScratch, MoleculeGraph};
use chmr::{Batch, ErrorKind, Model, PredictOptions, Run};
use support::graph::{PATH, SHAPE, file, manifest_with_graph, onnx, weights};
use support::onnx::{bytes, mlp, model, node, tensor, value};
use support::{manifest, model_with};

const SMILES: [&str; 4] = ["CC(=O)Oc1ccccc1C(=O)O", "C", "[Na+].[Cl-]", "C/C=C\\C1CC1"];

fn batch(smiles: &[&str]) -> Batch {
    let mut batch = Batch::new();
    smiles.iter().for_each(|s| _ = batch.push_smiles(s));
    batch
}

fn tasks(tasks: &[usize]) -> PredictOptions {
    PredictOptions { threads: 1, tasks: Some(tasks.to_vec()), ..Default::default() }
}

#[test]
fn what_reads_a_graph_network_gets_what_it_computes() {
    let mut m = manifest_with_graph();
    m.networks[1].reads = vec!["atoms".into()];
    for task in &mut m.tasks {
        task.kind = chmr::model::TaskKind::Regression;
        (task.slope, task.intercept) = (1.0, 0.0);
    }
    // The first three of its columns.
    let pick: Vec<f32> = (0..30).map(|i| f32::from(u8::from(i % 3 == i / 3))).collect();
    let product = node("Gemm", &["x", "w"], "y", vec![]);
    let ports = (vec![value("x", 10)], vec![value("y", 3)]);
    let picked = bytes(&model(vec![product], vec![tensor("w", &[10, 3], &pick)], ports.0, ports.1));
    let file = model_with(m, |path| match path {
        PATH => Some(onnx()),
        "networks/c.onnx" => Some(picked.clone()),
        _ => None,
    });
    let model = Model::from_bytes(file).unwrap();
    assert_eq!(model.graph_shape("atoms"), Some(SHAPE));
    assert_eq!(model.graph_shape("behind"), None);
    let graph =
        |s: &&str| MoleculeGraph::new(&parse_smiles(s, &Limits::default()).unwrap(), true).unwrap();
    let graphs: Vec<MoleculeGraph> = SMILES.iter().map(graph).collect();
    let expected = GraphNetwork::new(&weights()).run(&graphs, &mut GraphScratch::default());
    let found = model.predict(&batch(&SMILES), &tasks(&[2, 1, 3]), &Run::new()).unwrap();
    for (found, expected) in found.values.rows().into_iter().zip(expected.chunks(10)) {
        let expected: Vec<f32> = expected[..3].iter().map(|v| v + 0.0).collect();
        assert_eq!(found.to_vec(), expected);
    }
}

/// A model whose structure vector is a fingerprint: tasks that read no graph can do with that.
#[test]
fn a_graph_network_runs_only_where_a_task_reads_it() {
    let mut m = manifest_with_graph();
    m.structure.maccs_bits = 0;
    let model = Model::from_bytes(file(m, &onnx())).unwrap();
    let mol = parse_smiles(SMILES[0], &Limits::default()).unwrap();
    let fingerprint: Fingerprint = morgan(&mol, 2, 64);
    let mut rows = batch(&["C(", SMILES[0]]);
    rows.push_fingerprint(2, &fingerprint);
    let without = model.predict(&rows, &tasks(&[0, 4]), &Run::new()).unwrap();
    assert!(without.rows[0].is_err() && without.rows[1].is_ok() && without.rows[2].is_ok());
    assert_eq!(without.values.row(1), without.values.row(2));
    let with = model.predict(&rows, &tasks(&[0, 1]), &Run::new()).unwrap();
    assert!(with.rows[1].is_ok());
    let refused = with.rows[2].as_ref().unwrap_err();
    assert_eq!(refused.kind, ErrorKind::Input);
    assert!(refused.message.contains("as graphs"), "{refused}");
}

#[test]
fn stages_that_misuse_the_graph_are_refused() {
    type Change = fn(&mut Manifest);
    let cases: [(&str, Change); 4] = [
        ("is taken", |m| m.stages[0].name = "graph".into()),
        ("nothing else beside it", |m| m.stages[0].reads.push("structure".into())),
        ("nothing else beside it", |m| m.stages[1].reads.push("graph".into())),
        ("nothing else beside it", |m| m.networks[0].reads = vec!["graph".into()]),
    ];
    for (says, change) in cases {
        let mut m = manifest_with_graph();
        let members = m.networks.iter().flat_map(|n| &n.members);
        for path in members.chain(m.stages.iter().map(|s| &s.path)) {
            let entry = chmr::model::Entry { bytes: 0, sha256: "0".repeat(64) };
            m.entries.insert(path.clone(), entry);
        }
        m.validate().unwrap();
        change(&mut m);
        let e = m.validate().unwrap_err();
        assert!(e.message.contains(says), "{says}: {e}");
    }
    let mut wide = manifest_with_graph();
    wide.stages[0].width = 11;
    let e = Model::from_bytes(file(wide, &onnx())).unwrap_err();
    assert!(e.message.contains("has 10 columns, expected 11"), "{e}");
    let refused = |bytes| Model::from_bytes(bytes).unwrap_err();
    let plain = bytes(&mlp(10, 8, 10, 1, false));
    let e = refused(file(manifest_with_graph(), &plain));
    assert!(e.message.contains(PATH) && e.kind == ErrorKind::Unsupported, "{e}");
    let e = refused(model_with(manifest(), |p| p.contains("/c.").then(onnx)));
    assert!(e.message.starts_with("networks/c.onnx: "), "{e}");
}

/// Whatever bytes stand in the place of the graph: an error or a network, never a crash.
#[test]
fn altered_graph_networks_do_no_harm() {
    let whole = onnx();
    let mut state = 1u64;
    let mut random = |below: usize| {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below
    };
    let mut opened = 0;
    for _ in 0..400 {
        let mut bytes = whole.clone();
        for _ in 0..=random(3) {
            // The part that is no weights, mostly.
            let reach = if random(2) == 0 { 9000.min(bytes.len()) } else { bytes.len() };
            let at = bytes.len() - 1 - random(reach);
            bytes[at] ^= 1 << random(8);
        }
        if let Ok(model) = Model::from_bytes(file(manifest_with_graph(), &bytes)) {
            opened += 1;
            // Weights that changed may be no numbers any more; the rows then say so.
            let _ = model.predict(&batch(&SMILES), &tasks(&[1]), &Run::new()).unwrap();
        }
    }
    assert!(opened > 0);
}
