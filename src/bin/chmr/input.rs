//! Files of molecules as a stream of rows.

use crate::Failure;
use crate::options::{Input, InputFormat};
use crate::progress::Counted;
use chmr::chem::{Error, ErrorKind, Limits, Molecule, PdbqtReader, SdfReader};
use flate2::bufread::MultiGzDecoder;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
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
    let format = match options.input_format.or_else(|| format_of(path)) {
        Some(format) => format,
        None => {
            let name = path.display();
            return Err(format!(
                "{name}: cannot tell the format by the name; give --input-format smi, csv, sdf \
                 or pdbqt"
            )
            .into());
        }
    };
    let (raw, length): (Box<dyn Read>, _) = if path == Path::new("-") {
        (Box::new(io::stdin()), None)
    } else {
        let file = File::open(path).map_err(|e| format!("{}: {e}", path.display()))?;
        let about = file.metadata().ok().filter(|m| m.is_file());
        (Box::new(file), about.map(|m| m.len()))
    };
    let read = Arc::new(AtomicU64::new(0));
    let mut raw = BufReader::with_capacity(1 << 16, Counted::new(raw, read.clone()));
    let zipped =
        raw.fill_buf().map_err(|e| format!("{}: {e}", path.display()))?.starts_with(&[0x1f, 0x8b]);
    let text: Box<dyn BufRead> = if zipped {
        Box::new(BufReader::with_capacity(1 << 16, MultiGzDecoder::new(raw)))
    } else {
        Box::new(raw)
    };
    let rows = match format {
        InputFormat::Smi => smi(text),
        InputFormat::Csv => csv(text, options)?,
        InputFormat::Sdf => sdf(text),
        InputFormat::Pdbqt => pdbqt(text, options)?,
    };
    let name = path.display().to_string();
    let rows = Box::new(rows.map(move |row| row.map_err(|e| format!("{name}: {e}").into())));
    Ok(Source { rows, read, length })
}

fn format_of(path: &Path) -> Option<InputFormat> {
    let name = path.file_name()?.to_str()?.to_ascii_lowercase();
    let name = name.strip_suffix(".gz").unwrap_or(&name);
    match name.rsplit_once('.')?.1 {
        "smi" | "smiles" => Some(InputFormat::Smi),
        "csv" => Some(InputFormat::Csv),
        "sdf" | "sd" | "mol" => Some(InputFormat::Sdf),
        "pdbqt" => Some(InputFormat::Pdbqt),
        _ => None,
    }
}

/// `SMILES [name]` a line; blank lines and comments (`#`) are no rows.
fn smi(mut text: Box<dyn BufRead>) -> Rows {
    let limit = Limits::default().bytes;
    let (mut line, mut number) = (Vec::new(), 0);
    Box::new(std::iter::from_fn(move || {
        loop {
            let whole = match read_line(&mut text, &mut line, limit + 4096) {
                Ok(Some(whole)) => whole,
                Ok(None) => return None,
                Err(e) => return Some(Err(e.into())),
            };
            let text = String::from_utf8_lossy(&line);
            let text = text.trim();
            if text.is_empty() || text.starts_with('#') {
                continue;
            }
            number += 1;
            let (smiles, name) = text.split_once([' ', '\t']).unwrap_or((text, ""));
            let id = match name.trim() {
                name if name.is_empty() || !whole => number.to_string(),
                name => name.to_owned(),
            };
            let content = if whole { Content::Smiles(smiles.to_owned()) } else { too_long("line") };
            return Some(Ok(Row { id, content }));
        }
    }))
}

fn too_long(what: &str) -> Content {
    let message = format!("the {what} is longer than any molecule that is accepted");
    Content::Refused(Error { kind: ErrorKind::Limit, position: None, message })
}

/// Reads a line without its end, at most `limit` bytes; false where there were more, `None` at
/// the end.
fn read_line(text: &mut dyn BufRead, line: &mut Vec<u8>, limit: usize) -> io::Result<Option<bool>> {
    line.clear();
    let (mut whole, mut any) = (true, false);
    loop {
        let chunk = match text.fill_buf() {
            Ok(chunk) => chunk,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
            Err(e) => return Err(e),
        };
        if chunk.is_empty() {
            return Ok(any.then_some(whole));
        }
        any = true;
        let end = chunk.iter().position(|&b| b == b'\n');
        let part = &chunk[..end.unwrap_or(chunk.len())];
        let room = limit.saturating_sub(line.len());
        whole &= part.len() <= room;
        line.extend_from_slice(&part[..part.len().min(room)]);
        let used = end.map_or(chunk.len(), |e| e + 1);
        text.consume(used);
        if end.is_some() {
            return Ok(Some(whole));
        }
    }
}

fn csv(text: Box<dyn BufRead>, options: &Input) -> Result<Rows, Failure> {
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(text);
    let name = options.input.display();
    let headers = reader.byte_headers().map_err(|e| format!("{name}: {e}"))?.clone();
    let headers: Vec<String> = headers
        .iter()
        .map(|h| String::from_utf8_lossy(h).trim_start_matches('\u{feff}').trim().to_owned())
        .collect();
    let column = |wanted: &str, option: &str| {
        headers
            .iter()
            .position(|h| h == wanted)
            .or_else(|| headers.iter().position(|h| h.eq_ignore_ascii_case(wanted)))
            .ok_or_else(|| {
                let mut have = headers.iter().take(12).cloned().collect::<Vec<_>>().join(", ");
                if headers.len() > 12 {
                    have.push_str(", …");
                }
                format!("{name}: no column {wanted:?}; name one with {option} (there are: {have})")
            })
    };
    let smiles = column(&options.smiles_column, "--smiles-column")?;
    let id = match &options.id_column {
        Some(wanted) => Some(column(wanted, "--id-column")?),
        None => None,
    };
    let mut record = csv::ByteRecord::new();
    let mut number = 0;
    Ok(Box::new(std::iter::from_fn(move || {
        match reader.read_byte_record(&mut record) {
            Ok(true) => {}
            Ok(false) => return None,
            Err(e) => return Some(Err(e.into())),
        }
        number += 1;
        let field = |i: usize| String::from_utf8_lossy(record.get(i).unwrap_or(b"")).into_owned();
        let id = id.map(field).filter(|id| !id.is_empty()).unwrap_or_else(|| number.to_string());
        let content = match record.get(smiles) {
            Some(text) if text.len() > Limits::default().bytes => too_long("field"),
            _ => Content::Smiles(field(smiles).trim().to_owned()),
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

/// All poses at once: a file of them is one molecule's.
fn pdbqt(mut text: Box<dyn BufRead>, options: &Input) -> Result<Rows, Failure> {
    let mut bytes = Vec::new();
    text.read_to_end(&mut bytes)?;
    let text = String::from_utf8_lossy(&bytes);
    let poses = PdbqtReader::new(&text, options.template.as_deref(), Limits::default());
    let contents = poses.map(|pose| match pose {
        Ok(molecule) => Content::Pose(Box::new(molecule)),
        Err(e) => Content::Refused(e),
    });
    let rows: Vec<_> = contents
        .enumerate()
        .map(|(i, content)| Ok(Row { id: (i + 1).to_string(), content }))
        .collect();
    Ok(Box::new(rows.into_iter()))
}
