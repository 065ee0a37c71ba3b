//! Java arrays and strings in and out.

use crate::error::Failure;
use jni::JNIEnv;
use jni::objects::{JByteArray, JFloatArray, JIntArray, JObject, JObjectArray};

/// A copy of a `byte[]`.
pub(crate) fn bytes(env: &JNIEnv<'_>, array: &JByteArray<'_>) -> Result<Vec<u8>, Failure> {
    Ok(env.convert_byte_array(array)?)
}

/// A copy of a `byte[]` of UTF-8.
pub(crate) fn text(env: &JNIEnv<'_>, array: &JByteArray<'_>) -> Result<String, Failure> {
    String::from_utf8(bytes(env, array)?).map_err(|_| Failure::argument("text is not UTF-8"))
}

/// A copy of an `int[]`.
pub(crate) fn ints(env: &JNIEnv<'_>, array: &JIntArray<'_>) -> Result<Vec<i32>, Failure> {
    let mut out = vec![0; env.get_array_length(array)? as usize];
    env.get_int_array_region(array, 0, &mut out)?;
    Ok(out)
}

/// A copy of a `float[]`.
pub(crate) fn floats(env: &JNIEnv<'_>, array: &JFloatArray<'_>) -> Result<Vec<f32>, Failure> {
    let mut out = vec![0.0; env.get_array_length(array)? as usize];
    env.get_float_array_region(array, 0, &mut out)?;
    Ok(out)
}

/// The lines of a text.
pub(crate) fn lines(text: &str) -> Vec<String> {
    text.lines().map(str::to_owned).collect()
}

/// Indices out of an `int[]`, or none for `null`.
pub(crate) fn indices(
    env: &JNIEnv<'_>,
    array: &JIntArray<'_>,
) -> Result<Option<Vec<usize>>, Failure> {
    if array.is_null() {
        return Ok(None);
    }
    let index = |&i: &i32| usize::try_from(i).map_err(|_| Failure::argument(format!("index {i}")));
    ints(env, array)?.iter().map(index).collect::<Result<_, _>>().map(Some)
}

/// A new `String[]`, `null` for none.
pub(crate) fn strings<'e>(
    env: &mut JNIEnv<'e>,
    values: &[Option<&str>],
) -> Result<JObjectArray<'e>, Failure> {
    let count = i32::try_from(values.len()).map_err(|_| Failure::argument("too many strings"))?;
    let array = env.new_object_array(count, "java/lang/String", JObject::null())?;
    for (i, value) in (0..).zip(values) {
        if let Some(value) = value {
            put(env, &array, i, value)?;
        }
    }
    Ok(array)
}

/// A null `String[]`, which Java never sees: an exception is on its way.
pub(crate) fn null<'e>() -> JObjectArray<'e> {
    // SAFETY: null is a reference to nothing.
    unsafe { JObjectArray::from_raw(std::ptr::null_mut()) }
}

/// Sets an element of a `String[]`, and leaves no local reference behind.
pub(crate) fn put(
    env: &mut JNIEnv<'_>,
    array: &JObjectArray<'_>,
    index: i32,
    value: &str,
) -> Result<(), Failure> {
    let string = env.new_string(value)?;
    env.set_object_array_element(array, index, &string)?;
    env.delete_local_ref(string)?;
    Ok(())
}
