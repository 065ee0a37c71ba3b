//! What public tables of assays know, taught to one network whose last hidden values heads may read: a lever beyond the paper.
//!
//! Some two thousand assays of a few hundred thousand molecules: activities on targets, classes of CYP inhibition, ADME measurements, kinase
//! panels. Joint training with a data set's own labels hurts (the tables are a hundred times larger and differ in how they measure);
//! so a network learns the tables alone, and heads read what it makes of a molecule, the stage [`STAGE`].
//!
//! It never sees a label on a molecule of any benchmark, whatever its split. So its values for a benchmark's molecules are
//! out of fold, in training, validation and test alike: heads do not learn to trust what was only remembered.
//!
//! - [`tables`]: the tables as labels of molecules, sparse.
//! - [`train`](mod@train): the network and its training, resumable.

pub mod tables;
pub mod train;

pub use tables::{Assay, Assays, Bound, Label};
pub use train::{STAGE, stage, train};

use crate::Result;
use serde::{Deserialize, Serialize};

/// Section `[assays]` of a configuration.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AssaysConfig {
    /// Tables learnt from; see [`tables::TABLES`].
    pub tables: Vec<String>,
    /// What the network reads, side by side: the structure vector and students.
    pub reads: Vec<String>,
    /// Fewest labels of an assay.
    pub least: usize,
    /// Width of the hidden layers.
    pub width: usize,
    /// Their number.
    pub layers: usize,
    /// Values that heads read.
    pub outputs: usize,
    /// Share of the inputs dropped in training.
    pub dropout: f32,
    /// Molecules a step.
    pub batch: usize,
    /// Times that every molecule is learnt from.
    pub epochs: usize,
    /// Highest learning rate.
    pub rate: f64,
    /// Decoupled weight decay.
    pub decay: f64,
    /// Share of the molecules that are measured on, not learnt from.
    pub held_out: f64,
    /// Where the random numbers begin.
    pub seed: u64,
}

impl Default for AssaysConfig {
    fn default() -> Self {
        Self {
            tables: tables::TABLES.iter().map(|t| t.name.to_owned()).collect(),
            reads: vec!["structure".into()],
            least: 50,
            width: 1024,
            layers: 2,
            outputs: 256,
            dropout: 0.2,
            batch: 512,
            epochs: 8,
            rate: 1e-3,
            decay: 1e-2,
            held_out: 0.03,
            seed: 0,
        }
    }
}

impl AssaysConfig {
    /// # Errors
    /// Where a number is out of range, or there is no such table.
    pub fn check(&self) -> Result<()> {
        for name in &self.tables {
            tables::table(name)?;
        }
        let positive = [self.width, self.layers, self.outputs, self.batch, self.epochs];
        let shares = (0.0..1.0).contains(&self.dropout) && (0.0..0.5).contains(&self.held_out);
        if positive.contains(&0) || !shares || self.rate <= 0.0 || self.reads.is_empty() {
            return Err(format!("[assays]: {self:?} is out of range").into());
        }
        Ok(())
    }
}
