//! Tables of fingerprints in mapped files.

use crate::arrays;
use crate::call;
use crate::error::Failure;
use crate::guard::guard;
use crate::handle;
use crate::neighbors::{options, told};
use chmr::Run;
use chmr::reference::FingerprintTable;
use jni::JNIEnv;
use jni::objects::{JByteArray, JClass, JIntArray, JObject, JObjectArray};
use jni::sys::{jfloat, jint, jlong};

/// `Native.openTable`
#[unsafe(no_mangle)]
pub extern "system" fn Java_org_chmr_Native_openTable<'e>(
    mut env: JNIEnv<'e>,
    _: JClass<'e>,
    path: JByteArray<'e>,
) -> jlong {
    guard(&mut env, 0, |env| Ok(handle::keep(FingerprintTable::open(named(env, &path)?)?)))
}

/// `Native.writeTable`: of a batch, with an id a line.
#[unsafe(no_mangle)]
pub extern "system" fn Java_org_chmr_Native_writeTable<'e>(
    mut env: JNIEnv<'e>,
    _: JClass<'e>,
    text: JByteArray<'e>,
    ends: JIntArray<'e>,
    kinds: JByteArray<'e>,
    ids: JByteArray<'e>,
    path: JByteArray<'e>,
) {
    guard(&mut env, (), |env| {
        let batch = call::batch(env, &text, &ends, &kinds)?;
        let ids = arrays::lines(&arrays::text(env, &ids)?);
        Ok(batch.write_table(&ids, named(env, &path)?)?)
    });
}

/// A path that is not empty.
fn named(env: &JNIEnv<'_>, path: &JByteArray<'_>) -> Result<String, Failure> {
    let path = arrays::text(env, path)?;
    if path.is_empty() {
        return Err(Failure::argument("path is empty; expected the path of a table"));
    }
    Ok(path)
}

/// `Native.freeTable`
#[unsafe(no_mangle)]
pub extern "system" fn Java_org_chmr_Native_freeTable<'e>(
    mut env: JNIEnv<'e>,
    _: JClass<'e>,
    table: jlong,
) {
    guard(&mut env, (), |_| {
        // SAFETY: `Handle` in Java calls this once, when no call with the handle is under way.
        unsafe { handle::free::<FingerprintTable>(table) };
        Ok(())
    });
}

/// `Native.tableSize`
#[unsafe(no_mangle)]
pub extern "system" fn Java_org_chmr_Native_tableSize<'e>(
    mut env: JNIEnv<'e>,
    _: JClass<'e>,
    table: jlong,
) -> jlong {
    guard(&mut env, 0, |_| {
        // SAFETY: `Handle` in Java keeps the table alive during the call.
        Ok(unsafe { handle::borrow::<FingerprintTable>(table) }.len() as jlong)
    })
}

/// `Native.tableBits`
#[unsafe(no_mangle)]
pub extern "system" fn Java_org_chmr_Native_tableBits<'e>(
    mut env: JNIEnv<'e>,
    _: JClass<'e>,
    table: jlong,
) -> jint {
    guard(&mut env, 0, |_| {
        // SAFETY: `Handle` in Java keeps the table alive during the call.
        Ok(unsafe { handle::borrow::<FingerprintTable>(table) }.bits() as jint)
    })
}

/// `Native.tableNeighbors`: as `Native.neighbors`, in a table.
#[unsafe(no_mangle)]
#[allow(clippy::too_many_arguments)] // What crosses in one call need not cross in ten.
pub extern "system" fn Java_org_chmr_Native_tableNeighbors<'e>(
    mut env: JNIEnv<'e>,
    _: JClass<'e>,
    table: jlong,
    text: JByteArray<'e>,
    ends: JIntArray<'e>,
    kinds: JByteArray<'e>,
    k: jint,
    threshold: jfloat,
    threads: jint,
    run: jlong,
    progress: JObject<'e>,
    status: JIntArray<'e>,
    reasons: JObjectArray<'e>,
    counts: JIntArray<'e>,
) -> JObjectArray<'e> {
    guard(&mut env, arrays::null(), |env| {
        // SAFETY: `Handle` in Java keeps the table and the run alive during the call.
        let (table, run) = unsafe {
            (handle::borrow::<FingerprintTable>(table), handle::borrow::<Run<'static>>(run))
        };
        let batch = call::batch(env, &text, &ends, &kinds)?;
        let options = options(k, threshold, threads)?;
        let found =
            call::watched(env, run, &progress, |run| table.neighbors(&batch, &options, run))?;
        let name = |n: &chmr::reference::Neighbor| Ok(table.molecule(n.id as usize)?);
        told(env, found, (&status, &reasons, &counts), |n| n.similarity, name)
    })
}
