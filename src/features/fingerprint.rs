//! A fixed-length bit string.

use std::fmt;

/// A folded fingerprint. Bit *i* is bit `i % 64` of word `i / 64`; bits beyond [`bits`](Self::bits)
/// are 0.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Fingerprint {
    bits: usize,
    words: Vec<u64>,
}

impl Fingerprint {
    /// `bits` bits, all 0.
    pub fn new(bits: usize) -> Self {
        Self { bits, words: vec![0; bits.div_ceil(64)] }
    }

    /// Reads `bits` bits packed eight to a byte, the least significant first (NumPy
    /// `packbits(bitorder="little")`, RDKit `DataStructs.BitVectToBinaryText`). `None` unless
    /// `bytes` is exactly long enough and the unused bits of its last byte are 0.
    pub fn from_bytes(bits: usize, bytes: &[u8]) -> Option<Self> {
        if bytes.len() != bits.div_ceil(8) {
            return None;
        }
        if !bits.is_multiple_of(8) && bytes[bytes.len() - 1] >> (bits % 8) != 0 {
            return None;
        }
        let mut words = Vec::with_capacity(bits.div_ceil(64));
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            words.push(u64::from_le_bytes(word));
        }
        Some(Self { bits, words })
    }

    /// The inverse of [`from_bytes`](Self::from_bytes).
    pub fn bytes(&self) -> Vec<u8> {
        let mut bytes: Vec<u8> = self.words.iter().flat_map(|w| w.to_le_bytes()).collect();
        bytes.truncate(self.bits.div_ceil(8));
        bytes
    }

    /// [`bytes`](Self::bytes) as lower-case hexadecimal digits, two a byte.
    pub fn hex(&self) -> String {
        use fmt::Write;
        self.bytes().iter().fold(String::new(), |mut text, byte| {
            // Writing to a String cannot fail.
            let _ = write!(text, "{byte:02x}");
            text
        })
    }

    /// Length in bits.
    pub fn bits(&self) -> usize {
        self.bits
    }

    /// The bits, 64 a word.
    pub fn words(&self) -> &[u64] {
        &self.words
    }

    /// True if `bit` is set; false beyond the end.
    pub fn get(&self, bit: usize) -> bool {
        bit < self.bits && self.words[bit / 64] >> (bit % 64) & 1 == 1
    }

    /// Sets `bit`.
    ///
    /// # Panics
    /// If `bit` is beyond the end.
    pub fn set(&mut self, bit: usize) {
        assert!(bit < self.bits, "bit {bit} of a fingerprint of {}", self.bits);
        self.words[bit / 64] |= 1 << (bit % 64);
    }

    /// Number of bits set.
    pub fn count_ones(&self) -> u32 {
        self.words.iter().map(|w| w.count_ones()).sum()
    }

    /// The positions of the bits set, ascending.
    pub fn iter_ones(&self) -> impl Iterator<Item = usize> + '_ {
        self.words.iter().enumerate().flat_map(|(i, &word)| {
            std::iter::successors(Some(word), |w| Some(w & w.wrapping_sub(1)))
                .take_while(|&w| w != 0)
                .map(move |w| i * 64 + w.trailing_zeros() as usize)
        })
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fingerprint({} of {} bits)", self.count_ones(), self.bits)
    }
}
