//! Rows to predict.

use crate::chem;
use crate::error::Error;
use crate::features::Fingerprint;
use std::ops::Range;

/// Rows to predict, in order. Text is only stored here: it is read in the workers of the run, so
/// adding a row never fails.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    /// The text and bits of all rows, one behind the other.
    store: Vec<u8>,
    rows: Vec<Row>,
}

/// One row; ranges lie in the store.
#[derive(Clone, Debug)]
enum Row {
    Smiles(Range<usize>),
    Molblock(Range<usize>),
    Fingerprint { radius: u32, bits: usize, packed: Range<usize> },
    Atoms(Box<chem::AtomTable>),
    Molecule(Box<chem::Molecule>),
    Refused(Error),
}

/// What a row holds.
#[derive(Debug)]
pub(super) enum Input<'a> {
    Smiles(&'a str),
    Molblock(&'a str),
    Fingerprint { radius: u32, bits: usize, packed: &'a [u8] },
    Atoms(&'a chem::AtomTable),
    Molecule(&'a chem::Molecule),
    Refused(&'a Error),
}

impl Batch {
    /// No rows.
    pub fn new() -> Self {
        Self::default()
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Takes all rows away and keeps the memory for the next ones.
    pub fn clear(&mut self) {
        self.store.clear();
        self.rows.clear();
    }

    /// Adds a SMILES, without a name behind it. Returns the row's index.
    pub fn push_smiles(&mut self, smiles: &str) -> usize {
        let range = self.keep(smiles.as_bytes());
        self.push(Row::Smiles(range))
    }

    /// Adds a V2000 or V3000 molblock. Returns the row's index.
    pub fn push_molblock(&mut self, molblock: &str) -> usize {
        let range = self.keep(molblock.as_bytes());
        self.push(Row::Molblock(range))
    }

    /// Adds a molecule as arrays. Returns the row's index.
    pub fn push_atoms(&mut self, atoms: chem::AtomTable) -> usize {
        self.push(Row::Atoms(Box::new(atoms)))
    }

    /// Adds every pose of a PDBQT text, a row each; see [`chem::PdbqtReader`] for `template`. A
    /// pose that cannot be read is a refused row. Returns the number of rows added.
    pub fn push_pdbqt(&mut self, pdbqt: &str, template: Option<&str>) -> usize {
        let before = self.len();
        for pose in chem::PdbqtReader::new(pdbqt, template, chem::Limits::default()) {
            match pose {
                Ok(molecule) => self.push_molecule(molecule),
                Err(refused) => self.push_refused(refused),
            };
        }
        self.len() - before
    }

    /// Adds a molecule that was read before. Returns the row's index.
    pub fn push_molecule(&mut self, molecule: chem::Molecule) -> usize {
        self.push(Row::Molecule(Box::new(molecule)))
    }

    /// Adds a Morgan fingerprint of a radius that was computed elsewhere. Only models that take
    /// nothing else, of that radius and number of bits, can predict from it; with others the row
    /// is refused with [`ErrorKind::Input`](crate::ErrorKind::Input). Returns the row's index.
    pub fn push_fingerprint(&mut self, radius: u32, fingerprint: &Fingerprint) -> usize {
        let packed = self.keep(&fingerprint.bytes());
        self.push(Row::Fingerprint { radius, bits: fingerprint.bits(), packed })
    }

    /// Adds a row that could not be read, so that it keeps its place: its result is `error`.
    /// Returns the row's index.
    pub fn push_refused(&mut self, error: impl Into<Error>) -> usize {
        self.push(Row::Refused(error.into()))
    }

    fn keep(&mut self, bytes: &[u8]) -> Range<usize> {
        let start = self.store.len();
        self.store.extend_from_slice(bytes);
        start..self.store.len()
    }

    fn push(&mut self, row: Row) -> usize {
        self.rows.push(row);
        self.rows.len() - 1
    }

    /// What row `index` holds; none beyond the end.
    pub(super) fn row(&self, index: usize) -> Option<Input<'_>> {
        // What came in as `&str` comes out as it, never as the empty default.
        let text = |range: &Range<usize>| {
            std::str::from_utf8(&self.store[range.clone()]).unwrap_or_default()
        };
        Some(match self.rows.get(index)? {
            Row::Smiles(range) => Input::Smiles(text(range)),
            Row::Molblock(range) => Input::Molblock(text(range)),
            Row::Fingerprint { radius, bits, packed } => Input::Fingerprint {
                radius: *radius,
                bits: *bits,
                packed: &self.store[packed.clone()],
            },
            Row::Atoms(atoms) => Input::Atoms(atoms),
            Row::Molecule(molecule) => Input::Molecule(molecule),
            Row::Refused(error) => Input::Refused(error),
        })
    }
}
