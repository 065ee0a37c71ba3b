//! Morgan (extended-connectivity) fingerprints, bit-identical to RDKit's default generator.
//!
//! Rogers & Hahn, J. Chem. Inf. Model. 50 (2010) 742; the hashes and the choice among duplicate
//! environments are those of RDKit's `rdFingerprintGenerator.GetMorganGenerator(radius, fpSize)`.

use super::bits::Bits;
use super::fingerprint::Fingerprint;
use super::isotopes::mass_delta;
use crate::chem::{Atom, BondOrder, Molecule};
use std::collections::HashSet;

/// The Morgan fingerprint of `mol`: environments of up to `radius` bonds around each atom, folded
/// to `bits` bits by modulo. Stereo is not looked at; bond types are.
///
/// # Panics
/// If `bits` is 0.
pub fn morgan(mol: &Molecule, radius: u32, bits: usize) -> Fingerprint {
    let mut fingerprint = Fingerprint::new(bits);
    for_each_environment(mol, radius, |identifier| {
        fingerprint.set(folded(identifier, bits));
    });
    fingerprint
}

/// The bit of `bits` that an identifier falls on.
pub(super) fn folded(identifier: u32, bits: usize) -> usize {
    (u64::from(identifier) % bits as u64) as usize
}

/// Calls `emit` with the 32-bit identifier of every distinct environment, unfolded (the keys of
/// RDKit's `GetSparseFingerprint`; one may come more than once).
pub fn for_each_environment(mol: &Molecule, radius: u32, mut emit: impl FnMut(u32)) {
    for_each_layered(mol, radius, |_, id| emit(id));
}

/// Identifier and radius of every distinct environment; radii come in order, so that those of a smaller radius come first.
pub(super) fn environments(mol: &Molecule, radius: u32) -> Vec<(u32, u32)> {
    let mut all = Vec::with_capacity((1 + radius as usize).min(8) * mol.atoms().len());
    for_each_layered(mol, radius, |layer, id| all.push((id, layer)));
    all
}

/// The same with each environment's own radius before its identifier.
fn for_each_layered(mol: &Molecule, radius: u32, mut emit: impl FnMut(u32, u32)) {
    let mut current: Vec<u32> = (0..mol.atoms().len()).map(|i| invariant(mol, i)).collect();
    current.iter().for_each(|&id| emit(0, id));
    // One, two or any number of words to hold a set of bonds: the first two are nearly all
    // molecules, and need no allocation for each set.
    match mol.bonds().len() {
        0..=64 => grow::<[u64; 1]>(mol, radius, &mut current, &mut emit),
        65..=128 => grow::<[u64; 2]>(mol, radius, &mut current, &mut emit),
        _ => grow::<Vec<u64>>(mol, radius, &mut current, &mut emit),
    }
}

/// Layer by layer, replaces the identifiers in `current` by those one bond wider. Two atoms whose
/// environments cover the same bonds are one environment: the lower identifier speaks for it, and
/// the other atom is not grown further.
fn grow<S: Bits>(
    mol: &Molecule,
    radius: u32,
    current: &mut Vec<u32>,
    emit: &mut impl FnMut(u32, u32),
) {
    let n = mol.atoms().len();
    let codes: Vec<u32> = mol.bonds().iter().map(|b| bond_code(b.order)).collect();
    let mut alive: Vec<bool> = (0..n).map(|i| mol.degree(i) > 0).collect();
    let mut covered = vec![S::none(mol.bonds().len()); n];
    let mut seen = Seen::<S>::new();
    let mut around: Vec<(u32, u32)> = Vec::new();
    let mut next = vec![0; n];
    let mut layer_environments: Vec<(u32, u32)> = Vec::with_capacity(n);
    for layer in 0..radius {
        let mut wider = covered.clone();
        layer_environments.clear();
        for atom in (0..n).filter(|&i| alive[i]) {
            around.clear();
            for to in mol.neighbors(atom) {
                wider[atom].insert(to.bond as usize);
                wider[atom].unite(&covered[to.atom as usize]);
                around.push((codes[to.bond as usize], current[to.atom as usize]));
            }
            around.sort_unstable();
            let mut id = combine(layer, current[atom]);
            for &(code, neighbor) in &around {
                id = combine(id, combine(combine(0, code), neighbor));
            }
            next[atom] = id;
            layer_environments.push((id, atom as u32));
        }
        // RDKit sorts by bond set first; only the order within equal sets matters.
        layer_environments.sort_unstable();
        for &(id, atom) in &layer_environments {
            if seen.insert(&wider[atom as usize]) {
                emit(layer + 1, id);
            } else {
                alive[atom as usize] = false;
            }
        }
        std::mem::swap(current, &mut next);
        next.fill(0);
        covered = wider;
        if layer_environments.is_empty() {
            break;
        }
    }
}

/// The bond sets met so far: a list while short, a hash set when long.
struct Seen<S> {
    few: Vec<S>,
    many: HashSet<S>,
}

impl<S: Bits> Seen<S> {
    const FEW: usize = 64;

    fn new() -> Self {
        Self { few: Vec::with_capacity(Self::FEW), many: HashSet::new() }
    }

    /// True if `set` is new.
    fn insert(&mut self, set: &S) -> bool {
        if self.few.contains(set) || self.many.contains(set) {
            return false;
        }
        if self.few.len() < Self::FEW {
            self.few.push(set.clone());
        } else {
            self.many.insert(set.clone());
        }
        true
    }
}

/// RDKit's connectivity invariant: atomic number, total degree, hydrogens, charge, isotope, and a
/// sixth component for ring atoms only.
fn invariant(mol: &Molecule, index: usize) -> u32 {
    let atom: &Atom = &mol.atoms()[index];
    let neighbors = mol.neighbors(index);
    let hydrogen_atoms =
        neighbors.iter().filter(|n| mol.atoms()[n.atom as usize].atomic_number == 1).count() as u32;
    let hydrogens = u32::from(atom.hydrogens);
    let mut hash = combine(0, u32::from(atom.atomic_number));
    hash = combine(hash, neighbors.len() as u32 + hydrogens);
    hash = combine(hash, hydrogens + hydrogen_atoms);
    hash = combine(hash, i32::from(atom.charge) as u32);
    hash = combine(hash, mass_delta(atom.atomic_number, atom.isotope) as u32);
    if atom.in_ring { combine(hash, 1) } else { hash }
}

/// RDKit's `Bond::BondType` as a number.
fn bond_code(order: BondOrder) -> u32 {
    match order {
        BondOrder::Single => 1,
        BondOrder::Double => 2,
        BondOrder::Triple => 3,
        BondOrder::Quadruple => 4,
        BondOrder::Aromatic => 12,
        BondOrder::Dative => 17,
        BondOrder::Unspecified => 0,
        BondOrder::Zero => 21,
        BondOrder::Hydrogen => 14,
    }
}

/// Boost's `hash_combine` in 32 bits.
fn combine(seed: u32, value: u32) -> u32 {
    let mixed = value.wrapping_add(0x9e37_79b9).wrapping_add(seed << 6).wrapping_add(seed >> 2);
    seed ^ mixed
}
