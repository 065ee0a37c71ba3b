//! `cargo xtask fuzz`: the readers under libFuzzer.

use crate::Result;
use crate::run::{python, root, run};
use std::process::Command;

const TARGETS: [&str; 5] = ["smiles", "molblock", "sdf", "pdbqt", "csv"];

/// `--smoke` (all targets within five minutes), or `--minutes N [TARGET]`; `--oracle` compares with RDKit what the
/// targets of SMILES and molblocks read. A finding ends the run and lies in `fuzz/artifacts`.
pub fn command(args: &[String]) -> Result {
    let usage = "fuzz --smoke | fuzz --minutes N [TARGET] [--oracle]";
    let mut seconds = None;
    let mut targets = TARGETS.to_vec();
    let mut oracle = false;
    let mut args = args.iter().map(String::as_str);
    while let Some(arg) = args.next() {
        match arg {
            "--smoke" => seconds = Some(50),
            "--minutes" => {
                let minutes = args.next().and_then(|n| n.parse::<u64>().ok()).filter(|&n| n > 0);
                seconds = Some(minutes.ok_or(usage)? * 60);
            }
            "--oracle" => oracle = true,
            name => match TARGETS.iter().find(|t| **t == name) {
                Some(target) => targets = vec![target],
                None => return Err(format!("{name}: expected one of {TARGETS:?}; {usage}").into()),
            },
        }
    }
    let seconds = seconds.ok_or(usage)?;
    let asked = if oracle {
        let python = python("oracle", "tests/oracle/requirements.txt")?;
        Some(format!(
            "{} {}",
            python.display(),
            root().join("tests/oracle/fuzz_oracle.py").display()
        ))
    } else {
        None
    };
    if !Command::new(env!("CARGO")).args(["fuzz", "--version"]).output()?.status.success() {
        return Err("cargo-fuzz is missing: cargo install cargo-fuzz".into());
    }
    for target in targets {
        let corpus = root().join("fuzz/corpus").join(target);
        std::fs::create_dir_all(&corpus)?;
        let mut fuzz = Command::new(env!("CARGO"));
        fuzz.args(["fuzz", "run", "--sanitizer", "none", target])
            .arg(&corpus)
            .arg(root().join("fuzz/seeds").join(target))
            .arg("--")
            .arg(format!("-max_total_time={seconds}"))
            // An input that takes longer, or more memory, is a finding as well.
            .args(["-timeout=10", "-rss_limit_mb=1024", "-max_len=8192", "-print_final_stats=1"])
            .current_dir(root());
        if let Some(asked) = &asked {
            fuzz.env("CHMR_FUZZ_ORACLE", asked);
        }
        run(&mut fuzz)?;
    }
    Ok(())
}
