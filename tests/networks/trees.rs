//! Trees as members: averaged with networks, and refused where their links, counts or values are unsound.

use super::{WIDTH, input};
use crate::support::{manifest, model_with};
use chmr::model::{Manifest, Split, Tree, Trees};
use chmr::{Batch, ErrorKind, Model, PredictOptions, Run};
use proptest::prelude::*;
use safetensors::tensor::{Dtype, TensorView};

const PATH: &str = "networks/c-trees.safetensors";

/// Two trees on the first of three outputs, one on the last.
fn trees() -> Trees {
    let split = |feature: usize, left, right| Split {
        feature: feature as u16,
        threshold: 0.5,
        left,
        right,
    };
    let leaves = |n: usize| (0..n).map(|i| i as f32 - 0.75).collect();
    let tree = |task, splits: Vec<Split>| Tree { task, leaves: leaves(splits.len() + 1), splits };
    let trees = [
        tree(0, vec![split(163, 1, -1), split(230, -2, -3)]),
        tree(0, vec![split(167 + 3, -1, -2)]),
        tree(2, vec![split(WIDTH - 1, 2, 1), split(80, -1, -2), split(113, -3, -4)]),
    ];
    Trees::new(vec![0.125, -4.0, 0.5], &trees).unwrap()
}

/// A manifest that leaves outputs as they are, trees beside the network `c`.
fn with_trees() -> Manifest {
    let mut m = manifest();
    for task in &mut m.tasks {
        task.kind = chmr::model::TaskKind::Regression;
        (task.slope, task.intercept) = (1.0, 0.0);
    }
    m.networks[1].members.push(PATH.into());
    m
}

fn open(manifest: Manifest, trees: &[u8]) -> Result<Model, chmr::Error> {
    let file = model_with(manifest, |path| (path == PATH).then(|| trees.to_vec()));
    Model::from_bytes(file)
}

#[test]
fn trees_are_averaged_with_networks_in_every_tile() {
    let content = trees().to_safetensors().unwrap();
    let both = open(with_trees(), &content).unwrap();
    let mut m = with_trees();
    m.networks[1].members.pop();
    let without = Model::from_bytes(model_with(m, |_| None)).unwrap();
    let mut m = with_trees();
    m.networks[1].members.remove(0);
    let alone = open(m, &content).unwrap();

    let smiles: Vec<String> = (0..100)
        .map(|i| format!("{}N{}", "CO".repeat(i % 9 + 1), "c1ccccc1".repeat(i % 2)))
        .collect();
    let mut batch = Batch::new();
    smiles.iter().for_each(|s| _ = batch.push_smiles(s));
    let options = PredictOptions { threads: 1, tasks: Some(vec![2, 1, 3]), ..Default::default() };
    let values = |m: &Model| m.predict(&batch, &options, &Run::new()).unwrap().values;
    let (both_values, without, alone) = (values(&both), values(&without), values(&alone));
    for (i, smiles) in smiles.iter().enumerate() {
        let x: Vec<f32> = input(smiles).iter().map(|v| *v as f32).collect();
        let expected = trees().outputs(&x, WIDTH);
        assert_eq!(alone.row(i).to_vec(), expected);
        for (t, tree) in expected.iter().enumerate() {
            assert_eq!(both_values[(i, t)], (without[(i, t)] + tree) / 2.0);
        }
        let mut one = [0.0; 3];
        both.predict_one(smiles, &[2, 1, 3], &mut one).unwrap();
        assert_eq!(both_values.row(i).to_vec(), one);
    }
    assert!(alone.column(0).iter().any(|v| *v != alone[(0, 0)]));
}

/// What a file of trees holds, to be spoilt.
struct Parts {
    base: Vec<f32>,
    task: Vec<u16>,
    leaves: Vec<u8>,
    feature: Vec<u16>,
    threshold: Vec<f32>,
    children: Vec<i8>,
    value: Vec<f32>,
}

impl Parts {
    /// One tree of three leaves on the first of three outputs.
    fn new() -> Self {
        Self {
            base: vec![0.0; 3],
            task: vec![0],
            leaves: vec![3],
            feature: vec![7, 8],
            threshold: vec![0.5; 2],
            children: vec![1, -1, -2, -3],
            value: vec![1.0; 3],
        }
    }

    fn file(&self) -> Vec<u8> {
        let singles = |v: &[f32]| v.iter().flat_map(|v| v.to_le_bytes()).collect::<Vec<u8>>();
        let shorts = |v: &[u16]| v.iter().flat_map(|v| v.to_le_bytes()).collect::<Vec<u8>>();
        let children = self.children.iter().map(|c| c.cast_unsigned()).collect();
        let tensors = [
            ("base", Dtype::F32, singles(&self.base)),
            ("task", Dtype::U16, shorts(&self.task)),
            ("leaves", Dtype::U8, self.leaves.clone()),
            ("feature", Dtype::U16, shorts(&self.feature)),
            ("threshold", Dtype::F32, singles(&self.threshold)),
            ("children", Dtype::I8, children),
            ("value", Dtype::F32, singles(&self.value)),
        ];
        let views = tensors.iter().map(|(name, kind, data)| {
            let shape = vec![data.len() * 8 / kind.bitsize()];
            (*name, TensorView::new(*kind, shape, data).unwrap())
        });
        safetensors::serialize(views, None).unwrap()
    }
}

#[test]
fn unsound_trees_are_refused() {
    open(with_trees(), &Parts::new().file()).unwrap();
    type Change = fn(&mut Parts);
    let cases: &[(&str, Change)] = &[
        // Circles of one and of two, which a walk would never leave.
        ("tree 0, split 0: child 0", |p| p.children[0] = 0),
        ("tree 0, split 1: child 0", |p| p.children[2] = 0),
        ("tree 0, split 1: child 1", |p| p.children[3] = 1),
        ("tree 0, split 0: child 2", |p| p.children[0] = 2),
        ("tree 0, split 0: child 127", |p| p.children[1] = 127),
        ("tree 0, split 1: child -4", |p| p.children[3] = -4),
        ("child -2 has two parents", |p| p.children[3] = -2),
        ("tree 0, split 1: child -128", |p| p.children[2] = -128),
        ("over 65536 columns", |p| p.feature[1] = u16::MAX),
        ("over 232 columns", |p| p.feature[0] = WIDTH as u16),
        ("trees of 4 outputs", |p| p.base.push(0.0)),
        ("at least one output", |p| p.base.clear()),
        ("adds to output 3 of 3", |p| p.task[0] = 3),
        ("threshold is no number", |p| p.threshold[1] = f32::NAN),
        ("value is no number", |p| p.value[2] = f32::NEG_INFINITY),
        ("value is no number", |p| p.base[2] = f32::NAN),
        ("2 and 1 trees", |p| p.task.push(0)),
        ("their leaves make 254", |p| p.leaves[0] = 255),
        ("2 leaves where there are 3", |p| p.value.truncate(2)),
        ("their leaves make 2", |p| p.feature.truncate(1)),
        ("their leaves make 2", |p| p.children.extend([-1, -1])),
        ("tree 1 has 0 leaves", |p| {
            p.task.push(0);
            p.leaves.push(0);
        }),
    ];
    for (says, change) in cases {
        let mut parts = Parts::new();
        change(&mut parts);
        let e = open(with_trees(), &parts.file()).unwrap_err();
        assert!(e.kind == ErrorKind::Corrupt && e.message.contains(says), "{says}: {e}");
        assert!(e.message.starts_with(PATH), "{e}");
    }
    // Another type, and counts that no file holds.
    let good = String::from_utf8_lossy(&Parts::new().file()[8..]).into_owned();
    let header = &good[..good.rfind('}').unwrap() + 1];
    for (from, to) in [("\"I8\"", "\"U8\""), ("[3]", "[9999999999999999999]"), ("[3]", "[4]")] {
        let header = header.replacen(from, to, 1);
        let mut file = (header.len() as u64).to_le_bytes().to_vec();
        file.extend(header.bytes());
        file.extend([0; 40]);
        assert_eq!(open(with_trees(), &file).unwrap_err().kind, ErrorKind::Corrupt, "{to}");
    }
    // Neither is a network one of trees, nor the other way round.
    let onnx = super::onnx::bytes(&super::mlp());
    assert_eq!(open(with_trees(), &onnx).unwrap_err().kind, ErrorKind::Corrupt);
    assert!(super::open(trees().to_safetensors().unwrap()).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, ..Default::default() })]

    /// Any damage gives an error, or trees whose walks end.
    #[test]
    fn damaged_trees_do_no_harm(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
    ) {
        let mut file = trees().to_safetensors().unwrap();
        let n = file.len();
        for (i, value) in changes {
            // The values, which are at the end, more often than their share.
            let i = if value % 2 == 0 { i.index(n) } else { n - 1 - i.index(90) };
            file[i] = value;
        }
        if let Ok(trees) = Trees::from_safetensors(&file) {
            let width = trees.inputs().max(1);
            prop_assert_eq!(trees.outputs(&vec![0.25; width * 20], width).len(), 20 * trees.tasks());
        }
    }
}
