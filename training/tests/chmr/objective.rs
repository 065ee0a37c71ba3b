//! The whole of it learns, on a tiny synthetic data set.

use super::fixtures::{MOLECULES, check, flat, graphs, normal, scalar};
use candle_core::{DType, Device, Tensor};
use candle_nn::{AdamW, Optimizer, ParamsAdamW};
use chmr_training::chmr::batch::{Batch, BiologyBatch, LabelBatch, StructureBatch};
use chmr_training::chmr::context_graph::{ContextGraph, ContextGraphBuilder, EdgeKind, NodeKind};
use chmr_training::chmr::contextual_propagation::{MinMax, TargetTable, WALK_LENGTH, random_walks};
use chmr_training::chmr::encoders::{GraphBatch, GraphConfig};
use chmr_training::chmr::layers::Mode;
use chmr_training::chmr::modality_augmentation::{Imputation, SimilarityGraph, augment};
use chmr_training::chmr::objective::{Chmr, Codebook, Modality, ObjectiveConfig};
use chmr_training::chmr::parameters::Parameters;
use chmr_training::chmr::rng::Rng;
use ndarray::Array2;
use std::collections::BTreeMap;

const INPUTS: usize = 12;
const CELL: usize = 7;
const SHAPE: usize = 5;

fn config() -> ObjectiveConfig {
    ObjectiveConfig {
        latent: 10,
        hidden_1d: Some((9, 0.0)),
        graph: Some(GraphConfig { layers: 2, width: 8, dropout: 0.0 }),
        shape_inputs: SHAPE,
        codebook: Codebook::Tree(3),
        decoder_dropout: 0.0,
        lambda_supervised: 1.0,
        tasks: 2,
        ..ObjectiveConfig::default()
    }
}

/// Molecule i is node i; nodes behind are the cells of the first five.
fn context() -> ContextGraph {
    let mut b = ContextGraphBuilder::new();
    let molecules: Vec<u32> = MOLECULES.iter().map(|_| b.node(NodeKind::Molecule)).collect();
    for pair in molecules.windows(2) {
        b.edge(pair[0], pair[1], EdgeKind::Similarity, 0.6);
    }
    for &m in &molecules[..5] {
        let cell = b.node(NodeKind::Cell);
        b.edge(m, cell, EdgeKind::Observation, 1.0);
    }
    b.build().unwrap()
}

fn matrix(seed: u64, rows: usize, columns: usize) -> Array2<f32> {
    let values = flat(&normal(seed, rows, columns)).into_iter().map(|v| v as f32).collect();
    Array2::from_shape_vec((rows, columns), values).unwrap()
}

fn tensor(a: &Array2<f32>, dtype: DType) -> Tensor {
    let values: Vec<f32> = a.iter().copied().collect();
    Tensor::from_vec(values, a.dim(), &Device::Cpu).unwrap().to_dtype(dtype).unwrap()
}

fn model(p: &Parameters, config: ObjectiveConfig) -> Chmr {
    let n = MOLECULES.len() as u32;
    let cells = MinMax::fit(matrix(2, 8, CELL).view()).apply(matrix(2, 8, CELL).view());
    let tables = vec![
        TargetTable {
            name: "molecule".into(),
            values: matrix(4, 8, 6).mapv(|v| f32::from(v > 0.0)).into(),
            rows: (0..n).map(|i| (i, i)).collect(),
        },
        TargetTable {
            name: "cell".into(),
            values: cells.into(),
            rows: (0..5).map(|i| (n + i, i)).collect::<BTreeMap<_, _>>(),
        },
    ];
    let modalities = [Modality { name: "cell".into(), width: CELL }];
    Chmr::new(p, INPUTS, &modalities, tables, config).unwrap()
}

fn batch(dtype: DType, seed: u64) -> Batch {
    let n = MOLECULES.len();
    let rows: Vec<Vec<(u32, f32)>> = (0..n as u32)
        .map(|i| (0..n as u32).filter(|j| *j != i).map(|j| (j, 0.5)).collect())
        .collect();
    let observed: Vec<bool> = (0..n).map(|i| i < 5).collect();
    let how = Imputation::Propagate { steps: 2, informed_only: true };
    let cells =
        augment(&SimilarityGraph::from_rows(&rows), matrix(2, n, CELL).view(), &observed, how)
            .unwrap();
    let present: Vec<f32> = (0..n).map(|i| f32::from(u8::from(i % 3 != 0))).collect();
    let starts: Vec<u32> = (0..n as u32).collect();
    Batch {
        structure: StructureBatch {
            vector: tensor(&matrix(1, n, INPUTS), dtype),
            graphs: Some(GraphBatch::new(&graphs(), &Device::Cpu).unwrap()),
            shape: Some((
                tensor(&matrix(3, n, SHAPE), dtype),
                tensor(&Array2::from_shape_vec((n, 1), present).unwrap(), dtype),
            )),
        },
        biology: vec![BiologyBatch {
            values: tensor(&cells.values, dtype),
            augmented: tensor(&cells.unrestored, dtype),
            informed: (0..n as u32).collect(),
            observed: (0..5).collect(),
        }],
        visits: random_walks(&context(), &starts, WALK_LENGTH, 1, seed),
        labels: Some(LabelBatch {
            rows: vec![1, 4, 6],
            targets: tensor(&matrix(7, 3, 2).mapv(|v| f32::from(v > 0.0)), dtype),
            weights: tensor(&ndarray::array![[1.0, 1.0], [1.0, 0.0], [0.0, 0.5]], dtype),
        }),
    }
}

/// Trains for 60 steps; the first and last total loss on one fixed batch, and the parts at the end.
fn train(config: ObjectiveConfig) -> (f64, f64, Vec<f64>) {
    let p = Parameters::new(1, DType::F32, &Device::Cpu);
    let mut model = model(&p, config);
    let vars = p.trained_vars().into_iter().map(|v| v.1).collect();
    let mut optimiser =
        AdamW::new(vars, ParamsAdamW { lr: 5e-3, weight_decay: 1e-5, ..Default::default() })
            .unwrap();
    let (mode, mut rng) = (Mode::train(3), Rng::new(4));
    let fixed = batch(DType::F32, 1000);
    let first = scalar(&model.loss(&fixed, &mode).unwrap().total);
    for step in 0..60 {
        let losses = model.loss(&batch(DType::F32, step), &mode).unwrap();
        optimiser.backward_step(&losses.total).unwrap();
        model.after_step(&losses, (step % 20 == 19).then_some(0.05), &mut rng).unwrap();
    }
    let last = model.loss(&fixed, &mode).unwrap();
    let parts = [&last.cpr, &last.info_nce, &last.vicreg, &last.vq, &last.supervised];
    let parts = parts.map(scalar).to_vec();
    (first, scalar(&last.total), parts)
}

#[test]
fn the_loss_falls_and_the_same_seed_gives_the_same_run() {
    let (first, last, parts) = train(config());
    assert!(last < 0.6 * first, "from {first} to {last}, {parts:?}");
    assert!(parts.iter().all(|p| p.is_finite() && *p > 0.0), "{parts:?}");
    assert_eq!(train(config()).1.to_bits(), last.to_bits());
}

#[test]
fn ablations_switch_their_part_off_and_still_learn() {
    let full = config();
    for (config, off) in [
        (ObjectiveConfig { lambda_cpr: 0.0, ..full }, Some(0)),
        (ObjectiveConfig { lambda_sca: 0.0, ..full }, Some(1)),
        (ObjectiveConfig { codebook: Codebook::Absent, ..full }, Some(3)),
        (ObjectiveConfig { lambda_supervised: 0.0, ..full }, Some(4)),
        (ObjectiveConfig { codebook: Codebook::Flat(14), ..full }, None),
        (ObjectiveConfig { hidden_1d: None, ..full }, None),
    ] {
        let (first, last, parts) = train(config);
        assert!(last < first, "{config:?}: from {first} to {last}");
        for (i, part) in parts.iter().enumerate() {
            let is_off = off == Some(i) || (off == Some(1) && i == 2);
            assert_eq!(*part == 0.0, is_off, "{config:?}: {parts:?}");
        }
    }
}

/// Without a codebook, whose stop-gradients differ from its value on purpose (see the gradient tests).
#[test]
fn the_whole_objective_passes_complete_gradients() {
    let p = Parameters::new(1, DType::F64, &Device::Cpu);
    let model = model(&p, ObjectiveConfig { codebook: Codebook::Absent, ..config() });
    let batch = batch(DType::F64, 5);
    check(&p.trained_vars(), &|| Ok(model.loss(&batch, &Mode::Evaluate)?.total));
}

#[test]
fn an_absent_conformer_says_nothing() {
    let p = Parameters::new(1, DType::F32, &Device::Cpu);
    let model = model(&p, config());
    let batch = batch(DType::F32, 1);
    let latents = model.latents(&batch.structure, &Mode::Evaluate).unwrap();
    let shape = latents.structure[2].to_vec2::<f32>().unwrap();
    assert!(shape[0].iter().all(|v| *v == 0.0) && shape[1].iter().any(|v| *v != 0.0));
}

#[test]
fn what_does_not_fit_is_refused() {
    let p = Parameters::new(1, DType::F32, &Device::Cpu);
    let model = model(&p, config());
    let mut lacking = batch(DType::F32, 1);
    lacking.structure.graphs = None;
    assert!(model.loss(&lacking, &Mode::Evaluate).is_err());
    let mut lacking = batch(DType::F32, 1);
    lacking.biology.clear();
    assert!(model.loss(&lacking, &Mode::Evaluate).is_err());
}
