//! The Java binding and the Spark binding over it: their tests, and that both halves of the native methods fit together.

use crate::run::{python, root, run};
use crate::{Result, symbols};
use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

/// The header that javac makes of `Native.java`, as committed.
const HEADER: &str = "bindings/java/native/include/org_chmr_Native.h";

/// `mvn verify` with JNI's checks on, the header's drift, the native methods' names. The native library is the one that
/// the build before made.
pub fn test() -> Result {
    let told = verify(&["-f", "bindings/java/pom.xml"])?;
    // What -Xcheck:jni finds it only prints.
    if let Some(line) = told.lines().find(|l| l.contains("in native method")) {
        return Err(format!("JNI's checks: {line}").into());
    }
    example()?;
    let made = fs::read_to_string(root().join("bindings/java/target/headers/org_chmr_Native.h"))?;
    let committed = fs::read_to_string(root().join(HEADER))?;
    if made != committed {
        return Err(
            format!("{HEADER} is out of date: copy bindings/java/target/headers there").into()
        );
    }
    let declared: BTreeSet<_> = committed
        .split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
        .filter(|word| word.starts_with("Java_"))
        .map(str::to_owned)
        .collect();
    let exported: BTreeSet<_> = symbols::exported(&root().join("target/release/libchmr_jni.so"))?
        .into_iter()
        .filter(|name| name.starts_with("Java_"))
        .collect();
    if declared != exported {
        return Err(
            format!("Native.java declares {declared:?}, the library has {exported:?}").into()
        );
    }
    Ok(())
}

/// The tests of the Spark binding: one virtual machine, a cluster of several, and the Python module. The Java binding's jar is
/// packed anew, but not tested.
pub fn spark() -> Result {
    let python = python("spark", "bindings/spark/python/requirements.txt")?;
    let python = format!("-Dchmr.python={}", python.display());
    verify(&["-f", "bindings/pom.xml", "-Dchmr.java.skipTests=true", &python]).map(|_| ())
}

/// `mvn verify` with the native library that the build before made; what it told.
fn verify(arguments: &[&str]) -> Result<String> {
    let output = Command::new("mvn")
        .args(["-B", "-ntp", "-Dchmr.native.skip=true"])
        .args(arguments)
        .arg("verify")
        .current_dir(root())
        .output()?;
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    let of_note =
        |line: &&str| ["Tests run", "ERROR", "in native method"].iter().any(|w| line.contains(w));
    told.lines().filter(of_note).for_each(|line| println!("{line}"));
    if output.status.success() {
        return Ok(told);
    }
    Err(format!("mvn verify failed:\n{}", String::from_utf8_lossy(&output.stderr)).into())
}

/// The README's example, compiled and run against the jar.
fn example() -> Result {
    let folder = root().join("target/java-example");
    fs::create_dir_all(&folder)?;
    let classes = root().join("bindings/java/target/classes");
    let path = format!("{}:{}", classes.display(), folder.display());
    run(Command::new("javac")
        .args(["-cp", &path, "-d"])
        .arg(&folder)
        .arg("examples/Predict.java")
        .current_dir(root()))?;
    let output = Command::new("java")
        .args(["-cp", &path])
        .arg(format!("-Dchmr.library.cache={}", folder.join("cache").display()))
        .args(["Predict", "CC(=O)Oc1ccccc1C(=O)O", "C(C"])
        .output()?;
    let told = String::from_utf8_lossy(&output.stdout);
    println!("{told}");
    let lines: Vec<_> = told.lines().collect();
    match lines[..] {
        [good, bad] if good.contains(" bbbp/p_np 0.") && bad.starts_with("C(C ") => Ok(()),
        _ => Err(format!("{told}{}", String::from_utf8_lossy(&output.stderr)).into()),
    }
}

/// `cargo xtask java`: builds the native library, then as the stages of the tests.
pub fn command(_: &[String]) -> Result {
    run(Command::new(env!("CARGO")).args(BUILD).arg("--release").current_dir(root()))?;
    test()?;
    spark()
}

/// What to build: the library and its examples too, so that the dependencies are those that its tests had compiled.
pub const BUILD: &[&str] =
    &["build", "-p", "chmr", "-p", "chmr-c", "-p", "chmr-java", "--lib", "--bins", "--examples"];
