//! `chmr_error`: the caller's own room for a message.

use super::status::chmr_status;
use std::ffi::c_char;

/// Size of chmr_error.message, bytes.
pub const CHMR_ERROR_MESSAGE_SIZE: usize = 508;

/// What went wrong in a call, in the caller's own memory: nothing to free, nothing shared between
/// threads. Its layout never changes.
///
/// Every function that takes one accepts NULL. It need not be initialised; each call sets it
/// wholly: after success to CHMR_STATUS_OK and an empty message.
#[repr(C)]
pub struct chmr_error {
    /// The status that the call returned.
    pub status: chmr_status,
    /// What is wrong, where, and what was expected: one line of UTF-8, NUL-terminated, cut at a
    /// character if too long.
    pub message: [c_char; CHMR_ERROR_MESSAGE_SIZE],
}

/// Why an export fails: becomes its status and its message.
#[derive(Debug)]
pub(super) struct Failure {
    pub status: chmr_status,
    pub message: String,
}

impl Failure {
    pub fn new(status: chmr_status, message: impl Into<String>) -> Self {
        Self { status, message: message.into() }
    }

    pub fn invalid(message: impl Into<String>) -> Self {
        Self::new(chmr_status::InvalidArgument, message)
    }
}

/// What the body of an export comes to.
pub(super) type Outcome<T = ()> = Result<T, Failure>;

/// Fills the caller's error, if there is one.
///
/// # Safety
/// `error` is NULL or points to memory of a `chmr_error` that nothing else uses meanwhile.
pub(super) unsafe fn report(error: *mut chmr_error, status: chmr_status, message: &str) {
    if error.is_null() || !error.is_aligned() {
        return;
    }
    let room = CHMR_ERROR_MESSAGE_SIZE - 1;
    let cut = (0..=message.len().min(room)).rev().find(|&i| message.is_char_boundary(i));
    let kept = &message.as_bytes()[..cut.unwrap_or(0)];
    // SAFETY: in bounds, as `kept` is shorter than the array; the memory may be uninitialised,
    // so it is written through pointers and never read.
    unsafe {
        (&raw mut (*error).status).write(status);
        let to = (&raw mut (*error).message).cast::<u8>();
        for (i, &byte) in kept.iter().enumerate() {
            // A NUL or a line break inside would cut or split the message in C.
            to.add(i).write(if byte < b' ' { b' ' } else { byte });
        }
        to.add(kept.len()).write(0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ffi::CStr;
    use std::mem::MaybeUninit;

    fn reported(message: &str) -> String {
        let mut error = MaybeUninit::<chmr_error>::uninit();
        // SAFETY: a local; `report` initialises it up to the NUL.
        unsafe {
            report(error.as_mut_ptr(), chmr_status::Internal, message);
            let text = (&raw const (*error.as_ptr()).message).cast();
            CStr::from_ptr(text).to_str().unwrap().to_owned()
        }
    }

    #[test]
    fn message_is_one_terminated_line_cut_at_a_character() {
        assert_eq!(reported(""), "");
        assert_eq!(reported("a\nb\0c"), "a b c");
        assert_eq!(reported(&"x".repeat(600)), "x".repeat(507));
        assert_eq!(reported(&"é".repeat(300)), "é".repeat(253));
    }
}
