//! V2000 connection tables: fixed columns.

use super::ctab::{Drawing, Table, TableAtom, TableBond, Valence, at, check_counts};
use super::error::{Error, ErrorKind};
use super::limits::Limits;
use super::molblock::{Lines, clip, columns};
use super::symbols::{self, Symbol};

/// Reads the table that follows `counts`, up to and with `M  END`.
pub(super) fn read(counts: &str, lines: &mut Lines, limits: &Limits) -> Result<Table, Error> {
    let count = |from, to, what: &str| {
        let n = integer(columns(counts, from, to), lines.number, what)?;
        usize::try_from(n)
            .map_err(|_| at(ErrorKind::Syntax, lines.number, format!("{n} is no {what}")))
    };
    let (atoms, bonds) = (count(0, 3, "number of atoms")?, count(3, 6, "number of bonds")?);
    check_counts(atoms, bonds, lines.number, limits)?;
    let mut table = Table {
        atoms: Vec::with_capacity(atoms),
        bonds: Vec::with_capacity(bonds),
        ..Table::default()
    };
    for i in 0..atoms {
        let line = lines.expect(&format!("atom {} of {atoms}", i + 1))?;
        table.atoms.push(atom(line, lines.number)?);
    }
    for i in 0..bonds {
        let line = lines.expect(&format!("bond {} of {bonds}", i + 1))?;
        table.bonds.push(bond(line, lines.number, atoms)?);
    }
    properties(lines, &mut table)?;
    Ok(table)
}

fn atom(line: &str, number: usize) -> Result<TableAtom, Error> {
    let name = columns(line, 31, 34).trim();
    if name.is_empty() || columns(line, 0, 30).trim().is_empty() {
        let message = format!(
            "atom line {:?}; expected three coordinates of ten columns and a symbol in columns 32-34",
            clip(line)
        );
        return Err(at(ErrorKind::Syntax, number, message));
    }
    let mut position = [0.0; 3];
    for (k, x) in position.iter_mut().enumerate() {
        *x = coordinate(columns(line, 10 * k, 10 * k + 10), number)?;
    }
    let field = |from, to, what| integer(columns(line, from, to), number, what);
    let (atomic_number, mut isotope) = atom_symbol(name, number)?;
    let mass_difference = field(34, 36, "mass difference")?;
    if mass_difference != 0 && atomic_number > 0 {
        let common = i32::from(symbols::COMMON_ISOTOPE[usize::from(atomic_number) - 1]);
        isotope = (common + mass_difference).max(0) as u16;
    }
    let charge = match field(36, 39, "charge code")? {
        0 => 0,
        code => 4 - code,
    };
    // The field means "that many hydrogens less one, in a query"; 1 is written by programs that
    // want no implicit ones.
    let hydrogens = field(42, 45, "hydrogen count")?;
    if hydrogens > 1 {
        return Err(query(number, "a hydrogen count"));
    }
    let valence = match field(48, 51, "valence")? {
        0 if hydrogens == 1 => Valence::Total(0),
        0 => Valence::Default,
        15 => Valence::Total(0),
        v => Valence::Total(u32::try_from(v).unwrap_or(0)),
    };
    Ok(TableAtom { atomic_number, isotope, charge, radicals: 0, valence, position })
}

/// Atomic number and isotope of a symbol.
pub(super) fn atom_symbol(name: &str, number: usize) -> Result<(u8, u16), Error> {
    match symbols::symbol(name) {
        Symbol::Element(z, isotope) => Ok((z, isotope)),
        Symbol::Placeholder(label) => Ok((0, label)),
        Symbol::Query => Err(query(number, &format!("the atom symbol {:?}", clip(name)))),
        Symbol::Unknown => {
            let message = format!("{:?} is no element", clip(name));
            Err(at(ErrorKind::Element, number, message))
        }
    }
}

/// The refusal of a query feature.
pub(super) fn query(number: usize, what: &str) -> Error {
    let message = format!("{what} is a query feature; a query is not a molecule");
    at(ErrorKind::Unsupported, number, message)
}

fn bond(line: &str, number: usize, atoms: usize) -> Result<TableBond, Error> {
    let field = |from, to, what| integer(columns(line, from, to), number, what);
    let end = |from, to| {
        let n = field(from, to, "atom number")?;
        atom_index(n, number, atoms)
    };
    let (begin, end) = (end(0, 3)?, end(3, 6)?);
    let code = field(6, 9, "bond type")?;
    let order = symbols::bond_order(code)
        .map_err(|why| at(ErrorKind::Unsupported, number, format!("bond type {code}: {why}")))?;
    let drawing = match field(9, 12, "bond stereo")? {
        1 => Drawing::Wedge,
        6 => Drawing::Hash,
        3 | 4 => Drawing::Either,
        _ => Drawing::Plain,
    };
    Ok(TableBond { begin, end, order, drawing, line: number })
}

/// An atom number of the file as an index.
pub(super) fn atom_index(n: i32, number: usize, atoms: usize) -> Result<u32, Error> {
    match usize::try_from(n) {
        Ok(i) if (1..=atoms).contains(&i) => Ok((i - 1) as u32),
        _ => {
            let message = format!("atom number {n}; expected 1 to {atoms}");
            Err(at(ErrorKind::Syntax, number, message))
        }
    }
}

/// The property block.
fn properties(lines: &mut Lines, table: &mut Table) -> Result<(), Error> {
    // The first charge or radical line replaces every charge of the atom block.
    let mut first = true;
    while let Some(line) = lines.next() {
        let number = lines.number;
        let tag = columns(line, 0, 6);
        match tag {
            "M  END" => return Ok(()),
            "M  CHG" | "M  RAD" if first => {
                first = false;
                table.atoms.iter_mut().for_each(|a| a.charge = 0);
            }
            "M  ALS" | "M  SUB" | "M  UNS" | "M  RBC" | "M  LIN" => {
                return Err(query(number, &format!("the property {:?}", tag)));
            }
            "M  ZBO" | "M  ZCH" | "M  HYD" => {
                let message = format!("the property {tag:?} (zero-order bonds) is not supported");
                return Err(at(ErrorKind::Unsupported, number, message));
            }
            _ if is_alias(line) => {
                lines.next();
            }
            _ => {}
        }
        if !matches!(tag, "M  CHG" | "M  RAD" | "M  ISO" | "M  RGP") {
            continue;
        }
        for pair in 0..integer(columns(line, 6, 9), number, "number of entries")?.max(0) as usize {
            let from = 9 + 8 * pair;
            if columns(line, from, from + 8).trim().is_empty() {
                let message = format!("{tag:?} announces more entries than the line has");
                return Err(at(ErrorKind::Syntax, number, message));
            }
            let n = integer(columns(line, from, from + 4), number, "atom number")?;
            let value = integer(columns(line, from + 4, from + 8), number, "value")?;
            let index = atom_index(n, number, table.atoms.len())?;
            let atom = &mut table.atoms[index as usize];
            let wrong = |what| at(ErrorKind::Syntax, number, format!("{value} is no {what}"));
            match tag {
                "M  CHG" => atom.charge = value,
                "M  RAD" => {
                    atom.radicals =
                        symbols::radicals(value).ok_or_else(|| wrong("radical code (1 to 3)"))?;
                }
                "M  ISO" => {
                    atom.isotope = u16::try_from(value).map_err(|_| wrong("mass number"))?;
                }
                _ if atom.atomic_number == 0 => {
                    atom.isotope = u16::try_from(value).map_err(|_| wrong("group number"))?;
                }
                _ => {}
            }
        }
    }
    let message = "the text ends; expected \"M  END\"";
    Err(at(ErrorKind::Syntax, lines.number + 1, message))
}

/// A group's abbreviation or an alias: its text is the next line.
pub(super) fn is_alias(line: &str) -> bool {
    line.starts_with("A  ") || line.starts_with("G  ")
}

/// A whole number in a field; blank means 0.
pub(super) fn integer(field: &str, number: usize, what: &str) -> Result<i32, Error> {
    let text = field.trim();
    if text.is_empty() {
        return Ok(0);
    }
    text.parse().map_err(|_| {
        at(
            ErrorKind::Syntax,
            number,
            format!("{:?}; expected a whole number: the {what}", clip(text)),
        )
    })
}

/// A coordinate; blank means 0.
pub(super) fn coordinate(field: &str, number: usize) -> Result<f64, Error> {
    let text = field.trim();
    if text.is_empty() {
        return Ok(0.0);
    }
    text.parse().map_err(|_| {
        at(ErrorKind::Syntax, number, format!("{:?}; expected a coordinate", clip(text)))
    })
}
