//! Rust objects that Java holds by number.

use jni::sys::jlong;

/// Gives `value` into Java's keeping, until [`free`].
pub(crate) fn keep<T>(value: T) -> jlong {
    Box::into_raw(Box::new(value)) as jlong
}

/// The object that [`keep`] gave the number `handle` for.
///
/// # Safety
/// `handle` comes from [`keep`] for a `T` and is not freed during `'a`.
pub(crate) unsafe fn borrow<'a, T>(handle: jlong) -> &'a T {
    // SAFETY: as promised by the caller, it points to a live `T`, and nobody holds it mutably.
    unsafe { &*(handle as *const T) }
}

/// Ends the object.
///
/// # Safety
/// As for [`borrow`], and no borrow of it is alive or follows.
pub(crate) unsafe fn free<T>(handle: jlong) {
    // SAFETY: as promised by the caller, it is the box that `keep` leaked, and is freed once.
    drop(unsafe { Box::from_raw(handle as *mut T) });
}
