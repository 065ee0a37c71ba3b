//! [`Molecule`] back to text.

use super::limits::Limits;
use super::molecule::{Bond, BondOrder, Molecule};
use super::smiles::parse_smiles;
use chematic_smiles as cs;
use std::hash::{DefaultHasher, Hash, Hasher};

impl Molecule {
    /// The canonical SMILES (RDKit `MolToSmiles`), or `None` for the few molecules that the writer does not cover.
    /// Depends on the structure alone, not on the order of the input.
    ///
    /// Read again, it is the same molecule: atoms, hydrogens, charges, radicals, isotopes, bonds, aromaticity and
    /// stereo. RDKit's own text is not so for some odd molecules (aromatic rings that it finds, but cannot read);
    /// these are written with single and double bonds, or in the order of the input.
    pub fn to_smiles(&self) -> Option<String> {
        if self.has_weak_bonds() {
            return None;
        }
        let text = cs::rdkit_canonical_smiles(self.to_write()).ok()?;
        if self.is_ordinary() || self.is_read_from(&text) {
            return Some(text);
        }
        [(true, true), (false, false), (true, false)].into_iter().find_map(|(kekule, canonical)| {
            let how = cs::RdkitSmilesParams { kekule, canonical, ..Default::default() };
            let text = cs::rdkit_smiles(self.to_write(), &how).ok()?;
            self.is_read_from(&text).then_some(text)
        })
    }

    /// Whether there are only atoms and bonds that every SMILES has: what is written of them is read again.
    fn is_ordinary(&self) -> bool {
        self.atoms.iter().all(|a| match a.atomic_number {
            6 if a.aromatic => a.charge == 0,
            7 if a.aromatic => a.charge == 0 || a.charge == 1,
            8 | 16 if a.aromatic => a.charge == 0,
            1 | 6..=9 | 15..=17 | 35 | 53 => !a.aromatic && a.charge.abs() <= 1,
            _ => false,
        }) && self.bonds.iter().all(|b| self.is_usual(b))
    }

    /// Multiple bonds of aromatic atoms belong to exocyclic groups.
    fn is_usual(&self, bond: &Bond) -> bool {
        match bond.order {
            BondOrder::Single | BondOrder::Aromatic => true,
            BondOrder::Double | BondOrder::Triple => {
                let aromatic = |a: u32| self.atoms[a as usize].aromatic;
                let heavy = |a: u32| matches!(self.atoms[a as usize].atomic_number, 7 | 16);
                // Nitrogen and sulphur of high valence stand beside them.
                let crowded = |a: u32| heavy(a) && self.degree(a as usize) > 2;
                let unusual = |a: u32| aromatic(a) || crowded(a);
                !bond.in_ring || !(unusual(bond.begin) || unusual(bond.end))
            }
            _ => false,
        }
    }

    /// Whether `text` is this molecule, as far as its graph goes.
    fn is_read_from(&self, text: &str) -> bool {
        let limits = Limits {
            bytes: usize::MAX,
            atoms: self.atoms.len().max(1),
            bonds: self.bonds.len().max(1),
            depth: usize::MAX,
            degree: usize::MAX,
            rings: usize::MAX,
        };
        parse_smiles(text, &limits).is_ok_and(|read| read.outline() == self.outline())
    }

    /// Numbers that are the same for the same graph: each atom with its surroundings, sorted.
    fn outline(&self) -> Vec<u64> {
        fn hash(value: impl Hash) -> u64 {
            let mut hasher = DefaultHasher::new();
            value.hash(&mut hasher);
            hasher.finish()
        }
        let mut codes: Vec<u64> = self
            .atoms
            .iter()
            .map(|a| hash((a.atomic_number, a.charge, a.isotope, a.hydrogens, a.aromatic)))
            .collect();
        for _ in 0..3 {
            codes = (0..codes.len())
                .map(|a| {
                    let mut around: Vec<(BondOrder, u64)> = self
                        .neighbors(a)
                        .iter()
                        .map(|n| (self.bonds[n.bond as usize].order, codes[n.atom as usize]))
                        .collect();
                    around.sort_unstable_by_key(|(order, code)| (*order as u8, *code));
                    hash((codes[a], around))
                })
                .collect();
        }
        codes.sort_unstable();
        codes
    }
}
