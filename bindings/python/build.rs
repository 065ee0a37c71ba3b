//! The shared library takes `hypot` from src/ffi/hypot.rs, which says why.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let target = |part: &str| std::env::var(format!("CARGO_CFG_TARGET_{part}")).unwrap_or_default();
    let known = ["x86_64", "aarch64"].contains(&target("ARCH").as_str());
    if known && target("OS") == "linux" && target("ENV") == "gnu" {
        for function in ["hypot", "hypotf"] {
            println!("cargo::rustc-cdylib-link-arg=-Wl,--defsym={function}=chmr_own_{function}");
        }
    }
}
