//! Programs that put the library to work beside real chemistry toolkits: `examples/integrations/`.
//!
//! Each must find what `chmr predict` finds in the same file. They are built against the installed
//! tree, and skipped where a toolkit is not installed (`.ci/packages.txt` names the packages).

use crate::Result;
use crate::consumers;
use crate::hosts::model;
use crate::run::{root, run};
use crate::test::has;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What was docked in `tests/hosts/docking/`.
const IBUPROFEN: &str = "CC(C)Cc1ccc(cc1)C(C)C(=O)O";

/// A table of values: a row a molecule, a column a task.
type Values = Vec<Vec<f32>>;

/// A C++ program on RDKit scores an SD file; the name of what is missing, if anything is.
pub fn rdkit() -> Result<Option<&'static str>> {
    let headers = Path::new("/usr/include/rdkit");
    if !headers.join("GraphMol/GraphMol.h").is_file() {
        return Ok(Some("librdkit-dev"));
    }
    let flags = [
        "-isystem/usr/include/rdkit",
        "-lRDKitFileParsers",
        "-lRDKitSmilesParse",
        "-lRDKitGraphMol",
        "-lRDKitRDGeneral",
    ];
    scored_sdf("rdkit_score", &flags.map(String::from)).map(|()| None)
}

/// The same on Open Babel.
pub fn open_babel() -> Result<Option<&'static str>> {
    if !has(&["pkg-config", "--exists", "openbabel-3"]) {
        return Ok(Some("libopenbabel-dev"));
    }
    // A toolkit's headers are not held to our warnings.
    let flags = pkg_config("openbabel-3", None)?;
    let flags: Vec<_> = flags.iter().map(|f| f.replacen("-I", "-isystem", 1)).collect();
    scored_sdf("openbabel_score", &flags).map(|()| None)
}

/// AutoDock Vina docks a ligand, and all poses are rescored.
pub fn vina() -> Result<Option<&'static str>> {
    if !has(&["vina", "--version"]) {
        return Ok(Some("autodock-vina"));
    }
    let (program, prefix) = build("vina_rescore", &[])?;
    let poses = folder()?.join("poses.pdbqt");
    run(Command::new(root().join("tests/hosts/docking/dock.sh")).arg(&poses))?;
    let output = Command::new(program)
        .args([&poses, Path::new(IBUPROFEN), &model("structure.chmr")])
        .env("LD_LIBRARY_PATH", prefix.join("lib"))
        .output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into());
    }
    let text = String::from_utf8(output.stdout)?;
    print!("{text}");
    let mut found = Values::new();
    for line in text.lines().skip(1) {
        let numbers: Vec<f32> = line.split('\t').map(|v| Ok(v.parse()?)).collect::<Result<_>>()?;
        // Number of the pose and Vina's own affinity, which is negative for any sensible pose.
        if numbers.len() < 3 || numbers[0] != (found.len() + 1) as f32 || numbers[1] >= 0.0 {
            return Err(format!("vina_rescore wrote {line:?}").into());
        }
        found.push(numbers[2..].to_vec());
    }
    same(&found, &predicted(&poses, &["--template", IBUPROFEN])?).map(|()| None)
}

/// Builds and runs a program that reads an SD file and writes it with properties.
fn scored_sdf(name: &str, flags: &[String]) -> Result {
    let (program, prefix) = build(name, flags)?;
    let input = root().join("tests/hosts/docking/drugs.sdf");
    let output = folder()?.join(format!("{name}.sdf"));
    run(Command::new(program)
        .args([&input, &output, &model("structure.chmr")])
        .env("LD_LIBRARY_PATH", prefix.join("lib")))?;
    let found = properties(&std::fs::read_to_string(output)?)?;
    same(&found, &predicted(&input, &[])?)
}

/// The program and the prefix that it was built against.
fn build(name: &str, flags: &[String]) -> Result<(PathBuf, PathBuf)> {
    let prefix = consumers::installed()?;
    let program = folder()?.join(name);
    run(Command::new("c++")
        .args(["-std=c++17", "-O1", "-Wall", "-Wextra", "-Werror", "-pthread"])
        .arg(root().join(format!("examples/integrations/{name}.cpp")))
        .arg("-o")
        .arg(&program)
        .args(flags)
        .args(pkg_config("chmr", Some(&prefix))?))?;
    Ok((program, prefix))
}

/// The flags of a package, one by one.
fn pkg_config(package: &str, prefix: Option<&Path>) -> Result<Vec<String>> {
    let mut command = Command::new("pkg-config");
    command.args(["--cflags", "--libs", package]);
    if let Some(prefix) = prefix {
        command.env("PKG_CONFIG_PATH", prefix.join("lib/pkgconfig"));
    }
    let output = command.output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into());
    }
    // A space that belongs to a flag has a backslash before it.
    let text = String::from_utf8(output.stdout)?.replace("\\ ", "\0");
    Ok(text.split_whitespace().map(|flag| flag.replace('\0', " ")).collect())
}

fn folder() -> Result<PathBuf> {
    let folder = root().join("target/integrations");
    std::fs::create_dir_all(&folder)?;
    Ok(folder)
}

/// What the command line predicts for a file.
fn predicted(input: &Path, more: &[&str]) -> Result<Values> {
    let output = Command::new(root().join("target/release/chmr"))
        .args(["predict", "--strict", "--format", "csv", "--model"])
        .arg(model("structure.chmr"))
        .args(more)
        .arg(input)
        .output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into());
    }
    let mut reader = csv::Reader::from_reader(output.stdout.as_slice());
    let first = reader.headers()?.iter().position(|h| h.contains('/')).ok_or("no task column")?;
    reader
        .records()
        .map(|record| record?.iter().skip(first).map(|v| Ok(v.parse()?)).collect())
        .collect()
}

/// The properties of an SD file whose names are those of tasks.
fn properties(sdf: &str) -> Result<Values> {
    let records = sdf.split("$$$$\n").filter(|r| !r.trim().is_empty());
    records
        .map(|record| {
            let mut values = Vec::new();
            let mut lines = record.lines();
            while let Some(line) = lines.next() {
                if line.starts_with('>') && line.contains("<test/") {
                    values.push(lines.next().unwrap_or_default().parse()?);
                }
            }
            Ok(values)
        })
        .collect()
}

/// The same molecules give the same values, to the last bit, whoever read them.
fn same(found: &Values, expected: &Values) -> Result {
    if found.is_empty() || found != expected {
        return Err(format!("found {found:?}; the command line has {expected:?}").into());
    }
    println!("{} rows of {} values as the command line has them", found.len(), found[0].len());
    Ok(())
}
