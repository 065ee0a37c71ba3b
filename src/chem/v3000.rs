//! V3000 connection tables: words and `KEY=value` pairs.

use super::ctab::{Drawing, Table, TableAtom, TableBond, Valence, at, check_counts};
use super::error::{Error, ErrorKind};
use super::limits::Limits;
use super::molblock::{Lines, clip};
use super::symbols;
use super::v2000::{atom_symbol, coordinate, integer, query};
use std::collections::HashMap;

const PREFIX: &str = "M  V30 ";

/// Reads the table up to and with `M  END`.
pub(super) fn read(lines: &mut Lines, limits: &Limits) -> Result<Table, Error> {
    expect_words(lines, "BEGIN CTAB")?;
    let (line, number) = logical(lines)?;
    let words: Vec<&str> = line.split_ascii_whitespace().collect();
    let count = |i: usize| match words.get(i) {
        Some(w) => integer(w, number, "count").and_then(|n| {
            usize::try_from(n)
                .map_err(|_| at(ErrorKind::Syntax, number, format!("{n} is no count")))
        }),
        None => {
            Err(at(ErrorKind::Syntax, number, "expected COUNTS and numbers of atoms and bonds"))
        }
    };
    if words.first() != Some(&"COUNTS") {
        let message = format!("{:?}; expected COUNTS", clip(&line));
        return Err(at(ErrorKind::Syntax, number, message));
    }
    let (atoms, bonds) = (count(1)?, count(2)?);
    check_counts(atoms, bonds, number, limits)?;

    let mut table = Table {
        atoms: Vec::with_capacity(atoms),
        bonds: Vec::with_capacity(bonds),
        ..Table::default()
    };
    // Atoms are numbered as the file likes.
    let mut index = HashMap::with_capacity(atoms);
    expect_words(lines, "BEGIN ATOM")?;
    for _ in 0..atoms {
        let (line, number) = logical(lines)?;
        let (label, atom) = atom(&line, number)?;
        if index.insert(label, table.atoms.len() as u32).is_some() {
            return Err(at(ErrorKind::Syntax, number, format!("a second atom numbered {label}")));
        }
        table.atoms.push(atom);
    }
    expect_words(lines, "END ATOM")?;
    if bonds > 0 {
        expect_words(lines, "BEGIN BOND")?;
        for _ in 0..bonds {
            let (line, number) = logical(lines)?;
            table.bonds.push(bond(&line, number, &index)?);
        }
        expect_words(lines, "END BOND")?;
    }
    finish(lines)?;
    Ok(table)
}

/// Passes over groups, collections and the like, to `M  END`.
fn finish(lines: &mut Lines) -> Result<(), Error> {
    for line in lines.by_ref() {
        if line.starts_with("M  END") {
            return Ok(());
        }
    }
    let message = "the text ends; expected \"M  END\"";
    Err(at(ErrorKind::Syntax, lines.number + 1, message))
}

/// A line without its prefix, with those that a trailing `-` continues; and its number.
fn logical(lines: &mut Lines) -> Result<(String, usize), Error> {
    let mut text = String::new();
    let mut first = None;
    loop {
        let line = lines.expect("a line that begins with \"M  V30 \"")?;
        let number = lines.number;
        let first = *first.get_or_insert(number);
        let Some(rest) = line.strip_prefix(PREFIX) else {
            let message = format!("{:?}; expected a line that begins with \"M  V30 \"", clip(line));
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

fn expect_words(lines: &mut Lines, wanted: &str) -> Result<(), Error> {
    let (line, number) = logical(lines)?;
    if line.split_ascii_whitespace().eq(wanted.split_ascii_whitespace()) {
        return Ok(());
    }
    let message = format!("{:?}; expected \"{PREFIX}{wanted}\"", clip(&line));
    Err(at(ErrorKind::Syntax, number, message))
}

/// Words and the pairs behind them; a parenthesised or quoted value may hold blanks.
fn words(line: &str) -> Vec<&str> {
    let mut out = Vec::new();
    let (mut start, mut depth, mut quoted) = (None, 0usize, false);
    for (i, c) in line.char_indices() {
        match c {
            '"' => quoted = !quoted,
            '(' if !quoted => depth += 1,
            ')' if !quoted => depth = depth.saturating_sub(1),
            _ => {}
        }
        if c.is_ascii_whitespace() && depth == 0 && !quoted {
            out.extend(start.take().map(|s| &line[s..i]));
        } else {
            start.get_or_insert(i);
        }
    }
    out.extend(start.map(|s| &line[s..]));
    out
}

fn atom(line: &str, number: usize) -> Result<(i32, TableAtom), Error> {
    let words = words(line);
    let &[label, symbol, x, y, z, _map, ref rest @ ..] = words.as_slice() else {
        let message = format!("{:?}; expected index, symbol, x, y, z and map number", clip(line));
        return Err(at(ErrorKind::Syntax, number, message));
    };
    let label = integer(label, number, "atom's index")?;
    if symbol.starts_with('[') || symbol.eq_ignore_ascii_case("NOT") {
        return Err(query(number, "an atom list"));
    }
    let (atomic_number, isotope) = atom_symbol(symbol.trim_matches('"'), number)?;
    let mut atom = TableAtom {
        atomic_number,
        isotope,
        charge: 0,
        radicals: 0,
        valence: Valence::Default,
        position: [coordinate(x, number)?, coordinate(y, number)?, coordinate(z, number)?],
    };
    for pair in rest {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        let whole = || integer(value, number, key);
        match key {
            "CHG" => atom.charge = whole()?,
            "RAD" => {
                atom.radicals = symbols::radicals(whole()?).ok_or_else(|| {
                    at(ErrorKind::Syntax, number, format!("{:?}; expected RAD=0 to 3", clip(pair)))
                })?;
            }
            "MASS" => {
                atom.isotope =
                    value.parse::<f64>().ok().filter(|m| (0.0..1000.0).contains(m)).ok_or_else(
                        || {
                            let message = format!("{:?}; expected a mass number", clip(pair));
                            at(ErrorKind::Syntax, number, message)
                        },
                    )? as u16;
            }
            "VAL" => {
                atom.valence = match whole()? {
                    0 => Valence::Default,
                    v => Valence::Total(u32::try_from(v).unwrap_or(0)),
                };
            }
            "HCOUNT" | "SUBST" | "UNSAT" | "RBCNT" if whole()? != 0 => {
                return Err(query(number, &format!("{:?}", clip(pair))));
            }
            // (1 7): how many numbers follow, then the first.
            "RGROUPS" if atomic_number == 0 => {
                let mut numbers = value.trim_matches(['(', ')']).split_ascii_whitespace().skip(1);
                atom.isotope = numbers.next().and_then(|n| n.parse().ok()).unwrap_or(0);
            }
            _ => {}
        }
    }
    Ok((label, atom))
}

fn bond(line: &str, number: usize, index: &HashMap<i32, u32>) -> Result<TableBond, Error> {
    let words = words(line);
    let &[_, kind, a, b, ref rest @ ..] = words.as_slice() else {
        let message = format!("{:?}; expected index, type and two atoms", clip(line));
        return Err(at(ErrorKind::Syntax, number, message));
    };
    let end = |word| {
        let n = integer(word, number, "atom's index")?;
        index
            .get(&n)
            .copied()
            .ok_or_else(|| at(ErrorKind::Syntax, number, format!("no atom has the index {n}")))
    };
    let (begin, end) = (end(a)?, end(b)?);
    let code = integer(kind, number, "bond type")?;
    let order = symbols::bond_order(code)
        .map_err(|why| at(ErrorKind::Unsupported, number, format!("bond type {code}: {why}")))?;
    let mut drawing = Drawing::Plain;
    for pair in rest {
        match *pair {
            "CFG=1" => drawing = Drawing::Wedge,
            "CFG=2" => drawing = Drawing::Either,
            "CFG=3" => drawing = Drawing::Hash,
            _ => {}
        }
    }
    Ok(TableBond { begin, end, order, drawing, line: number })
}
