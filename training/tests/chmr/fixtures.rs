//! Small inputs that every test shares.

use candle_core::{DType, Device, Result, Tensor, Var};
use chmr::chem::{Limits, parse_smiles};
use chmr::features::{GraphTensors, graph};
use chmr_training::chmr::parameters::Parameters;
use chmr_training::chmr::rng::Rng;

pub const MOLECULES: [&str; 8] = [
    "CCO",
    "c1ccccc1",
    "CC(=O)Oc1ccccc1C(=O)O",
    "C",
    "C[N+](C)(C)CC(=O)[O-]",
    "C1CC1/C=C/Cl",
    "O=S(=O)(N)c1ccc(N)cc1",
    "[Na+].[Cl-]",
];

pub fn graphs() -> Vec<GraphTensors> {
    MOLECULES
        .iter()
        .map(|s| graph(&parse_smiles(s, &Limits::default()).unwrap()).unwrap())
        .collect()
}

/// Parameters in f64, where finite differences are exact enough.
pub fn parameters() -> Parameters {
    Parameters::new(7, DType::F64, &Device::Cpu)
}

pub fn normal(seed: u64, rows: usize, columns: usize) -> Tensor {
    let mut rng = Rng::new(seed);
    let values: Vec<f64> = (0..rows * columns).map(|_| rng.normal()).collect();
    Tensor::from_vec(values, (rows, columns), &Device::Cpu).unwrap()
}

pub fn var(seed: u64, rows: usize, columns: usize) -> Var {
    Var::from_tensor(&normal(seed, rows, columns)).unwrap()
}

pub fn flat(t: &Tensor) -> Vec<f64> {
    t.to_dtype(DType::F64).unwrap().flatten_all().unwrap().to_vec1().unwrap()
}

pub fn scalar(t: &Tensor) -> f64 {
    flat(t)[0]
}

/// The derivative of `f` by entry `i` of `var`, by central differences.
pub fn difference(var: &Var, i: usize, f: &dyn Fn() -> Result<Tensor>) -> f64 {
    const STEP: f64 = 1e-5;
    let original = var.as_tensor().copy().unwrap();
    let values = flat(&original);
    let at = |delta: f64| {
        let mut moved = values.clone();
        moved[i] += delta;
        var.set(&Tensor::from_vec(moved, original.shape(), &Device::Cpu).unwrap()).unwrap();
        scalar(&f().unwrap())
    };
    let slope = (at(STEP) - at(-STEP)) / (2.0 * STEP);
    var.set(&original).unwrap();
    slope
}

/// Compares the gradient of the scalar `f` with central differences at a sample of entries of each variable.
///
/// Tolerance 1e-5 of the larger of 1 and the slope: the differences' own error is near 1e-9 in f64, but candle's
/// GELU gradient has constants of six digits.
pub fn check(vars: &[(String, Var)], f: &dyn Fn() -> Result<Tensor>) {
    let gradients = f().unwrap().backward().unwrap();
    let mut rng = Rng::new(3);
    let mut seen = 0.0f64;
    for (name, var) in vars {
        let gradient = gradients.get(var).unwrap_or_else(|| panic!("{name} has no gradient"));
        let gradient = flat(gradient);
        // A large tensor may have rows that no input reaches (categories): look where it is steep, too.
        let steepest =
            (0..gradient.len()).max_by(|a, b| gradient[*a].abs().total_cmp(&gradient[*b].abs()));
        let sample = (0..6).map(|_| rng.below(gradient.len())).chain(steepest);
        for i in sample {
            let expected = difference(var, i, f);
            seen = seen.max(expected.abs());
            assert!(
                (gradient[i] - expected).abs() <= 1e-5 * expected.abs().max(1.0),
                "{name}[{i}]: gradient {}, finite difference {expected}",
                gradient[i]
            );
        }
    }
    assert!(seen > 1e-4, "every slope sampled is flat: the check shows nothing");
}

pub fn named(vars: &[(&str, &Var)]) -> Vec<(String, Var)> {
    vars.iter().map(|(n, v)| ((*n).to_owned(), (*v).clone())).collect()
}
