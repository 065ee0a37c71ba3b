//! Atoms of a SMILES, bare and in brackets.

use super::cursor::{Cursor, syntax};
use crate::chem::error::{Error, ErrorKind};
use chematic_core::{Atom, Chirality, Element, NonTetrahedralClass};

/// The next atom, or `None` where none begins.
pub(super) fn atom(text: &mut Cursor<'_>) -> Result<Option<Atom>, Error> {
    let (element, aromatic) = match text.peek() {
        Some(b'[') => return bracket(text).map(Some),
        Some(b'*') => {
            text.at += 1;
            return Ok(Some(Atom::wildcard()));
        }
        Some(b'C') => (two(text, b'l', Element::CL, Element::C), false),
        Some(b'B') => (two(text, b'r', Element::BR, Element::B), false),
        Some(b'N') => (Element::N, false),
        Some(b'O') => (Element::O, false),
        Some(b'P') => (Element::P, false),
        Some(b'S') => (Element::S, false),
        Some(b'F') => (Element::F, false),
        Some(b'I') => (Element::I, false),
        Some(b'c') => (Element::C, true),
        Some(b'n') => (Element::N, true),
        Some(b'o') => (Element::O, true),
        Some(b's') => (Element::S, true),
        Some(b'p') => (Element::P, true),
        Some(b'b') => (Element::B, true),
        _ => return Ok(None),
    };
    text.at += 1;
    Ok(Some(if aromatic { Atom::aromatic(element) } else { Atom::organic(element) }))
}

/// The element of two letters if the second one follows; passes its first letter.
fn two(text: &mut Cursor<'_>, second: u8, long: Element, short: Element) -> Element {
    if text.rest().as_bytes().get(1) == Some(&second) {
        text.at += 1;
        long
    } else {
        short
    }
}

/// `[isotope symbol chirality hydrogens charge :map]`, all but the symbol optional. Numbers wrap where they leave
/// the width of their field, as in RDKit.
fn bracket(text: &mut Cursor<'_>) -> Result<Atom, Error> {
    let open = text.at;
    text.at += 1;
    let isotope = text.number()?.map_or(0, |n| n as u16);
    let (element, aromatic) = symbol(text)?;
    // A hydrogen takes no mark of chirality.
    let chirality = if element == Some(Element::H) { Chirality::None } else { chirality(text)? };
    let hydrogens = if text.eat(b'H') { text.number()?.unwrap_or(1) as u8 } else { 0 };
    let charge = charge(text)?;
    let map = if text.eat(b':') {
        let number = text.number()?;
        Some(number.ok_or_else(|| text.syntax("no number behind the ':' of an atom map"))?)
    } else {
        None
    };
    if !text.eat(b']') {
        let message = match text.peek() {
            None => format!("the '[' at byte {open} is never closed: text ends"),
            Some(_) => format!(
                "unexpected {} in a bracket atom; expected [isotope symbol chirality hydrogens charge :map]",
                text.found()
            ),
        };
        return Err(text.syntax(message));
    }
    check_charge(element, charge, open)?;
    let mut atom = match element {
        Some(element) => Atom::new(element),
        None => Atom::wildcard(),
    };
    atom.aromatic = aromatic;
    atom.isotope = (isotope != 0).then_some(isotope);
    atom.chirality = chirality;
    atom.hydrogen_count = Some(hydrogens);
    atom.charge = charge;
    atom.atom_map = map.map(|n| n.min(u32::from(u16::MAX)) as u16);
    Ok(atom)
}

/// An ion has the valences of the element with as many electrons; RDKit refuses what has more than any, but for
/// elements of any valence.
fn check_charge(element: Option<Element>, charge: i8, at: usize) -> Result<(), Error> {
    let any_valence = element.is_some_and(|e| e.normal_valences().is_empty());
    let protons = element.map_or(0, |e| i32::from(e.atomic_number()));
    if any_valence || protons - i32::from(charge) <= i32::from(LAST_ELEMENT) {
        return Ok(());
    }
    let message =
        format!("charge {charge} of the atom at byte {at} is beyond reason; expected a usual ion");
    Err(Error::new(ErrorKind::Valence, Some(at), message))
}

/// The element (`None`: a wildcard) and whether it is written as aromatic. The longest symbol that fits counts.
fn symbol(text: &mut Cursor<'_>) -> Result<(Option<Element>, bool), Error> {
    let start = text.at;
    let rest = text.rest();
    if text.eat(b'*') {
        return Ok((None, false));
    }
    if text.eat(b'#') {
        let number = text.number()?.map(|n| n as u8).filter(|&n| n <= LAST_ELEMENT);
        let number = number.ok_or_else(|| {
            syntax(start, "no atomic number from 0 to 118 behind the '#' of a bracket atom")
        })?;
        return Ok((Element::from_atomic_number(number), false));
    }
    if text.eat(b'\'') {
        // RDKit reads the newest elements in quotes, too.
        let name = rest[1..].split('\'').next().unwrap_or("");
        let element = Element::from_symbol(name).filter(|e| e.atomic_number() >= 104);
        text.at += name.len();
        if let Some(element) = element.filter(|_| text.eat(b'\'')) {
            return Ok((Some(element), false));
        }
        return Err(unknown(start, rest));
    }
    for (name, atomic_number) in PROVISIONAL {
        if text.eat_word(name) {
            return Ok((Element::from_atomic_number(atomic_number), false));
        }
    }
    if rest.starts_with(|c: char| c.is_ascii_lowercase()) {
        for (name, element) in AROMATIC {
            if text.eat_word(name) {
                return Ok((Some(element), true));
            }
        }
        return Err(unknown(start, rest));
    }
    for length in [2, 1] {
        if let Some(element) = rest.get(..length).and_then(Element::from_symbol) {
            text.at += length;
            return Ok((Some(element), false));
        }
    }
    Err(unknown(start, rest))
}

/// The highest atomic number.
const LAST_ELEMENT: u8 = 118;

/// Names that elements had before they were given one.
const PROVISIONAL: [(&str, u8); 9] = [
    ("Uun", 110),
    ("Uuu", 111),
    ("Uub", 112),
    ("Uut", 113),
    ("Uuq", 114),
    ("Uup", 115),
    ("Uuh", 116),
    ("Uus", 117),
    ("Uuo", 118),
];

/// Symbols of aromatic atoms, longer ones first.
const AROMATIC: [(&str, Element); 10] = [
    ("se", Element::SE),
    ("te", Element::TE),
    ("as", Element::AS),
    ("si", Element::SI),
    ("c", Element::C),
    ("n", Element::N),
    ("o", Element::O),
    ("s", Element::S),
    ("p", Element::P),
    ("b", Element::B),
];

fn unknown(at: usize, rest: &str) -> Error {
    let end = rest.bytes().take(3).take_while(u8::is_ascii_alphabetic).count();
    let message = match &rest[..end] {
        "" => format!("no element symbol in the bracket atom at byte {at}"),
        name => format!("'{name}' at byte {at} is no element symbol"),
    };
    Error::new(ErrorKind::Element, Some(at), message)
}

/// `@`, `@@`, or `@` with a class (`TH`, `AL`, `SP`, `TB`, `OH`) and its number.
fn chirality(text: &mut Cursor<'_>) -> Result<Chirality, Error> {
    let at = text.at;
    if !text.eat(b'@') {
        return Ok(Chirality::None);
    }
    if text.eat(b'@') {
        return Ok(Chirality::Clockwise);
    }
    let class = ["TH", "AL", "SP", "TB", "OH"].into_iter().find(|c| text.eat_word(c));
    let Some(class) = class else { return Ok(Chirality::CounterClockwise) };
    let number = text.number()?;
    let found = match (class, number) {
        ("TH", None | Some(1)) => Some(Chirality::CounterClockwise),
        ("TH", Some(2)) => Some(Chirality::Clockwise),
        // RDKit reads the handedness of an allene and keeps nothing of it.
        ("AL", None | Some(1 | 2)) => Some(Chirality::None),
        ("SP", n) if n != Some(0) => nontetrahedral(NonTetrahedralClass::SquarePlanar, n),
        ("TB", n) if n != Some(0) => nontetrahedral(NonTetrahedralClass::TrigonalBipyramidal, n),
        ("OH", n) if n != Some(0) => nontetrahedral(NonTetrahedralClass::Octahedral, n),
        _ => None,
    };
    found.ok_or_else(|| {
        syntax(at, "a chirality class without such a number; expected @TH1-2, @AL1-2, @SP1-3, @TB1-20 or @OH1-30")
    })
}

fn nontetrahedral(class: NonTetrahedralClass, number: Option<u32>) -> Option<Chirality> {
    Chirality::from_nontetrahedral(class, number.unwrap_or(0))
}

fn charge(text: &mut Cursor<'_>) -> Result<i8, Error> {
    for (sign, unit) in [(b'+', 1), (b'-', -1)] {
        if text.eat(sign) {
            if text.eat(sign) {
                return Ok(2 * unit);
            }
            let size = text.number()?.unwrap_or(1) as i8;
            return Ok(size.wrapping_mul(unit));
        }
    }
    Ok(0)
}
