//! What pretraining learns from: read once, computed once, kept in `<run>/prepared/`.
//!
//! Everything is a function of the configuration's section `[prepare]` and of the data folder's files: the same
//! input gives the same bytes, whatever the number of threads. `index.json` says what was read and what is there:
//! format version, the configuration, SHA-256 of every input and SHA-256 and size of every file, names of features
//! and tasks, what the leak guard refused. The arrays are safetensors, n = number of molecules:
//!
//! | file | arrays |
//! |---|---|
//! | `molecules.safetensors` | `smiles` u8 (canonical SMILES without stereochemistry, one behind the other), `offsets` u64 \[n + 1\] into it, `descriptors` f32 [n, descriptors] (standardised), `maccs` u64 [n, 3], `morgan` u64 [n, 16] (bit i of a row is bit i mod 64 of word i / 64), `held_out` u8 \[n\] (1: validation), `withheld` u8 \[n\] (1: of a benchmark's valid or test split) |
//! | `standardizer.safetensors` | the descriptors' scale, as [`backbone`](crate::backbone) has it |
//! | `similarity.safetensors` | `offsets` u64 \[n + 1\], `neighbors` u32, `similarities` f32: each molecule's nearest, nearest first ([`similarity`]) |
//! | `context.safetensors` | nodes and edges of the context graph ([`context`]) |
//! | `profiles.safetensors` | for each source S: `S.molecules` u32 \[rows\], `S.values` f32 [rows, features], `S.mean`, `S.scale` f32 \[features\] ([`profiles`]) |
//! | `labels.safetensors` | `offsets` u64 \[n + 1\], `tasks` u32, `values` f32 in 0…1 ([`labels`]) |
//!
//! Labels of molecules that a benchmark withholds (its valid and test splits) never get here: the leak guard is
//! asked about every row of a labelled table and every drug–target edge, and [`Prepared::load`] refuses a folder in
//! which such a label stands all the same. Observed profiles are inputs of the method, not labels of a benchmark's
//! task, and are kept.

pub mod arrays;
pub mod config;
pub mod context;
pub mod features;
pub mod genes;
pub mod labels;
pub mod molecules;
mod prepare;
mod prepared;
pub mod profiles;
pub mod similarity;
pub mod table;

pub use config::PrepareConfig;
pub(crate) use prepare::benchmarks;
pub use prepare::{prepare, prepare_scaled};
pub use prepared::{Index, Prepared};
