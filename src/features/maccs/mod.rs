//! MACCS structural keys.

mod definitions;
mod pattern;
mod rings;
mod target;

use self::pattern::{AtomMask, Classes, Pattern, Tables};
use self::target::Target;
use super::fingerprint::Fingerprint;
use crate::chem::{BondOrder, Molecule};
use std::sync::OnceLock;

/// Length of [`maccs`]: RDKit's 167 bits, numbered by key; bit 0 is unused.
pub const MACCS_BITS: usize = 167;

/// The public MACCS keys of `mol`, bit-identical to RDKit's `GetMACCSKeysFingerprint`.
pub fn maccs(mol: &Molecule) -> Fingerprint {
    static KEYS: OnceLock<Keys> = OnceLock::new();
    let keys = KEYS.get_or_init(Keys::compile);
    let target = Target::new(mol, &keys.tables);
    let mut fingerprint = Fingerprint::new(MACCS_BITS);
    for key in &keys.keys {
        let mut patterns = key.patterns.iter();
        let set = match key.more_than {
            0 => patterns.any(|p| target.has(p)),
            n => patterns.any(|p| target.has_more(p, n)),
        };
        if set {
            fingerprint.set(key.number);
        }
    }
    let begins = |&atom: &u32| keys.anchors_118.iter().any(|p| target.begins(p, atom));
    if (0..mol.atoms().len() as u32).filter(begins).nth(1).is_some() {
        fingerprint.set(118);
    }
    if mol.fragments() > 1 {
        fingerprint.set(166);
    }
    if mol.bonds().iter().any(|b| b.in_ring || !b.order.closes_rings()) {
        ring_keys(mol, &target, keys.hetero, &mut fingerprint);
    }
    fingerprint
}

/// The keys on rings: of a given size, and aromatic.
fn ring_keys(mol: &Molecule, target: &Target, hetero: AtomMask, fingerprint: &mut Fingerprint) {
    let cycles = rings::cycles(mol, target, hetero);
    let of_size = [(22, 3), (11, 4), (96, 5), (163, 6), (19, 7)];
    let hetero_of_size = [(16, 3), (8, 4), (83, 5), (98, 6)];
    of_size.iter().filter(|k| cycles.sizes[k.1]).for_each(|k| fingerprint.set(k.0));
    hetero_of_size.iter().filter(|k| cycles.hetero[k.1]).for_each(|k| fingerprint.set(k.0));
    if cycles.many_six {
        fingerprint.set(145);
    }
    if cycles.large {
        fingerprint.set(101);
    }
    if has_two_aromatic_rings(mol) {
        fingerprint.set(125);
    }
}

/// Two smallest rings of aromatic bonds alone.
fn has_two_aromatic_rings(mol: &Molecule) -> bool {
    let aromatic = |ring: &&Vec<u32>| {
        ring.iter().zip(ring.iter().cycle().skip(1)).all(|(&a, &b)| {
            mol.neighbors(a as usize)
                .iter()
                .any(|n| n.atom == b && mol.bonds()[n.bond as usize].order == BondOrder::Aromatic)
        })
    };
    // The fewest that two rings can have: two triangles on a common side.
    let bonds = mol.bonds().iter().filter(|b| b.order == BondOrder::Aromatic).count();
    bonds >= 5 && mol.rings().iter().filter(aromatic).nth(1).is_some()
}

/// All patterns, compiled; once a process.
struct Keys {
    tables: Tables,
    keys: Vec<Key>,
    anchors_118: Vec<Pattern>,
    /// The class of atoms that are neither carbon nor hydrogen.
    hetero: AtomMask,
}

struct Key {
    number: usize,
    patterns: Vec<Pattern>,
    more_than: usize,
}

impl Keys {
    fn compile() -> Self {
        let mut classes = Classes::default();
        let keys = definitions::KEYS
            .iter()
            .map(|d| Key {
                number: d.key,
                patterns: d.patterns.iter().map(|p| classes.compile(p, false)).collect(),
                more_than: d.more_than,
            })
            .collect();
        let anchors_118 =
            definitions::ANCHORS_118.iter().map(|p| classes.compile(p, true)).collect();
        let hetero = classes.atom_mask("!#6;!#1");
        Self { tables: classes.tables(), keys, anchors_118, hetero }
    }
}
