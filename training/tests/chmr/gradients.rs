//! Every layer and loss against finite differences, in f64.

use super::fixtures::{check, difference, flat, graphs, named, normal, parameters, var};
use candle_core::{D, DType, Device, Tensor, Var};
use chmr_training::chmr::contextual_propagation::{Decoder, weighted_bce};
use chmr_training::chmr::encoders::{
    GraphBatch, GraphConfig, GraphEncoder, ShapeEncoder, VectorEncoder,
};
use chmr_training::chmr::layers::{BatchNorm, LayerNorm, Linear, Mode};
use chmr_training::chmr::projector::Projector;
use chmr_training::chmr::quantize::{QuantizeConfig, symmetric_loss};
use chmr_training::chmr::semantic_consistency::{
    ModalityLatents, VicRegWeights, info_nce, info_nce_symmetric, semantic_consistency, vicreg,
};
use chmr_training::chmr::tree_vq::TreeVq;

/// A scalar that weighs every output differently, so that no two errors cancel.
fn weigh(y: &Tensor) -> candle_core::Result<Tensor> {
    let (rows, columns) = y.dims2()?;
    (y * normal(99, rows, columns))?.sum_all()
}

#[test]
fn layers_pass_complete_gradients() {
    let p = parameters();
    let x = var(1, 5, 6);
    let linear = Linear::new(&p.scope("linear"), 6, 4).unwrap();
    let layer = LayerNorm::new(&p.scope("layer"), 6).unwrap();
    let batch = BatchNorm::new(&p.scope("batch"), 6).unwrap();
    let mode = Mode::train(0);
    let mut vars = p.trained_vars();
    vars.push(("x".into(), x.clone()));
    let f = || {
        let y = batch.forward(&layer.forward(&x)?, &mode)?;
        weigh(&linear.forward(&y)?)
    };
    check(&vars, &f);
    let f = || weigh(&linear.forward(&batch.forward(&layer.forward(&x)?, &Mode::Evaluate)?)?);
    check(&vars, &f);
}

#[test]
fn projector() {
    let p = parameters();
    let x = var(1, 4, 7);
    let projector = Projector::new(&p, 7, 5).unwrap();
    let mut vars = p.trained_vars();
    vars.push(("x".into(), x.clone()));
    check(&vars, &|| weigh(&projector.forward(&x)?));
}

#[test]
fn vector_encoder() {
    let p = parameters();
    let x = var(1, 4, 7);
    let encoder = VectorEncoder::hidden(&p, 7, 6, 0.0).unwrap();
    let mut vars = p.trained_vars();
    vars.push(("x".into(), x.clone()));
    check(&vars, &|| weigh(&encoder.forward(&x, &Mode::Evaluate)?));
}

#[test]
fn shape_encoder_passes_nothing_where_absent() {
    let p = parameters();
    let x = var(1, 3, 4);
    let present = Tensor::from_vec(vec![1f64, 0.0, 1.0], (3, 1), &Device::Cpu).unwrap();
    let encoder = ShapeEncoder::new(&p, 4, 5, 0.0).unwrap();
    let mut vars = p.trained_vars();
    vars.push(("x".into(), x.clone()));
    let f = || weigh(&encoder.forward(&x, &present, &Mode::Evaluate)?);
    check(&vars, &f);
    let gradients = f().unwrap().backward().unwrap();
    let gradient = flat(gradients.get(&x).unwrap());
    assert!(gradient[4..8].iter().all(|g| *g == 0.0));
}

#[test]
fn graph_encoder() {
    let p = parameters();
    let config = GraphConfig { layers: 3, width: 5, dropout: 0.0 };
    let encoder = GraphEncoder::new(&p, config).unwrap();
    let batch = GraphBatch::new(&graphs(), &Device::Cpu).unwrap();
    for mode in [Mode::Evaluate, Mode::train(0)] {
        check(&p.trained_vars(), &|| weigh(&encoder.forward(&batch, &mode)?));
    }
}

#[test]
fn contrast() {
    let (a, b) = (var(1, 6, 4), var(2, 6, 4));
    let vars = named(&[("anchors", &a), ("latents", &b)]);
    check(&vars, &|| info_nce(&a, &b, 0.2));
    check(&vars, &|| info_nce_symmetric(&a, &b, 0.2));
}

#[test]
fn vicreg_terms_alone_and_together() {
    // Columns of deviation 0.3 keep the hinge active.
    let a = Var::from_tensor(&(normal(1, 7, 4) * 0.3).unwrap()).unwrap();
    let b = Var::from_tensor(&(normal(2, 7, 4) * 0.3).unwrap()).unwrap();
    let vars = named(&[("observed", &a), ("augmented", &b)]);
    let weights =
        |invariance, variance, covariance| VicRegWeights { invariance, variance, covariance };
    for w in [weights(1.0, 0.0, 0.0), weights(0.0, 1.0, 0.0), weights(0.0, 0.0, 1.0)] {
        // A weight of 10 keeps small covariances clear of the check's floor.
        check(&vars, &|| vicreg(&a, &b, w)? * 10.0);
    }
    check(&vars, &|| vicreg(&a, &b, VicRegWeights::default()));
}

#[test]
fn semantic_consistency_reaches_every_view() {
    let (anchor, z, twin) = (var(1, 6, 4), var(2, 6, 4), var(3, 6, 4));
    let vars = named(&[("anchor", &anchor), ("latents", &z), ("augmented", &twin)]);
    check(&vars, &|| {
        let view = ModalityLatents {
            latents: &z,
            augmented: &twin,
            informed: &[0, 2, 3, 5],
            observed: &[2, 5, 0],
        };
        let (contrast, agreement) = semantic_consistency(&anchor, &[view], &Default::default())?;
        contrast + agreement
    });
}

#[test]
fn reconstruction() {
    let p = parameters();
    let z = var(1, 4, 5);
    let decoder = Decoder::new(&p, 5, 6, 0.0).unwrap();
    let targets = (normal(2, 4, 6).tanh().unwrap() * 0.5).unwrap();
    let targets = (targets + 0.5).unwrap();
    let weights = normal(3, 4, 6).abs().unwrap();
    let mut vars = p.trained_vars();
    vars.push(("z".into(), z.clone()));
    check(&vars, &|| weighted_bce(&decoder.forward(&z, &Mode::Evaluate)?, &targets, &weights));
    // Where the logit is exactly 0 both halves of softplus must share the slope.
    let zero = Var::from_tensor(&Tensor::zeros((4, 6), DType::F64, &Device::Cpu).unwrap()).unwrap();
    check(&named(&[("logits", &zero)]), &|| weighted_bce(&zero, &targets, &weights));
}

/// Stop-gradients make the loss's value and its gradient different functions: the gradient by one side must be
/// that of 1 − cosine with the other side held, which finite differences see as half of the value's slope.
#[test]
fn symmetric_loss_moves_both_sides() {
    let (x, e) = (var(1, 5, 4), var(2, 5, 4));
    let eta = 0.25;
    let gradients = symmetric_loss(&x, &e, eta).unwrap().backward().unwrap();
    let value = || symmetric_loss(&x, &e, eta);
    for (var, share) in [(&x, eta / (1.0 + eta)), (&e, 1.0 / (1.0 + eta))] {
        let gradient = flat(gradients.get(var).unwrap());
        for (i, g) in gradient.iter().enumerate() {
            let expected = share * difference(var, i, &value);
            assert!((g - expected).abs() < 1e-8, "{g} {expected}");
        }
    }
}

#[test]
fn tree_loss() {
    let p = parameters();
    let tree = TreeVq::new(&p, 3, 6, QuantizeConfig::default()).unwrap();
    let z = var(1, 9, 6);
    // With η = 1 both sides get half of the value's slope, level by level and in the nodes-to-inputs term.
    let gradients = tree.forward(&z).unwrap().loss.backward().unwrap();
    let value = || Ok(tree.forward(&z)?.loss);
    let mut vars = p.trained_vars();
    vars.push(("z".into(), z.clone()));
    for (name, var) in vars {
        let gradient = flat(gradients.get(&var).unwrap());
        for i in (0..gradient.len()).step_by(5) {
            let expected = 0.5 * difference(&var, i, &value);
            assert!(
                (gradient[i] - expected).abs() < 1e-7,
                "{name}[{i}] {} {expected}",
                gradient[i]
            );
        }
    }
}

#[test]
fn straight_through_passes_the_gradient_of_the_normalised_latent() {
    let p = parameters();
    let tree = TreeVq::new(&p, 3, 6, QuantizeConfig::default()).unwrap();
    let z = var(1, 4, 6);
    let quantized = tree.forward(&z).unwrap();
    let last = quantized.vectors.last().unwrap();
    // In value the node, …
    let nodes = tree.nodes().unwrap().pop().unwrap();
    for (i, code) in quantized.codes[2].iter().enumerate() {
        let (node, vector) = (nodes.get(*code as usize).unwrap(), last.get(i).unwrap());
        for (a, b) in flat(&node).iter().zip(flat(&vector)) {
            assert!((a - b).abs() < 1e-12);
        }
    }
    // … in gradient z / |z|.
    let through = weigh(last).unwrap().backward().unwrap();
    let unit = || {
        let length = z.sqr()?.sum_keepdim(D::Minus1)?.sqrt()?;
        weigh(&z.broadcast_div(&length)?)
    };
    let gradient = flat(through.get(&z).unwrap());
    for (i, g) in gradient.iter().enumerate() {
        assert!((g - difference(&z, i, &unit)).abs() < 1e-8);
    }
}
