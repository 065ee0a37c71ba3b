//! The extension behind a SMILES (CXSMILES): ` |item,item|`.
//!
//! RDKit reads it along with the SMILES. What changes the molecule is applied with the same result: coordinate
//! bonds, radicals, directions of double bonds, wiggly bonds, coordinates and wedges. What only notes something
//! beside the molecule is passed over: labels and values of atoms, enhanced stereo groups, Sgroups, fragment
//! groups, link nodes and the like. All else refuses the molecule with the reason: nothing is half-read.

use super::cursor::Cursor;
use super::draft::{Changes, Draft};
use super::geometry;
use crate::chem::error::{Error, ErrorKind};
use crate::chem::molecule::Conformer;
use chematic_core::{AtomIdx, BondIdx, BondOrder};

/// Reads `text`, which begins with `|`, into changes of `draft`; `offset` is its place in the whole text.
pub(super) fn read(text: &str, offset: usize, draft: &Draft) -> Result<Changes, Error> {
    let close = text[1..].find('|').map(|i| i + 1);
    let Some(close) = close else {
        return Err(syntax(
            offset,
            "the extension (CXSMILES) is never closed; expected a second '|'",
        ));
    };
    if close + 1 < text.len() {
        let at = offset + close + 1;
        return Err(syntax(
            at,
            "text behind the extension; expected one SMILES without a name behind it",
        ));
    }
    let mut reader =
        Reader { draft, changes: Changes::default(), wedges: Vec::new(), wiggly: Vec::new() };
    for (at, item) in items(&text[1..close]) {
        let at = offset + 1 + at;
        reader.item(item).map_err(|fault| fault.at(at, item))?;
    }
    let end = offset + close;
    reader.finish().map_err(|fault| fault.at(end, text))
}

fn syntax(at: usize, what: &str) -> Error {
    Error::new(ErrorKind::Syntax, Some(at), format!("{what} (byte {at})"))
}

/// What is wrong with an item.
enum Fault {
    /// It says nothing that is known.
    Malformed(String),
    /// It says something that is not modelled.
    Unsupported(&'static str),
    /// It asks for more electrons than an atom has.
    Valence(String),
}

impl Fault {
    fn at(self, at: usize, item: &str) -> Error {
        let end = (0..=item.len().min(30)).rev().find(|&i| item.is_char_boundary(i)).unwrap_or(0);
        let item = &item[..end];
        let (kind, why) = match self {
            Self::Malformed(why) => (ErrorKind::Syntax, why),
            Self::Unsupported(why) => (ErrorKind::Unsupported, why.to_owned()),
            Self::Valence(why) => (ErrorKind::Valence, why),
        };
        let message = format!("in the extension (CXSMILES), {item:?} at byte {at}: {why}");
        Error::new(kind, Some(at), message)
    }
}

/// The items with their places. A comma ends one, but not inside `$…$`, `(…)` and `{…}`, nor where a number follows:
/// that goes on with a list.
fn items(body: &str) -> Vec<(usize, &str)> {
    let bytes = body.as_bytes();
    let (mut found, mut start, mut inside) = (Vec::new(), 0, None);
    for (i, &b) in bytes.iter().enumerate() {
        match (inside, b) {
            (None, b'$') => inside = Some(b'$'),
            (None, b'(') => inside = Some(b')'),
            (None, b'{') => inside = Some(b'}'),
            (None, b',') if !bytes.get(i + 1).is_some_and(u8::is_ascii_digit) => {
                found.push((start, &body[start..i]));
                start = i + 1;
            }
            (Some(end), _) if end == b => inside = None,
            _ => {}
        }
    }
    found.push((start, &body[start..]));
    found.retain(|(_, item)| !item.is_empty());
    found
}

struct Reader<'a> {
    draft: &'a Draft,
    changes: Changes,
    /// Wedged bonds: the atom at the point, the bond, whether it comes forward.
    wedges: Vec<(usize, usize, bool)>,
    /// Wiggly bonds and the atoms at which they begin.
    wiggly: Vec<(usize, usize)>,
}

impl Reader<'_> {
    fn item(&mut self, item: &str) -> Result<(), Fault> {
        if let Some(rest) = item.strip_prefix('$') {
            return labels(rest);
        }
        if let Some(rest) = item.strip_prefix('(') {
            return self.positions(rest);
        }
        let (name, rest) = match item.split_once(':') {
            Some((name, rest)) => (name, Some(rest)),
            None => (item, None),
        };
        let (stem, number) =
            name.split_at(name.find(|c: char| c.is_ascii_digit()).unwrap_or(name.len()));
        let needed = || rest.ok_or_else(|| malformed("expected ':' and numbers"));
        match (stem, number) {
            ("C", "") => pairs(needed()?)?.into_iter().try_for_each(|pair| self.coordinate(pair)),
            ("^", "1") => self.radicals(needed()?, 1),
            ("^", "2" | "3" | "4") => self.radicals(needed()?, 2),
            ("^", "5" | "6" | "7") => self.radicals(needed()?, 3),
            ("c", "") => numbers(needed()?)?.into_iter().try_for_each(|b| self.double(b, false)),
            ("t", "") => numbers(needed()?)?.into_iter().try_for_each(|b| self.double(b, true)),
            ("ctu", "") => numbers(needed()?)?.into_iter().try_for_each(|b| self.unknown_double(b)),
            ("w", "") => {
                self.wiggly.extend(self.members(needed()?)?);
                Ok(())
            }
            ("wU" | "wD", "") => {
                let wedged =
                    self.members(needed()?)?.into_iter().map(|(a, b)| (a, b, stem == "wU"));
                self.wedges.extend(wedged);
                Ok(())
            }
            ("a", "") | ("o" | "&", _) => numbers(needed()?).map(drop),
            ("m", "") => self.variable_attachment(needed()?),
            ("atomProp" | "f" | "lp" | "LN" | "LO" | "Sg" | "SgD" | "SgH", "") => {
                needed().map(drop)
            }
            ("r", "") => Ok(()),
            ("H", "") => Err(Fault::Unsupported("hydrogen bonds are not modelled")),
            ("Z", "") => Err(Fault::Unsupported("zero-order bonds are not modelled")),
            ("u" | "s" | "rb", "") => Err(Fault::Unsupported("a query; a query is not a molecule")),
            ("RG" | "LOG", "") => {
                Err(Fault::Unsupported("definitions of R groups; expected one molecule"))
            }
            _ => Err(malformed("unknown; expected an item of CXSMILES")),
        }
    }

    /// A bond given by an atom and its own number, checked.
    fn members(&self, text: &str) -> Result<Vec<(usize, usize)>, Fault> {
        let found = pairs(text)?;
        for &(atom, bond) in &found {
            self.member(atom, bond)?;
        }
        Ok(found)
    }

    fn member(&self, atom: usize, bond: usize) -> Result<(), Fault> {
        self.check_bond(bond)?;
        let (first, second, _) = self.draft.bond(bond);
        if ![first, second].contains(&AtomIdx(atom as u32)) {
            return Err(malformed(&format!("bond {bond} does not end at atom {atom}")));
        }
        Ok(())
    }

    fn check_bond(&self, bond: usize) -> Result<(), Fault> {
        let bonds = self.draft.bonds();
        if bond >= bonds {
            return Err(malformed(&format!("no bond {bond}; there are {bonds}, counted from 0")));
        }
        Ok(())
    }

    fn check_atom(&self, atom: usize) -> Result<(), Fault> {
        let atoms = self.draft.atoms();
        if atom >= atoms {
            return Err(malformed(&format!("no atom {atom}; there are {atoms}, counted from 0")));
        }
        Ok(())
    }

    fn coordinate(&mut self, (donor, bond): (usize, usize)) -> Result<(), Fault> {
        self.member(donor, bond)?;
        let index = BondIdx(bond as u32);
        self.changes.dative.retain(|(b, _)| *b != index);
        self.changes.dative.push((index, AtomIdx(donor as u32)));
        Ok(())
    }

    fn radicals(&mut self, text: &str, electrons: u32) -> Result<(), Fault> {
        for atom in numbers(text)? {
            self.check_atom(atom)?;
            let index = AtomIdx(atom as u32);
            self.changes.radicals.retain(|(a, _)| *a != index);
            self.changes.radicals.push((index, electrons));
        }
        Ok(())
    }

    /// `*` with one bond, drawn to the middle of other atoms.
    fn variable_attachment(&self, text: &str) -> Result<(), Fault> {
        for entry in text.split(',') {
            let atom = entry.split(':').next().and_then(|n| n.parse::<usize>().ok());
            let atom = atom.ok_or_else(|| malformed("expected atom:atom.atom…"))?;
            self.check_atom(atom)?;
            if self.draft.around(AtomIdx(atom as u32)).count() != 1 {
                return Err(malformed(&format!(
                    "atom {atom} has not one bond, as a variable attachment must"
                )));
            }
        }
        Ok(())
    }

    /// A double bond: the lowest neighbours of its two atoms lie on opposite sides or on the same.
    fn double(&mut self, bond: usize, opposite: bool) -> Result<(), Fault> {
        self.check_bond(bond)?;
        let (first, second, order) = self.draft.bond(bond);
        if order != BondOrder::Double {
            // RDKit ignores what is said of another bond.
            return Ok(());
        }
        let (low, high) = (first.min(second), first.max(second));
        let others = |atom, other| self.draft.around(atom).filter(move |(_, n)| *n != other);
        let from = others(low, high).min_by_key(|(_, n)| n.0);
        let to = others(high, low).min_by_key(|(_, n)| n.0);
        let (Some((from, _)), Some((to, _))) = (from, to) else { return Ok(()) };
        for (bond, _) in others(low, high).chain(others(high, low)) {
            if self.draft.has_direction(bond) {
                return Err(Fault::Unsupported(
                    "a double bond whose directions stand in the SMILES, too",
                ));
            }
        }
        let up = BondOrder::Up;
        let known = |bond: BondIdx, end: AtomIdx| {
            let found = self.changes.directions.iter().find(|(b, _)| *b == bond)?;
            Some(self.draft.towards(bond, end, found.1))
        };
        // Both directions are read along the chain from the one neighbour to the other.
        let (toward, away) = (known(from, low), known(to, high).map(flipped));
        let second_for = |first| if opposite { first } else { flipped(first) };
        let (toward, away) = match (toward, away) {
            (None, None) => (up, second_for(up)),
            (Some(d), None) => (d, second_for(d)),
            (None, Some(d)) => (second_for(d), d),
            (Some(d), Some(e)) if second_for(d) == e => (d, e),
            _ => {
                return Err(Fault::Unsupported(
                    "directions that contradict those of another double bond",
                ));
            }
        };
        for (bond, end, direction) in [(from, low, toward), (to, high, flipped(away))] {
            if self.draft.bond(bond.0 as usize).2 != BondOrder::Single {
                return Err(Fault::Unsupported("a double bond beside other than single bonds"));
            }
            if !self.changes.directions.iter().any(|(b, _)| *b == bond) {
                let stored = self.draft.towards(bond, end, direction);
                self.changes.directions.push((bond, stored));
            }
        }
        Ok(())
    }

    /// Nobody knows; so the SMILES must not say.
    fn unknown_double(&self, bond: usize) -> Result<(), Fault> {
        self.check_bond(bond)?;
        let (first, second, order) = self.draft.bond(bond);
        let mut beside = self.draft.around(first).chain(self.draft.around(second));
        if order == BondOrder::Double && beside.any(|(b, _)| self.draft.has_direction(b)) {
            return Err(Fault::Unsupported(
                "a double bond of unknown geometry whose directions stand in the SMILES",
            ));
        }
        Ok(())
    }

    /// Hydrogens of atoms outside brackets: those in brackets say how many they have, and so how many electrons are
    /// unpaired.
    fn hydrogens(&mut self) -> Result<(), Fault> {
        for &(atom, radicals) in &self.changes.radicals {
            if self.draft.atom(atom.0 as usize).hydrogen_count.is_none() {
                let hydrogens = self.draft.hydrogens(atom, radicals, &self.changes.dative);
                let hydrogens = hydrogens.ok_or_else(|| {
                    Fault::Valence(format!(
                        "atom {} has not so many electrons to leave unpaired",
                        atom.0
                    ))
                })?;
                self.changes.hydrogens.push((atom, hydrogens));
            }
        }
        Ok(())
    }

    /// One position an atom, parted by ';'; numbers that are not given are 0.
    fn positions(&mut self, rest: &str) -> Result<(), Fault> {
        let inside = rest.strip_suffix(')').ok_or_else(|| malformed("expected ')' at the end"))?;
        let mut positions = Vec::with_capacity(self.draft.atoms());
        for entry in inside.split(';') {
            let mut position = [0.0f32; 3];
            let mut parts = entry.split(',');
            for x in &mut position {
                *x = match parts.next().map_or("", str::trim) {
                    "" => 0.0,
                    number => number.parse().ok().filter(|x: &f32| x.abs() <= 1e6).ok_or_else(|| {
                        malformed("a coordinate that is no number within a million ångström of the origin")
                    })?,
                };
            }
            if parts.next().is_some() {
                return Err(malformed("a position of more than three coordinates"));
            }
            positions.push(position);
        }
        let (n, atoms) = (positions.len(), self.draft.atoms());
        if n != atoms {
            return Err(malformed(&format!("{n} positions for {atoms} atoms")));
        }
        let is_3d = positions.iter().any(|p| p[2].abs() >= 1e-4);
        self.changes.conformer = Some(Conformer { positions, is_3d });
        Ok(())
    }

    fn finish(mut self) -> Result<Changes, Fault> {
        self.hydrogens()?;
        for &(atom, bond) in &self.wiggly {
            let (first, second, _) = self.draft.bond(bond);
            for end in [first, second] {
                for (double, _) in self.draft.around(end) {
                    self.unknown_double(double.0 as usize)?;
                }
            }
            self.changes.achiral.push(AtomIdx(atom as u32));
        }
        if self.changes.conformer.as_ref().is_some_and(|c| c.is_3d) {
            return Err(Fault::Unsupported(
                "positions in space, which set the stereochemistry; give a molblock",
            ));
        }
        if !self.wedges.is_empty() {
            let Some(conformer) = &self.changes.conformer else {
                return Err(Fault::Unsupported("wedges without positions of the atoms"));
            };
            self.changes.centres = geometry::centres(self.draft, &self.wedges, conformer);
        }
        Ok(self.changes)
    }
}

fn malformed(why: &str) -> Fault {
    Fault::Malformed(why.to_owned())
}

fn flipped(direction: BondOrder) -> BondOrder {
    if direction == BondOrder::Up { BondOrder::Down } else { BondOrder::Up }
}

/// Labels of atoms, `a;b;…$`; some make a query of the atom.
fn labels(rest: &str) -> Result<(), Fault> {
    let inside = rest.strip_suffix('$').ok_or_else(|| malformed("expected '$' at the end"))?;
    const QUERIES: [&str; 7] = ["Q_e", "QH_p", "X_p", "XH_p", "M_p", "MH_p", "AH_p"];
    if !inside.starts_with("_AV:") && inside.split(';').any(|label| QUERIES.contains(&label)) {
        return Err(Fault::Unsupported("the label of a query atom; a query is not a molecule"));
    }
    Ok(())
}

/// A list of numbers, parted by ','; it may be empty.
fn numbers(text: &str) -> Result<Vec<usize>, Fault> {
    list(text, number)
}

/// A list of two numbers each, `a.b`.
fn pairs(text: &str) -> Result<Vec<(usize, usize)>, Fault> {
    list(text, |c| {
        let first = number(c)?;
        c.eat(b'.').then_some(())?;
        Some((first, number(c)?))
    })
}

fn number(text: &mut Cursor<'_>) -> Option<usize> {
    text.number().ok().flatten().map(|n| n as usize)
}

fn list<T>(
    text: &str,
    mut entry: impl FnMut(&mut Cursor<'_>) -> Option<T>,
) -> Result<Vec<T>, Fault> {
    let mut cursor = Cursor::new(text);
    let mut found = Vec::new();
    while cursor.peek().is_some() {
        let value = entry(&mut cursor).filter(|_| cursor.eat(b',') || cursor.peek().is_none());
        found.push(
            value.ok_or_else(|| {
                malformed("expected numbers parted by commas, pairs as atom.bond")
            })?,
        );
    }
    Ok(found)
}
