//! The C ABI, a module per handle type. `include/chmr.h` is generated from the files here
//! (`cargo xtask header`), so the documentation of every export is written for C programmers.
//!
//! Rules that every export follows, in this order:
//! 1. the body runs inside [`guard::guard`] (or `guard_value`), so that no panic crosses into C;
//! 2. every pointer goes through [`pointers`] or [`strings`], which check NULL, size and alignment;
//! 3. outputs are written last, once nothing can fail any more.
//!
//! The contract that makes the pointers valid stands at the top of the header and is not
//! repeated as a `# Safety` section on each function.
#![allow(unsafe_code, non_camel_case_types, clippy::missing_safety_doc)]

mod atoms;
mod batch;
mod convert;
mod encode;
mod error;
mod fingerprint;
mod flags;
mod guard;
#[cfg(all(
    target_os = "linux",
    target_env = "gnu",
    any(target_arch = "x86_64", target_arch = "aarch64")
))]
mod hypot;
mod imputation;
mod impute;
mod labels;
mod library;
mod modality;
mod model;
mod neighbors;
mod open_options;
mod options;
mod panel;
mod pdbqt;
mod pointers;
mod predict;
mod progress;
mod reads;
mod result;
mod run;
mod shape;
mod status;
mod strings;
mod table;
mod trust;
mod version;
mod versioned;
