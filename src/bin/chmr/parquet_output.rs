//! Rows of results as Parquet.

use crate::Failure;
use crate::output::{Kind, Record, Sink, Target, Value};
use parquet::basic::{Compression, LogicalType, Repetition, Type as Physical};
use parquet::data_type::{ByteArray, ByteArrayType, FloatType};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::{ColumnPath, Type};
use std::io;
use std::sync::Arc;

/// A row group ends after so many values, or bytes of text: memory does not grow with the file.
const VALUES: usize = 8 << 20;
const BYTES: usize = 32 << 20;
/// And after so many rows.
const ROWS: usize = 1 << 17;

/// The values of a column in the row group to come; a level of 0 stands for none.
enum Column {
    Text(Vec<ByteArray>, Vec<i16>),
    Number(Vec<f32>, Vec<i16>),
}

/// `id`, `smiles` and `status` as strings, then the columns: 32-bit floats or strings, null where there is no value.
pub struct Parquet {
    out: SerializedFileWriter<Target>,
    fixed: [Vec<ByteArray>; 3],
    columns: Vec<Column>,
    rows: usize,
    bytes: usize,
}

impl Parquet {
    /// Begins the file.
    pub fn new(
        target: Target,
        columns: &[String],
        kind: impl Fn(usize) -> Kind,
    ) -> Result<Self, Failure> {
        let text = |name: &str, repetition| {
            Type::primitive_type_builder(name, Physical::BYTE_ARRAY)
                .with_logical_type(Some(LogicalType::String))
                .with_repetition(repetition)
                .build()
        };
        let mut fields = ["id", "smiles", "status"]
            .map(|name| text(name, Repetition::REQUIRED))
            .into_iter()
            .collect::<Result<Vec<_>, _>>()?;
        let mut empty = Vec::with_capacity(columns.len());
        for (i, name) in columns.iter().enumerate() {
            let number = || {
                Type::primitive_type_builder(name, Physical::FLOAT)
                    .with_repetition(Repetition::OPTIONAL)
            };
            let (field, column) = match kind(i) {
                Kind::Text => {
                    (text(name, Repetition::OPTIONAL)?, Column::Text(Vec::new(), Vec::new()))
                }
                Kind::Number => (number().build()?, Column::Number(Vec::new(), Vec::new())),
            };
            fields.push(field);
            empty.push(column);
        }
        let fields = fields.into_iter().map(Arc::new).collect();
        let schema = Type::group_type_builder("schema").with_fields(fields).build()?;
        let properties = WriterProperties::builder()
            .set_created_by(concat!("chmr ", env!("CARGO_PKG_VERSION")).to_owned())
            .set_compression(Compression::SNAPPY)
            // Predictions hardly repeat; reasons do.
            .set_dictionary_enabled(false)
            .set_column_dictionary_enabled(ColumnPath::from("status"), true)
            .build();
        let out = SerializedFileWriter::new(target, Arc::new(schema), Arc::new(properties))
            .map_err(plain)?;
        Ok(Self { out, fixed: Default::default(), columns: empty, rows: 0, bytes: 0 })
    }

    /// Writes the rows so far as a row group.
    fn group(&mut self) -> Result<(), ParquetError> {
        let mut group = self.out.next_row_group()?;
        for values in &mut self.fixed {
            if let Some(mut column) = group.next_column()? {
                column.typed::<ByteArrayType>().write_batch(values, None, None)?;
                column.close()?;
            }
            values.clear();
        }
        for values in &mut self.columns {
            let Some(mut column) = group.next_column()? else { break };
            match values {
                Column::Text(values, levels) => {
                    column.typed::<ByteArrayType>().write_batch(values, Some(levels), None)?;
                    values.clear();
                    levels.clear();
                }
                Column::Number(values, levels) => {
                    column.typed::<FloatType>().write_batch(values, Some(levels), None)?;
                    values.clear();
                    levels.clear();
                }
            }
            column.close()?;
        }
        group.close()?;
        (self.rows, self.bytes) = (0, 0);
        Ok(())
    }
}

impl Sink for Parquet {
    fn write(&mut self, record: &Record) -> Result<(), Failure> {
        for (column, text) in self.fixed.iter_mut().zip([record.id, record.smiles, record.status]) {
            self.bytes += text.len();
            column.push(text.into());
        }
        for (i, column) in self.columns.iter_mut().enumerate() {
            let value = record.values.get(i);
            match column {
                Column::Text(values, levels) => {
                    let text = match value {
                        Some(Value::Text(text)) => Some(text.clone()),
                        Some(Value::Number(v)) if v.is_finite() => Some(v.to_string()),
                        _ => None,
                    };
                    levels.push(i16::from(text.is_some()));
                    self.bytes += text.as_ref().map_or(0, String::len);
                    values.extend(text.map(|t| ByteArray::from(t.into_bytes())));
                }
                Column::Number(values, levels) => {
                    let number = match value {
                        Some(Value::Number(v)) if v.is_finite() => Some(*v),
                        _ => None,
                    };
                    levels.push(i16::from(number.is_some()));
                    values.extend(number);
                }
            }
        }
        self.rows += 1;
        if self.rows == ROWS || self.rows * self.columns.len() >= VALUES || self.bytes >= BYTES {
            self.group().map_err(plain)?;
        }
        Ok(())
    }

    /// A row group has a size of its own.
    fn flush(&mut self) -> Result<(), Failure> {
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<(), Failure> {
        if self.rows > 0 {
            self.group().map_err(plain)?;
        }
        Ok(self.out.into_inner().map_err(plain)?.finish()?)
    }
}

/// The I/O error inside, so that a broken pipe is known as one.
fn plain(e: ParquetError) -> Failure {
    match e {
        ParquetError::External(e) => match e.downcast::<io::Error>() {
            Ok(e) => e,
            Err(e) => e,
        },
        e => e.into(),
    }
}
