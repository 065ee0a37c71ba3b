//! Bemis–Murcko scaffolds (Bemis and Murcko, J. Med. Chem. 1996, 39, 2887): the rings of a molecule, the chains
//! between them, and what is double-bonded to either, as RDKit's `MurckoScaffold` keeps it.

use chmr::chem::{BondOrder, Limits, Molecule, canonical_smiles, parse_smiles};

/// A key that two molecules share exactly if their scaffolds are one structure, stereochemistry aside: the
/// scaffold's canonical SMILES. Empty for a molecule without rings.
pub fn scaffold_key(molecule: &Molecule) -> String {
    let kept = framework(molecule);
    let text = Writer::new(molecule, &kept).write();
    // The few scaffolds that cannot be read again keep the text in the order of the molecule's atoms: at worst one
    // structure has two keys then.
    let canonical = parse_smiles(&text, &Limits::default()).ok();
    canonical.and_then(|m| canonical_smiles(&m).ok()).unwrap_or(text)
}

/// The [`scaffold_key`] of a SMILES; the SMILES itself where the library refuses it.
pub fn scaffold_of(smiles: &str) -> String {
    parse_smiles(smiles, &Limits::default())
        .map_or_else(|_| smiles.to_owned(), |m| scaffold_key(&m))
}

/// Which atoms belong to the scaffold.
fn framework(molecule: &Molecule) -> Vec<bool> {
    let atoms = molecule.atoms();
    let mut kept = vec![true; atoms.len()];
    let mut degree: Vec<usize> = (0..atoms.len()).map(|i| molecule.degree(i)).collect();
    // Side chains go end by end; what is left between two rings cannot become an end.
    let mut ends: Vec<usize> =
        (0..atoms.len()).filter(|&i| !atoms[i].in_ring && degree[i] <= 1).collect();
    while let Some(end) = ends.pop() {
        kept[end] = false;
        for neighbor in molecule.neighbors(end) {
            let next = neighbor.atom as usize;
            degree[next] -= 1;
            if kept[next] && !atoms[next].in_ring && degree[next] == 1 {
                ends.push(next);
            }
        }
    }
    let core = kept.clone();
    for bond in molecule.bonds().iter().filter(|b| b.order == BondOrder::Double) {
        for (inner, outer) in [(bond.begin, bond.end), (bond.end, bond.begin)] {
            kept[outer as usize] |= core[inner as usize];
        }
    }
    kept
}

/// Writes the kept atoms as a SMILES in which nothing is implicit.
struct Writer<'a> {
    molecule: &'a Molecule,
    kept: &'a [bool],
    /// Order of the first visit.
    visited: Vec<Option<usize>>,
    visits: usize,
    /// Ring-closing bonds, by bond, with their number.
    closures: Vec<(u32, usize)>,
    text: String,
}

impl<'a> Writer<'a> {
    fn new(molecule: &'a Molecule, kept: &'a [bool]) -> Self {
        let visited = vec![None; kept.len()];
        Self { molecule, kept, visited, visits: 0, closures: Vec::new(), text: String::new() }
    }

    fn write(mut self) -> String {
        for start in 0..self.kept.len() {
            if self.kept[start] && self.visited[start].is_none() {
                let tree = self.walk(start);
                if !self.text.is_empty() {
                    self.text.push('.');
                }
                self.print(start, &tree);
            }
        }
        self.text
    }

    /// Children of every atom in a depth-first tree from `start`; the bonds beside it become closures. With a stack
    /// of its own: a chain may be as long as the limits on molecules allow.
    fn walk(&mut self, start: usize) -> Vec<Vec<(u32, u32)>> {
        let mut children = vec![Vec::new(); self.kept.len()];
        let mut stack = vec![(start, u32::MAX, 0usize)];
        self.visit(start);
        while let Some((atom, from, next)) = stack.pop() {
            let Some(neighbor) = self.molecule.neighbors(atom).get(next) else { continue };
            stack.push((atom, from, next + 1));
            let to = neighbor.atom as usize;
            if neighbor.bond == from || !self.kept[to] {
                continue;
            }
            if self.visited[to].is_none() {
                self.visit(to);
                children[atom].push((neighbor.atom, neighbor.bond));
                stack.push((to, neighbor.bond, 0));
            } else if self.visited[to] < self.visited[atom] {
                self.closures.push((neighbor.bond, self.closures.len() + 1));
            }
        }
        children
    }

    fn visit(&mut self, atom: usize) {
        self.visited[atom] = Some(self.visits);
        self.visits += 1;
    }

    fn print(&mut self, start: usize, children: &[Vec<(u32, u32)>]) {
        enum Step {
            Atom(usize, Option<u32>),
            Text(char),
        }
        let mut stack = vec![Step::Atom(start, None)];
        while let Some(step) = stack.pop() {
            let (atom, bond) = match step {
                Step::Text(c) => {
                    self.text.push(c);
                    continue;
                }
                Step::Atom(atom, bond) => (atom, bond),
            };
            if let Some(bond) = bond {
                self.bond(bond, atom);
            }
            self.atom(atom);
            let closures: Vec<(u32, usize)> = self
                .closures
                .iter()
                .filter(|(b, _)| self.molecule.neighbors(atom).iter().any(|n| n.bond == *b))
                .copied()
                .collect();
            for (bond, number) in closures {
                self.bond(bond, self.other(bond, atom));
                // Beyond 99 there is no number; such a text cannot be read, and is its own key.
                self.text += &if number < 10 { format!("{number}") } else { format!("%{number}") };
            }
            // The last child needs no brackets; a stack gives back in reverse.
            for (i, &(child, bond)) in children[atom].iter().enumerate().rev() {
                let branch = i + 1 < children[atom].len();
                if branch {
                    stack.push(Step::Text(')'));
                }
                stack.push(Step::Atom(child as usize, Some(bond)));
                if branch {
                    stack.push(Step::Text('('));
                }
            }
        }
    }

    fn other(&self, bond: u32, atom: usize) -> usize {
        let bond = &self.molecule.bonds()[bond as usize];
        (if bond.begin as usize == atom { bond.end } else { bond.begin }) as usize
    }

    /// The symbol of a bond that leads to `to`.
    fn bond(&mut self, bond: u32, to: usize) {
        let bond = &self.molecule.bonds()[bond as usize];
        self.text += match bond.order {
            BondOrder::Single => "-",
            BondOrder::Double => "=",
            BondOrder::Triple => "#",
            BondOrder::Quadruple => "$",
            BondOrder::Aromatic => ":",
            BondOrder::Dative if bond.end as usize == to => "->",
            BondOrder::Dative => "<-",
            BondOrder::Unspecified | BondOrder::Zero | BondOrder::Hydrogen => "~",
        };
    }

    /// With a hydrogen for each bond that was cut.
    fn atom(&mut self, index: usize) {
        let atom = &self.molecule.atoms()[index];
        let cut = |n: &&chmr::chem::Neighbor| !self.kept[n.atom as usize];
        let freed = self.molecule.neighbors(index).iter().filter(cut).map(|n| {
            match self.molecule.bonds()[n.bond as usize].order {
                BondOrder::Dative
                | BondOrder::Unspecified
                | BondOrder::Zero
                | BondOrder::Hydrogen => 0,
                BondOrder::Triple => 3,
                BondOrder::Quadruple => 4,
                BondOrder::Double => 2,
                BondOrder::Single | BondOrder::Aromatic => 1,
            }
        });
        let hydrogens = usize::from(atom.hydrogens) + freed.sum::<usize>();
        let symbol = symbol(atom.atomic_number);
        let symbol = if atom.aromatic { symbol.to_lowercase() } else { symbol.to_owned() };
        let hydrogens = if hydrogens > 0 { format!("H{hydrogens}") } else { String::new() };
        let charge = if atom.charge == 0 { String::new() } else { format!("{:+}", atom.charge) };
        self.text += &format!("[{symbol}{hydrogens}{charge}]");
    }
}

/// Symbols of the elements in order; `*` for anything else.
fn symbol(atomic_number: u8) -> &'static str {
    const SYMBOLS: &str = "* H He Li Be B C N O F Ne Na Mg Al Si P S Cl Ar K Ca Sc Ti V Cr Mn Fe Co Ni Cu Zn Ga \
        Ge As Se Br Kr Rb Sr Y Zr Nb Mo Tc Ru Rh Pd Ag Cd In Sn Sb Te I Xe Cs Ba La Ce Pr Nd Pm Sm Eu Gd Tb Dy Ho \
        Er Tm Yb Lu Hf Ta W Re Os Ir Pt Au Hg Tl Pb Bi Po At Rn Fr Ra Ac Th Pa U Np Pu Am Cm Bk Cf Es Fm Md No Lr \
        Rf Db Sg Bh Hs Mt Ds Rg Cn Nh Fl Mc Lv Ts Og";
    SYMBOLS.split_whitespace().nth(usize::from(atomic_number)).unwrap_or("*")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashMap;

    fn key(smiles: &str) -> String {
        scaffold_key(&parse_smiles(smiles, &Limits::default()).unwrap())
    }

    #[test]
    fn known_scaffolds() {
        for (molecule, scaffold) in [
            ("CCCC", ""),
            ("CC(=O)N1CCCC1", "C1CCNC1"),
            ("Cn1cccc1", "c1cc[nH]c1"),
            ("O=C(c1ccccc1)Nc1ccncc1C", "O=C(c1ccccc1)Nc1ccncc1"),
            // What hangs on the kept double bond goes.
            ("c1ccccc1C(=NO)c1ccccc1", "N=C(c1ccccc1)c1ccccc1"),
            ("C1CC[C@@H](C)CC1.OCC", "C1CCCCC1"),
        ] {
            let expected = if scaffold.is_empty() {
                String::new()
            } else {
                let parsed = parse_smiles(scaffold, &Limits::default()).unwrap();
                canonical_smiles(&parsed).unwrap()
            };
            assert_eq!(key(molecule), expected, "{molecule}");
        }
    }

    /// Two molecules share a key exactly where RDKit gives them one scaffold (the file's second column, made by
    /// `tests/oracle/golden_scaffolds.py`).
    #[test]
    fn as_rdkit_groups_them() {
        let text = include_str!("../tests/golden/scaffolds.csv");
        let (mut ours, mut theirs) = (HashMap::new(), HashMap::new());
        let mut rows = 0;
        for line in text.lines().skip(1) {
            let (smiles, scaffold) = line.split_once(',').unwrap();
            let key = key(smiles);
            // A ring that a dative bond closes is one here and none to RDKit.
            if key.contains("->") || key.contains("<-") {
                continue;
            }
            assert_eq!(ours.entry(key.clone()).or_insert(scaffold), &scaffold, "{smiles}: {key}");
            assert_eq!(theirs.entry(scaffold).or_insert(key.clone()), &key, "{smiles}: {scaffold}");
            rows += 1;
        }
        assert!(rows > 500 && ours.len() > 150, "{rows} rows, {} scaffolds", ours.len());
    }
}
