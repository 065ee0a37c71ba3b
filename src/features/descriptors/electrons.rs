//! Valence, radicals, conjugation and hybridisation, as RDKit's sanitisation assigns them
//! (`Atom::calcExplicitValence`, `assignRadicals`, `setConjugation`, `setHybridization`).

use super::context::{Hybrid, order, outer};
use super::elements::valences;
use crate::chem::{Atom, BondOrder, Molecule};

pub(super) struct Electrons {
    pub valence: Vec<i32>,
    pub radicals: Vec<u8>,
    pub conjugated: Vec<bool>,
    pub hybrid: Vec<Hybrid>,
}

/// What patterns ask about an atom beyond [`Molecule`].
pub(in crate::features) struct Bonding {
    /// RDKit's total valence of each atom.
    pub valence: Vec<i32>,
    /// Whether each atom is sp³.
    pub sp3: Vec<bool>,
}

pub(in crate::features) fn bonding(mol: &Molecule) -> Bonding {
    let Electrons { valence, hybrid, .. } = assign(mol);
    Bonding { valence, sp3: hybrid.into_iter().map(|h| h == Hybrid::Sp3).collect() }
}

pub(super) fn assign(mol: &Molecule) -> Electrons {
    let n = mol.atoms().len();
    let valence: Vec<i32> = (0..n).map(|i| total_valence(mol, i)).collect();
    let radicals: Vec<i32> = (0..n).map(|i| radicals(mol, i, valence[i])).collect();
    let conjugated = conjugation(mol, &valence, &radicals);
    let hybrid =
        (0..n).map(|i| hybridisation(mol, i, valence[i], radicals[i], &conjugated)).collect();
    let radicals = radicals.iter().map(|&r| r.clamp(0, 255) as u8).collect();
    Electrons { valence, radicals, conjugated, hybrid }
}

/// What a bond adds to the valence of `atom`; a dative bond counts on the acceptor alone.
fn share(mol: &Molecule, bond: u32, atom: usize) -> f64 {
    let b = &mol.bonds()[bond as usize];
    if b.order == BondOrder::Dative && b.begin as usize == atom { 0.0 } else { order(b.order) }
}

fn total_valence(mol: &Molecule, i: usize) -> i32 {
    let atom = &mol.atoms()[i];
    let mut sum: f64 = mol.neighbors(i).iter().map(|nb| share(mol, nb.bond, i)).sum();
    sum += f64::from(atom.hydrogens);
    let list = valences(atom.atomic_number);
    if atom.aromatic
        && let Some(&default) = list.first()
    {
        // An aromatic atom's bonds may add up to more than any Kekulé structure gives it: take
        // the permitted valence just below.
        let mut charge = i32::from(atom.charge);
        if matches!(atom.atomic_number, 5 | 13 | 31 | 49 | 81)
            || atom.atomic_number == 6 && charge > 0
        {
            charge = -charge;
        }
        if sum > f64::from(default + charge) {
            let permitted = list
                .iter()
                .take_while(|&&v| v >= 0 && f64::from(v + charge) <= sum)
                .last()
                .map_or(default + charge, |v| v + charge);
            if sum - f64::from(permitted) <= 1.5 {
                sum = f64::from(permitted);
            }
        }
    }
    (sum + 0.1).round() as i32
}

/// Unpaired electrons. Zero for every atom that carries the hydrogens its default valence asks for.
fn radicals(mol: &Molecule, i: usize, valence: i32) -> i32 {
    let atom = &mol.atoms()[i];
    let (outer, charge) = (i32::from(outer(atom.atomic_number)), i32::from(atom.charge));
    if atom.atomic_number == 0 {
        return 0;
    }
    let list = valences(atom.atomic_number);
    if list.is_empty() {
        return if mol.degree(i) > 0 { 0 } else { (outer - charge).max(0) % 2 };
    }
    let octet = if atom.atomic_number <= 2 { 2 } else { 8 };
    let mut count = octet - outer - valence + charge;
    if count < 0 {
        count = 0;
        if list.len() > 1 {
            count = list
                .iter()
                .map(|v| v - valence + charge)
                .find(|&missing| missing >= 0)
                .unwrap_or(0);
        }
    }
    let unshared = outer - valence - charge;
    if unshared >= 0 { count.min(unshared) } else { count }
}

fn substituents(mol: &Molecule, i: usize) -> i32 {
    mol.degree(i) as i32 + i32::from(mol.atoms()[i].hydrogens)
}

/// Electrons that an atom can give to a π system; -1 for none.
fn pi_electrons(mol: &Molecule, i: usize, valence: i32, radicals: i32) -> i32 {
    let atom = &mol.atoms()[i];
    let default = valences(atom.atomic_number).first().copied().unwrap_or(-1);
    let connections = substituents(mol, i);
    if default <= 1 || connections > 3 {
        return -1;
    }
    let outer = i32::from(outer(atom.atomic_number));
    let pairs = (outer - default - i32::from(atom.charge)).max(0);
    let count = default - connections + pairs - radicals;
    let multiple = valence - i32::from(atom.hydrogens) - mol.degree(i) as i32;
    if count > 1 && multiple > 1 { 1 } else { count }
}

fn can_conjugate(mol: &Molecule, i: usize, valence: i32, radicals: i32) -> bool {
    let z = mol.atoms()[i].atomic_number;
    let outer = outer(z);
    (z <= 10 || (outer != 5 && outer != 6) || (outer == 6 && substituents(mol, i) < 2))
        && pi_electrons(mol, i, valence, radicals) > 0
}

fn conjugation(mol: &Molecule, valence: &[i32], radicals: &[i32]) -> Vec<bool> {
    let mut marked: Vec<bool> =
        mol.bonds().iter().map(|b| b.order == BondOrder::Aromatic).collect();
    let candidate: Vec<bool> =
        (0..mol.atoms().len()).map(|i| can_conjugate(mol, i, valence[i], radicals[i])).collect();
    for center in 0..mol.atoms().len() {
        if !candidate[center] || !(2..=3).contains(&substituents(mol, center)) {
            continue;
        }
        for first in mol.neighbors(center) {
            if share(mol, first.bond, center) < 1.5 || !candidate[first.atom as usize] {
                continue;
            }
            for second in mol.neighbors(center) {
                let other = second.atom as usize;
                if second.bond != first.bond && substituents(mol, other) <= 3 && candidate[other] {
                    marked[first.bond as usize] = true;
                    marked[second.bond as usize] = true;
                }
            }
        }
    }
    marked
}

fn hybridisation(
    mol: &Molecule,
    i: usize,
    valence: i32,
    radicals: i32,
    conjugated: &[bool],
) -> Hybrid {
    let atom: &Atom = &mol.atoms()[i];
    if atom.atomic_number == 0 {
        return Hybrid::Unspecified;
    }
    let connections = substituents(mol, i);
    let mut orbitals = connections;
    if atom.atomic_number > 1 && atom.atomic_number < 89 {
        let outer = i32::from(outer(atom.atomic_number));
        let charge = i32::from(atom.charge);
        let unshared = outer - (valence + charge);
        orbitals += if valence + outer - charge < 8 {
            (unshared - radicals) / 2 + radicals
        } else {
            unshared / 2
        };
    }
    match orbitals {
        0 | 1 => Hybrid::S,
        2 => Hybrid::Sp,
        3 => Hybrid::Sp2,
        4 if connections < 4 && mol.neighbors(i).iter().any(|nb| conjugated[nb.bond as usize]) => {
            Hybrid::Sp2
        }
        4 => Hybrid::Sp3,
        5 => Hybrid::Sp3d,
        6 => Hybrid::Sp3d2,
        _ => Hybrid::Unspecified,
    }
}
