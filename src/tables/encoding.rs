//! Which encoding a text has, and UTF-16 as UTF-8.

use super::error::Error;
use std::io::{self, Read};

/// An encoding that is read.
pub enum Encoding {
    /// Behind so many bytes of a mark.
    Utf8 { mark: usize },
    /// Behind a mark of two bytes.
    Utf16 { big_endian: bool },
}

/// The encoding of a text that begins with `head`, by its mark.
pub fn detect(head: &[u8]) -> Result<Encoding, Error> {
    let without = "expected UTF-8, or UTF-16 with a byte-order mark";
    if head.starts_with(&[0xff, 0xfe, 0, 0]) || head.starts_with(&[0, 0, 0xfe, 0xff]) {
        return Err(Error::new(None, format!("the text is UTF-32; {without}")));
    }
    if head.starts_with(&[0xef, 0xbb, 0xbf]) {
        return Ok(Encoding::Utf8 { mark: 3 });
    }
    if head.starts_with(&[0xff, 0xfe]) {
        return Ok(Encoding::Utf16 { big_endian: false });
    }
    if head.starts_with(&[0xfe, 0xff]) {
        return Ok(Encoding::Utf16 { big_endian: true });
    }
    for (name, first, order) in [("LE", 1, "little-endian"), ("BE", 0, "big-endian")] {
        if half_zeros(head, first) {
            return Err(Error::new(
                1,
                format!(
                    "the text is UTF-16 ({order}) without a byte-order mark; {without}; convert it, as with \
                     iconv -f UTF-16{name} -t UTF-8"
                ),
            ));
        }
    }
    Ok(Encoding::Utf8 { mark: 0 })
}

/// Whether the bytes at `first`, `first` + 2, … are nearly all zero and those between nearly never, as in UTF-16 of
/// Western text.
fn half_zeros(head: &[u8], first: usize) -> bool {
    let head = &head[..head.len().min(512) & !1];
    let zeros = |from: usize| head.iter().skip(from).step_by(2).filter(|b| **b == 0).count();
    head.len() >= 4
        && zeros(first) * 20 >= head.len() / 2 * 19
        && zeros(1 - first) * 20 <= head.len() / 2
}

/// Where in bytes that begin with line `first` the first is that is no UTF-8, and what to do about it.
pub fn not_utf8(bytes: &[u8], first: u64) -> Option<(u64, String)> {
    let at = std::str::from_utf8(bytes).err()?.valid_up_to();
    let ends = (0..at).filter(|&i| match bytes[i] {
        b'\n' => true,
        b'\r' => bytes[i + 1] != b'\n',
        _ => false,
    });
    let line = first + ends.count() as u64;
    let start = bytes[..at].iter().rposition(|b| matches!(b, b'\n' | b'\r')).map_or(0, |i| i + 1);
    let message = format!(
        "byte {} (0x{:02X}) is not UTF-8; perhaps the text is Latin-1 or Windows-1252: convert it, as with iconv -f \
         WINDOWS-1252 -t UTF-8",
        at - start + 1,
        bytes[at]
    );
    Some((line, message))
}

/// Refuses text whose beginning is no UTF-8.
pub fn check_head(head: &[u8]) -> Result<(), Error> {
    // A character may be cut by the end of the head.
    let cut = std::str::from_utf8(head).err().filter(|e| e.error_len().is_none());
    let whole = cut.map_or(head, |e| &head[..e.valid_up_to()]);
    not_utf8(whole, 1).map_or(Ok(()), |(line, message)| Err(Error::new(line, message)))
}

/// UTF-16 as UTF-8.
pub struct Utf16<R> {
    input: R,
    big_endian: bool,
    /// Bytes read so far, for messages.
    read: u64,
    /// To be told when what came before it was handed out.
    fault: Option<io::Error>,
    /// Of a character that did not fit.
    out: [u8; 4],
    left: std::ops::Range<usize>,
}

impl<R: Read> Utf16<R> {
    pub fn new(input: R, big_endian: bool) -> Self {
        Self { input, big_endian, read: 2, fault: None, out: [0; 4], left: 0..0 }
    }

    fn unit(&mut self) -> io::Result<Option<u16>> {
        let mut bytes = [0; 2];
        let mut n = 0;
        while n < 2 {
            match self.input.read(&mut bytes[n..]) {
                Ok(0) if n == 0 => return Ok(None),
                Ok(0) => return Err(self.told("ends in half a character")),
                Ok(more) => n += more,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => return Err(e),
            }
        }
        self.read += 2;
        Ok(Some(if self.big_endian {
            u16::from_be_bytes(bytes)
        } else {
            u16::from_le_bytes(bytes)
        }))
    }

    fn character(&mut self) -> io::Result<Option<char>> {
        let Some(unit) = self.unit()? else { return Ok(None) };
        let pair = match unit {
            0xd800..=0xdbff => match self.unit()? {
                Some(low) => [unit, low],
                None => return Err(self.told("ends in half a character")),
            },
            _ => [unit, 0],
        };
        match char::decode_utf16(pair).next() {
            Some(Ok(c)) => Ok(Some(c)),
            _ => Err(self.told("has half a surrogate pair")),
        }
    }

    fn told(&self, what: &str) -> io::Error {
        let message = format!("the UTF-16 text {what} at byte {}", self.read);
        io::Error::new(io::ErrorKind::InvalidData, message)
    }
}

impl<R: Read> Read for Utf16<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if let Some(fault) = self.fault.take() {
            return Err(fault);
        }
        let mut n = 0;
        while n < out.len() {
            if self.left.is_empty() {
                match self.character() {
                    Ok(Some(c)) => self.left = 0..c.encode_utf8(&mut self.out).len(),
                    Ok(None) => break,
                    Err(e) if n == 0 => return Err(e),
                    Err(e) => {
                        self.fault = Some(e);
                        break;
                    }
                }
            }
            let some = self.left.len().min(out.len() - n);
            out[n..n + some].copy_from_slice(&self.out[self.left.start..self.left.start + some]);
            self.left.start += some;
            n += some;
        }
        Ok(n)
    }
}
