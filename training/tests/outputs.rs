//! What the training program writes: no model, table, kept network or earlier output is lost, whatever ends a command.
#![cfg(unix)]

#[allow(dead_code)]
mod support;

use chmr_training::config::{Config, Recipe};
use chmr_training::onnx::Store;
use chmr_training::pretrain::PretrainConfig;
use flate2::{Compression, write::GzEncoder};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::os::unix::fs::symlink;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

const EARLIER: &[u8] = b"what was computed yesterday\n";

fn recipe() -> Recipe {
    Recipe {
        hidden: 8,
        dropout: 0.1,
        seeds: 1,
        rate: 1e-3,
        decay: 1e-5,
        batch: 32,
        epochs: 1,
        patience: 1,
        rows: None,
    }
}

/// Chains of two lengths with a ring or without, which is the label.
fn table(split: bool) -> String {
    let mut text = String::from(if split { "smiles,split,Class\n" } else { "smiles,ring\n" });
    for i in 0..160 {
        let ring = i / 2 % 2;
        let smiles = format!("{}{}", "C".repeat(1 + i % 40), "c1ccccc1".repeat(ring));
        let part = [",train", ",train", ",valid", ",test"][i / 4 % 4];
        writeln!(text, "{smiles}O{},{ring}", if split { part } else { "" }).unwrap();
    }
    text
}

/// A configuration of one data set, the data, a table, a card, and a model file packed of them.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::create_dir_all(at("world/benchmarks")).unwrap();
    let packed = fs::File::create(at("world/benchmarks/bace.csv.gz")).unwrap();
    let mut packed = GzEncoder::new(packed, Compression::fast());
    packed.write_all(table(true).as_bytes()).unwrap();
    packed.finish().unwrap();
    fs::write(at("t.csv"), table(false)).unwrap();
    fs::write(at("card.md"), "# A card\n").unwrap();
    let config = Config {
        name: "small".into(),
        version: "1.0.0".into(),
        workers: 1,
        reads: vec!["structure".into()],
        store: Store::default(),
        refit: false,
        default: recipe(),
        datasets: BTreeMap::from([("bace".to_owned(), Default::default())]),
        distil: None,
        assays: None,
        hierarchy: None,
        prepare: None,
        pretrain: None,
    };
    fs::write(at("c.toml"), toml::to_string(&config).unwrap()).unwrap();
    done(&run(&folder, &[PACK, &["--output", "m.chmr"]].concat()));
    fs::write(at("out"), EARLIER).unwrap();
    fs::create_dir(at("sub")).unwrap();
    folder
}

const PACK: &[&str] =
    &["pack", "--config", "c.toml", "--data", "world", "--run", "run", "--card", "card.md"];
const CALIBRATE: &[&str] = &["calibrate", "--model", "m.chmr", "--data", "world"];
const FINETUNE: &[&str] = &[
    "finetune",
    "--model",
    "m.chmr",
    "--data",
    "t.csv",
    "--run",
    "tuned",
    "--seeds",
    "1",
    "--hidden",
    "8",
    "--epochs",
    "1",
    "--workers",
    "1",
];
const EVALUATE: &[&str] =
    &["evaluate", "--model", "m.chmr", "--data", "world/benchmarks/bace.csv.gz"];

fn command(folder: &TempDir, args: &[&str]) -> Command {
    // Tests that run in the background inherit ignored signals, which the program would go on ignoring.
    let mut command = if cfg!(target_os = "linux") {
        let mut env = Command::new("env");
        env.args(["--default-signal=HUP,INT,QUIT,TERM", env!("CARGO_BIN_EXE_chmr-training")]);
        env
    } else {
        Command::new(env!("CARGO_BIN_EXE_chmr-training"))
    };
    command.args(args).current_dir(folder.path()).stdin(Stdio::null());
    command
}

fn run(folder: &TempDir, args: &[&str]) -> Output {
    command(folder, args).output().unwrap()
}

/// With files of a block or two at most.
fn within_quota(folder: &TempDir, args: &[&str]) -> Output {
    Command::new("sh")
        .args(["-c", "ulimit -f 1; exec \"$0\" \"$@\"", env!("CARGO_BIN_EXE_chmr-training")])
        .args(args)
        .current_dir(folder.path())
        .output()
        .unwrap()
}

fn done(out: &Output) {
    assert!(out.status.success(), "{}", text(out));
}

fn text(out: &Output) -> String {
    String::from_utf8_lossy(&out.stderr).into_owned()
}

/// Every file beneath a folder with its bytes.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut all = BTreeMap::new();
    for entry in fs::read_dir(folder).into_iter().flatten().map(|e| e.unwrap()) {
        let name = entry.file_name().into_string().unwrap();
        if entry.path().is_dir() {
            all.extend(files(&entry.path()).into_iter().map(|(n, b)| (format!("{name}/{n}"), b)));
        } else {
            all.insert(name, fs::read(entry.path()).unwrap_or_default());
        }
    }
    all
}

/// Fails, and leaves all files as they were. What a run keeps for the next, new networks and reports, may come.
fn refused(folder: &TempDir, needle: &str, run: impl Fn() -> Output) {
    let before = files(folder.path());
    let out = run();
    assert!(out.status.code().is_some_and(|c| c != 0), "{:?} {}", out.status, text(&out));
    assert!(text(&out).contains(needle), "{}", text(&out));
    kept(folder, &before);
}

fn kept(folder: &TempDir, before: &BTreeMap<String, Vec<u8>>) {
    let now = files(folder.path());
    for (name, bytes) in before {
        assert!(now.get(name) == Some(bytes), "{name} was changed");
    }
    let more: Vec<_> = now.keys().filter(|name| !before.contains_key(*name)).collect();
    let of_runs = |name: &&String| name.starts_with("tuned/") && !name.ends_with(".part");
    assert!(more.iter().all(of_runs), "{more:?}");
}

/// `args` with `option` for its output through every way of failing, then to the end.
fn holds(args: &[&str], option: &str, reads: &[&str]) {
    let folder = folder();
    let at = |name: &str| folder.path().join(name);
    let with = |output: &'static str| [args, &[option, output]].concat();
    for file in reads {
        fs::hard_link(at(file), at("hard")).unwrap();
        symlink(at(file), at("link")).unwrap();
        let dotted = format!("./{file}");
        for output in [*file, &dotted, "hard", "link"] {
            let args = [args, &[option, output]].concat();
            refused(&folder, "the same file as the input", || run(&folder, &args));
        }
        ["link", "hard"].iter().for_each(|name| fs::remove_file(at(name)).unwrap());
        let args: Vec<&str> =
            with("out").iter().map(|a| if a == file { "typo" } else { a }).collect();
        refused(&folder, "", || run(&folder, &args));
    }
    let wrong = [&with("out")[..], &["--no-such-option"]].concat();
    refused(&folder, "--no-such-option", || run(&folder, &wrong));
    refused(&folder, "no/where", || run(&folder, &with("no/where")));
    refused(&folder, "/dev/full", || run(&folder, &with("/dev/full")));
    if option == "--output" {
        refused(&folder, "too large", || within_quota(&folder, &with("out")));
    }
    // Interrupted once it has begun.
    let before = files(folder.path());
    let mut child = command(&folder, &with("out")).stderr(Stdio::null()).spawn().unwrap();
    let start = Instant::now();
    let begun = || {
        let names = fs::read_dir(folder.path()).unwrap();
        names.flatten().any(|name| name.file_name().to_string_lossy().ends_with(".part"))
    };
    while child.try_wait().unwrap().is_none() && !begun() {
        assert!(start.elapsed() < Duration::from_secs(120));
    }
    let _ = Command::new("kill").args(["-s", "INT", &child.id().to_string()]).status();
    let status = child.wait().unwrap();
    // The work is small: it may have been done before the signal came.
    if status.success() {
        assert!(fs::read(at("out")).unwrap() != EARLIER);
        assert!(!files(folder.path()).keys().any(|name| name.ends_with(".part")));
        fs::write(at("out"), EARLIER).unwrap();
    } else {
        assert_eq!(status.signal(), Some(2), "{status:?}");
    }
    kept(&folder, &before);

    symlink("out", at("link")).unwrap();
    done(&run(&folder, &with("link")));
    assert!(at("link").is_symlink() && fs::read(at("out")).unwrap() != EARLIER);
    assert!(!files(folder.path()).keys().any(|name| name.ends_with(".part")));
}

#[test]
fn pack() {
    holds(PACK, "--output", &["c.toml", "card.md"]);
}

#[test]
fn calibrate() {
    holds(CALIBRATE, "--output", &["m.chmr"]);
    let folder = folder();
    let at = |name: &str| fs::read(folder.path().join(name)).unwrap();
    assert_eq!(run(&folder, CALIBRATE).status.code(), Some(2));
    done(&run(&folder, &[CALIBRATE, &["--output", "new.chmr"]].concat()));
    done(&run(&folder, &[CALIBRATE, &["--in-place"]].concat()));
    assert!(at("m.chmr") == at("new.chmr"));
    // Data and kept networks are inputs, too.
    let data = [CALIBRATE, &["--output", "world/benchmarks/bace.csv.gz"]].concat();
    refused(&folder, "the same file as the input", || run(&folder, &data));
    let network = [PACK, &["--output", "run/bace-0.safetensors"]].concat();
    refused(&folder, "the same file as the input", || run(&folder, &network));
}

#[test]
fn finetune() {
    holds(FINETUNE, "--output", &["m.chmr", "t.csv"]);
}

#[test]
fn evaluate() {
    holds(EVALUATE, "--json", &["m.chmr", "world/benchmarks/bace.csv.gz"]);
}

/// A reader that leaves costs no file.
#[test]
fn a_closed_pipe_costs_no_file() {
    let folder = folder();
    let args = [CALIBRATE, &["--output", "out"]].concat();
    let mut child =
        command(&folder, &args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let out = child.wait_with_output().unwrap();
    assert_eq!(out.status.signal(), Some(13), "{}", text(&out));
    assert!(fs::read(folder.path().join("out")).unwrap() != EARLIER);
}

/// Prepared data, the pretrained model, its checkpoint and its export, each made anew where there is no room for it.
#[test]
fn prepare_pretrain_export() {
    let world = support::World::new();
    let folder = tempfile::tempdir().unwrap();
    let configure = |seed| {
        let pretrain = PretrainConfig {
            hidden: 16,
            latent: 12,
            depth: 3,
            neighbors: 4,
            batch: 16,
            steps: 2,
            epochs: 1,
            seed,
            ..PretrainConfig::default()
        };
        let prepare = chmr_training::data::PrepareConfig {
            molecules: 40 - seed as usize,
            ..support::config()
        };
        let config = Config {
            name: "small".into(),
            version: "1.0.0".into(),
            workers: 1,
            reads: vec!["structure".into()],
            store: Store::default(),
            refit: false,
            default: recipe(),
            datasets: BTreeMap::new(),
            distil: None,
            assays: None,
            hierarchy: None,
            prepare: Some(prepare),
            pretrain: Some(pretrain),
        };
        fs::write(folder.path().join("p.toml"), toml::to_string(&config).unwrap()).unwrap();
    };
    configure(0);
    let data = world.path().to_str().unwrap();
    let args = |command| [command, "--config", "p.toml", "--data", data, "--run", "run"];
    for command in ["prepare", "pretrain", "export"] {
        done(&run(&folder, &args(command)));
    }
    assert!(files(folder.path()).keys().all(|name| !name.ends_with(".part")));
    configure(1);
    for command in ["prepare", "pretrain"] {
        refused(&folder, "", || within_quota(&folder, &args(command)));
    }
    // Prepared by then, so that the model is what there is no room for.
    done(&run(&folder, &args("prepare")));
    refused(&folder, "", || within_quota(&folder, &args("pretrain")));
    refused(&folder, "too large", || within_quota(&folder, &args("export")));
    let among = [&args("export")[..], &["--output", "run"]].concat();
    refused(&folder, "the same file as the input", || run(&folder, &among));
    done(&run(&folder, &args("pretrain")));
    done(&run(&folder, &args("export")));
}
