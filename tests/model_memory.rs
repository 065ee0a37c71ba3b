//! Model files and tables from strangers in a process of little memory: a status, and never the end of the host.
//!
//! Each file is opened and used by a child, which is this program again ([`child`]) under `ulimit -v`.
#![cfg(target_os = "linux")]

#[path = "support/skip.rs"]
mod skip;
mod support;

use chmr::features::Fingerprint;
use chmr::model::{Tree, Trees};
use chmr::reference::{FingerprintTable, TableWriter};
use chmr::{Batch, Error, ImputeOptions, Model, PredictOptions, Run};
use serde_json::{Value, json};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};
use support::hostile::{self, container, library, long, manifest, nested, one, tensors};
use support::onnx;

/// What a file may take above the process that opens it, and far more time than any of them needs.
const MEMORY: u64 = 300 << 20;
const SOON: Duration = Duration::from_secs(60);

/// What names the child's file, and what it does with it.
const FILE: &str = "CHMR_TEST_FILE";
const ACT: &str = "CHMR_TEST_ACT";

/// Does nothing where it is run as a test.
#[test]
fn child() {
    let (Ok(path), Ok(act)) = (std::env::var(FILE), std::env::var(ACT)) else { return };
    let begun = Instant::now();
    match act.as_str() {
        // What the process is before it opens anything: its threads, a small model, the file in memory.
        "idle" => {
            drop(Model::from_bytes(trees(10)).unwrap());
            drop(std::fs::read(path).unwrap());
        }
        "open" => match Model::open(path) {
            Err(e) => println!("status: {:?} {e}", e.kind),
            Ok(model) => used(&model),
        },
        _ => {
            let name = FingerprintTable::open(path).and_then(|table| table.molecule(0));
            println!("status: {:?}", name.map(|(id, smiles)| id.len() + smiles.len()));
        }
    }
    println!("seconds: {}", begun.elapsed().as_secs_f64());
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    status.lines().filter(|l| l.starts_with("Vm")).for_each(|line| println!("{line}"));
}

/// Everything that an opened file is for.
fn used(model: &Model) {
    let mut batch = Batch::new();
    batch.push_smiles("CCO");
    batch.push_smiles("c1ccccc1");
    let trust = model.manifest().trust.is_some();
    let options = PredictOptions { threads: 2, trust, ..Default::default() };
    let mut said: Vec<Result<(), Error>> =
        vec![model.predict(&batch, &options, &Run::new()).map(drop)];
    for modality in model.library().iter().flat_map(|l| l.modalities()).take(3) {
        let options = ImputeOptions::default();
        let imputed = model.impute(&batch, modality.name(), None, &options, &Run::new());
        said.push(imputed.map(drop));
    }
    println!("status: {said:?}");
}

/// What the child said.
struct Said {
    status: String,
    seconds: f64,
    /// Largest address space and largest resident size, bytes.
    space: u64,
    resident: u64,
}

/// Has a child do `act` with `file` in at most `space` bytes of addresses.
#[track_caller]
fn ask(act: &str, file: &Path, space: Option<u64>) -> Said {
    let limit = space.map_or("unlimited".into(), |s| (s >> 10).to_string());
    let output = Command::new("sh")
        .args(["-c", r#"ulimit -v "$1"; shift; exec "$@""#, "sh", &limit])
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", "child", "--nocapture"])
        .env(FILE, file)
        .env(ACT, act)
        // Each arena of the allocator reserves 64 MiB of addresses that it does not use.
        .env("MALLOC_ARENA_MAX", "1")
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{act} in {limit} KiB: {}\n{text}\n{errors}", output.status);
    // The harness may have begun the first line.
    let field = |name: &str| {
        let found = text.lines().find_map(|l| l.split_once(name).map(|(_, rest)| rest.trim()));
        found.unwrap_or_default().to_owned()
    };
    let kilobytes = |name: &str| field(name).trim_end_matches(" kB").parse::<u64>().unwrap() << 10;
    Said {
        status: field("status:"),
        seconds: field("seconds:").parse().unwrap(),
        space: kilobytes("VmPeak:"),
        resident: kilobytes("VmHWM:"),
    }
}

/// One entry of `n` trees of one leaf, as a file.
fn trees(n: usize) -> Vec<u8> {
    let tree = Tree { task: 0, splits: Vec::new(), leaves: vec![1e-9] };
    let trees = Trees::new(vec![0.5], &vec![tree; n]).unwrap().to_safetensors().unwrap();
    of(&[("a.safetensors", trees)], |_| ())
}

/// A file of `entries`, the first of which are trees that predict; `more` adds to its manifest.
fn of(entries: &[(&str, Vec<u8>)], more: impl FnOnce(&mut Value)) -> Vec<u8> {
    let networks =
        json!([{"name": "n", "members": [entries[0].0], "reads": ["structure"], "tasks": [0]}]);
    let mut manifest = manifest(1, entries, networks);
    more(&mut manifest);
    container(&manifest.to_string(), entries)
}

fn leaf() -> (&'static str, Vec<u8>) {
    let tree = Tree { task: 0, splits: Vec::new(), leaves: vec![1.0] };
    ("a.safetensors", Trees::new(vec![0.5], &[tree]).unwrap().to_safetensors().unwrap())
}

/// Zeros as the words of `n` fingerprints of 256 bits.
fn words(name: &str, n: usize) -> Vec<u8> {
    tensors(&[(name, "U64", &[n, 4], vec![0; n * 32])])
}

/// Training molecules of one data set.
fn domain(n: usize) -> Vec<u8> {
    of(&[leaf(), ("domain", words("t.words", n))], |manifest| {
        manifest["structure"]["morgan_bits"] = 256.into();
        let entry = json!({"rows": 9, "domain": {"least_similarity": 0.5, "molecules": n}});
        manifest["trust"] = json!({"coverages": [], "half_widths": {}, "datasets": {"t": entry},
            "domain": "domain"});
    })
}

/// Known molecules without observations.
fn known(n: usize) -> Vec<u8> {
    let lines: String = (0..n).map(|i| format!("{i}\tC\n")).collect();
    of(&[leaf(), ("fp", words("words", n)), ("mol", lines.into())], |manifest| {
        manifest["reference"] = json!({"molecules": "mol", "fingerprints": "fp",
            "morgan_radius": 2, "morgan_bits": 256, "modalities": []});
    })
}

/// A hierarchy of `depth` levels of 4,096 values, more than its stage gives.
fn codebook(depth: usize) -> Vec<u8> {
    let width = 4096;
    let node = |_| (0..width).flat_map(|i| (if i == 0 { 1f32 } else { 0.0 }).to_le_bytes());
    let names: Vec<String> = (1..=depth).map(|h| format!("level{h}")).collect();
    let shapes: Vec<[usize; 2]> = (1..=depth).map(|h| [1 << h, width]).collect();
    let levels = names.iter().zip(&shapes).map(|(name, shape)| {
        (name.as_str(), "F32", &shape[..], (0..shape[0]).flat_map(node).collect())
    });
    let book = tensors(&levels.collect::<Vec<_>>());
    let entries = [leaf(), ("s", onnx::bytes(&hostile::small())), ("book", book)];
    of(&entries, |manifest| {
        manifest["stages"] =
            json!([{"name": "latent", "path": "s", "reads": ["structure"], "width": 1}]);
        manifest["codebook"] = json!({"path": "book", "latents": ["latent"]});
    })
}

/// A table whose one name has `n` bytes.
fn table(path: &Path, n: usize) {
    let mut writer = TableWriter::create(path, 2, 256).unwrap();
    writer.push("a", &"C".repeat(n), &Fingerprint::new(256)).unwrap();
    writer.finish().unwrap();
}

/// What these files say that there is needs more than the system gives: a status that says so.
#[test]
fn columns_without_room_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file");
    // Each column takes more than the room left, which everything else fits into.
    let room = 10 << 20;
    type Write<'a> = &'a dyn Fn(&Path);
    let write = |make: fn(usize) -> Vec<u8>, n: usize| {
        move |path: &Path| std::fs::write(path, make(n)).unwrap()
    };
    let files: [(&str, &str, Write<'_>, &str); 5] = [
        ("trees", "open", &write(trees, 1_500_000), "[Ok(())]"),
        ("domain", "open", &write(domain, 600_000), "[Ok(())]"),
        ("library", "open", &write(known, 600_000), "[Ok(())]"),
        ("codebook", "open", &write(codebook, 10), "Corrupt"),
        ("table", "table", &|path| table(path, 30 << 20), "Ok(31457281)"),
    ];
    for (what, act, write, with_room) in files {
        write(&path);
        let idle = ask("idle", &path, None).space;
        let said = ask(act, &path, None).status;
        assert!(said.contains(with_room), "{what}, with room: {said}");
        let said = ask(act, &path, Some(idle + room)).status;
        assert!(said.contains("no memory for"), "{what}, without: {said}");
    }
}

/// Files of the kinds that took minutes or gigabytes, made here and found elsewhere.
#[test]
fn files_of_strangers_take_little() {
    let folder = tempfile::tempdir().unwrap();
    let small = || onnx::bytes(&hostile::small());
    let members = |networks: usize, members: usize| {
        let list = (0..networks).map(|i| {
            json!({"name": format!("n{i}"), "members": vec!["a"; members],
                "reads": ["structure"], "tasks": [i]})
        });
        let entries = [("a", small())];
        container(&manifest(networks, &entries, list.collect()).to_string(), &entries)
    };
    let twice = || {
        let entries = [("a", small())];
        let networks =
            json!([{"name": "n", "members": ["a"], "reads": ["structure"], "tasks": [0]}]);
        let text = manifest(1, &entries, networks).to_string();
        let again = r#""entries":{"a":{"bytes":1,"sha256":"x"},"#;
        container(&text.replacen(r#""entries":{"#, again, 1), &entries)
    };
    let deep = || {
        let text = format!("{}{}", "[".repeat(1 << 20), "]".repeat(1 << 20));
        container(&text, &[("a", small())])
    };
    let made: [(&str, Vec<u8>); 10] = [
        ("nested", one(&nested(9, None))),
        ("planned", one(&nested(4, None))),
        ("long", one(&long(300, &["Relu"]))),
        ("members refused", members(64, 512)),
        ("members used", members(16, 256)),
        ("modalities refused", library(1000, 1000, 400, 400)),
        ("modalities used", library(300, 300, 800, 64)),
        ("fit", library(8192, 8192, 1, 1)),
        ("twice", twice()),
        ("deep", deep()),
    ];
    for (what, file) in made {
        let path = folder.path().join("file");
        std::fs::write(&path, file).unwrap();
        takes_little(what, &path);
    }
    let found = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/cases/hostile");
    let Ok(found) = std::fs::read_dir(found) else {
        return skip::skip("no files of strangers besides those made here");
    };
    for path in found.flatten().map(|f| f.path()) {
        if std::fs::read(&path).unwrap().starts_with(b"PK") {
            takes_little(&path.display().to_string(), &path);
        }
    }
}

#[track_caller]
fn takes_little(what: &str, path: &Path) {
    let idle = ask("idle", path, None);
    let begun = Instant::now();
    let said = ask("open", path, Some(idle.space + MEMORY));
    println!(
        "{what}: {:.3} s, {} MB above {} MB: {}",
        said.seconds,
        said.resident.saturating_sub(idle.resident) >> 20,
        idle.resident >> 20,
        said.status
    );
    assert!(!said.status.is_empty(), "{what}: no status");
    assert!(begun.elapsed() < SOON, "{what}: {:?}", begun.elapsed());
}
