//! Structs that grow at their end and begin with their size.

use super::error::{Failure, Outcome};
use super::pointers::shared;
use super::status::chmr_status;
use std::mem::MaybeUninit;

/// More than any version will have: beyond it the field was not set.
pub(super) const SANE_SIZE: usize = 4096;

/// The caller's struct `name`, whichever version it was made with; NULL is all zero. `first` is the
/// size that it had in its first version.
///
/// # Safety
/// `options` is NULL or valid for reads of as many bytes as its first field, a `usize`, says; any
/// bits that a caller may set, and zeros, are valid in every field of `T`.
pub(super) unsafe fn read<T>(options: *const T, first: usize, name: &str) -> Outcome<T> {
    let mut read = MaybeUninit::<T>::zeroed();
    let own = size_of::<T>();
    if !options.is_null() {
        // SAFETY: the struct begins with its size.
        let size = *unsafe { shared(options.cast::<usize>(), "options") }?;
        if !(first..=SANE_SIZE).contains(&size) {
            let message = format!(
                "options.struct_size is {size}; expected sizeof({name}), {own} in this version"
            );
            return Err(Failure::invalid(message));
        }
        let bytes = options.cast::<u8>();
        for at in own..size {
            // SAFETY: below `struct_size`.
            if unsafe { *bytes.add(at) } != 0 {
                let message = format!(
                    "options has {size} bytes and byte {at} is set; this version of the library \
                     knows the first {own}"
                );
                return Err(Failure::new(chmr_status::UnsupportedOption, message));
            }
        }
        // SAFETY: both sides have that many bytes.
        unsafe {
            read.as_mut_ptr().cast::<u8>().copy_from_nonoverlapping(bytes, size.min(own));
        }
    }
    // SAFETY: this function's contract.
    Ok(unsafe { read.assume_init() })
}
