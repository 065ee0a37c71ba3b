//! Reads SMILES, one a line, from standard input and writes for each `MORGAN\tMACCS` as
//! hexadecimal, or `!kind\tmessage` where it was refused: what `cargo xtask parity` compares.

use chmr::chem::{Limits, parse_smiles};
use chmr::features::{maccs, morgan};
use std::io::{BufRead, Write};

fn main() -> std::io::Result<()> {
    let radius = std::env::args().nth(1).and_then(|a| a.parse().ok()).unwrap_or(2);
    let bits = std::env::args().nth(2).and_then(|a| a.parse().ok()).unwrap_or(1024);
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        let read = std::panic::catch_unwind(|| {
            parse_smiles(&line, &Limits::default())
                .map(|m| (morgan(&m, radius, bits).hex(), maccs(&m).hex()))
        });
        match read {
            Ok(Ok((morgan, maccs))) => writeln!(out, "{morgan}\t{maccs}")?,
            Ok(Err(e)) => writeln!(out, "!{:?}\t{e}", e.kind)?,
            Err(_) => writeln!(out, "!Panic\tthe library panicked")?,
        }
    }
    out.flush()
}
