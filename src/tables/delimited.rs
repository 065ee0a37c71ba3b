//! Delimited text with quotes, a record at a time.

use super::encoding::not_utf8;
use super::error::Error;
use super::lines::{End, Lines};
use std::io::BufRead;

/// Bytes that a record may have: room for a hundred thousand columns.
const RECORD: usize = 16 << 20;

/// One record of a table. A `"` at the beginning of a field opens a quote, in which delimiters and line ends are
/// text, and `""` stands for `"`.
#[derive(Clone, Debug, Default)]
pub struct Record {
    text: String,
    ends: Vec<u32>,
    line: u64,
    pub(super) fault: Option<String>,
}

impl Record {
    /// An empty one, to be read into.
    pub fn new() -> Self {
        Self::default()
    }

    /// A field as it stands in the table; `None` behind the last.
    pub fn get(&self, i: usize) -> Option<&str> {
        let end = *self.ends.get(i)? as usize;
        let start = i.checked_sub(1).map_or(0, |i| self.ends[i] as usize);
        Some(&self.text[start..end])
    }

    /// A field without what looks like blanks around it; empty behind the last.
    pub fn trimmed(&self, i: usize) -> &str {
        self.get(i).unwrap_or_default().trim_matches(super::is_blank)
    }

    /// The fields as they stand in the table.
    pub fn fields(&self) -> impl Iterator<Item = &str> {
        (0..self.ends.len()).map_while(|i| self.get(i))
    }

    /// Number of fields.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The line on which it begins, from 1.
    pub fn line(&self) -> u64 {
        self.line
    }

    /// Why it is no record of its table, such as another number of fields than the header's. Its fields are then
    /// those that could be read.
    pub fn fault(&self) -> Option<&str> {
        self.fault.as_deref()
    }

    fn push(&mut self, part: &str) {
        self.text.push_str(part);
    }

    fn end(&mut self) {
        self.ends.push(self.text.len() as u32);
    }

    /// The fields of a whole record.
    fn split(&mut self, mut rest: &str, delimiter: char) {
        loop {
            match rest.strip_prefix('"') {
                Some(quoted) => rest = self.quoted(quoted, delimiter),
                None => {
                    let end = rest.find(delimiter).unwrap_or(rest.len());
                    self.push(&rest[..end]);
                    rest = &rest[end..];
                }
            }
            self.end();
            match rest.strip_prefix(delimiter) {
                Some(behind) => rest = behind,
                None => return,
            }
        }
    }

    /// A field behind its opening quote; gives what is behind the field.
    fn quoted<'a>(&mut self, mut rest: &'a str, delimiter: char) -> &'a str {
        loop {
            let Some(close) = rest.find('"') else {
                self.push(rest);
                return "";
            };
            self.push(&rest[..close]);
            rest = &rest[close + 1..];
            match rest.strip_prefix('"') {
                Some(behind) => {
                    self.push("\"");
                    rest = behind;
                }
                None => break,
            }
        }
        let end = rest.find(delimiter).unwrap_or(rest.len());
        // Blanks between the quote and the delimiter are nobody's; anything else was meant as text.
        if !rest[..end].trim_matches(' ').is_empty() {
            self.push(&rest[..end]);
        }
        &rest[end..]
    }
}

/// Where in a record a scan for its end has come to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Start,
    Plain,
    Quoted,
    Closed,
}

/// A scan of a record for quotes that go beyond the line.
struct Scan {
    state: State,
    at: usize,
    /// Fields before the current one.
    field: usize,
    /// Line on which the last quote opened.
    opened: u64,
}

impl Scan {
    /// Goes on to the end of `text`, whose last line is `line`.
    fn run(&mut self, text: &[u8], line: u64, delimiter: u8) -> Result<(), Error> {
        for &b in &text[self.at..] {
            self.state = match (self.state, b) {
                (State::Start, b'"') => {
                    self.opened = line;
                    State::Quoted
                }
                (State::Quoted, b'"') => State::Closed,
                (State::Quoted, _) => State::Quoted,
                (State::Closed, b'"') => State::Quoted,
                (_, b) if b == delimiter => {
                    self.field += 1;
                    State::Start
                }
                (State::Closed, b' ') => State::Closed,
                (State::Closed, _) if self.opened != line => {
                    let message = format!(
                        "the quote that opens field {} is closed on line {line}, with text behind it: {HINT}",
                        self.field + 1
                    );
                    return Err(Error::new(self.opened, message));
                }
                _ => State::Plain,
            };
        }
        self.at = text.len();
        Ok(())
    }

    fn unclosed(&self, how: &str) -> Error {
        let message = format!("the quote that opens field {} is {how}: {HINT}", self.field + 1);
        Error::new(self.opened, message)
    }
}

const HINT: &str =
    "a field that holds a quote needs quotes around it and that quote twice, as in \"5\"\" tube\"";

/// Reads records.
pub struct Delimited<R> {
    lines: Lines<R>,
    raw: Vec<u8>,
    delimiter: u8,
}

impl<R: BufRead> Delimited<R> {
    /// The delimiter is an ASCII character, and no quote.
    pub fn new(input: R, delimiter: u8, skipped: u64) -> Self {
        Self { lines: Lines::new(input, skipped), raw: Vec::new(), delimiter }
    }

    /// Reads the next record; false at the end. Empty lines are none.
    pub fn read(&mut self, record: &mut Record) -> Result<bool, Error> {
        record.text.clear();
        record.ends.clear();
        record.fault = None;
        let mut read = loop {
            self.raw.clear();
            match self.lines.read(&mut self.raw, RECORD)? {
                None => return Ok(false),
                Some(read) if !self.is_empty() => break read,
                Some(_) => {}
            }
        };
        record.line = self.lines.number();
        if self.raw.contains(&b'"') {
            let mut scan = Scan { state: State::Start, at: 0, field: 0, opened: 0 };
            loop {
                scan.run(&self.raw, self.lines.number(), self.delimiter)?;
                if scan.state != State::Quoted {
                    break;
                }
                let end = read.end.bytes();
                if !read.whole || self.raw.len() + end.len() >= RECORD {
                    return Err(scan.unclosed("not closed within 16 MiB"));
                }
                if read.end == End::File {
                    return Err(scan.unclosed("never closed"));
                }
                self.raw.extend_from_slice(end);
                scan.at = self.raw.len();
                let room = RECORD - self.raw.len();
                read = match self.lines.read(&mut self.raw, room)? {
                    Some(read) => read,
                    None => return Err(scan.unclosed("never closed")),
                };
            }
        }
        if !read.whole {
            record.fault = Some("the line is longer than 16 MiB".to_owned());
        }
        let text = String::from_utf8_lossy(&self.raw);
        let broken = matches!(text, std::borrow::Cow::Owned(_));
        if let Some((line, fault)) = broken.then(|| not_utf8(&self.raw, record.line)).flatten() {
            let cut = !read.whole && self.raw.len() - 4 < text.trim_end_matches('\u{fffd}').len();
            if !cut {
                record.fault =
                    Some(if line == record.line { fault } else { format!("line {line}: {fault}") });
            }
        }
        record.split(&text, char::from(self.delimiter));
        Ok(true)
    }

    /// Whether a line has neither text nor delimiters.
    fn is_empty(&self) -> bool {
        self.raw.iter().all(|b| b.is_ascii_whitespace() && *b != self.delimiter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn all(text: &[u8], delimiter: u8) -> Result<Vec<Vec<String>>, Error> {
        let mut reader = Delimited::new(text, delimiter, 0);
        let mut record = Record::new();
        let mut rows = Vec::new();
        while reader.read(&mut record)? {
            rows.push(record.fields().map(str::to_owned).collect());
        }
        Ok(rows)
    }

    #[test]
    fn fields_and_quotes() {
        let text =
            "a,\"b, c\",\"d\"\"e\"\n\n  \n,\r\"x\r\ny\",\"z\" ,5\" tube\r\"say\" so,b\"\"c, \"d\"";
        let rows = all(text.as_bytes(), b',').unwrap();
        let wanted: [&[&str]; 4] = [
            &["a", "b, c", "d\"e"],
            &["", ""],
            &["x\r\ny", "z", "5\" tube"],
            &["say so", "b\"\"c", " \"d\""],
        ];
        assert_eq!(rows, wanted);
        assert_eq!(all(b"a\t \"b\n \t\n", b'\t').unwrap(), [["a", " \"b"], [" ", ""]]);
    }

    #[test]
    fn a_quote_that_is_not_closed_names_its_line() {
        for (text, line, needle) in [
            ("a,b\nCCO,\"5 inch\nC,b\nCC,c\n", 2, "field 2 is never closed"),
            ("a,b\nCCO,\"5 inch\nC,b\nCC,\"c, d\"\n", 2, "closed on line 4, with text"),
            ("a,b\n\"CCO,\"5\n\"", 3, "field 1 is never closed"),
        ] {
            let e = all(text.as_bytes(), b',').unwrap_err();
            assert_eq!(e.line(), Some(line), "{text}");
            assert!(e.to_string().contains(needle), "{e}");
        }
        let mut long = b"a,b\nC,\"".to_vec();
        long.resize(17 << 20, b'x');
        let e = all(&long, b',').unwrap_err();
        assert!(e.line() == Some(2) && e.to_string().contains("16 MiB"), "{e}");
    }

    #[test]
    fn lines_that_are_too_long_or_no_utf8_are_faults_of_their_records() {
        let mut text = b"a,b\nC,\xe9t\xe9\n".to_vec();
        text.resize(text.len() + (17 << 20), b'C');
        text.extend(b"\nC,1\n");
        let mut reader = Delimited::new(text.as_slice(), b',', 0);
        let mut record = Record::new();
        let faults = [None, Some("byte 3 (0xE9) is not UTF-8"), Some("longer than 16 MiB"), None];
        for (i, wanted) in faults.iter().enumerate() {
            assert!(reader.read(&mut record).unwrap());
            assert_eq!(record.line(), i as u64 + 1);
            let fault = record.fault();
            assert!(fault.unwrap_or_default().contains(wanted.unwrap_or_default()), "{fault:?}");
            assert_eq!(fault.is_some(), wanted.is_some());
        }
        assert_eq!(record.get(1), Some("1"));
    }

    proptest! {
        #[test]
        fn what_the_csv_crate_writes_is_read_back(
            rows in prop::collection::vec(prop::collection::vec("[ -~\r\n\té\"\",;]{0,8}", 2..5), 1..6),
            delimiter in prop::sample::select(vec![b',', b';', b'\t']),
        ) {
            let mut out = csv::WriterBuilder::new().delimiter(delimiter).flexible(true).from_writer(Vec::new());
            for row in &rows {
                out.write_record(row).unwrap();
            }
            let text = out.into_inner().unwrap();
            let wanted: Vec<_> = rows.into_iter().filter(|r| !(r.len() == 1 && r[0].trim().is_empty())).collect();
            prop_assert_eq!(all(&text, delimiter).unwrap(), wanted);
        }

        #[test]
        fn no_bytes_make_it_panic(bytes in prop::collection::vec(prop::sample::select(b"a,;\t\"\r\n \xe9\xc3\xa9\0".to_vec()), 0..60)) {
            for delimiter in [b',', b';', b'\t', b' '] {
                let _ = all(&bytes, delimiter);
            }
        }

        #[test]
        fn records_without_stray_quotes_are_those_of_the_csv_crate(text in "[a-c,\n\r ]{0,60}") {
            let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
            let wanted: Vec<Vec<String>> = reader.records().map(|r| r.unwrap().iter().map(str::to_owned).collect()).collect();
            let wanted: Vec<_> = wanted.into_iter().filter(|r: &Vec<String>| !(r.len() == 1 && r[0].trim().is_empty())).collect();
            prop_assert_eq!(all(text.as_bytes(), b',').unwrap(), wanted);
        }
    }
}
