//! Small models for the tests of the model file and the engine.

use chmr::model::{
    FORMAT, FORMAT_VERSION, Manifest, NetworkEntry, StructureInput, Task, TaskKind, Training,
};

/// A manifest of two tasks and one network over 64 Morgan bits and MACCS.
pub fn manifest() -> Manifest {
    let task = |column: &str, kind| Task {
        name: format!("test/{column}"),
        dataset: "test".into(),
        column: column.into(),
        description: "made up".into(),
        unit: None,
        kind,
        direction: None,
        slope: 1.0,
        intercept: 0.0,
        train_rows: 0,
        validation: None,
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
        tasks: vec![task("a", TaskKind::Classification), task("b", TaskKind::Regression)],
        networks: vec![NetworkEntry {
            name: "n".into(),
            members: vec!["networks/n.onnx".into()],
            tasks: vec![1, 0],
        }],
        training: Training::default(),
    }
}
