//! 3D autocorrelation: the distances in space of atoms that are so many bonds apart, weighted by what
//! both are.
//!
//! For weighting w and k bonds, Σ w(i) w(j) d(i, j) over all atoms i and j that are k bonds apart, over
//! the number of all pairs, atoms(atoms − 1) counting either order. The divisor is RDKit's
//! (`CalcAUTOCORR3D`); the paper's is the number of the pairs that the sum goes over.

use super::distance;
use super::weights::{ELECTRONEGATIVITY, IONIZATION, MASS, POLARIZABILITY, RADIUS, VOLUME};
use crate::chem::Molecule;
use crate::features::descriptors::intrinsic_states;

/// The most bonds between two atoms that are looked at.
pub(super) const LAGS: usize = 10;

/// What an atom counts: 1, or a property relative to that of carbon, or its intrinsic state (Kier and
/// Hall).
pub(super) const WEIGHTINGS: [&str; 8] = [
    "unit",
    "mass",
    "volume",
    "electronegativity",
    "polarizability",
    "ionization",
    "state",
    "radius",
];

/// Writes `LAGS` values a weighting.
pub(super) fn compute(mol: &Molecule, positions: &[[f64; 3]], out: &mut [f64]) {
    let atoms = mol.atoms();
    let states = intrinsic_states(mol);
    let weights: Vec<[f64; 8]> = atoms
        .iter()
        .zip(&states)
        .map(|(atom, &state)| {
            let of =
                |table: &[f64]| table.get(usize::from(atom.atomic_number)).copied().unwrap_or(0.0);
            [
                1.0,
                of(&MASS),
                of(&VOLUME),
                of(&ELECTRONEGATIVITY),
                of(&POLARIZABILITY),
                of(&IONIZATION),
                state,
                of(&RADIUS),
            ]
        })
        .collect();
    let n = atoms.len();
    let mut steps = vec![usize::MAX; n];
    let mut queue = Vec::with_capacity(n);
    out.fill(0.0);
    for i in 0..n {
        within_reach(mol, i, &mut steps, &mut queue);
        for &j in &queue {
            // Each pair once, so that the order of the sum is that of the atoms.
            if j > i {
                let d = distance(&positions[i], &positions[j]);
                for (w, (a, b)) in weights[i].iter().zip(&weights[j]).enumerate() {
                    out[w * LAGS + steps[j] - 1] += a * b * d;
                }
            }
            steps[j] = usize::MAX;
        }
    }
    let pairs = (n * n.saturating_sub(1)).max(1) as f64;
    out.iter_mut().for_each(|v| *v *= 2.0 / pairs);
}

/// Puts into `queue` the atoms at most [`LAGS`] bonds from `from`, itself first, and into `steps` (all
/// `MAX` before) how many.
fn within_reach(mol: &Molecule, from: usize, steps: &mut [usize], queue: &mut Vec<usize>) {
    queue.clear();
    queue.push(from);
    steps[from] = 0;
    let mut head = 0;
    while head < queue.len() {
        let atom = queue[head];
        head += 1;
        if steps[atom] == LAGS {
            break;
        }
        for neighbor in mol.neighbors(atom) {
            let to = neighbor.atom as usize;
            if steps[to] == usize::MAX {
                steps[to] = steps[atom] + 1;
                queue.push(to);
            }
        }
    }
}
