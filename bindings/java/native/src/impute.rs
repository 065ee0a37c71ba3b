//! Filling in a modality.

use crate::arrays;
use crate::call;
use crate::error::Failure;
use crate::guard::guard;
use crate::handle;
use crate::matrices::Matrices;
use chmr::reference::{Method, Propagation, SOURCES};
use chmr::{Imputations, ImputeOptions, Model, Run};
use jni::JNIEnv;
use jni::objects::{JByteArray, JClass, JFloatArray, JIntArray, JObject, JObjectArray};
use jni::sys::{jboolean, jint, jlong};
use ndarray::ArrayView2;

/// `Native.impute`: the batch as for `Native.predict`. Gives the matrices `values` and `spread`, and fills, for each row,
/// `status`, `reasons`, 5 of `counts` (method, hops, neighbours, sources, measured features), 2 of `shares` (nearest, explained), and 5 of
/// `ids`, `smiles` and `similarities`, the sources.
#[unsafe(no_mangle)]
#[allow(clippy::too_many_arguments)] // What crosses in one call need not cross in ten.
pub extern "system" fn Java_org_chmr_Native_impute<'e>(
    mut env: JNIEnv<'e>,
    _: JClass<'e>,
    model: jlong,
    text: JByteArray<'e>,
    ends: JIntArray<'e>,
    kinds: JByteArray<'e>,
    modality: JByteArray<'e>,
    observed: JFloatArray<'e>,
    neighbors: jint,
    steps: jint,
    structure_only: jboolean,
    threads: jint,
    run: jlong,
    progress: JObject<'e>,
    status: JIntArray<'e>,
    reasons: JObjectArray<'e>,
    counts: JIntArray<'e>,
    shares: JFloatArray<'e>,
    ids: JObjectArray<'e>,
    smiles: JObjectArray<'e>,
    similarities: JFloatArray<'e>,
) -> jlong {
    guard(&mut env, 0, |env| {
        // SAFETY: `Handle` in Java keeps the model and the run alive during the call.
        let (model, run) =
            unsafe { (handle::borrow::<Model>(model), handle::borrow::<Run<'static>>(run)) };
        let batch = call::batch(env, &text, &ends, &kinds)?;
        let modality = arrays::text(env, &modality)?;
        let size = |n: jint| {
            usize::try_from(n).map_err(|_| Failure::argument(format!("propagation by {n}")))
        };
        let propagation = match (size(neighbors)?, size(steps)?) {
            (0, 0) => None,
            (neighbors, steps) => Some(Propagation { neighbors, steps }),
        };
        let threads = call::threads(threads)?;
        let structure_only = structure_only != 0;
        let options = ImputeOptions { threads, propagation, structure_only, ..Default::default() };
        let observed =
            if observed.is_null() { None } else { Some(arrays::floats(env, &observed)?) };
        let view = match &observed {
            Some(values) => Some(shaped(values, batch.len(), model, &modality)?),
            None => None,
        };
        let imputed = call::watched(env, run, &progress, |run| {
            model.impute(&batch, &modality, view, &options, run)
        })?;
        call::tell(env, &imputed.rows, &status, &reasons)?;
        let found = support(model, &imputed);
        env.set_int_array_region(&counts, 0, &found.counts)?;
        env.set_float_array_region(&shares, 0, &found.shares)?;
        env.set_float_array_region(&similarities, 0, &found.similarities)?;
        for (i, source) in (0..).zip(&found.sources) {
            if let Some((id, text)) = source {
                arrays::put(env, &ids, i, id)?;
                arrays::put(env, &smiles, i, text)?;
            }
        }
        let matrices = [imputed.values, imputed.spread].map(|m| m.into_raw_vec_and_offset().0);
        Ok(handle::keep(Matrices(matrices.into())))
    })
}

/// The caller's measurements as a matrix.
fn shaped<'v>(
    values: &'v [f32],
    rows: usize,
    model: &Model,
    modality: &str,
) -> Result<ArrayView2<'v, f32>, Failure> {
    let modality = model.library().and_then(|l| l.modality(modality));
    // Of an unknown modality the library itself tells.
    let features = modality.map_or(0, |m| m.profiles().features().len());
    let shape = if modality.is_some() { (rows, features) } else { (1, values.len()) };
    ArrayView2::from_shape(shape, values).ok().filter(|view| view.len() == values.len()).ok_or_else(
        || {
            Failure::argument(format!(
                "{} observed values; expected {rows} rows of {features} features",
                values.len()
            ))
        },
    )
}

/// What the rows rest on, flat.
struct Flat<'l> {
    counts: Vec<jint>,
    shares: Vec<f32>,
    sources: Vec<Option<(&'l str, &'l str)>>,
    similarities: Vec<f32>,
}

fn support<'l>(model: &'l Model, imputed: &Imputations) -> Flat<'l> {
    let rows = imputed.rows.len();
    let mut flat = Flat {
        counts: vec![0; 5 * rows],
        shares: vec![f32::NAN; 2 * rows],
        sources: vec![None; SOURCES * rows],
        similarities: vec![f32::NAN; SOURCES * rows],
    };
    let told = imputed.support.iter().zip(&imputed.methods).enumerate();
    for (row, (support, method)) in told {
        let (Some(support), Some(method), Some(library)) = (support, method, model.library())
        else {
            continue;
        };
        let method = match method {
            Method::Regression => 1,
            Method::Propagation => 2,
            Method::Mean => 3,
            Method::Observed => 4,
            Method::Context => 5,
            Method::Activity => 6,
        };
        let hops = support.hops.map_or(-1, |h| h as jint);
        let (near, sources) = (support.neighbors as jint, support.sources.len() as jint);
        let counts = [method, hops, near, sources, support.observed as jint];
        flat.counts[5 * row..][..5].copy_from_slice(&counts);
        flat.shares[2 * row..][..2].copy_from_slice(&[support.nearest, support.explained]);
        for (i, source) in support.sources.iter().take(SOURCES).enumerate() {
            let member = source.member as usize;
            flat.sources[SOURCES * row + i] = Some((library.id(member), library.smiles(member)));
            flat.similarities[SOURCES * row + i] = source.similarity;
        }
    }
    flat
}
