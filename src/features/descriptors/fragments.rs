//! Counts of functional groups.

use super::Descriptor;
use super::context::Context;
use super::fragment_table::FRAGMENTS;
use super::patterns::FRAGMENT;

pub(super) const LIST: [Descriptor; FRAGMENTS.len()] = {
    let mut list = [Descriptor::rdkit("", ""); FRAGMENTS.len()];
    let mut i = 0;
    while i < FRAGMENTS.len() {
        // The SMARTS is the definition.
        list[i] = Descriptor::rdkit(FRAGMENTS[i].0, FRAGMENTS[i].1);
        i += 1;
    }
    list
};

pub(super) fn compute(context: &mut Context, out: &mut [f64]) {
    for (i, slot) in out.iter_mut().enumerate() {
        *slot = context.matching.count(FRAGMENT + i) as f64;
    }
}
