//! C and C++ programs that link the library as a host would: `tests/hosts/` and `examples/`.

use crate::Result;
use crate::install;
use crate::run::{root, run, side_by_side};
use crate::symbols;
use crate::test::has;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What a Rust static library needs from the system, as
/// `cargo rustc --package chmr-c --release -- --print native-static-libs` tells. The last,
/// because the assembly among the dependencies does not say that it needs no executable stack.
pub const NATIVE_LIBS: &[&str] =
    &["-lgcc_s", "-lutil", "-lrt", "-lpthread", "-lm", "-ldl", "-Wl,-z,noexecstack"];

const WARNINGS: &[&str] = &["-Wall", "-Wextra", "-Werror", "-pedantic", "-g", "-O1"];

/// Compilers and the standard that each is held to; absent ones are skipped with a message.
const COMPILERS: &[(&str, &str, Language)] = &[
    ("cc", "-std=c99", Language::C),
    ("c++", "-std=c++17", Language::Cpp),
    ("clang", "-std=c99", Language::C),
    ("clang++", "-std=c++17", Language::Cpp),
];

/// Builds of `hpp.cpp` besides the one that every host has.
const HPP_BUILDS: &[(&str, &[&str])] = &[
    ("cpp20", &["-std=c++20"]),
    ("noexcept", &["-std=c++17", "-fno-exceptions", "-fno-rtti"]),
    ("noexcept20", &["-std=c++20", "-fno-exceptions", "-fno-rtti"]),
];

/// The language of a host.
#[derive(Clone, Copy, PartialEq)]
pub enum Language {
    /// C.
    C,
    /// C++.
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

/// Which library a host is linked with.
#[derive(Clone, Copy, PartialEq)]
pub enum Link {
    /// `libchmr.so`.
    Shared,
    /// `libchmr.a`.
    Static,
}

/// How a host is built.
#[derive(Clone)]
pub struct Build<'a> {
    /// The program that compiles and links.
    pub compiler: &'a str,
    /// Its flags besides the warnings: the standard and more.
    pub flags: Vec<&'a str>,
    /// Tells it from other builds of the same source.
    pub label: &'a str,
    /// With which library.
    pub link: Link,
}

/// Compiles the header alone and every host with every compiler, links each against both
/// libraries, and runs them all.
pub fn run_all() -> Result {
    every_function_is_called()?;
    let mut builds = Vec::new();
    for &(compiler, standard, language) in COMPILERS {
        if !has(&[compiler, "--version"]) {
            println!("{compiler} is not installed: its builds of the hosts are skipped");
            continue;
        }
        header_alone(compiler, standard, language)?;
        for source in sources(language)? {
            let flags = vec![standard];
            let mut add = |label, flags, link| {
                builds.push((Build { compiler, flags, label, link }, source.clone()));
            };
            add("shared", flags.clone(), Link::Shared);
            // One compiler is enough to link all of it in; and dlopen opens the shared library by
            // itself.
            if !compiler.starts_with("clang") && name(&source) != "dlopen" {
                add("static", flags, Link::Static);
            }
            if name(&source) == "hpp" {
                HPP_BUILDS.iter().for_each(|(l, flags)| add(l, flags.to_vec(), Link::Shared));
            }
        }
        if language == Language::Cpp {
            two_versions(compiler)?;
        }
    }
    side_by_side(&builds, |(build, source)| run_host(build, source))
}

/// Compiles and runs a host.
pub fn run_host(build: &Build, source: &Path) -> Result {
    let program = compile(build, source)?;
    let mut command = Command::new(&program);
    command.args(arguments(source, false)).current_dir(root());
    // Means something to ThreadSanitizer alone.
    let suppressions = root().join("tests/hosts/thread_sanitizer.txt");
    run(command.env("TSAN_OPTIONS", format!("suppressions={}", suppressions.display())))
}

/// One program of two parts: one compiled with the header, the other with one that calls itself
/// newer and has a longer struct of options.
fn two_versions(compiler: &str) -> Result {
    let headers = root().join("target/hosts/newer");
    std::fs::create_dir_all(&headers)?;
    std::fs::write(headers.join("chmr.h"), newer_header()?)?;
    std::fs::copy(root().join("include/chmr.hpp"), headers.join("chmr.hpp"))?;
    let sources = root().join("tests/hosts/versions");
    let objects = root().join("target/hosts");
    let program = objects.join(format!("versions-{compiler}"));
    let mut link = Command::new(compiler);
    link.arg("-std=c++17").args(WARNINGS).arg(sources.join("main.cpp")).arg("-o").arg(&program);
    for (name, include) in [("current", root().join("include")), ("newer", headers)] {
        let object = objects.join(format!("version-{name}-{compiler}.o"));
        let mut part = Command::new(compiler);
        part.args(["-std=c++17", "-c"]).args(WARNINGS).arg(format!("-DPART={name}"));
        part.arg("-I").arg(include).arg(sources.join("part.cpp")).arg("-o").arg(&object);
        run(&mut part)?;
        link.arg(object);
    }
    link_with(&mut link, Link::Shared)?;
    run(&mut link)?;
    run(Command::new(program).arg(model("structure.chmr")))
}

/// The header as a later version might have it.
fn newer_header() -> Result<String> {
    let mut changed = 0;
    let lines = std::fs::read_to_string(root().join("include/chmr.h"))?;
    let lines = lines.lines().map(|line| {
        let newer = match line {
            l if l.starts_with("#define CHMR_VERSION_MINOR ") => format!("{l}9"),
            l if l.starts_with("#define CHMR_PREDICT_OPTIONS_INIT ") => l.replace('}', ", NULL}"),
            "} chmr_predict_options;" => format!("  void *later;\n{line}"),
            _ => return line.to_owned(),
        };
        changed += 1;
        newer
    });
    let header = lines.collect::<Vec<_>>().join("\n") + "\n";
    if changed == 3 { Ok(header) } else { Err("include/chmr.h is not as expected".into()) }
}

/// Each function of the header is called in `arguments.c`, which gives it all that is wrong, and in
/// another C host, which puts it to use.
fn every_function_is_called() -> Result {
    let header = std::fs::read_to_string(root().join("include/chmr.h"))?;
    let mut misuse = String::new();
    let mut good_use = std::fs::read_to_string(root().join("tests/hosts/host.h"))?;
    for source in sources(Language::C)? {
        let text = std::fs::read_to_string(&source)?;
        if name(&source) == "arguments" { misuse = text } else { good_use += &text }
    }
    for (hosts, what) in [(misuse, "tests/hosts/arguments.c"), (good_use, "the other C hosts")] {
        let called = |function: &&String| hosts.contains(&format!("{function}("));
        let missing: Vec<_> =
            symbols::declared(&header).into_iter().filter(|f| !called(&f)).collect();
        if !missing.is_empty() {
            return Err(format!("{what}: no call of {missing:?}").into());
        }
    }
    Ok(())
}

fn plain_c() -> Build<'static> {
    Build { compiler: "cc", flags: vec!["-std=c99"], label: "shared", link: Link::Shared }
}

/// `cargo xtask soak [CALLS]`: that many predictions, a million if not said, with a small model, and a tenth of them with
/// all tasks of the embedded one, whose calls take some fifty times as long; resident memory watched.
pub fn soak(args: &[String]) -> Result {
    let calls: u64 = args.first().map_or("1000000", String::as_str).parse()?;
    // With examples, so that the dependencies are those that the tests had compiled.
    run(Command::new(env!("CARGO"))
        .args(["build", "--release", "--lib", "--examples"])
        .current_dir(root()))?;
    run(Command::new(env!("CARGO"))
        .args(["test", "--release", "--test", "host_models"])
        .current_dir(root()))?;
    let program = compile(&plain_c(), &root().join("tests/hosts/soak.c"))?;
    let small = model("structure.chmr");
    run(Command::new(&program).arg(small).arg(calls.to_string()))?;
    run(Command::new(&program).args(["default", &(calls / 10).to_string()]))
}

/// The C hosts under valgrind: no invalid access, no leak.
pub fn valgrind() -> Result {
    let mut hosts = sources(Language::C)?;
    // The examples take the embedded model, which valgrind would chew on for minutes, and
    // dlclose unloads the symbols that valgrind would name, and in a forked child what belonged to
    // the parent's threads is lost by nature.
    hosts.retain(|source| !["dlopen", "fork", "predict"].contains(&name(source)));
    side_by_side(&hosts, |source| {
        run(Command::new("valgrind")
            .args(["--quiet", "--leak-check=full", "--show-leak-kinds=definite,indirect"])
            .args(["--errors-for-leak-kinds=definite,indirect", "--error-exitcode=1"])
            .arg(compile(&plain_c(), source)?)
            .args(arguments(source, true))
            .current_dir(root()))
    })
}

/// The name of a host.
pub fn name(source: &Path) -> &str {
    source.file_stem().and_then(|s| s.to_str()).unwrap_or_default()
}

/// What a host is told on its command line: the small models of `tests/host_models.rs`, and
/// what else it needs. Examples take SMILES.
fn arguments(source: &Path, valgrind: bool) -> Vec<String> {
    let text = |path: PathBuf| path.display().to_string();
    let (structure, bits) = (text(model("structure.chmr")), text(model("bits.chmr")));
    // Loops that valgrind's fiftieth of the speed would make minutes of.
    let loops = |most: &str, fewer: &str| String::from(if valgrind { fewer } else { most });
    match name(source) {
        "trust" | "encode" => vec![text(model("whole.chmr"))],
        "arguments" | "hpp" => vec![structure, bits, text(model("whole.chmr"))],
        "predict" => vec!["CC(=O)Oc1ccccc1C(=O)O".into()],
        "dlopen" => vec![structure, text(library("libchmr.so"))],
        "soak" => vec![structure, loops("2000", "50")],
        "model" => vec![structure, bits, loops("300", "10")],
        "options" => vec![structure, bits, loops("1000", "150")],
        "threads" => vec![structure, bits, loops("5", "1")],
        "cancel" => vec![structure, bits, loops("20000", "2000")],
        _ => vec![structure, bits],
    }
}

/// A small model of `tests/host_models.rs`.
pub fn model(file: &str) -> PathBuf {
    root().join("target/tmp/hosts").join(file)
}

fn library(file: &str) -> PathBuf {
    root().join("target/release").join(file)
}

/// All hosts of a language.
pub fn sources(language: Language) -> Result<Vec<PathBuf>> {
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

/// Compiles and links a host.
pub fn compile(build: &Build, source: &Path) -> Result<PathBuf> {
    let folder = root().join("target/hosts");
    std::fs::create_dir_all(&folder)?;
    let language = source.extension().and_then(|e| e.to_str()).unwrap_or_default();
    let &Build { compiler, ref flags, label, link } = build;
    let program = folder.join(format!("{}-{language}-{compiler}-{label}", name(source)));
    let mut command = Command::new(compiler);
    command.args(WARNINGS).args(flags).arg("-I").arg(root().join("include"));
    command.arg(source).arg("-o").arg(&program);
    link_with(&mut command, link)?;
    run(&mut command)?;
    Ok(program)
}

fn link_with(command: &mut Command, link: Link) -> Result {
    match link {
        Link::Shared => {
            // The loader asks for the SONAME, which the build does not lay down.
            let soname = library(&format!("libchmr.so.{}", install::abi_oldest()?));
            // Another build may lay it down at the same moment.
            let linked = std::os::unix::fs::symlink("libchmr.so", &soname);
            linked.or_else(|e| if soname.is_symlink() { Ok(()) } else { Err(e) })?;
            let folder = library("");
            command.arg("-L").arg(&folder).arg(format!("-Wl,-rpath,{}", folder.display()));
            command.args(["-l:libchmr.so", "-lpthread", "-ldl"]);
        }
        Link::Static => {
            command.arg(library("libchmr.a")).args(NATIVE_LIBS);
        }
    }
    Ok(())
}

/// A header is all that a translation unit needs: chmr.h in every standard from C99 and C++11 on,
/// chmr.hpp from C++17 on.
fn header_alone(compiler: &str, standard: &str, language: Language) -> Result {
    let builds: &[(&str, &str)] = match language {
        Language::C => &[("-std=c11", "chmr.h"), ("-std=gnu17", "chmr.h")],
        Language::Cpp => &[
            ("-std=c++11", "chmr.h"),
            ("-std=c++20", "chmr.h"),
            ("-std=c++17", "chmr.hpp"),
            ("-std=c++20", "chmr.hpp"),
        ],
    };
    for (standard, header) in [&[(standard, "chmr.h")], builds].concat() {
        run(Command::new(compiler)
            .args([standard, "-fsyntax-only", "-Wno-pragma-once-outside-header"])
            .args(["-Wall", "-Wextra", "-Werror", "-pedantic", "-x", language.name()])
            .arg(root().join("include").join(header)))?;
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
        ("```java\n", "examples/Predict.java"),
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
