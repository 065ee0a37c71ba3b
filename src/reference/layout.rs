//! How the file of a packed table is laid out.
//!
//! Little-endian throughout. A header of 64 bytes: `CHMRFPS` and a zero byte, the version (u32, 3), the width in bits
//! (u32), the number of rows *n* (u64), the bytes of text (u64), the radius of the Morgan environments (u32), whether there are
//! names (u32, 0 or 1), zeros. With names, the text comes next: `id`, tab, `SMILES` of every row, in the order of their ids,
//! with nothing between. Then five columns, each from the next multiple of 64 bytes on, in the order of the rows' (set
//! bits, id):
//!
//! | column | bytes |
//! |---|---|
//! | heads: half of a row's *p* = bits / 256 parts, the smaller half | *n* × ⌊*p* / 2⌋ × 32 |
//! | tails: the others | *n* × ⌈*p* / 2⌉ × 32 |
//! | folds: the exclusive or of a row's parts | *n* × 32 |
//! | ids | *n* × 4 |
//! | set bits | *n* × 2 |
//!
//! With names a sixth follows, in the order of the ids: *n* + 1 numbers (u64) that say where in the text rows start, and
//! the last of them ends. The file ends with the last column. Versions 1 and 2 kept rows whole.

use super::packed::{FOLD_WORDS, check_width, head_words};
use crate::error::{Error, ErrorKind};
use std::ops::Range;

const MAGIC: &[u8; 8] = b"CHMRFPS\0";
const VERSION: u32 = 3;
pub(super) const HEADER: usize = 64;
/// Where columns may start: on a cache line.
pub(super) const ALIGN: usize = 64;

/// Where the columns of a table lie in its file.
#[derive(Clone)]
pub(super) struct Layout {
    pub heads: Range<usize>,
    pub tails: Range<usize>,
    pub folds: Range<usize>,
    pub ids: Range<usize>,
    pub counts: Range<usize>,
    end: usize,
    pub names: Option<Names>,
}

/// Where the names of a table lie in its file, and what else only a table with names says.
#[derive(Clone)]
pub(super) struct Names {
    pub text: Range<usize>,
    pub starts: Range<usize>,
    pub radius: u32,
}

impl Layout {
    /// Of `n` rows; `names`: bytes of text, and the radius. `None` where the bytes do not fit an address.
    pub fn new(bits: usize, n: usize, names: Option<(usize, u32)>) -> Option<Self> {
        let after = |end: usize, bytes: usize| {
            let start = end.checked_next_multiple_of(ALIGN)?;
            Some(start..start.checked_add(n.checked_mul(bytes)?)?)
        };
        let text = HEADER..HEADER.checked_add(names.map_or(0, |(bytes, _)| bytes))?;
        let head = head_words(bits / 64) * 8;
        let heads = after(text.end, head)?;
        let tails = after(heads.end, bits / 8 - head)?;
        let folds = after(tails.end, FOLD_WORDS * 8)?;
        let ids = after(folds.end, 4)?;
        let counts = after(ids.end, 2)?;
        let mut end = counts.end;
        let names = match names {
            None => None,
            Some((_, radius)) => {
                let start = end.checked_next_multiple_of(ALIGN)?;
                end = start.checked_add(n.checked_add(1)?.checked_mul(8)?)?;
                Some(Names { text, starts: start..end, radius })
            }
        };
        Some(Self { heads, tails, folds, ids, counts, end, names })
    }

    /// The header of such a file.
    pub fn header(&self, bits: usize, n: usize) -> [u8; HEADER] {
        let mut header = [0u8; HEADER];
        header[..8].copy_from_slice(MAGIC);
        header[8..12].copy_from_slice(&VERSION.to_le_bytes());
        header[12..16].copy_from_slice(&(bits as u32).to_le_bytes());
        header[16..24].copy_from_slice(&(n as u64).to_le_bytes());
        if let Some(names) = &self.names {
            header[24..32].copy_from_slice(&(names.text.len() as u64).to_le_bytes());
            header[32..36].copy_from_slice(&names.radius.to_le_bytes());
            header[36] = 1;
        }
        header
    }
}

/// Width and number of rows, and the layout that the length of the file agrees with.
pub(super) fn read_header(bytes: &[u8]) -> Result<(usize, u64, Layout), Error> {
    if cfg!(target_endian = "big") {
        return Err(Error::new(ErrorKind::Unsupported, "packed tables are little-endian"));
    }
    if bytes.len() < HEADER || bytes[..8] != *MAGIC {
        return Err(Error::corrupt("no packed table of fingerprints"));
    }
    let number = |at: Range<usize>| {
        bytes[at].iter().rev().fold(0u64, |number, byte| number << 8 | u64::from(*byte))
    };
    let version = number(8..12);
    if version == 0 {
        return Err(Error::corrupt("version 0"));
    }
    if version != u64::from(VERSION) {
        let (kind, hint) = match version > u64::from(VERSION) {
            true => (ErrorKind::Newer, ""),
            false => (ErrorKind::Unsupported, ": write the table again"),
        };
        return Err(Error::new(kind, format!("version {version}; expected {VERSION}{hint}")));
    }
    let bits = number(12..16) as usize;
    check_width(bits).map_err(|e| Error::corrupt(e.to_string()))?;
    let (n, text, radius, named) = (number(16..24), number(24..32), number(32..36), number(36..40));
    let wrong = || {
        let with = if named == 0 { String::new() } else { format!(" and {text} of text") };
        Error::corrupt(format!(
            "{} bytes; not what {n} rows of {bits} bits{with} take",
            bytes.len()
        ))
    };
    let names = match named {
        0 => None,
        1 => Some((usize::try_from(text).map_err(|_| wrong())?, radius as u32)),
        _ => return Err(Error::corrupt(format!("a mark of names of {named}; expected 0 or 1"))),
    };
    let layout = u32::try_from(n).ok().and_then(|n| Layout::new(bits, n as usize, names));
    let layout = layout.filter(|l| l.end == bytes.len()).ok_or_else(wrong)?;
    Ok((bits, n, layout))
}
