//! Pointers from C to Rust references: the checks that every export shares.
//!
//! NULL, misalignment and impossible lengths are refused here. That a pointer, once those
//! are ruled out, is what the header asks for is the caller's part of the contract.

use super::error::{Failure, Outcome};
use super::status::chmr_status;
use std::mem::MaybeUninit;

fn check<T>(pointer: *const T, what: &str) -> Outcome {
    if pointer.is_null() {
        return Err(Failure::new(
            chmr_status::NullPointer,
            format!("{what} is NULL; expected a valid pointer"),
        ));
    }
    if !pointer.is_aligned() {
        return Err(Failure::invalid(format!(
            "{what} is not aligned; expected a multiple of {} bytes",
            align_of::<T>()
        )));
    }
    Ok(())
}

fn check_len<T>(len: usize, what: &str) -> Outcome {
    match len.checked_mul(size_of::<T>()) {
        Some(bytes) if isize::try_from(bytes).is_ok() => Ok(()),
        _ => Err(Failure::invalid(format!(
            "{what} is said to have {len} elements of {} bytes, more than any memory holds",
            size_of::<T>()
        ))),
    }
}

/// A shared reference to a handle or struct.
///
/// # Safety
/// If neither NULL nor misaligned, `pointer` is valid for reads for `'a`.
pub(super) unsafe fn shared<'a, T>(pointer: *const T, what: &str) -> Outcome<&'a T> {
    check(pointer, what)?;
    // SAFETY: checked above; the rest is this function's contract.
    Ok(unsafe { &*pointer })
}

/// As [`shared`], and NULL is `None`.
///
/// # Safety
/// As [`shared`].
pub(super) unsafe fn optional<'a, T>(pointer: *const T, what: &str) -> Outcome<Option<&'a T>> {
    // SAFETY: this function's contract.
    if pointer.is_null() { Ok(None) } else { unsafe { shared(pointer, what) }.map(Some) }
}

/// An exclusive reference to a handle.
///
/// # Safety
/// If neither NULL nor misaligned, `pointer` is valid and used by nothing else for `'a`.
pub(super) unsafe fn exclusive<'a, T>(pointer: *mut T, what: &str) -> Outcome<&'a mut T> {
    check(pointer, what)?;
    // SAFETY: checked above; the rest is this function's contract.
    Ok(unsafe { &mut *pointer })
}

/// Room for one output, possibly uninitialised.
///
/// # Safety
/// If neither NULL nor misaligned, `pointer` is valid for writes for `'a`.
pub(super) unsafe fn output<'a, T>(pointer: *mut T, what: &str) -> Outcome<&'a mut MaybeUninit<T>> {
    // SAFETY: same memory, and `MaybeUninit` promises nothing of its content.
    unsafe { exclusive(pointer.cast::<MaybeUninit<T>>(), what) }
}

/// As [`output`], and NULL is `None`: an answer that the caller does not want.
///
/// # Safety
/// As [`output`].
pub(super) unsafe fn optional_output<'a, T>(
    pointer: *mut T,
    what: &str,
) -> Outcome<Option<&'a mut MaybeUninit<T>>> {
    // SAFETY: this function's contract.
    if pointer.is_null() { Ok(None) } else { unsafe { output(pointer, what) }.map(Some) }
}

/// An input array. NULL is accepted where `len` is 0.
///
/// # Safety
/// If neither NULL nor misaligned, `pointer` is valid for reads of `len` elements for `'a`.
pub(super) unsafe fn array<'a, T>(pointer: *const T, len: usize, what: &str) -> Outcome<&'a [T]> {
    check_len::<T>(len, what)?;
    if len == 0 {
        return Ok(&[]);
    }
    check(pointer, what)?;
    // SAFETY: checked above; the rest is this function's contract.
    Ok(unsafe { std::slice::from_raw_parts(pointer, len) })
}

/// An output array, possibly uninitialised. NULL is accepted where `len` is 0.
///
/// # Safety
/// If neither NULL nor misaligned, `pointer` is valid for writes of `len` elements for `'a`.
pub(super) unsafe fn output_array<'a, T>(
    pointer: *mut T,
    len: usize,
    what: &str,
) -> Outcome<&'a mut [MaybeUninit<T>]> {
    check_len::<T>(len, what)?;
    if len == 0 {
        return Ok(&mut []);
    }
    check(pointer, what)?;
    // SAFETY: checked above; `MaybeUninit` promises nothing of the content.
    Ok(unsafe { std::slice::from_raw_parts_mut(pointer.cast::<MaybeUninit<T>>(), len) })
}

/// Takes back what [`give`] handed out, and drops it; nothing for NULL.
///
/// # Safety
/// `handle` is NULL or came from [`give`] with the same type, and is not used again.
pub(super) unsafe fn free<T>(handle: *mut T) {
    if !handle.is_null() {
        // SAFETY: this function's contract.
        drop(unsafe { Box::from_raw(handle) });
    }
}

/// Hands a new handle to the caller, who owns it until its `_free`.
pub(super) fn give<T>(out: &mut MaybeUninit<*mut T>, handle: T) {
    out.write(Box::into_raw(Box::new(handle)));
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ptr::{null, null_mut};

    fn status<T>(outcome: Outcome<T>) -> chmr_status {
        outcome.err().map_or(chmr_status::Ok, |f| f.status)
    }

    #[test]
    fn bad_pointers_are_refused() {
        let floats = [0f32; 4];
        let odd = floats.as_ptr().cast::<u8>().wrapping_add(1).cast::<f32>();
        // SAFETY: each pointer is refused before use, or valid.
        unsafe {
            assert_eq!(status(shared(null::<f32>(), "x")), chmr_status::NullPointer);
            assert_eq!(status(shared(odd, "x")), chmr_status::InvalidArgument);
            assert_eq!(status(output(null_mut::<f32>(), "x")), chmr_status::NullPointer);
            assert_eq!(status(output_array(odd.cast_mut(), 2, "x")), chmr_status::InvalidArgument);
            assert_eq!(
                status(array(floats.as_ptr(), usize::MAX, "x")),
                chmr_status::InvalidArgument
            );
            assert_eq!(
                status(array(floats.as_ptr(), usize::MAX / 8 + 1, "x")),
                chmr_status::InvalidArgument
            );
            assert_eq!(status(array(null::<f32>(), 1, "x")), chmr_status::NullPointer);
            assert!(array(null::<f32>(), 0, "x").unwrap().is_empty());
            assert_eq!(array(floats.as_ptr(), 4, "x").unwrap().len(), 4);
        }
    }
}
