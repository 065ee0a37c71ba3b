//! V2000 connection tables: fixed columns.

use super::elements::COMMON_ISOTOPE;
use super::fields::{clip, columns, coordinate, integer, natural};
use super::table::{Drawing, Order, Table, TableAtom, TableBond, atom_index, check_counts};
use super::{at, properties, query, symbols};
use crate::chem::error::{Error, ErrorKind};
use crate::chem::limits::Limits;
use crate::chem::molblock::Lines;

/// Reads the table that follows `counts`, up to and with `M  END`.
pub(in crate::chem) fn read(
    counts: &str,
    lines: &mut Lines,
    limits: &Limits,
) -> Result<Table, Error> {
    let count = |from, to, what| natural(columns(counts, from, to), lines.number, what);
    let atoms = count(0, 3, "number of atoms")? as usize;
    let bonds = count(3, 6, "number of bonds")? as usize;
    check_counts(atoms, bonds, lines.number, limits)?;
    if atoms == 0 {
        return Err(Error::new(ErrorKind::Empty, None, "the molecule has no atoms"));
    }
    let mut table = Table {
        atoms: Vec::with_capacity(atoms),
        bonds: Vec::with_capacity(bonds),
        ..Table::default()
    };
    for i in 0..atoms {
        let line = lines.expect(|| format!("atom {} of {atoms}", i + 1))?;
        table.atoms.push(atom(line, lines.number)?);
    }
    for i in 0..bonds {
        let line = lines.expect(|| format!("bond {} of {bonds}", i + 1))?;
        table.bonds.push(bond(line, lines.number, atoms)?);
    }
    properties::read(lines, &mut table)?;
    Ok(table)
}

fn atom(line: &str, number: usize) -> Result<TableAtom, Error> {
    let name = columns(line, 31, 34).trim();
    if line.len() < 34 || name.is_empty() {
        let message = format!(
            "atom line {:?}; expected three coordinates of ten columns and a symbol in columns 32-34",
            clip(line)
        );
        return Err(at(ErrorKind::Syntax, number, message));
    }
    let mut atom = symbols::atom(name, false, number)?;
    for (k, x) in atom.position.iter_mut().enumerate() {
        *x = coordinate(line, 10 * k, number)?;
    }
    // A field that the line does not reach to its end is not there.
    let field = |from, to, what| {
        if line.len() < to { Ok(0) } else { integer(columns(line, from, to), number, what) }
    };
    match field(36, 39, "charge code")? {
        0 => {}
        code => atom.charge = 4 - code,
    }
    // The field means "that many hydrogens less one, or more, in a query"; 1 is written by programs
    // that want no implicit ones.
    match field(42, 45, "hydrogen count")? {
        0 => {}
        1 => {
            atom.query = true;
            atom.no_implicit = true;
        }
        _ => return Err(query(number, "a hydrogen count")),
    }
    let difference = field(34, 36, "mass difference")?;
    if difference != 0 {
        let common = match atom.atomic_number {
            0 => 0,
            z => i32::from(COMMON_ISOTOPE[usize::from(z) - 1]),
        };
        // Below 0 RDKit wraps around, too.
        atom.isotope = (common + difference) as u16;
    }
    atom.valence = field(48, 51, "valence")?;
    atom.map = u16::try_from(field(60, 63, "atom map number")?).unwrap_or(0);
    Ok(atom)
}

fn bond(line: &str, number: usize, atoms: usize) -> Result<TableBond, Error> {
    if line.len() < 9 {
        let message = format!("bond line {:?}; expected two atom numbers and a type", clip(line));
        return Err(at(ErrorKind::Syntax, number, message));
    }
    let end = |from, to| {
        let n = natural(columns(line, from, to), number, "atom number")?;
        atom_index(n as i32, number, atoms)
    };
    let (begin, end) = (end(0, 3)?, end(3, 6)?);
    let code = natural(columns(line, 6, 9), number, "bond type")?;
    let order = symbols::bond_order(code, false, number)?;
    let field = |from: usize, to: usize| {
        // What cannot be read here says nothing.
        if line.len() < to { 0 } else { integer(columns(line, from, to), number, "").unwrap_or(0) }
    };
    let drawing = match field(9, 12) {
        1 => Drawing::Wedge,
        6 => Drawing::Hash,
        4 => Drawing::Wavy,
        // On another bond it means nothing.
        3 if order == Order::Double => Drawing::Crossed,
        _ => Drawing::Plain,
    };
    if !matches!(field(15, 18), 0..=2) {
        return Err(at(ErrorKind::Syntax, number, "bond topology; expected 0, 1 or 2"));
    }
    Ok(TableBond { begin, end, order, drawing, line: number })
}
