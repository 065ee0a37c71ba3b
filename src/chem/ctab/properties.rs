//! The property block of V2000 tables.

use super::fields::{columns, integer, natural, required};
use super::groups_v2000::GroupLines;
use super::table::{Order, Table, atom_index};
use super::{at, query, symbols};
use crate::chem::error::{Error, ErrorKind};
use crate::chem::molblock::Lines;
use std::collections::HashSet;

/// Reads up to and with `M  END`.
pub(super) fn read(lines: &mut Lines, table: &mut Table) -> Result<(), Error> {
    // The first charge or radical line replaces every charge of the atom block.
    let mut first_charge = true;
    let mut groups = GroupLines::default();
    let mut attached = HashSet::new();
    let mut first = true;
    while let Some(line) = lines.next() {
        let number = lines.number;
        if std::mem::take(&mut first) {
            check_first(line, number)?;
        }
        if line.starts_with("$$$$") {
            break;
        }
        let tag = columns(line, 0, 6);
        match (line.as_bytes().first(), tag) {
            (_, "M  END") => {
                table.groups = groups.finish(number)?;
                return Ok(());
            }
            (Some(b'A'), _) => {
                named_atom(line, "A ", number, table)?;
                lines.next();
            }
            (Some(b'G'), _) => {
                lines.next();
            }
            (Some(b'V'), _) => {
                named_atom(line, "V ", number, table)?;
                if line.len() < 7 {
                    return Err(at(ErrorKind::Syntax, number, "a value line without a value"));
                }
            }
            (_, "S  SKP") => {
                for _ in 0..natural(columns(line, 6, 9), number, "number of lines to skip")? {
                    if lines.next().is_none() {
                        break;
                    }
                }
            }
            (_, "M  CHG" | "M  RAD") => {
                if std::mem::take(&mut first_charge) {
                    table.atoms.iter_mut().for_each(|a| a.charge = 0);
                }
                charges_or_radicals(line, tag, number, table)?;
            }
            (_, "M  ISO" | "M  ZCH" | "M  HYD" | "M  SUB" | "M  UNS" | "M  RBC" | "M  APO") => {
                numbers_of_atoms(line, tag, number, table, &mut attached)?;
            }
            (_, "M  ZBO") => bond_orders(line, number, table)?,
            (_, "M  RGP") => group_numbers(line, number, table)?,
            (_, "M  ALS") => atom_list(line, number, table)?,
            (_, "M  CRS") => {
                return Err(at(ErrorKind::Unsupported, number, "the property \"M  CRS\""));
            }
            _ if tag.starts_with("M  S") => groups.take(line, number, table)?,
            _ => {}
        }
    }
    let message = "the text ends; expected \"M  END\"";
    Err(at(ErrorKind::Syntax, lines.number + 1, message))
}

/// The block begins with a property line. Before those stood lists of atoms, once.
fn check_first(line: &str, number: usize) -> Result<(), Error> {
    match line.as_bytes().first() {
        Some(b'M' | b'A' | b'V' | b'G' | b'S') => Ok(()),
        None => Err(at(ErrorKind::Syntax, number, "blank line; expected a property or \"M  END\"")),
        Some(b' ') => Err(query(number, "a list of atoms")),
        Some(_) => Err(at(ErrorKind::Syntax, number, "expected a property or \"M  END\"")),
    }
}

/// Whether the line after this one is its text, whatever that looks like.
pub(in crate::chem) fn is_alias(line: &str) -> bool {
    line.starts_with("A  ") || line.starts_with('G')
}

/// `A   1`: an alias or a value of an atom.
fn named_atom(line: &str, start: &str, number: usize, table: &Table) -> Result<(), Error> {
    if !line.starts_with(start) {
        return Err(at(ErrorKind::Syntax, number, "expected an atom's alias or value"));
    }
    let n = required(columns(line, 3, 6), number, "atom number")?;
    atom_index(n, number, table.atoms.len()).map(|_| ())
}

/// A field of a line that must at least begin.
fn field(line: &str, from: usize, width: usize, number: usize) -> Result<&str, Error> {
    if from >= line.trim_end().len() {
        let message = format!("{:?} announces more entries than the line has", columns(line, 0, 6));
        return Err(at(ErrorKind::Syntax, number, message));
    }
    Ok(columns(line, from, from + width))
}

fn charges_or_radicals(
    line: &str,
    tag: &str,
    number: usize,
    table: &mut Table,
) -> Result<(), Error> {
    for entry in 0..natural(columns(line, 6, 9), number, "number of entries")? as usize {
        let from = 9 + 8 * entry;
        let n = integer(field(line, from, 4, number)?, number, "atom number")?;
        let value = integer(columns(line, from + 4, from + 8), number, "value")?;
        let index = atom_index(n, number, table.atoms.len())?;
        let atom = &mut table.atoms[index as usize];
        if tag == "M  CHG" {
            atom.charge = value;
        } else {
            atom.radicals = symbols::radicals(value).ok_or_else(|| {
                at(ErrorKind::Syntax, number, format!("{value} is no radical code (0 to 3)"))
            })?;
        }
    }
    Ok(())
}

/// Pairs of an atom and a value that may be blank.
fn numbers_of_atoms(
    line: &str,
    tag: &str,
    number: usize,
    table: &mut Table,
    attached: &mut HashSet<u32>,
) -> Result<(), Error> {
    let entries = required(columns(line, 6, 9), number, "number of entries")?;
    for entry in 0..entries.max(0) as usize {
        let from = 9 + 8 * entry;
        let n = required(field(line, from, 4, number)?, number, "atom number")?;
        let index = atom_index(n, number, table.atoms.len())?;
        let text = columns(line, from + 4, from + 8);
        let value = match text.trim() {
            "" => None,
            _ => Some(integer(text, number, "value")?),
        };
        let atom = &mut table.atoms[index as usize];
        let wrong = |value: i32| {
            at(ErrorKind::Syntax, number, format!("{value} has no meaning in {tag:?}"))
        };
        match (tag, value) {
            ("M  ISO", Some(mass)) if mass >= 0 => {
                atom.isotope = u16::try_from(mass).map_err(|_| wrong(mass))?;
            }
            ("M  ZCH", charge) => atom.charge = charge.unwrap_or(0),
            ("M  HYD", Some(h)) if h >= 0 => {
                atom.hydrogens = h.min(255) as u32;
                atom.counted = true;
            }
            ("M  SUB", Some(v)) if !(-2..=6).contains(&v) => return Err(wrong(v)),
            ("M  UNS", Some(v)) if !(0..=1).contains(&v) => return Err(wrong(v)),
            ("M  RBC", Some(v)) if !(-2..=4).contains(&v) => return Err(wrong(v)),
            ("M  APO", Some(v)) if !(0..=3).contains(&v) => return Err(wrong(v)),
            ("M  SUB" | "M  UNS" | "M  RBC", Some(v)) if v != 0 => atom.query = true,
            ("M  APO", Some(v)) if v != 0 && !attached.insert(index) => {
                let message = format!("a second attachment point of atom {}", index + 1);
                return Err(at(ErrorKind::Syntax, number, message));
            }
            _ => {}
        }
    }
    Ok(())
}

fn bond_orders(line: &str, number: usize, table: &mut Table) -> Result<(), Error> {
    let entries = required(columns(line, 6, 9), number, "number of entries")?;
    for entry in 0..entries.max(0) as usize {
        let from = 9 + 8 * entry;
        let n = required(field(line, from, 4, number)?, number, "bond number")?;
        let order = match columns(line, from + 4, from + 8).trim() {
            "" | "0" => Order::Zero,
            "1" => Order::Single,
            "2" => Order::Double,
            "3" => Order::Triple,
            other => {
                let message = format!("{other:?} is no bond order (0 to 3)");
                return Err(at(ErrorKind::Syntax, number, message));
            }
        };
        let bonds = table.bonds.len();
        let bond = usize::try_from(n)
            .ok()
            .and_then(|n| n.checked_sub(1))
            .and_then(|i| table.bonds.get_mut(i));
        match bond {
            Some(bond) => bond.order = order,
            None => {
                let message = format!("bond number {n}; expected 1 to {bonds}");
                return Err(at(ErrorKind::Syntax, number, message));
            }
        }
    }
    Ok(())
}

fn group_numbers(line: &str, number: usize, table: &mut Table) -> Result<(), Error> {
    for entry in 0..natural(columns(line, 6, 9), number, "number of entries")? as usize {
        let from = 10 + 8 * entry;
        let n = required(field(line, from, 3, number)?, number, "atom number")?;
        let label = required(columns(line, from + 4, from + 7), number, "group number")?;
        let index = atom_index(n, number, table.atoms.len())?;
        let atom = &mut table.atoms[index as usize];
        if (1..999).contains(&label) {
            atom.isotope = label as u16;
        }
        atom.query = true;
    }
    Ok(())
}

/// A list of one element is that element; of several, no element in particular.
fn atom_list(line: &str, number: usize, table: &mut Table) -> Result<(), Error> {
    let n = required(columns(line, 7, 10), number, "atom number")?;
    let index = atom_index(n, number, table.atoms.len())?;
    let entries = natural(columns(line, 10, 13), number, "number of elements")? as usize;
    if entries == 0 {
        return Ok(());
    }
    if !matches!(columns(line, 14, 15), "T" | "F") || line.len() < 16 + 4 * entries {
        let message = "expected T or F and elements in columns of four";
        return Err(at(ErrorKind::Syntax, number, message));
    }
    let mut only = 0;
    for entry in 0..entries {
        let name = columns(line, 16 + 4 * entry, 20 + 4 * entry);
        let name = name.split(' ').next().unwrap_or("");
        only = symbols::element(name)
            .ok_or_else(|| at(ErrorKind::Element, number, format!("{name:?} is no element")))?;
    }
    let atom = &mut table.atoms[index as usize];
    atom.atomic_number = if entries == 1 { only } else { 0 };
    atom.query = true;
    Ok(())
}
