//! The native half of the Java binding, over the Rust API of chmr.
//!
//! One module for each group of native methods of `org.chmr.Native`, which is the only class that declares any
//! and is not public: its callers, in the same package, see to it that a handle is alive during a call.
//! Whatever goes wrong here becomes an `org.chmr.ChmrException`; a panic stops at [`guard`].

mod arrays;
mod call;
mod encode;
mod error;
mod guard;
mod handle;
mod impute;
mod library;
mod matrices;
mod model;
mod neighbors;
mod predict;
mod run;
mod sdf;
mod table;
mod trust;
