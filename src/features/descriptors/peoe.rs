//! Partial charges by partial equalisation of orbital electronegativity: Gasteiger and Marsili,
//! Tetrahedron 36 (1980) 3219, in RDKit's form (`computeGasteigerCharges`: 12 rounds, the implicit
//! hydrogens of an atom share one charge).

use super::context::Hybrid;
use crate::chem::Molecule;

const ROUNDS: usize = 12;
/// Electronegativity of the hydrogen cation.
const HYDROGEN_CATION: f64 = 20.02;

/// χ(q) = a + b·q + c·q².
type Parameters = [f64; 3];
const HYDROGEN: Parameters = [7.17, 6.24, -0.56];

fn parameters(z: u8, hybrid: Hybrid, oxygens: usize) -> Option<Parameters> {
    use Hybrid::{Sp, Sp2, Sp3};
    Some(match (z, hybrid) {
        (1, _) => HYDROGEN,
        (6, Sp3) => [7.98, 9.18, 1.88],
        (6, Sp2) => [8.79, 9.32, 1.51],
        (6, Sp) => [10.39, 9.45, 0.73],
        (7, Sp3) => [11.54, 10.82, 1.36],
        (7, Sp2) => [12.87, 11.15, 0.85],
        (7, Sp) => [15.68, 11.7, -0.27],
        (8, Sp3) => [14.18, 12.92, 1.39],
        (8, Sp2) => [17.07, 13.79, 0.47],
        (9, Sp3) => [14.66, 13.85, 2.31],
        (17, Sp3) => [11.00, 9.69, 1.35],
        (35, Sp3) => [10.08, 8.47, 1.16],
        (53, Sp3) => [9.9, 7.96, 0.96],
        (16, Sp2) => [10.88, 9.49, 1.33],
        (16, Sp3) => [10.14, 9.13, 1.38],
        (16, Sp) => return None,
        (16, _) if oxygens == 2 => [12.00, 10.81, 1.20],
        (16, _) => [10.14, 9.13, 1.38],
        (15, Sp3) => [8.90, 8.24, 0.96],
        (15, Sp2) => [9.665, 8.530, 0.735],
        (14, Sp3) => [7.300, 6.567, 0.657],
        (14, Sp2) => [7.905, 6.748, 0.443],
        (14, Sp) => [9.065, 7.027, -0.002],
        (5, Sp3) => [5.980, 6.820, 1.605],
        (5, Sp2) => [6.420, 6.807, 1.322],
        (4, Sp3) => [3.845, 6.755, 3.165],
        (4, Sp2) => [4.005, 6.725, 3.035],
        (12, Sp2) => [3.565, 5.572, 2.197],
        (12, Sp3) => [3.300, 5.587, 2.447],
        (12, Sp) => [4.040, 5.472, 1.823],
        (13, Sp3) => [5.375, 4.953, 0.867],
        (13, Sp2) => [5.795, 5.020, 0.695],
        _ => return None,
    })
}

/// One charge an atom, and whether an element had no parameters (its zeros make the charges of its
/// fragment meaningless or not finite, as in RDKit).
pub(super) fn charges(mol: &Molecule, conjugated: &[bool], hybrid: &[Hybrid]) -> (Vec<f64>, bool) {
    let n = mol.atoms().len();
    let mut unknown = false;
    let parameters: Vec<Parameters> = (0..n)
        .map(|i| {
            let oxygens = mol
                .neighbors(i)
                .iter()
                .filter(|nb| mol.atoms()[nb.atom as usize].atomic_number == 8)
                .count();
            parameters(mol.atoms()[i].atomic_number, hybrid[i], oxygens).unwrap_or_else(|| {
                unknown = true;
                [0.0; 3]
            })
        })
        .collect();
    let cation: Vec<f64> = (0..n)
        .map(|i| match mol.atoms()[i].atomic_number {
            1 => HYDROGEN_CATION,
            _ => parameters[i].iter().sum(),
        })
        .collect();
    let mut charge = formal_charges(mol, conjugated);
    let mut pooled = vec![0.0; n]; // charge of an atom's implicit hydrogens together
    let mut chi = vec![0.0; n];
    let mut damping = 0.5;
    for _ in 0..ROUNDS {
        for i in 0..n {
            chi[i] = electronegativity(&parameters[i], charge[i]);
        }
        for i in 0..n {
            let mut gained = 0.0;
            for nb in mol.neighbors(i) {
                let j = nb.atom as usize;
                let difference = chi[j] - chi[i];
                gained += difference / if difference < 0.0 { cation[j] } else { cation[i] };
            }
            let hydrogens = f64::from(mol.atoms()[i].hydrogens);
            if hydrogens > 0.0 {
                let difference = electronegativity(&HYDROGEN, pooled[i] / hydrogens) - chi[i];
                let step = difference / if difference < 0.0 { HYDROGEN_CATION } else { cation[i] };
                gained += hydrogens * step;
                pooled[i] -= hydrogens * step * damping;
            }
            charge[i] += damping * gained;
        }
        damping *= 0.5;
    }
    (charge, unknown)
}

fn electronegativity(p: &Parameters, charge: f64) -> f64 {
    p[0] + charge * (p[1] + p[2] * charge)
}

/// Formal charges, each shared with the atoms of the same element two conjugated bonds away (both
/// oxygens of a carboxylate start at -0.5).
fn formal_charges(mol: &Molecule, conjugated: &[bool]) -> Vec<f64> {
    let mut charge = vec![0.0; mol.atoms().len()];
    for (i, atom) in mol.atoms().iter().enumerate() {
        if atom.charge == 0 || charge[i] != 0.0 {
            continue;
        }
        let mut total = f64::from(atom.charge);
        let mut sharers = vec![i];
        for first in mol.neighbors(i).iter().filter(|nb| conjugated[nb.bond as usize]) {
            for second in mol.neighbors(first.atom as usize) {
                let other = &mol.atoms()[second.atom as usize];
                if second.bond != first.bond
                    && conjugated[second.bond as usize]
                    && other.atomic_number == atom.atomic_number
                {
                    total += f64::from(other.charge);
                    sharers.push(second.atom as usize);
                }
            }
        }
        let share = total / sharers.len() as f64;
        for &s in &sharers {
            charge[s] = share;
        }
    }
    charge
}
