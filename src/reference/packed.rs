//! The table that a search scans.

use super::kernel::Block;
use super::mapped::Mapped;
use crate::error::{Error, ErrorKind};
use crate::room::{collected, room};
use std::fmt;
use std::path::Path;
use std::sync::Arc;

/// Words of the exclusive-or fold kept beside every row: 256 bits.
pub(super) const FOLD_WORDS: usize = 4;
/// Rows whose bounds are computed together.
pub(super) const BLOCK: usize = 512;

/// Fingerprints of one width, sorted by their number of set bits, ready for Tanimoto search.
///
/// A row's *id* is its position in the input. Memory: `bits / 8 + 38` bytes a row, of the process
/// ([`new`](Self::new)) or of a mapped file ([`map`](Self::map)). While it is searched, each query under way takes up to a
/// byte a row for 16 million rows, and a twentieth of that for further ones.
#[derive(Clone)]
pub struct PackedFingerprints {
    bits: usize,
    store: Store,
}

#[derive(Clone)]
enum Store {
    Owned(Arc<Owned>),
    Mapped(Arc<Mapped>),
}

struct Owned {
    heads: Aligned,
    tails: Aligned,
    folds: Aligned,
    ids: Vec<u32>,
    counts: Vec<u16>,
}

/// Words from the start of a cache line on, as those of a mapped file: half a row of 1,024 bits is one.
/// Moving it keeps the line, copying would not.
struct Aligned {
    words: Vec<u64>,
    start: usize,
}

impl Aligned {
    /// Room for `n` words.
    fn with_capacity(n: usize) -> Result<Self, Error> {
        const LINE: usize = 64;
        let mut words: Vec<u64> = room(n.saturating_add(LINE / 8))?;
        let start = words.as_ptr().align_offset(LINE).min(LINE / 8);
        words.resize(start, 0);
        Ok(Self { words, start })
    }

    fn as_slice(&self) -> &[u64] {
        &self.words[self.start..]
    }
}

/// The columns of a table, wherever they lie.
#[derive(Clone, Copy)]
pub(super) struct Columns<'a> {
    /// Words a row.
    pub words: usize,
    /// rows × [`head_words`], sorted by (count, id): the first halves, which are read far oftener than the others.
    pub heads: &'a [u64],
    /// The others.
    pub tails: &'a [u64],
    /// rows × [`FOLD_WORDS`].
    pub folds: &'a [u64],
    pub ids: &'a [u32],
    /// Set bits of each row, ascending.
    pub counts: &'a [u16],
}

impl<'a> Columns<'a> {
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// The first row with at least so many set bits.
    pub fn start(&self, count: u32) -> usize {
        self.counts.partition_point(|&c| u32::from(c) < count)
    }

    /// The rows from `start` to before `end`.
    pub fn block(&self, start: usize, end: usize) -> Block<'a> {
        let head = head_words(self.words);
        let tail = self.words - head;
        Block {
            head,
            heads: &self.heads[start * head..end * head],
            tail,
            tails: &self.tails[start * tail..end * tail],
            folds: &self.folds[start * FOLD_WORDS..end * FOLD_WORDS],
        }
    }
}

/// Why fingerprints could not be packed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PackError {
    /// The width is 0, no multiple of 256, or above 65,280.
    Width(usize),
    /// The words given are no whole number of rows.
    Length {
        /// Words given.
        words: usize,
        /// Words a row.
        row: usize,
    },
    /// More than 2³² − 1 rows.
    Rows(usize),
    /// There is no memory for so many rows.
    Memory(usize),
}

impl From<PackError> for Error {
    fn from(e: PackError) -> Self {
        let kind = match e {
            PackError::Memory(_) => ErrorKind::Limit,
            _ => ErrorKind::Argument,
        };
        Self::new(kind, e.to_string())
    }
}

impl fmt::Display for PackError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Width(bits) => {
                write!(f, "fingerprints of {bits} bits; expected a multiple of 256 up to 65,280")
            }
            Self::Length { words, row } => {
                write!(f, "{words} words are no whole number of rows of {row} words")
            }
            Self::Rows(n) => write!(f, "{n} rows; at most 4,294,967,295 are supported"),
            Self::Memory(n) => write!(f, "no memory for {n} rows"),
        }
    }
}

impl std::error::Error for PackError {}

impl PackedFingerprints {
    /// Packs fingerprints of `bits` bits given as words, row after row (bit *i* of a row is bit
    /// *i* mod 64 of word *i* / 64).
    ///
    /// # Errors
    /// [`PackError`] if the width or the number of words does not fit, or the memory has no room.
    pub fn new(bits: usize, words: &[u64]) -> Result<Self, PackError> {
        let order = order(bits, words)?;
        let rows = order.len();
        Self::packed(bits, words, order).map_err(|_| PackError::Memory(rows))
    }

    /// Of rows in `order`. Words may come from a file, so that room for them is asked for.
    fn packed(bits: usize, words: &[u64], order: Vec<(u16, u32)>) -> Result<Self, Error> {
        let row = |id: u32| &words[id as usize * (bits / 64)..][..bits / 64];
        let head = head_words(bits / 64);
        let mut heads = Aligned::with_capacity(order.len() * head)?;
        let mut tails = Aligned::with_capacity(words.len() - order.len() * head)?;
        let mut folds = Aligned::with_capacity(order.len() * FOLD_WORDS)?;
        for &(_, id) in &order {
            let (first, second) = row(id).split_at(head);
            heads.words.extend_from_slice(first);
            tails.words.extend_from_slice(second);
            folds.words.extend_from_slice(&fold(row(id)));
        }
        let counts = collected(order.iter().map(|o| o.0))?;
        let ids = collected(order.iter().map(|o| o.1))?;
        Ok(Self { bits, store: Store::Owned(Arc::new(Owned { heads, tails, folds, ids, counts })) })
    }

    /// Maps the file `path` that [`write_packed`](super::write_packed) wrote into memory: nothing is copied,
    /// and programs that map the same file share its pages. Any number of bytes may be larger than the memory.
    ///
    /// Read and checked here are 6 of a row's bytes: its number of set bits and its id. A file
    /// whose other bytes are damaged gives wrong neighbours, whose ids are those of rows all the same.
    ///
    /// The file must stay as it is while it is mapped: replace it by renaming another one over it. If it
    /// is overwritten, neighbours are wrong; if it is truncated, the operating system ends the process.
    ///
    /// # Errors
    /// [`Io`](crate::ErrorKind::Io) where the file cannot be mapped, [`Corrupt`](crate::ErrorKind::Corrupt) where it is
    /// no such file or damaged, [`Newer`](crate::ErrorKind::Newer) where a later version wrote it.
    pub fn map(path: impl AsRef<Path>) -> Result<Self, Error> {
        Ok(Self::of_mapped(Arc::new(Mapped::open(path.as_ref())?)))
    }

    pub(super) fn of_mapped(mapped: Arc<Mapped>) -> Self {
        Self { bits: mapped.bits(), store: Store::Mapped(mapped) }
    }

    /// Number of fingerprints.
    pub fn len(&self) -> usize {
        self.columns().len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Width in bits.
    pub fn bits(&self) -> usize {
        self.bits
    }

    pub(super) fn columns(&self) -> Columns<'_> {
        match &self.store {
            Store::Owned(owned) => Columns {
                words: self.bits / 64,
                heads: owned.heads.as_slice(),
                tails: owned.tails.as_slice(),
                folds: owned.folds.as_slice(),
                ids: &owned.ids,
                counts: &owned.counts,
            },
            Store::Mapped(mapped) => mapped.columns(),
        }
    }
}

/// Checks that a width can be packed.
pub(super) fn check_width(bits: usize) -> Result<(), PackError> {
    if bits == 0 || !bits.is_multiple_of(64 * FOLD_WORDS) || bits > 65_280 {
        return Err(PackError::Width(bits));
    }
    Ok(())
}

/// Rows as (set bits, id) in the order in which they are packed.
pub(super) fn order(bits: usize, words: &[u64]) -> Result<Vec<(u16, u32)>, PackError> {
    check_width(bits)?;
    let row = bits / 64;
    if !words.len().is_multiple_of(row) {
        return Err(PackError::Length { words: words.len(), row });
    }
    let n = words.len() / row;
    if n > u32::MAX as usize {
        return Err(PackError::Rows(n));
    }
    let count = |row: &[u64]| row.iter().map(|w| w.count_ones() as u16).sum();
    let mut order: Vec<(u16, u32)> = room(n).map_err(|_| PackError::Memory(n))?;
    order.extend(words.chunks_exact(row).map(count).zip(0..));
    order.sort_unstable();
    Ok(order)
}

impl fmt::Debug for PackedFingerprints {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PackedFingerprints({} x {} bits)", self.len(), self.bits)
    }
}

/// Words of a row's head: half of its 256-bit parts, the smaller half; none of a single one.
pub(super) fn head_words(words: usize) -> usize {
    words / (2 * FOLD_WORDS) * FOLD_WORDS
}

/// The exclusive or of all 256-bit parts of a row.
pub(super) fn fold(row: &[u64]) -> [u64; FOLD_WORDS] {
    let mut folded = [0; FOLD_WORDS];
    for part in row.chunks_exact(FOLD_WORDS) {
        for (f, w) in folded.iter_mut().zip(part) {
            *f ^= w;
        }
    }
    folded
}
