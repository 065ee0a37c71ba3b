//! 2D descriptors: numbers that describe a molecule by its graph.
//!
//! Content and names follow RDKit's `Descriptors._descList`; `docs/descriptors.md` says for each how
//! far the values agree. A family is a file; what several need is computed once (`context`).

mod burden;
mod closed_walks;
mod connectivity;
mod context;
mod crippen;
mod crippen_table;
mod density;
mod drug_likeness;
mod electrons;
mod elements;
mod estate;
mod fragment_table;
mod fragments;
mod information;
mod labute;
mod patterns;
mod peoe;
mod physical;
mod polynomial;
mod qed_table;
mod ring_counts;
mod surface;
mod weighted;

use super::morgan;
use crate::chem::Molecule;
use context::Context;
pub(super) use electrons::{Bonding, bonding};
pub(super) use estate::intrinsic_states;
pub(super) use physical::mass;

/// One descriptor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Descriptor {
    /// Unique name; a model file names its inputs by it.
    pub name: &'static str,
    /// What the number is, with its unit.
    pub definition: &'static str,
    /// The descriptor of RDKit that it reproduces, if any.
    pub rdkit: Option<&'static str>,
}

impl Descriptor {
    /// One that goes by RDKit's name.
    const fn rdkit(name: &'static str, definition: &'static str) -> Self {
        Self { name, definition, rdkit: Some(name) }
    }
}

const FAMILIES: [&[Descriptor]; 9] = [
    &physical::LIST,
    &ring_counts::LIST,
    &connectivity::LIST,
    &information::LIST,
    &surface::LIST,
    &burden::LIST,
    &density::LIST,
    &drug_likeness::LIST,
    &fragments::LIST,
];

const COUNT: usize = {
    let (mut total, mut f) = (0, 0);
    while f < FAMILIES.len() {
        total += FAMILIES[f].len();
        f += 1;
    }
    total
};

const ALL: [Descriptor; COUNT] = {
    let mut all = [Descriptor::rdkit("", ""); COUNT];
    let (mut next, mut f) = (0, 0);
    while f < FAMILIES.len() {
        let mut i = 0;
        while i < FAMILIES[f].len() {
            all[next] = FAMILIES[f][i];
            next += 1;
            i += 1;
        }
        f += 1;
    }
    all
};

/// Every descriptor, in the order of [`descriptors`]' output.
pub const DESCRIPTORS: &[Descriptor] = &ALL;

/// Computes all [`DESCRIPTORS`] of `mol` into `out`. A value that is not finite is undefined: an
/// element without Gasteiger parameters, a molecule beyond a descriptor's size limit.
///
/// # Panics
/// If `out` is not as long as [`DESCRIPTORS`].
pub fn descriptors(mol: &Molecule, out: &mut [f64]) {
    of_environments(mol, &morgan::environments(mol, RADIUS), out);
}

/// The radius of the circular environments that descriptors count.
pub(super) const RADIUS: u32 = 3;

/// [`descriptors`], where the circular environments are known, up to [`RADIUS`] at least.
pub(super) fn of_environments(mol: &Molecule, environments: &[(u32, u32)], out: &mut [f64]) {
    assert_eq!(out.len(), COUNT, "one value a descriptor");
    let context = &mut Context::new(mol, environments);
    let mut rest = out;
    let mut family = |list: &[Descriptor]| -> &mut [f64] {
        let (own, after) = std::mem::take(&mut rest).split_at_mut(list.len());
        rest = after;
        own
    };
    let physical = family(&physical::LIST);
    physical::compute(context, physical);
    ring_counts::compute(context, family(&ring_counts::LIST));
    connectivity::compute(context, family(&connectivity::LIST));
    information::compute(context, family(&information::LIST));
    surface::compute(context, family(&surface::LIST));
    burden::compute(context, family(&burden::LIST));
    density::compute(context, family(&density::LIST));
    let known = drug_likeness::Known {
        weight: physical[0],
        logp: physical[9],
        surface: physical[11],
        donors: physical[18],
        rotatable: physical[20],
    };
    drug_likeness::compute(context, &known, family(&drug_likeness::LIST));
    fragments::compute(context, family(&fragments::LIST));
}
