//! SMILES text to [`Molecule`].

mod atom;
mod bond;
mod cursor;
mod draft;
mod extension;
mod geometry;
mod reader;
mod record;

pub use record::split_record;

use crate::chem::error::{Error, ErrorKind};
use crate::chem::limits::Limits;
use crate::chem::molecule::Molecule;
use crate::chem::perceive::perceive;
use draft::Changes;

/// Reads one SMILES as RDKit `MolFromSmiles` does, and sanitises it.
///
/// An extension (CXSMILES, ` |…|`) may stand behind it. Coordinate bonds (`C:`), radicals (`^`), geometry of double
/// bonds (`c:`, `t:`), wiggly bonds (`w:`), flat coordinates and wedges are applied; labels, properties, enhanced
/// stereo, Sgroups and other notes change nothing. What would change the molecule otherwise (zero-order and hydrogen
/// bonds, queries), and what is malformed, is refused. [`split_record`] parts it from a name.
///
/// # Errors
/// An [`Error`] that says what is wrong and at which byte.
pub fn parse_smiles(text: &str, limits: &Limits) -> Result<Molecule, Error> {
    let text = text.trim_ascii();
    if text.len() > limits.bytes {
        let message = format!("the SMILES has {} bytes, the limit is {}", text.len(), limits.bytes);
        return Err(Error::new(ErrorKind::Limit, None, message));
    }
    let (smiles, extension) = match text.find([' ', '\t']) {
        Some(end) if text[end..].trim_ascii_start().starts_with('|') => {
            (&text[..end], text[end..].trim_ascii_start())
        }
        _ => (text, ""),
    };
    check_text(smiles)?;
    let draft = reader::read(smiles, limits)?;
    if extension.is_empty() {
        return perceive(draft.build(&Changes::default()), None, limits);
    }
    let mut changes = extension::read(extension, text.len() - extension.len(), &draft)?;
    let conformer = changes.conformer.take();
    perceive(draft.build(&changes), conformer, limits)
}

/// What can be refused by looking at the bytes alone.
fn check_text(text: &str) -> Result<(), Error> {
    if text.is_empty() {
        return Err(Error::new(
            ErrorKind::Empty,
            Some(0),
            "empty SMILES; expected at least one atom",
        ));
    }
    let Some(at) = text.bytes().position(|b| !b.is_ascii_graphic()) else { return Ok(()) };
    let message = match text.as_bytes()[at] {
        b' ' | b'\t' => {
            format!("white space at byte {at}; expected one SMILES without a name behind it")
        }
        byte => format!("unexpected byte 0x{byte:02x} at byte {at}; SMILES is plain ASCII"),
    };
    Err(Error::new(ErrorKind::Syntax, Some(at), message))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubled_backslashes_are_one() {
        let parse = |s| parse_smiles(s, &Limits::default()).unwrap();
        let (once, twice) = (parse(r"C/C=C\C(C)C"), parse(r"C/C=C\\C(C)C"));
        assert_eq!(once.bonds(), twice.bonds());
        assert_eq!(once.atoms(), twice.atoms());
    }
}
