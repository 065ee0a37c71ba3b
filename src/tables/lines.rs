//! Lines, whatever ends them.

use std::io::{self, BufRead};

/// What ended a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The end of the file.
    File,
    Lf,
    Cr,
    CrLf,
}

impl End {
    pub fn bytes(self) -> &'static [u8] {
        match self {
            Self::File => b"",
            Self::Lf => b"\n",
            Self::Cr => b"\r",
            Self::CrLf => b"\r\n",
        }
    }
}

/// A line that was read.
#[derive(Clone, Copy, Debug)]
pub struct Line {
    /// All of it was kept.
    pub whole: bool,
    pub end: End,
}

/// Reads lines that end in LF, CR LF or CR.
pub struct Lines<R> {
    input: R,
    number: u64,
}

impl<R: BufRead> Lines<R> {
    /// The first line will have the number `skipped` + 1.
    pub fn new(input: R, skipped: u64) -> Self {
        Self { input, number: skipped }
    }

    /// Number of the line read last, from 1.
    pub fn number(&self) -> u64 {
        self.number
    }

    /// Appends a line without its end to `line`, at most `room` bytes of it; `None` at the end of the file.
    pub fn read(&mut self, line: &mut Vec<u8>, room: usize) -> io::Result<Option<Line>> {
        let limit = line.len().saturating_add(room);
        let (mut whole, mut any) = (true, false);
        loop {
            let chunk = filled(&mut self.input)?;
            if chunk.is_empty() {
                self.number += u64::from(any);
                return Ok(any.then_some(Line { whole, end: End::File }));
            }
            any = true;
            let end = chunk.iter().position(|&b| b <= b'\r' && (b == b'\n' || b == b'\r'));
            let part = &chunk[..end.unwrap_or(chunk.len())];
            let room = limit - line.len();
            whole &= part.len() <= room;
            line.extend_from_slice(&part[..part.len().min(room)]);
            let cr = end.is_some_and(|e| chunk[e] == b'\r');
            let used = end.map_or(chunk.len(), |e| e + 1);
            self.input.consume(used);
            if end.is_none() {
                continue;
            }
            self.number += 1;
            let lf = cr && filled(&mut self.input)?.first() == Some(&b'\n');
            if lf {
                self.input.consume(1);
            }
            let end = match (cr, lf) {
                (false, _) => End::Lf,
                (true, false) => End::Cr,
                (true, true) => End::CrLf,
            };
            return Ok(Some(Line { whole, end }));
        }
    }
}

/// What the reader holds; empty at its end.
fn filled(input: &mut impl BufRead) -> io::Result<&[u8]> {
    // Asked twice, as the borrow of a first answer would outlive the loop.
    loop {
        match input.fill_buf() {
            Ok(_) => break,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
    input.fill_buf()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::BufReader;

    #[test]
    fn every_line_end_at_every_cut_of_the_buffer() {
        let text = b"a\nbb\r\nccc\rd\r\r\n\n\re";
        let wanted = [
            ("a", End::Lf),
            ("bb", End::CrLf),
            ("ccc", End::Cr),
            ("d", End::Cr),
            ("", End::CrLf),
            ("", End::Lf),
            ("", End::Cr),
            ("e", End::File),
        ];
        for size in 1..8 {
            let mut lines = Lines::new(BufReader::with_capacity(size, &text[..]), 0);
            let mut line = Vec::new();
            for (i, (content, end)) in wanted.iter().enumerate() {
                line.clear();
                let read = lines.read(&mut line, 100).unwrap().unwrap();
                assert_eq!((line.as_slice(), read.end), (content.as_bytes(), *end), "{size}");
                assert_eq!(lines.number(), i as u64 + 1);
            }
            assert!(lines.read(&mut line, 100).unwrap().is_none());
        }
        let mut lines = Lines::new(&b"abcdef\ngh"[..], 0);
        let mut line = Vec::new();
        assert!(!lines.read(&mut line, 3).unwrap().unwrap().whole);
        assert_eq!(line, b"abc");
        assert!(lines.read(&mut line, 3).unwrap().unwrap().whole);
        assert_eq!(line, b"abcgh");
    }
}
