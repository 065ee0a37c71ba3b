//! The dialect of SMARTS that the keys are written in, compiled for matching.
//!
//! Every atom expression becomes a bit ("class"): an atom of a molecule carries a mask of the
//! classes it belongs to, found by four table look-ups, and a pattern's atom asks for one bit. The
//! same for bonds. The dialect: atoms `*`, `C` … (aliphatic), `c` … (aromatic) and brackets of
//! `#n`, symbols, `a`, `R`, `Hn`, `+0`, `!`, joined by `;` or `,`, where the alternatives of one
//! `,` list speak of one property; bonds `- = # : ~ @`, `!`, `;`; branches; ring digits.

use crate::chem::BondOrder;

/// A set of atom classes.
pub(super) type AtomMask = u64;
/// A set of bond classes.
pub(super) type BondMask = u16;

/// The most atoms a pattern may have.
pub(super) const MAX_ATOMS: usize = 8;

/// A pattern as a walk: each step extends the match by one atom.
pub(super) struct Pattern {
    pub steps: Vec<Step>,
    /// Classes that some atom of the molecule must have for any match.
    pub atoms_needed: AtomMask,
    /// Likewise of bonds.
    pub bonds_needed: BondMask,
}

/// One atom of a [`Pattern`].
pub(super) struct Step {
    /// The one class the atom must have.
    pub atom: AtomMask,
    /// The step that this one is bonded to (of the first step: itself).
    pub parent: usize,
    /// The one class of that bond.
    pub bond: BondMask,
    /// Further bonds, to earlier steps.
    pub closures: Vec<(usize, BondMask)>,
}

/// Collects the classes while patterns are compiled; then classifies atoms and bonds.
#[derive(Default)]
pub(super) struct Classes {
    atoms: Vec<(String, AtomExpression)>,
    bonds: Vec<String>,
}

/// All must hold; of each, any one.
type AtomExpression = Vec<Vec<Property>>;

/// What an atom primitive asks, and whether it is negated.
type Property = (bool, Primitive);

#[derive(Clone, Copy, PartialEq)]
enum Primitive {
    Element { atomic_number: u8, aromatic: Option<bool> },
    Aromatic,
    Ring,
    Hydrogens(u8),
    Neutral,
}

impl Classes {
    /// Compiles `text`. The walk begins at the pattern's first atom if `anchored`, otherwise at
    /// the one that is rarest in drug-like molecules.
    ///
    /// # Panics
    /// If `text` is not in the dialect: the keys are constants, and a test compiles them all.
    pub fn compile(&mut self, text: &str, anchored: bool) -> Pattern {
        let (atoms, bonds) = self.parse(text);
        assert!(atoms.len() <= MAX_ATOMS, "{text}: too many atoms");
        let rarity = |i: &usize| self.weight(atoms[*i]);
        let first = if anchored { 0 } else { (0..atoms.len()).min_by_key(rarity).unwrap() };
        let mut order = vec![first];
        while order.len() < atoms.len() {
            let reachable = (0..atoms.len()).filter(|i| {
                !order.contains(i)
                    && bonds.iter().any(|&(a, b, _)| {
                        (a == *i && order.contains(&b)) || (b == *i && order.contains(&a))
                    })
            });
            order.push(reachable.min_by_key(rarity).expect("a pattern is connected"));
        }
        let place = |atom: usize| order.iter().position(|&a| a == atom).unwrap();
        let steps: Vec<Step> = order
            .iter()
            .enumerate()
            .map(|(at, &atom)| {
                let mut back: Vec<(usize, BondMask)> = bonds
                    .iter()
                    .filter(|&&(a, b, _)| a == atom || b == atom)
                    .map(|&(a, b, class)| (place(if a == atom { b } else { a }), 1 << class))
                    .filter(|&(other, _)| other < at)
                    .collect();
                back.reverse();
                let (parent, bond) = back.pop().unwrap_or((0, 0));
                Step { atom: 1 << atoms[atom], parent, bond, closures: back }
            })
            .collect();
        Pattern {
            atoms_needed: atoms.iter().fold(0, |m, &a| m | 1 << a),
            bonds_needed: bonds.iter().fold(0, |m, &(_, _, b)| m | 1 << b),
            steps,
        }
    }

    /// Class of each atom, and each bond as its two atoms and class.
    fn parse(&mut self, text: &str) -> (Vec<usize>, Vec<(usize, usize, usize)>) {
        let (mut atoms, mut bonds) = (Vec::new(), Vec::new());
        let mut rest = text;
        let mut bond = "";
        let mut previous: Option<usize> = None;
        let mut branches = Vec::new();
        let mut ring: Option<(usize, &str)> = None;
        while let Some(c) = rest.chars().next() {
            let mut length = 1;
            match c {
                '(' => branches.push(previous),
                ')' => previous = branches.pop().expect("balanced"),
                '1' => {
                    let here = previous.expect("a ring digit follows an atom");
                    match ring.take() {
                        None => ring = Some((here, bond)),
                        Some((there, first)) => {
                            let class = self.bond_class(if bond.is_empty() { first } else { bond });
                            bonds.push((there, here, class));
                        }
                    }
                    bond = "";
                }
                '-' | '=' | '#' | ':' | '~' | '@' | '!' => {
                    length = rest.find(|c| !"-=#:~@!;".contains(c)).expect("a bond has an end");
                    bond = &rest[..length];
                }
                _ => {
                    let expression = if c == '[' {
                        length = rest.find(']').expect("a closing bracket") + 1;
                        &rest[1..length - 1]
                    } else {
                        length =
                            if rest.starts_with("Cl") || rest.starts_with("Br") { 2 } else { 1 };
                        &rest[..length]
                    };
                    atoms.push(self.atom_class(expression));
                    let here = atoms.len() - 1;
                    if let Some(from) = previous {
                        bonds.push((from, here, self.bond_class(bond)));
                    }
                    previous = Some(here);
                    bond = "";
                }
            }
            rest = &rest[length..];
        }
        (atoms, bonds)
    }

    /// The mask of one atom expression.
    pub fn atom_mask(&mut self, expression: &str) -> AtomMask {
        1 << self.atom_class(expression)
    }

    fn atom_class(&mut self, expression: &str) -> usize {
        if let Some(known) = self.atoms.iter().position(|(text, _)| text == expression) {
            return known;
        }
        assert!(self.atoms.len() < AtomMask::BITS as usize, "too many atom classes");
        self.atoms.push((expression.into(), parse_atom(expression)));
        self.atoms.len() - 1
    }

    fn bond_class(&mut self, expression: &str) -> usize {
        if let Some(known) = self.bonds.iter().position(|text| text == expression) {
            return known;
        }
        assert!(self.bonds.len() < BondMask::BITS as usize, "too many bond classes");
        self.bonds.push(expression.into());
        self.bonds.len() - 1
    }

    /// How common the class is: its share, in a thousand, of the atoms of typical drugs.
    fn weight(&self, class: usize) -> u32 {
        // Atomic number, aromatic, hydrogens, in a ring, share.
        const TYPICAL: &[(u8, bool, u8, bool, u32)] = &[
            (6, true, 1, true, 230),
            (6, true, 0, true, 170),
            (6, false, 0, false, 90),
            (6, false, 2, true, 80),
            (6, false, 2, false, 90),
            (6, false, 1, true, 40),
            (6, false, 1, false, 20),
            (6, false, 3, false, 70),
            (7, true, 0, true, 45),
            (7, false, 0, false, 25),
            (7, false, 1, false, 40),
            (7, false, 0, true, 20),
            (7, false, 2, false, 8),
            (8, false, 0, false, 90),
            (8, false, 1, false, 30),
            (8, false, 0, true, 10),
            (16, false, 0, false, 10),
            (16, true, 0, true, 7),
            (9, false, 0, false, 14),
            (17, false, 0, false, 10),
            (35, false, 0, false, 3),
            (53, false, 0, false, 1),
        ];
        TYPICAL
            .iter()
            .filter(|&&(z, aromatic, h, ring, _)| {
                let (_, expression) = &self.atoms[class];
                expression.iter().all(|group| {
                    group.iter().any(|&(not, p)| {
                        not != match p {
                            Primitive::Ring => ring,
                            Primitive::Hydrogens(n) => n == h,
                            Primitive::Neutral => true,
                            element => element_holds(element, z, aromatic),
                        }
                    })
                })
            })
            .map(|t| t.4)
            .sum()
    }

    /// The tables that classify the atoms and bonds of a molecule.
    pub fn tables(&self) -> Tables {
        let all = |holds: &dyn Fn(Primitive) -> Option<bool>| {
            self.atoms.iter().enumerate().fold(0, |mask, (class, (_, expression))| {
                // A group that speaks of another property is for another table.
                let fits = expression.iter().all(|group| {
                    group.iter().any(|&(not, p)| holds(p).is_none_or(|held| held != not))
                });
                if fits { mask | 1 << class } else { mask }
            })
        };
        let element = |z: usize, aromatic: bool| {
            all(&|p| match p {
                Primitive::Element { .. } | Primitive::Aromatic => {
                    Some(element_holds(p, z as u8, aromatic))
                }
                _ => None,
            })
        };
        Tables {
            element: (0..=118).map(|z| [element(z, false), element(z, true)]).collect(),
            hydrogens: std::array::from_fn(|h| {
                all(&|p| match p {
                    Primitive::Hydrogens(n) => Some(usize::from(n) == h),
                    _ => None,
                })
            }),
            ring: [false, true]
                .map(|ring| all(&|p| if p == Primitive::Ring { Some(ring) } else { None })),
            neutral: [false, true].map(|neutral| {
                all(&|p| if p == Primitive::Neutral { Some(neutral) } else { None })
            }),
            bonds: ORDERS.map(|order| {
                [false, true].map(|ring| {
                    self.bonds.iter().enumerate().fold(0, |mask, (class, text)| {
                        if bond_holds(text, order, ring) { mask | 1 << class } else { mask }
                    })
                })
            }),
        }
    }
}

/// What [`Classes`] becomes once all patterns are compiled.
pub(super) struct Tables {
    element: Vec<[AtomMask; 2]>,
    /// By number of hydrogens; the last is for "more than any key asks for".
    hydrogens: [AtomMask; 6],
    ring: [AtomMask; 2],
    neutral: [AtomMask; 2],
    /// By order, then ring membership.
    bonds: [[BondMask; 2]; ORDERS.len()],
}

impl Tables {
    /// The classes of an atom.
    pub fn atom(&self, z: u8, aromatic: bool, hydrogens: u32, ring: bool, charge: i8) -> AtomMask {
        let element = self.element.get(usize::from(z)).map_or(0, |e| e[usize::from(aromatic)]);
        element
            & self.hydrogens[hydrogens.min(5) as usize]
            & self.ring[usize::from(ring)]
            & self.neutral[usize::from(charge == 0)]
    }

    /// The classes of a bond.
    pub fn bond(&self, order: BondOrder, ring: bool) -> BondMask {
        self.bonds[order as usize][usize::from(ring)]
    }
}

/// Whether a bond answers to `expression`; nothing written means single or aromatic.
fn bond_holds(expression: &str, order: BondOrder, ring: bool) -> bool {
    let primitive = |text: &str| match text {
        "" => matches!(order, BondOrder::Single | BondOrder::Aromatic),
        "~" => true,
        "-" => order == BondOrder::Single,
        "=" => order == BondOrder::Double,
        "#" => order == BondOrder::Triple,
        ":" => order == BondOrder::Aromatic,
        "@" => ring,
        other => panic!("bond {other:?} is not in the dialect"),
    };
    expression.split(';').all(|p| match p.strip_prefix('!') {
        Some(negated) => !primitive(negated),
        None => primitive(p),
    })
}

/// Every bond order, in the order of their numbers.
const ORDERS: [BondOrder; 9] = [
    BondOrder::Single,
    BondOrder::Double,
    BondOrder::Triple,
    BondOrder::Quadruple,
    BondOrder::Aromatic,
    BondOrder::Dative,
    BondOrder::Unspecified,
    BondOrder::Zero,
    BondOrder::Hydrogen,
];

fn element_holds(primitive: Primitive, z: u8, is_aromatic: bool) -> bool {
    match primitive {
        Primitive::Element { atomic_number, aromatic } => {
            atomic_number == z && aromatic.is_none_or(|a| a == is_aromatic)
        }
        _ => is_aromatic,
    }
}

/// The inside of a bracket.
fn parse_atom(text: &str) -> AtomExpression {
    if text == "*" {
        return Vec::new();
    }
    let mut groups = Vec::new();
    for group in text.split(';') {
        let mut alternatives: Vec<Vec<Property>> = group.split(',').map(parse_primitives).collect();
        if alternatives.len() == 1 {
            groups.extend(alternatives.remove(0).into_iter().map(|p| vec![p]));
        } else {
            groups.push(
                alternatives
                    .into_iter()
                    .flat_map(|mut a| {
                        assert!(a.len() == 1, "{text}: an alternative of two properties");
                        a.pop()
                    })
                    .collect(),
            );
        }
    }
    groups
}

/// Primitives side by side, as in `#16R` or `!H0`.
fn parse_primitives(text: &str) -> Vec<Property> {
    let mut found = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let not = rest.starts_with('!');
        rest = &rest[usize::from(not)..];
        let digits = |from: usize| {
            let end =
                rest[from..].find(|c: char| !c.is_ascii_digit()).map_or(rest.len(), |e| from + e);
            (rest[from..end].parse().expect("a number"), end)
        };
        let (primitive, length) = match rest.as_bytes()[0] {
            b'#' => {
                let (atomic_number, end) = digits(1);
                (Primitive::Element { atomic_number, aromatic: None }, end)
            }
            b'H' if rest.as_bytes().get(1).is_some_and(u8::is_ascii_digit) => {
                let (n, end) = digits(1);
                (Primitive::Hydrogens(n), end)
            }
            b'+' => (Primitive::Neutral, 2),
            b'a' => (Primitive::Aromatic, 1),
            b'R' if !rest.as_bytes().get(1).is_some_and(u8::is_ascii_lowercase) => {
                (Primitive::Ring, 1)
            }
            first => {
                let two = rest.as_bytes().get(1).is_some_and(u8::is_ascii_lowercase);
                let length = if two { 2 } else { 1 };
                let aromatic = first.is_ascii_lowercase();
                let mut symbol = rest[..length].to_owned();
                symbol[..1].make_ascii_uppercase();
                let z = SYMBOLS.iter().position(|s| *s == symbol);
                let atomic_number = z.unwrap_or_else(|| panic!("no element {symbol}")) as u8;
                (Primitive::Element { atomic_number, aromatic: Some(aromatic) }, length)
            }
        };
        found.push((not, primitive));
        rest = &rest[length..];
    }
    found
}

/// Element symbols by atomic number.
#[rustfmt::skip]
const SYMBOLS: [&str; 119] = [
    "*", "H", "He", "Li", "Be", "B", "C", "N", "O", "F", "Ne", "Na", "Mg", "Al", "Si", "P",
    "S", "Cl", "Ar", "K", "Ca", "Sc", "Ti", "V", "Cr", "Mn", "Fe", "Co", "Ni", "Cu", "Zn", "Ga",
    "Ge", "As", "Se", "Br", "Kr", "Rb", "Sr", "Y", "Zr", "Nb", "Mo", "Tc", "Ru", "Rh", "Pd", "Ag",
    "Cd", "In", "Sn", "Sb", "Te", "I", "Xe", "Cs", "Ba", "La", "Ce", "Pr", "Nd", "Pm", "Sm", "Eu",
    "Gd", "Tb", "Dy", "Ho", "Er", "Tm", "Yb", "Lu", "Hf", "Ta", "W", "Re", "Os", "Ir", "Pt", "Au",
    "Hg", "Tl", "Pb", "Bi", "Po", "At", "Rn", "Fr", "Ra", "Ac", "Th", "Pa", "U", "Np", "Pu", "Am",
    "Cm", "Bk", "Cf", "Es", "Fm", "Md", "No", "Lr", "Rf", "Db", "Sg", "Bh", "Hs", "Mt", "Ds", "Rg",
    "Cn", "Nh", "Fl", "Mc", "Lv", "Ts", "Og",
];
