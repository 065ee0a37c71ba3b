//! A place in a text, and errors there.

use crate::chem::error::{Error, ErrorKind};

/// Where a reader stands. The text is printable ASCII, so that any byte may be a cut.
pub(super) struct Cursor<'a> {
    text: &'a str,
    /// Offset of the next byte.
    pub at: usize,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    pub(super) fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    pub(super) fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    /// Passes `byte` if it is next.
    pub(super) fn eat(&mut self, byte: u8) -> bool {
        let next = self.peek() == Some(byte);
        self.at += usize::from(next);
        next
    }

    /// Passes `word` if it is next.
    pub(super) fn eat_word(&mut self, word: &str) -> bool {
        let next = self.rest().starts_with(word);
        if next {
            self.at += word.len();
        }
        next
    }

    /// A decimal number if one is next: `0`, or digits that do not begin with 0. Below 2³¹, as in RDKit.
    pub(super) fn number(&mut self) -> Result<Option<u32>, Error> {
        let Some(first) = self.peek().filter(u8::is_ascii_digit) else { return Ok(None) };
        self.at += 1;
        let mut value = u32::from(first - b'0');
        while let Some(digit) = self.peek().filter(|b| b.is_ascii_digit() && value != 0) {
            if value >= i32::MAX as u32 / 10 {
                return Err(self.syntax("a number beyond two thousand million"));
            }
            value = value * 10 + u32::from(digit - b'0');
            self.at += 1;
        }
        Ok(Some(value))
    }

    /// What is next, for a message.
    pub(super) fn found(&self) -> String {
        self.peek().map_or("the end".to_owned(), |b| format!("'{}'", char::from(b)))
    }

    /// A fault of the grammar at this place.
    pub(super) fn syntax(&self, what: impl std::fmt::Display) -> Error {
        syntax(self.at, what)
    }
}

/// A fault of the grammar at byte `at`.
pub(super) fn syntax(at: usize, what: impl std::fmt::Display) -> Error {
    Error::new(ErrorKind::Syntax, Some(at), format!("{what} at byte {at}"))
}
