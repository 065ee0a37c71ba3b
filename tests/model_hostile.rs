//! Model files from strangers: each entry once, everything within bounds, and a run that hears when it is cancelled.
//!
//! Times are bounds far above what is measured, so that only what grows without bound fails: the files here took seconds,
//! minutes or gigabytes before.

#[path = "support/skip.rs"]
mod skip;
mod support;

use chmr::model::Manifest;
use chmr::reference::Propagation;
use chmr::{Batch, Error, ErrorKind, ImputeOptions, Model, OpenOptions, PredictOptions, Run};
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use support::hostile::{
    self, WIDTH, chain, container, library, long, manifest, nested, one, products,
};
use support::onnx::{self, int, node, tensor, value};

/// Far more than any of this takes.
const SOON: Duration = Duration::from_secs(10);

#[track_caller]
fn assert_limit(error: Error, says: &str) {
    assert!(
        error.kind == ErrorKind::Limit && error.message.contains(says),
        "{:?}: {error}",
        error.kind
    );
}

#[track_caller]
fn assert_refused(file: Vec<u8>, says: &str) {
    let begun = Instant::now();
    let e = Model::from_bytes(file).expect_err("this file must be refused");
    assert!(e.message.contains(says), "{:?}: {e}", e.kind);
    assert!(begun.elapsed() < SOON, "{:?}", begun.elapsed());
}

fn ethanol(rows: usize) -> Batch {
    let mut batch = Batch::new();
    (0..rows).for_each(|i| _ = batch.push_smiles(&format!("{}O", "C".repeat(i % 9 + 2))));
    batch
}

fn predict(model: &Model, rows: usize) -> Result<Vec<f32>, Error> {
    let options = PredictOptions { threads: 2, ..Default::default() };
    let predictions = model.predict(&ethanol(rows), &options, &Run::new())?;
    Ok(predictions.values.iter().copied().collect())
}

/// `members` members, all of one entry, of each of `networks` networks.
fn repeated(networks: usize, members: usize) -> Vec<u8> {
    let entries = [("a", onnx::bytes(&hostile::small()))];
    let list = (0..networks).map(|i| {
        json!({"name": format!("n{i}"), "members": vec!["a"; members], "reads": ["structure"], "tasks": [i]})
    });
    container(&manifest(networks, &entries, list.collect()).to_string(), &entries)
}

#[test]
fn nested_concatenations_are_refused_before_they_are_planned() {
    for (levels, between) in
        [(7, None), (9, None), (12, None), (9, Some("Identity")), (9, Some("Relu"))]
    {
        assert_refused(one(&nested(levels, between)), "concatenations split");
    }
    // A few are planned and computed.
    let model = Model::from_bytes(one(&nested(4, None))).unwrap();
    assert!(predict(&model, 3).unwrap().iter().all(|v| v.is_finite()));
}

#[test]
fn a_plan_has_so_many_rewrites_and_no_more() {
    let file = one(&nested(4, None));
    let options = OpenOptions { plan_steps: 10, ..OpenOptions::default() };
    let model = Model::from_bytes_with(file.clone(), &options).unwrap();
    assert_limit(predict(&model, 1).unwrap_err(), "plan_steps");
    // For good, as for any fault of a network.
    assert_limit(predict(&model, 1).unwrap_err(), "plan_steps");
    predict(&Model::from_bytes(file).unwrap(), 1).unwrap();
}

#[test]
fn operators_off_the_list_are_refused() {
    for op in [
        "Tile",
        "Expand",
        "Reshape",
        "Pad",
        "Gather",
        "ConstantOfShape",
        "Range",
        "Resize",
        "Loop",
        "Scan",
        "If",
        "Constant",
        "Shape",
        "Upsample",
        "EyeLike",
        "OneHot",
        "RandomNormal",
        "ScatterND",
        "Einsum",
        "Slice",
        "Split",
        "Transpose",
        "Where",
        "NonZero",
        "LSTM",
        "Conv",
        "Attention",
        "SequenceInsert",
        "StringConcat",
    ] {
        let network = chain(WIDTH, vec![node(op, &["x"], "z", vec![])], "x");
        assert_refused(one(&network), "not supported");
    }
}

#[test]
fn sizes_of_a_network_are_bounded() {
    assert_refused(one(&long(300, &["Relu"])), "nodes");
    let mut attributes = hostile::small();
    let graph = attributes.graph.as_mut().unwrap();
    graph.node[0].attribute = vec![Default::default(); 100_000];
    assert_refused(one(&attributes), "fields");
    let mut strings = hostile::small();
    strings.graph.as_mut().unwrap().node[0].input = vec![String::new(); 200_000];
    assert_refused(one(&strings), "fields");
    let mut port = hostile::small();
    port.graph.as_mut().unwrap().input[0].doc_string = "x".repeat(5000);
    assert_refused(one(&port), "absurd");
    // Wide and dear: 60,000 values a row through tanh, again and again.
    let wide = 60_000;
    let w = tensor("wide", &[WIDTH, wide], &vec![0.01; WIDTH * wide]);
    let mut nodes = vec![node("MatMul", &["x", "wide"], "v0", vec![])];
    for i in 0..100 {
        nodes.push(node("Tanh", &[&format!("v{i}")], &format!("v{}", i + 1), vec![]));
    }
    let mut network = chain(wide, nodes, "v100");
    network.graph.as_mut().unwrap().initializer.push(w);
    assert_refused(one(&network), "values a row");
}

#[test]
fn bounds_are_the_callers() {
    let refuse = |file: Vec<u8>, options: OpenOptions, says: &str| {
        Model::from_bytes(file.clone()).unwrap();
        assert_limit(Model::from_bytes_with(file, &options).unwrap_err(), says);
    };
    let default = OpenOptions::default();
    refuse(one(&long(20, &["Relu"])), OpenOptions { nodes: 20, ..default }, "nodes");
    refuse(
        one(&products(2, 100)),
        OpenOptions { network_weights: 1000, ..default },
        "network_weights",
    );
    refuse(one(&products(2, 100)), OpenOptions { row_work: 1000, ..default }, "row_work");
    refuse(repeated(3, 2), OpenOptions { members: 5, ..default }, "members");
    refuse(repeated(3, 2), OpenOptions { tasks: 2, ..default }, "tasks");
    refuse(repeated(3, 100), OpenOptions { row_work: 70_000, ..default }, "row_work");
    refuse(library(9, 9, 3, 2), OpenOptions { modalities: 1, ..default }, "modalities");
    refuse(library(9, 9, 3, 2), OpenOptions { profile_values: 26, ..default }, "profile_values");
    refuse(library(9, 9, 3, 2), OpenOptions { unpacked_bytes: 1000, ..default }, "unpacked_bytes");
}

#[test]
fn one_entry_named_often_is_checked_and_planned_once() {
    let once = predict(&Model::from_bytes(repeated(1, 1)).unwrap(), 2).unwrap();
    let begun = Instant::now();
    // Planned anew for each, this takes minutes.
    let model = Model::from_bytes(repeated(16, 256)).unwrap();
    let many = predict(&model, 2).unwrap();
    assert!(begun.elapsed() < SOON, "{:?}", begun.elapsed());
    for (row, once) in many.chunks(16).zip(once) {
        assert!(
            row.iter().all(|v| (v - once).abs() <= 1e-5 * once.abs().max(1.0)),
            "{row:?} {once}"
        );
    }
    assert_refused(repeated(64, 512), "members");
    // A second use of another shape.
    let entries = [("a", onnx::bytes(&hostile::small()))];
    let networks = json!([
        {"name": "n", "members": ["a"], "reads": ["structure"], "tasks": [0]},
        {"name": "m", "members": ["a"], "reads": ["structure"], "tasks": [1, 2]},
    ]);
    let file = container(&manifest(3, &entries, networks).to_string(), &entries);
    assert_refused(file, "expected 2 tasks");
}

#[test]
fn modalities_of_one_entry_share_it() {
    // 64 × 1,000 × 800 values of f32 would be 200 MB if each had its own.
    let model = Model::from_bytes(library(1000, 1000, 800, 64)).unwrap();
    let modalities = model.library().unwrap().modalities();
    let values: Vec<_> = modalities.iter().map(|m| m.profiles().values().as_ptr()).collect();
    assert!(values.iter().all(|v| *v == values[0]));
    assert_refused(library(9, 9, 3, 65), "modalities");
}

#[test]
fn a_name_occurs_once_in_every_object() {
    let entries = [("a", onnx::bytes(&hostile::small()))];
    let networks = json!([{"name": "n", "members": ["a"], "reads": ["structure"], "tasks": [0]}]);
    let text = manifest(1, &entries, networks).to_string();
    Model::from_bytes(container(&text, &entries)).unwrap();
    for (from, to) in [
        (r#""entries":{"#, r#""entries":{"a":{"bytes":1,"sha256":"x"},"#),
        (r#""entries":{"a":{"#, r#""entries":{"a":{"bytes":1016,"#),
        (r#""name":"x""#, r#""name":"y","name":"x""#),
        (r#""morgan_bits":64"#, r#""morgan_bits":64,"morgan_bits":64"#),
        (r#""parameters":{}"#, r#""parameters":{"a":[{"b":1,"c":2,"b":3}]}"#),
    ] {
        let twice = text.replacen(from, to, 1);
        assert_ne!(twice, text, "{from}");
        assert_refused(container(&twice, &entries), "twice");
    }
}

#[test]
fn a_manifest_takes_bounded_memory() {
    let text = |parameters: &str| {
        let entries = [("a", onnx::bytes(&hostile::small()))];
        let networks =
            json!([{"name": "n", "members": ["a"], "reads": ["structure"], "tasks": [0]}]);
        let text = manifest(1, &entries, networks).to_string();
        text.replacen(r#""parameters":{}"#, &format!(r#""parameters":{{"a":{parameters}}}"#), 1)
    };
    let read = |parameters: &str| Manifest::from_json(text(parameters).as_bytes());
    read(r#"[1, 2.5e300, {"b": null}]"#).unwrap();
    let objects = format!("[{}0]", r#"{"":0},"#.repeat(500_000));
    let deep = format!("{}{}", "[".repeat(5000), "]".repeat(5000));
    for (parameters, says) in [
        (&*objects, "too many values"),
        (&deep, "recursion"),
        ("1e999", "range"),
        ("NaN", "expected"),
    ] {
        let e = read(parameters).unwrap_err();
        assert!(e.kind == ErrorKind::Corrupt && e.message.contains(says), "{e}");
    }
}

#[test]
fn the_same_file_is_always_refused_for_the_same_reason() {
    let good = onnx::bytes(&hostile::small());
    let mut bad = hostile::small();
    bad.graph.as_mut().unwrap().node[0].op_type = "Loop".into();
    let bad = onnx::bytes(&bad);
    let names: Vec<String> = (0..40).map(|i| format!("n{i:02}")).collect();
    let content = |i: usize| if [17, 18, 30].contains(&i) { bad.clone() } else { good.clone() };
    let entries: Vec<(&str, Vec<u8>)> =
        names.iter().enumerate().map(|(i, name)| (name.as_str(), content(i))).collect();
    let networks = json!([{"name": "n", "members": names, "reads": ["structure"], "tasks": [0]}]);
    let file = container(&manifest(1, &entries, networks).to_string(), &entries);
    for _ in 0..50 {
        assert_refused(file.clone(), "n17: node 'y' (Loop)");
    }
}

#[test]
fn planning_hears_that_it_is_cancelled() {
    // Some 60 ms of planning each; 0.5 s together on one thread.
    let names: Vec<String> = (0..8).map(|i| format!("n{i}")).collect();
    let network = onnx::bytes(&long(240, &["Relu"]));
    let entries: Vec<(&str, Vec<u8>)> =
        names.iter().map(|name| (name.as_str(), network.clone())).collect();
    let networks = json!([{"name": "n", "members": names, "reads": ["structure"], "tasks": [0]}]);
    let file = container(&manifest(1, &entries, networks).to_string(), &entries);
    let model = Model::from_bytes(file).unwrap();
    for threads in [1, 2] {
        let (run, batch) = (Run::new(), ethanol(3));
        let options = PredictOptions { threads, ..Default::default() };
        let result = std::thread::scope(|s| {
            let predicting = s.spawn(|| model.predict(&batch, &options, &run).map(|_| ()));
            std::thread::sleep(Duration::from_millis(5));
            run.cancel();
            predicting.join().unwrap()
        });
        assert_eq!(result.unwrap_err().kind, ErrorKind::Cancelled, "{threads}");
    }
    // A plan that was given up is made by who comes next.
    assert!(predict(&model, 3).unwrap().iter().all(|v| v.is_finite()));
}

#[test]
fn dear_networks_run_in_smaller_tiles_with_the_same_bits() {
    // 9 million weights: 64 rows are more than is run at once.
    let file = one(&products(2, 2900));
    let model = Model::from_bytes(file).unwrap();
    let together = predict(&model, 64).unwrap();
    let mut alone = [0.0];
    for row in [0, 15, 16, 63] {
        let smiles = format!("{}O", "C".repeat(row % 9 + 2));
        model.predict_one(&smiles, &[0], &mut alone).unwrap();
        assert_eq!(alone[0].to_bits(), together[row].to_bits(), "{row}");
    }
}

#[test]
fn fits_are_bounded_and_hear_that_they_are_cancelled() {
    let impute = |model: &Model, run: &Run<'_>| {
        model.impute(&ethanol(2), "e0", None, &ImputeOptions::default(), run).map(|_| ())
    };
    let file = library(8192, 8192, 1, 1);
    let model = Model::from_bytes(file.clone()).unwrap();
    assert_limit(impute(&model, &Run::new()).unwrap_err(), "fit_work");

    // A reader who allows it can still stop it: all of it takes minutes.
    let options = OpenOptions { fit_work: u64::MAX, ..OpenOptions::default() };
    let model = Model::from_bytes_with(library(3000, 3000, 1, 1), &options).unwrap();
    let run = Run::new();
    let begun = Instant::now();
    let result = std::thread::scope(|s| {
        let imputing = s.spawn(|| impute(&model, &run));
        std::thread::sleep(Duration::from_millis(300));
        run.cancel();
        imputing.join().unwrap()
    });
    assert_eq!(result.unwrap_err().kind, ErrorKind::Cancelled);
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());

    let model = Model::from_bytes(library(300, 300, 5, 2)).unwrap();
    impute(&model, &Run::new()).unwrap();
}

#[test]
fn propagation_is_bounded() {
    let options =
        ImputeOptions { propagation: Some(Propagation::default()), ..ImputeOptions::default() };
    let impute = |file| {
        let model = Model::from_bytes(file).unwrap();
        model.impute(&ethanol(2), "e0", None, &options, &Run::new()).map(|_| ())
    };
    impute(library(300, 20, 5, 1)).unwrap();
    assert_limit(impute(library(20_000, 1, 1000, 1)).unwrap_err(), "propagating");
}

#[test]
fn safetensors_that_lie_are_refused() {
    let sound = library(9, 9, 3, 1);
    let model = Model::from_bytes(sound).unwrap();
    let manifest_of = |profiles: &[u8]| {
        let names = ["a", "mol", "fp"];
        let mut entries: Vec<(&str, Vec<u8>)> =
            names.iter().map(|n| (*n, model.entry(n).unwrap().to_vec())).collect();
        entries.push(("p", profiles.to_vec()));
        let mut text: Value =
            serde_json::from_slice(model.entry("manifest.json").unwrap()).unwrap();
        text["entries"] = manifest(1, &entries, json!([]))["entries"].clone();
        container(&text.to_string(), &entries)
    };
    let header = |text: &str, data: usize| {
        let mut file = (text.len() as u64).to_le_bytes().to_vec();
        file.extend(text.as_bytes());
        file.extend(vec![0; data]);
        file
    };
    let pair = |members: &str, values: &str, data: usize| {
        header(&format!(r#"{{"members":{members},"values":{values}}}"#), data)
    };
    let whole = r#"{"dtype":"U32","shape":[9],"data_offsets":[0,36]}"#;
    for (what, file) in [
        ("overlap", pair(whole, r#"{"dtype":"F16","shape":[9,3],"data_offsets":[0,54]}"#, 54)),
        (
            "beyond the end",
            pair(whole, r#"{"dtype":"F16","shape":[9,3],"data_offsets":[36,90]}"#, 60),
        ),
        (
            "overflow",
            pair(
                whole,
                r#"{"dtype":"F16","shape":[4294967296,4294967296],"data_offsets":[36,90]}"#,
                90,
            ),
        ),
        ("no room", header("{}", 0)),
        ("endless header", (u64::MAX - 1).to_le_bytes().to_vec()),
        (
            "another count",
            pair(whole, r#"{"dtype":"F16","shape":[3,9],"data_offsets":[36,90]}"#, 90),
        ),
    ] {
        let e = Model::from_bytes(manifest_of(&file)).expect_err(what);
        assert_eq!(e.kind, ErrorKind::Corrupt, "{what}: {e}");
    }
}

#[test]
fn found_files_get_a_status() {
    let folder =
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/cases/hostile");
    let Ok(files) = std::fs::read_dir(&folder) else {
        return skip::skip("no files of strangers");
    };
    for file in files.flatten().map(|f| f.path()) {
        let bytes = std::fs::read(&file).unwrap();
        if !bytes.starts_with(b"PK") {
            continue;
        }
        let begun = Instant::now();
        let status = Model::from_bytes(bytes).map(|model| {
            let predicted = predict(&model, 1).map(|_| ());
            let imputed = model.library().map(|_| {
                model.impute(&ethanol(1), "e0", None, &ImputeOptions::default(), &Run::new())
            });
            (predicted, imputed.map(|i| i.map(|_| ())))
        });
        println!("{}: {:?} {status:?}", file.display(), begun.elapsed());
        assert!(begun.elapsed() < SOON, "{}: {:?}", file.display(), begun.elapsed());
    }
}

#[test]
fn every_size_of_an_input_is_the_checkers() {
    // Two constants, a constant that is concatenated, inputs of other widths: nothing is made of them.
    let network = |nodes| {
        let mut network = chain(WIDTH, nodes, "x");
        let graph = network.graph.as_mut().unwrap();
        graph.initializer.push(tensor("c", &[WIDTH], &vec![1.0; WIDTH]));
        graph.output = vec![value("y", 1)];
        one(&network)
    };
    let axis = || vec![int("axis", 1)];
    for (nodes, says) in [
        (vec![node("Add", &["c", "c"], "z", vec![])], "two values of the same width"),
        (vec![node("Concat", &["x", "c"], "z", axis())], "computed values only"),
        (vec![node("Concat", &[], "z", axis())], "computed values only"),
        (vec![node("Softmax", &["x", "x"], "z", vec![])], "one computed value"),
        (vec![node("Elu", &["c"], "z", vec![])], "one computed value"),
    ] {
        assert_refused(network(nodes), says);
    }
}
