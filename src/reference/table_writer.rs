//! Writing a table of fingerprints with the names of its molecules.

use super::mapped::{HEADER, write_behind_text};
use super::packed::check_width;
use super::table::MAX_RADIUS;
use crate::error::{Error, ErrorKind};
use crate::features::Fingerprint;
use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// Writes the file of a [`FingerprintTable`](super::FingerprintTable), molecule by molecule.
///
/// Names go to the file at once; fingerprints are kept until the end, as they are sorted: `bits / 8 + 12` bytes a row of
/// memory, 140 for 1,024 bits. The file appears under its name once it is whole, in place of any other of that name; programs
/// that have the other mapped keep it. Until then it is called so with `.part` behind; dropping the writer removes it.
pub struct TableWriter {
    out: BufWriter<File>,
    path: PathBuf,
    part: PathBuf,
    kind: (u32, usize),
    words: Vec<u64>,
    lengths: Vec<u32>,
    done: bool,
}

impl TableWriter {
    /// Begins the file `path` for Morgan bits of `radius` (at most 10) in `bits` bits (a multiple of 256 up to 65,280).
    ///
    /// # Errors
    /// [`ErrorKind::Argument`] for another radius or width, [`ErrorKind::Io`].
    pub fn create(path: impl AsRef<Path>, radius: u32, bits: usize) -> Result<Self, Error> {
        check_width(bits).map_err(|e| Error::new(ErrorKind::Argument, e.to_string()))?;
        if radius > MAX_RADIUS {
            return argument(format!("radius {radius}; expected at most {MAX_RADIUS}"));
        }
        let path = path.as_ref().to_owned();
        let mut part = path.clone().into_os_string();
        part.push(".part");
        let part = PathBuf::from(part);
        if path.is_dir() {
            return Err(
                Error::new(ErrorKind::Io, "a folder; expected a file to write").at(path.display())
            );
        }
        let file = OpenOptions::new().write(true).create(true).truncate(true).open(&part);
        let file = file.map_err(|e| failed(&part, &e))?;
        let mut writer = Self {
            out: BufWriter::with_capacity(1 << 20, file),
            path,
            part,
            kind: (radius, bits),
            words: Vec::new(),
            lengths: Vec::new(),
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
        let words = fingerprint.words();
        let room = self.words.try_reserve(words.len()).is_ok()
            && self.lengths.try_reserve(1).is_ok()
            && self.lengths.len() < u32::MAX as usize;
        if !room {
            let n = self.lengths.len();
            return Err(Error::limit(format!("no room for more than {n} molecules")));
        }
        let text = [id.as_bytes(), b"\t", smiles.as_bytes()];
        let written = text.iter().try_for_each(|part| self.out.write_all(part));
        written.map_err(|e| failed(&self.part, &e))?;
        self.words.extend_from_slice(words);
        self.lengths.push(length);
        Ok(())
    }

    /// Number of molecules added.
    pub fn len(&self) -> usize {
        self.lengths.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.lengths.is_empty()
    }

    /// Writes the fingerprints and gives the file its name.
    ///
    /// # Errors
    /// [`ErrorKind::Io`].
    pub fn finish(mut self) -> Result<(), Error> {
        let whole = self.write().and_then(|()| std::fs::rename(&self.part, &self.path));
        whole.map_err(|e| failed(&self.path, &e))?;
        self.done = true;
        Ok(())
    }

    fn write(&mut self) -> io::Result<()> {
        let header = write_behind_text(self.kind, &self.words, &self.lengths, &mut self.out)?;
        self.out.seek(SeekFrom::Start(0))?;
        self.out.write_all(&header)?;
        self.out.flush()
    }
}

impl Drop for TableWriter {
    fn drop(&mut self) {
        if !self.done {
            // It may be gone already, and nobody could be told.
            let _ = std::fs::remove_file(&self.part);
        }
    }
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
