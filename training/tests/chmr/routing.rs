//! The library's routing (`chmr::treevq`) against the trainer's (`tree_vq.rs`) on the same nodes and latents.
//!
//! The two add the products of a cosine in another order, so their cosines differ by rounding: of 300 products of unit
//! vectors by at most 300 · 2⁻²⁴ · Σ|aᵢbᵢ| ≤ 2e-5, measured 2e-7. Where the cosines of two children lie further apart
//! than that, both must take the same one; where they do not, either is right, and from there on the paths are their own.

use super::fixtures::flat;
use candle_core::{DType, Device, Tensor};
use chmr::treevq::Codebook;
use chmr_training::chmr::parameters::Parameters;
use chmr_training::chmr::quantize::QuantizeConfig;
use chmr_training::chmr::rng::Rng;
use chmr_training::chmr::tree_vq::TreeVq;

const DEPTH: usize = 6;
const WIDTH: usize = 300;
const LATENTS: usize = 2000;
/// See above.
const TIE: f64 = 2e-5;

fn tree() -> (TreeVq, Codebook) {
    let p = Parameters::new(11, DType::F32, &Device::Cpu);
    let tree = TreeVq::new(&p, DEPTH, WIDTH, QuantizeConfig::default()).unwrap();
    let levels = tree.nodes().unwrap();
    let levels = levels.iter().map(|l| flat(l).into_iter().map(|v| v as f32).collect()).collect();
    (tree, Codebook::new(WIDTH, levels).unwrap())
}

/// Every third lies half-way between two siblings, where rounding decides.
fn latents(book: &Codebook) -> Vec<f32> {
    let mut rng = Rng::new(5);
    let mut all = Vec::with_capacity(LATENTS * WIDTH);
    for i in 0..LATENTS {
        if i % 3 == 0 {
            let level = 1 + i % DEPTH;
            let node = 2 * (i % (1 << (level - 1)));
            let pair = book.node(level, node).iter().zip(book.node(level, node + 1));
            all.extend(pair.map(|(a, b)| 3.0 * (a + b)));
        } else {
            all.extend((0..WIDTH).map(|_| rng.normal() as f32));
        }
    }
    all
}

fn cosine(a: &[f32], b: &[f32]) -> f64 {
    let dot = |a: &[f32], b: &[f32]| -> f64 {
        a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum()
    };
    dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()
}

#[test]
fn the_library_routes_as_the_trainer_does() {
    let (tree, book) = tree();
    let values = latents(&book);
    let z = Tensor::from_slice(&values, (LATENTS, WIDTH), &Device::Cpu).unwrap();
    let trained = tree.route(&z).unwrap();
    let (mut ties, mut random_ties) = (0, 0);
    for (i, latent) in values.chunks_exact(WIDTH).enumerate() {
        let code = book.route(latent);
        for (h, trained) in trained.iter().enumerate() {
            let node = code.nodes[h];
            let taken = cosine(latent, book.node(h + 1, node as usize));
            assert!(
                (taken - f64::from(code.cosines[h])).abs() < TIE,
                "latent {i}, level {}",
                h + 1
            );
            if node != trained[i] {
                let apart = taken - cosine(latent, book.node(h + 1, (node ^ 1) as usize));
                assert!(apart.abs() < TIE, "latent {i}, level {}: {apart}", h + 1);
                ties += 1;
                random_ties += usize::from(i % 3 != 0);
                break;
            }
        }
    }
    // Ties were made on purpose; among random directions they are a rarity.
    assert!(random_ties <= 2, "{random_ties} of the random latents part");
    assert!(ties <= LATENTS / 3, "{ties}");
}

#[test]
fn equal_children_mean_the_first_to_both() {
    let p = Parameters::new(3, DType::F32, &Device::Cpu);
    let tree = TreeVq::new(&p, 2, 4, QuantizeConfig::default()).unwrap();
    let level =
        |n: usize| Tensor::from_vec([0.6f32, 0.0, 0.8, 0.0].repeat(n), (n, 4), &Device::Cpu);
    for (_, nodes) in p.trained_vars() {
        nodes.set(&level(nodes.dim(0).unwrap()).unwrap()).unwrap();
    }
    let levels = tree.nodes().unwrap();
    let levels = levels.iter().map(|l| flat(l).into_iter().map(|v| v as f32).collect()).collect();
    let book = Codebook::new(4, levels).unwrap();
    let latent = [0.3f32, -1.0, 0.2, 5.0];
    let z = Tensor::from_slice(&latent, (1, 4), &Device::Cpu).unwrap();
    assert_eq!(tree.route(&z).unwrap(), [[0], [0]]);
    assert_eq!(book.route(&latent).nodes, [0, 0]);
}
