//! What atom tests ask about, gathered once a molecule.

use super::parse::{BondTest, Expr, Test};
use crate::chem::{Bond, BondOrder, Molecule};

/// The properties of one kind of atom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Facts {
    z: u8,
    aromatic: bool,
    in_ring: bool,
    charge: i8,
    isotope: u16,
    hydrogens: u8,
    degree: u8,
    connections: u8,
    valence: i8,
    rings: u8,
    smallest_ring: u8,
}

/// The distinct kinds of atoms of `mol`, and the kind of each atom. `valence` has an entry an atom.
pub(super) fn kinds(mol: &Molecule, valence: &[i32]) -> (Vec<Facts>, Vec<u32>) {
    let n = mol.atoms().len();
    let small = |x: usize| x.min(255) as u8;
    let mut rings = vec![(0u8, 0u8); n];
    if mol.atoms().iter().any(|a| a.in_ring) {
        for ring in mol.rings() {
            let size = small(ring.len());
            for &a in ring {
                let (count, smallest) = &mut rings[a as usize];
                *count = count.saturating_add(1);
                *smallest = if *smallest == 0 { size } else { size.min(*smallest) };
            }
        }
    }
    let mut kinds: Vec<Facts> = Vec::new();
    let kind_of = mol
        .atoms()
        .iter()
        .enumerate()
        .map(|(i, a)| {
            let attached = mol
                .neighbors(i)
                .iter()
                .filter(|nb| mol.atoms()[nb.atom as usize].atomic_number == 1)
                .count();
            let facts = Facts {
                z: a.atomic_number,
                aromatic: a.aromatic,
                in_ring: a.in_ring,
                charge: a.charge,
                isotope: a.isotope,
                hydrogens: small(attached + usize::from(a.hydrogens)),
                degree: small(mol.degree(i)),
                connections: small(mol.degree(i) + usize::from(a.hydrogens)),
                valence: valence[i].clamp(-128, 127) as i8,
                rings: rings[i].0,
                smallest_ring: rings[i].1,
            };
            let known = kinds.iter().position(|k| *k == facts);
            known.unwrap_or_else(|| {
                kinds.push(facts);
                kinds.len() - 1
            }) as u32
        })
        .collect();
    (kinds, kind_of)
}

impl Facts {
    /// Whether the atom passes; `None` if that hangs on its surroundings.
    pub fn pass(&self, expr: &Expr<Test>) -> Option<bool> {
        decide(expr, &|test| self.test(test))
    }

    /// The same for one test.
    pub fn test(&self, test: &Test) -> Option<bool> {
        Some(match *test {
            Test::Any => true,
            Test::Aromatic(aromatic) => self.aromatic == aromatic,
            Test::Element(z) => self.z == z,
            Test::Charge(c) => i32::from(self.charge) == c,
            Test::Isotope(i) => self.isotope == i,
            Test::Hydrogens(n) => u32::from(self.hydrogens) == n,
            Test::Degree(n) => u32::from(self.degree) == n,
            Test::Connections(n) => u32::from(self.connections) == n,
            Test::Valence(v) => i32::from(self.valence) == v,
            Test::InRing => self.in_ring,
            Test::Rings(n) => u32::from(self.rings) == n,
            Test::SmallestRing(n) => u32::from(self.smallest_ring) == n,
            Test::Start(_) => return None,
        })
    }

    /// Element and aromaticity.
    pub fn class(&self) -> (u8, bool) {
        (self.z, self.aromatic)
    }
}

/// The value of `expr` where `test` may leave some tests open.
pub(super) fn decide(expr: &Expr<Test>, test: &impl Fn(&Test) -> Option<bool>) -> Option<bool> {
    // The parts of a conjunction are decided by one false, those of a disjunction by one true.
    let fold = |parts: &[Expr<Test>], decisive: bool| {
        let mut open = false;
        for part in parts {
            match decide(part, test) {
                Some(value) if value == decisive => return Some(decisive),
                Some(_) => {}
                None => open = true,
            }
        }
        if open { None } else { Some(!decisive) }
    };
    match expr {
        Expr::Is(t) => test(t),
        Expr::Not(inner) => decide(inner, test).map(|value| !value),
        Expr::All(parts) => fold(parts, false),
        Expr::One(parts) => fold(parts, true),
    }
}

/// Whether `bond` passes.
pub(super) fn bond_passes(expr: &Expr<BondTest>, bond: &Bond) -> bool {
    match expr {
        Expr::Is(test) => match test {
            BondTest::Any => true,
            BondTest::Single => bond.order == BondOrder::Single,
            BondTest::Double => bond.order == BondOrder::Double,
            BondTest::Triple => bond.order == BondOrder::Triple,
            BondTest::Aromatic => bond.order == BondOrder::Aromatic,
            BondTest::Ring => bond.in_ring,
            BondTest::SingleOrAromatic => {
                matches!(bond.order, BondOrder::Single | BondOrder::Aromatic)
            }
        },
        Expr::Not(inner) => !bond_passes(inner, bond),
        Expr::All(parts) => parts.iter().all(|p| bond_passes(p, bond)),
        Expr::One(parts) => parts.iter().any(|p| bond_passes(p, bond)),
    }
}
