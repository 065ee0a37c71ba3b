//! S-groups of V3000 tables.

use super::at;
use super::fields::{clip, integer};
use super::groups::{Group, check_connection, check_kind, check_subtype};
use super::table::TableBond;
use super::v3000::{Numbers, logical, starts_with, unexpected};
use crate::chem::error::{Error, ErrorKind};
use crate::chem::molblock::Lines;

/// Reads `count` groups and the line that ends them.
pub(super) fn read(
    lines: &mut Lines,
    count: usize,
    numbers: &Numbers,
    bonds: &[TableBond],
) -> Result<Vec<Group>, Error> {
    let mut groups = Vec::new();
    let (mut line, mut number) = logical(lines)?;
    let mut defaults = String::new();
    if starts_with(&line, "DEFAULT") {
        defaults = line[7..].to_owned();
        (line, number) = logical(lines)?;
    }
    for _ in 0..count {
        groups.push(group(&line, &defaults, number, numbers, bonds)?);
        (line, number) = logical(lines)?;
    }
    if !starts_with(&line, "END SGROUP") {
        return Err(unexpected(&line, number, "END SGROUP"));
    }
    Ok(groups)
}

fn group(
    line: &str,
    defaults: &str,
    number: usize,
    numbers: &Numbers,
    bonds: &[TableBond],
) -> Result<Group, Error> {
    let mut rest = line;
    let mut word = || {
        rest = rest.trim_start();
        let (word, tail) = rest.split_at(rest.find(char::is_whitespace).unwrap_or(rest.len()));
        rest = tail;
        word
    };
    let (id, kind, _) = (word(), word(), word());
    check_kind(kind, number)?;
    let mut group = Group {
        number: integer(id, number, "number of an S-group")?,
        kind: kind.to_owned(),
        line: number,
        ..Group::default()
    };
    let mut given: Vec<String> = Vec::new();
    for (text, is_default) in [(rest, false), (defaults, true)] {
        let mut rest = text.trim_start();
        while !rest.is_empty() {
            let Some((key, tail)) = rest.split_once('=') else {
                let message = format!("{:?}; expected KEY=value", clip(rest));
                return Err(at(ErrorKind::Syntax, number, message));
            };
            let (value, tail) = value(tail);
            let key = key.to_ascii_uppercase();
            if !is_default || !given.contains(&key) {
                set(&mut group, &key, &value, number, numbers, bonds)?;
            }
            if !is_default {
                given.push(key);
            }
            rest = tail.trim_start();
        }
    }
    Ok(group)
}

/// The value that `text` begins with, and what follows it.
fn value(text: &str) -> (String, &str) {
    if let Some(inner) = text.strip_prefix('"') {
        let mut out = String::new();
        let mut rest = inner;
        // A quote is written as two.
        while let Some(end) = rest.find('"') {
            out.push_str(&rest[..end]);
            rest = &rest[end + 1..];
            match rest.strip_prefix('"') {
                Some(more) => {
                    out.push('"');
                    rest = more;
                }
                None => return (out.trim_end().to_owned(), rest),
            }
        }
        out.push_str(rest);
        return (out, "");
    }
    let end = if text.starts_with('(') {
        text.find(')').map_or(text.len(), |i| i + 1)
    } else {
        text.find(char::is_whitespace).unwrap_or(text.len())
    };
    let (value, tail) = text.split_at(end);
    (value.to_owned(), tail)
}

fn set(
    group: &mut Group,
    key: &str,
    value: &str,
    number: usize,
    numbers: &Numbers,
    bonds: &[TableBond],
) -> Result<(), Error> {
    match key {
        "ATOMS" => group.atoms = list(value, number, |n| numbers.atom(n, number))?,
        "PATOMS" => {
            for atom in list(value, number, |n| numbers.atom(n, number))? {
                if !group.atoms.contains(&atom) {
                    let message = "a parent atom is no member of its S-group";
                    return Err(at(ErrorKind::Syntax, number, message));
                }
            }
        }
        "CBONDS" | "XBONDS" => {
            group.bonds.extend(list(value, number, |n| numbers.bond(n, number))?);
        }
        // (3 atom leaving name), the leaving one 0 for none or aidx for the same.
        "SAP" => {
            let word = value.trim_matches(['(', ')']).split_ascii_whitespace().nth(1);
            let n = integer(word.unwrap_or(""), number, "atom number")?;
            group.attached_by.push(numbers.atom(n.max(0) as u32, number)?);
        }
        // (4 bond x y z)
        "CSTATE" => {
            let word = value.trim_matches(['(', ')']).split_ascii_whitespace().nth(1);
            let n = integer(word.unwrap_or(""), number, "bond number")?;
            let bond = numbers.bond(n.max(0) as u32, number)?;
            group.add_state(bond, bonds, number)?;
        }
        "SUBTYPE" => check_subtype(value, number)?,
        "CONNECT" => check_connection(value, number)?,
        "FIELDNAME" => group.field = value.to_owned(),
        "FIELDDATA" => group.data.push(value.to_owned()),
        "QUERYTYPE" => group.query = value.to_owned(),
        _ => {}
    }
    Ok(())
}

/// `(2 5 7)`: how many numbers follow, then those.
fn list(
    value: &str,
    line: usize,
    index: impl Fn(u32) -> Result<u32, Error>,
) -> Result<Vec<u32>, Error> {
    let mut words = value.trim_matches(['(', ')']).split_ascii_whitespace();
    let count = integer(words.next().unwrap_or(""), line, "number of entries")?.max(0) as usize;
    let out: Vec<u32> = words
        .take(count)
        .map(|w| integer(w, line, "atom or bond number").and_then(|n| index(n.max(0) as u32)))
        .collect::<Result<_, _>>()?;
    if out.len() < count {
        let message = format!("{:?}; expected {count} numbers", clip(value));
        return Err(at(ErrorKind::Syntax, line, message));
    }
    Ok(out)
}
