//! SDF: a stream of molblocks with named properties.

use super::ctab::is_alias;
use super::error::{Error, ErrorKind};
use super::limits::Limits;
use super::molblock::parse_molblock;
use super::molecule::Molecule;
use std::io::{self, BufRead, Chain, Cursor, Read};

/// Bytes in which a line ends, for sure.
const HEAD: usize = 4096;

/// One record of an SDF stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SdfRecord {
    /// Number of the record, from 0.
    pub index: usize,
    /// Line of the stream on which it begins, from 1.
    pub line: usize,
    /// First line of the molblock, trimmed.
    pub title: String,
    /// The molblock, unparsed so that a worker can do that; or why the record cannot be held.
    pub molblock: Result<String, Error>,
    /// Properties in the file's order: name, value (lines joined by `\n`).
    pub properties: Vec<(String, String)>,
}

impl SdfRecord {
    /// Parses the molblock. Lines in its errors count from the record's first.
    ///
    /// # Errors
    /// As [`parse_molblock`]; a record beyond the limits gives [`ErrorKind::Limit`].
    pub fn molecule(&self, limits: &Limits) -> Result<Molecule, Error> {
        parse_molblock(self.molblock.as_ref().map_err(Clone::clone)?, limits)
    }

    /// Value of the first property with this name.
    pub fn property(&self, name: &str) -> Option<&str> {
        self.properties.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }
}

/// Reads records one by one, holding one in memory. A bad record is handed out like any other and
/// never stops the stream; only a failing reader does. Lines end in `\n` or `\r\n`, or all in `\r` alone; the last
/// `$$$$` may be missing; bytes that are not UTF-8 become U+FFFD.
pub struct SdfReader<R> {
    /// The beginning of the stream, and the rest.
    input: Chain<Cursor<Vec<u8>>, R>,
    /// What ends a line, once the beginning was seen.
    end: Option<u8>,
    limits: Limits,
    index: usize,
    line: usize,
    done: bool,
}

impl<R: BufRead> SdfReader<R> {
    /// A reader whose molblocks, and whose properties, take at most `limits.bytes` a record: what
    /// goes beyond is passed over and the record says so.
    pub fn new(input: R, limits: Limits) -> Self {
        Self {
            input: Cursor::new(Vec::new()).chain(input),
            end: None,
            limits,
            index: 0,
            line: 0,
            done: false,
        }
    }

    fn record(&mut self) -> io::Result<Option<SdfRecord>> {
        let mut record = Collector::new(self.line + 1, self.index, self.limits.bytes);
        let mut line = Vec::new();
        let mut blank = true;
        loop {
            let Some(whole) = self.read_line(&mut line)? else {
                self.done = true;
                if blank {
                    return Ok(None);
                }
                break;
            };
            if line.starts_with(b"$$$$") {
                break;
            }
            blank &= line.iter().all(u8::is_ascii_whitespace);
            record.take(&String::from_utf8_lossy(&line), whole);
        }
        self.index += 1;
        Ok(Some(record.finish()))
    }

    /// Finds out what ends the lines: `\r` where the stream begins with more than a header's bytes that have those alone.
    fn line_end(&mut self) -> io::Result<u8> {
        if let Some(end) = self.end {
            return Ok(end);
        }
        let (head, rest) = self.input.get_mut();
        let mut one = [0];
        while head.get_ref().len() < HEAD && head.get_ref().last() != Some(&b'\n') {
            match rest.read(&mut one) {
                Ok(0) => break,
                Ok(_) => head.get_mut().push(one[0]),
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => return Err(e),
            }
        }
        let has = |byte| head.get_ref().contains(&byte);
        let end = if has(b'\r') && !has(b'\n') { b'\r' } else { b'\n' };
        self.end = Some(end);
        Ok(end)
    }

    /// Reads a line without its end into `line`, at most as many bytes as a record may have;
    /// false where there were more, `None` at the end of the stream.
    fn read_line(&mut self, line: &mut Vec<u8>) -> io::Result<Option<bool>> {
        line.clear();
        let ends = self.line_end()?;
        let (mut whole, mut any) = (true, false);
        loop {
            let chunk = match self.input.fill_buf() {
                Ok(chunk) => chunk,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
                Err(e) => return Err(e),
            };
            if chunk.is_empty() {
                break;
            }
            any = true;
            // A constant to look for is found sooner.
            let end = match ends {
                b'\r' => chunk.iter().position(|&b| b == b'\r'),
                _ => chunk.iter().position(|&b| b == b'\n'),
            };
            let part = &chunk[..end.unwrap_or(chunk.len())];
            let room = self.limits.bytes.saturating_sub(line.len());
            whole &= part.len() <= room;
            line.extend_from_slice(&part[..part.len().min(room)]);
            let used = end.map_or(chunk.len(), |e| e + 1);
            self.input.consume(used);
            if end.is_some() {
                break;
            }
        }
        if !any {
            return Ok(None);
        }
        self.line += 1;
        if ends == b'\n' && line.last() == Some(&b'\r') {
            line.pop();
        }
        Ok(Some(whole))
    }
}

impl<R: BufRead> Iterator for SdfReader<R> {
    type Item = io::Result<SdfRecord>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.done {
            return None;
        }
        let record = self.record().transpose();
        self.done |= matches!(record, Some(Err(_)));
        record
    }
}

/// Where in a record the next line belongs.
enum Part {
    Molblock,
    Between,
    Property,
}

/// A record in the making.
struct Collector {
    record: SdfRecord,
    molblock: String,
    lines: usize,
    part: Part,
    /// The next line is the text of an alias.
    alias: bool,
    room: usize,
    property_room: usize,
    fault: Option<Error>,
}

impl Collector {
    fn new(line: usize, index: usize, bytes: usize) -> Self {
        Self {
            record: SdfRecord {
                index,
                line,
                title: String::new(),
                molblock: Ok(String::new()),
                properties: Vec::new(),
            },
            molblock: String::new(),
            lines: 0,
            part: Part::Molblock,
            alias: false,
            room: bytes,
            property_room: bytes,
            fault: None,
        }
    }

    fn take(&mut self, line: &str, whole: bool) {
        self.lines += 1;
        if !whole {
            self.over("a line");
        }
        match self.part {
            // A missing "M  END" is the parser's to report; the properties still count.
            Part::Molblock if self.lines > 4 && line.starts_with('>') && !self.alias => {
                self.header(line)
            }
            Part::Molblock => {
                if self.lines == 1 {
                    self.record.title = line.trim().to_owned();
                }
                if line.len() + 1 > self.room {
                    self.room = 0;
                    self.over("the molblock");
                } else {
                    self.room -= line.len() + 1;
                    self.molblock.push_str(line);
                    self.molblock.push('\n');
                }
                // The text of an alias or abbreviation may look like anything.
                if line.starts_with("M  END") && !self.alias {
                    self.part = Part::Between;
                }
                self.alias = self.lines > 4 && !self.alias && is_alias(line);
            }
            Part::Between if line.starts_with('>') => self.header(line),
            Part::Between => {}
            Part::Property if line.is_empty() => self.part = Part::Between,
            Part::Property => {
                if line.len() + 1 > self.property_room {
                    self.property_room = 0;
                    self.over("the properties");
                } else if let Some((_, value)) = self.record.properties.last_mut() {
                    self.property_room -= line.len() + 1;
                    if !value.is_empty() {
                        value.push('\n');
                    }
                    value.push_str(line);
                }
            }
        }
    }

    /// `>  <NAME>`, perhaps with registry numbers around it.
    fn header(&mut self, line: &str) {
        let name = line
            .split_once('<')
            .and_then(|(_, rest)| rest.rsplit_once('>'))
            .map_or("", |(name, _)| name);
        // Names are paid for too: a stream of empty properties must not fill the memory.
        let cost = name.len() + 64;
        if cost > self.property_room {
            self.property_room = 0;
            self.over("the properties");
            self.part = Part::Between;
            return;
        }
        self.property_room -= cost;
        self.record.properties.push((name.to_owned(), String::new()));
        self.part = Part::Property;
    }

    fn over(&mut self, what: &str) {
        self.fault.get_or_insert_with(|| {
            let message = format!("{what} of the record exceeds the limit on bytes");
            Error::new(ErrorKind::Limit, Some(self.lines), message)
        });
    }

    fn finish(self) -> SdfRecord {
        let molblock = match self.fault {
            Some(fault) => Err(fault),
            None => Ok(self.molblock),
        };
        SdfRecord { molblock, ..self.record }
    }
}
