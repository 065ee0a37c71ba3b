//! For comparisons with other toolkits: SDF on standard input; on standard output a line a record
//! with its Morgan fingerprint (radius 2, 1024 bits) and MACCS keys in hexadecimal and its
//! canonical SMILES, separated by tabs, or `!` and why it was refused.
//!
//!     cargo run --release --example sdf_dump < ligands.sdf

use chmr::chem::{Limits, SdfReader};
use chmr::features::{Fingerprint, maccs, morgan};
use std::io::{BufWriter, Write};

fn main() -> std::io::Result<()> {
    let mut out = BufWriter::new(std::io::stdout().lock());
    let limits = Limits::default();
    for record in SdfReader::new(std::io::stdin().lock(), limits) {
        match record?.molecule(&limits) {
            Ok(mol) => writeln!(
                out,
                "{}\t{}\t{}",
                hex(&morgan(&mol, 2, 1024)),
                hex(&maccs(&mol)),
                mol.to_smiles().unwrap_or_default()
            )?,
            Err(e) => writeln!(out, "!{e}")?,
        }
    }
    out.flush()
}

fn hex(bits: &Fingerprint) -> String {
    bits.bytes().iter().map(|b| format!("{b:02x}")).collect()
}
