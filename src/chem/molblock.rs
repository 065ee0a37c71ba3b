//! Molblocks (MDL CTfile): header, and the choice between V2000 and V3000.

use super::ctab::{self, at, v2000, v3000};
pub(super) use super::ctab::{clip, columns};
use super::error::{Error, ErrorKind};
use super::limits::Limits;
use super::molecule::Molecule;
use super::trailing;

/// Reads one molblock, V2000 or V3000, and sanitises it as RDKit's `MolFromMolBlock` does: hydrogens
/// that say nothing folded in, stereo from wedges (drawings) or positions (3D), every fragment kept.
/// Behind `M  END` may follow the data fields of an SD record and its `$$$$`, which are passed over; a second record or
/// other text is refused.
///
/// A drawn hydrogen stays an atom where RDKit keeps it: isotopes, hydrides, bridges, neighbours of
/// placeholders, the one that alone carries the geometry of a double bond (an imine's), the last
/// atom of an S-group.
///
/// An atom whose element is left open (`*`, `R`, `R#`, `R1`…, `A`, `Q`, a list of several) becomes an
/// atom of atomic number 0; constraints of a query on atoms are passed over. A bond of type "any" or
/// 0 at a metal or hydrogen joins without sharing electrons; elsewhere it is refused, as are choices
/// among bond orders (types 5 to 7) and hydrogen counts of queries: a query is not a molecule.
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
    let says_3d = lines.next().is_some_and(|l| columns(l, 20, 22).eq_ignore_ascii_case("3D"));
    lines.next();
    let counts = lines.expect(|| "the counts line (line 4 of a molblock)".to_owned())?;
    if counts.len() < 6 {
        let message =
            format!("counts line {:?}; expected numbers of atoms and bonds", clip(counts));
        return Err(at(ErrorKind::Syntax, lines.number, message));
    }
    // Old files end the counts line early.
    let mut table = match columns(counts, 34, 39) {
        "V3000" => v3000::read(&mut lines, limits)?,
        "V2000" => v2000::read(counts, &mut lines, limits)?,
        _ if counts.len() <= 35 => v2000::read(counts, &mut lines, limits)?,
        other => {
            let message =
                format!("version {:?}; expected V2000 or V3000 in columns 35-39", clip(other));
            return Err(at(ErrorKind::Syntax, lines.number, message));
        }
    };
    trailing::check(&mut lines)?;
    table.says_3d = says_3d;
    ctab::check_positions(&table)?;
    ctab::into_molecule(table, limits)
}

/// The lines of a text with their numbers; `\n` and `\r\n` end one, and `\r` where there is no `\n`.
pub(super) struct Lines<'a> {
    rest: &'a str,
    end: char,
    /// Number of the line last given, from 1.
    pub number: usize,
}

impl<'a> Lines<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        let end = if text.contains('\n') { '\n' } else { '\r' };
        Self { rest: text, end, number: 0 }
    }

    /// The next line, or an error that says what was expected in its place.
    pub(super) fn expect(&mut self, what: impl FnOnce() -> String) -> Result<&'a str, Error> {
        self.next().ok_or_else(|| {
            let message = format!("the text ends; expected {}", what());
            at(ErrorKind::Syntax, self.number + 1, message)
        })
    }
}

impl<'a> Iterator for Lines<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        if self.rest.is_empty() {
            return None;
        }
        let (line, rest) = self.rest.split_once(self.end).unwrap_or((self.rest, ""));
        self.rest = rest;
        self.number += 1;
        Some(line.strip_suffix('\r').unwrap_or(line))
    }
}
