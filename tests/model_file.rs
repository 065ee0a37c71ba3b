//! The model file: what is written comes back, what is damaged is refused.

mod support;

use chmr::ErrorKind;
use chmr::Model;
use chmr::model::{Archive, MANIFEST, Manifest, ModelWriter};
use support::{manifest, model};

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
fn every_truncation_is_refused() {
    let file = model();
    for n in (0..file.len()).step_by(97).chain(file.len() - 400..file.len()) {
        let e = Model::from_bytes(file[..n].to_vec()).unwrap_err();
        assert_eq!(e.kind, ErrorKind::Corrupt, "{n} of {} bytes", file.len());
    }
}

#[test]
fn a_newer_format_says_so() {
    let mut newer = manifest();
    newer.format_version += 1;
    let json = serde_json::to_vec(&newer).unwrap();
    assert_eq!(Manifest::from_json(&json).unwrap_err().kind, ErrorKind::Newer);
}
