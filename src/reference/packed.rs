//! The table that a search scans.

use std::fmt;

/// Words of the exclusive-or fold kept beside every row: 256 bits.
pub(super) const FOLD_WORDS: usize = 4;
/// Rows whose bounds are computed together.
pub(super) const BLOCK: usize = 512;

/// Fingerprints of one width, sorted by their number of set bits, ready for Tanimoto search.
///
/// A row's *id* is its position in the input. Memory: `bits / 8 + 42` bytes a row.
#[derive(Clone, PartialEq, Eq)]
pub struct PackedFingerprints {
    pub(super) bits: usize,
    pub(super) words: usize,
    /// rows × words, sorted by (count, id).
    pub(super) rows: Vec<u64>,
    /// rows × [`FOLD_WORDS`].
    pub(super) folds: Vec<u64>,
    /// Set bits of each row, ascending.
    pub(super) counts: Vec<u16>,
    pub(super) ids: Vec<u32>,
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
        }
    }
}

impl std::error::Error for PackError {}

impl PackedFingerprints {
    /// Packs fingerprints of `bits` bits given as words, row after row (bit *i* of a row is bit
    /// *i* mod 64 of word *i* / 64).
    ///
    /// # Errors
    /// [`PackError`] if the width or the number of words does not fit.
    pub fn new(bits: usize, words: &[u64]) -> Result<Self, PackError> {
        if bits == 0 || !bits.is_multiple_of(64 * FOLD_WORDS) || bits > 65_280 {
            return Err(PackError::Width(bits));
        }
        let row = bits / 64;
        if !words.len().is_multiple_of(row) {
            return Err(PackError::Length { words: words.len(), row });
        }
        let n = words.len() / row;
        if n > u32::MAX as usize {
            return Err(PackError::Rows(n));
        }
        let count_of = |i: usize| -> u16 {
            words[i * row..(i + 1) * row].iter().map(|w| w.count_ones() as u16).sum()
        };
        let mut order: Vec<(u16, u32)> = (0..n).map(|i| (count_of(i), i as u32)).collect();
        order.sort_unstable();

        let mut packed = Self {
            bits,
            words: row,
            rows: Vec::with_capacity(words.len()),
            folds: Vec::with_capacity(n * FOLD_WORDS),
            counts: order.iter().map(|o| o.0).collect(),
            ids: order.iter().map(|o| o.1).collect(),
        };
        for &(_, id) in &order {
            let source = &words[id as usize * row..(id as usize + 1) * row];
            packed.rows.extend_from_slice(source);
            packed.folds.extend_from_slice(&fold(source));
        }
        Ok(packed)
    }

    /// Number of fingerprints.
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    /// Width in bits.
    pub fn bits(&self) -> usize {
        self.bits
    }

    pub(super) fn row(&self, i: usize) -> &[u64] {
        &self.rows[i * self.words..(i + 1) * self.words]
    }
}

impl fmt::Debug for PackedFingerprints {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PackedFingerprints({} x {} bits)", self.len(), self.bits)
    }
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
