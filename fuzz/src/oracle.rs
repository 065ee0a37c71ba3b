//! RDKit as the oracle, in a process of its own: `CHMR_FUZZ_ORACLE` holds the command that starts
//! `tests/oracle/fuzz_oracle.py`. Without it nothing is compared.

use crate::chem::{Error, ErrorKind, Molecule};
use crate::features::{maccs, morgan};
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Mutex, OnceLock, PoisonError};

struct Oracle {
    _child: Child,
    to: ChildStdin,
    from: BufReader<ChildStdout>,
}

fn start() -> Option<Mutex<Oracle>> {
    let command = std::env::var("CHMR_FUZZ_ORACLE").ok()?;
    let mut words = command.split_whitespace();
    let mut child = Command::new(words.next()?)
        .args(words)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the oracle of CHMR_FUZZ_ORACLE starts");
    let (to, from) = (child.stdin.take()?, BufReader::new(child.stdout.take()?));
    Some(Mutex::new(Oracle { _child: child, to, from }))
}

/// Asks RDKit about `text` in `format` ("smiles" or "molblock"), and holds what was read against the answer.
///
/// # Panics
/// Where one side alone reads the text, or the fingerprints differ: the finding.
pub fn compare(format: &str, text: &str, ours: &Result<Molecule, Error>) {
    static ORACLE: OnceLock<Option<Mutex<Oracle>>> = OnceLock::new();
    let Some(oracle) = ORACLE.get_or_init(start) else { return };
    // What is beyond the limits, or not modelled, is no disagreement.
    if ours.as_ref().is_err_and(|e| matches!(e.kind, ErrorKind::Limit | ErrorKind::Unsupported)) {
        return;
    }
    let mut oracle = oracle.lock().unwrap_or_else(PoisonError::into_inner);
    let hex: String = text.bytes().map(|b| format!("{b:02x}")).collect();
    writeln!(oracle.to, "{format} {hex}").expect("the oracle listens");
    let mut answer = String::new();
    oracle.from.read_line(&mut answer).expect("the oracle answers");
    match (answer.trim(), ours) {
        ("?", _) | ("!", Err(_)) => {}
        ("!", Ok(_)) => panic!("RDKit refuses what was read: {text:?}"),
        (_, Err(e)) => panic!("RDKit reads what was refused ({e}): {text:?}"),
        (theirs, Ok(molecule)) => {
            let mine = format!("{} {}", morgan(molecule, 2, 1024).hex(), maccs(molecule).hex());
            assert_eq!(mine, theirs, "other fingerprints than RDKit's: {text:?}");
        }
    }
}
