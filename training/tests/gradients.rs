//! Gradients beside finite differences: candle has operations that give none, or wrong ones, and say
//! nothing.

use candle_core::{Device, Tensor, Var};
use chmr_training::losses::{masked_bce, masked_l1};
use chmr_training::mlp::Mlp;
use chmr_training::random::Random;

/// Compares the gradient of `f` at `var` with central differences, at every element.
///
/// In f32 with a step of 1e-2, rounding costs about 1e-5 and curvature about 1e-4 of values around 1.
fn check(name: &str, var: &Var, f: impl Fn() -> Tensor) {
    const STEP: f32 = 1e-2;
    let gradients = f().backward().unwrap();
    let gradient = gradients.get(var).unwrap_or_else(|| panic!("{name}: no gradient"));
    let gradient = gradient.flatten_all().unwrap().to_vec1::<f32>().unwrap();
    let at = var.flatten_all().unwrap().to_vec1::<f32>().unwrap();
    let value = |values: &[f32]| {
        var.set(&Tensor::from_slice(values, var.shape(), &Device::Cpu).unwrap()).unwrap();
        f().to_scalar::<f32>().unwrap()
    };
    for i in 0..at.len() {
        let mut moved = at.clone();
        moved[i] = at[i] + STEP;
        let above = value(&moved);
        moved[i] = at[i] - STEP;
        let slope = (above - value(&moved)) / (2.0 * STEP);
        assert!((slope - gradient[i]).abs() < 1e-3, "{name}[{i}]: {slope} and {}", gradient[i]);
    }
    value(&at);
    assert!(gradient.iter().any(|g| g.abs() > 1e-3), "{name}: the gradient is zero everywhere");
}

fn tensor(values: Vec<f32>, shape: (usize, usize)) -> Tensor {
    Tensor::from_vec(values, shape, &Device::Cpu).unwrap()
}

/// Labels of three rows and two tasks, and which of them exist.
fn labels() -> [Tensor; 2] {
    let labels = tensor(vec![1.0, 0.0, 0.0, 0.0, 1.0, 0.0], (3, 2));
    [labels, tensor(vec![1.0, 0.0, 1.0, 1.0, 1.0, 0.0], (3, 2))]
}

#[test]
fn losses() {
    let [y, mask] = labels();
    // No logit is 0, where the absolute value and the rectifier have no slope.
    let z = Var::from_tensor(&tensor(vec![0.5, -2.0, 1.5, -0.4, -1.1, 0.9], (3, 2))).unwrap();
    check("bce", &z, || masked_bce(&z, &y, &mask).unwrap());
    let weight = tensor(vec![0.5, 2.0], (1, 2));
    check("l1", &z, || masked_l1(&z, &y, &mask, &weight).unwrap());
}

#[test]
fn losses_are_means_over_the_labels_that_exist() {
    let z = tensor(vec![3.0, -900.0], (1, 2));
    let [y, mask] = [tensor(vec![1.0, 0.0], (1, 2)), tensor(vec![1.0, 0.0], (1, 2))];
    let weight = tensor(vec![1.0, 1.0], (1, 2));
    let scalar = |t: Tensor| t.to_scalar::<f32>().unwrap();
    assert_eq!(scalar(masked_l1(&z, &y, &mask, &weight).unwrap()), 2.0);
    let bce = scalar(masked_bce(&z, &y, &mask).unwrap());
    assert!((bce - (-3.0f32).exp().ln_1p()).abs() < 1e-6, "{bce}");
    // Far out it neither overflows nor becomes no number.
    let all = tensor(vec![1.0, 1.0], (1, 2));
    let wrong = tensor(vec![0.0, 1.0], (1, 2));
    assert_eq!(scalar(masked_bce(&z, &wrong, &all).unwrap()), (3.048_587_3 + 900.0) / 2.0);
}

#[test]
fn every_parameter_of_the_network() {
    let [y, mask] = labels();
    let mut random = Random::new(2, "network");
    let network = Mlp::new(&[true; 5], 4, &[0.1, -0.2], &mut random).unwrap();
    let x = tensor(random.uniform(15, 2.0), (3, 5));
    let dropped = tensor(random.dropout(12, 0.3), (3, 4));
    for (name, var) in network.parameters() {
        check(name, var, || {
            let z = network.forward(&x, Some(&dropped)).unwrap();
            (masked_bce(&z, &y, &mask).unwrap() * 3.0).unwrap()
        });
    }
}
