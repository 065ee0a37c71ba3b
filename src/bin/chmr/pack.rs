//! `chmr library pack`: molecules of any number as a table that is searched from its file.

use crate::Failure;
use crate::input;
use crate::options::Pack;
use crate::output;
use crate::progress::Progress;
use crate::run::{self, guarded, status};
use chmr::features::morgan;
use chmr::files::Inputs;
use chmr::reference::TableWriter;
use chmr::tables;
use rayon::prelude::*;
use std::io::{self, Write};

/// Fingerprints of every table made here: those that libraries have.
const RADIUS: u32 = 2;
const BITS: usize = 1024;
/// Refused molecules that are told of, each in a line.
const TOLD: u64 = 20;

/// Writes the table; false where molecules were refused and `--strict` was given.
pub fn command(options: &Pack) -> Result<bool, Failure> {
    let pool = run::pool(options.threads)?;
    let mut source = input::open(&options.input)?;
    let read = Inputs::of([options.input.input.as_path()]);
    let mut table = TableWriter::new(output::begin(&options.output, &read)?, RADIUS, BITS)?;
    let progress = Progress::new(true, source.length, source.read.clone());
    let (mut rows, mut refused) = (0u64, 0u64);
    let mut first_refused = None;
    loop {
        let (chunk, fault) = run::next_chunk(&mut source.rows);
        if let Some(fault) = fault {
            progress.clear();
            return Err(fault);
        }
        if chunk.is_empty() {
            break;
        }
        let molecules = pool.install(|| {
            let perceived = run::perceive(&pool, chunk).into_par_iter();
            let packed = perceived.map(|row| {
                let bits = row.molecule.and_then(|m| guarded(|| Ok(morgan(&m, RADIUS, BITS))));
                (row.id, row.smiles, bits)
            });
            packed.collect::<Vec<_>>()
        });
        for (id, smiles, bits) in molecules {
            rows += 1;
            match bits {
                Ok(bits) => table.push(&plain(&id), &plain(&smiles), &bits)?,
                Err(e) => {
                    refused += 1;
                    if refused <= TOLD {
                        progress.line(&format!(
                            "chmr: molecule {rows}, {}: {}",
                            tables::plain(&id),
                            status(&e)
                        ));
                    }
                    first_refused.get_or_insert_with(|| (id, status(e)));
                }
            }
        }
        progress.update(rows);
    }
    progress.clear();
    let n = table.len();
    table.finish()?;
    run::summarise(rows, refused, first_refused);
    let bytes = std::fs::metadata(&options.output).map_or(0, |m| m.len());
    let path = options.output.display();
    writeln!(io::stderr(), "chmr: {path}: {n} molecules, {:.1} MB", bytes as f64 / 1e6)?;
    Ok(refused == 0 || !options.strict)
}

/// Without the characters that a table has no room for.
fn plain(text: &str) -> std::borrow::Cow<'_, str> {
    if text.chars().any(char::is_control) {
        text.replace(char::is_control, " ").into()
    } else {
        text.into()
    }
}
