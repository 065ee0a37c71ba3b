//! Stereocentres from the wedges and positions of an extension.

use super::draft::Draft;
use crate::chem::molecule::Conformer;
use chematic_core as cc;
use chematic_core::{AtomIdx, BondIdx, BondOrder};
use chematic_perception as cp;

/// A centre, its handedness, and its neighbours in the order that this refers to.
pub(super) type Centre = (AtomIdx, cc::Chirality, Vec<u32>);

/// The centres at the points of `wedges` (atom, bond, whether it comes forward), as drawn.
pub(super) fn centres(
    draft: &Draft,
    wedges: &[(usize, usize, bool)],
    conformer: &Conformer,
) -> Vec<Centre> {
    let mut builder = cc::MoleculeBuilder::with_capacity(draft.atoms(), draft.bonds());
    for i in 0..draft.atoms() {
        let mut atom = draft.atom(i).clone();
        atom.chirality = cc::Chirality::None;
        builder.add_atom(atom);
    }
    for i in 0..draft.bonds() {
        let (first, second, order) = draft.bond(i);
        let wedge = wedges.iter().find(|(_, bond, _)| *bond == i);
        let (first, second) = match wedge {
            Some((point, _, _)) if second.0 as usize == *point => (second, first),
            _ => (first, second),
        };
        let order = match (wedge, order) {
            (Some((_, _, true)), BondOrder::Single) => BondOrder::Up,
            (Some((_, _, false)), BondOrder::Single) => BondOrder::Down,
            (_, BondOrder::Up | BondOrder::Down) => BondOrder::Single,
            (_, order) => order,
        };
        // The draft has each bond once.
        let _: Result<BondIdx, _> = builder.add_bond(first, second, order);
    }
    let mut drawn = builder.build();
    let xy: Vec<(f64, f64)> =
        conformer.positions.iter().map(|p| (f64::from(p[0]), f64::from(p[1]))).collect();
    cp::apply_ctab_local_parity_from_wedges_with_diagnostics(&mut drawn, &xy);
    let mut points: Vec<usize> = wedges.iter().map(|w| w.0).collect();
    points.sort_unstable();
    points.dedup();
    points
        .into_iter()
        .map(|point| {
            let atom = AtomIdx(point as u32);
            let order = drawn.stereo_neighbor_order(atom).unwrap_or_default().to_vec();
            (atom, drawn.atom(atom).chirality, order)
        })
        .collect()
}
