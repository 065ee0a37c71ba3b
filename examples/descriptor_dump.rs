//! Reads SMILES, one a line, from standard input and writes their descriptors, tab-separated, below
//! a line of names; a refused SMILES gives `!kind`. `--time`: only the time a molecule takes.
//! `--list`: name, definition and RDKit's name of each. What `cargo xtask descriptors` compares.

use chmr::chem::{Limits, parse_smiles};
use chmr::features::descriptors::{DESCRIPTORS, descriptors};
use std::io::{BufRead, Write};

fn main() -> std::io::Result<()> {
    let mode = std::env::args().nth(1);
    if mode.as_deref() == Some("--list") {
        for d in DESCRIPTORS {
            println!("{}\t{}\t{}", d.name, d.definition, d.rdkit.unwrap_or_default());
        }
        return Ok(());
    }
    let lines: Vec<String> = std::io::stdin().lock().lines().collect::<Result<_, _>>()?;
    let limits = Limits::default();
    let mut values = vec![0.0; DESCRIPTORS.len()];
    if mode.as_deref() == Some("--time") {
        let molecules: Vec<_> =
            lines.iter().filter_map(|line| parse_smiles(line, &limits).ok()).collect();
        for _ in 0..3 {
            let start = std::time::Instant::now();
            molecules.iter().for_each(|m| descriptors(m, &mut values));
            let each = start.elapsed().as_secs_f64() / molecules.len() as f64;
            println!("{} molecules, {:.1} µs each", molecules.len(), each * 1e6);
        }
        return Ok(());
    }
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    let names: Vec<&str> = DESCRIPTORS.iter().map(|d| d.name).collect();
    writeln!(out, "{}", names.join("\t"))?;
    for line in &lines {
        match parse_smiles(line, &limits) {
            Ok(mol) => {
                descriptors(&mol, &mut values);
                let text: Vec<String> = values.iter().map(f64::to_string).collect();
                writeln!(out, "{}", text.join("\t"))?;
            }
            Err(e) => writeln!(out, "!{:?}", e.kind)?,
        }
    }
    out.flush()
}
