//! QED: Bickerton et al., Nature Chemistry 4 (2012) 90.

use super::Descriptor;
use super::context::Context;
use super::patterns::{QED_ACCEPTORS, QED_ALERTS};
use super::qed_table::{ACCEPTORS, ALERTS, DESIRABILITY, WEIGHTS};
use crate::chem::BondOrder;

pub(super) const LIST: [Descriptor; 1] =
    [Descriptor::rdkit("qed", "weighted geometric mean of eight desirabilities (mean weights)")];

/// What QED needs of the other families.
pub(super) struct Known {
    pub weight: f64,
    pub logp: f64,
    pub donors: f64,
    pub surface: f64,
    pub rotatable: f64,
}

pub(super) fn compute(context: &mut Context, known: &Known, out: &mut [f64]) {
    let matching = &mut context.matching;
    let acceptors: usize = (0..ACCEPTORS.len()).map(|i| matching.count(QED_ACCEPTORS + i)).sum();
    let alerts = (0..ALERTS.len()).filter(|&i| matching.any(QED_ALERTS + i)).count();
    let properties = [
        known.weight,
        known.logp,
        acceptors as f64,
        known.donors,
        known.surface,
        known.rotatable,
        aromatic_rings(context) as f64,
        alerts as f64,
    ];
    let mut sum = 0.0;
    for ((x, [a, b, c, d, e, f, max]), weight) in properties.iter().zip(DESIRABILITY).zip(WEIGHTS) {
        let rise = 1.0 + (-(x - c + d / 2.0) / e).exp();
        let fall = 1.0 + (-(x - c - d / 2.0) / f).exp();
        sum += weight * ((a + b / rise * (1.0 - 1.0 / fall)) / max).ln();
    }
    out[0] = (sum / WEIGHTS.iter().sum::<f64>()).exp();
}

/// Independent rings left when the aliphatic ring atoms with an aliphatic neighbour are deleted (single bonds only, as
/// the pattern `[$([A;R][!a])]` asks).
fn aromatic_rings(context: &Context) -> usize {
    let mol = context.mol;
    let atoms = mol.atoms();
    let kept: Vec<bool> = (0..atoms.len())
        .map(|i| {
            let aliphatic_neighbor = mol.neighbors(i).iter().any(|nb| {
                mol.bonds()[nb.bond as usize].order == BondOrder::Single
                    && !atoms[nb.atom as usize].aromatic
            });
            !(atoms[i].in_ring && !atoms[i].aromatic && aliphatic_neighbor)
        })
        .collect();
    let mut group: Vec<u32> = (0..atoms.len() as u32).collect();
    let mut rings = 0;
    for b in mol.bonds() {
        if !kept[b.begin as usize] || !kept[b.end as usize] {
            continue;
        }
        let (x, y) = (root(&mut group, b.begin), root(&mut group, b.end));
        if x == y {
            rings += 1; // the bond closes a cycle
        } else {
            group[x as usize] = y;
        }
    }
    rings
}

fn root(group: &mut [u32], mut i: u32) -> u32 {
    while group[i as usize] != i {
        group[i as usize] = group[group[i as usize] as usize];
        i = group[i as usize];
    }
    i
}
