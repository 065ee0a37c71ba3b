//! Rows to predict.

use crate::chem;
use crate::error::Error;
use crate::features::Fingerprint;
use std::io::{self, BufRead};
use std::ops::Range;

/// Rows to predict, in order. Text is only stored here: it is read in the workers of the run, so
/// adding a row never fails.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    /// The text and bits of all rows, one behind the other.
    store: Vec<u8>,
    rows: Vec<Row>,
    /// What files say of rows besides the molecule, in the order of these; most rows have none.
    labels: Vec<Label>,
    /// Names and values of all labels, one label's behind the other's.
    fields: Vec<(Range<usize>, Range<usize>)>,
}

/// What a file says of a row; ranges lie in the store, those of the fields among the fields.
#[derive(Clone, Debug)]
struct Label {
    row: usize,
    title: Range<usize>,
    fields: Range<usize>,
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
        self.labels.clear();
        self.fields.clear();
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

    /// Adds every record of an SD stream, a row each, with its [`title`](Self::title) and [`fields`](Self::fields). A bad record is a
    /// refused row. Returns the number of rows added.
    ///
    /// # Errors
    /// That of reading; the rows before it were added.
    pub fn push_sdf(&mut self, sdf: impl BufRead) -> io::Result<usize> {
        let before = self.len();
        for record in chem::SdfReader::new(sdf, chem::Limits::default()) {
            let record = record?;
            let row = match record.molblock {
                Ok(molblock) => self.push_molblock(&molblock),
                Err(refused) => self.push_refused(refused),
            };
            let fields =
                record.properties.iter().map(|(name, value)| (name.as_str(), value.as_str()));
            self.label(row, &record.title, fields);
        }
        Ok(self.len() - before)
    }

    /// Adds every pose of a PDBQT text, a row for each molecule of each; see [`chem::PdbqtReader`] for `templates`. A
    /// pose that cannot be read is a refused row. A row's [`title`](Self::title) is the name that a remark gives, its
    /// [`fields`](Self::fields) are `MODEL` and `LIGAND`: the number of the pose, and of the molecule in it, from 1. Returns the
    /// number of rows added.
    pub fn push_pdbqt(&mut self, pdbqt: &str, templates: &[&str]) -> usize {
        let before = self.len();
        for pose in chem::PdbqtReader::new(pdbqt, templates, chem::Limits::default()) {
            let row = match pose.molecule {
                Ok(molecule) => self.push_molecule(molecule),
                Err(refused) => self.push_refused(refused),
            };
            let (model, ligand) = ((pose.model + 1).to_string(), (pose.ligand + 1).to_string());
            let fields = [("MODEL", model.as_str()), ("LIGAND", &ligand)];
            self.label(row, pose.name.as_deref().unwrap_or_default(), fields.into_iter());
        }
        self.len() - before
    }

    /// Names row `row`, the last one.
    fn label<'a>(
        &mut self,
        row: usize,
        title: &str,
        fields: impl Iterator<Item = (&'a str, &'a str)>,
    ) {
        let title = self.keep(title.as_bytes());
        let first = self.fields.len();
        for (name, value) in fields {
            let field = (self.keep(name.as_bytes()), self.keep(value.as_bytes()));
            self.fields.push(field);
        }
        self.labels.push(Label { row, title, fields: first..self.fields.len() });
    }

    fn labelled(&self, row: usize) -> Option<&Label> {
        let found = self.labels.binary_search_by_key(&row, |label| label.row).ok()?;
        self.labels.get(found)
    }

    /// What the file calls row `row`: the first line of an SD record, the name in a pose's remarks. Empty where there is none.
    pub fn title(&self, row: usize) -> &str {
        self.labelled(row).map_or("", |label| self.text(&label.title))
    }

    /// What the file tells of row `row`, name and value, in the file's order: the data fields of an SD record.
    pub fn fields(&self, row: usize) -> impl ExactSizeIterator<Item = (&str, &str)> {
        let fields = self.labelled(row).map_or(&[][..], |label| &self.fields[label.fields.clone()]);
        fields.iter().map(|(name, value)| (self.text(name), self.text(value)))
    }

    fn text(&self, range: &Range<usize>) -> &str {
        // What came in as `&str` comes out as it, never as the empty default.
        std::str::from_utf8(&self.store[range.clone()]).unwrap_or_default()
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
        let text = |range| self.text(range);
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
