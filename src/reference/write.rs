//! Writing the columns of a packed table's file.

use super::layout::{ALIGN, Layout};
use super::packed::{PackError, fold, head_words, order};
use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Seek, SeekFrom, Write};
use std::path::Path;

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
fn columns(
    bits: usize,
    words: &[u64],
    order: &[(u16, u32)],
    layout: &Layout,
    out: &mut impl Write,
) -> io::Result<()> {
    let row = |id: u32| &words[id as usize * (bits / 64)..][..bits / 64];
    let head = head_words(bits / 64);
    order.iter().try_for_each(|(_, id)| write_words(out, &row(*id)[..head]))?;
    pad(out, layout.heads.end)?;
    order.iter().try_for_each(|(_, id)| write_words(out, &row(*id)[head..]))?;
    pad(out, layout.tails.end)?;
    order.iter().try_for_each(|(_, id)| write_words(out, &fold(row(*id))))?;
    pad(out, layout.folds.end)?;
    for &(_, id) in order {
        out.write_all(&id.to_le_bytes())?;
    }
    pad(out, layout.ids.end)?;
    order.iter().try_for_each(|(count, _)| out.write_all(&count.to_le_bytes()))
}

/// The first five columns of a file that is there already, each written where it lies, row by row.
/// Between them the file keeps what it has.
pub(super) struct ColumnFiles {
    /// Words of a row's head.
    head: usize,
    heads: BufWriter<File>,
    tails: BufWriter<File>,
    folds: BufWriter<File>,
    ids: BufWriter<File>,
    counts: BufWriter<File>,
}

impl ColumnFiles {
    /// Those of the file `path`, of fingerprints of `bits` bits.
    pub fn open(path: &Path, layout: &Layout, bits: usize) -> io::Result<Self> {
        Ok(Self {
            head: head_words(bits / 64),
            heads: open_at(path, layout.heads.start)?,
            tails: open_at(path, layout.tails.start)?,
            folds: open_at(path, layout.folds.start)?,
            ids: open_at(path, layout.ids.start)?,
            counts: open_at(path, layout.counts.start)?,
        })
    }

    /// The next row, in the order of (set bits, id).
    pub fn push(&mut self, set: u16, id: u32, row: &[u64]) -> io::Result<()> {
        let (head, tail) = row.split_at(self.head);
        write_words(&mut self.heads, head)?;
        write_words(&mut self.tails, tail)?;
        write_words(&mut self.folds, &fold(row))?;
        self.ids.write_all(&id.to_le_bytes())?;
        self.counts.write_all(&set.to_le_bytes())
    }

    /// What is still in buffers.
    pub fn finish(self) -> io::Result<()> {
        let all = [self.heads, self.tails, self.folds, self.ids, self.counts];
        all.into_iter().try_for_each(|mut file| file.flush())
    }
}

/// The file `path`, to be written from the byte `start` on.
pub(super) fn open_at(path: &Path, start: usize) -> io::Result<BufWriter<File>> {
    let mut file = OpenOptions::new().write(true).open(path)?;
    file.seek(SeekFrom::Start(start as u64))?;
    Ok(BufWriter::with_capacity(1 << 20, file))
}

fn write_words(out: &mut impl Write, words: &[u64]) -> io::Result<()> {
    words.iter().try_for_each(|word| out.write_all(&word.to_le_bytes()))
}

/// Zeros from `end` to where the next column starts.
fn pad(out: &mut impl Write, end: usize) -> io::Result<()> {
    out.write_all(&[0; ALIGN][..end.next_multiple_of(ALIGN) - end])
}
