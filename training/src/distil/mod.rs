//! Students of a large teacher: networks that give a molecule the teacher's values, small enough to run in the library.
//!
//! The teacher is a graph network that others pretrained on hundreds of millions of labels (`training/teachers`); its values, 512 a
//! molecule, are computed once, outside of this program, and kept in a folder of shards. Two students learn them by
//! least squares, and are frozen then: heads read what they give as they read the structure vector.
//!
//! - [`teacher`]: the folder of molecules and values, standardised.
//! - [`vector`]: a student that reads the structure vector; [`graph`]: one that reads atoms and bonds ([`inputs`], [`packed`], [`ops`], [`gelu`]).
//! - [`stages`]: trained students as stages of a model file, `student_1d` and `student_2d`, which heads may read.
//! - [`train`]: their training, resumable from its last checkpoint, each batch split over threads.
//!
//! No molecule of a benchmark's valid or test split is among those learnt from: the folder's maker leaves them out
//! (`training/teachers/molecules.py`), and keeps some of them, and one whole source, for measuring.

pub mod config;
pub mod gelu;
pub mod graph;
pub mod inputs;
pub mod ops;
pub mod packed;
pub mod stages;
pub mod teacher;
pub mod train;
pub mod vector;
mod vectorized;

pub use config::{DistilConfig, VectorConfig};
pub use train::{Options, distil};
