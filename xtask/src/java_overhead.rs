//! `cargo xtask java-overhead`: what a call costs through JNI beyond C, in processor time, Java and C taking turns.

use crate::Result;
use crate::hosts::{self, Build, Link, model};
use crate::java;
use crate::run::{root, run};
use std::path::Path;
use std::process::Command;

/// Turns of each side.
const ROUNDS: usize = 3;

/// `cargo xtask java-overhead`.
pub fn command(_: &[String]) -> Result {
    run(Command::new(env!("CARGO")).args(java::BUILD).arg("--release").current_dir(root()))?;
    run(Command::new(env!("CARGO"))
        .args(["test", "--release", "--test", "host_models"])
        .current_dir(root()))?;
    run(Command::new("mvn")
        .args(["-B", "-q", "-ntp", "-f", "bindings/pom.xml", "-Pbench", "-pl", "java,bench"])
        .args(["-Dchmr.native.skip=true", "-DskipTests", "package"])
        .current_dir(root()))?;
    let flags = vec!["-std=c++17", "-O2", "-g0", "-pthread"];
    let build = Build { compiler: "c++", flags, label: "bench", link: Link::Shared };
    let peer = hosts::compile(&build, &root().join("benches/hosts/java_peer.cpp"))?;
    let smiles = root().join("target/hosts/molecules.smi");
    let golden = std::fs::read_to_string(root().join("tests/golden/fingerprints.csv"))?;
    let column: Vec<_> = golden.lines().skip(1).filter_map(|l| l.split(',').next()).collect();
    let rows: Vec<_> = column.iter().cycle().take(1024).copied().collect();
    std::fs::write(&smiles, rows.join("\n") + "\n")?;
    let default = root().join("models/default.chmr");
    for (what, file, seconds) in [
        ("batch", default.as_path(), "4"),
        ("batch", &model("structure.chmr"), "2"),
        ("one", &model("structure.chmr"), "2"),
    ] {
        let (mut by_c, mut by_java) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            by_c.push(c(&peer, what, file, &smiles, seconds)?);
            by_java.push(jmh(what, file, &smiles)?);
        }
        let (c, java) = (median(&mut by_c), median(&mut by_java));
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        println!(
            "{what}, {name}: C {:.1} us, Java {:.1} us a call: {:+.1} us, {:.4} of the throughput (medians of {ROUNDS})",
            c / 1e3,
            java / 1e3,
            (java - c) / 1e3,
            c / java
        );
    }
    Ok(())
}

fn c(peer: &Path, what: &str, model: &Path, smiles: &Path, seconds: &str) -> Result<f64> {
    let output = Command::new(peer).arg(what).args([model, smiles]).arg(seconds).output()?;
    let told = String::from_utf8_lossy(&output.stdout);
    told.trim().parse().map_err(|e| {
        format!("java_peer: {e}: {told}{}", String::from_utf8_lossy(&output.stderr)).into()
    })
}

/// Processor time of a call, nanoseconds.
fn jmh(what: &str, model: &Path, smiles: &Path) -> Result<f64> {
    let classes = std::fs::read_to_string(root().join("bindings/bench/target/class-path.txt"))?;
    let result = root().join("target/hosts/jmh.csv");
    run(Command::new("java")
        .args(["-cp", &classes, "org.openjdk.jmh.Main", &format!("Calls.{what}$")])
        .args(["-v", "SILENT", "-rf", "csv", "-rff"])
        .arg(&result)
        .arg("-p")
        .arg(format!("model={}", model.display()))
        .arg("-p")
        .arg(format!("molecules={}", smiles.display())))?;
    // A line a counter, its sum over the iterations in the fifth column.
    let mut reader = csv::Reader::from_path(result)?;
    let (mut nanos, mut calls) = (0.0, 0.0);
    for record in reader.records() {
        let record = record?;
        let value = || record.get(4).unwrap_or_default().parse::<f64>();
        match record.get(0).unwrap_or_default() {
            name if name.ends_with(":nanos") => nanos = value()?,
            name if name.ends_with(":calls") => calls = value()?,
            _ => {}
        }
    }
    if calls > 0.0 { Ok(nanos / calls) } else { Err("JMH counted no calls".into()) }
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    values[values.len() / 2]
}
