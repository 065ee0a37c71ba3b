//! The options, as `--help` tells them.

use crate::models::Choice;
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
    /// Fill in gene expression or morphology from similar molecules of the reference library
    Impute(Impute),
    /// Name the features whose measurement tells most about the others
    Panel(Panel),
    /// Place molecules in the learned hierarchy
    Encode(Encode),
    /// Show what the nodes of the learned hierarchy hold
    #[command(subcommand)]
    Codebook(CodebookCommand),
    /// Find the most similar molecules of the reference library
    Neighbors(Neighbors),
    /// Build a reference library, or put one into a model
    #[command(subcommand)]
    Library(LibraryCommand),
    /// Compute fingerprints, bit for bit those of RDKit
    Fingerprint(Fingerprint),
    /// Describe the shapes of 3D conformers, such as docked poses
    Shape(Shape),
    /// Say what a model is and what it predicts
    Info(Info),
}

/// Where molecules come from.
#[derive(Args)]
pub struct Input {
    /// File of molecules: SMILES, CSV, TSV, SDF, PDBQT or Parquet, also with .gz; - for standard input
    pub input: PathBuf,
    /// Format of the input [default: recognised by its content, then by its name]
    #[arg(long, value_enum)]
    pub input_format: Option<InputFormat>,
    /// Character between the fields of a table, or tab [default: recognised by its header]
    #[arg(long, value_name = "CHARACTER", value_parser = delimiter)]
    pub delimiter: Option<u8>,
    /// Column of a table that holds the SMILES [default: the one called smiles, Canonical SMILES, structure, mol, …]
    #[arg(long, value_name = "COLUMN")]
    pub smiles_column: Option<String>,
    /// A molecule of docked poses (.pdbqt) as SMILES; once for each where several were docked together [default: the file's own
    /// REMARK SMILES]
    #[arg(long, value_name = "SMILES")]
    pub template: Vec<String>,
    /// Column of a table that holds the id [default: the row's number]
    #[arg(long, value_name = "COLUMN")]
    pub id_column: Option<String>,
}

/// A delimiter as it is given on a command line.
fn delimiter(text: &str) -> Result<u8, String> {
    match text {
        "tab" | "\\t" => Ok(b'\t'),
        "comma" => Ok(b','),
        "semicolon" => Ok(b';'),
        "space" => Ok(b' '),
        _ => match text.as_bytes() {
            [b] if b.is_ascii()
                && !b.is_ascii_alphanumeric()
                && !matches!(b, b'"' | b'\r' | b'\n' | 0) =>
            {
                Ok(*b)
            }
            _ => Err("expected one character such as ',' or ';', or tab".to_owned()),
        },
    }
}

/// What becomes of results.
#[derive(Args)]
pub struct Common {
    #[command(flatten)]
    pub input: Input,
    /// File to write, compressed if its name ends in .gz; it appears when it is complete, in place of any other [default: standard output]
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
    /// Format of the output [default: csv; parquet where its name ends so; on a terminal a table of a few endpoints]
    #[arg(long, value_enum)]
    pub format: Option<OutputFormat>,
    /// Write intervals, the applicability domain and the model's identity, too
    #[arg(long)]
    pub trust: bool,
    /// Coverage of the intervals: one that the model has, see `chmr info`
    #[arg(long, value_name = "SHARE", default_value_t = 0.9, requires = "trust")]
    pub coverage: f32,
    #[command(flatten)]
    pub model: Model,
}

#[derive(Args)]
pub struct Model {
    /// Model: default (the one inside this program), fast, accurate, or a file [default: default]
    #[arg(long, value_name = "MODEL", value_parser = Choice::parse)]
    pub model: Option<Choice>,
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
    /// Format of the output [default: csv; parquet where its name ends so]
    #[arg(long, value_enum)]
    pub format: Option<RecordFormat>,
}

#[derive(Args)]
pub struct Shape {
    #[command(flatten)]
    pub common: Common,
    /// Format of the output [default: csv; parquet where its name ends so]
    #[arg(long, value_enum)]
    pub format: Option<RecordFormat>,
}

/// Where the reference library comes from.
#[derive(Args)]
pub struct Source {
    /// Model: default (the one inside this program), fast, accurate, or a file [default: default]
    #[arg(long, value_name = "MODEL", value_parser = Choice::parse)]
    pub model: Option<Choice>,
    /// Library file to add to the model's own; may be given more than once
    #[arg(long, value_name = "FILE")]
    pub library: Vec<PathBuf>,
}

impl Source {
    /// The files.
    pub fn files(&self) -> impl Iterator<Item = &PathBuf> {
        crate::models::file(&self.model).into_iter().chain(&self.library)
    }
}

#[derive(Args)]
pub struct Impute {
    #[command(flatten)]
    pub common: Common,
    /// What to fill in, such as expression or morphology
    #[arg(long)]
    pub modality: String,
    /// How features are called in the output
    #[arg(long, value_enum, default_value = "id")]
    pub names: Names,
    /// Write the spread of every value, too
    #[arg(long)]
    pub spread: bool,
    /// Write the ends of an interval about every value that holds a measurement with this probability, 0.5 to 0.99, too; several
    /// with commas
    #[arg(long, value_name = "COVERAGE", value_delimiter = ',')]
    pub interval: Vec<f32>,
    /// How values are found
    #[arg(long, value_enum, default_value = "regression")]
    pub method: ImputeMethod,
    /// Use nothing but structure, even for compounds of which more is known
    #[arg(long)]
    pub structure_only: bool,
    /// Table (CSV, TSV, Parquet, also .gz) of what was measured, by id: such values come back untouched, and
    /// inform the others
    #[arg(long, value_name = "FILE")]
    pub observed: Option<PathBuf>,
    /// Format of the output [default: csv; parquet where its name ends so]
    #[arg(long, value_enum)]
    pub format: Option<RecordFormat>,
    #[command(flatten)]
    pub source: Source,
}

#[derive(Args)]
pub struct Panel {
    /// What is measured, such as expression or morphology
    #[arg(long)]
    pub modality: String,
    /// Number of features
    #[arg(long)]
    pub size: usize,
    /// How features are called in the output
    #[arg(long, value_enum, default_value = "id")]
    pub names: Names,
    #[command(flatten)]
    pub source: Source,
}

#[derive(Args)]
pub struct Encode {
    #[command(flatten)]
    pub common: Common,
    /// Write the latents, too
    #[arg(long)]
    pub latents: bool,
    /// Model: default (the one inside this program), fast, accurate, or a file [default: default]
    #[arg(long, value_name = "MODEL", value_parser = Choice::parse)]
    pub model: Option<Choice>,
    /// Format of the output [default: csv; parquet where its name ends so]
    #[arg(long, value_enum)]
    pub format: Option<RecordFormat>,
}

#[derive(Subcommand)]
pub enum CodebookCommand {
    /// Place a table's molecules in the tree and say what each node holds: a medoid, the nearest, enriched labels
    Describe(DescribeCodebook),
}

#[derive(Args)]
pub struct DescribeCodebook {
    /// Table of molecules with labels, such as drugs with their mechanisms of action
    pub table: PathBuf,
    /// Columns of labels, separated by commas
    #[arg(long, value_name = "COLUMNS", value_delimiter = ',')]
    pub labels: Vec<String>,
    /// Character between the labels of a molecule
    #[arg(long, value_name = "CHARACTER", default_value = "|")]
    pub separator: char,
    /// Column that names the molecules [default: the row's number]
    #[arg(long, value_name = "COLUMN")]
    pub id_column: Option<String>,
    /// Column that holds the SMILES [default: the one called smiles, Canonical SMILES, structure, mol, …]
    #[arg(long, value_name = "COLUMN")]
    pub smiles_column: Option<String>,
    /// Deepest level to describe [default: all]
    #[arg(long, value_name = "LEVEL")]
    pub depth: Option<usize>,
    /// File to write, compressed if its name ends in .gz [default: standard output]
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Threads; 0 for as many as the machine has
    #[arg(long, default_value_t = 0)]
    pub threads: usize,
    /// Model: default (the one inside this program), fast, accurate, or a file [default: default]
    #[arg(long, value_name = "MODEL", value_parser = Choice::parse)]
    pub model: Option<Choice>,
}

#[derive(Args)]
pub struct Neighbors {
    #[command(flatten)]
    pub common: Common,
    /// Neighbours of each molecule
    #[arg(short, long, default_value_t = 5)]
    pub k: usize,
    /// Least Tanimoto similarity, 0 to 1
    #[arg(long, default_value_t = 0.0)]
    pub threshold: f32,
    /// Search this table, as `chmr library pack` writes it, instead of the model's library
    #[arg(long, value_name = "FILE", conflicts_with_all = ["model", "library"])]
    pub table: Option<PathBuf>,
    /// Format of the output [default: csv; parquet where its name ends so]
    #[arg(long, value_enum)]
    pub format: Option<RecordFormat>,
    #[command(flatten)]
    pub source: Source,
}

#[derive(Subcommand)]
pub enum LibraryCommand {
    /// Make a library file of molecules and their profiles
    Build(Box<Build>),
    /// Pack molecules into a table for `chmr neighbors --table`: up to hundreds of millions, searched from the file
    Pack(Pack),
    /// Write a model file that holds a library
    Attach(Attach),
    /// Say what the library of a model holds
    Info(LibraryInfo),
}

#[derive(Args)]
pub struct Build {
    /// Table of profiles (CSV, TSV, Parquet, also .gz): an id, and a column a feature
    #[arg(long, value_name = "FILE")]
    pub profiles: PathBuf,
    /// What the profiles are of, such as expression
    #[arg(long)]
    pub modality: String,
    /// Library file to write
    #[arg(short, long)]
    pub output: PathBuf,
    /// File of molecules with the same ids [default: the table has a column of SMILES]
    #[arg(long, value_name = "FILE")]
    pub smiles: Option<PathBuf>,
    /// Column that holds the id; profiles of one id are averaged
    #[arg(long, default_value = "id")]
    pub id_column: String,
    /// Column that holds the SMILES [default: the one called smiles, Canonical SMILES, structure, mol, …]
    #[arg(long, value_name = "COLUMN")]
    pub smiles_column: Option<String>,
    /// Columns of the table that are no features
    #[arg(long, value_name = "COLUMN", value_delimiter = ',')]
    pub ignore: Vec<String>,
    /// Table of second names of the features, whose first column is the first
    #[arg(long, value_name = "FILE")]
    pub labels: Option<PathBuf>,
    /// Column of that table with the second name
    #[arg(long, default_value = "symbol")]
    pub label_column: String,
    /// What values go through before they are averaged
    #[arg(long, value_enum, default_value = "asinh")]
    pub scale: ScaleChoice,
    /// How far rows are brought to one magnitude: 0 not at all, 1 wholly
    #[arg(long, default_value_t = 0.5)]
    pub balance: f32,
    /// Power of the similarity that a neighbour counts by
    #[arg(long, default_value_t = 2)]
    pub power: i32,
    /// Where the profiles come from, one line
    #[arg(long, default_value = "")]
    pub source: String,
    /// Their licence, one line
    #[arg(long, default_value = "")]
    pub licence: String,
    /// Table of known compounds (CSV, TSV, Parquet, also .gz): SMILES, and what is known of them
    #[arg(long, value_name = "FILE", requires = "context_columns")]
    pub context: Option<PathBuf>,
    /// Columns of that table, such as mechanism and targets; terms of a row are separated by '|'
    #[arg(long, value_name = "COLUMN", value_delimiter = ',', requires = "context")]
    pub context_columns: Vec<String>,
    /// What a compound of the same terms counts, beside the 1 of the same structure, for each column
    #[arg(long, default_value_t = 0.1)]
    pub context_weight: f32,
    /// Table of compounds (CSV, TSV, Parquet, also .gz): SMILES, and how strongly each acts in the assay
    #[arg(long, value_name = "FILE", requires = "activity_columns")]
    pub activity: Option<PathBuf>,
    /// Columns of that table, numbers; give logarithms of counts and of what is as skewed
    #[arg(long, value_name = "COLUMN", value_delimiter = ',', requires = "activity")]
    pub activity_columns: Vec<String>,
    /// What a compound of the same activity, one standard deviation off the mean, counts, beside the 1 of
    /// the same structure
    #[arg(long, default_value_t = 0.3)]
    pub activity_weight: f32,
    /// Variance of one measurement over that which structure explains, 0.001 to 1,000,000
    #[arg(long, default_value_t = 2.0)]
    pub noise: f32,
}

#[derive(Args)]
pub struct Pack {
    #[command(flatten)]
    pub input: Input,
    /// Table to write; while it is packed, another 136 bytes a molecule are needed beside it
    #[arg(short, long)]
    pub output: PathBuf,
    /// Threads; 0 for as many as the machine has
    #[arg(long, default_value_t = 0)]
    pub threads: usize,
    /// Exit with status 3 if any molecule was refused
    #[arg(long)]
    pub strict: bool,
}

#[derive(Args)]
pub struct Attach {
    #[command(flatten)]
    pub source: Source,
    /// Model file to write
    #[arg(short, long, required_unless_present = "in_place")]
    pub output: Option<PathBuf>,
    /// Write the file of --model anew
    #[arg(long, conflicts_with = "output", requires = "model")]
    pub in_place: bool,
}

#[derive(Args)]
pub struct LibraryInfo {
    #[command(flatten)]
    pub source: Source,
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
    /// Values separated by commas, semicolons or tabs, with a header
    #[value(alias = "tsv")]
    Csv,
    /// Molblocks with properties
    Sdf,
    /// Poses, as AutoDock Vina writes them
    Pdbqt,
    /// Apache Parquet with a column of SMILES
    Parquet,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum OutputFormat {
    /// Comma-separated values
    Csv,
    /// JSON Lines: an object a row
    Jsonl,
    /// Apache Parquet: 32-bit floats, null where there is no value
    Parquet,
    /// For a person: a few endpoints with their units
    Table,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum RecordFormat {
    /// Comma-separated values
    Csv,
    /// JSON Lines: an object a row
    Jsonl,
    /// Apache Parquet: strings and 32-bit floats, null where there is no value
    Parquet,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Names {
    /// As the library has them, such as Entrez ids
    Id,
    /// By their second names, such as gene symbols
    Symbol,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ImputeMethod {
    /// By regression on similarity, towards the mean profile where little resembles
    Regression,
    /// By the paper's plain propagation
    Propagation,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ScaleChoice {
    /// As they are
    Linear,
    /// Inverse hyperbolic sine, for heavy tails
    Asinh,
}

impl From<ScaleChoice> for chmr::reference::Scale {
    fn from(choice: ScaleChoice) -> Self {
        match choice {
            ScaleChoice::Linear => Self::Linear,
            ScaleChoice::Asinh => Self::Asinh,
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Kind {
    /// Morgan environments, folded
    Morgan,
    /// MACCS keys, RDKit's 167 bits
    Maccs,
}
