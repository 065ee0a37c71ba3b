//! The command line: files of molecules in, tables out, a chunk at a time.
//!
//! A command checks its options and opens what it reads before it creates what it writes ([`run::open`], [`output`]).

mod codebook;
mod encode;
mod fingerprint;
mod impute;
mod info;
mod input;
mod library;
mod models;
mod observed;
mod options;
mod output;
mod pack;
mod panel;
#[cfg(feature = "parquet")]
mod parquet_input;
#[cfg(feature = "parquet")]
mod parquet_output;
mod predict;
mod profiles;
mod progress;
mod run;
mod shape;
mod signals;
mod table;
mod tasks;
mod trust;

use chmr::tables::plain;
use clap::Parser;
use options::{Cli, Command};
use std::io::{self, Write};
use std::process::ExitCode;

/// What ends a command early; its message is for a person.
type Failure = Box<dyn std::error::Error>;

/// Exit status of a command that failed.
const FAILED: u8 = 1;
/// Exit status where rows were refused and `--strict` was given.
const STRICT: u8 = 3;

fn main() -> ExitCode {
    let cli = Cli::parse();
    if let Err(e) = signals::remove_unfinished(&output::UNFINISHED) {
        return failed(&e.into());
    }
    let result = match &cli.command {
        Command::Predict(options) => predict::command(options),
        Command::Fingerprint(options) => fingerprint::command(options),
        Command::Shape(options) => shape::command(options),
        Command::Impute(options) => impute::impute(options),
        Command::Panel(options) => panel::command(options).map(|()| true),
        Command::Encode(options) => encode::command(options),
        Command::Codebook(command) => codebook::command(command).map(|()| true),
        Command::Neighbors(options) => impute::neighbors(options),
        Command::Library(command) => library::command(command),
        Command::Info(options) => info::command(options).map(|()| true),
    };
    match result {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(STRICT),
        // The reader of a pipe has seen enough: no fault of anybody's.
        Err(e) if is_broken_pipe(&*e) => ExitCode::from(signals::broken_pipe()),
        Err(e) => failed(&e),
    }
}

fn failed(e: &Failure) -> ExitCode {
    // Messages quote files, which may hold anything.
    let _ = writeln!(io::stderr(), "chmr: {}", plain(&e.to_string()));
    ExitCode::from(FAILED)
}

fn is_broken_pipe(e: &(dyn std::error::Error + 'static)) -> bool {
    e.downcast_ref::<io::Error>().is_some_and(|e| e.kind() == io::ErrorKind::BrokenPipe)
}
