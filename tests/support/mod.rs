//! Small models for the tests of the model file and the engine.
#![allow(dead_code)] // Each test program uses its own part.

pub mod codebook;
pub mod graph;
pub mod hostile;
pub mod onnx;

use chmr::features::Standardizer;
use chmr::model::{
    FORMAT, FORMAT_VERSION, Manifest, ModelWriter, NetworkEntry, Stage, StructureInput, Task,
    TaskKind, Training, write_standardizer,
};
use chmr::{Batch, HeldOut, Model};
use ndarray::Array2;

/// A manifest of five tasks and two networks, one of two members, over MACCS and 64 Morgan bits.
pub fn manifest() -> Manifest {
    let task = |i: usize| Task {
        name: format!("test/{i}"),
        dataset: "test".into(),
        column: i.to_string(),
        description: "made up".into(),
        unit: None,
        kind: if i < 3 { TaskKind::Classification } else { TaskKind::Regression },
        direction: None,
        slope: 1.0 + i as f32,
        intercept: -0.5,
        train_rows: 0,
        validation: None,
    };
    let network = |name: &str, members: &[&str], tasks: &[usize]| NetworkEntry {
        name: name.into(),
        members: members.iter().map(|m| format!("networks/{m}.onnx")).collect(),
        reads: vec!["structure".into()],
        tasks: tasks.to_vec(),
    };
    Manifest {
        format: FORMAT.into(),
        format_version: FORMAT_VERSION,
        name: "test".into(),
        version: "0.1.0".into(),
        description: "made up".into(),
        licence: "none".into(),
        entries: Default::default(),
        structure: StructureInput {
            descriptors: Vec::new(),
            standardizer: None,
            maccs_bits: 167,
            morgan_radius: 2,
            morgan_bits: 64,
        },
        stages: Vec::new(),
        tasks: (0..5).map(task).collect(),
        networks: vec![
            network("first", &["a", "b"], &[4, 0]),
            network("second", &["c"], &[2, 1, 3]),
        ],
        reference: None,
        codebook: None,
        trust: None,
        training: Training::default(),
    }
}

/// The file of [`manifest`] with small random networks, `c` with f16 weights.
pub fn model() -> Vec<u8> {
    model_with(manifest(), |_| None)
}

/// [`manifest`], but over all descriptors too.
pub fn manifest_with_descriptors() -> Manifest {
    let mut m = manifest();
    let layout = chmr::features::StructureLayout::default();
    m.structure.descriptors = layout.descriptor_names().iter().map(|n| n.to_string()).collect();
    m.structure.standardizer = Some("features/descriptors.safetensors".into());
    m
}

/// A standardizer of `n` descriptors that changes little.
pub fn standardizer(n: usize) -> Standardizer {
    Standardizer { median: vec![0.5; n], mean: vec![1.0; n], scale: vec![2.0; n], clip: 4.0 }
}

/// [`manifest`] with an encoder and a projector; the second network reads both and the structure.
pub fn manifest_with_stages() -> Manifest {
    let mut m = manifest();
    let stage = |name: &str, reads: &[&str], width| Stage {
        name: name.into(),
        path: format!("networks/{name}.onnx"),
        reads: reads.iter().map(|r| r.to_string()).collect(),
        width,
    };
    m.stages = vec![
        stage("encoder", &["structure"], 30),
        stage("unused", &["encoder", "structure"], 7),
        stage("latent", &["encoder"], 12),
    ];
    m.networks[1].reads = vec!["latent".into(), "structure".into(), "encoder".into()];
    m
}

/// The file of `manifest`, with `replace`'s ONNX where it gives one for a member's path.
pub fn model_with(manifest: Manifest, replace: impl Fn(&str) -> Option<Vec<u8>>) -> Vec<u8> {
    let mut writer = ModelWriter::new();
    let width = manifest.structure.width();
    let input = |reads: &[String]| -> usize {
        let stage = |name: &String| manifest.stages.iter().find(|s| s.name == *name);
        reads.iter().map(|r| stage(r).map_or(width, |s| s.width)).sum()
    };
    let mut seed = 0;
    let mut add = |path: &str, inputs: usize, outputs: usize| {
        seed += 1;
        let half = path.contains("/c.");
        let onnx = replace(path)
            .unwrap_or_else(|| onnx::bytes(&onnx::mlp(inputs, 100, outputs, seed, half)));
        writer.add(path, onnx).unwrap();
    };
    for network in &manifest.networks {
        for path in &network.members {
            add(path, input(&network.reads), network.tasks.len());
        }
    }
    for stage in &manifest.stages {
        add(&stage.path, input(&stage.reads), stage.width);
    }
    if let Some(path) = &manifest.structure.standardizer {
        let s = standardizer(manifest.structure.descriptors.len());
        let content = replace(path).unwrap_or_else(|| write_standardizer(&s).unwrap());
        writer.add(path, content).unwrap();
    }
    writer.add("MODEL_CARD.md", b"# A model for tests\n".to_vec()).unwrap();
    writer.finish(manifest).unwrap()
}

/// Molecules that the trust of [`whole`] was measured on: chains, and a ring each.
pub fn held_out() -> Vec<String> {
    (0..30).map(|i| format!("{}O{}", "C".repeat(i % 12 + 1), "c1ccccc1".repeat(i % 2))).collect()
}

/// What was measured of [`held_out`]: three classes and two numbers, the last of eight molecules only.
pub fn labels() -> Array2<f32> {
    Array2::from_shape_fn((30, 5), |(i, task)| match task {
        4 if i >= 8 => f32::NAN,
        3 | 4 => (i * 7 % 13) as f32 / 4.0 - 1.0,
        _ => (i * (task + 3) % 2) as f32,
    })
}

/// A file with all there is: descriptors, stages, a codebook, intervals and a domain.
pub fn whole() -> Vec<u8> {
    let mut m = manifest_with_stages();
    let described = manifest_with_descriptors().structure;
    m.structure = StructureInput { morgan_bits: 256, ..described };
    let section = codebook::section(&["latent"]);
    let model = Model::from_bytes(codebook::file_of(m, section, 12).unwrap()).unwrap();
    let (mut training, mut molecules) = (Batch::new(), Batch::new());
    for i in 1..20 {
        training.push_smiles(&format!("{}O", "C".repeat(i)));
        training.push_smiles(&format!("{}Oc1ccccc1", "C".repeat(i)));
    }
    held_out().iter().for_each(|s| _ = molecules.push_smiles(s));
    let labels = labels();
    let set = HeldOut {
        dataset: "test",
        training: &training,
        molecules: &molecules,
        labels: labels.view(),
        twin: None,
    };
    model.calibrated(&[set], 1).unwrap()
}
