//! The native half of the Java binding, over the Rust API of chmr.
//!
//! One module for each group of native methods of `org.chmr.Native`, which is the only class that declares any
//! and is not public: its callers, in the same package, see to it that a handle is alive during a call.
//! Whatever goes wrong here becomes an `org.chmr.ChmrException`; a panic stops at [`guard`].

mod arrays;
mod error;
mod guard;
mod handle;
mod model;
mod predict;
mod run;
