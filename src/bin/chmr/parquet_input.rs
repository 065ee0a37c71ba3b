//! Molecules and tables from Parquet, a batch of rows at a time.

use crate::Failure;
use crate::input::{Content, Row, Rows};
use crate::options::Input;
use crate::run::guarded;
use chmr::chem::{Error, ErrorKind, Limits};
use chmr::tables::{find_column, find_structure};
use parquet::basic::{ConvertedType, Type};
use parquet::column::reader::{ColumnReader, ColumnReaderImpl};
use parquet::data_type::DataType;
use parquet::errors::ParquetError;
use parquet::file::reader::{FileReader, SerializedFileReader};
use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Rows that are decoded at once.
const BATCH: usize = 1024;

/// A field: its text, none, or what is wrong with it.
type Field = Result<Option<String>, String>;

/// A table whose columns are read as text.
pub struct Table {
    file: SerializedFileReader<File>,
    /// Names of the columns that hold one value a row, and their places in the file.
    pub headers: Vec<String>,
    leaves: Vec<usize>,
    /// Columns that are read, their readers in the current row group, and the group behind that.
    wanted: Vec<usize>,
    readers: Vec<ColumnReader>,
    group: usize,
}

impl Table {
    /// Opens a file.
    pub fn open(file: File) -> Result<Self, Failure> {
        let file = caught(|| SerializedFileReader::new(file))?;
        let schema = file.metadata().file_metadata().schema_descr();
        let plain = |leaf: &usize| schema.column(*leaf).max_rep_level() == 0;
        let leaves: Vec<usize> = (0..schema.num_columns()).filter(plain).collect();
        let headers =
            leaves.iter().map(|&leaf| schema.column(leaf).path().parts().join(".")).collect();
        Ok(Self { file, headers, leaves, wanted: Vec::new(), readers: Vec::new(), group: 0 })
    }

    /// Number of rows, as the file says.
    fn len(&self) -> u64 {
        self.file.metadata().file_metadata().num_rows().try_into().unwrap_or(0)
    }

    /// Whether a column holds text.
    fn is_text(&self, column: usize) -> bool {
        let schema = self.file.metadata().file_metadata().schema_descr();
        schema.column(self.leaves[column]).physical_type() == Type::BYTE_ARRAY
    }

    /// The next fields of each column of `wanted`; none of any at the end.
    fn batch(&mut self) -> Result<Vec<Vec<Field>>, Failure> {
        caught(|| {
            loop {
                let mut columns = Vec::with_capacity(self.wanted.len());
                let schema = self.file.metadata().file_metadata().schema_descr();
                for (reader, &column) in self.readers.iter_mut().zip(&self.wanted) {
                    let about = schema.column(self.leaves[column]);
                    columns.push(fields(reader, about.max_def_level(), about.converted_type())?);
                }
                let n = columns.first().map_or(0, Vec::len);
                if columns.iter().any(|c| c.len() != n) {
                    return Err(ParquetError::General("columns of different lengths".to_owned()));
                }
                if n > 0 {
                    return Ok(columns);
                }
                if self.group == self.file.num_row_groups() {
                    return Ok(vec![Vec::new(); self.wanted.len()]);
                }
                let group = self.file.get_row_group(self.group)?;
                let open = |c: &usize| group.get_column_reader(self.leaves[*c]);
                self.readers = self.wanted.iter().map(open).collect::<Result<_, _>>()?;
                self.group += 1;
            }
        })
    }

    /// All rows of all columns; empty where there is no value.
    pub fn rows(mut self) -> Result<Vec<Vec<String>>, Failure> {
        self.wanted = (0..self.headers.len()).collect();
        let mut rows = Vec::new();
        loop {
            let columns = self.batch()?;
            let n = columns.first().map_or(0, Vec::len);
            if n == 0 {
                return Ok(rows);
            }
            let first = rows.len();
            rows.resize_with(first + n, || Vec::with_capacity(columns.len()));
            for (column, name) in columns.into_iter().zip(&self.headers) {
                for (row, field) in column.into_iter().enumerate() {
                    let told = |e| format!("row {}, column {name}: {e}", first + row + 1);
                    rows[first + row].push(field.map_err(told)?.unwrap_or_default());
                }
            }
        }
    }
}

/// The molecules of a table.
pub fn rows(file: File, options: &Input, read: Arc<AtomicU64>) -> Result<Rows, Failure> {
    let length = file.metadata()?.len();
    let mut table = Table::open(file)?;
    let smiles =
        find_structure(&table.headers, options.smiles_column.as_deref(), "--smiles-column")?;
    if !table.is_text(smiles) {
        let name = &table.headers[smiles];
        return Err(format!(
            "column {name} holds no text; name one of SMILES with --smiles-column"
        )
        .into());
    }
    table.wanted.push(smiles);
    if let Some(name) = &options.id_column {
        table.wanted.push(find_column(&table.headers, name, "--id-column")?);
    }
    let (mut ready, mut number, mut done) = (VecDeque::new(), 0u64, false);
    Ok(Box::new(std::iter::from_fn(move || {
        if ready.is_empty() && !done {
            match table.batch() {
                Err(e) => {
                    done = true;
                    return Some(Err(e));
                }
                Ok(mut columns) => {
                    let ids = if columns.len() > 1 { columns.pop() } else { None };
                    let smiles = columns.pop().unwrap_or_default();
                    done = smiles.is_empty();
                    let mut ids = ids.unwrap_or_default().into_iter();
                    ready.extend(smiles.into_iter().map(|s| (s, ids.next())));
                }
            }
        }
        let (smiles, id) = ready.pop_front()?;
        number += 1;
        read.store(
            (length as f64 * (number as f64 / table.len().max(1) as f64)) as u64,
            Ordering::Relaxed,
        );
        let content = match smiles {
            Err(fault) => refused(ErrorKind::Syntax, format!("row {number}: {fault}")),
            Ok(Some(text)) if text.len() > Limits::default().bytes => refused(
                ErrorKind::Limit,
                "the field is longer than any molecule that is accepted".to_owned(),
            ),
            Ok(text) => Content::Smiles(text.as_deref().unwrap_or_default().trim().to_owned()),
        };
        let id = id.and_then(Result::ok).flatten().filter(|id| !id.is_empty());
        Some(Ok(Row { id: id.unwrap_or_else(|| number.to_string()), content }))
    })))
}

/// The same bytes as a file that can be read in any order; it has no name and ends with the program.
pub fn spooled(mut bytes: impl Read) -> io::Result<File> {
    let mut file = tempfile::tempfile()?;
    io::copy(&mut bytes, &mut file)?;
    file.seek(SeekFrom::Start(0))?;
    Ok(file)
}

/// Whether a file is Parquet, by its first bytes.
pub fn is_parquet(path: &Path) -> bool {
    let mut magic = [0; 4];
    File::open(path).and_then(|mut f| f.read_exact(&mut magic)).is_ok() && magic == *b"PAR1"
}

fn refused(kind: ErrorKind, message: String) -> Content {
    Content::Refused(Error { kind, position: None, message })
}

/// The reader may panic on a broken file; that is the file's fault.
fn caught<T>(work: impl FnOnce() -> Result<T, ParquetError>) -> Result<T, Failure> {
    let broken = |e: &dyn std::fmt::Display| -> Failure {
        let e = e.to_string();
        let hint = match e.to_ascii_lowercase().contains("zstd") || e.contains("brotli") {
            true => "; write it with another compression, such as snappy or gzip",
            false => "",
        };
        format!("the Parquet file cannot be read: {e}{hint}").into()
    };
    match guarded(|| Ok(work())) {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(e)) => Err(broken(&e)),
        Err(_) => Err(broken(&"it is damaged")),
    }
}

/// The next fields of a column, as text.
fn fields(
    reader: &mut ColumnReader,
    defined: i16,
    kind: ConvertedType,
) -> Result<Vec<Field>, ParquetError> {
    use ColumnReader as R;
    let text = |bytes: &[u8]| match std::str::from_utf8(bytes) {
        Ok(text) => Ok(text.to_owned()),
        Err(_) => Err("the value is not UTF-8".to_owned()),
    };
    match reader {
        R::ByteArrayColumnReader(r) => values(r, defined, |v| text(v.data())),
        R::FixedLenByteArrayColumnReader(r) => values(r, defined, |v| text(v.data())),
        R::BoolColumnReader(r) => values(r, defined, |v| Ok(v.to_string())),
        R::Int32ColumnReader(r) if kind == ConvertedType::UINT_32 => {
            values(r, defined, |v| Ok(v.cast_unsigned().to_string()))
        }
        R::Int32ColumnReader(r) => values(r, defined, |v| Ok(v.to_string())),
        R::Int64ColumnReader(r) if kind == ConvertedType::UINT_64 => {
            values(r, defined, |v| Ok(v.cast_unsigned().to_string()))
        }
        R::Int64ColumnReader(r) => values(r, defined, |v| Ok(v.to_string())),
        R::FloatColumnReader(r) => values(r, defined, |v| Ok(v.to_string())),
        R::DoubleColumnReader(r) => values(r, defined, |v| Ok(v.to_string())),
        R::Int96ColumnReader(r) => {
            values(r, defined, |_| Err("times of 96 bits are not read".to_owned()))
        }
    }
}

fn values<T: DataType>(
    reader: &mut ColumnReaderImpl<T>,
    defined: i16,
    text: impl Fn(&T::T) -> Result<String, String>,
) -> Result<Vec<Field>, ParquetError> {
    let (mut levels, mut values) = (Vec::new(), Vec::new());
    let (rows, ..) =
        reader.read_records(BATCH, (defined > 0).then_some(&mut levels), None, &mut values)?;
    let mut texts = values.iter().map(|v| text(v).map(Some));
    if defined == 0 {
        return Ok(texts.collect());
    }
    let field =
        |level: &i16| if *level == defined { texts.next().unwrap_or(Ok(None)) } else { Ok(None) };
    Ok(levels.iter().take(rows).map(field).collect())
}
