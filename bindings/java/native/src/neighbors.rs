//! Finding known molecules.

use crate::arrays;
use crate::call;
use crate::error::Failure;
use crate::guard::guard;
use crate::handle;
use chmr::{Model, NeighborOptions, Run};
use jni::JNIEnv;
use jni::objects::{JByteArray, JClass, JFloatArray, JIntArray, JObject, JObjectArray};
use jni::sys::{jfloat, jint, jlong};

/// `Native.neighbors`: the batch as for `Native.predict`. Fills, for each row, `status`, `reasons`, one of `counts` (how many
/// were found) and `k` of `ids`, `smiles` and `similarities`.
#[unsafe(no_mangle)]
#[allow(clippy::too_many_arguments)] // What crosses in one call need not cross in ten.
pub extern "system" fn Java_org_chmr_Native_neighbors<'e>(
    mut env: JNIEnv<'e>,
    _: JClass<'e>,
    model: jlong,
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
    ids: JObjectArray<'e>,
    smiles: JObjectArray<'e>,
    similarities: JFloatArray<'e>,
) {
    guard(&mut env, (), |env| {
        // SAFETY: `Handle` in Java keeps the model and the run alive during the call.
        let (model, run) =
            unsafe { (handle::borrow::<Model>(model), handle::borrow::<Run<'static>>(run)) };
        let batch = call::batch(env, &text, &ends, &kinds)?;
        let k = usize::try_from(k).map_err(|_| Failure::argument(format!("{k} neighbours")))?;
        let threads = call::threads(threads)?;
        let options = NeighborOptions { threads, k, threshold, ..Default::default() };
        let found =
            call::watched(env, run, &progress, |run| model.neighbors(&batch, &options, run))?;
        let mut rows = Vec::with_capacity(found.len());
        let mut number = vec![0; found.len()];
        let mut flat = vec![f32::NAN; found.len() * k];
        for (row, found) in found.into_iter().enumerate() {
            rows.push(found.inspect(|found| {
                number[row] = found.len() as jint;
                for (i, source) in found.iter().enumerate() {
                    flat[row * k + i] = source.similarity;
                }
            }));
        }
        env.set_int_array_region(&counts, 0, &number)?;
        env.set_float_array_region(&similarities, 0, &flat)?;
        if let Some(library) = model.library() {
            for (row, found) in rows.iter().enumerate() {
                for (i, source) in found.iter().flatten().enumerate() {
                    let (place, member) = ((row * k + i) as jint, source.member as usize);
                    arrays::put(env, &ids, place, library.id(member))?;
                    arrays::put(env, &smiles, place, library.smiles(member))?;
                }
            }
        }
        let rows: Vec<_> = rows.into_iter().map(|row| row.map(|_| ())).collect();
        call::tell(env, &rows, &status, &reasons)
    });
}
