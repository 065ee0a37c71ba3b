//! Versions: of the library, and of the binary interface.

use super::guard::guard_value;
use std::ffi::{CStr, c_char};

/// The binary interface that this header describes. It grows by one whenever something is added;
/// see chmr_abi_oldest for when something is taken away.
pub const CHMR_ABI_VERSION: u32 = 1;

/// The oldest interface that this version of the library still honours.
const ABI_OLDEST: u32 = 1;

const VERSION: &CStr =
    match CStr::from_bytes_with_nul(concat!(env!("CARGO_PKG_VERSION"), "\0").as_bytes()) {
        Ok(version) => version,
        Err(_) => panic!("the version holds a NUL"),
    };

/// Version of the library that is loaded, such as "1.2.3": static text, NUL-terminated.
/// CHMR_VERSION is that of the header.
///
/// Thread rule: callable from any thread.
#[unsafe(no_mangle)]
pub extern "C" fn chmr_version() -> *const c_char {
    guard_value(VERSION.as_ptr(), || VERSION.as_ptr())
}

/// The binary interface of the library that is loaded. A program built with this header
/// runs with every library for which
/// chmr_abi_oldest() <= CHMR_ABI_VERSION && CHMR_ABI_VERSION <= chmr_abi_version().
///
/// Thread rule: callable from any thread.
#[unsafe(no_mangle)]
pub extern "C" fn chmr_abi_version() -> u32 {
    guard_value(0, || CHMR_ABI_VERSION)
}

/// The oldest binary interface that the library that is loaded still honours; see
/// chmr_abi_version.
///
/// Thread rule: callable from any thread.
#[unsafe(no_mangle)]
pub extern "C" fn chmr_abi_oldest() -> u32 {
    guard_value(0, || ABI_OLDEST)
}
