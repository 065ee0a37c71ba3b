//! The options, as `--help` tells them.

use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

/// Molecules in, biology-aware property predictions out.
#[derive(Parser)]
#[command(name = "chmr", version, about, max_term_width = 100)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Subcommand)]
pub enum Command {
    /// Predict properties of molecules
    Predict(Predict),
    /// Compute fingerprints, bit for bit those of RDKit
    Fingerprint(Fingerprint),
    /// Say what a model is and what it predicts
    Info(Info),
}

/// Where molecules come from.
#[derive(Args)]
pub struct Input {
    /// File of molecules: .smi, .csv, .sdf or .pdbqt, also with .gz; - for standard input
    pub input: PathBuf,
    /// Format of the input, where its name does not tell
    #[arg(long, value_enum)]
    pub input_format: Option<InputFormat>,
    /// CSV column that holds the SMILES
    #[arg(long, default_value = "smiles")]
    pub smiles_column: String,
    /// The molecule of docked poses (.pdbqt) as SMILES [default: the file's own REMARK SMILES]
    #[arg(long, value_name = "SMILES")]
    pub template: Option<String>,
    /// CSV column that holds the id [default: the row's number]
    #[arg(long)]
    pub id_column: Option<String>,
}

/// What becomes of results.
#[derive(Args)]
pub struct Common {
    #[command(flatten)]
    pub input: Input,
    /// File to write, compressed if its name ends in .gz [default: standard output]
    #[arg(short, long)]
    pub output: Option<PathBuf>,
    /// Threads; 0 for as many as the machine has
    #[arg(long, default_value_t = 0)]
    pub threads: usize,
    /// Exit with status 3 if any molecule was refused
    #[arg(long)]
    pub strict: bool,
}

#[derive(Args)]
pub struct Predict {
    #[command(flatten)]
    pub common: Common,
    /// Format of the output [default: csv; on a terminal a table of a few endpoints]
    #[arg(long, value_enum)]
    pub format: Option<OutputFormat>,
    #[command(flatten)]
    pub model: Model,
}

#[derive(Args)]
pub struct Model {
    /// Model file [default: the one inside this program]
    #[arg(long)]
    pub model: Option<PathBuf>,
    /// Tasks by name, as in 'biogen/*'; may be given more than once [default: all]
    #[arg(long, value_name = "GLOB")]
    pub tasks: Vec<String>,
}

#[derive(Args)]
pub struct Fingerprint {
    #[command(flatten)]
    pub common: Common,
    /// Kind of fingerprint
    #[arg(long, value_enum, default_value = "morgan")]
    pub kind: Kind,
    /// Radius of the Morgan environments, bonds
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u32).range(0..=10))]
    pub radius: u32,
    /// Length of the Morgan fingerprint, bits
    #[arg(long, default_value_t = 1024, value_parser = clap::value_parser!(u32).range(8..=65536))]
    pub bits: u32,
    /// Format of the output
    #[arg(long, value_enum, default_value = "csv")]
    pub format: RecordFormat,
}

#[derive(Args)]
pub struct Info {
    #[command(flatten)]
    pub model: Model,
    /// JSON instead of text
    #[arg(long)]
    pub json: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum InputFormat {
    /// SMILES, then white space and a name, a line each
    Smi,
    /// Comma-separated values with a header
    Csv,
    /// Molblocks with properties
    Sdf,
    /// Poses, as AutoDock Vina writes them
    Pdbqt,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum OutputFormat {
    /// Comma-separated values
    Csv,
    /// JSON Lines: an object a row
    Jsonl,
    /// For a person: a few endpoints with their units
    Table,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum RecordFormat {
    /// Comma-separated values
    Csv,
    /// JSON Lines: an object a row
    Jsonl,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Kind {
    /// Morgan environments, folded
    Morgan,
    /// MACCS keys, RDKit's 167 bits
    Maccs,
}
