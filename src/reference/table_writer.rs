//! Writing a table of fingerprints with the names of its molecules.

use super::layout::{HEADER, Layout};
use super::packed::check_width;
use super::runs::{Runs, remove};
use super::table::MAX_RADIUS;
use super::write::{ColumnFiles, open_at};
use crate::error::{Error, ErrorKind};
use crate::features::Fingerprint;
use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// Writes the file of a [`FingerprintTable`](super::FingerprintTable), molecule by molecule.
///
/// Names go to the file at once. Fingerprints are sorted in runs of 128 MiB, a million of 1,024 bits; full runs wait in a second file
/// for the end: it takes `bits / 8 + 8` bytes a row. The memory needed does not grow with the table.
///
/// The file appears under its name once it is whole, in place of any other of that name; programs
/// that have the other mapped keep it. Until then it is called so with `.part` behind, the second one with `.part.rows`; dropping
/// the writer removes both.
pub struct TableWriter {
    out: BufWriter<File>,
    path: PathBuf,
    part: PathBuf,
    kind: (u32, usize),
    rows: Runs,
    /// Bytes of text so far.
    text: u64,
    /// A write failed: what is in the file, nobody knows.
    lost: bool,
    done: bool,
}

impl TableWriter {
    /// Begins the file `path` for Morgan bits of `radius` (at most 10) in `bits` bits (a multiple of 256 up to 65,280).
    ///
    /// # Errors
    /// [`ErrorKind::Argument`] for another radius or width, [`ErrorKind::Io`].
    pub fn create(path: impl AsRef<Path>, radius: u32, bits: usize) -> Result<Self, Error> {
        Self::with_runs(path.as_ref(), radius, bits, Runs::new)
    }

    /// With rows that `runs` sorts, given the words of one and the path of a file.
    pub(super) fn with_runs(
        path: &Path,
        radius: u32,
        bits: usize,
        runs: impl Fn(usize, PathBuf) -> Runs,
    ) -> Result<Self, Error> {
        check_width(bits).map_err(|e| Error::new(ErrorKind::Argument, e.to_string()))?;
        if radius > MAX_RADIUS {
            return argument(format!("radius {radius}; expected at most {MAX_RADIUS}"));
        }
        let path = path.to_owned();
        let part = with_suffix(&path, ".part");
        if path.is_dir() {
            return Err(
                Error::new(ErrorKind::Io, "a folder; expected a file to write").at(path.display())
            );
        }
        let file = OpenOptions::new().write(true).create(true).truncate(true).open(&part);
        let file = file.map_err(|e| failed(&part, &e))?;
        let mut writer = Self {
            out: BufWriter::with_capacity(1 << 20, file),
            rows: runs(bits / 64, with_suffix(&part, ".rows")),
            path,
            part,
            kind: (radius, bits),
            text: 0,
            lost: false,
            done: false,
        };
        // Until the header is known, the file is none.
        let zeros = writer.out.write_all(&[0; HEADER]);
        zeros.map_err(|e| failed(&writer.part, &e))?;
        Ok(writer)
    }

    /// Adds a molecule. Ids need not differ. Text without control characters.
    ///
    /// # Errors
    /// [`ErrorKind::Argument`] for control characters or a fingerprint of another width; [`ErrorKind::Limit`] for more than
    /// 2³² − 1 molecules or than fit into the memory; [`ErrorKind::Io`], after which the file is lost.
    pub fn push(&mut self, id: &str, smiles: &str, fingerprint: &Fingerprint) -> Result<(), Error> {
        if [id, smiles].iter().any(|text| text.chars().any(char::is_control)) {
            return argument("control characters in an id or a SMILES".into());
        }
        if fingerprint.bits() != self.kind.1 {
            let (got, bits) = (fingerprint.bits(), self.kind.1);
            return argument(format!("a fingerprint of {got} bits; expected {bits}"));
        }
        let length = u32::try_from(id.len() + 1 + smiles.len())
            .map_err(|_| Error::limit("an id and SMILES of more than 4 GB"))?;
        let n = self.rows.len();
        if n >= u32::MAX as usize || !self.rows.reserve() {
            return Err(Error::limit(format!("no room for more than {n} molecules")));
        }
        self.kept()?;
        let text = [id.as_bytes(), b"\t", smiles.as_bytes()];
        let written = text.iter().try_for_each(|part| self.out.write_all(part));
        let written = written.and_then(|()| self.rows.push(fingerprint.words(), length));
        self.lost = written.is_err();
        self.text += u64::from(length);
        written.map_err(|e| failed(&self.part, &e))
    }

    /// Number of molecules added.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Writes the fingerprints and gives the file its name.
    ///
    /// # Errors
    /// [`ErrorKind::Io`], also where adding a molecule had failed so.
    pub fn finish(mut self) -> Result<(), Error> {
        self.kept()?;
        let whole = self.write().and_then(|()| std::fs::rename(&self.part, &self.path));
        whole.map_err(|e| failed(&self.path, &e))?;
        self.done = true;
        Ok(())
    }

    /// An error where one before has spoilt the file.
    fn kept(&self) -> Result<(), Error> {
        let lost = io::Error::other("an earlier write failed");
        if self.lost { Err(failed(&self.part, &lost)) } else { Ok(()) }
    }

    /// What stands behind the text, and the header.
    fn write(&mut self) -> io::Result<()> {
        let (radius, bits) = self.kind;
        let n = self.rows.len();
        let too_large = || io::Error::new(io::ErrorKind::FileTooLarge, "more than can be mapped");
        let text = usize::try_from(self.text).map_err(|_| too_large())?;
        let layout = Layout::new(bits, n, Some((text, radius))).ok_or_else(too_large)?;
        let Some(names) = &layout.names else { return Ok(()) };
        self.out.flush()?;
        let mut columns = ColumnFiles::open(&self.part, &layout, bits)?;
        self.rows.for_each(|set, id, row| columns.push(set, id, row))?;
        columns.finish()?;
        let mut starts = open_at(&self.part, names.starts.start)?;
        let mut start = 0u64;
        starts.write_all(&start.to_le_bytes())?;
        self.rows.for_each_length(|length| {
            start += u64::from(length);
            starts.write_all(&start.to_le_bytes())
        })?;
        starts.flush()?;
        self.out.seek(SeekFrom::Start(0))?;
        self.out.write_all(&layout.header(bits, n))?;
        self.out.flush()
    }
}

impl Drop for TableWriter {
    fn drop(&mut self) {
        if !self.done {
            remove(&self.part);
        }
    }
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut path = path.as_os_str().to_owned();
    path.push(suffix);
    path.into()
}

impl std::fmt::Debug for TableWriter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "TableWriter({}, {} molecules)", self.path.display(), self.len())
    }
}

fn failed(path: &Path, e: &io::Error) -> Error {
    Error::new(ErrorKind::Io, e.to_string()).at(path.display())
}

fn argument<T>(message: String) -> Result<T, Error> {
    Err(Error::new(ErrorKind::Argument, message))
}
