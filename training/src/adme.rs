//! Endpoints that users ask for beyond the paper's data sets, made of the public tables of ADME measurements and CYP classes.
//!
//! They are two data sets for training, `adme` (numbers) and `adme_cyp` (classes), whose tasks are all called `adme/…`. Molecules are split
//! 80/10/10 by scaffold, all together, so that no scaffold is learnt from in one and measured in the other. The leak guard has kept molecules of
//! the benchmarks' valid and test splits out. Sources that give the same unit are pooled, as users ask one question; repeated
//! measurements are averaged, and bounds are left out.

use crate::Result;
use crate::assays::{Assays, Bound};
use crate::benchmark::{Benchmark, Split};
use crate::chmr::leak_guard::LeakGuard;
use crate::data::benchmarks;
use crate::data::table::Folder;
use crate::finetune::split::by_scaffold;
use crate::random::Random;
use crate::scaffold::scaffold_of;
use ndarray::{Array2, Axis};
use rayon::prelude::*;
use std::collections::HashMap;
use std::path::Path;

/// Name of the data set that the tasks are of.
pub const DATASET: &str = "adme";
/// The part that is trained on classes.
pub const CLASSES: &str = "adme_cyp";

/// A task.
pub struct Endpoint {
    /// Column of the data set.
    pub column: &'static str,
    /// Assays of [`Assays`] that are pooled: those whose names begin so.
    assays: &'static [&'static str],
    /// What it says, in words.
    pub about: &'static str,
    /// Unit; none for classes.
    pub unit: Option<&'static str>,
    /// What a larger value means.
    pub direction: &'static str,
}

/// All tasks: numbers, then classes.
pub const ENDPOINTS: &[Endpoint] = &[
    number(
        "logd",
        &["adme:logd|log10|", "adme:logd_consolidated|log10|"],
        "distribution coefficient between octanol and water at pH 7.4",
        "log10",
        "higher is more lipophilic",
    ),
    number(
        "clint_microsomes_human",
        &["adme:clint_microsomes_human|log10(mL.min-1.g-1)|"],
        "intrinsic clearance by human liver microsomes",
        "log10 mL/min/g",
        "higher is faster clearance",
    ),
    number(
        "clint_microsomes_rat",
        &["adme:clint_microsomes_rat|log10(mL.min-1.g-1)|"],
        "intrinsic clearance by rat liver microsomes",
        "log10 mL/min/g",
        "higher is faster clearance",
    ),
    number(
        "clint_microsomes_mouse",
        &["adme:clint_microsomes_mouse|log10(mL.min-1.g-1)|"],
        "intrinsic clearance by mouse liver microsomes",
        "log10 mL/min/g",
        "higher is faster clearance",
    ),
    number(
        "ppb_human",
        &["adme:ppb_human|log10 % unbound|"],
        "plasma protein binding, human",
        "log10 % unbound",
        "higher is less bound",
    ),
    number(
        "caco2_papp",
        &["adme:caco2_papp|"],
        "apparent permeability of Caco-2 cells",
        "log10 1e-7 cm/s",
        "higher is more permeable",
    ),
    number(
        "efflux_mdr1_mdck",
        &["adme:efflux_mdr1_mdck|"],
        "efflux by P-glycoprotein, MDR1-MDCK cells",
        "log10 efflux ratio",
        "higher is stronger efflux",
    ),
    number(
        "vdss_human",
        &["adme:vdss_human|"],
        "volume of distribution at steady state, human",
        "log10 L/kg",
        "higher is wider distribution",
    ),
    number(
        "thalf_human",
        &["adme:thalf_human|"],
        "terminal half-life, human",
        "log10 h",
        "higher is longer",
    ),
    number(
        "herg_pic50",
        &["pchembl:CHEMBL240"],
        "inhibition of the potassium channel hERG",
        "-log10 mol/L",
        "higher is more potent",
    ),
    class("cyp1a2_inhibition", &["cyp:CYP1A2"], "inhibition of CYP1A2"),
    class("cyp2c19_inhibition", &["cyp:CYP2C19"], "inhibition of CYP2C19"),
    class("cyp2c9_inhibition", &["cyp:CYP2C9"], "inhibition of CYP2C9"),
    class("cyp2d6_inhibition", &["cyp:CYP2D6"], "inhibition of CYP2D6"),
    class("cyp3a4_inhibition", &["cyp:CYP3A4"], "inhibition of CYP3A4"),
];

const fn number(
    column: &'static str,
    assays: &'static [&'static str],
    about: &'static str,
    unit: &'static str,
    direction: &'static str,
) -> Endpoint {
    Endpoint { column, assays, about, unit: Some(unit), direction }
}

const fn class(
    column: &'static str,
    assays: &'static [&'static str],
    about: &'static str,
) -> Endpoint {
    Endpoint { column, assays, about, unit: None, direction: "higher is more likely" }
}

/// The data set `name`: [`CLASSES`], or [`DATASET`] without these.
///
/// # Errors
/// If a table is absent or not of its form.
pub fn read(folder: &Path, name: &str) -> Result<Benchmark> {
    let all = whole(folder)?;
    let wanted = |e: &Endpoint| e.unit.is_none() == (name == CLASSES);
    let columns: Vec<usize> = (0..ENDPOINTS.len()).filter(|&i| wanted(&ENDPOINTS[i])).collect();
    let labels = all.labels.select(Axis(1), &columns);
    let known = |row: &usize| labels.row(*row).iter().any(|v| !v.is_nan());
    let rows: Vec<usize> = (0..all.smiles.len()).filter(known).collect();
    Ok(Benchmark {
        name: name.into(),
        tasks: columns.iter().map(|&c| all.tasks[c].clone()).collect(),
        smiles: rows.iter().map(|&r| all.smiles[r].clone()).collect(),
        splits: rows.iter().map(|&r| all.splits[r]).collect(),
        labels: labels.select(Axis(0), &rows),
        sha256: all.sha256,
    })
}

/// Both parts together, a column a task of [`ENDPOINTS`].
///
/// # Errors
/// As [`read`].
pub fn whole(folder: &Path) -> Result<Benchmark> {
    let guard = LeakGuard::of_benchmarks(folder, &benchmarks(folder)?)?;
    let tables = ["adme", "pchembl", "cyp"].map(String::from);
    let mut input = Folder::new(folder);
    let assays = Assays::read(&tables, &mut input, &guard)?;
    let mut tasks: HashMap<u32, usize> = HashMap::new();
    for (i, assay) in assays.assays.iter().enumerate() {
        let of = |e: &Endpoint| e.assays.iter().any(|start| assay.name.starts_with(start));
        if let Some(task) = ENDPOINTS.iter().position(of) {
            tasks.insert(i as u32, task);
        }
    }
    // The split takes scaffolds of one size by their place, which must not be their table's.
    let mut order: Vec<usize> = (0..assays.smiles.len()).collect();
    Random::new(0, DATASET).shuffle(&mut order);
    let (mut smiles, mut labels) = (Vec::new(), Vec::new());
    for (text, known) in order.iter().map(|&i| (&assays.smiles[i], &assays.labels[i])) {
        let mut sums = [(0.0f32, 0.0f32); ENDPOINTS.len()];
        for label in known.iter().filter(|l| l.bound == Bound::Exact) {
            if let Some(&task) = tasks.get(&label.assay) {
                sums[task] = (sums[task].0 + label.value, sums[task].1 + 1.0);
            }
        }
        if sums.iter().any(|(_, n)| *n > 0.0) {
            smiles.push(text.clone());
            for ((sum, n), endpoint) in sums.into_iter().zip(ENDPOINTS) {
                // NaN where there is none; a class on which records disagree is none.
                let mean = sum / n;
                let split = endpoint.unit.is_none() && mean == 0.5;
                labels.push(if split { f32::NAN } else { mean });
            }
        }
    }
    let keys: Vec<String> = smiles.par_iter().map(|s| scaffold_of(s)).collect();
    let splits: Vec<Split> = by_scaffold(&keys);
    let hashes: Vec<&str> = input.hashes().values().map(String::as_str).collect();
    Ok(Benchmark {
        name: DATASET.into(),
        tasks: ENDPOINTS.iter().map(|e| e.column.to_owned()).collect(),
        labels: Array2::from_shape_vec((smiles.len(), ENDPOINTS.len()), labels)?,
        smiles,
        splits,
        sha256: chmr::model::sha256_hex(hashes.concat().as_bytes()),
    })
}
