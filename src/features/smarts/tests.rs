//! The tests that a library's atom expressions are made of, and which atoms of a molecule pass each.

use super::parse::Test;
use crate::chem::Molecule;
use crate::features::bits::Bits;

/// An atom's properties that tests ask about by value.
#[derive(Clone, Copy)]
enum Property {
    Element,
    Charge,
    Isotope,
    Hydrogens,
    Degree,
    Connections,
    Valence,
    Rings,
    SmallestRing,
    Aromatic,
    InRing,
}

const PROPERTIES: usize = Property::InRing as usize + 1;

/// Where a value that no test asks for goes.
const UNASKED: u16 = 0;

/// The distinct tests of a library, numbered.
pub(super) struct Tests {
    /// For each property and each of its values, as a byte, the number of the test that asks for it.
    number: Vec<[u16; 256]>,
    count: u16,
    /// Whether a test asks about the smallest rings, which have to be perceived.
    rings: bool,
}

impl Tests {
    pub fn new() -> Self {
        Self { number: vec![[UNASKED; 256]; PROPERTIES], count: UNASKED + 1, rings: false }
    }

    /// How many sets [`pass`](Self::pass) gives.
    pub fn len(&self) -> usize {
        usize::from(self.count)
    }

    /// The number of a test; `None` for one that every atom passes. Numbers stay as they are.
    ///
    /// # Panics
    /// For a value that takes more than a byte, and for a recursive test, which asks no property.
    pub fn number(&mut self, test: &Test) -> Option<u16> {
        let byte = |n: u32| u8::try_from(n).expect("a property's value fits a byte");
        let signed = |n: i32| i8::try_from(n).expect("a property's value fits a byte") as u8;
        let (property, value) = match *test {
            Test::Any => return None,
            Test::Element(z) => (Property::Element, z),
            Test::Charge(c) => (Property::Charge, signed(c)),
            Test::Isotope(i) => (Property::Isotope, byte(u32::from(i))),
            Test::Hydrogens(n) => (Property::Hydrogens, byte(n)),
            Test::Degree(n) => (Property::Degree, byte(n)),
            Test::Connections(n) => (Property::Connections, byte(n)),
            Test::Valence(v) => (Property::Valence, signed(v)),
            Test::Rings(n) => (Property::Rings, byte(n)),
            Test::SmallestRing(n) => (Property::SmallestRing, byte(n)),
            Test::Aromatic(aromatic) => (Property::Aromatic, u8::from(aromatic)),
            Test::InRing => (Property::InRing, 1),
            Test::Start(_) => panic!("a recursive test asks no property"),
        };
        self.rings |= matches!(property, Property::Rings | Property::SmallestRing);
        let known = &mut self.number[property as usize][usize::from(value)];
        if *known == UNASKED {
            *known = self.count;
            self.count += 1;
        }
        Some(*known)
    }

    /// The elements that tests ask for, and one that none asks for if there is such.
    pub fn elements(&self) -> Vec<u8> {
        let numbers = &self.number[Property::Element as usize];
        let asked = |z: &u8| numbers[usize::from(*z)] != UNASKED;
        let other = (0..=u8::MAX).find(|z| !asked(z));
        (0..=u8::MAX).filter(asked).chain(other).collect()
    }

    /// Puts the atoms of `mol` that pass each test into that test's set. `valence` has an entry an atom, or none if no test asks for it.
    pub fn pass<S: Bits>(&self, mol: &Molecule, valence: &[i32], pass: &mut [S]) {
        let atoms = mol.atoms();
        let small = |x: usize| x.min(255) as u8;
        let rings = if self.rings { ring_sizes(mol) } else { Vec::new() };
        for (i, a) in atoms.iter().enumerate() {
            let around = mol.neighbors(i);
            let attached =
                around.iter().filter(|nb| atoms[nb.atom as usize].atomic_number == 1).count();
            let (count, smallest) = rings.get(i).copied().unwrap_or_default();
            let mut has = |property: Property, value: u8| {
                let test = self.number[property as usize][usize::from(value)];
                pass[usize::from(test)].insert(i);
            };
            has(Property::Element, a.atomic_number);
            has(Property::Charge, a.charge as u8);
            // No test asks for more than a byte; 0 stands for what none asks for.
            has(Property::Isotope, u8::try_from(a.isotope).unwrap_or(0));
            has(Property::Hydrogens, small(attached + usize::from(a.hydrogens)));
            has(Property::Degree, small(around.len()));
            has(Property::Connections, small(around.len() + usize::from(a.hydrogens)));
            has(Property::Valence, valence.get(i).map_or(0, |&v| v.clamp(-128, 127) as i8 as u8));
            has(Property::Rings, count);
            has(Property::SmallestRing, smallest);
            has(Property::Aromatic, u8::from(a.aromatic));
            has(Property::InRing, u8::from(a.in_ring));
        }
    }
}

/// For each atom, in how many of the smallest rings it is, and the size of the least of them.
fn ring_sizes(mol: &Molecule) -> Vec<(u8, u8)> {
    let mut sizes = vec![(0u8, 0u8); mol.atoms().len()];
    if mol.atoms().iter().any(|a| a.in_ring) {
        for ring in mol.rings() {
            let size = ring.len().min(255) as u8;
            for &a in ring {
                let (count, smallest) = &mut sizes[a as usize];
                *count = count.saturating_add(1);
                *smallest = if *smallest == 0 { size } else { size.min(*smallest) };
            }
        }
    }
    sizes
}
