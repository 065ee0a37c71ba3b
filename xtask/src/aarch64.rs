//! The search's NEON kernels, tested on an emulated processor.

use crate::Result;
use crate::run::{root, run};
use std::process::Command;

/// The linker and the C library come with Rust: no cross compiler is needed.
const TARGET: &str = "aarch64-unknown-linux-musl";

/// `cargo xtask aarch64`: needs `rustup` and QEMU's user-mode emulator (Debian: qemu-user-static).
pub fn command(_: &[String]) -> Result {
    run(Command::new("rustup").args(["target", "add", TARGET]))?;
    run(Command::new("cargo")
        .args(["test", "--release", "--target", TARGET, "--manifest-path"])
        .arg(root().join("tests/aarch64/Cargo.toml"))
        .env("CARGO_TARGET_DIR", root().join("target/aarch64"))
        .env("CARGO_TARGET_AARCH64_UNKNOWN_LINUX_MUSL_LINKER", "rust-lld")
        .env("CARGO_TARGET_AARCH64_UNKNOWN_LINUX_MUSL_RUNNER", "qemu-aarch64-static"))
}
