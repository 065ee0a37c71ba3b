//! Files of molecules as a stream of rows.

use crate::Failure;
use crate::options::{Input, InputFormat};
use crate::progress::Counted;
use chmr::chem::{Error, ErrorKind, Limits, Molecule, PdbqtReader, SdfReader};
use chmr::tables::{self, Format, Record, SmilesLines, SmilesOptions, Table, TableOptions};
use std::fs::File;
use std::io::{self, BufRead, Read};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

/// One molecule to come.
pub struct Row {
    /// The file's name for it, or its number from 1.
    pub id: String,
    /// As the file has it.
    pub content: Content,
}

/// A molecule's text.
pub enum Content {
    /// May be no SMILES at all.
    Smiles(String),
    /// May be no molblock at all.
    Molblock(String),
    /// A docked pose, which its file's other lines were needed to read.
    Pose(Box<Molecule>),
    /// Beyond the limits on text.
    Refused(Error),
}

impl Content {
    /// Bytes held.
    pub fn len(&self) -> usize {
        match self {
            Self::Smiles(text) | Self::Molblock(text) => text.len(),
            Self::Pose(molecule) => size_of::<Molecule>() * molecule.atoms().len(),
            Self::Refused(_) => 0,
        }
    }
}

/// The rows of a file; an error is the file's, never one row's.
pub type Rows = Box<dyn Iterator<Item = Result<Row, Failure>>>;

/// A file of molecules being read.
pub struct Source {
    pub rows: Rows,
    /// Bytes read of the file.
    pub read: Arc<AtomicU64>,
    /// Its length, where it is a file.
    pub length: Option<u64>,
}

/// Opens what the options name.
pub fn open(options: &Input) -> Result<Source, Failure> {
    let path = options.input.as_path();
    let failed =
        |e: &dyn std::fmt::Display| -> Failure { format!("{}: {e}", path.display()).into() };
    let (raw, length): (Box<dyn Read>, _) = if path == Path::new("-") {
        (Box::new(io::stdin()), None)
    } else {
        let file = File::open(path).map_err(|e| failed(&e))?;
        let about = file.metadata().ok().filter(|m| m.is_file());
        (Box::new(file), about.map(|m| m.len()))
    };
    let read = Arc::new(AtomicU64::new(0));
    let bytes = tables::Source::new(Counted::new(raw, read.clone())).map_err(|e| failed(&e))?;
    let rows = match bytes.head().starts_with(b"PAR1") {
        true => parquet(bytes, options, length.is_some(), &read),
        false => rows(bytes, options),
    };
    let rows = rows.map_err(|e| failed(&e))?;
    let name = path.display().to_string();
    let rows = Box::new(rows.map(move |row| row.map_err(|e| format!("{name}: {e}").into())));
    Ok(Source { rows, read, length })
}

/// The rows of a Parquet file, which is read out of order: where it is packed or a stream, from a copy.
#[cfg(feature = "parquet")]
fn parquet(
    bytes: tables::Source,
    options: &Input,
    is_file: bool,
    read: &Arc<AtomicU64>,
) -> Result<Rows, Failure> {
    use crate::parquet_input::{rows, spooled};
    let file = match is_file && !bytes.is_unpacked() {
        true => File::open(&options.input)?,
        false => spooled(bytes)?,
    };
    rows(file, options, read.clone())
}

#[cfg(not(feature = "parquet"))]
fn parquet(_: tables::Source, _: &Input, _: bool, _: &Arc<AtomicU64>) -> Result<Rows, Failure> {
    Err("this is Parquet, and this program was built without".into())
}

/// The rows of a file, by its content as far as the options do not say.
fn rows(bytes: tables::Source, options: &Input) -> Result<Rows, Failure> {
    let text = bytes.decode()?;
    let hint = format_of(&options.input);
    let format = match options.input_format {
        Some(InputFormat::Smi) => Format::Smiles,
        Some(InputFormat::Csv) => Format::Delimited,
        Some(InputFormat::Sdf) => Format::Sdf,
        Some(InputFormat::Pdbqt) => Format::Pdbqt,
        Some(InputFormat::Parquet) => return Err("this is not Parquet".into()),
        None => {
            let found = text.recognise(hint, options.smiles_column.as_deref());
            // A name may tell more than a content that tells nothing.
            found.map_err(|e| match tables::foreign_name(&options.input) {
                Some(foreign) if hint.is_none() => foreign,
                _ => e,
            })?
        }
    };
    match format {
        Format::Smiles => smi(text, options),
        Format::Delimited => delimited(text, options, hint == Some(Format::Smiles)),
        Format::Sdf => Ok(sdf(Box::new(text.with_plain_lines()))),
        Format::Pdbqt => pdbqt(Box::new(text.with_plain_lines()), options),
    }
}

/// What a file's name says of its format.
fn format_of(path: &Path) -> Option<Format> {
    let name = path.file_name()?.to_str()?.to_ascii_lowercase();
    let name = name.strip_suffix(".gz").unwrap_or(&name);
    match name.rsplit_once('.')?.1 {
        "smi" | "smiles" | "cxsmi" | "cxsmiles" => Some(Format::Smiles),
        "csv" | "tsv" => Some(Format::Delimited),
        "sdf" | "sd" | "mol" => Some(Format::Sdf),
        "pdbqt" => Some(Format::Pdbqt),
        _ => None,
    }
}

/// A molecule a line.
fn smi(text: tables::Source, options: &Input) -> Result<Rows, Failure> {
    let lines = SmilesLines::new(text, &SmilesOptions { delimiter: options.delimiter })?;
    Ok(Box::new(lines.enumerate().map(|(i, line)| {
        let line = line?;
        let content = match line.fault {
            None => Content::Smiles(line.structure),
            Some(fault) => refused(line.line, &fault),
        };
        let id = if line.name.is_empty() { (i + 1).to_string() } else { line.name };
        Ok(Row { id, content })
    })))
}

/// A row without a molecule to read.
fn refused(line: u64, fault: &str) -> Content {
    let message = format!("line {line}: {fault}");
    Content::Refused(Error { kind: ErrorKind::Syntax, position: None, message })
}

fn too_long(what: &str) -> Content {
    let message = format!("the {what} is longer than any molecule that is accepted");
    Content::Refused(Error { kind: ErrorKind::Limit, position: None, message })
}

/// A molecule a record. In a SMILES file, which has names without being asked, a column of these is looked for.
fn delimited(text: tables::Source, options: &Input, named: bool) -> Result<Rows, Failure> {
    let wanted = options.smiles_column.as_deref();
    let how =
        TableOptions { delimiter: options.delimiter, structure: options.smiles_column.clone() };
    let mut table = Table::new(text, &how)?;
    let smiles = table.structure_column(wanted, "--smiles-column")?;
    let id = match &options.id_column {
        Some(wanted) => Some(table.column(wanted, "--id-column")?),
        None if named => (0..table.header().len()).find(|c| *c != smiles),
        None => None,
    };
    let mut record = Record::new();
    let (mut number, mut done) = (0u64, false);
    Ok(Box::new(std::iter::from_fn(move || {
        if done {
            return None;
        }
        match table.read(&mut record) {
            Ok(true) => {}
            end => {
                done = true;
                return end.err().map(|e| Err(e.into()));
            }
        }
        number += 1;
        let id = id.and_then(|i| record.get(i)).filter(|id| !id.is_empty());
        let id = id.map_or_else(|| number.to_string(), str::to_owned);
        let content = match (record.fault(), record.trimmed(smiles)) {
            (Some(fault), _) => refused(record.line(), fault),
            (None, text) if text.len() > Limits::default().bytes => too_long("field"),
            (None, text) => Content::Smiles(text.to_owned()),
        };
        Some(Ok(Row { id, content }))
    })))
}

fn sdf(text: Box<dyn BufRead>) -> Rows {
    Box::new(SdfReader::new(text, Limits::default()).map(|record| {
        let record = record?;
        let id = match record.title {
            title if title.is_empty() => (record.index + 1).to_string(),
            title => title,
        };
        let content = match record.molblock {
            Ok(text) => Content::Molblock(text),
            Err(e) => Content::Refused(e),
        };
        Ok(Row { id, content })
    }))
}

/// All poses at once: a file of them is that of one docking.
fn pdbqt(mut text: Box<dyn BufRead>, options: &Input) -> Result<Rows, Failure> {
    let mut bytes = Vec::new();
    text.read_to_end(&mut bytes)?;
    let text = String::from_utf8_lossy(&bytes);
    let templates: Vec<&str> = options.template.iter().map(String::as_str).collect();
    let poses = PdbqtReader::new(&text, &templates, Limits::default());
    let rows: Vec<_> = poses
        .map(|pose| {
            // Of molecules that were docked together each has its number in the pose.
            let id = match pose.ligands {
                1 => (pose.model + 1).to_string(),
                _ => format!("{}.{}", pose.model + 1, pose.ligand + 1),
            };
            let content = match pose.molecule {
                Ok(molecule) => Content::Pose(Box::new(molecule)),
                Err(e) => Content::Refused(e),
            };
            Ok(Row { id, content })
        })
        .collect();
    Ok(Box::new(rows.into_iter()))
}
