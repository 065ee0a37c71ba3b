//! A packed table as a file that is mapped into memory.
#![allow(unsafe_code, reason = "mapping a file: another program may write to it")]

use super::layout::{HEADER, Layout, Names, read_header};
use super::packed::Columns;
use crate::error::{Error, ErrorKind};
use std::fs::File;
use std::io;
use std::ops::Range;
use std::path::Path;

/// A table in a mapped file.
pub(super) struct Mapped {
    bytes: memmap2::Mmap,
    file: File,
    name: String,
    bits: usize,
    layout: Layout,
}

/// Maps a file with at least a header.
fn map(path: &Path) -> Result<(File, memmap2::Mmap), Error> {
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
    let bytes = unsafe { memmap2::Mmap::map(&file) }.map_err(failed)?;
    Ok((file, bytes))
}

impl Mapped {
    pub fn open(path: &Path) -> Result<Self, Error> {
        let (file, bytes) = map(path)?;
        let name = path.display().to_string();
        Self::check(file, name, bytes).map_err(|e| e.at(path.display()))
    }

    fn check(file: File, name: String, bytes: memmap2::Mmap) -> Result<Self, Error> {
        let (bits, n, layout) = read_header(&bytes)?;
        let mapped = Self { bytes, file, name, bits, layout };
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

    /// Refuses to go on with a file that has become shorter: to read beyond its end would end the process. What happens behind this
    /// look cannot be helped.
    pub fn check_length(&self) -> Result<(), Error> {
        let (now, before) = (self.file.metadata().map(|m| m.len()), self.bytes.len() as u64);
        let message = match now {
            Ok(now) if now >= before => return Ok(()),
            Ok(now) => format!(
                "truncated from {before} to {now} bytes while it was in use; replace a table by renaming another over it"
            ),
            Err(e) => e.to_string(),
        };
        Err(Error::new(ErrorKind::Io, message).at(&self.name))
    }

    pub fn bits(&self) -> usize {
        self.bits
    }

    /// What only a table with names says.
    pub fn names(&self) -> Option<&Names> {
        self.layout.names.as_ref()
    }

    /// The bytes of a row's text; `None` where there are no names, or the places of their starts are damaged.
    pub fn text(&self, id: usize) -> Option<&[u8]> {
        let names = self.names()?;
        // Columns start on multiples of 64 bytes of a mapping that starts with a page.
        let starts: &[u64] = bytemuck::cast_slice(&self.bytes[names.starts.clone()]);
        let at = |i: usize| usize::try_from(*starts.get(i)?).ok();
        let range = at(id)?..at(id.checked_add(1)?)?;
        self.bytes[names.text.clone()].get(range)
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
