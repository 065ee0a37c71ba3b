//! Every message is for a person: thousands of inputs, each broken somewhere, and nothing of the library's inside in what is said
//! of them. The tests of the command line and the C hosts hold their own messages to the same.

#[path = "support/plain.rs"]
mod plain;
mod support;

use chmr::chem::{Limits, PdbqtReader, SdfReader, parse_molblock, parse_smiles};
use chmr::model::Manifest;
use chmr::reference::{FingerprintTable, TableWriter};
use chmr::tables::{Record, SmilesLines, SmilesOptions, Source, Table, TableOptions};
use chmr::{Batch, ImputeOptions, Model, OpenOptions, PredictOptions, Run};
use plain::assert_plain;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use support::hostile::{self, container, nested, one};
use support::onnx::Random;

const MOLBLOCKS: &str = include_str!("golden/molblocks.sdf");
const REFUSED: &str = include_str!("golden/refused.smi");
const VINA: &str = include_str!("golden/vina.pdbqt");

fn limits() -> Limits {
    Limits { bytes: 1 << 14, atoms: 60, bonds: 60, depth: 10, degree: 5, rings: 4 }
}

/// A number below `n`.
fn below(random: &mut Random, n: usize) -> usize {
    ((random.next() * n as f32) as usize).min(n.saturating_sub(1))
}

/// `text` with one to three bytes, words or lines changed, doubled or left out.
fn broken(text: &str, random: &mut Random) -> String {
    const WORDS: [&str; 14] =
        ["", " ", "\n", "-1", "999", "1e99", "NaN", "*", "|", "\"", "[", "é", "\t", "M  END"];
    let mut text = text.to_owned();
    for _ in 0..=below(random, 3) {
        let places: Vec<usize> = text.char_indices().map(|(i, _)| i).collect();
        if places.is_empty() {
            break;
        }
        let at = places[below(random, places.len())];
        let word = WORDS[below(random, WORDS.len())];
        match below(random, 4) {
            0 => text.truncate(at),
            1 => text.insert_str(at, word),
            2 => _ = text.remove(at),
            _ => {
                _ = text.remove(at);
                text.insert_str(at, word);
            }
        }
    }
    text
}

/// Different messages of a kind, digits and quoted parts left out: so that a sweep which meets few is seen.
#[derive(Default)]
struct Met(BTreeSet<String>);

impl Met {
    #[track_caller]
    fn error(&mut self, message: &str, given: &str) {
        assert_plain(message, given);
        assert!(!message.is_empty() && !message.contains(['\n', '\r']), "{message:?}");
        let outside = message.split(['"', '\'']).step_by(2).collect::<String>();
        self.0.insert(outside.chars().filter(|c| c.is_alphabetic() || *c == ' ').collect());
    }

    #[track_caller]
    fn are_at_least(&self, n: usize) {
        assert!(self.0.len() >= n, "{} of {n}: {:#?}", self.0.len(), self.0);
    }
}

#[test]
fn molecules() {
    let (mut met, mut random, limits) = (Met::default(), Random(1), limits());
    let records: Vec<&str> = MOLBLOCKS.split("$$$$\n").filter(|r| !r.is_empty()).collect();
    for record in records.iter().step_by(3) {
        for _ in 0..20 {
            let block = broken(record, &mut random);
            if let Err(e) = parse_molblock(&block, &limits) {
                met.error(&e.message, &block);
            }
            for record in SdfReader::new(block.as_bytes(), limits).flatten() {
                if let Err(e) = record.molecule(&limits) {
                    met.error(&e.message, &block);
                }
            }
        }
    }
    let smiles = REFUSED.lines().chain([
        "C[C@H](N)C(=O)O |$a;b$,^1:0,c:1,t:2,w:1.0,(1,2,;3,4,;5,6,),m:0:1.2,SgD:1:a:b:::|",
        "[NH3]->[Pt](Cl)(Cl)<-[NH3] |C:0.0,Z:1,H:2,LN:1:1.2|",
        "c1ccc2c(c1)[nH]c1ccccc12",
        "F/C=C/[C@@H](Cl)[13CH2+2:7]",
        "C%12CCC%(123)CC%12%(123)",
    ]);
    for smiles in smiles {
        for _ in 0..200 {
            let text = broken(smiles, &mut random);
            if let Err(e) = parse_smiles(&text, &limits) {
                met.error(&e.message, &text);
            }
        }
    }
    for templates in [&[][..], &["CCO"], &["C("]] {
        for _ in 0..200 {
            let text = broken(VINA, &mut random);
            for pose in PdbqtReader::new(&text, templates, limits) {
                if let Err(e) = pose.molecule {
                    met.error(&e.message, &text);
                }
            }
        }
    }
    met.are_at_least(60);
}

#[test]
fn tables() {
    let (mut met, mut random) = (Met::default(), Random(2));
    let tables = [
        "smiles,name,\"a, b\"\nCCO,ethanol,1\n\"C\",\"x\"\"y\",2\n",
        "id\tCanonical SMILES\n1\tCCO\n2\tC\n",
        "smiles;mol;x\nC;CC;1,5\n",
        "CCO ethanol\n\nc1ccccc1\tbenzene\n",
        "@<TRIPOS>MOLECULE\nx\n",
        "HEADER    PROTEIN\n",
    ];
    let mut bytes = |bytes: Vec<u8>| {
        let given = String::from_utf8_lossy(&bytes).into_owned();
        let open = || Source::new(std::io::Cursor::new(bytes.clone())).and_then(Source::decode);
        let mut told = |e: chmr::tables::Error| met.error(&e.to_string(), &given);
        match open().and_then(|s| Table::new(s, &TableOptions::default())) {
            Err(e) => told(e),
            Ok(mut table) => {
                if let Err(e) = table.structure_column(None, "--smiles-column") {
                    told(e);
                }
                let mut record = Record::new();
                while table.read(&mut record).map_err(&mut told) == Ok(true) {
                    if let Some(fault) = record.fault() {
                        assert_plain(fault, &given);
                    }
                }
            }
        }
        match open().and_then(|s| SmilesLines::new(s, &SmilesOptions::default())) {
            Err(e) => told(e),
            Ok(lines) => lines.filter_map(Result::err).for_each(told),
        }
    };
    for table in tables {
        (0..300).for_each(|_| bytes(broken(table, &mut random).into_bytes()));
        let marked = table.encode_utf16().flat_map(u16::to_le_bytes);
        let marked: Vec<u8> = [0xff, 0xfe].into_iter().chain(marked).collect();
        bytes(marked[..marked.len() - 1].to_vec());
        bytes(marked[2..].to_vec());
    }
    for head in [&b"PK\x03\x04"[..], b"\x1f\x8b\x08\x00", b"BZh9", b"PAR1", b"\x89PNG", b"\xff\x00"]
    {
        bytes(head.to_vec());
    }
    met.are_at_least(8);
}

/// Puts each of `strange` in the place of every value of `value`, one at a time.
fn each_changed(value: &Value, strange: &[Value], each: &mut dyn FnMut(Value)) {
    strange.iter().for_each(|value| each(value.clone()));
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                let mut without = members.clone();
                without.remove(name);
                each(Value::Object(without));
                each_changed(member, strange, &mut |changed| {
                    let mut members = members.clone();
                    members.insert(name.clone(), changed);
                    each(Value::Object(members));
                });
            }
        }
        Value::Array(items) => {
            // The first stands for all.
            for (i, item) in items.iter().enumerate().take(1) {
                each_changed(item, strange, &mut |changed| {
                    let mut items = items.clone();
                    items[i] = changed;
                    each(Value::Array(items));
                });
            }
        }
        _ => {}
    }
}

/// Opens a file and uses what was opened.
fn tried(file: Vec<u8>, met: &mut Met) {
    let model = match Model::from_bytes(file) {
        Ok(model) => model,
        Err(e) => return met.error(&e.message, ""),
    };
    let mut batch = Batch::new();
    batch.push_smiles("CCO");
    let trust = model.manifest().trust.is_some();
    let options = PredictOptions { threads: 1, trust, ..Default::default() };
    if let Err(e) = model.predict(&batch, &options, &Run::new()) {
        met.error(&e.message, "");
    }
    for name in ["expression", "other"] {
        let options = ImputeOptions::default();
        if let Err(e) = model.impute(&batch, name, None, &options, &Run::new()) {
            met.error(&e.message, "");
        }
    }
}

#[test]
fn model_files() {
    let mut met = Met::default();
    let whole = support::whole();
    let model = Model::from_bytes(whole.clone()).unwrap();
    let entry = |path: &String| (path.clone(), model.entry(path).unwrap().to_vec());
    let entries: Vec<(String, Vec<u8>)> = model.manifest().entries.keys().map(entry).collect();
    let manifest: Value = serde_json::from_slice(model.entry("manifest.json").unwrap()).unwrap();
    let pack = |manifest: &str, entries: &[(String, Vec<u8>)]| {
        let entries: Vec<_> = entries.iter().map(|(p, c)| (p.as_str(), c.clone())).collect();
        container(manifest, &entries)
    };
    let strange =
        [json!(null), json!(-1), json!(1e300), json!("x"), json!([]), json!({}), json!(u64::MAX)];
    each_changed(&manifest, &strange, &mut |changed| {
        let text = changed.to_string();
        // What the manifest alone refuses needs no file.
        match Manifest::from_json(text.as_bytes()) {
            Err(e) => met.error(&e.message, ""),
            Ok(_) => tried(pack(&text, &entries), &mut met),
        }
    });
    // Entries cut and changed, under their right hashes.
    for i in 0..entries.len() {
        let content = &entries[i].1;
        let step = (content.len() / 40).max(1);
        let cut = (0..content.len()).step_by(step).map(|n| content[..n].to_vec());
        let flipped = (0..content.len()).step_by(step).map(|at| {
            let mut changed = content.clone();
            changed[at] ^= 0x15;
            changed
        });
        for changed in cut.chain(flipped).collect::<Vec<_>>() {
            let mut entries = entries.clone();
            let mut manifest = manifest.clone();
            manifest["entries"][&entries[i].0] = json!({"bytes": changed.len(),
                "sha256": chmr::model::sha256_hex(&changed)});
            entries[i].1 = changed;
            tried(pack(&manifest.to_string(), &entries), &mut met);
        }
    }
    // The container itself.
    for at in (0..whole.len()).step_by(whole.len() / 300 + 1) {
        let mut changed = whole.clone();
        changed[at] ^= 0x41;
        tried(changed, &mut met);
        tried(whole[..at].to_vec(), &mut met);
    }
    let tight = OpenOptions { plan_steps: 1, ..OpenOptions::default() };
    let planned = Model::from_bytes_with(one(&nested(3, None)), &tight).unwrap();
    let mut out = [0.0];
    met.error(&planned.predict_one("C", &[0], &mut out).unwrap_err().message, "");
    met.are_at_least(60);
}

#[test]
fn networks() {
    let mut met = Met::default();
    for op in ["Loop", "MatMul", "Add", "Concat", "Softmax", "Relu", "Gemm", "Cast", "Elu", "Clip"]
    {
        for inputs in [&["x"][..], &["x", "x"], &["w", "x"], &["nowhere"], &[], &["x", "w", "w"]] {
            let node = support::onnx::node(op, inputs, "z", vec![]);
            tried(one(&hostile::chain(hostile::WIDTH, vec![node], "z")), &mut met);
        }
    }
    let bytes = support::onnx::bytes(&support::onnx::mlp(hostile::WIDTH, 3, 1, 7, true));
    for at in (0..bytes.len()).step_by(bytes.len() / 500 + 1) {
        let mut changed = bytes.clone();
        changed[at] ^= 0x0b;
        let entries = [("a", changed)];
        let networks =
            json!([{"name": "n", "members": ["a"], "reads": ["structure"], "tasks": [0]}]);
        tried(container(&hostile::manifest(1, &entries, networks).to_string(), &entries), &mut met);
    }
    // A graph network of another type in each of its weights.
    let graph = support::graph::onnx();
    for at in (0..graph.len().min(4000)).step_by(9) {
        let mut changed = graph.clone();
        changed[at] ^= 3;
        tried(support::graph::file(support::graph::manifest_with_graph(), &changed), &mut met);
    }
    met.are_at_least(20);
}

#[test]
fn packed_tables() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.fps");
    let mut writer = TableWriter::create(&path, 2, 256).unwrap();
    let row = chmr::features::Fingerprint::new(256);
    (0..4).for_each(|i| writer.push(&format!("m{i}"), "CC", &row).unwrap());
    writer.finish().unwrap();
    let whole = std::fs::read(&path).unwrap();
    let (mut met, given) = (Met::default(), path.display().to_string());
    for at in 0..whole.len() {
        let mut changed = whole.clone();
        changed[at] ^= 0x81;
        std::fs::remove_file(&path).unwrap();
        std::fs::write(&path, if at % 2 == 0 { &changed } else { &whole[..at] }).unwrap();
        match FingerprintTable::open(&path) {
            Err(e) => met.error(&e.message, &given),
            Ok(table) => (0..table.len() + 1).for_each(|row| {
                if let Err(e) = table.molecule(row) {
                    met.error(&e.message, &given);
                }
            }),
        }
    }
    met.are_at_least(4);
}
