//! Labelled tables for the supervised lever: activities on other targets than the benchmarks' test labels, and how
//! strongly a compound acts in the large profiling campaigns. The leak guard is asked about every row.

use super::molecules::{MoleculeSet, merge, spread};
use super::table::{Folder, Table};
use crate::Result;
use crate::chmr::leak_guard::LeakGuard;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Where a labelled table stands.
#[derive(Clone, Copy, Debug)]
pub struct TableInfo {
    /// Its name in a configuration.
    pub name: &'static str,
    /// File in the data folder.
    pub path: &'static str,
}

/// Every table that a configuration may name.
pub const TABLES: &[TableInfo] = &[
    TableInfo { name: "chembl", path: "pretrain/labelled/chembl_targets691.csv.gz" },
    TableInfo { name: "tox21", path: "pretrain/labelled/tox21.csv.gz" },
    TableInfo { name: "muv", path: "pretrain/labelled/muv_sample.csv.gz" },
    TableInfo { name: "jump_activity", path: "pretrain/morphology/jump_activity.csv.gz" },
    TableInfo { name: "l1000_activity", path: "pretrain/expression/l1000_activity_counts.csv.gz" },
];

/// pChEMBL at which a compound counts as half active, the threshold of ChEMBL2k.
pub(crate) const POTENT: f32 = 6.5;
/// Logits a unit of pChEMBL: labels at 5.5 and 7.5 are 0.12 and 0.88. Softer than a threshold, so that what is
/// just above and just below it are not opposites.
const STEEPNESS: f32 = 2.0;
/// Genes moved that count as fully active.
const MANY_GENES: f32 = 100.0;

/// The label in 0…1 of a pChEMBL value.
pub(crate) fn activity(pchembl: f32) -> f32 {
    1.0 / (1.0 + (STEEPNESS * (POTENT - pchembl)).exp())
}

/// Labels in 0…1 of the molecules that have any, sparse.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Labels {
    /// Table and column of each task, `table:column`.
    pub tasks: Vec<String>,
    /// For each molecule, (task, label) ascending by task; empty for most.
    pub rows: Vec<Vec<(u32, f32)>>,
    /// What the guard did, a table.
    pub guarded: BTreeMap<String, Guarded>,
}

/// How many rows of a table the leak guard admitted and refused.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Guarded {
    /// Rows that may be trained on.
    pub admitted: usize,
    /// Rows on a molecule of a benchmark's valid or test split, or unreadable.
    pub refused: usize,
}

/// What is known of the table `name`.
///
/// # Errors
/// If there is no such table.
pub fn table(name: &str) -> Result<&'static TableInfo> {
    TABLES.iter().find(|t| t.name == name).ok_or_else(|| {
        let known: Vec<&str> = TABLES.iter().map(|t| t.name).collect();
        format!("no labelled table is named '{name}'; there are {}", known.join(", ")).into()
    })
}

/// How one column becomes labels in 0…1.
struct Column {
    name: String,
    number: usize,
    label: fn(&Table, usize, usize) -> Result<f32>,
}

impl Labels {
    /// Reads a table, at most `limit` rows of it, evenly spread; asks the guard about each row, adds the admitted
    /// molecules to the set, and their labels here.
    ///
    /// # Errors
    /// If the file is not of the expected form.
    pub fn read(
        &mut self,
        folder: &mut Folder,
        info: &TableInfo,
        limit: Option<usize>,
        guard: &LeakGuard,
        set: &mut MoleculeSet,
    ) -> Result<()> {
        let table = folder.table(info.path)?;
        let smiles = table.column("smiles")?;
        let rows = spread(table.len(), limit.unwrap_or(usize::MAX));
        let asked: Vec<&str> = rows.iter().map(|&r| table.text(r, smiles)).collect();
        let admitted = guard.admit(&asked);
        let guarded = Guarded { admitted: admitted.rows.len(), refused: admitted.refused.len() };
        self.guarded.insert(info.name.to_owned(), guarded);

        let columns = columns(info.name, &table)?;
        let admitted: Vec<usize> = admitted.rows.iter().map(|&i| rows[i]).collect();
        let texts: Vec<&str> = admitted.iter().map(|&r| table.text(r, smiles)).collect();
        let numbers = set.add(&texts);
        let values = admitted
            .iter()
            .zip(numbers)
            .map(|(&r, molecule)| {
                let row = columns.iter().map(|c| (c.label)(&table, r, c.number));
                Ok((molecule, row.collect::<Result<Vec<f32>>>()?))
            })
            .collect::<Result<Vec<_>>>()?;
        let first = self.tasks.len() as u32;
        self.tasks.extend(columns.iter().map(|c| format!("{}:{}", info.name, c.name)));
        self.rows.resize(set.smiles().len(), Vec::new());
        for (molecule, row) in merge(&values)? {
            let known = (first..).zip(row).filter(|(_, v)| v.is_finite());
            self.rows[molecule as usize].extend(known);
        }
        Ok(())
    }

    /// Number of labels.
    pub fn len(&self) -> usize {
        self.rows.iter().map(Vec::len).sum()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

fn columns(name: &str, table: &Table) -> Result<Vec<Column>> {
    let one = |column: &str, label| -> Result<Column> {
        Ok(Column { name: column.to_owned(), number: table.column(column)?, label })
    };
    Ok(match name {
        "jump_activity" => vec![
            one("mean_average_precision", |t, r, c| Ok(t.number(r, c)?.clamp(0.0, 1.0)))?,
            one("below_corrected_p", |t, r, c| {
                Ok(match t.text(r, c) {
                    "True" => 1.0,
                    "False" => 0.0,
                    _ => f32::NAN,
                })
            })?,
        ],
        "l1000_activity" => vec![one("num_sig", |t, r, c| {
            Ok((t.number(r, c)?.ln_1p() / MANY_GENES.ln_1p()).clamp(0.0, 1.0))
        })?],
        _ => {
            let label: fn(&Table, usize, usize) -> Result<f32> = if name == "chembl" {
                |t, r, c| Ok(activity(t.number(r, c)?))
            } else {
                |t, r, c| Ok(t.number(r, c)?.clamp(0.0, 1.0))
            };
            let smiles = table.column("smiles")?;
            let all = table.header().into_iter().enumerate().filter(|(i, _)| *i != smiles);
            all.map(|(number, name)| Column { name: name.to_owned(), number, label }).collect()
        }
    })
}
