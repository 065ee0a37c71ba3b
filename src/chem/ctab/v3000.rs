//! V3000 connection tables: words and `KEY=value` pairs.

use super::fields::{clip, integer, natural};
use super::groups::Group;
use super::table::{Drawing, Order, Table, TableAtom, TableBond, atom_index, check_counts};
use super::words::{leading, pair, words};
use super::{at, groups_v3000, symbols};
use crate::chem::error::{Error, ErrorKind};
use crate::chem::limits::Limits;
use crate::chem::molblock::Lines;
use std::collections::HashMap;

const PREFIX: &str = "M  V30 ";

/// Reads the table up to and with `M  END`.
pub(in crate::chem) fn read(lines: &mut Lines, limits: &Limits) -> Result<Table, Error> {
    // A name may follow.
    let (line, number) = logical(lines)?;
    if !starts_with(&line, "BEGIN CTAB") {
        return Err(unexpected(&line, number, "BEGIN CTAB"));
    }
    let (line, number) = logical(lines)?;
    if !starts_with(&line, "COUNTS ") {
        return Err(unexpected(&line, number, "COUNTS"));
    }
    let counts: Vec<&str> = line[7..].split_ascii_whitespace().collect();
    if counts.len() < 2 {
        let message = "expected COUNTS and numbers of atoms and bonds";
        return Err(at(ErrorKind::Syntax, number, message));
    }
    let count =
        |i: usize| counts.get(i).map_or(Ok(0), |w| natural(w, number, "count")).map(|n| n as usize);
    let (atoms, bonds, groups, constraints) = (count(0)?, count(1)?, count(2)?, count(3)?);
    check_counts(atoms, bonds, number, limits)?;

    let mut table = Table {
        atoms: Vec::with_capacity(atoms),
        bonds: Vec::with_capacity(bonds),
        ..Table::default()
    };
    // Atoms and bonds are numbered as the file likes.
    let mut numbers = Numbers::default();
    if atoms > 0 {
        block(lines, "ATOM", atoms, |line, number| {
            let (label, atom) = atom(line, number)?;
            if numbers.atoms.insert(label, table.atoms.len() as u32).is_some() {
                let message = format!("a second atom numbered {label}");
                return Err(at(ErrorKind::Syntax, number, message));
            }
            table.atoms.push(atom);
            Ok(())
        })?;
    }
    if bonds > 0 {
        block(lines, "BOND", bonds, |line, number| {
            let (label, bond) = bond(line, number, &numbers)?;
            numbers.bonds.insert(label, table.bonds.len() as u32);
            table.bonds.push(bond);
            Ok(())
        })?;
    }
    table.groups = further_blocks(lines, groups, constraints, &numbers, &table.bonds)?;
    let line = lines.expect(|| "\"M  END\"".to_owned())?;
    if !line.starts_with("M  END") {
        let message = format!("{:?}; expected \"M  END\"", clip(line));
        return Err(at(ErrorKind::Syntax, lines.number, message));
    }
    Ok(table)
}

/// What follows the bonds, in any order, to the end of the table: S-groups, constraints on positions,
/// collections, and what else there may be.
fn further_blocks(
    lines: &mut Lines,
    groups: usize,
    constraints: usize,
    numbers: &Numbers,
    bonds: &[TableBond],
) -> Result<Vec<Group>, Error> {
    let (mut found, mut constrained) = (None, false);
    loop {
        let (line, number) = logical(lines)?;
        if starts_with(&line, "LINKNODE") {
            continue;
        }
        if starts_with(&line, "BEGIN SGROUP") {
            if groups == 0 || found.is_some() {
                let message = "S-groups that the counts line does not announce";
                return Err(at(ErrorKind::Syntax, number, message));
            }
            found = Some(groups_v3000::read(lines, groups, numbers, bonds)?);
        } else if starts_with(&line, "BEGIN") {
            constrained |= starts_with(&line, "BEGIN OBJ3D");
            loop {
                let (line, number) = logical(lines)?;
                if starts_with(&line, "END") {
                    break;
                }
                check_collection(&line, number, numbers.atoms.len())?;
            }
        } else if !starts_with(&line, "END CTAB") {
            return Err(unexpected(&line, number, "END CTAB"));
        } else if groups > 0 && found.is_none() {
            return Err(unexpected(&line, number, "BEGIN SGROUP"));
        } else if constraints > 0 && !constrained {
            return Err(unexpected(&line, number, "BEGIN OBJ3D"));
        } else {
            return Ok(found.unwrap_or_default());
        }
    }
}

/// `MDLV30/STEABS ATOMS=(2 4 5)`: atoms whose stereo belongs together must be there.
fn check_collection(line: &str, number: usize, atoms: usize) -> Result<(), Error> {
    let line = line.to_ascii_uppercase();
    if !line.starts_with("MDLV30/STE") {
        return Ok(());
    }
    let Some((_, list)) = line.split_once("ATOMS=(") else { return Ok(()) };
    let list = list.split(')').next().unwrap_or("");
    for word in list.split_ascii_whitespace().skip(1) {
        atom_index(leading(word) as i32, number, atoms)?;
    }
    Ok(())
}

/// The numbers that a file gives its atoms and bonds, and what they are here.
#[derive(Default)]
pub(super) struct Numbers {
    pub(super) atoms: HashMap<u32, u32>,
    pub(super) bonds: HashMap<u32, u32>,
}

impl Numbers {
    /// The index of the atom numbered `n`.
    pub(super) fn atom(&self, n: u32, line: usize) -> Result<u32, Error> {
        let missing = || at(ErrorKind::Syntax, line, format!("no atom has the index {n}"));
        self.atoms.get(&n).copied().ok_or_else(missing)
    }

    /// The index of the bond numbered `n`.
    pub(super) fn bond(&self, n: u32, line: usize) -> Result<u32, Error> {
        let missing = || at(ErrorKind::Syntax, line, format!("no bond has the index {n}"));
        self.bonds.get(&n).copied().ok_or_else(missing)
    }
}

/// Keywords are written in either case.
pub(super) fn starts_with(line: &str, keyword: &str) -> bool {
    line.get(..keyword.len()).is_some_and(|l| l.eq_ignore_ascii_case(keyword))
}

pub(super) fn unexpected(line: &str, number: usize, wanted: &str) -> Error {
    let message = format!("{:?}; expected \"{PREFIX}{wanted}\"", clip(line));
    at(ErrorKind::Syntax, number, message)
}

/// The lines between `BEGIN name` and `END name`, which stand in capitals.
fn block(
    lines: &mut Lines,
    name: &str,
    count: usize,
    mut take: impl FnMut(&str, usize) -> Result<(), Error>,
) -> Result<(), Error> {
    let (line, number) = logical(lines)?;
    let begin = format!("BEGIN {name}");
    if !line.starts_with(&begin) {
        return Err(unexpected(&line, number, &begin));
    }
    for _ in 0..count {
        let (line, number) = logical(lines)?;
        take(line.trim(), number)?;
    }
    let (line, number) = logical(lines)?;
    let end = format!("END {name}");
    if !line.starts_with(&end) {
        return Err(unexpected(&line, number, &end));
    }
    Ok(())
}

/// A line without its prefix, with those that a trailing `-` continues; and its number.
pub(super) fn logical(lines: &mut Lines) -> Result<(String, usize), Error> {
    let mut text = String::new();
    let mut first = None;
    loop {
        let line = lines.expect(|| format!("a line that begins with {PREFIX:?}"))?;
        let number = lines.number;
        let first = *first.get_or_insert(number);
        let Some(rest) = line.strip_prefix(PREFIX) else {
            let message = format!("{:?}; expected a line that begins with {PREFIX:?}", clip(line));
            return Err(at(ErrorKind::Syntax, number, message));
        };
        match rest.strip_suffix('-') {
            Some(part) => text.push_str(part),
            None => {
                text.push_str(rest);
                return Ok((text, first));
            }
        }
    }
}

fn position(word: &str, line: usize) -> Result<f64, Error> {
    word.parse().map_err(|_| {
        at(ErrorKind::Syntax, line, format!("{:?}; expected a coordinate", clip(word)))
    })
}

fn atom(line: &str, number: usize) -> Result<(u32, TableAtom), Error> {
    let words = words(line);
    let &[label, symbol, x, y, z, map, ref rest @ ..] = words.as_slice() else {
        let message = format!("{:?}; expected index, symbol, x, y, z and map number", clip(line));
        return Err(at(ErrorKind::Syntax, number, message));
    };
    let mut atom = match list(symbol, number)? {
        Some(open) => open,
        None => symbols::atom(symbol.trim(), true, number)?,
    };
    atom.position = [position(x, number)?, position(y, number)?, position(z, number)?];
    atom.map = u16::try_from(leading(map)).unwrap_or(0);
    // Constrained, but only when everything else has been read.
    let mut substituents = false;
    for word in rest {
        let (key, value) = pair(word, number)?;
        substituents |= key == "SUBST" && !matches!(value, "" | "0");
        property(&mut atom, &key, value, number)?;
    }
    atom.query |= substituents;
    Ok((leading(label), atom))
}

/// `[C,N]`, `NOT [C,N]`: an atom of no element in particular.
fn list(symbol: &str, number: usize) -> Result<Option<TableAtom>, Error> {
    let symbol = symbol.trim();
    let inner = match symbol.get(..3) {
        Some(not) if not.eq_ignore_ascii_case("NOT") && symbol.len() > 3 => symbol[3..].trim(),
        _ => symbol,
    };
    let Some(elements) = inner.strip_prefix('[') else {
        return if inner.len() == symbol.len() {
            Ok(None)
        } else {
            let message = format!("{:?}; expected a list of elements", clip(symbol));
            Err(at(ErrorKind::Syntax, number, message))
        };
    };
    let Some(elements) = elements.strip_suffix(']') else {
        let message = format!("{:?}; expected ] at the end of the list", clip(symbol));
        return Err(at(ErrorKind::Syntax, number, message));
    };
    for name in elements.split(',').map(str::trim).filter(|n| !n.is_empty()) {
        if symbols::element(name).is_none() {
            let message = format!("{:?} is no element", clip(name));
            return Err(at(ErrorKind::Element, number, message));
        }
    }
    Ok(Some(TableAtom { query: true, ..TableAtom::default() }))
}

/// A pair of an atom. On an atom that is a query already, charge and mass are further constraints.
fn property(atom: &mut TableAtom, key: &str, value: &str, number: usize) -> Result<(), Error> {
    let whole = || integer(value, number, key);
    let wrong = || {
        let message = format!("{key}={:?} has no meaning", clip(value));
        Err(at(ErrorKind::Syntax, number, message))
    };
    match key {
        "CHG" => {
            let charge = whole()?;
            if !atom.query {
                atom.charge = charge;
            }
        }
        "RAD" => match symbols::radicals(whole()?) {
            Some(n) => atom.radicals = n,
            None => return wrong(),
        },
        "MASS" => match value.parse::<f64>() {
            Ok(mass) if (0.0..1000.0).contains(&mass) => {
                if !atom.query {
                    atom.isotope = mass as u16;
                }
            }
            _ => return wrong(),
        },
        "CFG" if !matches!(whole()?, 0..=3) => return wrong(),
        "VAL" => atom.valence = whole()?,
        "HCOUNT" | "RBCNT" => {
            whole()?;
            atom.query |= value != "0";
        }
        "UNSAT" => atom.query |= value == "1",
        // (1 7): how many numbers follow, then those; the last is kept.
        "RGROUPS" => {
            let inner = value.strip_prefix('(').and_then(|v| v.strip_suffix(')'));
            let Some(inner) = inner else { return wrong() };
            let numbers: Vec<&str> = inner.split_ascii_whitespace().collect();
            let count = numbers.first().map_or(0, |n| leading(n)) as usize;
            if numbers.len() < count + 1 {
                return wrong();
            }
            if count > 0 {
                atom.query = true;
                atom.isotope = u16::try_from(leading(numbers[count])).unwrap_or(0);
            }
        }
        "STBOX" | "SUBST" | "EXACHG" | "INVRET" | "ATTCHPT" | "SEQID" => {
            whole()?;
        }
        _ => {}
    }
    Ok(())
}

fn bond(line: &str, number: usize, numbers: &Numbers) -> Result<(u32, TableBond), Error> {
    let words = words(line);
    let &[label, kind, a, b, ref rest @ ..] = words.as_slice() else {
        let message = format!("{:?}; expected index, type and two atoms", clip(line));
        return Err(at(ErrorKind::Syntax, number, message));
    };
    let (begin, end) = (numbers.atom(leading(a), number)?, numbers.atom(leading(b), number)?);
    let order = symbols::bond_order(leading(kind), true, number)?;
    let mut drawing = Drawing::Plain;
    for word in rest {
        let (key, value) = pair(word, number)?;
        match (key.as_str(), value) {
            ("CFG", "0") => {}
            ("CFG", "1") => drawing = Drawing::Wedge,
            ("CFG", "2") if order == Order::Double => drawing = Drawing::Crossed,
            ("CFG", "2") => drawing = Drawing::Wavy,
            ("CFG", "3") => drawing = Drawing::Hash,
            ("TOPO", "0" | "1" | "2") => {}
            ("CFG" | "TOPO", _) => {
                let message = format!("{:?} has no meaning", clip(word));
                return Err(at(ErrorKind::Syntax, number, message));
            }
            _ => {}
        }
    }
    Ok((leading(label), TableBond { begin, end, order, drawing, line: number }))
}
