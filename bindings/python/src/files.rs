//! Files of molecules, read as the command line reads them.

use crate::batch::Row;
use crate::call::Watch;
use crate::fault::Fault;
use chmr::chem::{ErrorKind, Limits, PdbqtReader, SdfReader};
use chmr::tables::{self, Format, Record, SmilesLines, SmilesOptions, Source, Table, TableOptions};
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// The columns of a table that were named.
pub(crate) struct Columns {
    pub(crate) smiles: Option<String>,
    pub(crate) id: Option<String>,
}

/// The ids, a row's number where the file has none, and the rows.
type Named = (Vec<String>, Vec<Row>);

/// All rows of the file.
pub(crate) fn read(path: &Path, columns: Columns, watch: &Watch) -> Result<Named, Fault> {
    let bytes = Source::new(File::open(path)?)?;
    if bytes.head().starts_with(b"PAR1") {
        let message = "this is Parquet; read it with pandas or Polars and give its column";
        return Err(Fault::argument(message));
    }
    let text = bytes.decode()?;
    let hint = format_of(path);
    let format = text.recognise(hint, columns.smiles.as_deref());
    let format = format.map_err(|e| match tables::foreign_name(path) {
        Some(foreign) if hint.is_none() => foreign,
        _ => e,
    })?;
    let mut named = (Vec::new(), Vec::new());
    let mut push = |id: String, row: Row| -> Result<(), Fault> {
        if watch.is_cancelled() {
            return Err(Fault::argument("reading was cancelled"));
        }
        let id = if id.is_empty() { (named.1.len() + 1).to_string() } else { id };
        named.0.push(id);
        named.1.push(row);
        Ok(())
    };
    match format {
        Format::Smiles => smiles(text, &mut push)?,
        Format::Delimited => delimited(text, columns, hint == Some(Format::Smiles), &mut push)?,
        Format::Sdf => {
            for record in SdfReader::new(text.with_plain_lines(), Limits::default()) {
                let record = record?;
                push(record.title, record.molblock.map_or_else(Row::Refused, Row::Molblock))?;
            }
        }
        Format::Pdbqt => pdbqt(text, &mut push)?,
    }
    Ok(named)
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

type Push<'a> = dyn FnMut(String, Row) -> Result<(), Fault> + 'a;

/// A molecule a line.
fn smiles(text: Source, push: &mut Push<'_>) -> Result<(), Fault> {
    for line in SmilesLines::new(text, &SmilesOptions { delimiter: None })? {
        let line = line?;
        let row = match line.fault {
            None => Row::Smiles(line.structure),
            Some(fault) => refused(line.line, &fault),
        };
        push(line.name, row)?;
    }
    Ok(())
}

fn refused(line: u64, fault: &str) -> Row {
    Row::refused(ErrorKind::Syntax, format!("line {line}: {fault}"))
}

/// A molecule a record; in a SMILES file, which has names without being asked, a column of these is looked for.
fn delimited(
    text: Source,
    columns: Columns,
    named: bool,
    push: &mut Push<'_>,
) -> Result<(), Fault> {
    let how = TableOptions { delimiter: None, structure: columns.smiles.clone() };
    let mut table = Table::new(text, &how)?;
    let smiles = table.structure_column(columns.smiles.as_deref(), "smiles_column")?;
    let id = match &columns.id {
        Some(wanted) => Some(table.column(wanted, "id_column")?),
        None if named => (0..table.header().len()).find(|c| *c != smiles),
        None => None,
    };
    let mut record = Record::new();
    while table.read(&mut record)? {
        let id = id.and_then(|i| record.get(i)).unwrap_or_default().to_owned();
        let row = match (record.fault(), record.trimmed(smiles)) {
            (Some(fault), _) => refused(record.line(), fault),
            (None, text) if text.len() > Limits::default().bytes => {
                let message = "the field is longer than any molecule that is accepted";
                Row::refused(ErrorKind::Limit, message)
            }
            (None, text) => Row::Smiles(text.to_owned()),
        };
        push(id, row)?;
    }
    Ok(())
}

/// All poses of a docking, by the molecule that the file's own remarks name.
fn pdbqt(text: Source, push: &mut Push<'_>) -> Result<(), Fault> {
    let mut bytes = Vec::new();
    text.with_plain_lines().read_to_end(&mut bytes)?;
    let text = String::from_utf8_lossy(&bytes);
    for pose in PdbqtReader::new(&text, &[], Limits::default()) {
        // Of molecules that were docked together each has its number in the pose.
        let id = match pose.ligands {
            1 => (pose.model + 1).to_string(),
            _ => format!("{}.{}", pose.model + 1, pose.ligand + 1),
        };
        push(id, pose.molecule.map_or_else(Row::Refused, |m| Row::Molecule(Box::new(m))))?;
    }
    Ok(())
}
