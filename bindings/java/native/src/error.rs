//! Failures as Java exceptions.

use jni::JNIEnv;
use jni::objects::{JThrowable, JValue};

/// Why a native method ends without a result.
pub(crate) enum Failure {
    /// To be thrown: a number of `chmr_status` and a message.
    Status(i32, String),
    /// An exception is on its way already, or the virtual machine is out of order.
    Java(jni::errors::Error),
}

/// `chmr_status` for what should be impossible.
const INTERNAL: i32 = 901;
/// `chmr_status` for an argument out of its domain.
const ARGUMENT: i32 = 101;

impl Failure {
    pub(crate) fn argument(message: impl Into<String>) -> Self {
        Self::Status(ARGUMENT, message.into())
    }

    /// Leaves the exception for the caller to find. Where even that fails, the virtual machine has
    /// thrown something of its own, such as an `OutOfMemoryError`.
    pub(crate) fn throw(self, env: &mut JNIEnv<'_>) {
        if env.exception_check().unwrap_or(true) {
            return;
        }
        let (status, message) = match self {
            Self::Status(status, message) => (status, message),
            Self::Java(e) => (INTERNAL, e.to_string()),
        };
        let _ = throw(env, status, &message);
    }
}

fn throw(env: &mut JNIEnv<'_>, status: i32, message: &str) -> jni::errors::Result<()> {
    let message = env.new_string(message)?;
    let thrown = env.new_object(
        "org/chmr/ChmrException",
        "(ILjava/lang/String;)V",
        &[JValue::Int(status), JValue::Object(&message)],
    )?;
    env.throw(JThrowable::from(thrown))
}

impl From<chmr::Error> for Failure {
    fn from(e: chmr::Error) -> Self {
        Self::Status(e.status(), e.message)
    }
}

impl From<jni::errors::Error> for Failure {
    fn from(e: jni::errors::Error) -> Self {
        Self::Java(e)
    }
}
