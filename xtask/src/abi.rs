//! The C ABI compared with that of the last release, by libabigail.
//!
//! The library holds no types that a C program would know, so a stand-in is compared: the header's
//! functions with empty bodies, compiled with debugging information. That the library
//! exports just these functions is checked elsewhere (`symbols`).

use crate::Result;
use crate::install;
use crate::run::{root, run};
use crate::test::has;
use std::path::PathBuf;
use std::process::Command;

/// The interface of the last release, as `abidw` describes it.
const RELEASED: &str = "tests/abi/libchmr.abi";
/// What may change between releases.
const ALLOWED: &str = "tests/abi/allowed.txt";

/// `cargo xtask abi [--accept]`.
pub fn command(args: &[String]) -> Result {
    match args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => match check()? {
            None => Ok(()),
            Some(missing) => Err(format!("{missing} is not installed").into()),
        },
        ["--accept"] => {
            // Nothing of the machine that it is made on.
            run(Command::new("abidw")
                .args(["--no-corpus-path", "--no-comp-dir-path", "--no-show-locs"])
                .arg("--out-file")
                .arg(root().join(RELEASED))
                .arg(stand_in()?))
        }
        _ => Err("usage: cargo xtask abi [--accept]".into()),
    }
}

/// An error where a program that was built for the last release would no longer run; the name of
/// what is missing, if anything is.
pub fn check() -> Result<Option<&'static str>> {
    if !has(&["abidiff", "--version"]) {
        return Ok(Some("abidiff (abigail-tools)"));
    }
    run(Command::new("abidiff")
        .args(["--no-added-syms", "--suppressions"])
        .arg(root().join(ALLOWED))
        .arg(root().join(RELEASED))
        .arg(stand_in()?))
    .map_err(|_| {
        "the C ABI is not that of the last release; if that is meant, raise ABI_OLDEST \
         (src/ffi/version.rs) and run `cargo xtask abi --accept`"
    })?;
    Ok(None)
}

/// A shared library of the header's functions and types. C++, where the enums are types.
fn stand_in() -> Result<PathBuf> {
    let folder = root().join("target/abi");
    std::fs::create_dir_all(&folder)?;
    let header = std::fs::read_to_string(root().join("include/chmr.h"))?;
    std::fs::write(folder.join("libchmr.cpp"), definitions(&header)?)?;
    let library = folder.join("libchmr.so");
    run(Command::new("c++")
        .args(["-std=c++17", "-g", "-O0", "-shared", "-fPIC", "-I"])
        .arg(root().join("include"))
        .arg(format!("-fdebug-prefix-map={}=.", root().display()))
        .arg(format!("-Wl,-soname,libchmr.so.{}", install::abi_oldest()?))
        .arg(folder.join("libchmr.cpp"))
        .arg("-o")
        .arg(&library))?;
    Ok(library)
}

/// Every function that the header declares, with a body that returns nothing.
fn definitions(header: &str) -> Result<String> {
    let start = "extern \"C\" {\n#endif // __cplusplus\n";
    let (_, functions) = header.split_once(start).ok_or("no extern \"C\" in the header")?;
    let (functions, _) = functions.split_once("#ifdef __cplusplus").ok_or("no end of extern")?;
    let mut out = String::from("#include \"chmr.h\"\n");
    let mut rest = functions;
    while let Some((code, comment)) = rest.split_once("/*") {
        out.push_str(code);
        rest = comment.split_once("*/").ok_or("a comment without end")?.1;
    }
    out.push_str(rest);
    Ok(out.replace(");", ") { __builtin_trap(); }"))
}

#[cfg(test)]
mod tests {
    #[test]
    fn declarations_become_definitions() {
        let header = "x\nextern \"C\" {\n#endif // __cplusplus\n/** f(); */\nint f(int a,\n  int b);\n\
                      /** g */ void g(void);\n#ifdef __cplusplus\n}\n";
        let code = super::definitions(header).unwrap();
        assert_eq!(code.matches("{ __builtin_trap(); }").count(), 2);
        assert!(!code.contains("/*"));
    }
}
