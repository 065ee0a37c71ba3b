//! A packed table as a file that is mapped into memory.
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
#![allow(unsafe_code, reason = "mapping a file: another program may write to it")]

use super::packed::{Columns, FOLD_WORDS, PackError, check_width, fold, head_words, order};
use crate::error::{Error, ErrorKind};
use std::fs::File;
use std::io::{self, Write};
use std::ops::Range;
use std::path::Path;

const MAGIC: &[u8; 8] = b"CHMRFPS\0";
const VERSION: u32 = 3;
pub(super) const HEADER: usize = 64;
/// Where columns may start: on a cache line.
const ALIGN: usize = 64;

/// Where the columns of a table lie in its file.
#[derive(Clone)]
struct Layout {
    heads: Range<usize>,
    tails: Range<usize>,
    folds: Range<usize>,
    ids: Range<usize>,
    counts: Range<usize>,
    end: usize,
    names: Option<Names>,
}

/// Where the names of a table lie in its file, and what else only a table with names says.
#[derive(Clone)]
pub(super) struct Names {
    pub text: Range<usize>,
    pub starts: Range<usize>,
    pub radius: u32,
}

impl Layout {
    /// `None` where the bytes do not fit an address.
    /// `names`: bytes of text, and the radius.
    fn new(bits: usize, n: usize, names: Option<(usize, u32)>) -> Option<Self> {
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
    fn header(&self, bits: usize, n: usize) -> [u8; HEADER] {
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

/// Packs fingerprints as [`PackedFingerprints::new`](super::PackedFingerprints::new) does, but into a file for
/// [`PackedFingerprints::map`](super::PackedFingerprints::map): beside `words` it takes 8 bytes a row of memory.
/// Give `out` a buffer.
///
/// # Errors
/// `InvalidInput` with a [`PackError`] if the width or the number of words does not fit, else those of `out`.
pub fn write_packed(bits: usize, words: &[u64], out: &mut impl Write) -> io::Result<()> {
    let invalid = |e: PackError| io::Error::new(io::ErrorKind::InvalidInput, e);
    let order = order(bits, words).map_err(invalid)?;
    let layout = Layout::new(bits, order.len(), None)
        .ok_or_else(|| invalid(PackError::Rows(order.len())))?;
    out.write_all(&layout.header(bits, order.len()))?;
    columns(bits, words, &order, &layout, out)?;
    out.flush()
}

/// The first five columns; `out` stands where the heads start.
fn columns<W: Write>(
    bits: usize,
    words: &[u64],
    order: &[(u16, u32)],
    layout: &Layout,
    out: &mut W,
) -> io::Result<()> {
    let row = |id: u32| &words[id as usize * (bits / 64)..][..bits / 64];
    let head = head_words(bits / 64);
    let write = |out: &mut W, words: &[u64]| {
        words.iter().try_for_each(|word| out.write_all(&word.to_le_bytes()))
    };
    order.iter().try_for_each(|(_, id)| write(out, &row(*id)[..head]))?;
    pad(out, layout.heads.end)?;
    order.iter().try_for_each(|(_, id)| write(out, &row(*id)[head..]))?;
    pad(out, layout.tails.end)?;
    order.iter().try_for_each(|(_, id)| write(out, &fold(row(*id))))?;
    pad(out, layout.folds.end)?;
    for &(_, id) in order {
        out.write_all(&id.to_le_bytes())?;
    }
    pad(out, layout.ids.end)?;
    order.iter().try_for_each(|(count, _)| out.write_all(&count.to_le_bytes()))
}

/// Zeros from `end` to where the next column starts.
fn pad(out: &mut impl Write, end: usize) -> io::Result<()> {
    out.write_all(&[0; ALIGN][..end.next_multiple_of(ALIGN) - end])
}

/// What stands behind the text of a table with names: `lengths` are the bytes of each row's. Returns the
/// header, which comes before the text.
pub(super) fn write_behind_text(
    (radius, bits): (u32, usize),
    words: &[u64],
    lengths: &[u32],
    out: &mut impl Write,
) -> io::Result<[u8; HEADER]> {
    let invalid = |e: PackError| io::Error::new(io::ErrorKind::InvalidInput, e);
    let order = order(bits, words).map_err(invalid)?;
    let too_many = || invalid(PackError::Rows(order.len()));
    let text: u64 = lengths.iter().map(|&l| u64::from(l)).sum();
    let text = usize::try_from(text).map_err(|_| too_many())?;
    let layout = Layout::new(bits, order.len(), Some((text, radius))).ok_or_else(too_many)?;
    pad(out, HEADER + text)?;
    columns(bits, words, &order, &layout, out)?;
    pad(out, layout.counts.end)?;
    let mut start = 0u64;
    out.write_all(&start.to_le_bytes())?;
    for &length in lengths {
        start += u64::from(length);
        out.write_all(&start.to_le_bytes())?;
    }
    Ok(layout.header(bits, order.len()))
}

/// A table in a mapped file.
pub(super) struct Mapped {
    bytes: memmap2::Mmap,
    bits: usize,
    layout: Layout,
}

/// Maps a file with at least a header.
fn map(path: &Path) -> Result<memmap2::Mmap, Error> {
    let failed = |e: io::Error| Error::new(ErrorKind::Io, e.to_string()).at(path.display());
    // Asked before opening, which would wait for a pipe's other end.
    let kind = std::fs::metadata(path).map_err(failed)?;
    if !kind.is_file() {
        return Err(Error::new(ErrorKind::Io, "not a plain file").at(path.display()));
    }
    if kind.len() < HEADER as u64 {
        return Err(Error::corrupt("shorter than its header").at(path.display()));
    }
    let file = File::open(path).map_err(failed)?;
    // SAFETY: the bytes are read as integers, of which every pattern is one, and no length or index that
    // they give is trusted after `read_header`: `columns` goes by the layout, every use of a count, an id or a start is
    // bounded, and text is copied before it is checked. That nobody truncates the file is asked of the caller of
    // `PackedFingerprints::map` and `FingerprintTable::open`.
    unsafe { memmap2::Mmap::map(&file) }.map_err(failed)
}

/// Width and number of rows, and the layout that the length of the file agrees with.
fn read_header(bytes: &[u8]) -> Result<(usize, u64, Layout), Error> {
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

/// The names of a table, mapped: none of them is read before it is asked for.
pub(super) struct MappedNames {
    bytes: memmap2::Mmap,
    names: Names,
    bits: usize,
}

impl MappedNames {
    pub fn open(path: &Path) -> Result<Self, Error> {
        let bytes = map(path)?;
        let (bits, _, layout) = read_header(&bytes).map_err(|e| e.at(path.display()))?;
        let names = layout.names.ok_or_else(|| {
            let message = "a table without names; expected one as `chmr library pack` writes it";
            Error::new(ErrorKind::Unsupported, message).at(path.display())
        })?;
        Ok(Self { bytes, names, bits })
    }

    pub fn radius(&self) -> u32 {
        self.names.radius
    }

    pub fn bits(&self) -> usize {
        self.bits
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.names.starts.len() / 8 - 1
    }

    /// The bytes of a row's text; `None` where the starts are damaged.
    pub fn text(&self, id: usize) -> Option<&[u8]> {
        // Columns start on multiples of 64 bytes of a mapping that starts with a page.
        let starts: &[u64] = bytemuck::cast_slice(&self.bytes[self.names.starts.clone()]);
        let at = |i: usize| usize::try_from(*starts.get(i)?).ok();
        let range = at(id)?..at(id.checked_add(1)?)?;
        self.bytes[self.names.text.clone()].get(range)
    }
}

impl Mapped {
    pub fn open(path: &Path) -> Result<Self, Error> {
        Self::check(map(path)?).map_err(|e| e.at(path.display()))
    }

    fn check(bytes: memmap2::Mmap) -> Result<Self, Error> {
        let (bits, n, layout) = read_header(&bytes)?;
        let mapped = Self { bytes, bits, layout };
        let columns = mapped.columns();
        if !columns.counts.is_sorted() || columns.counts.last().is_some_and(|&c| c as usize > bits)
        {
            return Err(Error::corrupt("numbers of set bits out of order or above the width"));
        }
        if let Some(id) = columns.ids.iter().find(|id| u64::from(**id) >= n) {
            return Err(Error::corrupt(format!("id {id} of {n} rows")));
        }
        Ok(mapped)
    }

    pub fn bits(&self) -> usize {
        self.bits
    }

    pub fn columns(&self) -> Columns<'_> {
        let at = |range: &Range<usize>| &self.bytes[range.clone()];
        // Columns start on multiples of 64 bytes of a mapping that starts with a page.
        Columns {
            words: self.bits / 64,
            heads: bytemuck::cast_slice(at(&self.layout.heads)),
            tails: bytemuck::cast_slice(at(&self.layout.tails)),
            folds: bytemuck::cast_slice(at(&self.layout.folds)),
            ids: bytemuck::cast_slice(at(&self.layout.ids)),
            counts: bytemuck::cast_slice(at(&self.layout.counts)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{PackedFingerprints, write_packed};
    use crate::error::ErrorKind;

    fn file(bytes: &[u8]) -> tempfile::NamedTempFile {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), bytes).unwrap();
        file
    }

    /// Rows with 0 to 36 bits set in 256.
    fn words(rows: u64) -> Vec<u64> {
        (0..rows * 4).map(|i| (1 << (i * 7 % 10)) - 1).collect()
    }

    #[test]
    fn a_mapped_table_finds_what_one_in_memory_finds() {
        for rows in [0, 1, 3, 1500] {
            let words = words(rows);
            let mut bytes = Vec::new();
            write_packed(256, &words, &mut bytes).unwrap();
            let file = file(&bytes);
            let mapped = PackedFingerprints::map(file.path()).unwrap();
            let owned = PackedFingerprints::new(256, &words).unwrap();
            assert_eq!((mapped.len(), mapped.bits()), (rows as usize, 256));
            for query in words.chunks_exact(4).take(20) {
                let plain = |table: &PackedFingerprints| -> Vec<_> {
                    table.top_k(query, 7, 0.2).iter().map(|n| (n.id, n.similarity)).collect()
                };
                assert_eq!(plain(&mapped), plain(&owned));
                assert!(!plain(&mapped).is_empty());
            }
        }
    }

    #[test]
    fn damaged_files_are_refused_or_harmless() {
        let words = words(40);
        let mut whole = Vec::new();
        write_packed(256, &words, &mut whole).unwrap();
        let open = |bytes: &[u8]| PackedFingerprints::map(file(bytes).path()).map(|_| ());
        open(&whole).unwrap();
        for length in 0..whole.len() {
            assert_eq!(
                open(&whole[..length]).unwrap_err().kind,
                ErrorKind::Corrupt,
                "{length} bytes"
            );
        }
        let mut longer = whole.clone();
        longer.push(0);
        assert_eq!(open(&longer).unwrap_err().kind, ErrorKind::Corrupt);
        let mut newer = whole.clone();
        newer[8] = 4;
        assert_eq!(open(&newer).unwrap_err().kind, ErrorKind::Newer);
        newer[8] = 2;
        assert_eq!(open(&newer).unwrap_err().kind, ErrorKind::Unsupported);
        let mut marked = whole.clone();
        marked[36] = 2;
        assert_eq!(open(&marked).unwrap_err().kind, ErrorKind::Corrupt);
        // A row's bits say something else than its count: wrong neighbours, but neighbours.
        for at in 0..whole.len() {
            let mut bytes = whole.clone();
            bytes[at] ^= 0xff;
            let file = file(&bytes);
            let Ok(table) = PackedFingerprints::map(file.path()) else { continue };
            for query in words.chunks_exact(4).step_by(7) {
                assert!(table.within(query, 0.0).iter().all(|n| n.id < 40));
                assert!(table.top_k(query, 3, 0.0).iter().all(|n| n.id < 40));
            }
        }
        assert_eq!(PackedFingerprints::map("/").unwrap_err().kind, ErrorKind::Io);
    }

    #[test]
    fn counts_that_are_too_low_do_no_harm() {
        let words = words(1500);
        let mut bytes = Vec::new();
        write_packed(256, &words, &mut bytes).unwrap();
        // The last column: every row is said to have four bits, which is less than many share with the query.
        let counts = bytes.len() - 2 * 1500;
        bytes[counts..].chunks_exact_mut(2).for_each(|c| c.copy_from_slice(&4u16.to_le_bytes()));
        let file = file(&bytes);
        let table = PackedFingerprints::map(file.path()).unwrap();
        for query in words.chunks_exact(4).take(20) {
            for threads in [1, 3] {
                let found = table.top_k_threads(query, 3, 0.0, threads);
                assert!(found.iter().all(|n| n.id < 1500 && (0.0..=1.0).contains(&n.similarity)));
            }
        }
    }

    #[cfg(unix)]
    #[test]
    fn overwriting_a_mapped_file_does_not_panic() {
        let words = words(1500);
        let mut bytes = Vec::new();
        write_packed(256, &words, &mut bytes).unwrap();
        let file = file(&bytes);
        let table = PackedFingerprints::map(file.path()).unwrap();
        // Counts fall where they rose, and exceed the width.
        let counts = bytes.len() - 2 * 1500;
        for (i, count) in bytes[counts..].chunks_exact_mut(2).enumerate() {
            count.copy_from_slice(&(u16::MAX - i as u16).to_le_bytes());
        }
        use std::os::unix::fs::FileExt;
        let open = std::fs::OpenOptions::new().write(true).open(file.path()).unwrap();
        open.write_all_at(&bytes, 0).unwrap();
        for query in words.chunks_exact(4).take(20) {
            table.top_k(query, 3, 0.2);
            table.within(query, 0.0);
        }
    }

    #[test]
    fn what_does_not_fit_is_not_written() {
        for (bits, words) in [(255, 4), (256, 5), (0, 0)] {
            let e = write_packed(bits, &vec![0; words], &mut Vec::new()).unwrap_err();
            assert_eq!(e.kind(), std::io::ErrorKind::InvalidInput);
        }
    }
}
