//! Why a file is of no use, in words that a terminal can bear.

use std::borrow::Cow;
use std::fmt;
use std::io;

/// Why a file cannot be read, or cannot be read further.
#[derive(Debug)]
pub struct Error {
    line: Option<u64>,
    message: String,
    io: Option<io::Error>,
}

impl Error {
    pub(crate) fn new(line: impl Into<Option<u64>>, message: impl Into<String>) -> Self {
        Self { line: line.into(), message: message.into(), io: None }
    }

    /// The line that it lies on, from 1, where it lies on one.
    pub fn line(&self) -> Option<u64> {
        self.line
    }

    /// The fault of the reader beneath, where it was that.
    pub fn io(&self) -> Option<&io::Error> {
        self.io.as_ref()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        if let Some(line) = self.line {
            write!(f, "line {line}: ")?;
        }
        match &self.io {
            Some(e) => write!(f, "{e}"),
            None => f.write_str(&self.message),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.io.as_ref().map(|e| e as _)
    }
}

impl From<io::Error> for Error {
    fn from(e: io::Error) -> Self {
        Self { line: None, message: String::new(), io: Some(e) }
    }
}

/// Text of a file as a message may quote it: short, in one line, without anything that a terminal would act on.
pub fn shown(text: &str) -> String {
    const LENGTH: usize = 40;
    let mut shown = String::from("\"");
    for (i, c) in text.chars().enumerate() {
        if i == LENGTH {
            shown.push('…');
            break;
        }
        match c {
            '\t' => shown.push_str("\\t"),
            c if is_harmful(c) => shown.extend(c.escape_unicode()),
            c => shown.push(c),
        }
    }
    shown.push('"');
    shown
}

/// `text` without anything that a terminal would act on: control characters, and those that turn the direction
/// of writing, become visible escapes. Line ends and tabs stay.
pub fn plain(text: &str) -> Cow<'_, str> {
    if text.bytes().all(|b| matches!(b, b' '..=b'~')) {
        return Cow::Borrowed(text);
    }
    let harmful = |c: char| is_harmful(c) && !matches!(c, '\n' | '\t');
    if !text.contains(harmful) {
        return Cow::Borrowed(text);
    }
    let mut plain = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if harmful(c) { plain.extend(c.escape_unicode()) } else { plain.push(c) }
    }
    Cow::Owned(plain)
}

fn is_harmful(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{2028}' | '\u{2029}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_sees_no_control_characters() {
        assert_eq!(shown("CC\x1b[2J"), "\"CC\\u{1b}[2J\"");
        assert_eq!(shown(&"C".repeat(50)).chars().count(), 43);
        assert_eq!(plain("a\tb\nc"), "a\tb\nc");
        assert_eq!(plain("a\u{9b}b\u{202e}\r"), "a\\u{9b}b\\u{202e}\\u{d}");
    }
}
