//! Molblocks (MDL CTfile): header, and the choice between V2000 and V3000.

use super::ctab::{self, at};
use super::error::{Error, ErrorKind};
use super::limits::Limits;
use super::molecule::Molecule;
use super::{v2000, v3000};

/// Reads one molblock, V2000 or V3000, and sanitises it as RDKit's `MolFromMolBlock` does:
/// hydrogens folded in, stereo from wedges (drawings) or positions (3D), every fragment kept.
/// Text behind `M  END` is ignored.
///
/// A placeholder (`*`, `R`, `R#`, `R1`…) becomes an atom of atomic number 0. Query features
/// (atom lists, `A`, `Q`, "single or double" bonds) are refused: a query is not a molecule.
///
/// # Errors
/// An [`Error`] whose `position` is the line, from 1, where one is to blame.
pub fn parse_molblock(text: &str, limits: &Limits) -> Result<Molecule, Error> {
    if text.len() > limits.bytes {
        let message =
            format!("the molblock has {} bytes, the limit is {}", text.len(), limits.bytes);
        return Err(Error::new(ErrorKind::Limit, None, message));
    }
    if text.trim_ascii().is_empty() {
        return Err(Error::new(
            ErrorKind::Empty,
            Some(1),
            "empty molblock; expected three header lines and a counts line",
        ));
    }
    let mut lines = Lines::new(text);
    lines.next();
    let says_3d = lines.next().is_some_and(|l| columns(l, 20, 22) == "3D");
    lines.next();
    let counts = lines.expect("the counts line (line 4 of a molblock)")?;
    let mut table = match columns(counts, 33, 39).trim() {
        "V3000" => v3000::read(&mut lines, limits)?,
        // Old files end the counts line early.
        "V2000" => v2000::read(counts, &mut lines, limits)?,
        "" if counts.trim_end().len() < 33 => v2000::read(counts, &mut lines, limits)?,
        other => {
            let message =
                format!("version {:?}; expected V2000 or V3000 in columns 34-39", clip(other));
            return Err(at(ErrorKind::Syntax, lines.number, message));
        }
    };
    table.says_3d = says_3d;
    ctab::check_positions(&table)?;
    ctab::into_molecule(&table, limits)
}

/// The lines of a text with their numbers; `\n` and `\r\n` end one.
pub(super) struct Lines<'a> {
    rest: std::str::Lines<'a>,
    /// Number of the line last given, from 1.
    pub number: usize,
}

impl<'a> Lines<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { rest: text.lines(), number: 0 }
    }

    /// The next line, or an error that says what was expected in its place.
    pub(super) fn expect(&mut self, what: &str) -> Result<&'a str, Error> {
        self.next().ok_or_else(|| {
            let message = format!("the text ends; expected {what}");
            at(ErrorKind::Syntax, self.number + 1, message)
        })
    }
}

impl<'a> Iterator for Lines<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        let line = self.rest.next()?;
        self.number += 1;
        Some(line)
    }
}

/// Bytes `from..to` of a line, as far as it reaches; empty where they would cut a character.
pub(super) fn columns(line: &str, from: usize, to: usize) -> &str {
    let to = to.min(line.len());
    line.get(from.min(to)..to).unwrap_or("")
}

/// A piece of the input for a message: never long.
pub(super) fn clip(text: &str) -> &str {
    let end = (0..=text.len().min(40)).rev().find(|&i| text.is_char_boundary(i)).unwrap_or(0);
    &text[..end]
}
