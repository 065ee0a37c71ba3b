//! Rows of results as CSV or JSON Lines.

use crate::Failure;
use crate::options::{Common, RecordFormat};
use chmr::files::{Inputs, Output, Unfinished};
use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::{self, BufWriter, Write};
use std::path::Path;

/// One field behind id, SMILES and status.
pub enum Value {
    /// A text, always there.
    Text(String),
    /// A number; NaN where there is none.
    Number(f32),
}

/// What a column's fields are.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Text,
    Number,
}

/// One row of results. An empty `values` stands for a row without any.
pub struct Record<'a> {
    pub id: &'a str,
    pub smiles: &'a str,
    /// `ok`, or why the molecule was refused.
    pub status: &'a str,
    pub values: &'a [Value],
}

/// Something that takes rows.
pub trait Sink {
    fn write(&mut self, record: &Record) -> Result<(), Failure>;
    /// After the last row of a chunk.
    fn flush(&mut self) -> Result<(), Failure>;
    /// After the last row of all. A sink that is dropped without leaves the file that was there.
    fn finish(self: Box<Self>) -> Result<(), Failure>;
}

/// What the program has under way, removed where a signal ends it.
pub static UNFINISHED: Unfinished = Unfinished::new();

/// Where bytes go, compressed or not: a file that appears when it is finished, or a stream.
pub enum Target {
    Plain(BufWriter<Output>),
    Gzip(GzEncoder<BufWriter<Output>>),
}

/// Begins the file `path`, which is none of `inputs`, or takes standard output.
pub fn create(path: Option<&Path>, inputs: &Inputs) -> Result<Target, Failure> {
    let Some(path) = path.filter(|p| *p != Path::new("-")) else {
        return Ok(Target::Plain(BufWriter::with_capacity(1 << 16, Output::stdout(inputs)?)));
    };
    let file = BufWriter::with_capacity(1 << 16, begin(path, inputs)?);
    Ok(if path.extension().is_some_and(|e| e.eq_ignore_ascii_case("gz")) {
        Target::Gzip(GzEncoder::new(file, Compression::new(4)))
    } else {
        Target::Plain(file)
    })
}

/// Begins the file `path`, which is none of `inputs`.
pub fn begin(path: &Path, inputs: &Inputs) -> Result<Output, Failure> {
    Ok(Output::create_listed(path, inputs, &UNFINISHED)?)
}

/// Puts `bytes` into the file `path`, which is none of `inputs`.
pub fn write(path: &Path, inputs: &Inputs, bytes: &[u8]) -> Result<(), Failure> {
    let mut output = begin(path, inputs)?;
    output.write_all(bytes)?;
    Ok(output.commit()?)
}

impl Target {
    /// Writes the rest and gives the file its name. A target that is dropped without leaves the file that was there.
    pub fn finish(self) -> io::Result<()> {
        let out = match self {
            Self::Plain(out) => out,
            Self::Gzip(out) => out.finish()?,
        };
        out.into_inner().map_err(|e| e.into_error())?.commit()
    }
}

impl Write for Target {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(out) => out.write(bytes),
            Self::Gzip(out) => out.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(out) => out.flush(),
            // Flushing a compressor costs compression.
            Self::Gzip(_) => Ok(()),
        }
    }
}

/// What rows are written as, where no format was given: what the file's name says, else CSV.
pub fn format_of(output: Option<&Path>) -> RecordFormat {
    match output.and_then(Path::extension) {
        Some(e) if e.eq_ignore_ascii_case("parquet") => RecordFormat::Parquet,
        _ => RecordFormat::Csv,
    }
}

/// A sink of the format wanted, or of what the file's name says. Fields of column `i` are of the kind `kind(i)`.
pub fn sink(
    target: Target,
    options: &Common,
    format: Option<RecordFormat>,
    columns: &[String],
    kind: impl Fn(usize) -> Kind,
) -> Result<Box<dyn Sink>, Failure> {
    Ok(match format.unwrap_or_else(|| format_of(options.output.as_deref())) {
        RecordFormat::Csv => Box::new(Csv::new(target, columns)?),
        RecordFormat::Jsonl => Box::new(JsonLines::new(target, columns)?),
        RecordFormat::Parquet => parquet(target, options, columns, kind)?,
    })
}

#[cfg(feature = "parquet")]
fn parquet(
    target: Target,
    options: &Common,
    columns: &[String],
    kind: impl Fn(usize) -> Kind,
) -> Result<Box<dyn Sink>, Failure> {
    if crate::run::to_terminal(options) {
        return Err("Parquet is nothing for a terminal; name a file with --output".into());
    }
    Ok(Box::new(crate::parquet_output::Parquet::new(target, columns, kind)?))
}

#[cfg(not(feature = "parquet"))]
fn parquet(
    _: Target,
    _: &Common,
    _: &[String],
    _: impl Fn(usize) -> Kind,
) -> Result<Box<dyn Sink>, Failure> {
    Err("this program was built without Parquet; expected --format csv or jsonl".into())
}

/// Comma-separated values with a header.
pub struct Csv {
    out: csv::Writer<Target>,
    columns: usize,
}

impl Csv {
    /// Writes the header: `id`, `smiles`, `status` and `columns`.
    pub fn new(target: Target, columns: &[String]) -> Result<Self, Failure> {
        let mut out = csv::WriterBuilder::new().buffer_capacity(1 << 12).from_writer(target);
        let fixed = ["id", "smiles", "status"].into_iter();
        out.write_record(fixed.chain(columns.iter().map(String::as_str))).map_err(plain)?;
        Ok(Self { out, columns: columns.len() })
    }
}

/// The I/O error inside a CSV error, so that a broken pipe is known as one.
fn plain(e: csv::Error) -> Failure {
    match e.into_kind() {
        csv::ErrorKind::Io(e) => e.into(),
        _ => "the row could not be written as CSV".into(),
    }
}

impl Sink for Csv {
    fn write(&mut self, record: &Record) -> Result<(), Failure> {
        let out = &mut self.out;
        for field in [record.id, record.smiles, record.status] {
            out.write_field(field).map_err(plain)?;
        }
        let mut text = String::new();
        for i in 0..self.columns {
            text.clear();
            match record.values.get(i) {
                Some(Value::Text(t)) => text.push_str(t),
                Some(Value::Number(v)) if v.is_finite() => {
                    use std::fmt::Write;
                    let _ = write!(text, "{v}");
                }
                _ => {}
            }
            out.write_field(&text).map_err(plain)?;
        }
        out.write_record(None::<&[u8]>).map_err(plain)
    }

    fn flush(&mut self) -> Result<(), Failure> {
        Ok(self.out.flush()?)
    }

    fn finish(self: Box<Self>) -> Result<(), Failure> {
        let target = self.out.into_inner().map_err(|e| e.into_error())?;
        Ok(target.finish()?)
    }
}

/// An object a row, with the same names as the CSV's columns; null where that is empty.
pub struct JsonLines {
    out: Target,
    /// As JSON strings.
    columns: Vec<String>,
}

impl JsonLines {
    pub fn new(out: Target, columns: &[String]) -> Result<Self, Failure> {
        let columns = columns.iter().map(serde_json::to_string).collect::<Result<_, _>>()?;
        Ok(Self { out, columns })
    }
}

impl Sink for JsonLines {
    fn write(&mut self, record: &Record) -> Result<(), Failure> {
        let out = &mut self.out;
        write!(
            out,
            "{{\"id\":{},\"smiles\":{},\"status\":{}",
            serde_json::to_string(record.id)?,
            serde_json::to_string(record.smiles)?,
            serde_json::to_string(record.status)?
        )?;
        for (i, column) in self.columns.iter().enumerate() {
            match record.values.get(i) {
                Some(Value::Text(t)) => write!(out, ",{column}:{}", serde_json::to_string(t)?)?,
                Some(Value::Number(v)) if v.is_finite() => write!(out, ",{column}:{v}")?,
                _ => write!(out, ",{column}:null")?,
            }
        }
        Ok(out.write_all(b"}\n")?)
    }

    fn flush(&mut self) -> Result<(), Failure> {
        Ok(self.out.flush()?)
    }

    fn finish(self: Box<Self>) -> Result<(), Failure> {
        Ok(self.out.finish()?)
    }
}
