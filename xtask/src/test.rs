//! `cargo xtask test`: everything that must hold, stage by stage.

use crate::run::{root, run};
use crate::{
    Result, abi, consumers, header, hosts, integrations, java, python, sanitizers, symbols,
};
use std::process::Command;
use std::time::Instant;

/// A stage: passed, skipped with a reason, or failed.
enum Outcome {
    Passed,
    Skipped(String),
}

type Stage = (&'static str, fn() -> Result<Outcome>);

const STAGES: &[Stage] = &[
    ("format", format),
    ("clippy", clippy),
    ("header is up to date", || header::check().map(passed)),
    ("C++ documentation", documentation),
    ("README examples are the files", || hosts::readme().map(passed)),
    ("library tests", || cargo(&["test"])),
    ("xtask tests", || cargo(&["test", "-p", "xtask"])),
    // With an example, so that the dependencies are those that the tests had compiled: a plain
    // build leaves out the features that development dependencies add, and compiles them anew.
    ("build the libraries and programs", || cargo(java::BUILD)),
    ("exported symbols", exported_symbols),
    ("C ABI against the last release", || abi::check().map(ran)),
    ("models for the hosts", || cargo(&["test", "--test", "host_models"])),
    ("C and C++ hosts", || hosts::run_all().map(passed)),
    ("installed library in CMake and pkg-config projects", || consumers::run_all().map(passed)),
    ("RDKit integration", || integrations::rdkit().map(ran)),
    ("Open Babel integration", || integrations::open_babel().map(ran)),
    ("AutoDock Vina integration", || integrations::vina().map(ran)),
    ("hosts under sanitizers", sanitized),
    ("hosts under valgrind", valgrind),
    ("Java binding", || maven(java::test)),
    ("Spark binding", || maven(java::spark)),
    ("Python wheel", || python::test().map(ran)),
    ("training tests", training),
];

/// `cargo xtask test [WORD | --sanitize]`: all stages, or those whose name holds WORD.
pub fn command(args: &[String]) -> Result {
    let word = match args.first().map_or("", String::as_str) {
        "--sanitize" => "sanitizers",
        word => word,
    };
    let (mut passed, mut failed) = (0, Vec::new());
    let stages: Vec<_> = STAGES.iter().filter(|s| s.0.contains(word)).collect();
    for (i, (name, stage)) in stages.iter().enumerate() {
        println!("== {}/{} {name}", i + 1, stages.len());
        let start = Instant::now();
        let told = match stage() {
            Ok(Outcome::Passed) => {
                passed += 1;
                "passed".into()
            }
            Ok(Outcome::Skipped(why)) => format!("skipped: {why}"),
            Err(e) => {
                failed.push(*name);
                format!("FAILED: {e}")
            }
        };
        println!("== {name}: {told} ({:.1} s)", start.elapsed().as_secs_f64());
    }
    println!("{passed} passed, {} failed", failed.len());
    if failed.is_empty() { Ok(()) } else { Err(format!("failed: {}", failed.join(", ")).into()) }
}

fn passed(_: ()) -> Outcome {
    Outcome::Passed
}

/// Skipped where something is not installed.
fn ran(missing: Option<&str>) -> Outcome {
    missing.map_or(Outcome::Passed, |what| Outcome::Skipped(format!("{what} is not installed")))
}

/// Runs cargo with the release profile, which a fresh machine compiles anyway.
fn cargo(args: &[&str]) -> Result<Outcome> {
    run(Command::new(env!("CARGO")).args(args).arg("--release").current_dir(root())).map(passed)
}

fn format() -> Result<Outcome> {
    if !has(&[env!("CARGO"), "fmt", "--version"]) {
        return Ok(Outcome::Skipped("rustfmt is not installed".into()));
    }
    for manifest in manifests() {
        run(Command::new(env!("CARGO"))
            .args(["fmt", "--all", "--check", "--manifest-path", manifest])
            .current_dir(root()))?;
    }
    Ok(Outcome::Passed)
}

fn clippy() -> Result<Outcome> {
    if !has(&[env!("CARGO"), "clippy", "--version"]) {
        return Ok(Outcome::Skipped("clippy is not installed".into()));
    }
    for manifest in manifests() {
        run(Command::new(env!("CARGO"))
            .args(["clippy", "--release", "--workspace", "--all-targets"])
            .args(["--manifest-path", manifest, "--", "-D", "warnings"])
            .current_dir(root()))?;
    }
    Ok(Outcome::Passed)
}

fn training() -> Result<Outcome> {
    cargo(&["test", "--manifest-path", "training/Cargo.toml"])
}

fn exported_symbols() -> Result<Outcome> {
    let built = root().join("target/release");
    symbols::check(&built.join("libchmr.so"))?;
    for file in ["libchmr.so", "libchmr_jni.so", "chmr"] {
        symbols::check_glibc(&built.join(file))?;
    }
    Ok(Outcome::Passed)
}

/// Whatever is public in `chmr.hpp` is documented, and what its comments refer to exists.
fn documentation() -> Result<Outcome> {
    if !has(&["doxygen", "--version"]) {
        return Ok(Outcome::Skipped("doxygen is not installed".into()));
    }
    run(Command::new("doxygen").arg("packaging/Doxyfile").current_dir(root())).map(passed)
}

fn sanitized() -> Result<Outcome> {
    let ran = sanitizers::run_all()?;
    Ok(if ran { Outcome::Passed } else { Outcome::Skipped("cc has no sanitizers".into()) })
}

fn valgrind() -> Result<Outcome> {
    if !has(&["valgrind", "--version"]) {
        return Ok(Outcome::Skipped("valgrind is not installed".into()));
    }
    hosts::valgrind().map(passed)
}

/// Tests that Maven and a JDK run.
fn maven(test: fn() -> Result) -> Result<Outcome> {
    match ["mvn", "javac"].into_iter().find(|tool| !has(&[tool, "-version"])) {
        Some(tool) => Ok(Outcome::Skipped(format!("{tool} is not installed"))),
        None => test().map(passed),
    }
}

fn manifests() -> [&'static str; 2] {
    ["Cargo.toml", "training/Cargo.toml"]
}

/// Whether `command` can be run.
pub fn has(command: &[&str]) -> bool {
    let output = Command::new(command[0]).args(&command[1..]).output();
    output.is_ok_and(|o| o.status.success())
}
