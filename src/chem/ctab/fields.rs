//! Numbers in the fields of CTfiles.
//!
//! Programs fill them carelessly; what is let pass here is what RDKit's strict parser lets pass.

use super::at;
use crate::chem::error::{Error, ErrorKind};

/// Bytes `from..to` of a line, as far as it reaches; empty where they would cut a character.
pub(in crate::chem) fn columns(line: &str, from: usize, to: usize) -> &str {
    let to = to.min(line.len());
    line.get(from.min(to)..to).unwrap_or("")
}

/// A piece of the input for a message: never long.
pub(in crate::chem) fn clip(text: &str) -> &str {
    let end = (0..=text.len().min(40)).rev().find(|&i| text.is_char_boundary(i)).unwrap_or(0);
    &text[..end]
}

/// A whole number; blank means 0, and what follows the digits is ignored.
pub(super) fn integer(field: &str, line: usize, what: &str) -> Result<i32, Error> {
    if !field.bytes().all(|b| matches!(b, b'0'..=b'9' | b' ' | b'+' | b'-')) {
        return Err(no_number(field, line, what));
    }
    let text = field.trim_start_matches(' ');
    let (negative, digits) = match text.as_bytes().first() {
        Some(b'-') => (true, &text[1..]),
        Some(b'+') => (false, &text[1..]),
        _ => (false, text),
    };
    let end = digits.bytes().position(|b| !b.is_ascii_digit()).unwrap_or(digits.len());
    if end == 0 {
        return Ok(0);
    }
    let value: i32 = digits[..end].parse().map_err(|_| no_number(field, line, what))?;
    Ok(if negative { -value } else { value })
}

/// A number that cannot be negative; blank means 0.
pub(super) fn natural(field: &str, line: usize, what: &str) -> Result<u32, Error> {
    let n = integer(field, line, what)?;
    u32::try_from(n).map_err(|_| at(ErrorKind::Syntax, line, format!("{n} is no {what}")))
}

/// A number that must be there.
pub(super) fn required(field: &str, line: usize, what: &str) -> Result<i32, Error> {
    let text = field.trim();
    text.parse().map_err(|_| no_number(field, line, what))
}

fn no_number(field: &str, line: usize, what: &str) -> Error {
    let message = format!("{:?}; expected a whole number: the {what}", clip(field));
    at(ErrorKind::Syntax, line, message)
}

/// The coordinate that begins in column `from`. A number may run past its ten columns.
pub(super) fn coordinate(line: &str, from: usize, number: usize) -> Result<f64, Error> {
    let field = columns(line, from, from + 10);
    if !field.bytes().all(|b| matches!(b, b'0'..=b'9' | b' ' | b'+' | b'-' | b'.' | b',')) {
        let message = format!("{:?}; expected a coordinate", clip(field));
        return Err(at(ErrorKind::Syntax, number, message));
    }
    let text = line.get(from..).unwrap_or("").trim_start();
    let sign = usize::from(text.starts_with(['+', '-']));
    let mut dots = 0;
    let end = text.as_bytes()[sign..]
        .iter()
        .position(|&b| {
            dots += usize::from(b == b'.');
            !(b.is_ascii_digit() || b == b'.' && dots == 1)
        })
        .map_or(text.len(), |n| n + sign);
    Ok(text[..end].parse().unwrap_or(0.0))
}
