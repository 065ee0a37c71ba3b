//! The model file: what is written comes back, what is damaged is refused.

mod support;

use chmr::ErrorKind;
use chmr::model::{Archive, MANIFEST, Manifest, ModelWriter};
use support::manifest;

fn sample() -> Vec<u8> {
    let mut writer = ModelWriter::new();
    writer.add("networks/n.onnx", vec![7; 100]).unwrap();
    writer.add("features/s.safetensors", vec![1, 2, 3]).unwrap();
    writer.finish(manifest()).unwrap()
}

#[test]
fn entries_come_back() {
    let file = sample();
    let archive = Archive::parse(&file).unwrap();
    let names: Vec<_> = archive.iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["features/s.safetensors", MANIFEST, "networks/n.onnx"]);
    assert_eq!(&file[archive.get("networks/n.onnx").unwrap()], [7; 100]);
    let manifest = Manifest::from_json(&file[archive.get(MANIFEST).unwrap()]).unwrap();
    assert_eq!(manifest.entries["networks/n.onnx"].bytes, 100);
}

#[test]
fn the_order_of_adding_does_not_matter() {
    let mut writer = ModelWriter::new();
    writer.add("features/s.safetensors", vec![1, 2, 3]).unwrap();
    writer.add("networks/n.onnx", vec![7; 100]).unwrap();
    assert_eq!(writer.finish(manifest()).unwrap(), sample());
}

#[test]
fn every_truncation_is_refused() {
    let file = sample();
    for n in 0..file.len() {
        assert!(Archive::parse(&file[..n]).is_err(), "{n} of {} bytes", file.len());
    }
}

#[test]
fn a_newer_format_says_so() {
    let mut newer = manifest();
    newer.format_version += 1;
    let json = serde_json::to_vec(&newer).unwrap();
    assert_eq!(Manifest::from_json(&json).unwrap_err().kind, ErrorKind::Newer);
}
