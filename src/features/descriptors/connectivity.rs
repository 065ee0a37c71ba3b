//! Connectivity and shape of the hydrogen-suppressed graph: Hall and Kier, Rev. Comput. Chem. 2
//! (1991) 367, in RDKit's reading of the equations.

use super::Descriptor;
use super::context::{Context, Hybrid, free_electrons, outer};
use super::elements::RADIUS;
use crate::chem::Molecule;

pub(super) const LIST: [Descriptor; 17] = [
    d("Chi0", "sum over atoms of degree^-1/2"),
    d("Chi0n", "sum over atoms of (outer electrons - hydrogens)^-1/2"),
    d("Chi0v", "sum over heavy atoms of delta-v^-1/2 (Hall and Kier's valence delta)"),
    d("Chi1", "sum over bonds of (degree * degree)^-1/2"),
    d("Chi1n", "sum over bonds of the product of the terms of Chi0n"),
    d("Chi1v", "sum over bonds of the product of the terms of Chi0v"),
    d("Chi2n", "sum over paths of 2 bonds of the product of the terms of Chi0n"),
    d("Chi2v", "sum over paths of 2 bonds of the product of the terms of Chi0v"),
    d("Chi3n", "sum over paths of 3 bonds (3-rings included) of the product of the terms of Chi0n"),
    d("Chi3v", "sum over paths of 3 bonds (3-rings included) of the product of the terms of Chi0v"),
    d(
        "Chi4n",
        "sum over paths of 4 bonds (closed ones included) of the product of the terms of Chi0n",
    ),
    d(
        "Chi4v",
        "sum over paths of 4 bonds (closed ones included) of the product of the terms of Chi0v",
    ),
    d("HallKierAlpha", "sum over atoms of radius / radius of sp3 carbon - 1"),
    d("Kappa1", "shape index from the number of bonds"),
    d("Kappa2", "shape index from the number of paths of 2 bonds"),
    d("Kappa3", "shape index from the number of paths of 3 bonds"),
    d("Phi", "flexibility: Kappa1 * Kappa2 / heavy atoms"),
];

const fn d(name: &'static str, definition: &'static str) -> Descriptor {
    Descriptor::rdkit(name, definition)
}

pub(super) fn compute(context: &Context, out: &mut [f64]) {
    let mol = context.mol;
    let atoms = mol.atoms();
    let inverse_root = |x: f64| if x == 0.0 { 0.0 } else { 1.0 / x.sqrt() };
    let degree: Vec<f64> = (0..atoms.len()).map(|i| inverse_root(mol.degree(i) as f64)).collect();
    let plain: Vec<f64> =
        atoms.iter().map(|a| inverse_root(f64::from(free_electrons(a)))).collect();
    let valence: Vec<f64> = atoms
        .iter()
        .map(|a| {
            let z = i32::from(a.atomic_number);
            let free = f64::from(free_electrons(a));
            match z {
                0 | 1 => 0.0,
                2..=10 => inverse_root(free),
                _ => {
                    let core = z - i32::from(outer(a.atomic_number)) - 1;
                    inverse_root(free / f64::from(core))
                }
            }
        })
        .collect();
    let over_bonds = |term: &[f64]| -> f64 {
        mol.bonds().iter().map(|b| term[b.begin as usize] * term[b.end as usize]).sum()
    };
    out[0] = degree.iter().sum();
    out[1] = plain.iter().sum();
    out[2] = valence.iter().sum();
    out[3] = over_bonds(&degree);
    out[4] = over_bonds(&plain);
    out[5] = over_bonds(&valence);
    let terms: Vec<Terms> = plain.iter().zip(&valence).map(|(&n, &v)| [n, v, 1.0]).collect();
    let paths = Paths::new(mol, &terms);
    for (slot, order) in [2, 3, 4].into_iter().enumerate() {
        out[6 + 2 * slot] = paths.sum[order][0];
        out[7 + 2 * slot] = paths.sum[order][1];
    }
    let counts = paths.sum.map(|sum| sum[2]);

    let alpha: f64 =
        (0..atoms.len()).map(|i| alpha(atoms[i].atomic_number, context.hybrid[i])).sum();
    let heavy = context.heavy_atoms();
    let a = heavy as f64 + alpha;
    let ratio = |numerator: f64, paths: f64| {
        let denominator = paths + alpha;
        if denominator == 0.0 { 0.0 } else { numerator / (denominator * denominator) }
    };
    let kappa1 = ratio(a * (a - 1.0).powi(2), mol.bonds().len() as f64);
    let kappa2 = ratio((a - 1.0) * (a - 2.0).powi(2), counts[2].round());
    let shift = if heavy % 2 == 1 { 1.0 } else { 2.0 };
    let kappa3 = ratio((a - shift) * (a - 3.0).powi(2), counts[3].round());
    out[12] = alpha;
    out[13] = kappa1;
    out[14] = kappa2;
    out[15] = kappa3;
    out[16] = if heavy == 0 { 0.0 } else { kappa1 * kappa2 / heavy as f64 };
}

/// Several terms of an atom, or sums of them, each for itself.
type Terms = [f64; 3];

/// Sums, over all paths of 2, 3 and 4 bonds between heavy atoms, of the product of the atoms'
/// terms. As in RDKit's `findAllPathsOfLengthN`, the last step of a path of more than 2 bonds may
/// come back to an earlier atom, and one set of bonds counts once.
struct Paths {
    sum: [Terms; 5],
}

impl Paths {
    fn new(mol: &Molecule, terms: &[Terms]) -> Self {
        let heavy = |i: u32| mol.atoms()[i as usize].atomic_number != 1;
        let around =
            |i: u32| mol.neighbors(i as usize).iter().map(|nb| nb.atom).filter(move |&a| heavy(a));
        let times = |a: Terms, i: u32| -> Terms {
            let t = terms[i as usize];
            [a[0] * t[0], a[1] * t[1], a[2] * t[2]]
        };
        let add = |to: &mut Terms, a: Terms| *to = [to[0] + a[0], to[1] + a[1], to[2] + a[2]];
        let [mut two, mut three, mut triangles] = [[0.0; 3]; 3];
        // `four` holds open paths, closed ones are seen more than once below.
        let [mut four, mut squares, mut lassos] = [[0.0; 3]; 3];
        for c in (0..mol.atoms().len() as u32).filter(|&c| heavy(c)) {
            for (k, b) in around(c).enumerate() {
                for d in around(c).skip(k + 1) {
                    let inner = times(times(terms[b as usize], c), d);
                    add(&mut two, inner);
                    for a in around(b).filter(|&a| a != c) {
                        if a == d {
                            // The ring b-c-d; with one more bond a lasso whose knot is b or d.
                            for e in around(d).filter(|&e| e != c && e != b) {
                                add(&mut lassos, times(times(inner, d), e));
                            }
                            continue;
                        }
                        for e in around(d).filter(|&e| e != c) {
                            if e == b {
                                add(&mut lassos, times(times(inner, b), a));
                            } else if e == a {
                                add(&mut squares, times(inner, a));
                            } else {
                                add(&mut four, times(times(inner, a), e));
                            }
                        }
                    }
                }
            }
        }
        for bond in mol.bonds() {
            let (b, c) = (bond.begin, bond.end);
            if !heavy(b) || !heavy(c) {
                continue;
            }
            let inner = times(terms[b as usize], c);
            for a in around(b).filter(|&a| a != c) {
                for d in around(c).filter(|&d| d != b) {
                    if a == d {
                        add(&mut triangles, times(inner, a));
                    } else {
                        add(&mut three, times(times(inner, a), d));
                    }
                }
            }
        }
        // A triangle is met from each of its bonds, a square from each of its atoms, a lasso from
        // the two ring atoms beside its knot.
        let three = std::array::from_fn(|t| three[t] + triangles[t] / 3.0);
        let four = std::array::from_fn(|t| four[t] + squares[t] / 4.0 + lassos[t] / 2.0);
        Self { sum: [[0.0; 3], [0.0; 3], two, three, four] }
    }
}

fn alpha(z: u8, hybrid: Hybrid) -> f64 {
    use Hybrid::{Sp, Sp2};
    match (z, hybrid) {
        (0 | 1, _) => 0.0,
        (6, Sp) => -0.22,
        (6, Sp2) => -0.13,
        (6, _) => 0.0,
        (7, Sp) => -0.29,
        (7, Sp2) | (8, Sp2) => -0.2,
        (7 | 8, _) => -0.04,
        (9, _) => -0.07,
        (15, Sp2) => 0.3,
        (15, _) => 0.43,
        (16, Sp2) => 0.22,
        (16, _) => 0.35,
        (17, _) => 0.29,
        (35, _) => 0.48,
        (53, _) => 0.73,
        _ => RADIUS.get(usize::from(z)).map_or(0.0, |r| r / RADIUS[6] - 1.0),
    }
}
