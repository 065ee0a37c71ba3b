//! Which atom of a docked pose is which atom of the molecule that was docked.
//!
//! A pose has elements and positions, no bonds. Atoms are taken for bonded where they are about as
//! far apart as covalent radii say, and the template's graph is searched for in that graph.

use super::molecule::Molecule;

/// Why a pose is not the template.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Mismatch {
    /// Another number of atoms of an element: atomic number, of the template, of the pose.
    Elements(u8, usize, usize),
    /// The same atoms, but the bonds do not fit the distances.
    Bonds,
    /// Neither found nor excluded within the bound on work.
    TooHard,
}

/// How much longer than the sum of the covalent radii a bond may be, Å, in the order tried. The first
/// tells bonds from contacts wherever the geometry is sound; the second overlooks atoms that clash,
/// the third allows for bonds that are drawn out.
const TOLERANCES: [f64; 3] = [0.45, 0.25, 0.65];

/// More neighbours than an atom has even where two parts of a molecule clash.
const CROWD: usize = 16;

/// Atoms tried in one search. A drug-like molecule takes about as many as it has atoms.
const STEPS: usize = 1_000_000;

/// The heavy atoms of a template: a pose has few of its hydrogens.
struct Skeleton {
    /// Of which atom each is.
    atoms: Vec<usize>,
    elements: Vec<u8>,
    neighbors: Vec<Vec<usize>>,
}

impl Skeleton {
    fn of(template: &Molecule) -> Self {
        let all = template.atoms();
        let atoms: Vec<usize> = (0..all.len()).filter(|&i| all[i].atomic_number != 1).collect();
        let mut place = vec![None; all.len()];
        atoms.iter().enumerate().for_each(|(i, &atom)| place[atom] = Some(i));
        let around = |&atom: &usize| {
            template.neighbors(atom).iter().filter_map(|n| place[n.atom as usize]).collect()
        };
        let neighbors = atoms.iter().map(around).collect();
        let elements = atoms.iter().map(|&i| all[i].atomic_number).collect();
        Self { atoms, elements, neighbors }
    }
}

/// For each atom of `template` its atom of the pose, whose heavy atoms these are; none for hydrogens. Where the
/// template has symmetry, or differs in bond orders and hydrogens alone, any fitting one.
pub(super) fn match_pose(
    template: &Molecule,
    elements: &[u8],
    positions: &[[f64; 3]],
) -> Result<Vec<Option<usize>>, Mismatch> {
    let skeleton = Skeleton::of(template);
    same_elements(&skeleton, elements)?;
    for tolerance in TOLERANCES {
        let contacts = contacts(elements, positions, tolerance);
        match contacts.map_or(Err(Mismatch::Bonds), |c| search(&skeleton, elements, &c)) {
            Err(Mismatch::Bonds) => {}
            Err(other) => return Err(other),
            Ok(found) => {
                let mut image = vec![None; template.atoms().len()];
                skeleton.atoms.iter().zip(found).for_each(|(&atom, i)| image[atom] = Some(i));
                return Ok(image);
            }
        }
    }
    Err(Mismatch::Bonds)
}

fn same_elements(template: &Skeleton, elements: &[u8]) -> Result<(), Mismatch> {
    let mut counts = [(0usize, 0usize); 256];
    template.elements.iter().for_each(|&z| counts[usize::from(z)].0 += 1);
    elements.iter().for_each(|&z| counts[usize::from(z)].1 += 1);
    match counts.iter().position(|(wanted, found)| wanted != found) {
        Some(z) => Err(Mismatch::Elements(z as u8, counts[z].0, counts[z].1)),
        None => Ok(()),
    }
}

/// For each atom the atoms at the distance of a bond; none where they are too many for any
/// molecule, which also bounds the work of the search.
fn contacts(elements: &[u8], positions: &[[f64; 3]], tolerance: f64) -> Option<Vec<Vec<usize>>> {
    let mut contacts = vec![Vec::new(); elements.len()];
    for (i, p) in positions.iter().enumerate() {
        for (j, q) in positions.iter().enumerate().skip(i + 1) {
            let reach = radius(elements[i]) + radius(elements[j]) + tolerance;
            let square: f64 = (0..3).map(|k| (p[k] - q[k]).powi(2)).sum();
            if square <= reach * reach {
                contacts[i].push(j);
                contacts[j].push(i);
            }
        }
        if contacts[i].len() > CROWD {
            return None;
        }
    }
    Some(contacts)
}

/// The template's graph in that of the contacts: depth first with its own stack, over the template's atoms in [`visit_order`].
fn search(
    template: &Skeleton,
    elements: &[u8],
    contacts: &[Vec<usize>],
) -> Result<Vec<usize>, Mismatch> {
    const NONE: usize = usize::MAX;
    let order = visit_order(template);
    let everything: Vec<usize> = (0..elements.len()).collect();
    let mut image = vec![NONE; order.len()];
    let mut used = vec![false; elements.len()];
    // How far the candidates of each level have been tried.
    let mut next = vec![0; order.len()];
    let (mut level, mut steps) = (0, 0);
    while level < order.len() {
        let (atom, parent) = order[level];
        let candidates = parent.map_or(&everything, |p| &contacts[image[p]]);
        if image[atom] != NONE {
            used[image[atom]] = false;
            image[atom] = NONE;
        }
        let fits = |&pose: &usize| {
            !used[pose]
                && elements[pose] == template.elements[atom]
                && contacts[pose].len() == template.neighbors[atom].len()
                && template.neighbors[atom].iter().all(|&n| {
                    let other = image[n];
                    other == NONE || contacts[pose].contains(&other)
                })
        };
        let from = next[level];
        match candidates[from..].iter().position(fits) {
            Some(skipped) => {
                let pose = candidates[from + skipped];
                (image[atom], used[pose], next[level]) = (pose, true, from + skipped + 1);
                steps += skipped + 1;
                level += 1;
                if level < order.len() {
                    next[level] = 0;
                }
            }
            None if level == 0 => return Err(Mismatch::Bonds),
            None => {
                steps += candidates.len() - from + 1;
                level -= 1;
            }
        }
        if steps > STEPS {
            return Err(Mismatch::TooHard);
        }
    }
    Ok(image)
}

/// The template's atoms, each part breadth first from an atom of its rarest element, with the atom
/// through which each was reached.
fn visit_order(template: &Skeleton) -> Vec<(usize, Option<usize>)> {
    let atoms = &template.elements;
    let mut frequency = [0usize; 256];
    atoms.iter().for_each(|&z| frequency[usize::from(z)] += 1);
    let mut roots: Vec<usize> = (0..atoms.len()).collect();
    roots.sort_by_key(|&a| {
        (frequency[usize::from(atoms[a])], usize::MAX - template.neighbors[a].len())
    });
    let mut seen = vec![false; atoms.len()];
    let mut order = Vec::with_capacity(atoms.len());
    for root in roots {
        if seen[root] {
            continue;
        }
        seen[root] = true;
        let mut done = order.len();
        order.push((root, None));
        while let Some(&(atom, _)) = order.get(done) {
            done += 1;
            for &n in &template.neighbors[atom] {
                if !std::mem::replace(&mut seen[n], true) {
                    order.push((n, Some(atom)));
                }
            }
        }
    }
    order
}

/// Covalent radius, Å: Cordero et al., Dalton Trans. 2008, 2832 (low spin where two are given).
fn radius(atomic_number: u8) -> f64 {
    #[rustfmt::skip]
    const RADII: [f64; 54] = [
        0.31, 0.28,
        1.28, 0.96, 0.84, 0.76, 0.71, 0.66, 0.57, 0.58,
        1.66, 1.41, 1.21, 1.11, 1.07, 1.05, 1.02, 1.06,
        2.03, 1.76, 1.70, 1.60, 1.53, 1.39, 1.39, 1.32, 1.26, 1.24, 1.32, 1.22, 1.22, 1.20, 1.19, 1.20, 1.20, 1.16,
        2.20, 1.95, 1.90, 1.75, 1.64, 1.54, 1.47, 1.46, 1.42, 1.39, 1.45, 1.44, 1.42, 1.39, 1.39, 1.38, 1.39, 1.40,
    ];
    // Heavier ones are of about this size.
    const HEAVY: f64 = 1.5;
    let index = usize::from(atomic_number).wrapping_sub(1);
    RADII.get(index).copied().unwrap_or(HEAVY)
}
