//! Writing a table of fingerprints with the names of its molecules.

use super::layout::{HEADER, Layout};
use super::packed::check_width;
use super::runs::Runs;
use super::table::MAX_RADIUS;
use super::write::{ColumnFiles, open_at};
use crate::error::{Error, ErrorKind};
use crate::features::Fingerprint;
use crate::files::{Beside, Inputs, Output};
use std::io::{self, BufWriter, Seek, SeekFrom, Write};
use std::path::Path;

/// Writes the file of a [`FingerprintTable`](super::FingerprintTable), molecule by molecule.
///
/// Names go to the file at once. Fingerprints are sorted in runs of 128 MiB, a million of 1,024 bits; full runs wait in a second file
/// for the end: it takes `bits / 8 + 8` bytes a row. The memory needed does not grow with the table.
///
/// The file appears under its name once it is whole, in place of any other of that name; programs
/// that have the other mapped keep it. Until then both are temporary files beside it ([`files`](crate::files)); dropping
/// the writer removes them.
pub struct TableWriter {
    out: BufWriter<Output>,
    kind: (u32, usize),
    rows: Runs,
    /// Bytes of text so far.
    text: u64,
    /// A write failed: what is in the file, nobody knows.
    lost: bool,
}

impl TableWriter {
    /// Begins the file `path` for Morgan bits of `radius` (at most 10) in `bits` bits (a multiple of 256 up to 65,280).
    ///
    /// # Errors
    /// [`ErrorKind::Argument`] for another radius or width, [`ErrorKind::Io`].
    pub fn create(path: impl AsRef<Path>, radius: u32, bits: usize) -> Result<Self, Error> {
        check_kind(radius, bits)?;
        Self::new(Output::create(path.as_ref(), &Inputs::new())?, radius, bits)
    }

    /// Begins a file that the caller has begun, with nothing in it.
    ///
    /// # Errors
    /// Those of [`TableWriter::create`]; [`ErrorKind::Io`] where `out` is no plain file.
    pub fn new(out: Output, radius: u32, bits: usize) -> Result<Self, Error> {
        Self::with_runs(out, radius, bits, Runs::new)
    }

    /// With rows that `runs` sorts, given the words of one and where to make a file.
    pub(super) fn with_runs(
        out: Output,
        radius: u32,
        bits: usize,
        runs: impl Fn(usize, Beside) -> Runs,
    ) -> Result<Self, Error> {
        check_kind(radius, bits)?;
        let Some(beside) = out.beside() else {
            let message = "a table is written in several places at once; expected a plain file";
            return Err(Error::new(ErrorKind::Io, message).at(out.name()));
        };
        let mut out = BufWriter::with_capacity(1 << 20, out);
        // Until the header is known, the file is none.
        out.write_all(&[0; HEADER]).map_err(Error::of_io)?;
        let (kind, rows) = ((radius, bits), runs(bits / 64, beside));
        Ok(Self { out, kind, rows, text: 0, lost: false })
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
        let written = written.map_err(Error::of_io).and_then(|()| {
            let pushed = self.rows.push(fingerprint.words(), length);
            pushed.map_err(|e| self.failed(e))
        });
        self.lost = written.is_err();
        self.text += u64::from(length);
        written
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
        self.write().map_err(|e| self.failed(e))?;
        let out = self.out.into_inner().map_err(|e| Error::of_io(e.into_error()))?;
        out.commit().map_err(Error::of_io)
    }

    /// An error where one before has spoilt the file.
    fn kept(&self) -> Result<(), Error> {
        if self.lost {
            Err(self.failed(io::Error::other("an earlier write failed")))
        } else {
            Ok(())
        }
    }

    /// What befell one of the files, said of the table.
    fn failed(&self, e: io::Error) -> Error {
        Error::of_io(e).at(self.out.get_ref().name())
    }

    /// What stands behind the text, and the header.
    fn write(&mut self) -> io::Result<()> {
        let (radius, bits) = self.kind;
        let n = self.rows.len();
        let too_large = || io::Error::new(io::ErrorKind::FileTooLarge, "more than can be mapped");
        let text = usize::try_from(self.text).map_err(|_| too_large())?;
        let layout = Layout::new(bits, n, Some((text, radius))).ok_or_else(too_large)?;
        self.out.flush()?;
        let (Some(names), Some(part)) = (&layout.names, self.out.get_ref().part()) else {
            return Ok(());
        };
        let mut columns = ColumnFiles::open(part, &layout, bits)?;
        self.rows.for_each(|set, id, row| columns.push(set, id, row))?;
        columns.finish()?;
        let mut starts = open_at(part, names.starts.start)?;
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

/// Refuses kinds of fingerprints that no table has.
fn check_kind(radius: u32, bits: usize) -> Result<(), Error> {
    check_width(bits).map_err(|e| Error::new(ErrorKind::Argument, e.to_string()))?;
    if radius > MAX_RADIUS {
        return argument(format!("radius {radius}; expected at most {MAX_RADIUS}"));
    }
    Ok(())
}

impl std::fmt::Debug for TableWriter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "TableWriter({}, {} molecules)", self.out.get_ref().name(), self.len())
    }
}

fn argument<T>(message: String) -> Result<T, Error> {
    Err(Error::new(ErrorKind::Argument, message))
}
