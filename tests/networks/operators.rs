//! Elementwise operators and softmax, against their definitions in the ONNX standard.

use super::{changed, input, run};
use crate::support::onnx::{node, tensor};
use tract_onnx::pb::AttributeProto;

fn number(name: &str, f: f32) -> AttributeProto {
    let r#type = tract_onnx::pb::attribute_proto::AttributeType::Float as i32;
    AttributeProto { name: name.into(), f, r#type, ..Default::default() }
}

#[test]
fn operators_compute_what_the_standard_says() {
    type Definition = fn(f64) -> f64;
    let cases: Vec<(&str, Vec<AttributeProto>, Definition)> = vec![
        ("Abs", vec![], f64::abs),
        ("Neg", vec![], |x| -x),
        ("Exp", vec![], f64::exp),
        ("HardSwish", vec![], |x| x * (x / 6.0 + 0.5).clamp(0.0, 1.0)),
        ("LeakyRelu", vec![number("alpha", 0.2)], |x| if x < 0.0 { 0.2 * x } else { x }),
        ("LeakyRelu", vec![], |x| if x < 0.0 { 0.01 * x } else { x }),
        ("Elu", vec![number("alpha", 0.7)], |x| if x < 0.0 { 0.7 * (x.exp() - 1.0) } else { x }),
        ("Selu", vec![], |x| {
            let (alpha, gamma) = (1.673_263_242_354_377_2, 1.050_700_987_355_480_5);
            gamma * if x <= 0.0 { alpha * x.exp() - alpha } else { x }
        }),
        ("HardSigmoid", vec![], |x| (0.2 * x + 0.5).clamp(0.0, 1.0)),
    ];
    let x = input("CC(=O)Oc1ccccc1C(=O)O");
    let sign = |i: usize| if i.is_multiple_of(3) { -1.0 } else { 1.0 };
    let weight = |i: usize| sign(i) * ((i * 37 % 19) as f32 - 9.0) / 40.0;
    let w: Vec<f32> = (0..x.len() * 3).map(weight).collect();
    let before: Vec<f64> =
        (0..3).map(|j| (0..x.len()).map(|i| x[i] * f64::from(w[3 * i + j])).sum()).collect();
    let outputs = |nodes: Vec<tract_onnx::pb::NodeProto>| {
        let m = changed(|g| {
            g.initializer = vec![tensor("w", &[x.len(), 3], &w)];
            g.node = vec![node("MatMul", &["x", "w"], "z", vec![])];
            g.node.extend(nodes.clone());
        });
        run(&m, "CC(=O)Oc1ccccc1C(=O)O")
    };
    // Both signs are met.
    assert!(before.iter().any(|v| *v < -0.1) && before.iter().any(|v| *v > 0.1), "{before:?}");
    for (op, attributes, definition) in cases {
        let found = outputs(vec![node(op, &["z"], "y", attributes)]);
        for (found, z) in found.iter().zip(&before) {
            let expected = definition(*z);
            assert!(
                (found - expected).abs() <= 1e-5 * expected.abs().max(1.0),
                "{op} of {z}: {found}"
            );
        }
    }
    let roots = outputs(vec![node("Abs", &["z"], "a", vec![]), node("Sqrt", &["a"], "y", vec![])]);
    for (found, z) in roots.iter().zip(&before) {
        assert!((found - z.abs().sqrt()).abs() <= 1e-5 * z.abs().sqrt().max(1.0), "{found}");
    }
    let shares = outputs(vec![node("Softmax", &["z"], "y", vec![])]);
    let sum: f64 = before.iter().map(|z| z.exp()).sum();
    for (found, z) in shares.iter().zip(&before) {
        assert!((found - z.exp() / sum).abs() <= 1e-5, "{shares:?}");
    }
}
