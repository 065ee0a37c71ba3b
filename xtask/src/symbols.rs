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
    fn declarations_are_told_from_comments_and_types() {
        let header = "/** see chmr_a() */\n * chmr_b()\nenum chmr_status chmr_c(chmr_error *e);\n\
                      typedef int (*chmr_fn)(size_t n);\nconst char *chmr_d(void);\n#define X chmr_e()";
        let names: Vec<_> = super::declared(header).into_iter().collect();
        assert_eq!(names, ["chmr_c", "chmr_d"]);
    }
}
