//! `cargo xtask hierarchy`: what the learned hierarchy says of drugs' mechanisms, beside clusters of the same size.

use crate::Result;
use crate::parity::data;
use crate::reference::{chmr, compile};
use crate::run::{python, root, run};
use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::PathBuf;
use std::process::Command;

/// Drugs that a mechanism must have to count.
const DRUGS: usize = 10;

/// Places the drugs of the repurposing hub with `chmr encode`, hands codes, latents and fingerprints to
/// `tests/oracle/hierarchy.py`, and writes docs/hierarchy.md. The first argument names the model, the embedded one if absent.
pub fn command(args: &[String]) -> Result {
    let model = args.first().map_or_else(|| "default".into(), PathBuf::from);
    compile()?;
    let folder = root().join("target/hierarchy");
    std::fs::create_dir_all(&folder)?;
    let drugs = drugs()?;
    let (smiles, mechanisms) = (folder.join("drugs.smi"), folder.join("mechanisms.txt"));
    let mut lists = (std::fs::File::create(&smiles)?, std::fs::File::create(&mechanisms)?);
    for (text, mechanism) in &drugs {
        writeln!(lists.0, "{text}")?;
        writeln!(lists.1, "{mechanism}")?;
    }
    let (codes, bits) = (folder.join("codes.csv"), folder.join("bits.csv"));
    run(Command::new(chmr())
        .args(["encode", "--latents", "--model"])
        .arg(&model)
        .arg(&smiles)
        .arg("-o")
        .arg(&codes))?;
    run(Command::new(chmr())
        .args(["fingerprint", "--bits", "2048"])
        .arg(&smiles)
        .arg("-o")
        .arg(&bits))?;
    let python = python("hierarchy", "tests/oracle/hierarchy.txt")?;
    let found = Command::new(python)
        .arg(root().join("tests/oracle/hierarchy.py"))
        .args([&mechanisms, &codes, &bits])
        .output()?;
    if !found.status.success() {
        return Err(String::from_utf8_lossy(&found.stderr).into());
    }
    let text = include_str!("hierarchy.md").to_owned() + &String::from_utf8(found.stdout)?;
    print!("{text}");
    Ok(std::fs::write(root().join("docs/hierarchy.md"), text)?)
}

/// SMILES and first mechanism of each drug, of which many enough share it; a structure counts once.
fn drugs() -> Result<Vec<(String, String)>> {
    let path = data().join("pretrain/graph/repurposing_hub.csv.gz");
    let file = std::fs::File::open(&path).map_err(|e| format!("{}: {e}", path.display()))?;
    let mut table = csv::Reader::from_reader(flate2::read::GzDecoder::new(file));
    let headers = table.headers()?.clone();
    let column = |name: &str| {
        headers.iter().position(|h| h == name).ok_or_else(|| format!("no column {name}"))
    };
    let (key, smiles, moa) = (column("inchikey14")?, column("smiles")?, column("moa")?);
    let (mut seen, mut drugs) = (BTreeSet::new(), Vec::new());
    let mut sizes = BTreeMap::<String, usize>::new();
    for row in table.records() {
        let row = row?;
        let mechanism = row[moa].split('|').next().unwrap_or_default();
        if !mechanism.is_empty() && seen.insert(row[key].to_owned()) {
            *sizes.entry(mechanism.into()).or_default() += 1;
            drugs.push((row[smiles].to_owned(), mechanism.to_owned()));
        }
    }
    drugs.retain(|(_, mechanism)| sizes[mechanism] >= DRUGS);
    Ok(drugs)
}
