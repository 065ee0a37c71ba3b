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
