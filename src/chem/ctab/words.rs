//! The words of a V3000 line.

use super::at;
use super::fields::clip;
use crate::chem::error::{Error, ErrorKind};

/// Words and the pairs behind them; a parenthesised or quoted one may hold blanks. Quotes around a
/// whole word are taken off.
pub(super) fn words(line: &str) -> Vec<&str> {
    let bytes = line.as_bytes();
    let mut out = Vec::new();
    let (mut quoted, mut inside) = (false, false);
    let (mut start, mut at) = (0, 0);
    while at < bytes.len() {
        match bytes[at] {
            b' ' | b'\t' if start == at => start += 1,
            b' ' | b'\t' if !quoted && !inside => {
                out.push(&line[start..at]);
                start = at + 1;
            }
            b')' if inside => {
                out.push(&line[start..=at]);
                inside = false;
                start = at + 1;
            }
            b'(' if !quoted => inside = true,
            b'"' if !inside => {
                if bytes.get(at + 1) == Some(&b'"') {
                    at += 1;
                } else if quoted {
                    // Quotes inside a pair stay.
                    let word = &line[start..at];
                    out.push(word.strip_prefix('"').unwrap_or(word));
                    start = at + 1;
                    quoted = false;
                } else {
                    quoted = true;
                }
            }
            _ => {}
        }
        at += 1;
    }
    if start < line.len() {
        out.push(&line[start..]);
    }
    out
}

/// A pair, its key in capitals.
pub(super) fn pair(word: &str, line: usize) -> Result<(String, &str), Error> {
    match word.split_once('=') {
        Some((key, value)) if !value.contains('=') => Ok((key.to_ascii_uppercase(), value)),
        _ => {
            let message = format!("{:?}; expected KEY=value", clip(word));
            Err(at(ErrorKind::Syntax, line, message))
        }
    }
}

/// The digits that a word begins with.
pub(super) fn leading(word: &str) -> u32 {
    let end = word.bytes().position(|b| !b.is_ascii_digit()).unwrap_or(word.len());
    word[..end].parse().unwrap_or(0)
}
