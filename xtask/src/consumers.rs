//! Projects that use the installed library, by CMake and by pkg-config.

use crate::Result;
use crate::install::{self, Options};
use crate::run::{root, run, side_by_side};
use crate::symbols;
use crate::test::has;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const COMPILERS: &[(&str, &str)] = &[("gcc", "g++"), ("clang", "clang++")];

const ASPIRIN: &str = "CC(=O)Oc1ccccc1C(=O)O";

/// Installs the release build, checks the library, and builds and runs consumers of it.
pub fn run_all() -> Result {
    let prefix = installed()?;
    check_library(&prefix)?;
    side_by_side(COMPILERS, |&(c, cpp)| consumed_by(&prefix, c, cpp))
}

/// The consumers with the compilers of C and C++ that belong together.
fn consumed_by(prefix: &Path, c: &str, cpp: &str) -> Result {
    if !has(&[c, "--version"]) || !has(&[cpp, "--version"]) {
        println!("{c} is not installed: its consumers are skipped");
        return Ok(());
    }
    if has(&["cmake", "--version"]) {
        for (c_standard, cpp_standard, linked) in
            [("99", "17", "OFF"), ("11", "20", "OFF"), ("11", "17", "ON")]
        {
            cmake(prefix, c, cpp, c_standard, cpp_standard, linked)?;
        }
    } else {
        println!("cmake is not installed: its consumers are skipped");
    }
    if has(&["pkg-config", "--version"]) {
        for package in ["chmr", "chmr-static"] {
            for (compiler, standard, source) in [
                (c, "-std=c99", "predict.c"),
                (c, "-std=c11", "predict.c"),
                (cpp, "-std=c++17", "predict.cpp"),
            ] {
                pkg_config(prefix, package, compiler, standard, source)?;
            }
        }
    } else {
        println!("pkg-config is not installed: its consumers are skipped");
    }
    Ok(())
}

/// The release build, installed in a folder that was then moved: nothing may remember where it was.
pub fn installed() -> Result<PathBuf> {
    let folder = root().join("target/install");
    let (first, moved) = (folder.join("first"), folder.join("moved here"));
    for old in [&first, &moved] {
        if old.exists() {
            fs::remove_dir_all(old)?;
        }
    }
    let profile = "release".into();
    install::install(&Options { prefix: first.clone(), embedded_model: true, profile })?;
    fs::rename(&first, &moved)?;
    Ok(moved)
}

/// The shared library exports what the header declares and is found by its SONAME.
fn check_library(prefix: &Path) -> Result {
    let library = prefix.join("lib/libchmr.so");
    symbols::check(&library)?;
    let output = Command::new("readelf").arg("-d").arg(&library).output()?;
    let soname = format!("Library soname: [libchmr.so.{}]", install::abi_oldest()?);
    if !String::from_utf8_lossy(&output.stdout).contains(&soname) {
        return Err(format!("{}: expected {soname}", library.display()).into());
    }
    Ok(())
}

fn cmake(
    prefix: &Path,
    c: &str,
    cpp: &str,
    c_standard: &str,
    cpp_standard: &str,
    linked: &str,
) -> Result {
    let build = root().join(format!("target/consumers/cmake-{c}-{c_standard}-{linked}"));
    if build.exists() {
        fs::remove_dir_all(&build)?;
    }
    run(Command::new("cmake")
        .arg("-S")
        .arg(prefix.join("share/doc/chmr/examples"))
        .arg("-B")
        .arg(&build)
        .arg(format!("-DCMAKE_PREFIX_PATH={}", prefix.display()))
        .arg(format!("-DCMAKE_C_COMPILER={c}"))
        .arg(format!("-DCMAKE_CXX_COMPILER={cpp}"))
        .arg(format!("-DCMAKE_C_STANDARD={c_standard}"))
        .arg(format!("-DCMAKE_CXX_STANDARD={cpp_standard}"))
        .args(["-DCMAKE_C_EXTENSIONS=OFF", "-DCMAKE_CXX_EXTENSIONS=OFF"])
        .arg(format!("-DCHMR_STATIC={linked}")))?;
    run(Command::new("cmake").arg("--build").arg(&build))?;
    for program in ["predict_c", "predict_cpp"] {
        run(Command::new(build.join(program)).arg(ASPIRIN).stdout(Stdio::null()))?;
    }
    Ok(())
}

fn pkg_config(
    prefix: &Path,
    package: &str,
    compiler: &str,
    standard: &str,
    source: &str,
) -> Result {
    let folder = root().join("target/consumers");
    fs::create_dir_all(&folder)?;
    let output = Command::new("pkg-config")
        .args(["--cflags", "--libs", package])
        .env("PKG_CONFIG_PATH", prefix.join("lib/pkgconfig"))
        .output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into());
    }
    // Flags whose spaces pkg-config escapes: what a shell would take apart.
    let flags = String::from_utf8(output.stdout)?;
    let program = folder.join(format!("{package}-{compiler}{standard}"));
    let script = format!("exec {compiler} {standard} \"$1\" -o \"$2\" {}", flags.trim());
    run(Command::new("sh")
        .args(["-c", &script, "sh"])
        .arg(root().join("examples").join(source))
        .arg(&program))?;
    run(Command::new(program)
        .arg(ASPIRIN)
        .env("LD_LIBRARY_PATH", prefix.join("lib"))
        .stdout(Stdio::null()))
}
