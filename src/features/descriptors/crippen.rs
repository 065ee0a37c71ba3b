//! log P and molar refractivity by atom contributions: Wildman and Crippen, J. Chem. Inf. Comput.
//! Sci. 39 (1999) 868, as RDKit's `Crippen` module reads it.

use super::crippen_table::TYPES;
use super::patterns::CRIPPEN;
use crate::chem::{BondOrder, Molecule};
use crate::features::smarts::Matcher;

pub(super) struct Contributions {
    pub logp: Vec<f64>,
    pub refractivity: Vec<f64>,
    /// Hydrogens included.
    pub total: (f64, f64),
}

/// Every atom's own contribution, and the totals.
pub(super) fn contributions(mol: &Molecule, matching: &mut Matcher) -> Contributions {
    let n = mol.atoms().len();
    let mut logp = vec![0.0; n];
    let mut refractivity = vec![0.0; n];
    let mut total = (0.0, 0.0);
    let types = matching.first_to_start(CRIPPEN..CRIPPEN + TYPES.len());
    for i in 0..n {
        let atom = &mol.atoms()[i];
        if atom.atomic_number == 1 {
            let partner = mol.neighbors(i).first().map(|nb| nb.atom as usize);
            (logp[i], refractivity[i]) = hydrogen(mol, partner, Some(i));
        } else {
            if let Some(t) = types[i] {
                let (_, p, r) = TYPES[usize::from(t)];
                (logp[i], refractivity[i]) = (p, r);
            }
        }
        total.0 += logp[i];
        total.1 += refractivity[i];
        if atom.hydrogens > 0 {
            let (p, r) = hydrogen(mol, Some(i), None);
            total.0 += p * f64::from(atom.hydrogens);
            total.1 += r * f64::from(atom.hydrogens);
        }
    }
    Contributions { logp, refractivity, total }
}

/// Types H1 to H4 and HS for a hydrogen on `partner`; `atom` is its index where it is an atom of
/// the graph.
fn hydrogen(mol: &Molecule, partner: Option<usize>, atom: Option<usize>) -> (f64, f64) {
    const H1: (f64, f64) = (0.123, 1.057);
    const H2: (f64, f64) = (-0.2677, 1.395);
    const H3: (f64, f64) = (0.2142, 0.9627);
    const H4: (f64, f64) = (0.298, 1.805);
    const HS: (f64, f64) = (0.1125, 1.112);
    let Some(partner) = partner else { return HS };
    let atoms = mol.atoms();
    let on = &atoms[partner];
    match (on.atomic_number, on.aromatic) {
        (6 | 1, _) => H1,
        (8, false) => {
            let beyond = || {
                mol.neighbors(partner).iter().filter(|nb| {
                    Some(nb.atom as usize) != atom
                        && matches!(
                            mol.bonds()[nb.bond as usize].order,
                            BondOrder::Single | BondOrder::Aromatic
                        )
                })
            };
            let is = |test: &dyn Fn(usize) -> bool| beyond().any(|nb| test(nb.atom as usize));
            let spare = usize::from(on.hydrogens) + usize::from(atom.is_some()) > 1;
            let saturated = |i: usize| {
                let a = &atoms[i];
                let connections = mol.degree(i) + usize::from(a.hydrogens);
                a.atomic_number == 6 && (a.aromatic || connections == 4)
            };
            // Another hydrogen is one such.
            let other = |i: usize| !matches!(atoms[i].atomic_number, 6 | 7 | 8 | 16);
            let unsaturated = |i: usize| {
                let a = &atoms[i];
                a.atomic_number == 6
                    && !a.aromatic
                    && mol.neighbors(i).iter().any(|nb| {
                        let b = &atoms[nb.atom as usize];
                        nb.atom as usize != partner
                            && mol.bonds()[nb.bond as usize].order == BondOrder::Double
                            && (matches!(b.atomic_number, 6 | 7)
                                || matches!(b.atomic_number, 8 | 16) && !b.aromatic)
                    })
            };
            let chalcogen =
                |i: usize| matches!(atoms[i].atomic_number, 8 | 16) && !atoms[i].aromatic;
            if is(&saturated) || spare || is(&other) {
                H2
            } else if is(&|i| atoms[i].atomic_number == 7) {
                H3
            } else if is(&unsaturated) || is(&chalcogen) {
                H4
            } else {
                HS
            }
        }
        (7, _) => H3,
        (8, true) => HS,
        _ => H2,
    }
}
