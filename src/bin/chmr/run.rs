//! The loop that every command over molecules shares: read a chunk, compute, write.

use crate::Failure;
use crate::input::{self, Content, Row, Source};
use crate::options::Common;
use crate::output::{Record, Sink, Target, Value, create};
use crate::progress::Progress;
use chmr::Batch;
use chmr::chem::{self, Error, ErrorKind, Limits, Molecule};
use chmr::files::Inputs;
use chmr::tables::plain;
use rayon::prelude::*;
use std::borrow::Cow;
use std::io::{self, IsTerminal, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;

/// A chunk ends after so many rows or bytes of text: memory does not grow with the file.
const CHUNK_ROWS: usize = 4096;
const CHUNK_BYTES: usize = 16 << 20;

/// What became of one row.
pub struct Outcome {
    pub id: String,
    /// The input's SMILES, or that of the molblock's molecule; empty where there is none.
    pub smiles: String,
    pub result: Result<Vec<Value>, String>,
}

/// Opens the input and then, where it is neither that nor one of the files `read`, the output. Before this, a command
/// checks its options and opens what else it reads, so that no fault of theirs costs an earlier output.
pub fn open<'a>(
    options: &Common,
    read: impl IntoIterator<Item = &'a PathBuf>,
) -> Result<(Source, Target), Failure> {
    let source = input::open(&options.input)?;
    let mut inputs = Inputs::of(read.into_iter().map(PathBuf::as_path));
    inputs.add(&options.input.input);
    Ok((source, create(options.output.as_deref(), &inputs)?))
}

/// Runs `compute` over the input chunk by chunk and writes what it returns, row for row. False
/// where rows were refused and `--strict` was given.
pub fn stream(
    options: &Common,
    mut source: Source,
    mut sink: Box<dyn Sink>,
    to_terminal: bool,
    mut compute: impl FnMut(Vec<Row>) -> Result<Vec<Outcome>, Failure>,
) -> Result<bool, Failure> {
    let progress = Progress::new(!to_terminal, source.length, source.read.clone());
    let (mut rows, mut refused) = (0u64, 0u64);
    let mut first_refused = None;
    loop {
        let (chunk, fault) = next_chunk(&mut source.rows);
        if !chunk.is_empty() {
            for outcome in compute(chunk)? {
                rows += 1;
                let (status, values): (&str, &[Value]) = match &outcome.result {
                    Ok(values) => ("ok", values),
                    Err(reason) => {
                        refused += 1;
                        first_refused.get_or_insert_with(|| (outcome.id.clone(), reason.clone()));
                        (reason, &[])
                    }
                };
                // What a file holds is not for a terminal to act on.
                let shown = |text| if to_terminal { plain(text) } else { Cow::Borrowed(text) };
                let (id, smiles) = (&*shown(&outcome.id), &*shown(&outcome.smiles));
                sink.write(&Record { id, smiles, status, values })?;
            }
            sink.flush()?;
            progress.update(rows);
        } else if fault.is_none() {
            break;
        }
        if let Some(fault) = fault {
            // What was read before went to a stream. A file of half the rows is none: the one before stays.
            progress.clear();
            return Err(fault);
        }
    }
    progress.clear();
    sink.finish()?;
    summarise(rows, refused, first_refused);
    Ok(refused == 0 || !options.strict)
}

/// The next rows, and the fault that ended them if one did.
pub fn next_chunk(rows: &mut input::Rows) -> (Vec<Row>, Option<Failure>) {
    let (mut chunk, mut bytes) = (Vec::new(), 0);
    while chunk.len() < CHUNK_ROWS && bytes < CHUNK_BYTES {
        match rows.next() {
            Some(Ok(row)) => {
                bytes += row.content.len();
                chunk.push(row);
            }
            Some(Err(fault)) => return (chunk, Some(fault)),
            None => break,
        }
    }
    (chunk, None)
}

/// Says on standard error how many rows there were, and were refused.
pub fn summarise(rows: u64, refused: u64, first: Option<(String, String)>) {
    let plural = if rows == 1 { "" } else { "s" };
    // A closed standard error is not worth failing for.
    let _ = match first {
        None => writeln!(io::stderr(), "chmr: {rows} molecule{plural}, none refused"),
        Some((id, reason)) => writeln!(
            io::stderr(),
            "chmr: {rows} molecule{plural}, {refused} refused; the first is {}: {reason}",
            plain(&id)
        ),
    };
}

/// Whether results go to a screen.
pub fn to_terminal(options: &Common) -> bool {
    options.output.is_none() && io::stdout().is_terminal()
}

/// Threads of this command's own.
pub fn pool(threads: usize) -> Result<rayon::ThreadPool, Failure> {
    // Far more threads than cores only cost memory.
    let builder = rayon::ThreadPoolBuilder::new().num_threads(threads.min(1024));
    Ok(builder.stack_size(4 << 20).build()?)
}

/// A chunk as a batch, and each row's id and SMILES.
pub fn batch(pool: &rayon::ThreadPool, rows: Vec<Row>) -> (Batch, Vec<(String, String)>) {
    let mut batch = Batch::new();
    let mut names = Vec::with_capacity(rows.len());
    if rows.iter().any(|r| matches!(r.content, Content::Molblock(_) | Content::Pose(_))) {
        // Their SMILES is wanted too, so they are read here.
        for row in perceive(pool, rows) {
            match row.molecule {
                Ok(molecule) => batch.push_molecule(molecule),
                Err(e) => batch.push_refused(e),
            };
            names.push((row.id, row.smiles));
        }
    } else {
        for Row { id, content } in rows {
            let smiles = match content {
                Content::Smiles(smiles) => {
                    batch.push_smiles(&smiles);
                    smiles
                }
                Content::Molblock(text) => {
                    batch.push_molblock(&text);
                    String::new()
                }
                Content::Pose(molecule) => {
                    batch.push_molecule(*molecule);
                    String::new()
                }
                Content::Refused(e) => {
                    batch.push_refused(e);
                    String::new()
                }
            };
            names.push((id, smiles));
        }
    }
    (batch, names)
}

/// A row with its molecule.
pub struct Perceived {
    pub id: String,
    pub smiles: String,
    pub molecule: Result<Molecule, Error>,
}

/// Reads the molecules of a chunk in parallel.
pub fn perceive(pool: &rayon::ThreadPool, rows: Vec<Row>) -> Vec<Perceived> {
    pool.install(|| rows.into_par_iter().map(perceive_row).collect())
}

fn perceive_row(row: Row) -> Perceived {
    let limits = Limits::default();
    let Row { id, content } = row;
    match content {
        Content::Smiles(smiles) => {
            let molecule = guarded(|| chem::parse_smiles(&smiles, &limits));
            Perceived { id, smiles, molecule }
        }
        Content::Molblock(text) => {
            let molecule = guarded(|| chem::parse_molblock(&text, &limits));
            let smiles = molecule.as_ref().map(written).unwrap_or_default();
            Perceived { id, smiles, molecule }
        }
        Content::Pose(molecule) => {
            let smiles = written(&molecule);
            Perceived { id, smiles, molecule: Ok(*molecule) }
        }
        Content::Refused(e) => Perceived { id, smiles: String::new(), molecule: Err(e) },
    }
}

/// The SMILES of a molecule; empty where it has none.
fn written(molecule: &Molecule) -> String {
    guarded(|| Ok(molecule.to_smiles())).ok().flatten().unwrap_or_default()
}

/// A panic in one row is that row's error.
pub fn guarded<T>(work: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| {
        let message = "the library failed on this molecule (a fault of chmr)".to_owned();
        Err(Error { kind: ErrorKind::Unsupported, position: None, message })
    })
}

/// A reason as a status: one line.
pub fn status(e: impl std::fmt::Display) -> String {
    let text = e.to_string().replace(['\n', '\r'], " ");
    match plain(&text) {
        Cow::Borrowed(_) => text,
        Cow::Owned(plain) => plain,
    }
}
