//! A table of measurements as a person has it: one molecule a row, CSV or TSV, plain or gzipped.

use crate::Result;
use crate::benchmark::Split;
use crate::finetune::column::{Column, column};
use chmr::chem::{Limits, parse_smiles};
use chmr::model::TaskKind;
use chmr::tables::{self, Source};
use flate2::read::MultiGzDecoder;
use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;

/// What the table does not say of itself.
#[derive(Clone, Debug, Default)]
pub struct TableOptions {
    /// Column of the SMILES; found by name or content if absent.
    pub smiles: Option<String>,
    /// Columns that are tasks; if empty, all of numbers or of words for classes that do not look like identifiers.
    pub tasks: Vec<String>,
    /// Columns that are no tasks.
    pub ignore: Vec<String>,
    /// Kinds of tasks that are not to be inferred.
    pub kinds: BTreeMap<String, TaskKind>,
}

/// The rows of a table that can be used.
#[derive(Clone, Debug)]
pub struct Table {
    /// One a row.
    pub smiles: Vec<String>,
    /// Line of the file that each row begins on, the header's being 1.
    pub lines: Vec<u64>,
    /// Number of each row among all rows of the file, bad ones included, from 0.
    pub rows: Vec<usize>,
    /// One a row, where the table has a column `split`.
    pub splits: Option<Vec<Split>>,
    /// What is predicted.
    pub tasks: Vec<Column>,
    /// Rows, and single cells, that could not be used.
    pub bad: Vec<Bad>,
    /// Columns that are no task, and why.
    pub ignored: Vec<(String, String)>,
    /// The column of the SMILES.
    pub smiles_column: String,
    /// Of the file.
    pub sha256: String,
}

/// A row or cell that could not be used.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Bad {
    /// Line of the file, the header's being 1.
    pub line: u64,
    /// What is wrong with it.
    pub reason: String,
}

/// The text of a file, unpacked if its name ends in `.gz`, and the SHA-256 of the file itself.
///
/// # Errors
/// If it cannot be read.
pub fn read_text(path: &Path) -> Result<(Vec<u8>, String)> {
    let at = |e: std::io::Error| format!("{}: {e}", path.display());
    let bytes = std::fs::read(path).map_err(at)?;
    let sha256 = chmr::model::sha256_hex(&bytes);
    if path.extension().is_none_or(|e| e != "gz") {
        return Ok((bytes, sha256));
    }
    let mut text = Vec::new();
    MultiGzDecoder::new(&bytes[..]).read_to_end(&mut text).map_err(at)?;
    Ok((text, sha256))
}

impl Table {
    /// Reads a table: delimiter and encoding are recognised, gzip is unpacked. What is wrong with single rows is told in
    /// [`Table::bad`].
    ///
    /// # Errors
    /// Where the file as a whole is of no use: unreadable, without molecules, without a task.
    pub fn read(path: &Path, options: &TableOptions) -> Result<Self> {
        let bytes = std::fs::read(path).map_err(|e| format!("{}: {e}", path.display()))?;
        let sha256 = chmr::model::sha256_hex(&bytes);
        let mut table =
            Self::parse(bytes, options).map_err(|e| format!("{}: {e}", path.display()))?;
        table.sha256 = sha256;
        Ok(table)
    }

    fn parse(bytes: Vec<u8>, options: &TableOptions) -> Result<Self> {
        let mut bad = Vec::new();
        let source = Source::new(std::io::Cursor::new(bytes))?.decode()?;
        let wanted =
            tables::TableOptions { structure: options.smiles.clone(), ..Default::default() };
        let mut source = tables::Table::new(source, &wanted)?;
        let mut rows = records(&mut source, &mut bad)?;
        let header = source.header().to_vec();
        let comma = source.delimiter().is_some_and(|d| d != b',');
        let find = |name: &str| {
            header.iter().position(|h| h == name).ok_or_else(|| {
                format!("no column is called '{name}'; there are {}", header.join(", "))
            })
        };
        let smiles = match source.structure_column(options.smiles.as_deref(), "--smiles") {
            Ok(column) => column,
            Err(e) if options.smiles.is_some() => return Err(e.into()),
            Err(e) => by_content(&header, &rows, &e)?,
        };
        for name in options.tasks.iter().chain(&options.ignore).chain(options.kinds.keys()) {
            find(name)?;
        }
        let split = header.iter().position(|h| h.eq_ignore_ascii_case("split"));
        let mut splits = Vec::new();
        rows.retain(|Record { line, cells, .. }| {
            let parsed = split.map_or(Ok(Split::Train), |c| parse_split(&cells[c]));
            let reason = match parsed {
                Err(reason) => reason,
                Ok(_) if cells[smiles].is_empty() => "there is no SMILES".into(),
                Ok(split) => {
                    splits.push(split);
                    return true;
                }
            };
            bad.push(Bad { line: *line, reason });
            false
        });
        if rows.is_empty() {
            return Err("there is no row with a molecule".into());
        }
        let (mut tasks, mut ignored) = (Vec::new(), Vec::new());
        for (c, name) in header.iter().enumerate() {
            if c == smiles || Some(c) == split {
                continue;
            }
            let asked = options.tasks.contains(name);
            if options.ignore.contains(name) || !(asked || options.tasks.is_empty()) {
                continue;
            }
            let cells: Vec<(u64, &str)> =
                rows.iter().map(|r| (r.line, r.cells[c].as_str())).collect();
            let declared = options.kinds.get(name).copied();
            match column(name, &cells, declared, asked, comma, &mut bad) {
                Ok(column) => tasks.push(column),
                Err(why) => ignored.push((name.clone(), why)),
            }
        }
        if tasks.is_empty() {
            let why: Vec<String> = ignored.iter().map(|(n, w)| format!("{n}: {w}")).collect();
            return Err(format!("no column is a task ({})", why.join("; ")).into());
        }
        bad.sort_by_key(|b| b.line);
        let lines = rows.iter().map(|r| r.line).collect();
        let numbers = rows.iter().map(|r| r.row).collect();
        let smiles_column = header[smiles].clone();
        let smiles = rows.into_iter().map(|mut r| r.cells.swap_remove(smiles)).collect();
        let splits = split.map(|_| splits);
        let sha256 = String::new();
        Ok(Self {
            smiles,
            lines,
            rows: numbers,
            splits,
            tasks,
            bad,
            ignored,
            smiles_column,
            sha256,
        })
    }

    /// Keeps the rows for which `keep` is true.
    pub fn retain(&mut self, keep: &[bool]) {
        fn only<T>(values: &mut Vec<T>, keep: &[bool]) {
            let mut keep = keep.iter();
            values.retain(|_| keep.next().copied().unwrap_or(false));
        }
        only(&mut self.smiles, keep);
        only(&mut self.lines, keep);
        only(&mut self.rows, keep);
        if let Some(splits) = &mut self.splits {
            only(splits, keep);
        }
        self.tasks.iter_mut().for_each(|task| only(&mut task.values, keep));
    }
}

/// `train`, `valid` or `test`, by the names that these go by.
///
/// # Errors
/// Says what else was found.
pub fn parse_split(text: &str) -> Result<Split, String> {
    match text.trim().to_ascii_lowercase().as_str() {
        "train" | "training" => Ok(Split::Train),
        "valid" | "val" | "validation" => Ok(Split::Valid),
        "test" | "testing" => Ok(Split::Test),
        _ => Err(format!("split is '{text}'; expected train, valid or test")),
    }
}

/// A row as it was read.
struct Record {
    /// Its number among all rows.
    row: usize,
    /// The line that it begins on.
    line: u64,
    cells: Vec<String>,
}

/// The rows, every cell trimmed, as many as the header has.
fn records(table: &mut tables::Table, bad: &mut Vec<Bad>) -> Result<Vec<Record>> {
    let columns = table.header().len();
    let mut rows = Vec::new();
    let mut record = tables::Record::new();
    for row in 0.. {
        if !table.read(&mut record)? {
            break;
        }
        let line = record.line();
        if let Some(fault) = record.fault() {
            bad.push(Bad { line, reason: fault.to_owned() });
            continue;
        }
        let cell = |c| if c < record.len() { record.trimmed(c).to_owned() } else { String::new() };
        rows.push(Record { row, line, cells: (0..columns).map(cell).collect() });
    }
    Ok(rows)
}

/// The one column of which most cells can be read as SMILES, where names do not tell, for the reason `unnamed`.
fn by_content(header: &[String], rows: &[Record], unnamed: &tables::Error) -> Result<usize> {
    let looks = |&c: &usize| {
        let cells: Vec<&str> =
            rows.iter().map(|r| r.cells[c].as_str()).filter(|c| !c.is_empty()).take(50).collect();
        let read = cells.iter().filter(|c| parse_smiles(c, &Limits::default()).is_ok()).count();
        read * 10 > cells.len() * 8
    };
    let found: Vec<usize> = (0..header.len()).filter(looks).collect();
    match found[..] {
        [one] => Ok(one),
        [] => Err(format!(
            "no column holds SMILES; there are {}; name one with --smiles",
            header.join(", ")
        )
        .into()),
        [..] => Err(unnamed.to_string().into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "id,Structure,active,pIC50,note,batch\n\
        a,CCO,1,6.5,fine,7\n\
        b,CCN,0,>10,odd,7\n\
        c,CCC,1\n\
        \n\
        d,,1,5,,7\n\
        e,CCCC,0,4.5,NA,7\n";

    #[test]
    fn kinds_are_inferred_and_bad_rows_told() {
        let options =
            TableOptions { tasks: vec!["active".into(), "pIC50".into()], ..Default::default() };
        let table = Table::parse(TEXT.into(), &options).unwrap();
        assert_eq!(table.smiles, ["CCO", "CCN", "CCCC"]);
        assert_eq!(table.lines, [2, 3, 7]);
        assert_eq!(table.rows, [0, 1, 4]);
        assert_eq!(table.tasks[0].kind, TaskKind::Classification);
        assert_eq!(table.tasks[0].values, [1.0, 0.0, 0.0]);
        assert_eq!(table.tasks[1].kind, TaskKind::Regression);
        assert!(table.tasks[1].values[1].is_nan());
        let bad: Vec<_> = table.bad.iter().map(|b| (b.line, b.reason.as_str())).collect();
        assert_eq!(
            bad,
            [
                (3, "pIC50: '>10' is a bound, no measurement; left out"),
                (4, "3 fields, the header has 6; expected an empty field where there is no value"),
                (6, "there is no SMILES"),
            ]
        );
    }

    #[test]
    fn columns_that_are_no_tasks_are_told() {
        let table = Table::parse(TEXT.into(), &TableOptions::default()).unwrap();
        let names: Vec<&str> = table.ignored.iter().map(|(n, _)| n.as_str()).collect();
        assert_eq!(names, ["id", "note", "batch"]);
        assert_eq!(table.tasks[1].censored, 1);
        let text = "x;smi\n0;C\n1;CC\n";
        let table = Table::parse(text.into(), &TableOptions::default()).unwrap();
        assert_eq!((table.smiles.len(), table.tasks.len()), (2, 1));
        let kinds = BTreeMap::from([("x".to_owned(), TaskKind::Regression)]);
        let options = TableOptions { kinds, ..Default::default() };
        let table = Table::parse(text.into(), &options).unwrap();
        assert_eq!(table.tasks[0].kind, TaskKind::Regression);
        assert!(Table::parse(b"a,b\n1,2\n".to_vec(), &TableOptions::default()).is_err());
    }
}
