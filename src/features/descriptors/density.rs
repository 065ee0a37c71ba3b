//! How many different circular environments a molecule has for its size.

use super::Descriptor;
use super::context::Context;

pub(super) const LIST: [Descriptor; 3] = [
    Descriptor::rdkit("FpDensityMorgan1", "distinct environments up to radius 1 a heavy atom"),
    Descriptor::rdkit("FpDensityMorgan2", "distinct environments up to radius 2 a heavy atom"),
    Descriptor::rdkit("FpDensityMorgan3", "distinct environments up to radius 3 a heavy atom"),
];

pub(super) fn compute(context: &Context, out: &mut [f64]) {
    let mut first_seen = context.environments.to_vec();
    first_seen.sort_unstable();
    first_seen.dedup_by_key(|e| e.0);
    let heavy = context.heavy_atoms();
    for (slot, radius) in out.iter_mut().zip(1..) {
        let distinct = first_seen.iter().filter(|e| e.1 <= radius).count();
        *slot = if heavy == 0 { 0.0 } else { distinct as f64 / heavy as f64 };
    }
}
