//! Made-up weights of graph networks, of about the size that training gives them.

use std::collections::BTreeMap;

/// Values for the tensors that a shape lists (name, dimensions), which `seed` gives.
pub fn graph_weights(tensors: &[(String, Vec<usize>)], seed: u64) -> BTreeMap<String, Vec<f32>> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 40) as f32 / (1u64 << 24) as f32 * 2.0 - 1.0
    };
    let mut values = BTreeMap::new();
    for (name, dims) in tensors {
        let scale = match dims[..] {
            [inputs, _] if name.contains("first") || name.contains("second") => {
                (3.0 / inputs as f32).sqrt()
            }
            _ => 0.5,
        };
        let one = name.ends_with("norm.weight") || name.ends_with("scale");
        let shift = if one { 1.0 } else { 0.0 };
        let count = dims.iter().product();
        values.insert(name.clone(), (0..count).map(|_| next() * scale + shift).collect());
    }
    values
}
