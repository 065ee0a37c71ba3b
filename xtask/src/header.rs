//! `include/chmr.h`, generated from `src/ffi`.

use crate::Result;
use crate::run::root;

const HEADER: &str = "include/chmr.h";

/// What a C programmer starts a struct from.
const INITIALIZERS: &str = "
/** The default options: chmr_predict_options options = CHMR_PREDICT_OPTIONS_INIT; */
#define CHMR_PREDICT_OPTIONS_INIT {sizeof(chmr_predict_options), 0, NULL, 0, NULL, NULL, 0}
/** The default options: chmr_impute_options options = CHMR_IMPUTE_OPTIONS_INIT; */
#define CHMR_IMPUTE_OPTIONS_INIT {sizeof(chmr_impute_options), 0, NULL, 0, 0, 0, NULL, NULL, 0}
/** The default options: chmr_open_options options = CHMR_OPEN_OPTIONS_INIT; */
#define CHMR_OPEN_OPTIONS_INIT {sizeof(chmr_open_options), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}";

/// `cargo xtask header [--check]`.
pub fn command(args: &[String]) -> Result {
    match args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => {
            std::fs::write(root().join(HEADER), generate()?)?;
            println!("wrote {HEADER}");
            Ok(())
        }
        ["--check"] => check(),
        _ => Err("usage: cargo xtask header [--check]".into()),
    }
}

/// An error unless the committed header is what the sources give.
pub fn check() -> Result {
    let committed = std::fs::read_to_string(root().join(HEADER)).unwrap_or_default();
    let generated = generate()?;
    if committed == generated {
        return Ok(());
    }
    let differing = committed.lines().zip(generated.lines()).position(|(a, b)| a != b);
    let line = differing.unwrap_or(committed.lines().count().min(generated.lines().count())) + 1;
    Err(format!("{HEADER} differs from src/ffi from line {line}: run `cargo xtask header`").into())
}

fn generate() -> Result<String> {
    let root = root();
    let mut config = cbindgen::Config::from_file(root.join("cbindgen.toml"))?;
    config.header = Some(std::fs::read_to_string(root.join("include/chmr.h.in"))?);
    config.after_includes = Some(version_macros(env!("CARGO_PKG_VERSION"))? + "\n" + INITIALIZERS);
    let bindings = cbindgen::Builder::new()
        .with_config(config)
        .with_src(root.join("src/ffi/mod.rs"))
        .generate()?;
    let mut text = Vec::new();
    bindings.write(&mut text);
    Ok(String::from_utf8(text)?)
}

/// `CHMR_VERSION_*`. This program shares the workspace's version with the library.
fn version_macros(version: &str) -> Result<String> {
    let numbers = version.split('-').next().unwrap_or_default().split('.').collect::<Vec<_>>();
    let [major, minor, patch] = numbers[..] else {
        return Err(format!("version {version}: expected major.minor.patch").into());
    };
    Ok(format!(
        "\n/** Version of the library that this header belongs to; compare chmr_version(). */\n\
         #define CHMR_VERSION \"{version}\"\n\
         #define CHMR_VERSION_MAJOR {major}\n\
         #define CHMR_VERSION_MINOR {minor}\n\
         #define CHMR_VERSION_PATCH {patch}"
    ))
}

#[cfg(test)]
mod tests {
    #[test]
    fn version_macros_are_numbered() {
        let macros = super::version_macros("1.22.333-rc.4").unwrap();
        for line in [
            "#define CHMR_VERSION \"1.22.333-rc.4\"",
            "#define CHMR_VERSION_MAJOR 1",
            "#define CHMR_VERSION_MINOR 22",
            "#define CHMR_VERSION_PATCH 333",
        ] {
            assert!(macros.lines().any(|l| l == line), "{line}");
        }
        assert!(super::version_macros("1.2").is_err());
    }
}
