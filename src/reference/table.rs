//! A table of fingerprints with the names of its molecules.

use super::mapped::Mapped;
use super::packed::PackedFingerprints;
use crate::error::{Error, ErrorKind};
use crate::room::copied;
use std::path::Path;
use std::sync::Arc;

/// Morgan fingerprints of molecules in a mapped file, with their names: what `chmr library pack` and
/// [`TableWriter`](super::TableWriter) write. Tables may be larger than the memory, and processes that open one share it.
///
/// A molecule's *row* is its place among those that were written. Any number of threads may use a table at once.
#[derive(Clone)]
pub struct FingerprintTable {
    packed: PackedFingerprints,
    mapped: Arc<Mapped>,
    radius: u32,
}

impl FingerprintTable {
    /// Maps the file `path`. Nothing is copied; read and checked here are 6 bytes a row, none of them names. A file
    /// whose other bytes are damaged gives wrong neighbours or a name's error, nothing worse.
    ///
    /// The file must stay as it is while the table is used: replace it by renaming another one over it, as
    /// [`TableWriter`](super::TableWriter) does. If it is overwritten, neighbours are wrong. If it is truncated, searches and names
    /// are refused from then on; one that is under way at that moment reads beyond the file's end, for which the operating
    /// system ends the process (`SIGBUS`): a library cannot prevent that, `chmr neighbors` says what happened.
    ///
    /// # Errors
    /// [`ErrorKind::Io`] where the file cannot be mapped, [`ErrorKind::Corrupt`] where it is no such file or damaged,
    /// [`ErrorKind::Newer`] where a later version wrote it, [`ErrorKind::Unsupported`] for a table without names.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref();
        let mapped = Arc::new(Mapped::open(path)?);
        let Some(names) = mapped.names() else {
            let message = "a table without names; expected one as `chmr library pack` writes it";
            return Err(Error::new(ErrorKind::Unsupported, message).at(path.display()));
        };
        let radius = names.radius;
        if radius > MAX_RADIUS {
            let message = format!("radius {radius}; expected at most {MAX_RADIUS}");
            return Err(Error::corrupt(message).at(path.display()));
        }
        Ok(Self { packed: PackedFingerprints::of_mapped(mapped.clone()), mapped, radius })
    }

    /// Number of molecules.
    pub fn len(&self) -> usize {
        self.packed.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.packed.is_empty()
    }

    /// Width of the fingerprints in bits.
    pub fn bits(&self) -> usize {
        self.packed.bits()
    }

    /// Radius of the Morgan environments that they are made of.
    pub fn radius(&self) -> u32 {
        self.radius
    }

    /// The fingerprints, for search by bits; ids are rows.
    pub fn fingerprints(&self) -> &PackedFingerprints {
        &self.packed
    }

    /// Looks whether the file is still as long as it was when it was opened, as [`neighbors`](Self::neighbors) and
    /// [`molecule`](Self::molecule) do; for who searches [`fingerprints`](Self::fingerprints).
    ///
    /// # Errors
    /// [`ErrorKind::Io`] where it is not.
    pub fn check(&self) -> Result<(), Error> {
        self.mapped.check_length()
    }

    /// Id and SMILES of the molecule in a row.
    ///
    /// # Errors
    /// [`ErrorKind::Argument`] beyond the end, [`ErrorKind::Corrupt`] where the file is damaged there, [`ErrorKind::Io`] where it
    /// was truncated, [`ErrorKind::Limit`] where a damaged file asks for more memory than there is.
    pub fn molecule(&self, row: usize) -> Result<(String, String), Error> {
        if row >= self.len() {
            let message = format!("row {row} of a table with {}; they count from 0", self.len());
            return Err(Error::new(ErrorKind::Argument, message));
        }
        self.check()?;
        let text = self.mapped.text(row).map(copied).transpose()?;
        let text = text.and_then(|t| String::from_utf8(t).ok());
        let pair = text.as_deref().and_then(|t| t.split_once('\t'));
        let (id, smiles) = pair
            .ok_or_else(|| Error::corrupt(format!("the table's name of row {row} is damaged")))?;
        Ok((id.to_owned(), smiles.to_owned()))
    }
}

impl std::fmt::Debug for FingerprintTable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "FingerprintTable({} x {} bits)", self.len(), self.bits())
    }
}

/// As anywhere else that a radius is chosen.
pub(super) const MAX_RADIUS: u32 = 10;

#[cfg(test)]
mod tests {
    use super::super::runs::Runs;
    use super::super::{FingerprintTable, PackedFingerprints, TableWriter, write_packed};
    use crate::error::ErrorKind;
    use crate::features::Fingerprint;
    use crate::files::{Inputs, Output};

    /// Rows with few set bits, many of them alike.
    fn rows(n: usize) -> Vec<Fingerprint> {
        let row = |i: usize| {
            let mut row = Fingerprint::new(256);
            (0..i % 9).for_each(|j| row.set((i * 5 + j * 31) % 64));
            row
        };
        (0..n).map(row).collect()
    }

    fn output(path: &std::path::Path) -> Output {
        Output::create(path, &Inputs::new()).unwrap()
    }

    fn write(path: &std::path::Path, rows: &[Fingerprint]) {
        let mut writer = TableWriter::create(path, 2, 256).unwrap();
        for (i, row) in rows.iter().enumerate() {
            writer.push(&format!("m{i}"), &"C".repeat(i % 4), row).unwrap();
        }
        writer.finish().unwrap();
    }

    #[test]
    fn a_table_finds_what_one_in_memory_finds_and_knows_names() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t.fps");
        for n in [0, 1, 70, 1500] {
            let rows = rows(n);
            write(&path, &rows);
            assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "no other file stays");
            let table = FingerprintTable::open(&path).unwrap();
            assert_eq!((table.len(), table.bits(), table.radius()), (n, 256, 2));
            let words: Vec<u64> = rows.iter().flat_map(|r| r.words().to_vec()).collect();
            let owned = PackedFingerprints::new(256, &words).unwrap();
            for query in rows.iter().take(20) {
                assert_eq!(
                    table.fingerprints().top_k(query.words(), 9, 0.1),
                    owned.top_k(query.words(), 9, 0.1)
                );
            }
            for i in 0..n {
                assert_eq!(table.molecule(i).unwrap(), (format!("m{i}"), "C".repeat(i % 4)));
            }
            assert_eq!(table.molecule(n).unwrap_err().kind, ErrorKind::Argument);
        }
    }

    /// More rows than are sorted in memory: the same file.
    #[test]
    fn runs_make_the_table_that_one_makes() {
        let folder = tempfile::tempdir().unwrap();
        let paths = ["one.fps", "many.fps"].map(|name| folder.path().join(name));
        let rows = rows(500);
        write(&paths[0], &rows);
        let whole = std::fs::read(&paths[0]).unwrap();
        for capacity in [1, 7, 250, 499, 500, 501] {
            let runs = |row, beside| Runs::with_capacity(row, beside, capacity);
            let mut writer = TableWriter::with_runs(output(&paths[1]), 2, 256, runs).unwrap();
            for (i, row) in rows.iter().enumerate() {
                writer.push(&format!("m{i}"), &"C".repeat(i % 4), row).unwrap();
            }
            assert_eq!(writer.len(), 500);
            writer.finish().unwrap();
            assert!(std::fs::read(&paths[1]).unwrap() == whole, "runs of {capacity}");
            assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2);
        }
        // One that is given up leaves nothing.
        let mut writer = TableWriter::with_runs(
            output(&folder.path().join("none.fps")),
            2,
            256,
            |row, beside| Runs::with_capacity(row, beside, 2),
        )
        .unwrap();
        rows[..5].iter().for_each(|row| writer.push("m", "C", row).unwrap());
        assert!(std::fs::read_dir(folder.path()).unwrap().count() > 2);
        drop(writer);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2);
    }

    /// A file that could not be written is never called whole.
    #[cfg(unix)]
    #[test]
    fn an_error_of_writing_stays() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t.fps");
        let runs = |row, beside| Runs::with_capacity(row, beside, 2);
        let mut writer = TableWriter::with_runs(output(&path), 2, 256, runs).unwrap();
        // There is no room for the second file.
        std::fs::remove_dir_all(folder.path()).unwrap();
        let row = &rows(1)[0];
        writer.push("a", "C", row).unwrap();
        for _ in 0..2 {
            assert_eq!(writer.push("b", "C", row).unwrap_err().kind, ErrorKind::Io);
        }
        assert_eq!(writer.finish().unwrap_err().kind, ErrorKind::Io);
        assert!(!folder.path().exists());
    }

    #[test]
    fn damaged_files_are_refused_or_harmless() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t.fps");
        let rows = rows(12);
        write(&path, &rows);
        let whole = std::fs::read(&path).unwrap();
        // A file of its own each time: one that is mapped must not be truncated.
        let open = |bytes: &[u8]| {
            std::fs::remove_file(&path).unwrap();
            std::fs::write(&path, bytes).unwrap();
            FingerprintTable::open(&path)
        };
        for length in 0..whole.len() {
            assert_eq!(open(&whole[..length]).unwrap_err().kind, ErrorKind::Corrupt, "{length}");
        }
        assert_eq!(open(&[&whole[..], &[0]].concat()).unwrap_err().kind, ErrorKind::Corrupt);
        let (mut opened, mut refused) = (0, 0);
        for (at, wrong) in (0..whole.len()).flat_map(|at| [(at, 0xff), (at, 1)]) {
            let mut bytes = whole.clone();
            bytes[at] ^= wrong;
            let Ok(table) = open(&bytes) else {
                refused += 1;
                continue;
            };
            opened += 1;
            for row in 0..table.len() {
                match table.molecule(row) {
                    Ok((id, smiles)) => assert!(id.len() + smiles.len() < whole.len()),
                    Err(e) => assert_eq!(e.kind, ErrorKind::Corrupt),
                }
            }
            assert!(table.fingerprints().top_k(rows[3].words(), 3, 0.0).iter().all(|n| n.id < 12));
        }
        assert!(opened > 0 && refused > 0);
    }

    #[test]
    fn tables_without_names_and_strange_headers_are_told() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t.fps");
        let mut plain = Vec::new();
        write_packed(256, &[3; 8], &mut plain).unwrap();
        std::fs::write(&path, &plain).unwrap();
        assert_eq!(FingerprintTable::open(&path).unwrap_err().kind, ErrorKind::Unsupported);
        write(&path, &rows(3));
        // A plain search of a table with names.
        assert_eq!(PackedFingerprints::map(&path).unwrap().len(), 3);
        let whole = std::fs::read(&path).unwrap();
        for (range, kind) in [
            (8..12, ErrorKind::Newer),
            (12..16, ErrorKind::Corrupt),
            (16..24, ErrorKind::Corrupt),
            (24..32, ErrorKind::Corrupt),
            (32..36, ErrorKind::Corrupt),
        ] {
            let mut bytes = whole.clone();
            bytes[range.clone()].fill(0xff);
            let other = folder.path().join("other.fps");
            std::fs::write(&other, bytes).unwrap();
            assert_eq!(FingerprintTable::open(&other).unwrap_err().kind, kind, "{range:?}");
        }
        assert_eq!(FingerprintTable::open(folder.path()).unwrap_err().kind, ErrorKind::Io);
    }

    #[test]
    fn what_does_not_fit_is_not_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t.fps");
        assert_eq!(TableWriter::create(&path, 2, 255).unwrap_err().kind, ErrorKind::Argument);
        assert_eq!(TableWriter::create(&path, 11, 256).unwrap_err().kind, ErrorKind::Argument);
        let mut writer = TableWriter::create(&path, 2, 256).unwrap();
        for (id, smiles, bits) in [("a\tb", "C", 256), ("a", "C\n", 256), ("a", "C", 512)] {
            let e = writer.push(id, smiles, &Fingerprint::new(bits)).unwrap_err();
            assert_eq!(e.kind, ErrorKind::Argument);
        }
        drop(writer);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
