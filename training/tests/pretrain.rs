//! Pretraining on a tiny data folder written here: it learns, repeats, resumes and leaves a backbone.

#[path = "../../tests/support/skip.rs"]
mod skip;
mod support;

use candle_core::{Device, Tensor};
use chmr_training::backbone::{Backbone, GraphShape};
use chmr_training::data::{Prepared, prepare};
use chmr_training::pretrain::config::{Augmentation, CodebookKind};
use chmr_training::pretrain::{History, Options, PretrainConfig, pretrain};
use std::path::Path;
use support::{World, config};

fn settings() -> PretrainConfig {
    PretrainConfig {
        hidden: 16,
        latent: 12,
        depth: 3,
        neighbors: 4,
        batch: 16,
        steps: 8,
        epochs: 4,
        patience: 4,
        rate: 3e-3,
        warmup: 4,
        revive_every: 4,
        ..PretrainConfig::default()
    }
}

fn prepared(run: &Path) -> Prepared {
    prepare(&config(), World::new().path(), run).unwrap()
}

/// Without the speeds, which differ.
fn run(settings: &PretrainConfig, data: &Prepared, folder: &Path, stop: Option<usize>) -> History {
    let options = Options { device: None, stop_after: stop };
    let mut history = pretrain(settings, data, folder, &options).unwrap();
    history.epochs.iter_mut().for_each(|e| e.samples_per_second = 0.0);
    history
}

fn bytes(folder: &Path) -> Vec<Vec<u8>> {
    ["model.safetensors", "backbone.safetensors", "backbone.json", "model.json"]
        .iter()
        .map(|name| std::fs::read(folder.join(name)).unwrap())
        .collect()
}

#[test]
fn it_learns_and_leaves_a_backbone() {
    let folder = tempfile::tempdir().unwrap();
    let data = prepared(folder.path());
    let history = run(&settings(), &data, folder.path(), None);
    assert_eq!(history.epochs.len(), 4);
    let (first, last) = (&history.epochs[0], &history.epochs[3]);
    assert!(last.train.total < 0.9 * first.train.total, "{first:?}\n{last:?}");
    for part in ["molecule", "expression", "jump"] {
        assert!(first.train.reconstruction[part] > 0.0, "{part} is never reconstructed");
    }
    assert!(last.train.supervised < first.train.supervised);
    assert_eq!(last.codes.len(), 3);
    assert!(last.perplexity[0] > 1.0 && last.perplexity[2] <= 8.0);
    assert!(history.coverage["jump"] > 0.2);
    assert_eq!(History::read(folder.path()).unwrap().best, history.best);

    let backbone = Backbone::load(folder.path()).unwrap();
    assert_eq!(backbone.standardizer(), &data.standardizer);
    let rows: Vec<u32> = (0..data.len() as u32).collect();
    let shape = (rows.len(), data.features.width());
    let x = Tensor::from_vec(data.features.vectors(&rows), shape, &Device::Cpu).unwrap();
    let names: Vec<(String, usize)> = backbone
        .embed(&x)
        .unwrap()
        .into_iter()
        .map(|(name, t)| (name, t.dim(1).unwrap()))
        .collect();
    assert_eq!(names, [("encoder_1d".to_owned(), 16), ("latent_1d".to_owned(), 12)]);
}

#[test]
fn the_same_seed_gives_the_same_run_and_another_does_not() {
    let [a, b, c] = [(), (), ()].map(|()| tempfile::tempdir().unwrap());
    let data = prepared(a.path());
    let first = run(&settings(), &data, a.path(), None);
    assert_eq!(run(&settings(), &data, b.path(), None), first);
    assert!(bytes(a.path()) == bytes(b.path()));
    let other = PretrainConfig { seed: 1, ..settings() };
    assert_ne!(run(&other, &data, c.path(), None).epochs, first.epochs);
}

#[test]
fn an_interrupted_run_ends_bit_for_bit_as_a_whole_one() {
    let [whole, parts] = [(), ()].map(|()| tempfile::tempdir().unwrap());
    let data = prepared(whole.path());
    let expected = run(&settings(), &data, whole.path(), None);
    for done in 1..=4 {
        let so_far = run(&settings(), &data, parts.path(), Some(1));
        assert_eq!(so_far.epochs.len(), done);
        assert_eq!(so_far.ended.is_empty(), done < 4);
        if done == 2 {
            // Cut off after the new checkpoint was written and before it took the old one's place.
            let [at, part] = ["checkpoint", "checkpoint.part"].map(|n| parts.path().join(n));
            std::fs::rename(at, part).unwrap();
        }
    }
    let resumed = run(&settings(), &data, parts.path(), None);
    assert_eq!(resumed, expected);
    assert!(bytes(whole.path()) == bytes(parts.path()));
    // A checkpoint of other settings is not gone on from.
    let other = PretrainConfig { seed: 1, ..settings() };
    assert_eq!(run(&other, &data, parts.path(), Some(1)).epochs.len(), 1);
}

#[test]
fn every_ablation_runs() {
    let folder = tempfile::tempdir().unwrap();
    let data = prepared(folder.path());
    let short = PretrainConfig { epochs: 1, steps: 3, ..settings() };
    let ablations = [
        PretrainConfig { lambda_sca: 0.0, ..short.clone() },
        PretrainConfig { lambda_cpr: 0.0, ..short.clone() },
        PretrainConfig { lambda_supervised: 0.0, ..short.clone() },
        PretrainConfig { codebook: CodebookKind::Flat, ..short.clone() },
        PretrainConfig { codebook: CodebookKind::None, ..short.clone() },
        PretrainConfig { augmentation: Augmentation::Zero, ..short.clone() },
        PretrainConfig { augmentation: Augmentation::Random, ..short.clone() },
        PretrainConfig { augmentation: Augmentation::Mean, ..short.clone() },
        PretrainConfig { modalities: Some(vec![]), ..short.clone() },
        PretrainConfig { modalities: Some(vec!["jump".into()]), ..short.clone() },
        PretrainConfig { hidden: 0, ..short.clone() },
        PretrainConfig { graph: Some(GraphShape { layers: 2, width: 8 }), ..short.clone() },
    ];
    for ablation in ablations {
        let folder = tempfile::tempdir().unwrap();
        let history = run(&ablation, &data, folder.path(), None);
        let epoch = &history.epochs[0];
        assert!(epoch.train.total.is_finite() && epoch.valid.total.is_finite(), "{ablation:?}");
        let has_graph = Backbone::load(folder.path()).unwrap().graph().is_some();
        assert_eq!(has_graph, ablation.graph.is_some());
    }
    let unknown = PretrainConfig { modalities: Some(vec!["a549".into()]), ..short };
    let error = pretrain(&unknown, &data, folder.path(), &Options::default()).err().unwrap();
    assert!(error.to_string().contains("a549 is not prepared"), "{error}");
}

#[test]
fn a_leak_stops_training() {
    let folder = tempfile::tempdir().unwrap();
    let mut data = prepared(folder.path());
    let planted = data.smiles.iter().position(|s| s == support::PLANTED).unwrap();
    data.labels.rows[planted].push((0, 1.0));
    let error = pretrain(&settings(), &data, folder.path(), &Options::default()).err().unwrap();
    assert!(error.to_string().contains("must not be trained on"), "{error}");
}

/// Runs where there is a GPU and the feature `cuda`.
#[test]
fn a_gpu_computes_what_the_cpu_computes() {
    let Ok(device) = Device::new_cuda(0) else {
        skip::skip("no GPU, or built without the feature cuda");
        return;
    };
    let [host, gpu] = [(), ()].map(|()| tempfile::tempdir().unwrap());
    let data = prepared(host.path());
    // Few steps: rounding grows from step to step. Dropout's masks are drawn on the host either way.
    let settings = PretrainConfig {
        graph: Some(GraphShape { layers: 2, width: 8 }),
        epochs: 1,
        steps: 3,
        ..settings()
    };
    let expected = run(&settings, &data, host.path(), None);
    let options = Options { device: Some(device), stop_after: None };
    let found = pretrain(&settings, &data, gpu.path(), &options).unwrap();
    let (a, b) = (expected.epochs[0].train.total, found.epochs[0].train.total);
    assert!((a - b).abs() < 1e-3 * a.abs(), "CPU {a}, GPU {b}");
    Backbone::load(gpu.path()).unwrap();
}

#[test]
fn the_committed_configurations_can_be_read() {
    for name in ["smoke", "cpu", "gpu"] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("configs/{name}.toml"));
        let config = chmr_training::config::Config::read(&path).unwrap();
        assert!(config.prepare.is_some() && config.pretrain.is_some(), "{name}");
    }
}
