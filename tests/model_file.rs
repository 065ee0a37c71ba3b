//! The model file: what is written comes back, what is damaged is refused.

mod support;

use chmr::model::{Archive, MANIFEST, Manifest, ModelWriter};
use chmr::{ErrorKind, Model};
use proptest::prelude::*;
use std::io::Read;
use support::{manifest, model, standardizer};

/// The error that opening `file` gives.
#[track_caller]
fn refused(file: Vec<u8>) -> chmr::Error {
    Model::from_bytes(file).expect_err("this file must be refused")
}

#[track_caller]
fn assert_refused(file: Vec<u8>, kind: ErrorKind, says: &str) {
    let e = refused(file);
    assert!(e.kind == kind && e.message.contains(says), "{:?}: {e}", e.kind);
}

/// The model with the entry `networks/b.onnx` renamed in the headers, and only there.
fn renamed(to: &[u8; 15]) -> Vec<u8> {
    let mut file = model();
    for (magic, name) in [(b"PK\x03\x04", 30), (b"PK\x01\x02", 46)] {
        let header = (0..file.len() - 60)
            .find(|&i| {
                file[i..].starts_with(magic) && file[i + name..].starts_with(b"networks/b.onnx")
            })
            .unwrap();
        file[header + name..][..15].copy_from_slice(to);
    }
    file
}

/// `file` with the 16-bit fields `offset` bytes into the local header and the central record of
/// `networks/c.onnx` set to `value`.
fn with_field(mut file: Vec<u8>, local: usize, value: u16) -> Vec<u8> {
    for (magic, name, shift) in [(b"PK\x03\x04", 30, 0), (b"PK\x01\x02", 46, 2)] {
        let header = (0..file.len() - 60)
            .find(|&i| {
                file[i..].starts_with(magic) && file[i + name..].starts_with(b"networks/c.onnx")
            })
            .unwrap();
        file[header + local + shift..][..2].copy_from_slice(&value.to_le_bytes());
    }
    file
}

#[test]
fn entries_come_back() {
    let file = model();
    let archive = Archive::parse(&file).unwrap();
    let names: Vec<_> = archive.iter().map(|(name, _)| name).collect();
    let networks = ["networks/a.onnx", "networks/b.onnx", "networks/c.onnx"];
    assert_eq!(names[..2], ["MODEL_CARD.md", MANIFEST]);
    assert_eq!(names[2..], networks);
    let model = Model::from_bytes(file).unwrap();
    assert_eq!(model.entry("MODEL_CARD.md"), Some(&b"# A model for tests\n"[..]));
    assert_eq!(model.entry("absent"), None);
    assert_eq!(model.tasks().len(), 5);
    let mut read = model.manifest().clone();
    assert_eq!(read.entries.len(), 4);
    read.entries.clear();
    assert_eq!(read, manifest());
    assert_eq!(model.identity().name, "test");
    let text = model.entry(MANIFEST).unwrap();
    assert_eq!(model.identity().sha256, chmr::model::sha256_hex(text));
}

#[test]
fn another_zip_reader_reads_the_same() {
    let file = model();
    let ours = Archive::parse(&file).unwrap();
    let mut theirs = zip::ZipArchive::new(std::io::Cursor::new(&file)).unwrap();
    assert_eq!(theirs.by_index(0).unwrap().name().unwrap(), MANIFEST);
    assert_eq!(theirs.len(), ours.iter().count());
    for (path, range) in ours.iter() {
        let mut content = Vec::new();
        // Reading to the end also checks the CRC-32.
        theirs.by_name(path).unwrap().read_to_end(&mut content).unwrap();
        assert_eq!(content, file[range], "{path}");
    }
}

#[test]
fn the_order_of_adding_does_not_matter() {
    let entries = [("networks/a.onnx", 1), ("networks/b.onnx", 2), ("networks/c.onnx", 3)];
    let file = |order: [usize; 3]| {
        let mut writer = ModelWriter::new();
        for i in order {
            writer.add(entries[i].0, vec![entries[i].1; 10]).unwrap();
        }
        writer.finish(manifest()).unwrap()
    };
    assert_eq!(file([0, 1, 2]), file([2, 0, 1]));
}

#[test]
fn the_writer_refuses_bad_paths() {
    let mut writer = ModelWriter::new();
    writer.add("a/b.onnx", vec![]).unwrap();
    let long = "x".repeat(201);
    for path in [
        "",
        "/a",
        "a/",
        "a//b",
        "../a",
        "a/..",
        ".hidden",
        "a\\b",
        "ä",
        "manifest.json",
        "A/B.onnx",
        &long,
    ] {
        assert_eq!(writer.add(path, vec![]).unwrap_err().kind, ErrorKind::Argument, "{path}");
    }
}

#[test]
fn files_on_disk() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("m.chmr");
    assert_eq!(Model::open(&path).unwrap_err().kind, ErrorKind::Io);
    assert_eq!(Model::open(dir.path()).unwrap_err().kind, ErrorKind::Io);
    std::fs::write(&path, model()).unwrap();
    assert_eq!(Model::open(&path).unwrap().tasks().len(), 5);
    std::fs::write(&path, b"").unwrap();
    assert_eq!(Model::open(&path).unwrap_err().kind, ErrorKind::Corrupt);
}

#[test]
fn the_default_model_is_there_or_said_to_be_absent() {
    match Model::open_default() {
        Ok(model) => {
            let mut out = vec![0.0; model.tasks().len()];
            let tasks: Vec<usize> = (0..out.len()).collect();
            model.predict_one("CC(=O)Oc1ccccc1C(=O)O", &tasks, &mut out).unwrap();
            assert!(out.iter().all(|v| v.is_finite()));
        }
        Err(e) => assert_eq!(e.kind, ErrorKind::NoDefaultModel, "{e}"),
    }
}

#[test]
fn every_truncation_is_refused() {
    let file = model();
    for n in (0..file.len()).step_by(97).chain(file.len() - 400..file.len()) {
        assert_eq!(
            refused(file[..n].to_vec()).kind,
            ErrorKind::Corrupt,
            "{n} of {} bytes",
            file.len()
        );
    }
}

#[test]
fn a_changed_byte_in_any_entry_is_noticed() {
    let file = model();
    let archive = Archive::parse(&file).unwrap();
    for (path, range) in archive.iter() {
        for i in range.clone().step_by(range.len() / 7 + 1).chain([range.end - 1]) {
            let mut bad = file.clone();
            bad[i] ^= 0x10;
            let e = refused(bad);
            assert_eq!(e.kind, ErrorKind::Corrupt, "byte {i} of {path}: {e}");
            assert!(e.message.contains(path), "{e}");
        }
    }
}

#[test]
fn features_of_zip_that_models_do_not_use_are_refused() {
    let unsupported = ErrorKind::Unsupported;
    assert_refused(with_field(model(), 8, 8), unsupported, "compressed");
    assert_refused(with_field(model(), 6, 1), unsupported, "encrypted");
    assert_refused(with_field(model(), 6, 8), unsupported, "ZIP features");
    let mut zip64 = model();
    let n = zip64.len();
    zip64[n - 14..n - 10].fill(0xff);
    assert_refused(zip64, unsupported, "ZIP64");
}

#[test]
fn bytes_that_belong_to_no_entry_are_refused() {
    let mut behind = model();
    behind.push(0);
    assert_refused(behind, ErrorKind::Corrupt, "truncated");
    let mut before = b"#!/bin/sh\n".to_vec();
    before.extend(model());
    assert_refused(before, ErrorKind::Corrupt, "");
}

#[test]
fn names_are_plain_and_unique() {
    assert_refused(renamed(b"networks/a.onnx"), ErrorKind::Corrupt, "two entries");
    assert_refused(renamed(b"networks/A.onnx"), ErrorKind::Corrupt, "two entries");
    assert_refused(renamed(b"networks/z.onnx"), ErrorKind::Corrupt, "not listed");
    for bad in [b"../works/b.onnx", b"/etworks/b.onnx", b"networks//.onnx", b"networks\\b.onnx"] {
        assert_refused(renamed(bad), ErrorKind::Corrupt, "bad entry path");
    }
}

#[test]
fn no_more_entries_than_the_limit() {
    let mut writer = ModelWriter::new();
    for i in 0..1024 {
        writer.add(&format!("e/{i}"), vec![]).unwrap();
    }
    assert_eq!(writer.finish(manifest()).unwrap_err().kind, ErrorKind::Limit);
}

type Change = fn(&mut Manifest);

#[test]
fn manifests_that_contradict_themselves_are_refused() {
    let cases: &[(&str, Change)] = &[
        ("format", |m| m.format = "zip".into()),
        ("format_version", |m| m.format_version = 0),
        ("name", |m| m.name.clear()),
        ("expected at least 1", |m| m.networks.clear()),
        ("expected at least 1", |m| m.tasks.clear()),
        ("two tasks", |m| m.tasks[1].name = m.tasks[0].name.clone()),
        ("finite", |m| m.tasks[1].slope = f32::INFINITY),
        ("two networks", |m| m.networks[1].name = m.networks[0].name.clone()),
        ("predicts task 5", |m| m.networks[0].tasks[0] = 5),
        ("second time", |m| m.networks[0].tasks[0] = 1),
        ("no network predicts", |m| m.networks[0].tasks.truncate(1)),
        ("not listed in 'entries'", |m| m.networks[0].members[0].push('x')),
        ("members", |m| m.networks[0].members.clear()),
        ("neither 'structure' nor", |m| m.networks[0].reads = vec!["latent".into()]),
        ("at least one name", |m| m.networks[0].reads.clear()),
        ("named twice", |m| m.networks[0].reads = vec!["structure".into(), "structure".into()]),
        ("maccs_bits", |m| m.structure.maccs_bits = 166),
        ("morgan_radius", |m| m.structure.morgan_radius = 11),
        ("width", |m| m.structure.morgan_bits = usize::MAX),
        ("width", |m| (m.structure.morgan_bits, m.structure.maccs_bits) = (0, 0)),
        ("standardizer", |m| m.structure.descriptors = vec!["MolWt".into()]),
        ("listed twice", |m| m.structure.descriptors = vec!["a".into(), "a".into()]),
        ("not listed in 'entries'", |m| m.structure.standardizer = Some("s".into())),
    ];
    for (says, change) in cases {
        let mut m = manifest();
        for path in m.networks.iter().flat_map(|n| &n.members) {
            let entry = chmr::model::Entry { bytes: 0, sha256: "0".repeat(64) };
            m.entries.insert(path.clone(), entry);
        }
        m.validate().unwrap();
        change(&mut m);
        let e = m.validate().unwrap_err();
        assert!(e.message.contains(says), "{says}: {e}");
    }
}

#[test]
fn stages_that_contradict_themselves_are_refused() {
    let cases: &[(&str, Change)] = &[
        ("is taken", |m| m.stages[1].name = "encoder".into()),
        ("is taken", |m| m.stages[1].name = "structure".into()),
        ("plain", |m| m.stages[1].name.clear()),
        // Itself, and a later one: no circles.
        ("neither 'structure' nor", |m| m.stages[0].reads = vec!["encoder".into()]),
        ("neither 'structure' nor", |m| m.stages[0].reads = vec!["latent".into()]),
        ("width is 0", |m| m.stages[0].width = 0),
        ("width is 65537", |m| m.stages[0].width = 65537),
        ("columns together", |m| (m.stages[0].width, m.stages[2].width) = (65536, 65536)),
        ("not listed in 'entries'", |m| m.stages[0].path.push('x')),
        ("the limit is 64", |m| m.stages = vec![m.stages[0].clone(); 65]),
    ];
    for (says, change) in cases {
        let mut m = support::manifest_with_stages();
        let members = m.networks.iter().flat_map(|n| &n.members);
        for path in members.chain(m.stages.iter().map(|s| &s.path)) {
            let entry = chmr::model::Entry { bytes: 0, sha256: "0".repeat(64) };
            m.entries.insert(path.clone(), entry);
        }
        m.validate().unwrap();
        change(&mut m);
        let e = m.validate().unwrap_err();
        assert!(e.message.contains(says), "{says}: {e}");
    }
    // A stage's network must fit its neighbours.
    let m = support::manifest_with_stages();
    let narrow = support::onnx::bytes(&support::onnx::mlp(29, 8, 12, 1, false));
    let file = support::model_with(m, |p| p.contains("latent").then(|| narrow.clone()));
    assert_refused(file, ErrorKind::Corrupt, "networks/latent.onnx");
}

#[test]
fn the_standardizer_is_checked() {
    use chmr::model::write_standardizer;
    let m = support::manifest_with_descriptors();
    let n = m.structure.descriptors.len();
    let path = m.structure.standardizer.clone().unwrap();
    let file = |content: Vec<u8>| {
        support::model_with(m.clone(), |p| (*p == path).then(|| content.clone()))
    };
    let good = write_standardizer(&standardizer(n)).unwrap();
    Model::from_bytes(file(good.clone())).unwrap();
    let short = write_standardizer(&standardizer(n - 1)).unwrap();
    assert_refused(file(short), ErrorKind::Corrupt, "expected 'median'");
    assert_refused(file(good[..good.len() - 1].to_vec()), ErrorKind::Corrupt, "safetensors");
    assert_refused(file(b"\xff\xff\xff\xff\xff\xff\xff\x7f{}".to_vec()), ErrorKind::Corrupt, &path);
    let mut infinite = good.clone();
    let end = infinite.len();
    infinite[end - 4..].copy_from_slice(&f32::INFINITY.to_le_bytes());
    assert_refused(file(infinite), ErrorKind::Corrupt, &path);
    let mut bad = standardizer(n);
    bad.scale[3] = 0.0;
    assert_eq!(write_standardizer(&bad).unwrap_err().kind, ErrorKind::Argument);

    let mut unknown = m.clone();
    unknown.structure.descriptors[5] = "PhaseOfTheMoon".into();
    let file = support::model_with(unknown, |_| None);
    assert_refused(file, ErrorKind::Unsupported, "PhaseOfTheMoon");
}

#[test]
fn a_newer_format_says_so() {
    let mut newer = manifest();
    newer.format_version += 1;
    let json = serde_json::to_vec(&newer).unwrap();
    assert_eq!(Manifest::from_json(&json).unwrap_err().kind, ErrorKind::Newer);
    // Whatever else it says.
    let json = br#"{"format": "chmr-model", "format_version": 7, "tasks": "elsewhere"}"#;
    assert_eq!(Manifest::from_json(json).unwrap_err().kind, ErrorKind::Newer);
}

#[test]
fn nothing_is_made_of_other_files() {
    for file in
        [&b""[..], b"PK", b"hello", &[0; 5000], b"PK\x05\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"]
    {
        assert_eq!(refused(file.to_vec()).kind, ErrorKind::Corrupt);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..Default::default() })]

    /// Any damage gives an error or, where it hits what nobody reads (a time stamp, say), the
    /// same model. Never a panic.
    #[test]
    fn damage_never_does_harm(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        cut in prop::option::weighted(0.2, any::<prop::sample::Index>()),
        headers in any::<bool>(),
    ) {
        let mut file = model();
        let original = Model::from_bytes(file.clone()).unwrap().manifest().clone();
        let n = file.len();
        for (i, value) in changes {
            // Half of the cases damage the directory, which is small.
            let i = if headers { n - 1 - i.index(400) } else { i.index(n) };
            file[i] = value;
        }
        if let Some(cut) = cut {
            file.truncate(cut.index(n));
        }
        if let Ok(model) = Model::from_bytes(file) {
            prop_assert_eq!(model.manifest(), &original);
        }
    }

    /// A manifest of any bytes is read or refused.
    #[test]
    fn any_manifest_is_survived(text in prop::collection::vec(any::<u8>(), 0..300)) {
        prop_assert!(Manifest::from_json(&text).is_err());
    }
}
