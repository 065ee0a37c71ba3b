//! Labute's approximate surface area: J. Mol. Graph. Model. 18 (2000) 464, as RDKit's
//! `getLabuteAtomContribs` computes it. One hydrogen a heavy atom is assumed and all are pooled.

use super::elements::RADIUS;
use crate::chem::{BondOrder, Molecule};
use std::f64::consts::PI;

/// Surface of each atom and of the pooled hydrogens, Å².
pub(super) fn areas(mol: &Molecule) -> (Vec<f64>, f64) {
    let radius =
        |i: usize| RADIUS.get(usize::from(mol.atoms()[i].atomic_number)).copied().unwrap_or(0.0);
    let n = mol.atoms().len();
    let mut hidden = vec![0.0; n];
    for b in mol.bonds() {
        let (i, j) = (b.begin as usize, b.end as usize);
        let (ri, rj) = (radius(i), radius(j));
        let shortening = match b.order {
            BondOrder::Aromatic => 0.1,
            BondOrder::Double => 0.2,
            BondOrder::Triple => 0.3,
            _ => 0.0,
        };
        let distance = (ri + rj - shortening).max((ri - rj).abs()).min(ri + rj);
        hidden[i] += overlap(ri, rj, distance);
        hidden[j] += overlap(rj, ri, distance);
    }
    let rh = RADIUS[1];
    let mut hydrogen_hidden = 0.0;
    for (i, hidden) in hidden.iter_mut().enumerate() {
        let ri = radius(i);
        *hidden += overlap(ri, rh, ri + rh);
        hydrogen_hidden += overlap(rh, ri, ri + rh);
    }
    let area = |r: f64, hidden: f64| PI * r * (4.0 * r - hidden);
    let atoms = (0..n).map(|i| area(radius(i), hidden[i])).collect();
    let hydrogens = if hydrogen_hidden.abs() > 1e-4 { area(rh, hydrogen_hidden) } else { 0.0 };
    (atoms, hydrogens)
}

fn overlap(own: f64, other: f64, distance: f64) -> f64 {
    if distance > 0.0 { other * other - (own - distance).powi(2) / distance } else { 0.0 }
}
