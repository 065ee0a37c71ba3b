//! Gives the shared library its SONAME.

const VERSIONS: &str = "../../src/ffi/version.rs";

fn main() {
    println!("cargo::rerun-if-changed={VERSIONS}");
    let target = std::env::var("CARGO_CFG_TARGET_OS").unwrap_or_default();
    if ["linux", "android", "freebsd", "netbsd", "openbsd"].contains(&target.as_str()) {
        println!("cargo::rustc-cdylib-link-arg=-Wl,-soname,libchmr.so.{}", abi_oldest());
    }
    own_hypot();
}

/// The shared library takes `hypot` from src/ffi/hypot.rs, which says why.
fn own_hypot() {
    let target = |part: &str| std::env::var(format!("CARGO_CFG_TARGET_{part}")).unwrap_or_default();
    let known = ["x86_64", "aarch64"].contains(&target("ARCH").as_str());
    if known && target("OS") == "linux" && target("ENV") == "gnu" {
        for function in ["hypot", "hypotf"] {
            println!("cargo::rustc-cdylib-link-arg=-Wl,--defsym={function}=chmr_own_{function}");
        }
    }
}

/// The number in the SONAME: it changes when a binary interface is given up, and only then.
fn abi_oldest() -> u32 {
    let source = std::fs::read_to_string(VERSIONS).expect(VERSIONS);
    let (_, rest) = source.split_once("const ABI_OLDEST: u32 = ").expect("ABI_OLDEST");
    rest.split(';').next().and_then(|n| n.parse().ok()).expect("ABI_OLDEST is a number")
}
