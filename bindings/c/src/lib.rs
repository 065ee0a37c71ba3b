//! The C library: what `include/chmr.h` declares, as `libchmr.so` and `libchmr.a`.
//!
//! The functions are those of the Rust crate's module `ffi`, exported from here. A package of its own, so that what uses
//! the crate from Rust need not link a shared and a static library too.

use chmr_rust as _;
