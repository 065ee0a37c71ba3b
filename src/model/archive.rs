//! Reading the container of a model file: a strict ZIP reader over bytes in memory. It copies
//! nothing and allocates only its list of entries.

use super::limits;
use super::zip::{self, Fields};
use crate::error::{Error, ErrorKind};
use std::collections::{BTreeMap, HashSet};
use std::ops::Range;

/// Path of the manifest, always the first entry.
pub const MANIFEST: &str = "manifest.json";

/// The entries of a model file by path, as ranges of its bytes.
#[derive(Clone, Debug)]
pub struct Archive {
    entries: BTreeMap<String, Range<usize>>,
}

/// What one header says of an entry; the central directory's and the entry's own must agree.
#[derive(PartialEq, Eq)]
struct Header<'a> {
    flags: u16,
    method: u16,
    crc: u32,
    packed: u32,
    size: u32,
    name: &'a [u8],
}

impl Archive {
    /// Finds the entries of `file`.
    ///
    /// # Errors
    /// [`ErrorKind::Corrupt`] where the container is damaged or is no ZIP file,
    /// [`ErrorKind::Unsupported`] where it uses a feature that model files do not (compression,
    /// encryption, ZIP64, several disks), [`ErrorKind::Limit`] where it is too large.
    pub fn parse(file: &[u8]) -> Result<Self, Error> {
        if file.len() as u64 > limits::FILE_BYTES {
            return Err(Error::limit(format!(
                "the model file has {} bytes, the limit is {}",
                file.len(),
                limits::FILE_BYTES
            )));
        }
        let (count, directory) = end_record(file)?;
        if count > limits::ENTRIES {
            return Err(Error::limit(format!(
                "the model file has {count} entries, the limit is {}",
                limits::ENTRIES
            )));
        }
        let mut records = Fields(&file[directory.clone()]);
        let mut entries = BTreeMap::new();
        let mut folded = HashSet::new();
        // Entries lie one behind the other, so each must begin where the one before ended.
        let mut next = 0;
        for index in 0..count {
            let (header, offset) = central_record(&mut records).ok_or_else(|| {
                Error::corrupt(format!(
                    "record {index} of the directory is damaged; the file may be truncated"
                ))
            })?;
            let name = checked_path(header.name)?;
            check_features(&header).map_err(|e| e.at(name))?;
            let data = local_record(file, &header, offset, next, directory.start)
                .map_err(|e| e.at(name))?;
            next = data.end;
            if index == 0 && name != MANIFEST {
                return Err(Error::corrupt(format!(
                    "the first entry is '{name}', expected '{MANIFEST}'; this is no chmr model"
                )));
            }
            if !folded.insert(name.to_ascii_lowercase()) {
                return Err(Error::corrupt(format!("two entries are called '{name}'")));
            }
            // The manifest's own hash is nowhere: its checksum guards it against accidents.
            if index == 0 && zip::crc32(&file[data.clone()]) != header.crc {
                return Err(Error::corrupt(format!("{name}: the checksum does not match")));
            }
            entries.insert(name.to_owned(), data);
        }
        if entries.is_empty() {
            return Err(Error::corrupt(format!("the model file is empty, expected '{MANIFEST}'")));
        }
        if !records.0.is_empty() || next != directory.start {
            return Err(Error::corrupt("the model file has bytes that belong to no entry"));
        }
        Ok(Self { entries })
    }

    /// Where the content of `path` lies in the file.
    pub fn get(&self, path: &str) -> Option<Range<usize>> {
        self.entries.get(path).cloned()
    }

    /// Every entry, by path.
    pub fn iter(&self) -> impl Iterator<Item = (&str, Range<usize>)> {
        self.entries.iter().map(|(path, range)| (path.as_str(), range.clone()))
    }
}

/// Number of entries and the place of the central directory, from the end record that must close
/// the file.
fn end_record(file: &[u8]) -> Result<(usize, Range<usize>), Error> {
    let truncated = || {
        Error::corrupt(format!(
            "not a chmr model: no ZIP directory at the end of its {} bytes; the file may be truncated",
            file.len()
        ))
    };
    let start = file.len().checked_sub(zip::END_BYTES).ok_or_else(truncated)?;
    let mut f = Fields(&file[start..]);
    if f.u32() != Some(zip::END) {
        return Err(truncated());
    }
    let mut word = || f.u16().map(usize::from).ok_or_else(truncated);
    let (disk, directory_disk, here, total) = (word()?, word()?, word()?, word()?);
    let (size, offset) = match (f.u32(), f.u32()) {
        (Some(size), Some(offset)) => (size as usize, offset as usize),
        _ => return Err(truncated()),
    };
    if f.u16() != Some(0) {
        return Err(Error::corrupt("the end of the ZIP directory is damaged"));
    }
    if total == 0xffff || offset == 0xffff_ffff {
        return Err(Error::new(
            ErrorKind::Unsupported,
            "ZIP64 is not used in model files; expected at most 1 GiB and 1024 entries",
        ));
    }
    if disk != 0 || directory_disk != 0 || here != total || offset.checked_add(size) != Some(start)
    {
        return Err(Error::corrupt("the end of the ZIP directory is damaged"));
    }
    Ok((total, offset..start))
}

/// One record of the central directory, with the offset of the entry it speaks of.
fn central_record<'a>(f: &mut Fields<'a>) -> Option<(Header<'a>, usize)> {
    if f.u32()? != zip::CENTRAL {
        return None;
    }
    f.take(4)?; // versions
    let (flags, method) = (f.u16()?, f.u16()?);
    f.take(4)?; // time and date
    let (crc, packed, size) = (f.u32()?, f.u32()?, f.u32()?);
    let (name, extra, comment) = (f.u16()?, f.u16()?, f.u16()?);
    f.take(8)?; // disk, attributes
    let offset = f.u32()? as usize;
    let name = f.take(name.into())?;
    f.take(usize::from(extra) + usize::from(comment))?;
    Some((Header { flags, method, crc, packed, size, name }, offset))
}

/// Checks the header in front of an entry's content and gives the place of the content.
fn local_record(
    file: &[u8],
    expected: &Header<'_>,
    offset: usize,
    next: usize,
    end: usize,
) -> Result<Range<usize>, Error> {
    let damaged = || Error::corrupt("its header is damaged or not where the directory says");
    if offset != next {
        return Err(damaged());
    }
    let body = file.get(offset..end).ok_or_else(damaged)?;
    let mut f = Fields(body);
    let parsed = (|| {
        if f.u32()? != zip::LOCAL {
            return None;
        }
        f.take(2)?;
        let (flags, method) = (f.u16()?, f.u16()?);
        f.take(4)?;
        let (crc, packed, size) = (f.u32()?, f.u32()?, f.u32()?);
        let (name, extra) = (f.u16()?, f.u16()?);
        let name = f.take(name.into())?;
        f.take(extra.into())?;
        let header = Header { flags, method, crc, packed, size, name };
        let start = body.len() - f.0.len();
        f.take(size as usize)?;
        Some((header, offset + start..offset + start + size as usize))
    })();
    match parsed {
        Some((header, range)) if header == *expected => Ok(range),
        _ => Err(damaged()),
    }
}

fn check_features(header: &Header<'_>) -> Result<(), Error> {
    let unsupported = |what: &str| {
        Err(Error::new(
            ErrorKind::Unsupported,
            format!("{what}; entries of a model are stored as they are"),
        ))
    };
    if header.method != 0 {
        return unsupported("it is compressed");
    }
    if header.flags & 1 != 0 {
        return unsupported("it is encrypted");
    }
    if header.flags & !zip::FLAG_UTF8 != 0 {
        return unsupported("it uses ZIP features that models do not");
    }
    if header.packed != header.size {
        return Err(Error::corrupt("its two sizes differ"));
    }
    Ok(())
}

/// A relative path in plain ASCII, safe to unpack on any system.
pub(super) fn checked_path(name: &[u8]) -> Result<&str, Error> {
    let plain = |b: &u8| b.is_ascii_alphanumeric() || b"._-/".contains(b);
    let text = std::str::from_utf8(name).ok().filter(|_| name.iter().all(plain));
    text.filter(|t| t.len() <= limits::PATH_BYTES)
        .filter(|t| t.split('/').all(|part| !part.is_empty() && !part.starts_with('.')))
        .ok_or_else(|| {
            let shown: String = String::from_utf8_lossy(name).chars().take(60).collect();
            Error::corrupt(format!(
                "bad entry path {shown:?}; expected at most {} letters, digits, '.', '_', '-' and single '/', no part beginning with '.'",
                limits::PATH_BYTES
            ))
        })
}
