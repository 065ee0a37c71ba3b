//! MACCS structural keys.

mod definitions;
mod rings;

use self::definitions::{ANCHORS_118, KEYS};
use super::fingerprint::Fingerprint;
use super::smarts::{Library, Matcher};
use crate::chem::{BondOrder, Molecule};
use std::sync::LazyLock;

/// Length of [`maccs`]: RDKit's 167 bits, numbered by key; bit 0 is unused.
pub const MACCS_BITS: usize = 167;

/// The public MACCS keys of `mol`, bit-identical to RDKit's `GetMACCSKeysFingerprint`.
pub fn maccs(mol: &Molecule) -> Fingerprint {
    let mut matcher = Matcher::new(&PATTERNS, mol, &[]);
    let mut fingerprint = Fingerprint::new(MACCS_BITS);
    let mut next = 0;
    for key in KEYS {
        let mut patterns = next..next + key.patterns.len();
        next = patterns.end;
        let set = match key.more_than {
            0 => patterns.any(|p| matcher.any(p)),
            n => patterns.any(|p| matcher.more_than(p, n)),
        };
        if set {
            fingerprint.set(key.key);
        }
    }
    if matcher.starts(next..next + ANCHORS_118.len()) > 1 {
        fingerprint.set(118);
    }
    if mol.fragments() > 1 {
        fingerprint.set(166);
    }
    if mol.bonds().iter().any(|b| b.in_ring || !b.order.closes_rings()) {
        ring_keys(mol, &mut fingerprint);
    }
    fingerprint
}

/// The keys on rings: of a given size, and aromatic.
fn ring_keys(mol: &Molecule, fingerprint: &mut Fingerprint) {
    let cycles = rings::cycles(mol);
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

/// The patterns of [`KEYS`] and [`ANCHORS_118`], one after the other, compiled on first use.
static PATTERNS: LazyLock<Library> = LazyLock::new(|| {
    let of_keys = KEYS.iter().flat_map(|key| key.patterns).copied();
    Library::new(of_keys.chain(ANCHORS_118.iter().copied()))
});
