//! Finding known molecules.

use crate::arrays;
use crate::call;
use crate::error::Failure;
use crate::guard::guard;
use crate::handle;
use chmr::reference::Source;
use chmr::{Error, Model, NeighborOptions, Run};
use jni::JNIEnv;
use jni::objects::{JByteArray, JClass, JIntArray, JObject, JObjectArray};
use jni::sys::{jfloat, jint, jlong};

/// `chmr_status` for more than fits.
const LIMIT: i32 = 107;

/// `Native.neighbors`: the batch as for `Native.predict`, the rest as [`told`] says.
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
) -> JObjectArray<'e> {
    guard(&mut env, arrays::null(), |env| {
        // SAFETY: `Handle` in Java keeps the model and the run alive during the call.
        let (model, run) =
            unsafe { (handle::borrow::<Model>(model), handle::borrow::<Run<'static>>(run)) };
        let batch = call::batch(env, &text, &ends, &kinds)?;
        let options = options(k, threshold, threads)?;
        let found =
            call::watched(env, run, &progress, |run| model.neighbors(&batch, &options, run))?;
        let name = |source: &Source| {
            let member = source.member as usize;
            let named =
                model.library().map(|l| (l.id(member).to_owned(), l.smiles(member).to_owned()));
            Ok(named.unwrap_or_default())
        };
        told(env, found, (&status, &reasons, &counts), |source| source.similarity, name)
    })
}

pub(crate) fn options(
    k: jint,
    threshold: jfloat,
    threads: jint,
) -> Result<NeighborOptions, Failure> {
    let k = usize::try_from(k).map_err(|_| Failure::argument(format!("{k} neighbours")))?;
    Ok(NeighborOptions { threads: call::threads(threads)?, k, threshold, ..Default::default() })
}

/// What was found, for Java: a status, a reason and a count for each row are written into the arrays given, and the ids,
/// SMILES and similarities of all rows' neighbours, one row's behind the other's, are returned as an `Object[]` of three arrays.
pub(crate) fn told<'e, N>(
    env: &mut JNIEnv<'e>,
    found: Vec<Result<Vec<N>, Error>>,
    (status, reasons, counts): (&JIntArray<'_>, &JObjectArray<'_>, &JIntArray<'_>),
    similarity: impl Fn(&N) -> f32,
    name: impl Fn(&N) -> Result<(String, String), Failure>,
) -> Result<JObjectArray<'e>, Failure> {
    let count = |row: &Result<Vec<N>, Error>| row.as_ref().map_or(0, |n| n.len() as jint);
    env.set_int_array_region(counts, 0, &found.iter().map(count).collect::<Vec<jint>>())?;
    let similarities: Vec<f32> = found.iter().flatten().flatten().map(similarity).collect();
    let total = jint::try_from(similarities.len()).map_err(|_| {
        let n = similarities.len();
        Failure::Status(LIMIT, format!("{n} neighbours are too many for an array; ask for fewer"))
    })?;
    let text = "java/lang/String";
    let ids = env.new_object_array(total, text, JObject::null())?;
    let smiles = env.new_object_array(total, text, JObject::null())?;
    for (place, neighbor) in (0..).zip(found.iter().flatten().flatten()) {
        let named = name(neighbor)?;
        arrays::put(env, &ids, place, &named.0)?;
        arrays::put(env, &smiles, place, &named.1)?;
    }
    let floats = env.new_float_array(total)?;
    env.set_float_array_region(&floats, 0, &similarities)?;
    let rows: Vec<_> = found.into_iter().map(|row| row.map(|_| ())).collect();
    call::tell(env, &rows, status, reasons)?;
    let all = env.new_object_array(3, "java/lang/Object", &floats)?;
    env.set_object_array_element(&all, 0, ids)?;
    env.set_object_array_element(&all, 1, smiles)?;
    Ok(all)
}
