//! Networks in a model file: only plain feed-forward graphs with consistent shapes get through,
//! and what gets through computes what ONNX says.

#[path = "networks/dense.rs"]
mod dense;
#[path = "networks/operators.rs"]
mod operators;
mod support;
#[path = "networks/trees.rs"]
mod trees;

use chmr::model::Stage;
use chmr::{Batch, ErrorKind, Model, PredictOptions, Run, chem, features};
use support::onnx::{self, Random, int, node, tensor, tensor_f16, tensor_i8, value};
use support::{manifest, model_with};
use tract_onnx::pb::{AttributeProto, ModelProto, attribute_proto::AttributeType, tensor_proto};

const WIDTH: usize = 167 + 64;

/// Opens a model whose network `c` (tasks 2, 1, 3) is the ONNX file `bytes`.
fn open(bytes: Vec<u8>) -> Result<Model, chmr::Error> {
    Model::from_bytes(model_with(manifest(), |path| path.contains("/c.").then(|| bytes.clone())))
}

#[track_caller]
fn assert_refused(network: &ModelProto, says: &str) {
    let e = open(onnx::bytes(network)).unwrap_err();
    let kinds = [ErrorKind::Corrupt, ErrorKind::Unsupported, ErrorKind::Limit];
    assert!(kinds.contains(&e.kind) && e.message.contains(says), "{:?}: {e}", e.kind);
    assert!(e.message.starts_with("networks/c.onnx: "), "{e}");
}

fn mlp() -> ModelProto {
    onnx::mlp(WIDTH, 20, 3, 1, false)
}

/// `mlp` after a change.
fn changed(change: impl FnOnce(&mut tract_onnx::pb::GraphProto)) -> ModelProto {
    let mut m = mlp();
    change(m.graph.as_mut().unwrap());
    m
}

/// Raw outputs of the network `m` for `smiles`, in the order of its columns.
fn run(m: &ModelProto, smiles: &str) -> [f64; 3] {
    let mut plain = manifest();
    for task in &mut plain.tasks {
        task.kind = chmr::model::TaskKind::Regression;
        (task.slope, task.intercept) = (1.0, 0.0);
    }
    let bytes = onnx::bytes(m);
    let file = model_with(plain, |path| path.contains("/c.").then(|| bytes.clone()));
    let model = Model::from_bytes(file).unwrap();
    let mut batch = Batch::new();
    batch.push_smiles(smiles);
    let options = PredictOptions { threads: 1, tasks: Some(vec![2, 1, 3]), ..Default::default() };
    let p = model.predict(&batch, &options, &Run::new()).unwrap();
    assert_eq!(p.rows, [Ok(())]);
    [0, 1, 2].map(|i| f64::from(p.values[(0, i)]))
}

fn input(smiles: &str) -> Vec<f64> {
    let m = chem::parse_smiles(smiles, &Default::default()).unwrap();
    let mut x = vec![0.0; WIDTH];
    features::maccs(&m).iter_ones().for_each(|i| x[i] = 1.0);
    features::morgan(&m, 2, 64).iter_ones().for_each(|i| x[167 + i] = 1.0);
    x
}

/// x · w, w row-major, `n` columns.
fn product(x: &[f64], w: &[f32], n: usize) -> Vec<f64> {
    (0..n).map(|j| x.iter().zip(w.chunks(n)).map(|(x, w)| x * f64::from(w[j])).sum()).collect()
}

/// y = x · w, with `w` inputs × outputs, row-major.
fn linear(inputs: usize, outputs: usize, w: &[f32]) -> Vec<u8> {
    let gemm = node("Gemm", &["x", "w"], "y", vec![]);
    let w = tensor("w", &[inputs, outputs], w);
    let (x, y) = (value("x", inputs as i64), value("y", outputs as i64));
    onnx::bytes(&onnx::model(vec![gemm], vec![w], vec![x], vec![y]))
}

#[test]
fn stages_feed_what_reads_them_in_the_order_named() {
    let stage = |name: &str, reads: &[&str], width| Stage {
        name: name.into(),
        path: format!("networks/{name}.onnx"),
        reads: reads.iter().map(|r| r.to_string()).collect(),
        width,
    };
    let mut m = manifest();
    m.stages = vec![stage("s", &["structure"], 4), stage("t", &["s", "structure"], 2)];
    m.networks[1].reads = vec!["t".into(), "s".into()];
    for task in &mut m.tasks {
        task.kind = chmr::model::TaskKind::Regression;
        (task.slope, task.intercept) = (1.0, 0.0);
    }
    let mut r = Random(5);
    let s = r.vector(WIDTH * 4, 0.2);
    let t = r.vector((4 + WIDTH) * 2, 0.2);
    let c = r.vector(6 * 3, 1.0);
    let file = model_with(m, |path| match path {
        "networks/s.onnx" => Some(linear(WIDTH, 4, &s)),
        "networks/t.onnx" => Some(linear(4 + WIDTH, 2, &t)),
        "networks/c.onnx" => Some(linear(6, 3, &c)),
        _ => None,
    });
    let model = Model::from_bytes(file).unwrap();
    for smiles in ["CC(=O)Oc1ccccc1C(=O)O", "C"] {
        let x = input(smiles);
        let s = product(&x, &s, 4);
        let t = product(&[s.clone(), x].concat(), &t, 2);
        let expected = product(&[t, s].concat(), &c, 3);
        let mut values = [0.0; 3];
        model.predict_one(smiles, &[2, 1, 3], &mut values).unwrap();
        for (value, expected) in values.iter().zip(expected) {
            // Sums of some hundred products in f32.
            assert!((f64::from(*value) - expected).abs() < 1e-5, "{values:?}, {expected}");
        }
    }
}

#[test]
fn a_network_computes_what_it_says() {
    let smiles = "CC(=O)Oc1ccccc1C(=O)O";
    let hidden = 20;
    // The same draws as `onnx::mlp` makes.
    let mut r = Random(1);
    let w1 = r.vector(WIDTH * hidden, (3.0 / WIDTH as f32).sqrt());
    let b1 = r.vector(hidden, 0.1);
    let g = r.vector(hidden, 0.1);
    let b = r.vector(hidden, 0.1);
    let w2 = r.vector(hidden * 3, (3.0 / hidden as f32).sqrt());
    let b2 = r.vector(3, 0.1);
    let mut h = product(&input(smiles), &w1, hidden);
    h.iter_mut().zip(&b1).for_each(|(h, b)| *h += f64::from(*b));
    let mean = h.iter().sum::<f64>() / hidden as f64;
    let var = h.iter().map(|h| (h - mean).powi(2)).sum::<f64>() / hidden as f64;
    for (i, h) in h.iter_mut().enumerate() {
        *h = (*h - mean) / (var + 1e-5).sqrt() * (1.0 + f64::from(g[i])) + f64::from(b[i]);
        *h *= 0.5 * (1.0 + erf(*h / 2f64.sqrt()));
    }
    let y = product(&h, &w2, 3);
    let found = run(&mlp(), smiles);
    for i in 0..3 {
        let expected = y[i] + f64::from(b2[i]);
        // f32 sums of 231 terms below 1, and tract's erf, good to 1e-6.
        assert!((found[i] - expected).abs() < 1e-5, "{i}: {} {expected}", found[i]);
    }
}

/// Error function by its Taylor series; ample for |x| < 4.
fn erf(x: f64) -> f64 {
    let (mut term, mut sum) = (x, x);
    for n in 1..200 {
        term *= -x * x / f64::from(n);
        sum += term / f64::from(2 * n + 1);
    }
    sum * 2.0 / std::f64::consts::PI.sqrt()
}

#[test]
fn half_weights_give_what_the_same_weights_in_full_give() {
    // Weights that f16 holds exactly: then the two must agree to the bit.
    let w: Vec<f32> =
        Random(3).vector(WIDTH * 3, 1.0).iter().map(|v| half::f16::from_f32(*v).to_f32()).collect();
    let graph = |half: bool| {
        let (mut nodes, weights) = match half {
            true => {
                let to = int("to", tensor_proto::DataType::Float as i64);
                (vec![node("Cast", &["h"], "w", vec![to])], tensor_f16("h", &[WIDTH, 3], &w))
            }
            false => (vec![], tensor("w", &[WIDTH, 3], &w)),
        };
        nodes.push(node("MatMul", &["x", "w"], "y", vec![]));
        onnx::model(nodes, vec![weights], vec![value("x", WIDTH as i64)], vec![value("y", 3)])
    };
    assert_eq!(run(&graph(true), "CCO"), run(&graph(false), "CCO"));
    let expected = product(&input("CCO"), &w, 3);
    run(&graph(true), "CCO").iter().zip(expected).for_each(|(a, b)| assert!((a - b).abs() < 1e-5));
}

/// x (rows × WIDTH) times int8 weights with a scale for each of three columns; `change` may spoil the graph.
fn byte_weights(change: impl Fn(&mut tract_onnx::pb::GraphProto)) -> ModelProto {
    let bytes: Vec<i8> = Random(5).vector(WIDTH * 3, 127.0).iter().map(|v| *v as i8).collect();
    let nodes = vec![
        node("DequantizeLinear", &["q", "scales"], "w", vec![int("axis", 1)]),
        node("MatMul", &["x", "w"], "y", vec![]),
    ];
    let weights =
        vec![tensor_i8("q", &[WIDTH, 3], &bytes), tensor("scales", &[3], &[0.5, 0.01, 0.25])];
    let ports = (vec![value("x", WIDTH as i64)], vec![value("y", 3)]);
    let mut model = onnx::model(nodes, weights, ports.0, ports.1);
    change(model.graph.as_mut().unwrap());
    model
}

#[test]
fn byte_weights_give_what_the_same_weights_in_full_give() {
    let scales = [0.5, 0.01, 0.25];
    let bytes = Random(5).vector(WIDTH * 3, 127.0).into_iter().map(|v| f32::from(v as i8));
    let w: Vec<f32> = bytes.enumerate().map(|(i, v)| v * scales[i % 3]).collect();
    let full = onnx::model(
        vec![node("MatMul", &["x", "w"], "y", vec![])],
        vec![tensor("w", &[WIDTH, 3], &w)],
        vec![value("x", WIDTH as i64)],
        vec![value("y", 3)],
    );
    // The same products of the same f32 numbers.
    assert_eq!(run(&byte_weights(|_| {}), "CCO"), run(&full, "CCO"));
}

#[test]
fn byte_weights_of_other_forms_are_refused() {
    type Change = fn(&mut tract_onnx::pb::GraphProto);
    let spoiled: [(&str, Change); 7] = [
        ("by columns", |g| g.node[0].attribute[0].i = 0),
        ("without zero points", |g| g.node[0].input.push("scales".into())),
        ("without zero points", |g| g.node[0].input.truncate(1)),
        ("one f32 a column", |g| g.node[0].input[1] = "other".into()),
        ("one f32 a column", |g| g.initializer[1] = tensor("scales", &[2], &[0.5, 0.25])),
        ("one f32 a column", |g| g.initializer[1] = tensor_f16("scales", &[3], &[0.5, 0.25, 1.0])),
        ("exactly one DequantizeLinear", |g| drop(g.node.remove(0))),
    ];
    for (says, change) in spoiled {
        assert_refused(&byte_weights(change), says);
    }
}

#[test]
fn other_forms_of_a_network_work() {
    let mut r = Random(4);
    let w = r.vector(3 * WIDTH, 0.1);
    let transposed: Vec<f32> = (0..WIDTH * 3).map(|i| w[i % 3 * WIDTH + i / 3]).collect();
    let one = |nodes, tensors| {
        onnx::model(nodes, tensors, vec![value("x", WIDTH as i64)], vec![value("y", 3)])
    };
    let a = one(
        vec![node("Gemm", &["x", "w"], "y", vec![int("transB", 1)])],
        vec![tensor("w", &[3, WIDTH], &w)],
    );
    let b = one(
        vec![node("MatMul", &["x", "w"], "y", vec![])],
        vec![tensor("w", &[WIDTH, 3], &transposed)],
    );
    assert_eq!(run(&a, "CCN"), run(&b, "CCN"));
    // SiLU and a residual of two halves.
    let c = one(
        vec![
            node("MatMul", &["x", "u"], "h", vec![]),
            node("Sigmoid", &["h"], "s", vec![]),
            node("Mul", &["h", "s"], "a", vec![]),
            node("MatMul", &["x", "v"], "b", vec![]),
            node("Concat", &["a", "b"], "y", vec![int("axis", 1)]),
        ],
        vec![tensor("u", &[WIDTH, 2], &w[..2 * WIDTH]), tensor("v", &[WIDTH, 1], &w[..WIDTH])],
    );
    let h = product(&input("CCN"), &w[..2 * WIDTH], 2);
    let found = run(&c, "CCN");
    for i in 0..2 {
        assert!((found[i] - h[i] / (1.0 + (-h[i]).exp())).abs() < 1e-5);
    }
}

#[test]
fn wrong_ports_are_refused() {
    for (from, to) in [(WIDTH + 1, 3), (WIDTH, 2), (WIDTH, 4), (1 << 40, 3)] {
        let m = changed(|g| {
            g.input = vec![value("x", from as i64)];
            g.output = vec![value("y", to)];
        });
        assert_refused(&m, "expected one");
    }
    assert_refused(&changed(|g| g.input.push(value("z", 1))), "expected one input 'x'");
    assert_refused(&changed(|g| g.output[0].name = "z".into()), "expected one output 'y'");
    assert_refused(&changed(|g| drop(g.node.pop())), "no node computes");
    let narrow = onnx::mlp(WIDTH, 20, 2, 1, false);
    assert_refused(&narrow, "expected one output 'y', f32, rows x 3");
    let lying = changed(|g| *g = onnx::mlp(WIDTH, 20, 2, 1, false).graph.unwrap());
    let mut lying = lying;
    lying.graph.as_mut().unwrap().output = vec![value("y", 3)];
    assert_refused(&lying, "has 2 columns");
}

#[test]
fn wrong_weights_are_refused() {
    let weights =
        |change: fn(&mut tract_onnx::pb::TensorProto)| changed(|g| change(&mut g.initializer[0]));
    assert_refused(&weights(|t| t.dims[0] += 1), "does not fit");
    assert_refused(&weights(|t| t.dims = vec![i64::MAX, i64::MAX]), "does not fit");
    assert_refused(&weights(|t| t.dims = vec![-1, 20]), "does not fit");
    assert_refused(&weights(|t| t.dims = vec![1 << 33, 1 << 33]), "does not fit");
    assert_refused(&weights(|t| t.dims = vec![1, 231, 20]), "two dimensions");
    assert_refused(&weights(|t| t.dims.swap(0, 1)), "depth of the weights");
    assert_refused(&weights(|t| t.data_type = 99), "other than f32");
    assert_refused(
        &weights(|t| t.data_type = tensor_proto::DataType::Int64 as i32),
        "other than f32",
    );
    assert_refused(
        &weights(|t| t.data_type = tensor_proto::DataType::Float16 as i32),
        "does not fit",
    );
    assert_refused(&weights(|t| t.data_location = Some(1)), "outside the model file");
    assert_refused(&weights(|t| t.name = "b1".into()), "two values are called");
    assert_refused(
        &weights(|t| (t.raw_data, t.float_data) = (vec![], vec![0.0; WIDTH * 20])),
        "raw_data",
    );
}

#[test]
fn wrong_graphs_are_refused() {
    let nodes = |change: fn(&mut Vec<tract_onnx::pb::NodeProto>)| changed(|g| change(&mut g.node));
    for op in [
        "Loop",
        "If",
        "Scan",
        "ConstantOfShape",
        "Expand",
        "Tile",
        "Resize",
        "RandomNormal",
        "Gather",
        "",
    ] {
        let m = changed(|g| g.node[2].op_type = op.into());
        assert_refused(&m, "not supported");
    }
    assert_refused(&nodes(|n| n[2].domain = "com.microsoft".into()), "other domains");
    assert_refused(&nodes(|n| n.reverse()), "not known before");
    assert_refused(&nodes(|n| n[0].output.push("z".into())), "one output");
    assert_refused(&nodes(|n| n[0].input.clear()), "expected a computed value");
    assert_refused(&nodes(|n| n[1].attribute[0].i = -7), "axis");
    assert_refused(&nodes(|n| n[1].attribute[0].i = i64::MIN), "axis");
    assert_refused(&nodes(|n| n[1].attribute[0].ref_attr_name = "a".into()), "attribute");
    assert_refused(&nodes(|n| n[1].input.swap(0, 1)), "expected a computed value");
    assert_refused(&nodes(|n| n[0].attribute.push(int("transA", 1))), "transA");
    assert_refused(&nodes(|n| n[1].output[0] = "h1".into()), "two values");
    // Two constants of 20 × 1 and 1 × 20 would make a matrix out of nothing.
    assert_refused(
        &changed(|g| g.node.insert(0, node("MatMul", &["b1", "g"], "z", vec![]))),
        "a computed value times",
    );
    let mut old = mlp();
    old.opset_import[0].version = 7;
    assert_refused(&old, "operator set");
    let mut empty = mlp();
    empty.graph = None;
    assert_refused(&empty, "no graph");
}

#[test]
fn absurd_sizes_are_refused_at_once() {
    // 2^30 values a row, and as many steps of a plan, by doubling.
    let m = changed(|g| {
        let mut nodes = vec![];
        let mut last = "x".to_owned();
        for i in 0..30 {
            let next = format!("d{i}");
            nodes.push(node("Concat", &[&last, &last], &next, vec![int("axis", 1)]));
            last = next;
        }
        g.node.splice(0..0, nodes);
    });
    assert_refused(&m, "concatenations split");
    assert_refused(&changed(|g| g.node.extend(vec![Default::default(); 2000])), "2004 nodes");
    // A million empty nodes are 2 MB in the file and hundreds in memory.
    assert_refused(&changed(|g| g.node.extend(vec![Default::default(); 1_000_000])), "fields");
    assert_refused(&changed(|g| g.doc_string = "x".repeat(2 << 20)), "not raw weights");
    // Graphs within graphs.
    let mut inner = tract_onnx::pb::GraphProto::default();
    for _ in 0..200 {
        let g = AttributeProto {
            name: "body".into(),
            r#type: AttributeType::Graph as i32,
            g: Some(inner),
            ..Default::default()
        };
        inner = tract_onnx::pb::GraphProto {
            node: vec![node("Loop", &[], "y", vec![g])],
            ..Default::default()
        };
    }
    assert_refused(&changed(|g| g.node.extend(inner.node)), "");
}

#[test]
fn bytes_that_are_no_onnx_are_refused() {
    let good = onnx::bytes(&mlp());
    for n in (0..good.len()).step_by(211).chain(good.len() - 100..good.len()) {
        assert!(open(good[..n].to_vec()).is_err(), "{n} of {} bytes", good.len());
    }
    for junk in [vec![0xff; 100], vec![0x3a, 0xff, 0xff, 0xff, 0xff, 0x0f], b"hello".to_vec()] {
        assert_eq!(open(junk).unwrap_err().kind, ErrorKind::Corrupt);
    }
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig { cases: 300, ..Default::default() })]

    /// A network changed anywhere but in its weights is refused, or still runs.
    #[test]
    fn a_changed_network_is_refused_or_runs(
        changes in proptest::collection::vec((proptest::prelude::any::<proptest::sample::Index>(), proptest::prelude::any::<u8>()), 1..4),
    ) {
        // Few weights, so that most changes hit the graph.
        let small = onnx::model(
            vec![
                node("Gemm", &["x", "w", "b"], "h", vec![int("transB", 0)]),
                node("LayerNormalization", &["h", "g", "b"], "n", vec![int("axis", -1)]),
                node("Gelu", &["n"], "y", vec![]),
            ],
            vec![tensor("w", &[64, 3], &[0.5; 192]), tensor("b", &[3], &[0.1; 3]), tensor("g", &[3], &[1.0; 3])],
            vec![value("x", 64)],
            vec![value("y", 3)],
        );
        let mut bytes = onnx::bytes(&small);
        let weights = bytes.windows(100).position(|w| w[..4] == 0.5f32.to_le_bytes() && w[96..] == 0.5f32.to_le_bytes());
        let (start, n) = (weights.unwrap(), bytes.len());
        for (i, v) in changes {
            let i = i.index(n - 768);
            bytes[if i < start { i } else { i + 768 }] = v;
        }
        let mut m = manifest();
        m.structure.maccs_bits = 0;
        let file = model_with(m, |path| path.contains("/c.").then(|| bytes.clone()));
        if let Ok(model) = Model::from_bytes(file) {
            let mut batch = Batch::new();
            batch.push_smiles("CCO");
            let _ = model.predict(&batch, &PredictOptions { threads: 1, ..Default::default() }, &Run::new());
        }
    }
}
