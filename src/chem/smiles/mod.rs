//! SMILES text to [`Molecule`].

mod record;

pub use record::split_record;

use crate::chem::error::{Error, ErrorKind};
use crate::chem::limits::Limits;
use crate::chem::molecule::Molecule;
use crate::chem::perceive::perceive;
use chematic_smiles as cs;
use std::borrow::Cow;

/// Reads one SMILES (OpenSMILES, as RDKit `MolFromSmiles` accepts it) and sanitises it.
///
/// # Errors
/// An [`Error`] that says what is wrong and at which byte.
pub fn parse_smiles(text: &str, limits: &Limits) -> Result<Molecule, Error> {
    let text = text.trim_ascii();
    prescan(text, limits)?;
    let bounds = cs::SmilesParseLimits {
        max_input_bytes: limits.bytes,
        max_atoms: limits.atoms,
        max_bonds: limits.bonds,
    };
    // Text that went through a language with escapes often has its backslashes doubled; RDKit reads
    // two as one.
    let text =
        if text.contains(r"\\") { Cow::from(text.replace(r"\\", r"\")) } else { Cow::from(text) };
    let parsed = cs::parse_with_limits(&text, &bounds).map_err(|e| syntax_error(&text, e))?;
    perceive(parsed, None, limits)
}

/// What can be refused by looking at the bytes alone.
fn prescan(text: &str, limits: &Limits) -> Result<(), Error> {
    if text.is_empty() {
        return Err(Error::new(
            ErrorKind::Empty,
            Some(0),
            "empty SMILES; expected at least one atom",
        ));
    }
    if text.len() > limits.bytes {
        let message = format!("the SMILES has {} bytes, the limit is {}", text.len(), limits.bytes);
        return Err(Error::new(ErrorKind::Limit, None, message));
    }
    let mut depth = 0usize;
    for (i, b) in text.bytes().enumerate() {
        match b {
            b'(' => {
                depth += 1;
                if depth > limits.depth {
                    let message = format!(
                        "branches nested deeper than the limit of {} at byte {i}",
                        limits.depth
                    );
                    return Err(Error::new(ErrorKind::Limit, Some(i), message));
                }
            }
            b')' => depth = depth.saturating_sub(1),
            b'!'..=b'~' => {}
            b' ' | b'\t' => {
                let message = format!(
                    "white space at byte {i}; expected one SMILES without a name behind it"
                );
                return Err(Error::new(ErrorKind::Syntax, Some(i), message));
            }
            _ => {
                let message =
                    format!("unexpected byte 0x{b:02x} at byte {i}; SMILES is plain ASCII");
                return Err(Error::new(ErrorKind::Syntax, Some(i), message));
            }
        }
    }
    Ok(())
}

fn syntax_error(text: &str, e: cs::SmilesError) -> Error {
    use cs::SmilesError as S;
    let (kind, position) = match &e {
        // The parser's own bound on atoms, which it meets before it looks at ours.
        S::InvalidBracketAtom { detail, .. } if detail.contains("exceeds maximum") => {
            (ErrorKind::Limit, None)
        }
        S::ResourceLimit { .. } => (ErrorKind::Limit, None),
        S::NestingTooDeep { pos } => (ErrorKind::Limit, Some(*pos)),
        S::UnknownElement { pos, .. } => (ErrorKind::Element, Some(*pos)),
        S::EmptyInput => (ErrorKind::Empty, Some(0)),
        S::InvalidValence { .. } => (ErrorKind::Valence, None),
        S::UnexpectedEnd { pos }
        | S::UnmatchedRingClosure { pos, .. }
        | S::UnmatchedExtendedRingClosure { pos, .. }
        | S::MismatchedParentheses { pos }
        | S::InvalidBracketAtom { pos, .. }
        | S::ConflictingRingBond { pos, .. }
        | S::ConflictingExtendedRingBond { pos, .. }
        | S::UnexpectedCharacter { pos }
        | S::UnsupportedChiralityClass { pos, .. } => (ErrorKind::Syntax, Some(*pos)),
    };
    let expected = match &e {
        S::UnexpectedEnd { .. } => "; expected an atom or a closing bracket",
        S::UnmatchedRingClosure { .. } | S::UnmatchedExtendedRingClosure { .. } => {
            "; expected the same ring number a second time"
        }
        S::UnexpectedCharacter { .. } => "; expected an atom, bond, branch, ring number or '.'",
        _ => "",
    };
    // The message may quote the input: keep it short whatever that holds.
    let mut message = format!("{e}{expected}");
    if message.len() > 300 {
        let cut = (0..=300).rev().find(|&i| message.is_char_boundary(i)).unwrap_or(0);
        message.truncate(cut);
    }
    Error::new(kind, position.map(|p| p.min(text.len())), message)
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
