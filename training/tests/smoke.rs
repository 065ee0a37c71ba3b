//! The smoke configuration from data to a model file: prepare, pretrain, finetune, evaluate, export, pack. It goes on
//! where it stopped and gives the same figures and the same file twice.

#[path = "../../tests/support/skip.rs"]
mod skip;

use candle_core::{DType, Device, Tensor};
use chmr::model::STRUCTURE;
use chmr::{Batch, EncodeOptions, Model, PredictOptions, Run};
use chmr_training::assays;
use chmr_training::backbone::Backbone;
use chmr_training::benchmark::{ABOUT, Benchmark, data_folder};
use chmr_training::calibration::calibrate;
use chmr_training::config::Config;
use chmr_training::data::prepare;
use chmr_training::ensemble::{Part, Trained, before_heads, train};
use chmr_training::evaluate::evaluate;
use chmr_training::export::{Structure, Weights, export};
use chmr_training::pack::{Networks, pack};
use chmr_training::pretrain::pretrain;
use chmr_training::report;
use std::path::Path;

const CARD: &str = "# A card\n";

fn config(name: &str) -> Config {
    let configs = Path::new(env!("CARGO_MANIFEST_DIR")).join("configs");
    Config::read(&configs.join(format!("{name}.toml"))).unwrap()
}

/// Copies the prepared data of one run to another: `tests/prepare.rs` sees to it that they repeat.
fn take_prepared(from: &Path, to: &Path) {
    std::fs::create_dir(to.join("prepared")).unwrap();
    for entry in std::fs::read_dir(from.join("prepared")).unwrap() {
        let path = entry.unwrap().path();
        std::fs::copy(&path, to.join("prepared").join(path.file_name().unwrap())).unwrap();
    }
}

/// From data to heads, in `folder`.
fn chain(config: &Config, data: &Path, folder: &Path) -> Trained {
    let prepared = prepare(config.prepare.as_ref().unwrap(), data, folder).unwrap();
    let settings = config.pretrain.as_ref().unwrap();
    pretrain(settings, &prepared, folder, &Default::default()).unwrap();
    let structure = before_heads(config, data, folder, Part::First).unwrap();
    assays::train(config.assays.as_ref().unwrap(), &structure, data, folder).unwrap();
    train(config, data, folder).unwrap()
}

#[test]
fn the_smoke_configuration_goes_all_the_way_and_repeats() {
    let data = data_folder();
    if !data.join("benchmarks").is_dir() {
        skip::skip(format_args!("no data in {}; name the folder in CHMR_DATA", data.display()));
        return;
    }
    let config = config("smoke");
    let [first, second] = [(), ()].map(|()| tempfile::tempdir().unwrap());
    let error = train(&config, &data, first.path()).err().unwrap().to_string();
    assert!(error.contains("pretrained"), "{error}");
    let trained = chain(&config, &data, first.path());
    let biogen = trained.sets.iter().find(|s| s.benchmark.name == "biogen").unwrap();
    // The mean of the training labels scores 61.
    assert!(biogen.figure < 57.0, "{}", biogen.figure);

    let packed = |trained: &Trained, folder: &Path| {
        pack(&config, trained, Networks::Measured, CARD, folder).unwrap()
    };
    let file = packed(&trained, first.path());
    let model = Model::from_bytes(file.clone()).unwrap();
    assert_eq!(model.tasks().len(), 728);
    for network in &model.manifest().networks {
        let last = if network.name == "sider" { assays::STAGE } else { "encoder_1d" };
        assert_eq!(network.reads, [STRUCTURE, last]);
    }
    learns_from_all(&config, &trained, &model, &data, first.path());
    assert!(model.manifest().training.data.iter().any(|d| d.name.contains("l1000_consensus")));
    measures_as_trained(&model, &trained, &data);
    encodes_as_trained(&model, first.path());
    computes_as_candle(&data, first.path());
    draws(&config, &data, first.path());
    exports(&config, first.path());

    // Taken from the folder: no network is written again.
    let written = |folder: &Path| {
        let entries = std::fs::read_dir(folder).unwrap().map(|e| e.unwrap());
        let mut times: Vec<_> =
            entries.map(|e| (e.file_name(), e.metadata().unwrap().modified().unwrap())).collect();
        times.sort();
        times
    };
    let before = written(first.path());
    let again = train(&config, &data, first.path()).unwrap();
    assert_eq!(written(first.path()), before);
    let same = packed(&again, first.path()) == file;
    assert!(same, "networks taken up again differ");

    // Pretrained anew, the heads on one worker.
    take_prepared(first.path(), second.path());
    let alone = Config { workers: 1, ..config.clone() };
    let afresh = chain(&alone, &data, second.path());
    let same = packed(&afresh, second.path()) == file;
    assert!(same, "a second run differs");
}

/// What is shipped has learnt from the validation rows, too; what is said of it is what its twin was measured on.
fn learns_from_all(config: &Config, trained: &Trained, twin: &Model, data: &Path, run: &Path) {
    let file = pack(config, trained, Networks::Shipped, CARD, run).unwrap();
    let model = Model::from_bytes(file).unwrap();
    let bace = |m: &Model| m.tasks().iter().find(|t| t.name == "bace/Class").cloned().unwrap();
    let (more, fewer) = (bace(&model), bace(twin));
    let valid = fewer.validation.as_ref().unwrap().rows;
    assert_eq!(more.train_rows, fewer.train_rows + valid);
    assert_eq!((&more.validation, more.slope), (&fewer.validation, fewer.slope));
    let set = Benchmark::read(data, "bace").unwrap().without_test(Some(300));
    let error = calibrate(&model, None, &[&set], 1).unwrap_err().to_string();
    assert!(error.contains("learnt from the validation splits"), "{error}");
    let trust = |bytes| Model::from_bytes(bytes).unwrap().manifest().trust.clone().unwrap();
    let with = trust(calibrate(&model, Some(twin), &[&set], 1).unwrap().0);
    let alone = trust(calibrate(twin, None, &[&set], 1).unwrap().0);
    let [with, alone] = [with, alone].map(|t| t.datasets["bace"].clone());
    assert_eq!((with.rows, with.calibration_error), (alone.rows, alone.calibration_error));
    let [with, alone] = [with, alone].map(|t| t.domain.unwrap());
    assert_eq!(with.least_similarity, alone.least_similarity);
    assert_eq!(with.molecules, alone.molecules + valid);
}

/// The packed model has the figure of training on a data set of which it saw all validation rows.
fn measures_as_trained(model: &Model, trained: &Trained, data: &Path) {
    let set = trained.sets.iter().find(|s| s.benchmark.name == "bace").unwrap();
    let figures = evaluate(model, &data.join("benchmarks/bace.csv.gz"), None, None).unwrap();
    let valid = figures.iter().find(|f| f.split == "valid").unwrap();
    assert_eq!(valid.molecules, set.problem.valid_x.nrows());
    // Of 151 molecules; f16 weights may swap near ties.
    assert!((valid.mean - set.figure).abs() < 0.5, "{} {}", valid.mean, set.figure);
}

/// Every molecule has a latent and a code, and the code is that of the run's own tree.
fn encodes_as_trained(model: &Model, run: &Path) {
    let tree = Weights::read(run).unwrap().codebook().unwrap().unwrap();
    let mut batch = Batch::new();
    for smiles in ["CCO", "c1ccccc1C(=O)O", "CN1CCCC1c1cccnc1", "CC(C)Cc1ccc(cc1)C(C)C(=O)O"] {
        batch.push_smiles(smiles);
    }
    let encoded = model.encode(&batch, &EncodeOptions::default(), &Run::new()).unwrap();
    let [latent] = &encoded.latents[..] else { panic!("one modality") };
    assert_eq!((latent.name.as_str(), latent.values.ncols()), ("latent_1d", tree.width()));
    for (values, code) in latent.values.outer_iter().zip(&latent.codes) {
        assert!(code.as_ref() == Some(&tree.route(values.as_slice().unwrap())));
    }
    assert_ne!(latent.values.row(0), latent.values.row(1));
    let predicted = model.predict(&batch, &PredictOptions::default(), &Run::new()).unwrap();
    assert!(predicted.values.iter().all(|v| v.is_finite()));
}

/// The packed stages beside candle, on a thousand molecules.
fn computes_as_candle(data: &Path, run: &Path) {
    let smiles = Benchmark::read(data, "chembl2k").unwrap().smiles;
    let smiles = &smiles[..1000];
    let structure = Structure::of_run(run).unwrap();
    let features = |reads: &[&str]| {
        let reads: Vec<String> = reads.iter().map(|r| (*r).to_owned()).collect();
        structure.features(smiles, &reads).unwrap()
    };
    // Matrices are stored as f16.
    let backbone = Backbone::load(run).unwrap();
    let rounded = |t: &Tensor| match t.rank() {
        2 => t.to_dtype(DType::F16).unwrap().to_dtype(DType::F32).unwrap(),
        _ => t.clone(),
    };
    let weights = backbone.tensors().iter().map(|(n, t)| (n.clone(), rounded(t))).collect();
    let standardizer = backbone.standardizer().clone();
    let backbone =
        Backbone::from_weights(backbone.config().clone(), standardizer, &weights).unwrap();
    let x = features(&[STRUCTURE]);
    let flat: Vec<f32> = x.iter().copied().collect();
    let x = Tensor::from_vec(flat, x.dim(), &Device::Cpu).unwrap();
    for (name, theirs) in backbone.embed(&x).unwrap() {
        let theirs = theirs.flatten_all().unwrap().to_vec1::<f32>().unwrap();
        let ours = features(&[&name]);
        let differences = ours.iter().zip(&theirs).map(|(a, b)| (a - b).abs());
        let largest = differences.fold(0.0, f32::max);
        // Values around 1, sums of 1,394 and 64 terms in f32.
        assert!(largest < 1e-4, "{name}: {largest}");
        assert!(theirs.iter().any(|v| v.abs() > 0.3), "{name} says nothing");
    }
}

fn draws(config: &Config, data: &Path, run: &Path) {
    let prepared = prepare(config.prepare.as_ref().unwrap(), data, run).unwrap();
    let (drawings, hierarchy) = report::learned(&prepared, run).unwrap();
    let names: Vec<&str> = drawings.iter().map(|d| d.0.as_str()).collect();
    assert_eq!(names, ["latents", "hierarchy"]);
    let leaves = hierarchy["leaves"].as_array().unwrap();
    let placed: u64 = leaves.iter().map(|l| l["molecules"].as_u64().unwrap()).sum();
    assert_eq!((leaves.len(), Some(placed)), (16, hierarchy["placed"].as_u64()));
}

fn exports(config: &Config, run: &Path) {
    let to = run.join("export");
    let index = export(run, |set| config.reads(set), &config.shares(), &to).unwrap();
    let names: Vec<&str> = index.networks.iter().map(|n| n.name.as_str()).collect();
    for name in [
        "encoder_1d",
        "projector_1d",
        "projector_expression",
        "decoder_molecule",
        "supervision",
        "head_toxcast-0",
        "trees_broad6k",
    ] {
        assert!(names.contains(&name), "{name} is not among {names:?}");
        assert!(to.join(format!("{name}.onnx")).is_file());
    }
    assert_eq!(index.codebook_levels, config.pretrain.as_ref().unwrap().depth);
    std::fs::remove_dir_all(to).unwrap();
}

#[test]
fn the_committed_configurations_name_all_data_sets() {
    let known: Vec<_> = ABOUT.iter().map(|a| a.name).collect();
    let paper: Vec<_> = known.iter().filter(|n| !n.starts_with("adme")).copied().collect();
    let configs = Path::new(env!("CARGO_MANIFEST_DIR")).join("configs");
    let mut seen = 0;
    for entry in std::fs::read_dir(configs).unwrap() {
        let path = entry.unwrap().path();
        let config = Config::read(&path).unwrap();
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let (mut sets, mut all): (Vec<_>, _) =
            (config.datasets.keys().map(String::as_str).collect(), paper.clone());
        match name.as_str() {
            // The paper's table has two of them; students need none.
            "ablation" | "students" => all = sets.clone(),
            "default" | "fast" | "accurate" => all = known.clone(),
            _ => {}
        }
        sets.sort_unstable();
        all.sort_unstable();
        assert_eq!(sets, all, "{name}");
        seen += 1;
    }
    assert!(seen >= 7, "{seen}");
}
