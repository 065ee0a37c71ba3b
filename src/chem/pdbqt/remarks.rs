//! What programs leave in `REMARK` lines for those who come after: the molecule, its name, which atom is which.

use crate::chem::error::{Error, ErrorKind};
use crate::chem::limits::Limits;

/// The remarks above a molecule.
#[derive(Clone, Default)]
pub(super) struct Remarks<'a> {
    pub(super) smiles: Option<&'a str>,
    /// Atom of the SMILES and serial number of the file, both from 1.
    pub(super) index: Vec<(usize, i32)>,
    /// The pairs stand in the form that Meeko writes, and are held to it.
    pub(super) meeko: bool,
    pub(super) name: Option<&'a str>,
    /// SMILES that stood above the last.
    pub(super) earlier: Vec<&'a str>,
}

/// What a `REMARK` line is about.
enum Subject<'a> {
    Smiles(&'a str),
    /// Meeko's, or another program's.
    Index(&'a str, bool),
    Name(&'a str),
    Other,
}

impl<'a> Remarks<'a> {
    /// A `REMARK` line.
    pub(super) fn take(
        &mut self,
        line: &'a str,
        number: usize,
        limits: &Limits,
    ) -> Result<(), Error> {
        match subject(line) {
            Subject::Smiles(smiles) => {
                self.earlier.extend(self.smiles.replace(smiles));
                self.earlier.truncate(limits.atoms);
                self.index.clear();
                Ok(())
            }
            Subject::Name(name) => {
                self.name = Some(name);
                Ok(())
            }
            Subject::Index(pairs, meeko) => match self.pairs(pairs, number, limits) {
                // What another program means by the word may be something else.
                Err(_) if !meeko => {
                    self.index.clear();
                    Ok(())
                }
                done => {
                    self.meeko = meeko;
                    done
                }
            },
            Subject::Other => Ok(()),
        }
    }

    fn pairs(&mut self, pairs: &str, number: usize, limits: &Limits) -> Result<(), Error> {
        let odd = || {
            let message = format!(
                "line {number}: REMARK SMILES IDX; expected pairs of an atom of the SMILES and a \
                 serial number"
            );
            Error::new(ErrorKind::Syntax, Some(number), message)
        };
        let mut numbers = pairs.split_ascii_whitespace().map(str::parse::<i32>);
        while let Some(atom) = numbers.next() {
            let (Ok(atom), Some(Ok(serial))) = (atom.map(usize::try_from), numbers.next()) else {
                return Err(odd());
            };
            let atom = atom.map_err(|_| odd())?;
            if self.index.len() >= limits.atoms {
                let message =
                    format!("line {number}: more pairs than the limit of {} atoms", limits.atoms);
                return Err(Error::new(ErrorKind::Limit, Some(number), message));
            }
            self.index.push((atom, serial));
        }
        Ok(())
    }
}

fn subject(line: &str) -> Subject<'_> {
    let text = line.get(6..).unwrap_or_default().trim();
    let word = |text: &'_ str, word: &str| -> Option<usize> {
        let (head, rest) = text.split_at_checked(word.len())?;
        let ends = rest.is_empty() || rest.starts_with(|c: char| c.is_ascii_whitespace());
        (ends && head.eq_ignore_ascii_case(word)).then_some(word.len())
    };
    let first = |text: &'_ str| text.split_ascii_whitespace().next().map_or(0, str::len);
    // As Meeko writes it.
    if let Some(end) = word(text, "SMILES") {
        let rest = text[end..].trim_start();
        if let Some(end) = word(rest, "IDX") {
            return Subject::Index(&rest[end..], true);
        }
        if !rest.starts_with([':', '=']) {
            return Subject::Smiles(&rest[..first(rest)]);
        }
    }
    if let Some(end) = word(text, "IDX") {
        return Subject::Index(&text[end..], false);
    }
    // `key: value` or `key = value`, as others do; the colon may also belong to a SMILES.
    let Some(at) = text.find([':', '=']) else { return Subject::Other };
    let (key, value) = (text[..at].trim_end(), text[at + 1..].trim());
    let ends = |with: &str| {
        key.len()
            .checked_sub(with.len())
            .and_then(|i| key.get(i..))
            .is_some_and(|end| end.eq_ignore_ascii_case(with))
    };
    match key {
        _ if value.is_empty() => Subject::Other,
        _ if ends("SMILES") => Subject::Smiles(&value[..first(value)]),
        _ if ends("IDX") => Subject::Index(value, false),
        _ if key.eq_ignore_ascii_case("Name") => Subject::Name(value),
        _ => Subject::Other,
    }
}
