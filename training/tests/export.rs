//! candle beside the library's inference on an exported network.

use candle_core::{Device, Tensor, Var};
use chmr::features::{Standardizer, StructureLayout, structure_vector};
use chmr::model::{
    FORMAT, FORMAT_VERSION, Manifest, ModelWriter, NetworkEntry, STRUCTURE, StructureInput, Task,
    TaskKind,
};
use chmr::{Batch, Model, PredictOptions, Run};
use chmr_training::fit::outputs;
use chmr_training::mlp::Mlp;
use chmr_training::onnx::export;
use chmr_training::random::Random;
use ndarray::Array2;

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
    let mut random = Random::new(3, "export");
    let layout = StructureLayout { descriptors: vec![], ..Default::default() };
    let network =
        Mlp::new(&vec![true; layout.width()], HIDDEN, &[0.5; TASKS], &mut random).unwrap();
    // A normalization that does something.
    for var in [&network.gain, &network.shift] {
        let values = random.uniform(HIDDEN, 1.0);
        var.set(&Tensor::from_vec(values, HIDDEN, &Device::Cpu).unwrap()).unwrap();
    }
    let model = model(export(&network, "t").unwrap());
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
    let largest = ours.iter().zip(&theirs).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    // Outputs around 1, sums of 1,191 and 300 terms in f32.
    assert!(largest < 1e-4, "{largest}");
    assert!(theirs.iter().any(|v| (v - theirs[[0, 0]]).abs() > 0.1), "all outputs are alike");
}
