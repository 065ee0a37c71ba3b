//! Tells the library whether there is a default model to embed: `cfg(chmr_default_model)` is set
//! if the feature `embedded-model` is on and `models/default.chmr` exists.

fn main() {
    println!("cargo::rustc-check-cfg=cfg(chmr_default_model)");
    println!("cargo::rerun-if-changed=models");
    let wanted = std::env::var_os("CARGO_FEATURE_EMBEDDED_MODEL").is_some();
    if wanted && std::path::Path::new("models/default.chmr").is_file() {
        println!("cargo::rustc-cfg=chmr_default_model");
    }
    own_hypot();
}

/// The program takes `hypot` from src/ffi/hypot.rs, which says why.
fn own_hypot() {
    let target = |part: &str| std::env::var(format!("CARGO_CFG_TARGET_{part}")).unwrap_or_default();
    let known = ["x86_64", "aarch64"].contains(&target("ARCH").as_str());
    if known && target("OS") == "linux" && target("ENV") == "gnu" {
        for function in ["hypot", "hypotf"] {
            println!("cargo::rustc-link-arg-bins=-Wl,--defsym={function}=chmr_own_{function}");
        }
    }
}
