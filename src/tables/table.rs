//! A table: a header and its records.

use super::columns::{self, find_structure};
use super::delimited::{Delimited, Record};
use super::delimiter;
use super::encoding::check_head;
use super::error::{Error, shown};
use super::source::Source;
use super::{foreign, is_blank};
use std::fs::File;
use std::path::Path;

/// What a table does not say of itself.
#[derive(Clone, Debug, Default)]
pub struct TableOptions {
    /// The character between fields, ASCII; recognised by the header if absent.
    pub delimiter: Option<u8>,
    /// The column that the caller wants as that of structures, if it has a name for it: helps to recognise the
    /// delimiter.
    pub structure: Option<String>,
}

/// A table of delimited text, read record by record. Delimiter (comma, semicolon, tab) and encoding (UTF-8, UTF-16
/// with a byte-order mark) are recognised, lines end in LF, CR LF or CR, and gzip is unpacked.
///
/// A first line `sep=;`, as Excel writes it, and comments (`#`) before the header are passed over. In a table of
/// one column a line is a field, whatever it holds.
///
/// ```
/// use chmr::tables::{Record, Source, Table, TableOptions};
/// let source = Source::new(&b"id;Canonical SMILES;pIC50\na;CCO;1,5\n"[..])?.decode()?;
/// let mut table = Table::new(source, &TableOptions::default())?;
/// let smiles = table.structure_column(None, "--smiles-column")?;
/// let mut record = Record::new();
/// while table.read(&mut record)? {
///     assert_eq!(record.fault(), None);
///     assert_eq!((record.line(), record.trimmed(smiles), record.trimmed(2)), (2, "CCO", "1,5"));
/// }
/// # Ok::<(), chmr::tables::Error>(())
/// ```
pub struct Table {
    records: Delimited<Source>,
    header: Vec<String>,
    /// Columns up to the last that has a name.
    named: usize,
    delimiter: u8,
    /// The header has no delimiter, and none was asked for.
    single: bool,
}

impl Table {
    /// Opens a file.
    ///
    /// # Errors
    /// As [`Table::new`], and if it cannot be read. Messages do not name the file.
    pub fn open(path: &Path, options: &TableOptions) -> Result<Self, Error> {
        Self::new(Source::new(File::open(path)?)?.decode()?, options)
    }

    /// A table of decoded text.
    ///
    /// # Errors
    /// If the text is empty, no UTF-8 in its first 64 KiB, or no table but of a format that is known.
    pub fn new(mut source: Source, options: &TableOptions) -> Result<Self, Error> {
        if source.head().starts_with(b"PAR1") {
            return Err(foreign::parquet());
        }
        check_head(source.head())?;
        let head = String::from_utf8_lossy(source.head()).into_owned();
        let lines: Vec<&str> = head.split_inclusive(['\n', '\r']).collect();
        // A CR LF was split into two; its LF is no line of its own.
        let lines = joined(&head, &lines);
        foreign::refuse_text(
            &lines.iter().map(|l| l.trim_end_matches(['\r', '\n'])).collect::<Vec<_>>(),
        )?;
        let (skipped, bytes, said) = preamble(&lines);
        std::io::BufRead::consume(&mut source, bytes);
        let texts = lines[skipped..]
            .iter()
            .map(|l| l.trim_end_matches(['\r', '\n']))
            .filter(|l| !l.trim().is_empty());
        let delimiter = options
            .delimiter
            .or(said)
            .unwrap_or_else(|| delimiter::recognise(texts.clone(), options.structure.as_deref()));
        let single = options.delimiter.is_none()
            && texts.clone().next().is_some_and(|h| delimiter::fields(h, delimiter).len() < 2);
        // No text has this character, so that lines stay whole.
        let delimiter = if single { 0 } else { delimiter };
        let mut records = Delimited::new(source, delimiter, skipped as u64);
        let mut record = Record::new();
        if !records.read(&mut record)? {
            return Err(Error::new(None, "the table is empty; expected a header line"));
        }
        if let Some(fault) = record.fault() {
            return Err(Error::new(record.line(), fault));
        }
        let header: Vec<String> =
            record.fields().map(|f| f.trim_matches(is_blank).to_owned()).collect();
        let named = header.iter().rposition(|h| !h.is_empty()).map_or(0, |i| i + 1);
        Ok(Self { records, header, named, delimiter, single })
    }

    /// Names of the columns, without blanks around them.
    pub fn header(&self) -> &[String] {
        &self.header
    }

    /// The character between fields; `None` in a table of one column.
    pub fn delimiter(&self) -> Option<u8> {
        (!self.single).then_some(self.delimiter)
    }

    /// The column called `name`, or one whose name differs from that in case, blanks, underscores and hyphens only.
    ///
    /// # Errors
    /// If there is none, or several. `option` is what names one, for the message.
    pub fn column(&self, name: &str, option: &str) -> Result<usize, Error> {
        columns::find(&self.header, name, option)
    }

    /// The column of structures, as [`find_structure`] has it.
    ///
    /// # Errors
    /// As there.
    pub fn structure_column(&self, wanted: Option<&str>, option: &str) -> Result<usize, Error> {
        find_structure(&self.header, wanted, option)
    }

    /// Reads the next record; false at the end. A record of another number of fields than the header has, of too many
    /// bytes, or that is no UTF-8 has a [`Record::fault`]. Empty lines are no records.
    ///
    /// # Errors
    /// If the file cannot be read any further: it is broken, or a quote is never closed.
    pub fn read(&mut self, record: &mut Record) -> Result<bool, Error> {
        if !self.records.read(record)? {
            return Ok(false);
        }
        if record.fault.is_none() {
            record.fault = self.ragged(record);
        }
        Ok(true)
    }

    /// What is wrong with the number of fields. Delimiters behind the last column are harmless.
    fn ragged(&self, record: &Record) -> Option<String> {
        let (has, wanted) = (record.len(), self.header.len());
        let plural = if has == 1 { "" } else { "s" };
        if has < self.named {
            return Some(format!(
                "{has} field{plural}, the header has {wanted}; expected an empty field where there is no value"
            ));
        }
        if (wanted..has).any(|i| !record.trimmed(i).is_empty()) {
            let delimiter = shown(char::from(self.delimiter).encode_utf8(&mut [0; 4]));
            return Some(format!(
                "{has} field{plural}, the header has {wanted}; a field that holds {delimiter} needs quotes around it"
            ));
        }
        None
    }
}

/// Lines with their ends, CR LF being one.
fn joined<'a>(text: &'a str, parts: &[&'a str]) -> Vec<&'a str> {
    let (mut lines, mut start, mut end) = (Vec::with_capacity(parts.len()), 0, 0);
    for (i, part) in parts.iter().enumerate() {
        end += part.len();
        if part.ends_with('\r') && parts.get(i + 1) == Some(&"\n") {
            continue;
        }
        lines.push(&text[start..end]);
        start = end;
    }
    lines
}

/// What stands before the header: lines, their bytes, and the delimiter that they state.
fn preamble(lines: &[&str]) -> (usize, usize, Option<u8>) {
    let (mut skipped, mut bytes, mut said) = (0, 0, None);
    for line in lines {
        let text = line.trim_end_matches(['\r', '\n']);
        let separator = text.trim_matches('"').strip_prefix("sep=").filter(|_| skipped == 0);
        let separator =
            separator.and_then(|s| s.bytes().next().filter(|b| s.len() == 1 && b.is_ascii()));
        let named = || {
            let fields = [b',', b';', b'\t'].map(|d| delimiter::fields(text, d));
            fields.iter().flatten().any(|f| columns::is_structure(f))
        };
        if separator.is_some() {
            said = separator;
        } else if (named() || !text.starts_with('#')) && !text.trim().is_empty() {
            break;
        }
        skipped += 1;
        bytes += line.len();
    }
    (skipped, bytes, said)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(text: &[u8]) -> Result<Table, Error> {
        Table::new(
            Source::new(std::io::Cursor::new(text.to_vec()))?.decode()?,
            &TableOptions::default(),
        )
    }

    /// Line, fields and fault of a record.
    type Row = (u64, Vec<String>, Option<String>);

    fn rows(text: &[u8]) -> (Vec<String>, Vec<Row>) {
        let mut table = table(text).unwrap();
        let mut rows = Vec::new();
        let mut record = Record::new();
        while table.read(&mut record).unwrap() {
            let fields = record.fields().map(str::to_owned).collect();
            rows.push((record.line(), fields, record.fault().map(str::to_owned)));
        }
        (table.header().to_vec(), rows)
    }

    fn utf16(text: &str, big_endian: bool) -> Vec<u8> {
        let bytes = |unit: u16| if big_endian { unit.to_be_bytes() } else { unit.to_le_bytes() };
        "\u{feff}".encode_utf16().chain(text.encode_utf16()).flat_map(bytes).collect()
    }

    #[test]
    fn encodings_give_one_table() {
        let text = "smiles,name\r\nCCO,Äthanol 🧪\r\nC,b\r\n";
        let wanted = rows(text.as_bytes());
        assert_eq!(wanted.0, ["smiles", "name"]);
        assert_eq!(wanted.1[0], (2, vec!["CCO".into(), "Äthanol 🧪".into()], None));
        let marked = [b"\xef\xbb\xbf", text.as_bytes()].concat();
        for bytes in [marked, utf16(text, false), utf16(text, true)] {
            assert_eq!(rows(&bytes), wanted);
        }
        assert_eq!(rows(text.replace("\r\n", "\r").as_bytes()), wanted);
        assert_eq!(rows(text.replace("\r\n", "\n").as_bytes()), wanted);
        // Longer than what is looked at.
        let long = format!("smiles,name\n{}", "CCO,Äthanol 🧪\n".repeat(20_000));
        for big_endian in [false, true] {
            assert!(rows(&utf16(&long, big_endian)) == rows(long.as_bytes()));
        }
    }

    #[test]
    fn other_encodings_are_named() {
        let unmarked = |big| utf16("smiles,name\nCCO,a\n", big)[2..].to_vec();
        let odd = |big| {
            let mut odd = utf16("smiles\nCCO\n", big);
            odd.pop();
            odd
        };
        for (text, needle) in [
            (b"smiles,name\nCCO,caf\xe9\n".to_vec(), "line 2: byte 8 (0xE9) is not UTF-8; perhaps"),
            (unmarked(false), "UTF-16 (little-endian) without a byte-order mark"),
            (unmarked(true), "UTF-16 (big-endian) without a byte-order mark"),
            (b"\xff\xfe\0\0s\0\0\0".to_vec(), "UTF-32"),
            (b"\xff\xfe\x00\xd8a\0".to_vec(), "half a surrogate pair"),
            (b"PAR1\x15\x04".to_vec(), "Parquet"),
            (b"".to_vec(), "empty"),
        ] {
            let e = match table(&text) {
                Err(e) => e.to_string(),
                Ok(_) => String::new(),
            };
            assert!(e.contains(needle), "{needle}: {e}");
        }
        let mut table = table(&odd(false)).unwrap();
        let e = table.read(&mut Record::new()).and_then(|_| table.read(&mut Record::new()));
        assert!(e.unwrap_err().to_string().contains("half a character"));
    }

    #[test]
    fn ragged_records_keep_their_place() {
        let (_, rows) = rows(b"a,smiles,c\n1,C,2\n1,C\n1,C,2,\n1,C,2,3\n");
        let faults: Vec<_> =
            rows.iter().map(|r| (r.0, r.2.as_deref().unwrap_or_default())).collect();
        assert_eq!(faults[0], (2, ""));
        assert!(faults[1].1.starts_with("2 fields, the header has 3"));
        assert_eq!(faults[2], (4, ""));
        assert!(faults[3].1.starts_with("4 fields, the header has 3; a field that holds \",\""));
        let (header, rows) = self::rows(b"smiles;y;\nC;1,5\nC;1,5;\n");
        assert_eq!(header, ["smiles", "y", ""]);
        assert!(rows.iter().all(|r| r.2.is_none() && r.1[1] == "1,5"));
    }

    #[test]
    fn what_stands_before_the_header() {
        for text in [
            "sep=;\nsmiles;x\nC;1,5\n",
            "\n# of today\n\nsmiles;x\nC;1,5\n",
            "\"sep=;\"\r\nsmiles;x\r\nC;1,5\r\n",
        ] {
            let (header, rows) = rows(text.as_bytes());
            assert_eq!((header[0].as_str(), rows[0].1[1].as_str()), ("smiles", "1,5"), "{text:?}");
            assert_eq!(rows[0].0 as usize, text.lines().count(), "{text:?}");
        }
        let (header, _) = rows(b"#,smiles\n1,C\n");
        assert_eq!(header, ["#", "smiles"]);
    }

    #[test]
    fn a_single_column_keeps_its_commas() {
        let (_, rows) = rows(b"smiles\nCCO |$R1;;$,atomProp:0.k.v|\n");
        assert_eq!(rows[0].1, ["CCO |$R1;;$,atomProp:0.k.v|"]);
        assert_eq!(rows[0].2, None);
    }
}
