//! Results that stay where Rust made them, read by Java through direct buffers.

use crate::error::Failure;
use crate::guard::guard;
use crate::handle;
use jni::JNIEnv;
use jni::objects::{JByteBuffer, JClass};
use jni::sys::{jint, jlong};
use std::ptr::null_mut;

/// Row-major matrices of one result.
pub(crate) struct Matrices(pub(crate) Vec<Vec<f32>>);

/// `Native.matrix`: one of them as a buffer of bytes, in the machine's order. It points into the matrices and must not
/// outlive them.
#[unsafe(no_mangle)]
pub extern "system" fn Java_org_chmr_Native_matrix<'e>(
    mut env: JNIEnv<'e>,
    _: JClass<'e>,
    matrices: jlong,
    index: jint,
) -> JByteBuffer<'e> {
    // SAFETY: null is a reference to nothing.
    let otherwise = unsafe { JByteBuffer::from_raw(null_mut()) };
    guard(&mut env, otherwise, |env| {
        // SAFETY: `Handle` in Java keeps the matrices alive during the call and as long as the buffer.
        let matrices = unsafe { handle::borrow::<Matrices>(matrices) };
        let matrix = usize::try_from(index).ok().and_then(|i| matrices.0.get(i));
        let matrix = matrix.ok_or_else(|| Failure::argument(format!("matrix {index}")))?;
        let bytes = matrix.as_ptr().cast::<u8>().cast_mut();
        // SAFETY: so many bytes are there, and Java only reads them: it makes the buffer read-only.
        Ok(unsafe { env.new_direct_byte_buffer(bytes, size_of_val(matrix.as_slice())) }?)
    })
}

/// `Native.freeMatrices`
#[unsafe(no_mangle)]
pub extern "system" fn Java_org_chmr_Native_freeMatrices<'e>(
    mut env: JNIEnv<'e>,
    _: JClass<'e>,
    matrices: jlong,
) {
    guard(&mut env, (), |_| {
        // SAFETY: `Handle` in Java calls this once, when no buffer is reachable and no call under way.
        unsafe { handle::free::<Matrices>(matrices) };
        Ok(())
    });
}
