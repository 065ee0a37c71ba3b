//! `chmr::reference`'s search, without all that compiles slowly: its unit tests run where `cargo xtask aarch64` emulates
//! the processor.
#![allow(dead_code, reason = "what the whole library uses of the modules below")]

/// What `error.rs` names of the library.
pub mod chem {
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
    pub enum ErrorKind {}

    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct Error {
        pub kind: ErrorKind,
        pub position: Option<usize>,
        pub message: String,
    }
}

#[path = "../../../src/error.rs"]
pub mod error;
pub use error::{Error, ErrorKind};

#[path = "../../../src/parallel.rs"]
pub mod parallel;

pub mod reference;
