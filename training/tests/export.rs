//! candle beside the library's inference on an exported network.

use candle_core::{Device, Tensor, Var};
use chmr::features::{Standardizer, StructureLayout, graph, structure_vector};
use chmr::model::{
    FORMAT, FORMAT_VERSION, Manifest, ModelWriter, NetworkEntry, STRUCTURE, StructureInput, Task,
    TaskKind,
};
use chmr::{Batch, Model, PredictOptions, Run};
use chmr_training::backbone::{Backbone, BackboneConfig, GraphShape};
use chmr_training::chmr::encoders::GraphBatch;
use chmr_training::export::encoder_2d;
use chmr_training::fit::outputs;
use chmr_training::mlp::Mlp;
use chmr_training::onnx::export;
use chmr_training::random::Random;
use ndarray::Array2;
use tract_onnx::prelude::{
    Datum, Framework, InferenceFact, InferenceModelExt, IntoRunnable, IntoTValue,
    Tensor as TractTensor, TypedFact,
};

const TASKS: usize = 7;
const HIDDEN: usize = 300;

fn task(i: usize) -> Task {
    Task {
        name: format!("t/{i}"),
        dataset: "t".into(),
        column: i.to_string(),
        description: String::new(),
        unit: None,
        kind: TaskKind::Regression,
        direction: None,
        slope: 1.0,
        intercept: 0.0,
        train_rows: 0,
        validation: None,
    }
}

/// A model of one network over MACCS keys and 1,024 Morgan bits.
fn model(network: Vec<u8>) -> Model {
    let path = "networks/t.onnx";
    let manifest = Manifest {
        format: FORMAT.into(),
        format_version: FORMAT_VERSION,
        name: "t".into(),
        version: "0.0.1".into(),
        description: String::new(),
        licence: String::new(),
        entries: Default::default(),
        structure: StructureInput {
            descriptors: vec![],
            standardizer: None,
            maccs_bits: 167,
            morgan_radius: 2,
            morgan_bits: 1024,
        },
        stages: Vec::new(),
        tasks: (0..TASKS).map(task).collect(),
        networks: vec![NetworkEntry {
            name: "t".into(),
            members: vec![path.into()],
            reads: vec![STRUCTURE.into()],
            tasks: (0..TASKS).collect(),
        }],
        reference: None,
        codebook: None,
        trust: None,
        training: Default::default(),
    };
    let mut writer = ModelWriter::new();
    writer.add(path, network).unwrap();
    Model::from_bytes(writer.finish(manifest).unwrap()).unwrap()
}

/// 1,100 molecules: chains of fragments.
fn molecules(random: &mut Random) -> Vec<String> {
    const PARTS: [&str; 11] = [
        "C",
        "CC(C)",
        "c1ccccc1",
        "O",
        "N",
        "C(=O)",
        "C(F)(F)",
        "S(=O)(=O)",
        "c1ccncc1",
        "C#C",
        "C(Cl)",
    ];
    let mut draw = |n: usize| (random.bits() % n as u64) as usize;
    (0..1100)
        .map(|_| {
            let chain: String = (0..2 + draw(8)).map(|_| PARTS[draw(PARTS.len())]).collect();
            format!("C{chain}C")
        })
        .collect()
}

/// Rounds to f16 and back, as the export does.
fn round(var: &Var) {
    let values = var.flatten_all().unwrap().to_vec1::<f32>().unwrap();
    let values: Vec<f32> = values.iter().map(|v| half::f16::from_f32(*v).to_f32()).collect();
    var.set(&Tensor::from_vec(values, var.shape(), var.device()).unwrap()).unwrap();
}

#[test]
fn candle_and_the_library_agree() {
    let (ours, theirs) = both(|network, _| export(network, "t").unwrap());
    let largest = ours.iter().zip(&theirs).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    // Outputs around 1, sums of 1,191 and 300 terms in f32.
    assert!(largest < 1e-4, "{largest}");
}

#[test]
fn a_quantized_head_is_close_to_candles() {
    let (ours, theirs) = both(|network, width| network.quantized(&[width]).unwrap().to_onnx("t"));
    let mean = theirs.mean().unwrap();
    let (mut error, mut spread) = (0.0, 0.0);
    for (ours, theirs) in ours.iter().zip(&theirs) {
        error += (ours - theirs).powi(2);
        spread += (theirs - mean).powi(2);
    }
    // Bits are exact; weights and hidden values are off by some hundredth of a typical one, each another way.
    assert!(error > 0.0 && error < 1e-3 * spread, "{error} {spread}");
}

/// What the library computes of a network that `file` writes, and candle of the same, its matrices rounded to f16.
fn both(file: impl Fn(&Mlp, usize) -> Vec<u8>) -> (Vec<f32>, Array2<f32>) {
    let mut random = Random::new(3, "export");
    let layout = StructureLayout { descriptors: vec![], ..Default::default() };
    let network =
        Mlp::new(&vec![true; layout.width()], HIDDEN, &[0.5; TASKS], &mut random).unwrap();
    // A normalization that does something.
    for var in [&network.gain, &network.shift] {
        let values = random.uniform(HIDDEN, 1.0);
        var.set(&Tensor::from_vec(values, HIDDEN, &Device::Cpu).unwrap()).unwrap();
    }
    let model = model(file(&network, layout.width()));
    round(&network.w1);
    round(&network.w2);

    let smiles = molecules(&mut random);
    let none = Standardizer { median: vec![], mean: vec![], scale: vec![], clip: 4.0 };
    let mut x = Array2::zeros((smiles.len(), layout.width()));
    let mut batch = Batch::new();
    for (smiles, mut x) in smiles.iter().zip(x.rows_mut()) {
        let molecule = chmr::chem::parse_smiles(smiles, &Default::default()).unwrap();
        structure_vector(&molecule, &layout, &none, x.as_slice_mut().unwrap());
        batch.push_smiles(smiles);
    }
    let ours = model.predict(&batch, &PredictOptions::default(), &Run::new()).unwrap().values;
    let theirs = outputs(&network, x.view()).unwrap();
    assert!(theirs.iter().any(|v| (v - theirs[[0, 0]]).abs() > 0.1), "all outputs are alike");
    (ours.into_iter().collect(), theirs)
}

/// A graph encoder of two layers whose every weight differs from its start.
fn graph_backbone() -> Backbone {
    let layout = StructureLayout { descriptors: vec![], ..Default::default() };
    let none = Standardizer { median: vec![], mean: vec![], scale: vec![], clip: 4.0 };
    let mut config = BackboneConfig::new(&layout, Some(8), 6);
    config.graph = Some(GraphShape { layers: 3, width: 10 });
    let fresh = Backbone::new(config.clone(), none.clone(), 7).unwrap();
    let mut random = Random::new(9, "graph");
    let weights = fresh.tensors().iter().map(|(name, t)| {
        let noise = random.uniform(t.elem_count(), 0.3);
        let noise = Tensor::from_vec(noise, t.shape(), &Device::Cpu).unwrap();
        (name.clone(), (t + noise).unwrap())
    });
    Backbone::from_weights(config, none, &weights.collect()).unwrap()
}

#[test]
fn the_graph_encoder_is_exported_as_candle_computes_it() {
    let backbone = graph_backbone();
    let bytes = encoder_2d(backbone.tensors(), backbone.config().graph.unwrap()).unwrap();
    let graphs: Vec<_> = ["CCO", "c1ccc2ccccc2c1", "[Na+].[Cl-]", "CC(=O)Nc1ccc(O)cc1", "C"]
        .iter()
        .map(|s| graph(&chmr::chem::parse_smiles(s, &Default::default()).unwrap()).unwrap())
        .collect();
    let batch = GraphBatch::new(&graphs, &Device::Cpu).unwrap();
    let theirs = backbone.embed_graphs(&batch).unwrap().remove(0).1;

    let (mut atoms, mut bonds, mut edges, mut owner) = (vec![], vec![], vec![], vec![]);
    for (m, graph) in graphs.iter().enumerate() {
        let first = owner.len() as i64;
        atoms.extend(graph.node_features.iter().flatten().copied());
        bonds.extend(graph.edge_features.iter().flatten().copied());
        edges.extend(graph.edge_index.iter().flatten().map(|a| a + first));
        owner.extend(graph.node_features.iter().map(|_| m as i64));
    }
    let (n, e) = (owner.len(), edges.len() / 2);
    let inputs = [
        TractTensor::from_shape(&[n, 9], &atoms),
        TractTensor::from_shape(&[e, 3], &bonds),
        TractTensor::from_shape(&[e, 2], &edges),
        TractTensor::from_shape(&[n], &owner),
        TractTensor::from_shape(&[1], &[graphs.len() as i64]),
    ]
    .map(|t| t.unwrap());
    let mut model = tract_onnx::onnx().model_for_read(&mut &bytes[..]).unwrap();
    for (i, input) in inputs.iter().enumerate() {
        // The number of molecules is a shape within the graph: tract wants it at once.
        let fact = if i == 4 {
            TypedFact::try_from(input.clone()).unwrap().into()
        } else {
            InferenceFact::dt_shape(i64::datum_type(), input.shape())
        };
        model.set_input_fact(i, fact).unwrap();
    }
    let plan = model.into_typed().unwrap().into_runnable().unwrap();
    let out = plan.run(inputs.into_iter().map(|t| t.into_tvalue()).collect()).unwrap();
    let ours = out[0].to_plain_array_view::<f32>().unwrap().iter().copied().collect::<Vec<f32>>();
    let theirs = theirs.flatten_all().unwrap().to_vec1::<f32>().unwrap();
    assert_eq!(ours.len(), theirs.len());
    let largest = ours.iter().zip(&theirs).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    let scale = theirs.iter().fold(0.0f32, |m, v| m.max(v.abs()));
    // Random weights grow from layer to layer: of values around `scale`, a hundred roundings of f32.
    assert!(largest < 1e-5 * scale, "{largest} of {scale}");
    assert!(scale > 1.0, "the encoder says nothing");
}
