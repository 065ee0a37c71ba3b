//! `cargo xtask python`: the Python wheel, and its tests in environments of their own.

use crate::run::{python, root, run};
use crate::test::has;
use crate::{Result, symbols};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const USAGE: &str = "usage: cargo xtask python [--profile dist|release] [--no-tests]";

/// Without anything beside the wheel, and with all that it knows to use.
const ENVIRONMENTS: [&str; 2] = ["bare", "full"];

/// `cargo xtask python`: the wheel into `dist/`, as it is given away unless another profile is named.
pub fn command(args: &[String]) -> Result {
    let (mut profile, mut tests) = ("dist", true);
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--profile" => profile = args.next().ok_or(USAGE)?,
            "--no-tests" => tests = false,
            _ => return Err(USAGE.into()),
        }
    }
    if !["dist", "release"].contains(&profile) {
        return Err(USAGE.into());
    }
    let wheel = wheel(profile, &root().join("dist"))?;
    if tests { tested(&wheel) } else { Ok(()) }
}

/// A stage of the tests; the name of what is missing, if anything is.
pub fn test() -> Result<Option<&'static str>> {
    if !has(&["python3", "-c", "import ensurepip, venv"]) {
        return Ok(Some("python3 with venv and pip"));
    }
    tested(&wheel("release", &root().join("target/python"))?).map(|()| None)
}

/// Builds the wheel into the folder `out`.
fn wheel(profile: &str, out: &Path) -> Result<PathBuf> {
    let built = root().join("target").join(profile);
    let stage = root().join("target/python/stage");
    fs::create_dir_all(&stage)?;
    let (program, kept) = (built.join("chmr"), stage.join("kept"));
    // The program that other stages use has the model inside. It comes back afterwards.
    let _ = fs::remove_file(&kept);
    let had = fs::hard_link(&program, &kept).is_ok();
    let done = build(profile).and_then(|()| {
        stripped(&program, &stage.join("chmr"))?;
        stripped(&built.join("libchmr_python.so"), &stage.join("_chmr.so"))
    });
    if had {
        fs::rename(&kept, &program)?;
    }
    done?;
    for file in ["chmr", "_chmr.so"] {
        symbols::check_glibc(&stage.join(file))?;
    }
    let (version, platform) = (env!("CARGO_PKG_VERSION"), symbols::platform_tag());
    run(Command::new("python3")
        .arg(root().join("bindings/python/pack.py"))
        .arg("--extension")
        .arg(stage.join("_chmr.so"))
        .arg("--program")
        .arg(stage.join("chmr"))
        .arg("--model")
        .arg(root().join("models/default.chmr"))
        .args(["--version", version, "--platform", &platform, "--out"])
        .arg(out))?;
    Ok(out.join(format!("chmr-{version}-cp310-abi3-{platform}.whl")))
}

/// The extension and the program, both without a model inside: the package holds it once.
fn build(profile: &str) -> Result {
    let mut command = Command::new(env!("CARGO"));
    command.current_dir(root());
    command.args(["build", "--profile", profile, "-p", "chmr", "-p", "chmr-python"]);
    command.args(["--lib", "--bins", "--no-default-features"]);
    command.args(["--features", "chmr/cli,chmr/parquet"]);
    if profile == "release" {
        // With the dependencies that the tests had compiled: see the stages.
        command.arg("--examples");
    }
    run(&mut command)
}

/// A copy without symbols and debugging information, which no host of them reads; as it is where there is no `strip`.
fn stripped(from: &Path, to: &Path) -> Result {
    fs::copy(from, to).map_err(|e| format!("{}: {e}", from.display()))?;
    if has(&["strip", "--version"]) {
        run(Command::new("strip").arg("--strip-unneeded").arg(to))?;
    }
    Ok(())
}

/// Installs the wheel into each environment and runs the package's tests there.
fn tested(wheel: &Path) -> Result {
    for environment in ENVIRONMENTS {
        let requirements = format!("bindings/python/requirements-{environment}.txt");
        let python = python(&format!("python-{environment}"), &requirements)?;
        run(Command::new(&python)
            .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"])
            .args(["--no-index", "--no-deps", "--force-reinstall"])
            .arg(wheel))?;
        // From a folder in which no other `chmr` is found.
        run(Command::new(&python)
            .args(["-m", "pytest", "-q", "-p", "no:cacheprovider"])
            .arg(root().join("bindings/python/tests"))
            .env("CHMR_TEST_ENVIRONMENT", environment)
            .current_dir(root().join("target/python")))?;
    }
    Ok(())
}
