//! `cargo xtask install`: the library where C and C++ projects look for it.

use crate::Result;
use crate::hosts::NATIVE_LIBS;
use crate::run::{root, run};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const USAGE: &str =
    "usage: cargo xtask install --prefix DIR [--no-embedded-model] [--profile dist|release]";

const VERSION: &str = env!("CARGO_PKG_VERSION");

/// What is installed, and where.
pub struct Options {
    /// The folder that gets `lib`, `include` and `share`.
    pub prefix: PathBuf,
    /// Whether the library holds the default model.
    pub embedded_model: bool,
    /// `dist` optimises across crates and strips, for minutes; `release` is what the tests build
    /// anyway.
    pub profile: String,
}

/// `cargo xtask install`.
pub fn command(args: &[String]) -> Result {
    let mut options =
        Options { prefix: PathBuf::new(), embedded_model: true, profile: "dist".into() };
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--prefix" => options.prefix = args.next().ok_or(USAGE)?.into(),
            "--profile" => options.profile = args.next().ok_or(USAGE)?.clone(),
            "--no-embedded-model" => options.embedded_model = false,
            _ => return Err(USAGE.into()),
        }
    }
    if options.prefix.as_os_str().is_empty() || !["dist", "release"].contains(&&*options.profile) {
        return Err(USAGE.into());
    }
    build(&options)?;
    install(&options)
}

fn build(options: &Options) -> Result {
    let mut command = Command::new(env!("CARGO"));
    command.current_dir(root());
    command.arg(if options.profile == "dist" { "rustc" } else { "build" });
    command.args(["--package", "chmr-c", "--lib", "--profile", &options.profile]);
    match (options.profile.as_str(), options.embedded_model) {
        // As the tests build it, so that nothing is compiled twice.
        ("release", true) => command.args(["--package", "chmr", "--bins", "--examples"]),
        ("release", false) => {
            command.args(["--package", "chmr", "--examples"]);
            command.args(["--no-default-features", "--features", "chmr/cli"])
        }
        (_, true) => command.args(["--no-default-features", "--features", "embedded-model"]),
        (_, false) => command.arg("--no-default-features"),
    };
    // rustc's own linker on this platform can fold functions of identical code into one.
    if options.profile == "dist" && cfg!(all(target_os = "linux", target_arch = "x86_64")) {
        command.args(["--", "-C", "link-arg=-Wl,--icf=all,-O2"]);
    }
    run(&mut command)
}

/// Lays down what was built.
pub fn install(options: &Options) -> Result {
    let prefix = &options.prefix;
    let built = root().join("target").join(&options.profile);
    let tree = Tree { prefix };

    let soname = format!("libchmr.so.{}", abi_oldest()?);
    let library = format!("libchmr.so.{VERSION}");
    tree.copy(&built.join("libchmr.so"), &format!("lib/{library}"))?;
    tree.link(&library, &format!("lib/{soname}"))?;
    tree.link(&soname, "lib/libchmr.so")?;
    tree.copy(&built.join("libchmr.a"), "lib/libchmr.a")?;
    for header in ["chmr.h", "chmr.hpp"] {
        tree.copy(&root().join("include").join(header), &format!("include/{header}"))?;
    }

    let numbers: Vec<&str> = VERSION.split(['.', '-']).collect();
    let values = [
        ("@VERSION@", VERSION.to_owned()),
        ("@MAJOR@", numbers[0].to_owned()),
        ("@MINOR@", numbers[1].to_owned()),
        ("@POINTER_BYTES@", size_of::<usize>().to_string()),
        ("@LIBRARY@", library),
        ("@SONAME@", soname),
        ("@NATIVE_LIBS@", NATIVE_LIBS.join(" ")),
        ("@NATIVE_LIBS_CMAKE@", NATIVE_LIBS.join(";")),
    ];
    for (template, to) in [
        ("chmr.pc.in", "lib/pkgconfig/chmr.pc"),
        ("chmr-static.pc.in", "lib/pkgconfig/chmr-static.pc"),
        ("chmrConfig.cmake", "lib/cmake/chmr/chmrConfig.cmake"),
        ("chmrConfigVersion.cmake.in", "lib/cmake/chmr/chmrConfigVersion.cmake"),
        ("chmrTargets.cmake.in", "lib/cmake/chmr/chmrTargets.cmake"),
    ] {
        let mut text = fs::read_to_string(root().join("packaging").join(template))?;
        for (name, value) in &values {
            text = text.replace(name, value);
        }
        tree.write(to, &text)?;
    }

    for file in ["LICENSE-APACHE", "LICENSE-MIT", "NOTICE"] {
        tree.copy(&root().join(file), &format!("share/doc/chmr/{file}"))?;
    }
    for file in ["predict.c", "predict.cpp", "CMakeLists.txt"] {
        tree.copy(&root().join("examples").join(file), &format!("share/doc/chmr/examples/{file}"))?;
    }
    for file in ["default.chmr", "fast.chmr", "MODEL_CARD.md"] {
        tree.copy(&root().join("models").join(file), &format!("share/chmr/models/{file}"))?;
    }
    println!("installed chmr {VERSION} below {}", prefix.display());
    Ok(())
}

/// The oldest binary interface that the library honours: the number in its SONAME.
pub fn abi_oldest() -> Result<u32> {
    let source = fs::read_to_string(root().join("src/ffi/version.rs"))?;
    let (_, rest) = source.split_once("const ABI_OLDEST: u32 = ").ok_or("no ABI_OLDEST")?;
    Ok(rest.split(';').next().unwrap_or_default().parse()?)
}

/// The folder that is installed to.
struct Tree<'a> {
    prefix: &'a Path,
}

impl Tree<'_> {
    /// The path of `to`, whose folder is made and which itself is taken away: a file in use must
    /// not be written over.
    fn place(&self, to: &str) -> Result<PathBuf> {
        let path = self.prefix.join(to);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        if path.symlink_metadata().is_ok() {
            fs::remove_file(&path)?;
        }
        Ok(path)
    }

    fn copy(&self, from: &Path, to: &str) -> Result {
        let size =
            fs::copy(from, self.place(to)?).map_err(|e| format!("{}: {e}", from.display()))?;
        println!("{to} ({size} bytes)");
        Ok(())
    }

    fn write(&self, to: &str, text: &str) -> Result {
        fs::write(self.place(to)?, text)?;
        println!("{to}");
        Ok(())
    }

    fn link(&self, target: &str, to: &str) -> Result {
        std::os::unix::fs::symlink(target, self.place(to)?)?;
        println!("{to} -> {target}");
        Ok(())
    }
}
