use super::*;
use crate::error::ErrorKind;
use crate::model::kernel::Kernel;
use prost::Message;
use tract_onnx::pb::ModelProto;

/// Numbers around 0 that a seed gives.
fn values(seed: u64, count: usize, size: f32) -> Vec<f32> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        ((state >> 40) as f32 / (1u64 << 23) as f32 - 1.0) * size
    };
    (0..count).map(|_| next()).collect()
}

/// Three layers over three blocks, one of them with a residual connection.
fn weights() -> DenseWeights {
    let size = |inputs: usize| (3.0 / inputs as f32).sqrt();
    DenseWeights::new(&[5, 30, 7])
        .linear(&values(1, 42 * 20, size(42)), &values(2, 20, 0.5))
        .and_then(|w| w.norm(&values(3, 20, 2.0), &values(4, 20, 0.5)))
        .and_then(|w| w.gelu().linear(&values(5, 400, size(20)), &values(6, 20, 0.5)))
        .and_then(|w| w.gelu().add())
        .and_then(|w| w.linear(&values(7, 60, size(20)), &values(8, 3, 0.5)))
        .expect("sizes fit")
}

/// Blocks of very different sizes; some are all zero.
fn rows(count: usize) -> Vec<f32> {
    let row = |i: usize| {
        let bits = values(20 + i as u64, 30, 1.0).into_iter().map(|v| f32::from(v > 0.5));
        let mut row = values(i as u64, 5, 40.0);
        row.extend(bits);
        row.extend(values(90 + i as u64, 7, if i.is_multiple_of(3) { 0.0 } else { 0.01 }));
        row
    };
    (0..count).flat_map(row).collect()
}

fn bits(values: &[f32]) -> Vec<u32> {
    values.iter().map(|v| v.to_bits()).collect()
}

/// The network's definition, word for word, in f64.
fn reference(weights: &DenseWeights, row: &[f32]) -> Vec<f64> {
    let rounded = |x: &[f64]| -> Vec<f64> {
        let largest = x.iter().fold(1e-30f64, |most, v| most.max(v.abs()));
        x.iter().map(|v| (v * 127.0 / largest).round_ties_even() * largest / 127.0).collect()
    };
    let mut x: Vec<f64> = row.iter().map(|v| f64::from(*v)).collect();
    for (i, (layer, shape)) in weights.layers.iter().zip(&weights.shape.layers).enumerate() {
        let mut y: Vec<f64> = layer.bias.iter().map(|v| f64::from(*v)).collect();
        let mut rest = &x[..];
        for (block, inputs) in layer.blocks.iter().zip(weights.shape.blocks_of(i)) {
            let (own, others) = rest.split_at(inputs);
            rest = others;
            for (v, row) in rounded(own).iter().zip(block.bytes.chunks(shape.outputs)) {
                for ((y, byte), scale) in y.iter_mut().zip(row).zip(&block.scales) {
                    *y += v * f64::from(*byte) * f64::from(*scale);
                }
            }
        }
        if let Some((gain, shift)) = &layer.norm {
            let n = y.len() as f64;
            let mean = y.iter().sum::<f64>() / n;
            let variance = y.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / n;
            for ((y, gain), shift) in y.iter_mut().zip(gain).zip(shift) {
                *y = (*y - mean) / (variance + 1e-5).sqrt() * f64::from(*gain) + f64::from(*shift);
            }
        }
        if shape.gelu {
            // Φ through the error function's series.
            let phi = |x: f64| {
                let (mut term, mut sum) = (x, x);
                for n in 1..200 {
                    let n = f64::from(n);
                    term *= -x * x / (2.0 * n);
                    sum += term / (2.0 * n + 1.0);
                }
                0.5 + sum / (2.0 * std::f64::consts::PI).sqrt()
            };
            y.iter_mut()
                .for_each(|v| *v *= if v.abs() > 6.0 { f64::from(*v > 0.0) } else { phi(*v) });
        }
        if shape.adds {
            y.iter_mut().zip(&x).for_each(|(y, x)| *y += x);
        }
        x = y;
    }
    x
}

#[test]
fn values_are_those_of_the_written_form() {
    let (weights, x) = (weights(), rows(200));
    let found = DenseNetwork::new(&weights).run(&x);
    let exact = x.chunks(42).flat_map(|row| reference(&weights, row));
    let mut errors: Vec<f64> =
        found.iter().zip(exact).map(|(found, exact)| (f64::from(*found) - exact).abs()).collect();
    errors.sort_by(f64::total_cmp);
    // A number near the middle between two steps may be rounded to the other one in f64.
    assert!(errors[errors.len() / 2] < 2e-6, "{}", errors[errors.len() / 2]);
    assert!(errors[errors.len() - 1] < 0.05, "{}", errors[errors.len() - 1]);
}

#[test]
fn bits_depend_on_neither_company_nor_processor() {
    // More rows than go through the layers together.
    let (weights, x) = (weights(), rows(150));
    let network = DenseNetwork::new(&weights);
    let together = network.run(&x);
    for kernel in Kernel::available() {
        let other = DenseNetwork::with(&weights, kernel);
        assert_eq!(bits(&other.run(&x)), bits(&together), "{kernel:?}");
    }
    for (row, expected) in x.chunks(42).zip(together.chunks(3)) {
        assert_eq!(bits(&network.run(row)), bits(expected));
    }
    assert!(network.run(&[]).is_empty());
}

#[test]
fn what_is_written_is_read_again() {
    let weights = weights();
    let bytes = weights.to_onnx("dense");
    assert_eq!(DenseWeights::from_onnx(&bytes).expect("read"), weights);
    let shape = check(&bytes).expect("checked").expect("of this kind");
    assert_eq!(&shape, weights.shape());
    for cut in (0..bytes.len()).step_by(31) {
        assert!(DenseWeights::from_onnx(&bytes[..cut]).is_err(), "{cut}");
    }
}

#[test]
fn other_graphs_are_refused_with_a_reason() {
    let bytes = weights().to_onnx("dense");
    let altered = |change: fn(&mut tract_onnx::pb::GraphProto)| {
        let mut model = ModelProto::decode(&bytes[..]).expect("ONNX");
        change(model.graph.as_mut().expect("a graph"));
        DenseWeights::from_onnx(&model.encode_to_vec()).expect_err("another graph")
    };
    type Change = fn(&mut tract_onnx::pb::GraphProto);
    let cases: [(&str, ErrorKind, Change); 8] = [
        ("-128", ErrorKind::Corrupt, |g| {
            let found = g.initializer.iter_mut().find(|t| t.name == "layer0.1.weight.int8");
            found.unwrap().raw_data[3] = 0x80;
        }),
        ("not Round(", ErrorKind::Unsupported, |g| {
            g.node.iter_mut().find(|n| n.op_type == "Round").unwrap().op_type = "Ceil".into();
        }),
        ("another value of 'steps'", ErrorKind::Unsupported, |g| {
            let steps = g.initializer.iter_mut().find(|t| t.name == "steps").unwrap();
            steps.raw_data = 255f32.to_le_bytes().into();
        }),
        ("'layer1.0.weight.scales'", ErrorKind::Unsupported, |g| {
            g.initializer.retain(|t| t.name != "layer1.0.weight.scales");
        }),
        ("adds", ErrorKind::Corrupt, |g| {
            g.node.iter_mut().find(|n| n.output[0] == "layer1.added").unwrap().output[0] =
                "layer2.added".into();
        }),
        ("initializer 'more'", ErrorKind::Unsupported, |g| {
            let more =
                tract_onnx::pb::TensorProto { name: "more".into(), ..g.initializer[0].clone() };
            g.initializer.push(more);
        }),
        ("0 blocks", ErrorKind::Limit, |g| {
            g.initializer.retain(|t| t.name != "layer0.0.weight.int8");
        }),
        ("bytes do not fit", ErrorKind::Corrupt, |g| {
            g.initializer.iter_mut().find(|t| t.name == "layer2.bias").unwrap().raw_data.pop();
        }),
    ];
    for (expected, kind, change) in cases {
        let error = altered(change);
        assert!(error.to_string().contains(expected), "{expected}: {error}");
        assert_eq!(error.kind, kind, "{error}");
    }
}

#[test]
fn layers_that_do_not_fit_are_refused() {
    assert!(DenseWeights::new(&[3]).linear(&[1.0; 5], &[0.0; 2]).is_err());
    assert!(DenseWeights::new(&[]).linear(&[], &[0.0]).is_err());
    assert!(DenseWeights::new(&[2]).norm(&[1.0], &[0.0]).is_err());
    let one = DenseWeights::new(&[2]).linear(&[1.0; 2], &[0.0]).expect("fits");
    assert!(one.clone().norm(&[1.0; 2], &[0.0; 2]).is_err());
    assert!(one.clone().add().is_err());
    assert!(one.linear(&[1.0; 2], &[0.0; 2]).and_then(|w| w.add()).is_err());
    assert!(DenseWeights::new(&[65_537]).linear(&[0.0; 65_537], &[0.0]).is_err());
}
