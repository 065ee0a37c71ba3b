//! Weights, electrons, polar surface, and what Lipinski counts.

use super::Descriptor;
use super::context::{Context, outer};
use super::elements::{EXACT, WEIGHT, isotope_mass};
use super::patterns;
use crate::chem::{Atom, BondOrder, Molecule};

pub(super) const LIST: [Descriptor; 26] = [
    d("MolWt", "average molecular weight, g/mol"),
    d("HeavyAtomMolWt", "average molecular weight without hydrogens, g/mol"),
    d("ExactMolWt", "monoisotopic mass less the electrons of the charge, u"),
    d("NumValenceElectrons", "valence electrons"),
    d("NumRadicalElectrons", "unpaired electrons"),
    d("MaxPartialCharge", "largest Gasteiger charge, e"),
    d("MinPartialCharge", "smallest Gasteiger charge, e"),
    d("MaxAbsPartialCharge", "larger magnitude of the two extreme Gasteiger charges, e"),
    d("MinAbsPartialCharge", "smaller magnitude of the two extreme Gasteiger charges, e"),
    d("MolLogP", "Wildman-Crippen log P"),
    d("MolMR", "Wildman-Crippen molar refractivity"),
    d("TPSA", "Ertl's topological polar surface of N and O, A^2"),
    d("LabuteASA", "Labute's approximate surface, A^2"),
    d("FractionCSP3", "share of carbons with four neighbours"),
    d("HeavyAtomCount", "atoms heavier than hydrogen"),
    d("NHOHCount", "hydrogens on N and O"),
    d("NOCount", "N and O atoms"),
    d("NumHAcceptors", "hydrogen-bond acceptors (Gobbi-Poppinger definition)"),
    d("NumHDonors", "hydrogen-bond donors (Gobbi-Poppinger definition)"),
    d("NumHeteroatoms", "atoms other than C and H"),
    d("NumRotatableBonds", "rotatable bonds, strict definition (no amides, no CF3 ends)"),
    d("NumAmideBonds", "bonds C-N of C(=O)N with the oxygen outside rings"),
    d("MinEStateIndex", "smallest electrotopological state"),
    d("MaxEStateIndex", "largest electrotopological state"),
    d("MinAbsEStateIndex", "smallest magnitude of an electrotopological state"),
    d("MaxAbsEStateIndex", "largest magnitude of an electrotopological state"),
];

const fn d(name: &'static str, definition: &'static str) -> Descriptor {
    Descriptor::rdkit(name, definition)
}

/// Mass of the electron, u.
const ELECTRON_MASS: f64 = 0.000_548_579_909_065;

pub(super) fn compute(context: &mut Context, out: &mut [f64]) {
    let mol = context.mol;
    let atoms = mol.atoms();
    let sum = |f: &dyn Fn(&Atom) -> f64| atoms.iter().map(f).sum::<f64>();
    out[0] = sum(&|a| mass(a) + f64::from(a.hydrogens) * WEIGHT[1]);
    out[1] = sum(&|a| if a.atomic_number == 1 { 0.0 } else { mass(a) });
    out[2] = sum(&|a| {
        mass_of(a, &EXACT) + f64::from(a.hydrogens) * EXACT[1] - f64::from(a.charge) * ELECTRON_MASS
    });
    out[3] =
        sum(&|a| f64::from(outer(a.atomic_number)) - f64::from(a.charge) + f64::from(a.hydrogens));
    out[4] = context.radicals.iter().map(|&r| f64::from(r)).sum();

    let (low, high) = extremes(&context.charge);
    out[5] = high;
    out[6] = low;
    out[7] = high.abs().max(low.abs());
    out[8] = high.abs().min(low.abs());
    (out[9], out[10]) = context.crippen_total;
    out[11] = (0..atoms.len()).map(|i| polar_surface(mol, i)).sum();
    out[12] = context.area.iter().sum::<f64>() + context.hydrogen_area;
    let count = |test: &dyn Fn(usize) -> bool| (0..atoms.len()).filter(|&i| test(i)).count() as f64;
    let carbons = count(&|i| atoms[i].atomic_number == 6);
    let saturated = count(&|i| {
        atoms[i].atomic_number == 6 && mol.degree(i) + usize::from(atoms[i].hydrogens) == 4
    });
    out[13] = if carbons == 0.0 { 0.0 } else { saturated / carbons };
    out[14] = context.heavy_atoms() as f64;
    let polar = |i: usize| matches!(atoms[i].atomic_number, 7 | 8);
    out[15] = (0..atoms.len())
        .filter(|&i| polar(i))
        .map(|i| {
            let explicit = mol
                .neighbors(i)
                .iter()
                .filter(|nb| atoms[nb.atom as usize].atomic_number == 1)
                .count();
            f64::from(atoms[i].hydrogens) + explicit as f64
        })
        .sum();
    out[16] = count(&polar);
    out[17] = context.matching.count(patterns::ACCEPTOR) as f64;
    out[18] = context.matching.count(patterns::DONOR) as f64;
    out[19] = count(&|i| !matches!(atoms[i].atomic_number, 1 | 6));
    out[20] = context.matching.count(patterns::ROTATABLE) as f64;
    out[21] = context.matching.count(patterns::AMIDE) as f64;
    (out[22], out[23]) = extremes(&context.estate);
    let magnitudes: Vec<f64> = context.estate.iter().map(|e| e.abs()).collect();
    (out[24], out[25]) = extremes(&magnitudes);
}

/// Average mass of the natural mixture, or of the isotope, u.
pub(in crate::features) fn mass(atom: &Atom) -> f64 {
    mass_of(atom, &WEIGHT)
}

fn mass_of(atom: &Atom, natural: &[f64; 119]) -> f64 {
    match atom.isotope {
        0 => natural.get(usize::from(atom.atomic_number)).copied().unwrap_or(0.0),
        isotope => isotope_mass(atom.atomic_number, isotope),
    }
}

/// Smallest and largest; NaN where one is not a number.
fn extremes(values: &[f64]) -> (f64, f64) {
    if values.iter().any(|v| v.is_nan()) {
        return (f64::NAN, f64::NAN);
    }
    values
        .iter()
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), &v| (low.min(v), high.max(v)))
}

/// Ertl, Rohde and Selzer, J. Med. Chem. 43 (2000) 3714, table 1; N and O only.
fn polar_surface(mol: &Molecule, i: usize) -> f64 {
    let atom = &mol.atoms()[i];
    if !matches!(atom.atomic_number, 7 | 8) {
        return 0.0;
    }
    let mut hydrogens = u32::from(atom.hydrogens);
    let (mut neighbors, mut single, mut double, mut triple, mut aromatic) = (0u32, 0, 0, 0, 0);
    for nb in mol.neighbors(i) {
        if mol.atoms()[nb.atom as usize].atomic_number == 1 {
            hydrogens += 1;
            continue;
        }
        neighbors += 1;
        match mol.bonds()[nb.bond as usize].order {
            BondOrder::Single => single += 1,
            BondOrder::Double => double += 1,
            BondOrder::Triple => triple += 1,
            BondOrder::Aromatic => aromatic += 1,
            BondOrder::Dative
            | BondOrder::Quadruple
            | BondOrder::Unspecified
            | BondOrder::Zero
            | BondOrder::Hydrogen => {}
        }
    }
    let in_three_ring = || {
        let around = mol.neighbors(i);
        around.iter().any(|a| {
            mol.neighbors(a.atom as usize).iter().any(|b| around.iter().any(|c| c.atom == b.atom))
        })
    };
    let bonds = (single, double, triple, aromatic);
    let known = if atom.atomic_number == 7 {
        match (neighbors, hydrogens, atom.charge, bonds) {
            (1, 0, 0, (_, _, 1, _)) => Some(23.79),
            (1, 1, 0, (_, 1, _, _)) => Some(23.85),
            (1, 2, 0, (1, _, _, _)) => Some(26.02),
            (1, 2, 1, (_, 1, _, _)) => Some(25.59),
            (1, 3, 1, (1, _, _, _)) => Some(27.64),
            (2, 0, 0, (1, 1, _, _)) => Some(12.36),
            (2, 0, 0, (_, 1, 1, _)) => Some(13.60),
            (2, 1, 0, (2, _, _, _)) => Some(if in_three_ring() { 21.94 } else { 12.03 }),
            (2, 0, 1, (1, _, 1, _)) => Some(4.36),
            (2, 1, 1, (1, 1, _, _)) => Some(13.97),
            (2, 2, 1, (2, _, _, _)) => Some(16.61),
            (2, 0, 0, (_, _, _, 2)) => Some(12.89),
            (2, 1, 0, (_, _, _, 2)) => Some(15.79),
            (2, 1, 1, (_, _, _, 2)) => Some(14.14),
            (3, 0, 0, (3, _, _, _)) => Some(if in_three_ring() { 3.01 } else { 3.24 }),
            (3, 0, 0, (1, 2, _, _)) => Some(11.68),
            (3, 0, 1, (2, 1, _, _)) => Some(3.01),
            (3, 1, 1, (3, _, _, _)) => Some(4.44),
            (3, 0, 0, (_, _, _, 3)) => Some(4.41),
            (3, 0, 0, (1, _, _, 2)) => Some(4.93),
            (3, 0, 0, (_, 1, _, 2)) => Some(8.39),
            (3, 0, 1, (_, _, _, 3)) => Some(4.10),
            (3, 0, 1, (1, _, _, 2)) => Some(3.88),
            (4, 0, 1, (4, _, _, _)) => Some(0.0),
            _ => None,
        }
    } else {
        match (neighbors, hydrogens, atom.charge, bonds) {
            (1, 0, 0, (_, 1, _, _)) => Some(17.07),
            (1, 1, 0, (1, _, _, _)) => Some(20.23),
            (1, 0, -1, (1, _, _, _)) => Some(23.06),
            (2, 0, 0, (2, _, _, _)) => Some(if in_three_ring() { 12.53 } else { 9.23 }),
            (2, 0, 0, (_, _, _, 2)) => Some(13.14),
            _ => None,
        }
    };
    let (n, h) = (f64::from(neighbors), f64::from(hydrogens));
    known.unwrap_or_else(|| match atom.atomic_number {
        7 => (30.5 - n * 8.2 + h * 1.5).max(0.0),
        _ => (28.5 - n * 8.6 + h * 1.5).max(0.0),
    })
}
