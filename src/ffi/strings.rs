//! Text across the boundary: pointer + length UTF-8 in, the caller's buffer out.

use super::error::{Failure, Outcome};
use super::pointers::{array, optional_output, output_array};
use super::status::chmr_status;
use std::ffi::c_char;
use std::mem::MaybeUninit;

/// Bytes from C.
///
/// # Safety
/// If not NULL, `pointer` is valid for reads of `len` bytes for `'a`.
pub(super) unsafe fn bytes<'a>(
    pointer: *const c_char,
    len: usize,
    what: &str,
) -> Outcome<&'a [u8]> {
    // SAFETY: this function's contract.
    unsafe { array(pointer.cast::<u8>(), len, what) }
}

/// Text from C that must be UTF-8.
///
/// # Safety
/// As [`bytes`].
pub(super) unsafe fn text<'a>(pointer: *const c_char, len: usize, what: &str) -> Outcome<&'a str> {
    // SAFETY: this function's contract.
    let bytes = unsafe { bytes(pointer, len, what) }?;
    std::str::from_utf8(bytes).map_err(|e| {
        Failure::new(
            chmr_status::InvalidUtf8,
            format!("{what} is not UTF-8: wrong byte at offset {}", e.valid_up_to()),
        )
    })
}

/// The caller's buffer for text.
pub(super) struct TextOut<'a> {
    buffer: Option<&'a mut [MaybeUninit<u8>]>,
    len: Option<&'a mut MaybeUninit<usize>>,
}

impl<'a> TextOut<'a> {
    /// # Safety
    /// If not NULL, `buffer` is valid for writes of `capacity` bytes and `out_len` for a write,
    /// for `'a`; they do not overlap.
    pub unsafe fn new(
        buffer: *mut c_char,
        capacity: usize,
        out_len: *mut usize,
    ) -> Outcome<TextOut<'a>> {
        if buffer.is_null() && out_len.is_null() {
            return Err(Failure::new(
                chmr_status::NullPointer,
                "buffer and out_len are both NULL; expected at least one",
            ));
        }
        // SAFETY: this function's contract.
        unsafe {
            let len = optional_output(out_len, "out_len")?;
            let buffer = if buffer.is_null() && capacity == 0 {
                None
            } else {
                Some(output_array(buffer.cast::<u8>(), capacity, "buffer")?)
            };
            Ok(TextOut { buffer, len })
        }
    }

    /// Writes `text` and a NUL, and its length without the NUL; where there is no buffer, the
    /// length alone.
    pub fn put(self, text: &str) -> Outcome {
        if let Some(buffer) = self.buffer {
            if buffer.len() <= text.len() {
                return Err(Failure::new(
                    chmr_status::BufferTooSmall,
                    format!(
                        "the buffer has {} bytes; expected at least {}",
                        buffer.len(),
                        text.len() + 1
                    ),
                ));
            }
            for (to, from) in buffer.iter_mut().zip(text.bytes().chain([0])) {
                to.write(from);
            }
        }
        if let Some(len) = self.len {
            len.write(text.len());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ptr::null_mut;

    fn put(capacity: Option<usize>, text: &str) -> (Outcome, [u8; 8], usize) {
        let (mut buffer, mut len) = ([b'#'; 8], 99);
        let pointer = capacity.map_or(null_mut(), |_| buffer.as_mut_ptr());
        // SAFETY: locals.
        let out = unsafe { TextOut::new(pointer.cast(), capacity.unwrap_or(0), &mut len) };
        let outcome = out.unwrap().put(text);
        (outcome, buffer, len)
    }

    #[test]
    fn text_fits_or_nothing_is_written() {
        let (outcome, buffer, len) = put(Some(4), "abc");
        assert!(outcome.is_ok());
        assert_eq!((&buffer[..5], len), (&b"abc\0#"[..], 3));
        let (outcome, buffer, len) = put(Some(3), "abc");
        assert_eq!(outcome.unwrap_err().status, chmr_status::BufferTooSmall);
        assert_eq!((buffer, len), ([b'#'; 8], 99));
        let (outcome, _, len) = put(None, "abc");
        assert!(outcome.is_ok());
        assert_eq!(len, 3);
        let (outcome, ..) = put(Some(0), "");
        assert_eq!(outcome.unwrap_err().status, chmr_status::BufferTooSmall);
    }

    #[test]
    fn both_null_is_refused() {
        // SAFETY: refused before use.
        let out = unsafe { TextOut::new(null_mut(), 0, null_mut()) };
        assert_eq!(out.err().unwrap().status, chmr_status::NullPointer);
    }
}
