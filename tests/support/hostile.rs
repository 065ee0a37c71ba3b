//! Makes model files that a stranger might send: whole containers with right hashes around anything at all.

use super::onnx::{self, Random, int, node, tensor, tensor_f16, value};
use chmr::model::sha256_hex;
use serde_json::{Value, json};
use tract_onnx::pb::{ModelProto, NodeProto};

/// A model file of these entries; `manifest` is its text, taken as it is.
pub fn container(manifest: &str, entries: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let (mut file, mut directory, mut count) = (Vec::new(), Vec::new(), 0u16);
    let all = [("manifest.json", manifest.as_bytes())];
    let others = entries.iter().map(|(path, content)| (*path, content.as_slice()));
    for (path, content) in all.into_iter().chain(others) {
        let mut crc = flate2::Crc::new();
        crc.update(content);
        let (offset, size) = (file.len() as u32, content.len() as u32);
        let mut fields = Vec::new();
        // Needed version, flags, method, time, date; then checksum, sizes, lengths of name and extra field.
        [10u16, 0, 0, 0, 33].iter().for_each(|v| fields.extend(v.to_le_bytes()));
        [crc.sum(), size, size].iter().for_each(|v| fields.extend(v.to_le_bytes()));
        [path.len() as u16, 0].iter().for_each(|v| fields.extend(v.to_le_bytes()));
        file.extend(b"PK\x03\x04");
        file.extend(&fields);
        file.extend(path.as_bytes());
        file.extend(content);
        directory.extend(b"PK\x01\x02\x0a\x00");
        directory.extend(&fields);
        directory.extend([0; 10]);
        directory.extend(offset.to_le_bytes());
        directory.extend(path.as_bytes());
        count += 1;
    }
    let start = file.len() as u32;
    file.extend(&directory);
    file.extend(b"PK\x05\x06\0\0\0\0");
    [count, count].iter().for_each(|v| file.extend(v.to_le_bytes()));
    [directory.len() as u32, start].iter().for_each(|v| file.extend(v.to_le_bytes()));
    file.extend([0, 0]);
    file
}

/// A manifest of `tasks` tasks over 167 MACCS keys and 64 Morgan bits, with `entries` listed and `networks` as given.
pub fn manifest(tasks: usize, entries: &[(&str, Vec<u8>)], networks: Value) -> Value {
    let listed = entries.iter().map(|(path, content)| {
        (path.to_string(), json!({"bytes": content.len(), "sha256": sha256_hex(content)}))
    });
    let task = |i: usize| {
        json!({"name": format!("t/{i}"), "dataset": "t", "column": i.to_string(), "description": "",
            "unit": null, "kind": "regression", "direction": null, "slope": 1.0, "intercept": 0.0,
            "train_rows": 0, "validation": null})
    };
    json!({"format": "chmr-model", "format_version": 1, "name": "x", "version": "0.1.0", "description": "",
        "licence": "", "entries": listed.collect::<serde_json::Map<_, _>>(),
        "structure": {"descriptors": [], "standardizer": null, "maccs_bits": 167, "morgan_radius": 2,
            "morgan_bits": 64},
        "tasks": (0..tasks).map(task).collect::<Vec<_>>(), "networks": networks,
        "training": {"data": [], "parameters": {}}})
}

/// Columns of the structure vector of [`manifest`].
pub const WIDTH: usize = 231;

/// A file of one task and one network of one member.
pub fn one(network: &ModelProto) -> Vec<u8> {
    let entries = [("a", onnx::bytes(network))];
    let networks = json!([{"name": "n", "members": ["a"], "reads": ["structure"], "tasks": [0]}]);
    container(&manifest(1, &entries, networks).to_string(), &entries)
}

/// One product with a vector: the smallest network there is.
pub fn small() -> ModelProto {
    chain(WIDTH, vec![], "x")
}

/// A network that ends with a product of `last`, of `width` values, made by `nodes` from `x`.
pub fn chain(width: usize, mut nodes: Vec<NodeProto>, last: &str) -> ModelProto {
    let w = tensor("w", &[width, 1], &Random(3).vector(width, 0.1));
    nodes.push(node("MatMul", &[last, "w"], "y", vec![]));
    onnx::model(nodes, vec![w], vec![value("x", WIDTH as i64)], vec![value("y", 1)])
}

/// `levels` levels of `Concat(x, x)`, then a product. The planner makes a product of each part.
pub fn nested(levels: usize, between: Option<&str>) -> ModelProto {
    let (mut nodes, mut last) = (Vec::new(), "x".to_owned());
    for i in 0..levels {
        let joined = format!("c{i}");
        nodes.push(node("Concat", &[&last, &last], &joined, vec![int("axis", 1)]));
        last = joined;
        if let Some(op) = between {
            let made = format!("o{i}");
            nodes.push(node(op, &[&last], &made, vec![]));
            last = made;
        }
    }
    chain(WIDTH << levels, nodes, &last)
}

/// `n` nodes one behind the other, the operators in turn.
pub fn long(n: usize, operators: &[&str]) -> ModelProto {
    let (mut nodes, mut last) = (Vec::new(), "x".to_owned());
    for (i, op) in (0..n).zip(operators.iter().cycle()) {
        let made = format!("v{i}");
        let twice = ["Add", "Sub", "Mul", "Div"].contains(op);
        let inputs = [last.as_str(), &last];
        nodes.push(node(op, &inputs[..if twice { 2 } else { 1 }], &made, vec![]));
        last = made;
    }
    chain(WIDTH, nodes, &last)
}

/// `n` products of a square matrix of f16 each, one behind the other.
pub fn products(n: usize, width: usize) -> ModelProto {
    let mut network = chain(width, vec![], "v");
    let graph = network.graph.as_mut().unwrap();
    let mut last = "x".to_owned();
    for i in 0..n {
        let depth = if i == 0 { WIDTH } else { width };
        let half = format!("h{i}");
        let weights = Random(i as u64).vector(depth * width, 1.0 / depth as f32);
        graph.initializer.push(tensor_f16(&half, &[depth, width], &weights));
        let made = if i + 1 == n { "v".to_owned() } else { format!("v{i}") };
        let at = graph.node.len() - 1;
        let cast = node("Cast", &[&half], &format!("w{i}"), vec![int("to", 1)]);
        graph.node.insert(at, node("MatMul", &[&last, &format!("w{i}")], &made, vec![]));
        graph.node.insert(at, cast);
        last = made;
    }
    network
}

/// A safetensors file of tensors: name, kind, shape, content.
pub fn tensors(content: &[(&str, &str, &[usize], Vec<u8>)]) -> Vec<u8> {
    let (mut header, mut data) = (serde_json::Map::new(), Vec::<u8>::new());
    for (name, kind, shape, bytes) in content {
        let end = data.len() + bytes.len();
        let entry = json!({"dtype": kind, "shape": shape, "data_offsets": [data.len(), end]});
        header.insert(name.to_string(), entry);
        data.extend(bytes);
    }
    let header = Value::Object(header).to_string();
    let mut file = (header.len() as u64).to_le_bytes().to_vec();
    file.extend(header.as_bytes());
    file.extend(data);
    file
}

/// A file with a library of `molecules` molecules, and `modalities` modalities that all name one entry of profiles: of the first
/// `profiles` molecules, `features` numbers each.
pub fn library(molecules: usize, profiles: usize, features: usize, modalities: usize) -> Vec<u8> {
    let lines: String = (0..molecules).map(|i| format!("m{i}\tC\n")).collect();
    let mut random = Random(5);
    let mut word = || (0..64).fold(0u64, |w, bit| w | u64::from(random.next() > 0.5) << bit);
    let words = (0..molecules * 4).flat_map(|_| word().to_le_bytes()).collect();
    let members = (0..profiles as u32).flat_map(u32::to_le_bytes).collect();
    let value = |i: usize| half::f16::from_f32((i * 7919 % 101) as f32 / 50.0 - 1.0).to_le_bytes();
    let values = (0..profiles * features).flat_map(value).collect();
    let entries = [
        ("a", onnx::bytes(&small())),
        ("mol", lines.into_bytes()),
        ("fp", tensors(&[("words", "U64", &[molecules, 4], words)])),
        (
            "p",
            tensors(&[
                ("members", "U32", &[profiles], members),
                ("values", "F16", &[profiles, features], values),
            ]),
        ),
    ];
    let names: Vec<String> = (0..features).map(|i| format!("{i:x}")).collect();
    let modality = |i: usize| {
        json!({"name": format!("e{i}"), "profiles": "p", "features": names, "scale": "linear",
            "power": 2, "noise": 1.0})
    };
    let networks = json!([{"name": "n", "members": ["a"], "reads": ["structure"], "tasks": [0]}]);
    let mut manifest = manifest(1, &entries, networks);
    manifest["reference"] = json!({"molecules": "mol", "fingerprints": "fp", "morgan_radius": 2,
        "morgan_bits": 256, "modalities": (0..modalities).map(modality).collect::<Vec<_>>()});
    container(&manifest.to_string(), &entries)
}
