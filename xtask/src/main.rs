//! The project's chores. `cargo xtask help` lists them.

mod aarch64;
mod abi;
mod consumers;
mod descriptors;
mod evaluate;
mod fuzz;
mod header;
mod hierarchy;
mod hosts;
mod impute_folds;
mod impute_partial;
mod install;
mod integrations;
mod java;
mod java_overhead;
mod models;
mod networks;
mod overhead;
mod parity;
mod python;
mod reference;
mod run;
mod sanitizers;
mod shapes;
mod symbols;
mod test;

use std::process::ExitCode;

type Result<T = ()> = std::result::Result<T, Box<dyn std::error::Error>>;

/// Name, what it does, and the function behind it.
type Command = (&'static str, &'static str, fn(&[String]) -> Result);

const COMMANDS: &[Command] = &[
    ("test", "everything that must hold; `test WORD` runs the stages named so", test::command),
    (
        "parity",
        "compare fingerprints and acceptance with RDKit over SMILES corpora, or `--mutated` texts",
        parity::command,
    ),
    (
        "fuzz",
        "fuzz the readers: `--smoke` for five minutes, `--minutes N [TARGET]`, `--oracle`",
        fuzz::command,
    ),
    ("molblocks", "compare the molblock readers with RDKit", parity::molblocks),
    (
        "descriptors",
        "compare descriptors with RDKit's and write docs/descriptors.md",
        descriptors::command,
    ),
    ("shapes", "compare shape descriptors with RDKit over crystal ligands", shapes::command),
    (
        "evaluate",
        "measure a model on the benchmark files through `chmr predict`",
        evaluate::command,
    ),
    ("networks", "compare a model's networks with onnxruntime", networks::command),
    (
        "reference",
        "build the reference library of the public tables and put it into a model",
        reference::command,
    ),
    (
        "calibrate",
        "measure intervals, calibration and domains on valid and write them into a model",
        reference::calibrate,
    ),
    ("impute-folds", "hold imputation against profiles that it did not see", reference::folds),
    ("impute-partial", "the same where some of a profile was measured", reference::partial),
    ("hierarchy", "measure what the hierarchy says of drugs' mechanisms", hierarchy::command),
    ("models", "compare the sizes of model: speed, bytes, figures", models::command),
    ("aarch64", "test the search's kernels for AArch64 on an emulated processor", aarch64::command),
    ("header", "write include/chmr.h; `--check` fails where it is out of date", header::command),
    (
        "abi",
        "compare the C ABI with the last release's; `--accept` makes it the new one",
        abi::command,
    ),
    ("install", "lay down the library, headers, CMake and pkg-config files", install::command),
    ("java", "build and test the Java and Spark bindings", java::command),
    ("java-overhead", "measure what Java adds to C, by JMH", java_overhead::command),
    (
        "python",
        "build the Python wheel into dist/ and test it; `--profile release` in a minute",
        python::command,
    ),
    ("overhead", "measure what C and C++ add to the Rust API, and two threads", overhead::command),
    ("soak", "a million predictions through the C ABI and more, memory watched", hosts::soak),
];

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let name = args.first().map_or("help", String::as_str);
    let Some((_, _, command)) = COMMANDS.iter().find(|c| c.0 == name) else {
        println!("usage: cargo xtask COMMAND\n");
        for (name, about, _) in COMMANDS {
            println!("  {name:<12} {about}");
        }
        return if name == "help" { ExitCode::SUCCESS } else { ExitCode::FAILURE };
    };
    match command(&args[1..]) {
        Ok(()) => ExitCode::SUCCESS,
        Err(e) => {
            eprintln!("xtask {name}: {e}");
            ExitCode::FAILURE
        }
    }
}
