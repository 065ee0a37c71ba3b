//! The default model's reference library: `cargo xtask reference` builds it of the public tables and
//! puts it into the model; `cargo xtask impute-folds` says what it is worth.

use crate::Result;
use crate::impute_folds;
use crate::parity::data;
use crate::run::{root, run};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A table of profiles and how it is read. Scale, balance, power and noise were chosen on folds of
/// these very tables, by `impute-folds`.
pub struct Table {
    pub modality: &'static str,
    pub file: &'static str,
    /// Arguments of `chmr library build`.
    pub arguments: &'static [&'static str],
    /// Columns that are no features.
    pub about: &'static [&'static str],
}

pub const TABLES: [Table; 2] = [
    Table {
        modality: "expression",
        file: "pretrain/expression/l1000_consensus.tsv.gz",
        arguments: &[
            "--scale=asinh",
            "--balance=0.5",
            "--power=2",
            "--noise=2",
            "--source=consensus signatures of L1000 (LINCS)",
            "--licence=CC BY 4.0",
        ],
        about: &["inchikey14", "smiles"],
    },
    Table {
        modality: "morphology",
        file: "pretrain/morphology/jump_profiles748.csv.gz",
        arguments: &[
            "--scale=linear",
            "--balance=1",
            "--power=2",
            "--noise=10",
            "--ignore=source",
            "--source=Cell Painting profiles of JUMP-CP",
            "--licence=CC0",
        ],
        about: &["inchikey14", "smiles", "source"],
    },
];

const GENES: &str = "pretrain/expression/genes.tsv.gz";

/// The library file of `table`, read from `profiles`.
pub fn build(table: &Table, profiles: &Path, output: &Path) -> Result {
    let mut command = Command::new(chmr());
    command.args(["library", "build", "--id-column=inchikey14", "--modality", table.modality]);
    command.arg("--profiles").arg(profiles).arg("--output").arg(output).args(table.arguments);
    if table.modality == "expression" {
        command.arg("--labels").arg(data().join(GENES));
    }
    run(&mut command)
}

/// The command line program; [`compile`] makes it.
pub fn chmr() -> PathBuf {
    root().join("target/release/chmr")
}

/// Builds the command line program, with the examples so that the dependencies are those of the tests.
pub fn compile() -> Result {
    run(Command::new(env!("CARGO"))
        .args(["build", "--release", "--bin", "chmr", "--examples"])
        .current_dir(root()))
}

/// `cargo xtask reference [MODEL [OUTPUT]]`: `models/default.chmr` in place if absent.
pub fn command(args: &[String]) -> Result {
    let model = args.first().map_or_else(|| root().join("models/default.chmr"), PathBuf::from);
    let output = args.get(1).map_or_else(|| model.clone(), PathBuf::from);
    compile()?;
    let mut attach = Command::new(chmr());
    attach.args(["library", "attach"]).arg("--model").arg(&model).arg("--output").arg(&output);
    for table in &TABLES {
        let library = root().join(format!("target/{}.chmrlib", table.modality));
        build(table, &data().join(table.file), &library)?;
        attach.arg("--library").arg(library);
    }
    run(&mut attach)
}

/// `cargo xtask calibrate [MODEL [OUTPUT]]`: `models/default.chmr` in place if absent, and docs/trust.md with it.
pub fn calibrate(args: &[String]) -> Result {
    let model = args.first().map_or_else(|| root().join("models/default.chmr"), PathBuf::from);
    let mut command = Command::new(env!("CARGO"));
    command.args(["run", "--release", "--manifest-path", "training/Cargo.toml", "--"]);
    command.arg("calibrate").arg("--model").arg(&model).arg("--data").arg(data());
    if let Some(output) = args.get(1) {
        command.arg("--output").arg(output);
    }
    eprintln!("$ {command:?}");
    let output = command.current_dir(root()).stderr(Stdio::inherit()).output()?;
    let tables = String::from_utf8(output.stdout)?;
    print!("{tables}");
    if !output.status.success() {
        return Err(output.status.to_string().into());
    }
    if args.is_empty() {
        std::fs::write(
            root().join("docs/trust.md"),
            format!("{}{tables}", include_str!("trust.md")),
        )?;
    }
    Ok(())
}

/// `cargo xtask impute-folds [MODALITY]`.
pub fn folds(args: &[String]) -> Result {
    compile()?;
    for table in TABLES.iter().filter(|t| args.first().is_none_or(|a| a == t.modality)) {
        let path = data().join(table.file);
        if path.exists() {
            impute_folds::report(table, &path)?;
        } else {
            println!("{}: skipped, there is no {}", table.modality, path.display());
        }
    }
    Ok(())
}
