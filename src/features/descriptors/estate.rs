//! Electrotopological states: Hall, Mohney and Kier, J. Chem. Inf. Comput. Sci. 31 (1991) 76.

use super::context::free_electrons;
use crate::chem::Molecule;

/// Principal quantum number of the valence shell.
fn shell(z: u8) -> f64 {
    match z {
        0..=2 => 1.0,
        3..=10 => 2.0,
        11..=18 => 3.0,
        19..=36 => 4.0,
        37..=54 => 5.0,
        55..=86 => 6.0,
        _ => 7.0,
    }
}

/// The intrinsic state of each atom, before its surroundings perturb it; 0 for one without neighbours.
pub(in crate::features) fn intrinsic_states(mol: &Molecule) -> Vec<f64> {
    mol.atoms()
        .iter()
        .enumerate()
        .map(|(i, a)| match mol.degree(i) {
            0 => 0.0,
            d => {
                let shell = shell(a.atomic_number);
                (4.0 / (shell * shell) * f64::from(free_electrons(a)) + 1.0) / d as f64
            }
        })
        .collect()
}

/// The states: O(atoms · bonds) in time, as each atom is perturbed by every other that it is connected with.
pub(super) fn states(mol: &Molecule) -> Vec<f64> {
    let n = mol.atoms().len();
    let intrinsic = intrinsic_states(mol);
    let mut estate = intrinsic.clone();
    // As many entries for every atom, itself where it has fewer neighbours: a loop of one length, and a queue that is
    // written to whether or not an atom is new, leave the processor nothing to guess.
    let width = (0..n).map(|i| mol.degree(i)).max().unwrap_or(0);
    let mut around: Vec<u32> = Vec::with_capacity(n * width);
    for i in 0..n {
        around.extend(mol.neighbors(i).iter().map(|nb| nb.atom));
        around.resize((i + 1) * width, i as u32);
    }
    // The start that last came by an atom.
    let mut seen_from = vec![u32::MAX; n];
    let mut queue = vec![0u32; n + 1];
    for i in 0..n {
        let start = i as u32;
        queue[0] = start;
        seen_from[i] = start;
        let (mut sum, mut p) = (0.0, 1.0);
        let (mut head, mut tail) = (0, 1);
        // Sphere by sphere; the sum goes in the order in which atoms are met.
        while head < tail {
            let end = tail;
            let square = p * p;
            while head < end {
                let j = queue[head] as usize;
                head += 1;
                sum += (intrinsic[i] - intrinsic[j]) / square;
                for &to in &around[j * width..][..width] {
                    let seen = &mut seen_from[to as usize];
                    queue[tail] = to;
                    tail += usize::from(*seen != start);
                    *seen = start;
                }
            }
            p += 1.0;
        }
        estate[i] += sum;
    }
    estate
}
