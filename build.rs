//! Tells the library whether there is a default model to embed: `cfg(chmr_default_model)` is set
//! if the feature `embedded-model` is on and `models/default.chmr` exists.

fn main() {
    println!("cargo::rustc-check-cfg=cfg(chmr_default_model)");
    println!("cargo::rerun-if-changed=models");
    let wanted = std::env::var_os("CARGO_FEATURE_EMBEDDED_MODEL").is_some();
    if wanted && std::path::Path::new("models/default.chmr").is_file() {
        println!("cargo::rustc-cfg=chmr_default_model");
    }
}
