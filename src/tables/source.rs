//! The bytes of a file, unpacked and decoded, with their beginning known.

use super::encoding::{self, Encoding, Utf16};
use super::error::Error;
use super::foreign;
use super::recognise::{Format, recognise};
use flate2::bufread::MultiGzDecoder;
use std::io::{self, BufRead, BufReader, Read};

/// Bytes that formats, encodings and delimiters are recognised by.
const HEAD: usize = 1 << 16;
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// A file's bytes as a stream whose beginning can be looked at.
pub struct Source {
    head: Vec<u8>,
    at: usize,
    /// What ended the head early; told where it ends.
    fault: Option<io::Error>,
    rest: Box<dyn BufRead>,
    unpacked: bool,
}

impl Source {
    /// Looks at the beginning of `raw`, and unpacks it if it is gzip, whatever its name.
    ///
    /// # Errors
    /// If it was packed twice, or is of a binary format that is not read; the message names that.
    pub fn new(raw: impl Read + 'static) -> Result<Self, Error> {
        let source = Self::peek(Box::new(BufReader::with_capacity(HEAD, raw)), false);
        if !source.head.starts_with(&GZIP) {
            foreign::refuse(&source.head)?;
            return Ok(source);
        }
        let inner = BufReader::with_capacity(HEAD, MultiGzDecoder::new(source));
        let source = Self::peek(Box::new(inner), true);
        if source.head.starts_with(&GZIP) {
            return Err(Error::new(
                None,
                "this was compressed twice; unpack it once, as with gunzip",
            ));
        }
        foreign::refuse(&source.head)?;
        Ok(source)
    }

    /// The first bytes of `rest`, as many as it has or as are looked at.
    fn peek(mut rest: Box<dyn BufRead>, unpacked: bool) -> Self {
        let mut head = Vec::new();
        let mut fault = None;
        while head.len() < HEAD {
            match rest.fill_buf() {
                Ok([]) => break,
                Ok(chunk) => {
                    let n = chunk.len().min(HEAD - head.len());
                    head.extend_from_slice(&chunk[..n]);
                    rest.consume(n);
                }
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => {
                    fault = Some(e);
                    break;
                }
            }
        }
        Self { head, at: 0, fault, rest, unpacked }
    }

    /// The first bytes, at most 64 KiB, as far as they have not been read.
    pub fn head(&self) -> &[u8] {
        &self.head[self.at..]
    }

    /// Whether these bytes were gzip.
    pub fn is_unpacked(&self) -> bool {
        self.unpacked
    }

    /// The same as UTF-8 without a byte-order mark. UTF-16 is known by its mark.
    ///
    /// # Errors
    /// For encodings that are recognised and not read: UTF-32, UTF-16 without a mark.
    pub fn decode(mut self) -> Result<Self, Error> {
        match encoding::detect(self.head())? {
            Encoding::Utf8 { mark } => {
                self.at += mark;
                Ok(self)
            }
            Encoding::Utf16 { big_endian } => {
                self.at += 2;
                let unpacked = self.unpacked;
                let text = BufReader::with_capacity(HEAD, Utf16::new(self, big_endian));
                Ok(Self::peek(Box::new(text), unpacked))
            }
        }
    }

    /// Which format decoded text has, by its content and, where that leaves a choice, by `hint`, the format that
    /// the file's name speaks for. `structure` is the column that the caller wants.
    ///
    /// # Errors
    /// If it has none that is read, naming the one that it has if that is known.
    pub fn recognise(
        &self,
        hint: Option<Format>,
        structure: Option<&str>,
    ) -> Result<Format, Error> {
        recognise(self.head(), hint, structure)
    }

    /// The same with LF instead of the CR that alone ends its lines, if that is so.
    pub fn with_plain_lines(self) -> Self {
        if !self.head().contains(&b'\r') || self.head().contains(&b'\n') {
            return self;
        }
        let unpacked = self.unpacked;
        Self::peek(Box::new(BufReader::with_capacity(HEAD, CrToLf(self))), unpacked)
    }
}

impl Read for Source {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let chunk = self.fill_buf()?;
        let n = chunk.len().min(out.len());
        out[..n].copy_from_slice(&chunk[..n]);
        self.consume(n);
        Ok(n)
    }
}

impl BufRead for Source {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.at < self.head.len() {
            return Ok(&self.head[self.at..]);
        }
        match self.fault.take() {
            Some(fault) => Err(fault),
            None => self.rest.fill_buf(),
        }
    }

    fn consume(&mut self, n: usize) {
        if self.at < self.head.len() {
            self.at += n;
        } else {
            self.rest.consume(n);
        }
    }
}

struct CrToLf(Source);

impl Read for CrToLf {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let n = self.0.read(out)?;
        out[..n].iter_mut().filter(|b| **b == b'\r').for_each(|b| *b = b'\n');
        Ok(n)
    }
}
