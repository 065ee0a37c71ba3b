//! A packed table as a file that is mapped into memory.
//!
//! Little-endian throughout. A header of 64 bytes: `CHMRFPS` and a zero byte, the version (u32, 1), the width in bits
//! (u32), the number of rows *n* (u64), zeros. Then four columns, each from the next multiple of 64 bytes on, in
//! the order of the rows' (set bits, id):
//!
//! | column | bytes |
//! |---|---|
//! | rows | *n* × bits / 8 |
//! | folds: the exclusive or of a row's 256-bit parts | *n* × 32 |
//! | ids | *n* × 4 |
//! | set bits | *n* × 2 |
//!
//! The file ends with the last of them.
#![allow(unsafe_code, reason = "mapping a file: another program may write to it")]

use super::packed::{Columns, FOLD_WORDS, PackError, check_width, fold, order};
use crate::error::{Error, ErrorKind};
use std::fs::File;
use std::io::{self, Write};
use std::ops::Range;
use std::path::Path;

const MAGIC: &[u8; 8] = b"CHMRFPS\0";
const VERSION: u32 = 1;
const HEADER: usize = 64;
/// Where columns may start: on a cache line.
const ALIGN: usize = 64;

/// Where the columns of a table lie in its file.
#[derive(Clone)]
struct Layout {
    rows: Range<usize>,
    folds: Range<usize>,
    ids: Range<usize>,
    counts: Range<usize>,
}

impl Layout {
    /// `None` where the bytes do not fit an address.
    fn new(bits: usize, n: usize) -> Option<Self> {
        let after = |end: usize, bytes: usize| {
            let start = end.checked_next_multiple_of(ALIGN)?;
            Some(start..start.checked_add(n.checked_mul(bytes)?)?)
        };
        let rows = after(HEADER, bits / 8)?;
        let folds = after(rows.end, FOLD_WORDS * 8)?;
        let ids = after(folds.end, 4)?;
        let counts = after(ids.end, 2)?;
        Some(Self { rows, folds, ids, counts })
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
    let layout =
        Layout::new(bits, order.len()).ok_or_else(|| invalid(PackError::Rows(order.len())))?;
    let row = |id: u32| &words[id as usize * (bits / 64)..][..bits / 64];

    let mut header = [0u8; HEADER];
    header[..8].copy_from_slice(MAGIC);
    header[8..12].copy_from_slice(&VERSION.to_le_bytes());
    header[12..16].copy_from_slice(&(bits as u32).to_le_bytes());
    header[16..24].copy_from_slice(&(order.len() as u64).to_le_bytes());
    out.write_all(&header)?;
    let pad = |out: &mut dyn Write, end: usize| {
        out.write_all(&[0; ALIGN][..end.next_multiple_of(ALIGN) - end])
    };
    for &(_, id) in &order {
        row(id).iter().try_for_each(|w| out.write_all(&w.to_le_bytes()))?;
    }
    pad(out, layout.rows.end)?;
    for &(_, id) in &order {
        fold(row(id)).iter().try_for_each(|w| out.write_all(&w.to_le_bytes()))?;
    }
    pad(out, layout.folds.end)?;
    for &(_, id) in &order {
        out.write_all(&id.to_le_bytes())?;
    }
    pad(out, layout.ids.end)?;
    for &(count, _) in &order {
        out.write_all(&count.to_le_bytes())?;
    }
    out.flush()
}

/// A table in a mapped file.
pub(super) struct Mapped {
    bytes: memmap2::Mmap,
    bits: usize,
    layout: Layout,
}

impl Mapped {
    pub fn open(path: &Path) -> Result<Self, Error> {
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
        // they give is trusted after this call: `columns` goes by the layout and every use of a count or an id is
        // bounded. That nobody truncates the file is asked of the caller of `PackedFingerprints::map`.
        let bytes = unsafe { memmap2::Mmap::map(&file) }.map_err(failed)?;
        Self::check(bytes).map_err(|e| e.at(path.display()))
    }

    fn check(bytes: memmap2::Mmap) -> Result<Self, Error> {
        if cfg!(target_endian = "big") {
            return Err(Error::new(ErrorKind::Unsupported, "packed tables are little-endian"));
        }
        let number = |at: Range<usize>| {
            bytes[at].iter().rev().fold(0u64, |number, byte| number << 8 | u64::from(*byte))
        };
        if bytes.len() < HEADER || bytes[..8] != *MAGIC {
            return Err(Error::corrupt("no packed table of fingerprints"));
        }
        match number(8..12) {
            1 => {}
            0 => return Err(Error::corrupt("version 0")),
            v => {
                return Err(Error::new(
                    ErrorKind::Newer,
                    format!("version {v}; expected {VERSION}"),
                ));
            }
        }
        let bits = number(12..16) as usize;
        check_width(bits).map_err(|e| Error::corrupt(e.to_string()))?;
        let n = number(16..24);
        let layout = u32::try_from(n).ok().and_then(|n| Layout::new(bits, n as usize));
        let layout = layout.filter(|l| l.counts.end == bytes.len()).ok_or_else(|| {
            Error::corrupt(format!("{} bytes; not what {n} rows of {bits} bits take", bytes.len()))
        })?;
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
            rows: bytemuck::cast_slice(at(&self.layout.rows)),
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
        newer[8] = 2;
        assert_eq!(open(&newer).unwrap_err().kind, ErrorKind::Newer);
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
