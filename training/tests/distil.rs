//! The students of a large teacher: their operations beside candle's own, and their training from a folder of values.

use candle_core::{DType, Device, Result, Tensor, Var};
use chmr::model::graph::{GraphNetwork, GraphScratch, MoleculeGraph};
use chmr_training::chmr::parameters::Parameters;
use chmr_training::distil::config::{GraphConfig, Recipe, VectorConfig};
use chmr_training::distil::gelu::gelu;
use chmr_training::distil::graph::{GraphStudent, Statistics};
use chmr_training::distil::inputs::Graphs;
use chmr_training::distil::ops::{Seen, aggregate, embed, norm_gelu, pool, spread};
use chmr_training::distil::packed::Packed;
use chmr_training::distil::teacher::Taught;
use chmr_training::distil::train::History;
use chmr_training::distil::{DistilConfig, Options, distil, stages};
use chmr_training::export::Structure;
use chmr_training::random::Random;
use half::f16;
use safetensors::Dtype;
use safetensors::tensor::TensorView;
use std::path::Path;
use std::sync::Arc;

/// Three molecules of 3, 1 and 2 atoms; bonds 0–1, 1–2 and 4–5, of three kinds.
fn graph() -> Arc<Packed> {
    Arc::new(Packed {
        molecules: vec![0, 3, 4, 6],
        bonds: vec![0, 1, 3, 4, 4, 5, 6],
        sources: vec![1, 0, 2, 1, 5, 4],
        kinds: vec![0, 0, 2, 2, 1, 1],
    })
}

fn random(shape: (usize, usize), purpose: &str) -> Result<Var> {
    let values = Random::new(0, purpose).uniform(shape.0 * shape.1, 2.0);
    Var::from_tensor(&Tensor::from_vec(values, shape, &Device::Cpu)?)
}

fn index(rows: &[u32]) -> Result<Tensor> {
    Tensor::from_slice(rows, rows.len(), &Device::Cpu)
}

/// Both results and all gradients of their weighed sums agree.
fn agree(ours: &Tensor, plain: &Tensor, variables: &[&Var]) -> Result<()> {
    assert_eq!(ours.shape(), plain.shape());
    let weights = random((1, ours.elem_count()), "weights")?.reshape(ours.shape())?;
    let near = |a: &Tensor, b: &Tensor, what: &str| -> Result<()> {
        let difference = (a - b)?.abs()?.max_all()?.to_scalar::<f32>()?;
        // Sums of a dozen terms of size 1 in another order, and the exponential's 3e-7.
        assert!(difference < 2e-5, "{what}: {difference}");
        Ok(())
    };
    near(ours, plain, "result")?;
    let [a, b] = [ours, plain].map(|t| (t * &weights)?.sum_all()?.backward());
    let (a, b) = (a?, b?);
    for (i, var) in variables.iter().enumerate() {
        let (Some(a), Some(b)) = (a.get(var), b.get(var)) else {
            panic!("variable {i} has no gradient")
        };
        assert!(b.abs()?.max_all()?.to_scalar::<f32>()? > 0.01, "gradient {i} tells nothing");
        near(a, b, &format!("gradient {i}"))?;
    }
    Ok(())
}

#[test]
fn gelu_is_candles() -> Result<()> {
    let x: Vec<f32> = (-4000..4000).map(|i| i as f32 / 100.0).collect();
    let plain = index_free(&x)?.gelu_erf()?.to_vec1::<f32>()?;
    for (x, plain) in x.iter().zip(plain) {
        assert!((gelu(*x) - plain).abs() <= 1e-6 * (1.0 + x.abs()), "{x}: {} {plain}", gelu(*x));
    }
    Ok(())
}

fn index_free(x: &[f32]) -> Result<Tensor> {
    Tensor::from_slice(x, x.len(), &Device::Cpu)
}

#[test]
fn embed_is_a_sum_of_rows() -> Result<()> {
    let table = random((7, 19), "table")?;
    let rows = vec![0, 3, 6, 3, 1, 1, 2, 2];
    let plain = table.index_select(&index(&rows)?, 0)?.reshape((4, 2, 19))?.sum(1)?;
    agree(&embed(&table, &Arc::new(rows), 2)?, &plain, &[&table])
}

#[test]
fn aggregate_is_a_sum_of_messages() -> Result<()> {
    let (x, table, graph) = (random((6, 19), "x")?, random((3, 19), "bonds")?, graph());
    let from = x.index_select(&index(&graph.sources)?, 0)?;
    let message = (from + table.index_select(&index(&graph.kinds)?, 0)?)?.gelu_erf()?;
    let plain = x.index_add(&index(&[0, 1, 1, 2, 4, 5])?, &message, 0)?;
    agree(&aggregate(&x, &table, &graph)?, &plain, &[&x, &table])
}

#[test]
fn pool_and_spread_are_sums_and_copies() -> Result<()> {
    let (x, v, graph) = (random((6, 19), "x")?, random((3, 19), "v")?, graph());
    let owner = index(&[0, 0, 0, 1, 2, 2])?;
    let factors = vec![0.5, 2.0, -1.0];
    let column = Tensor::from_slice(&factors, (3, 1), &Device::Cpu)?;
    let plain = Tensor::zeros((3, 19), DType::F32, &Device::Cpu)?.index_add(&owner, &x, 0)?;
    agree(&pool(&x, &graph, &Arc::new(factors))?, &plain.broadcast_mul(&column)?, &[&x])?;
    agree(&spread(&x, &v, &graph)?, &(x.as_tensor() + v.index_select(&owner, 0)?)?, &[&x, &v])
}

#[test]
fn norm_gelu_is_both() -> Result<()> {
    let (z, gain, shift) =
        (random((11, 19), "z")?, random((1, 19), "gain")?, random((1, 19), "shift")?);
    let centred = z.broadcast_sub(&z.mean_keepdim(0)?)?;
    let variance = centred.sqr()?.mean_keepdim(0)?;
    let normed = centred.broadcast_div(&(&variance + 1e-5)?.sqrt()?)?;
    let plain = normed.broadcast_mul(&gain)?.broadcast_add(&shift)?.gelu_erf()?;
    let seen = Arc::new(Seen::default());
    let ours = norm_gelu(&z, &gain.flatten_all()?, &shift.flatten_all()?, &seen)?;
    agree(&ours, &plain, &[&z, &gain, &shift])?;
    let (_, seen) = seen.get();
    let difference = (index_free(&seen)? - variance.flatten_all()?)?.abs()?.max_all()?;
    assert!(difference.to_scalar::<f32>()? < 1e-5);
    Ok(())
}

/// A folder of a teacher that knows three things of a molecule: its atoms, its rings' atoms, its oxygens.
fn teacher(folder: &Path) {
    let smiles = [
        "CCO",
        "CCCC",
        "c1ccccc1O",
        "CC(=O)Oc1ccccc1C(=O)O",
        "C1CCCCC1",
        "CCN(CC)CC",
        "OCC(O)CO",
        "c1ccc2ccccc2c1",
        "CC(C)C",
        "C=CC=O",
        "O=C1CCCO1",
        "Cn1cnc2c1c(=O)n(C)c(=O)n2C",
        "CCCCCCCC",
        "OC1CCCCC1",
        "N#CC",
        "CS(=O)(=O)C",
    ];
    let values = |s: &str| {
        let count = |wanted: &str| s.chars().filter(|c| wanted.contains(*c)).count() as f32;
        [count("CcNnOoS"), count("cno"), count("Oo")]
    };
    for (list, shards) in [("molecules", "values"), ("held_out", "held_out")] {
        let lines: String = smiles.iter().map(|s| format!("{s}\tmade_up\n")).collect();
        std::fs::write(folder.join(format!("{list}.tsv")), format!("smiles\tsource\n{lines}"))
            .unwrap();
        let mut bytes: Vec<u8> = smiles
            .iter()
            .flat_map(|s| values(s))
            .flat_map(|v| f16::from_f32(v).to_le_bytes())
            .collect();
        // The teacher refused the last one.
        let last = bytes.len() - 2;
        bytes[last..].copy_from_slice(&f16::NAN.to_le_bytes());
        let tensor = TensorView::new(Dtype::F16, vec![smiles.len(), 3], &bytes).unwrap();
        std::fs::create_dir_all(folder.join(shards)).unwrap();
        let path = folder.join(shards).join("shard-00000.safetensors");
        safetensors::serialize_to_file([("values", tensor)], None, &path).unwrap();
    }
}

fn config() -> DistilConfig {
    let recipe = Recipe { batch: 8, epochs: 40, rate: 1e-2, ..Recipe::default() };
    DistilConfig {
        molecules: None,
        kept: None,
        vector: Some(VectorConfig { width: 24, layers: 2, recipe: recipe.clone() }),
        graph: Some(GraphConfig { width: 16, layers: 2, hidden: 24, walks: true, recipe }),
    }
}

#[test]
fn students_learn_and_become_stages_of_a_model() {
    let (taught, run) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    teacher(taught.path());
    distil(&config(), taught.path(), run.path(), &Options::default()).unwrap();
    for student in ["vector", "graph"] {
        let path = run.path().join("distil").join(student).join("history.json");
        let history: History = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        assert_eq!((history.molecules, history.epochs.len()), (15, 40));
        let (first, last) = (&history.epochs[0], &history.epochs[39]);
        assert!(last.held_out["made_up"] > 0.9, "{student}: {first:?} {last:?}");
        assert!(last.held_out["made_up"] > first.held_out["made_up"] + 0.1, "{student}");
    }
    // What the library computes of the stored students is what they were trained to.
    let layout = chmr::features::StructureLayout::default();
    let scale = stages::standardizer(&config(), run.path()).unwrap().unwrap();
    let structure = Structure::raw(layout, scale).with_students(&config(), run.path()).unwrap();
    let smiles = ["CCO".to_owned(), "OCC(O)CO".into(), "c1ccc2ccccc2c1".into()];
    // Mean and deviation of the atoms of the 15 molecules.
    let (atoms, mean, deviation) = ([3.0, 6.0, 10.0], 6.8, 3.229_0);
    for name in stages::names(&config()) {
        let values = structure.features(&smiles, &[name.to_owned()]).unwrap();
        assert_eq!(values.dim(), (3, 3));
        for (row, atoms) in values.rows().into_iter().zip(atoms) {
            // Rounded to f16; normalisations fitted to columns that hardly differ over 15 molecules magnify that.
            assert!(
                (row[0] - (atoms - mean) / deviation).abs() < 0.3,
                "{name}: {row} of {atoms} atoms"
            );
        }
    }
}

#[test]
fn an_interrupted_student_ends_as_an_uninterrupted_one() {
    let folders = [(); 3].map(|()| tempfile::tempdir().unwrap());
    let [taught, whole, halved] = &folders;
    teacher(taught.path());
    distil(&config(), taught.path(), whole.path(), &Options::default()).unwrap();
    // In the middle of an epoch of two steps.
    distil(&config(), taught.path(), halved.path(), &Options { stop_after: Some(31) }).unwrap();
    assert!(stages::stages(&config(), halved.path()).is_err(), "not trained to its end");
    distil(&config(), taught.path(), halved.path(), &Options::default()).unwrap();
    for student in ["vector", "graph"] {
        let file = Path::new("distil").join(student).join("student.safetensors");
        let [a, b] = [whole, halved].map(|run| std::fs::read(run.path().join(&file)).unwrap());
        assert!(a == b, "{student}: the resumed run differs");
    }
}

/// The library's kernels beside candle, on a network with batch statistics of its own, stored without rounding.
#[test]
fn the_library_runs_a_graph_student_as_candle_does() {
    let smiles = ["CC(=O)Oc1ccccc1C(=O)O", "C", "[Na+].[Cl-]", "C/C=C/C#N", "c1ccc2c(c1)CCC2"];
    let shape =
        GraphConfig { width: 24, layers: 3, hidden: 40, walks: true, recipe: Recipe::default() };
    let parameters = Parameters::new(5, DType::F32, &Device::Cpu);
    let student = GraphStudent::new(&parameters, &shape, Graphs::TABLES, 7).unwrap();
    let mut taught = Taught {
        smiles: smiles.map(String::from).to_vec(),
        sources: vec![String::new(); smiles.len()],
        values: ndarray::Array2::zeros((smiles.len(), 7)),
    };
    let graphs = Graphs::of(&mut taught, true).unwrap();
    let batch = graphs.batch(&[0, 1, 2, 3, 4]).unwrap();
    for _ in 0..30 {
        let mut seen = Statistics::new();
        student.forward(&batch, Some(&mut seen)).unwrap();
        student.absorb(&[(batch.graph.atoms(), seen)]).unwrap();
    }
    let expected = student.forward(&batch, None).unwrap().to_vec2::<f32>().unwrap();
    let network = GraphNetwork::new(&student.weights().unwrap());
    let molecules =
        smiles.map(|s| chmr::chem::parse_smiles(s, &chmr::chem::Limits::default()).unwrap());
    let molecules = molecules.map(|m| MoleculeGraph::new(&m, true).unwrap());
    let found = network.run(&molecules, &mut GraphScratch::default());
    for (i, expected) in expected.iter().enumerate() {
        for (a, b) in found[7 * i..][..7].iter().zip(expected) {
            // Rounding of f32 through six matrices, and of walks to 1 / 65,535.
            assert!((a - b).abs() < 1e-3, "{}: {a} {b}", smiles[i]);
        }
    }
}
