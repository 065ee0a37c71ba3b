//! The one guard around every native method.

use crate::error::Failure;
use jni::JNIEnv;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// `chmr_status` for a panic that was caught.
const PANIC: i32 = 900;

/// Runs `body`; a failure or a panic becomes an exception, and `otherwise` is returned, which Java never sees.
pub(crate) fn guard<'e, T>(
    env: &mut JNIEnv<'e>,
    otherwise: T,
    body: impl FnOnce(&mut JNIEnv<'e>) -> Result<T, Failure>,
) -> T {
    let failure = match catch_unwind(AssertUnwindSafe(|| body(env))) {
        Ok(Ok(value)) => return value,
        Ok(Err(failure)) => failure,
        Err(_) => {
            Failure::Status(PANIC, "a defect in the library (panic); please report it".into())
        }
    };
    failure.throw(env);
    otherwise
}
