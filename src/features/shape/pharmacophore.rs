//! The classes of atoms that USRCAT looks at one by one, with the patterns of its authors
//! (Schreyer and Blundell 2012), as RDKit has them.

use crate::chem::Molecule;
use crate::features::descriptors::{Bonding, bonding};
use crate::features::smarts::{Library, Matcher};
use std::sync::LazyLock;

/// Name and pattern. To the hydrophobic atoms belongs sp³ sulfur as well, which is no pattern here.
pub(super) const CLASSES: [(&str, &str); 4] = [
    ("hydrophobic", "[#6+0!$(*~[#7,#8,F]),SH0+0v2,s+0,Cl+0,Br+0,I+0]"),
    ("aromatic", "[a]"),
    (
        "acceptor",
        "[$([O,S;H1;v2]-[!$(*=[O,N,P,S])]),$([O,S;H0;v2]),$([O,S;-]),\
         $([N&v3;H1,H2]-[!$(*=[O,N,P,S])]),$([N;v3;H0]),$([n,o,s;+0]),F]",
    ),
    ("donor", "[N!H0v3,N!H0+v4,OH+0,SH+0,nH+0]"),
];

const HYDROPHOBIC: usize = 0;
const SULFUR: u8 = 16;

static LIBRARY: LazyLock<Library> = LazyLock::new(|| Library::new(CLASSES.map(|c| c.1)));

/// For each atom, the classes that it belongs to: bit i is that of `CLASSES[i]`.
pub(super) fn members(mol: &Molecule) -> Vec<u8> {
    let Bonding { valence, sp3 } = bonding(mol);
    let mut matcher = Matcher::new(&LIBRARY, mol, &valence);
    let atoms = mol.atoms().iter().enumerate();
    atoms
        .map(|(i, atom)| {
            let mut classes = (0..CLASSES.len())
                .filter(|&c| matcher.starts_at(c, i))
                .fold(0, |set, c| set | 1 << c);
            if atom.atomic_number == SULFUR && !atom.aromatic && sp3[i] {
                classes |= 1 << HYDROPHOBIC;
            }
            classes
        })
        .collect()
}
