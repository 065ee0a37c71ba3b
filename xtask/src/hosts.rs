//! C and C++ programs that link the library as a host would: `tests/hosts/` and `examples/`.

use crate::Result;
use crate::run::{root, run};
use crate::symbols;
use crate::test::has;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What a Rust static library needs from the system, as
/// `cargo rustc --release --crate-type staticlib -- --print native-static-libs` tells.
const NATIVE_LIBS: &[&str] = &["-lgcc_s", "-lutil", "-lrt", "-lpthread", "-lm", "-ldl"];

const WARNINGS: &[&str] = &["-Wall", "-Wextra", "-Werror", "-pedantic", "-g", "-O1"];

const SANITIZERS: &[&str] = &["-fsanitize=address,undefined", "-fno-sanitize-recover=all"];

/// Compilers and the standard that each is held to; absent ones are skipped with a message.
const COMPILERS: &[(&str, &str, Language)] = &[
    ("cc", "-std=c99", Language::C),
    ("c++", "-std=c++17", Language::Cpp),
    ("clang", "-std=c99", Language::C),
    ("clang++", "-std=c++17", Language::Cpp),
];

#[derive(Clone, Copy, PartialEq)]
enum Language {
    C,
    Cpp,
}

impl Language {
    fn name(self) -> &'static str {
        if self == Self::C { "c" } else { "c++" }
    }

    fn extension(self) -> &'static str {
        if self == Self::C { "c" } else { "cpp" }
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Link {
    Shared,
    Static,
}

/// Compiles the header alone and every host with every compiler, links each against both
/// libraries, and runs them all.
pub fn run_all() -> Result {
    every_function_is_called()?;
    let mut failed = Vec::new();
    for &(compiler, standard, language) in COMPILERS {
        if !has(&[compiler, "--version"]) {
            println!("{compiler} is not installed: its builds of the hosts are skipped");
            continue;
        }
        header_alone(compiler, standard, language)?;
        for source in sources(language)? {
            for link in [Link::Shared, Link::Static] {
                // It opens the shared library by itself.
                if name(&source) == "dlopen" && link == Link::Static {
                    continue;
                }
                let program = compile(compiler, standard, &source, link)?;
                let mut command = Command::new(&program);
                let told = run(command.args(arguments(&source, false)).current_dir(root()));
                failed.extend(told.err().map(|_| program.display().to_string()));
            }
        }
    }
    all_passed(&failed)
}

/// Each function of the header is called in `arguments.c`, which gives it all that is wrong.
fn every_function_is_called() -> Result {
    let host = std::fs::read_to_string(root().join("tests/hosts/arguments.c"))?;
    let header = std::fs::read_to_string(root().join("include/chmr.h"))?;
    let all = symbols::declared(&header);
    let missing: Vec<_> = all.iter().filter(|f| !host.contains(&format!("{f}("))).collect();
    if missing.is_empty() {
        Ok(())
    } else {
        Err(format!("tests/hosts/arguments.c does not call {missing:?}").into())
    }
}

/// `cargo xtask soak [CALLS]`: a million predictions with the embedded model, resident memory
/// watched.
pub fn soak(args: &[String]) -> Result {
    let calls = args.first().map_or("1000000", String::as_str);
    run(Command::new(env!("CARGO")).args(["build", "--release"]).current_dir(root()))?;
    let program = compile("cc", "-std=c99", &root().join("tests/hosts/soak.c"), Link::Shared)?;
    run(Command::new(program).args(["default", calls]))
}

/// The C hosts under valgrind: no invalid access, no leak.
pub fn valgrind() -> Result {
    let mut failed = Vec::new();
    for source in sources(Language::C)? {
        // The examples take the embedded model, which valgrind would chew on for minutes, and
        // dlclose unloads the symbols that valgrind would name.
        if ["dlopen", "predict"].contains(&name(&source)) {
            continue;
        }
        let program = compile("cc", "-std=c99", &source, Link::Shared)?;
        let told = run(Command::new("valgrind")
            .args(["--quiet", "--leak-check=full", "--show-leak-kinds=definite,indirect"])
            .args(["--errors-for-leak-kinds=definite,indirect", "--error-exitcode=1"])
            .arg(&program)
            .args(arguments(&source, true))
            .current_dir(root()));
        failed.extend(told.err().map(|_| program.display().to_string()));
    }
    all_passed(&failed)
}

/// Whether the C compiler has AddressSanitizer and its run-time library.
pub fn has_sanitizers() -> bool {
    let program = root().join("target/hosts-probe");
    let source = root().join("tests/hosts/header.c");
    let mut probe = Command::new("cc");
    probe.args(SANITIZERS).arg("-I").arg(root().join("include")).arg(source).arg("-o").arg(program);
    probe.output().is_ok_and(|o| o.status.success())
}

/// The C hosts under AddressSanitizer and UndefinedBehaviorSanitizer, which see the hosts' own
/// accesses and all of the library's allocations: overruns of buffers, double frees, leaks.
pub fn sanitized() -> Result {
    let mut failed = Vec::new();
    for source in sources(Language::C)? {
        if ["dlopen", "predict"].contains(&name(&source)) {
            continue;
        }
        let program = compile_with("cc", "-std=c99", &source, Link::Shared, SANITIZERS)?;
        let mut command = Command::new(&program);
        let told = run(command.args(arguments(&source, false)).current_dir(root()));
        failed.extend(told.err().map(|_| program.display().to_string()));
    }
    all_passed(&failed)
}

fn all_passed(failed: &[String]) -> Result {
    if failed.is_empty() { Ok(()) } else { Err(format!("failed: {}", failed.join(", ")).into()) }
}

fn name(source: &Path) -> &str {
    source.file_stem().and_then(|s| s.to_str()).unwrap_or_default()
}

/// What a host is told on its command line: the small models of `tests/host_models.rs`, and
/// what else it needs. Examples take SMILES.
fn arguments(source: &Path, valgrind: bool) -> Vec<String> {
    let text = |path: PathBuf| path.display().to_string();
    let models = root().join("target/tmp/hosts");
    let structure = text(models.join("structure.chmr"));
    let bits = text(models.join("bits.chmr"));
    // Loops that valgrind's fiftieth of the speed would make minutes of.
    let loops = |most: &str, fewer: &str| String::from(if valgrind { fewer } else { most });
    match name(source) {
        "predict" => vec!["CC(=O)Oc1ccccc1C(=O)O".into()],
        "dlopen" => vec![structure, text(library("libchmr.so"))],
        "soak" => vec![structure, loops("2000", "50")],
        "model" => vec![structure, bits, loops("300", "10")],
        "options" => vec![structure, bits, loops("1000", "150")],
        "threads" => vec![structure, bits, loops("5", "1")],
        "cancel" => vec![structure, bits, loops("200000", "5000")],
        _ => vec![structure, bits],
    }
}

fn library(file: &str) -> PathBuf {
    root().join("target/release").join(file)
}

fn sources(language: Language) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for folder in ["tests/hosts", "examples"] {
        for entry in std::fs::read_dir(root().join(folder))? {
            let path = entry?.path();
            if path.extension().is_some_and(|e| e == language.extension()) {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

fn compile(compiler: &str, standard: &str, source: &Path, link: Link) -> Result<PathBuf> {
    compile_with(compiler, standard, source, link, &[])
}

fn compile_with(
    compiler: &str,
    standard: &str,
    source: &Path,
    link: Link,
    flags: &[&str],
) -> Result<PathBuf> {
    let folder = root().join("target/hosts");
    std::fs::create_dir_all(&folder)?;
    let kind = match link {
        _ if !flags.is_empty() => "sanitized",
        Link::Shared => "shared",
        Link::Static => "static",
    };
    let language = source.extension().and_then(|e| e.to_str()).unwrap_or_default();
    let program = folder.join(format!("{}-{language}-{compiler}-{kind}", name(source)));
    let mut command = Command::new(compiler);
    command.arg(standard).args(WARNINGS).args(flags).arg("-I").arg(root().join("include"));
    command.arg(source).arg("-o").arg(&program);
    match link {
        Link::Shared => {
            let folder = library("");
            command.arg("-L").arg(&folder).arg(format!("-Wl,-rpath,{}", folder.display()));
            command.args(["-l:libchmr.so", "-lpthread", "-ldl"]);
        }
        Link::Static => {
            // The assembly among the dependencies does not say that it needs no executable stack.
            command.arg(library("libchmr.a")).args(NATIVE_LIBS).arg("-Wl,-z,noexecstack");
        }
    }
    run(&mut command)?;
    Ok(program)
}

/// The header is all that a translation unit needs, in every standard from C99 and C++11 on.
fn header_alone(compiler: &str, standard: &str, language: Language) -> Result {
    let newer: &[&str] = match language {
        Language::C => &["-std=c11", "-std=gnu17"],
        Language::Cpp => &["-std=c++11", "-std=c++20"],
    };
    for standard in [&[standard], newer].concat() {
        run(Command::new(compiler)
            .args([standard, "-fsyntax-only", "-Wno-pragma-once-outside-header"])
            .args(["-Wall", "-Wextra", "-Werror", "-pedantic", "-x", language.name()])
            .arg(root().join("include/chmr.h")))?;
    }
    Ok(())
}

/// The C block of the README is `examples/predict.c`, word for word, and the C++ block, where
/// there is one, `examples/predict.cpp`.
pub fn readme() -> Result {
    let readme = std::fs::read_to_string(root().join("README.md"))?;
    for (fence, file) in [
        ("```c\n", "examples/predict.c"),
        ("```cpp\n", "examples/predict.cpp"),
        ("```rust\n", "examples/predict.rs"),
    ] {
        let Some((_, rest)) = readme.split_once(fence) else {
            return Err(format!("README.md has no block of {file}").into());
        };
        let block = rest.split("```").next().unwrap_or_default();
        if block != std::fs::read_to_string(root().join(file))? {
            return Err(format!("the block of README.md differs from {file}").into());
        }
    }
    Ok(())
}
