//! The one panic guard around every export.

use super::error::{Outcome, chmr_error, report};
use super::status::chmr_status;
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Runs the body of a fallible export: its failure, or its panic, becomes the status and fills
/// the caller's error.
///
/// Unwind safety: exports see shared handles only through `&` (immutable, or atomics), and an
/// exclusive one is left by a panic in some valid state of its safe Rust type.
pub(super) fn guard(error: *mut chmr_error, body: impl FnOnce() -> Outcome) -> chmr_status {
    let (status, message) = match catch_unwind(AssertUnwindSafe(body)) {
        Ok(Ok(())) => (chmr_status::Ok, String::new()),
        Ok(Err(failure)) => (failure.status, failure.message),
        Err(payload) => (chmr_status::Panic, panic_text(payload)),
    };
    // SAFETY: the header's contract: `error` is NULL or the caller's own chmr_error.
    unsafe { report(error, status, &message) };
    status
}

/// Runs the body of an export that cannot fail; a panic gives `otherwise`.
pub(super) fn guard_value<T>(otherwise: T, body: impl FnOnce() -> T) -> T {
    catch_unwind(AssertUnwindSafe(body)).unwrap_or_else(|payload| {
        panic_text(payload);
        otherwise
    })
}

/// The message of a panic. A payload of any other type is leaked: its drop could panic again,
/// outside every guard.
fn panic_text(payload: Box<dyn Any + Send>) -> String {
    let payload = match payload.downcast::<String>() {
        Ok(text) => return format!("defect in the library: {text}"),
        Err(other) => other,
    };
    match payload.downcast::<&'static str>() {
        Ok(text) => format!("defect in the library: {text}"),
        Err(other) => {
            std::mem::forget(other);
            "defect in the library: panic without a message".into()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ffi::error::Failure;
    use std::ptr::null_mut;

    #[test]
    fn failure_and_panic_become_statuses() {
        assert_eq!(guard(null_mut(), || Ok(())), chmr_status::Ok);
        let failed = guard(null_mut(), || Err(Failure::invalid("x")));
        assert_eq!(failed, chmr_status::InvalidArgument);
        assert_eq!(guard(null_mut(), || panic!("tried")), chmr_status::Panic);
        assert_eq!(guard_value(7, || panic!("tried {}", 1)), 7);
    }

    #[test]
    fn payload_whose_drop_panics_is_contained() {
        struct Bomb;
        impl Drop for Bomb {
            fn drop(&mut self) {
                panic!("again");
            }
        }
        let status = guard(null_mut(), || std::panic::panic_any(Bomb));
        assert_eq!(status, chmr_status::Panic);
    }
}
