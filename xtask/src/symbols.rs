//! The shared library exports `chmr_*` and nothing else, and all that the header declares.

use crate::Result;
use crate::run::root;
use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

/// Checks a shared library.
pub fn check(library: &Path) -> Result {
    let exported = exported(library)?;
    let declared = declared(&std::fs::read_to_string(root().join("include/chmr.h"))?);
    let foreign: Vec<_> = exported.difference(&declared).collect();
    let missing: Vec<_> = declared.difference(&exported).collect();
    if !foreign.is_empty() || !missing.is_empty() {
        let message = format!("exported but not declared: {foreign:?}; not exported: {missing:?}");
        return Err(message.into());
    }
    println!("{} symbols exported, each declared in the header", exported.len());
    Ok(())
}

/// The dynamic symbols that a library defines.
pub fn exported(library: &Path) -> Result<BTreeSet<String>> {
    let output = Command::new("nm").args(["-D", "--defined-only"]).arg(library).output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into());
    }
    let text = String::from_utf8(output.stdout)?;
    Ok(text.lines().filter_map(|l| l.split_whitespace().nth(2)).map(String::from).collect())
}

/// The newest glibc that a host of the libraries and the program may be asked for: the one that took in libpthread and
/// libdl, which whatever is linked on a system since then asks for.
const GLIBC: (u32, u32) = (2, 34);

/// What a Python wheel of files that [`check_glibc`] passes says of its platform.
pub fn platform_tag() -> String {
    let (major, minor) = GLIBC;
    format!("manylinux_{major}_{minor}_{}", std::env::consts::ARCH)
}

/// An error if a library or program asks for symbols of a newer glibc than [`GLIBC`].
pub fn check_glibc(file: &Path) -> Result {
    let output = Command::new("nm").args(["-D", "--undefined-only"]).arg(file).output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into());
    }
    let text = String::from_utf8(output.stdout)?;
    let newer = newer_than(GLIBC, &text);
    let (major, minor) = GLIBC;
    if newer.is_empty() {
        println!("{}: runs from glibc {major}.{minor} on", file.display());
        return Ok(());
    }
    Err(format!("{}: asks for more than glibc {major}.{minor}: {newer:?}", file.display()).into())
}

/// The symbols that `nm` shows with a newer version of glibc.
fn newer_than(oldest: (u32, u32), symbols: &str) -> Vec<&str> {
    let newer = |symbol: &&str| {
        let version = symbol.split_once("@GLIBC_").and_then(|(_, version)| {
            let mut numbers = version.split('.').map(str::parse::<u32>);
            Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
        });
        version.is_some_and(|version| version > oldest)
    };
    symbols.split_whitespace().filter(newer).collect()
}

/// The functions of a header: `chmr_name(` outside comments.
pub fn declared(header: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let code = header
        .lines()
        .map(str::trim_start)
        .filter(|l| !l.starts_with('*') && !l.starts_with('/') && !l.starts_with('#'))
        .filter(|l| !l.starts_with("typedef"));
    for line in code {
        for (at, _) in line.match_indices("chmr_") {
            let name: String =
                line[at..].chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            if line[at + name.len()..].starts_with('(') {
                found.insert(name);
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    #[test]
    fn newer_symbols_are_told() {
        let symbols =
            "  U hypot@GLIBC_2.35\n  U free@GLIBC_2.2.5 (2)\n  w __gmon_start__\n  U x@GLIBC_3.1\n";
        assert_eq!(super::newer_than((2, 34), symbols), ["hypot@GLIBC_2.35", "x@GLIBC_3.1"]);
    }

    #[test]
    fn declarations_are_told_from_comments_and_types() {
        let header = "/** see chmr_a() */\n * chmr_b()\nenum chmr_status chmr_c(chmr_error *e);\n\
                      typedef int (*chmr_fn)(size_t n);\nconst char *chmr_d(void);\n#define X chmr_e()";
        let names: Vec<_> = super::declared(header).into_iter().collect();
        assert_eq!(names, ["chmr_c", "chmr_d"]);
    }
}
