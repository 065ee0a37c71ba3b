//! The part of the ZIP format that model files use: stored entries, one after the other, then the
//! central directory, then its end record. No compression, encryption, ZIP64, comments or gaps, so
//! that every byte of a file is accounted for and nothing can unpack to more than is there.
//!
//! After PKWARE's APPNOTE.TXT 6.3.10, sections 4.3.7, 4.3.12 and 4.3.16.

pub(super) const LOCAL: u32 = 0x0403_4b50;
pub(super) const CENTRAL: u32 = 0x0201_4b50;
pub(super) const END: u32 = 0x0605_4b50;
pub(super) const END_BYTES: usize = 22;
/// General purpose flag 11: the name is UTF-8. Meaningless for our ASCII names, but harmless.
pub(super) const FLAG_UTF8: u16 = 1 << 11;
/// 1980-01-01 00:00, the format's zero, in every entry: the same content gives the same file.
pub(super) const DATE: u16 = 1 << 5 | 1;
/// Version needed to extract: 1.0.
pub(super) const VERSION: u16 = 10;

/// CRC-32 as ZIP uses it.
pub(super) fn crc32(data: &[u8]) -> u32 {
    let mut crc = flate2::Crc::new();
    crc.update(data);
    crc.sum()
}

/// Reads little-endian integers off the front of a slice.
pub(super) struct Fields<'a>(pub &'a [u8]);

impl<'a> Fields<'a> {
    pub(super) fn take(&mut self, n: usize) -> Option<&'a [u8]> {
        let (head, rest) = self.0.split_at_checked(n)?;
        self.0 = rest;
        Some(head)
    }

    pub(super) fn u16(&mut self) -> Option<u16> {
        self.take(2).map(|b| u16::from_le_bytes([b[0], b[1]]))
    }

    pub(super) fn u32(&mut self) -> Option<u32> {
        self.take(4).map(|b| u32::from_le_bytes([b[0], b[1], b[2], b[3]]))
    }
}
