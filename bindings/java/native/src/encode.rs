//! Latents and places in the learned hierarchy.

use crate::arrays;
use crate::call;
use crate::guard::guard;
use crate::handle;
use crate::matrices::Matrices;
use chmr::{EncodeOptions, Model, Run};
use jni::JNIEnv;
use jni::objects::{JByteArray, JClass, JFloatArray, JIntArray, JObject, JObjectArray};
use jni::sys::{jint, jlong};

/// `Native.hierarchy`: levels, width, and the names of the modalities whose latents the model computes; nothing for a
/// model without a codebook.
#[unsafe(no_mangle)]
pub extern "system" fn Java_org_chmr_Native_hierarchy<'e>(
    mut env: JNIEnv<'e>,
    _: JClass<'e>,
    model: jlong,
) -> JObjectArray<'e> {
    guard(&mut env, arrays::null(), |env| {
        // SAFETY: `Handle` in Java keeps the model alive during the call.
        let model = unsafe { handle::borrow::<Model>(model) };
        let (Some(codebook), Some(section)) = (model.codebook(), &model.manifest().codebook) else {
            return arrays::strings(env, &[]);
        };
        let sizes = [codebook.depth().to_string(), codebook.width().to_string()];
        let names = sizes.iter().chain(&section.latents);
        arrays::strings(env, &names.map(|n| Some(n.as_str())).collect::<Vec<_>>())
    })
}

/// `Native.encode`: the batch as for `Native.predict`. Gives the latents, a matrix a modality, and fills `status`, `reasons`,
/// `nodes` and `cosines`, both rows × modalities × levels.
#[unsafe(no_mangle)]
#[allow(clippy::too_many_arguments)] // What crosses in one call need not cross in ten.
pub extern "system" fn Java_org_chmr_Native_encode<'e>(
    mut env: JNIEnv<'e>,
    _: JClass<'e>,
    model: jlong,
    text: JByteArray<'e>,
    ends: JIntArray<'e>,
    kinds: JByteArray<'e>,
    threads: jint,
    run: jlong,
    progress: JObject<'e>,
    status: JIntArray<'e>,
    reasons: JObjectArray<'e>,
    nodes: JIntArray<'e>,
    cosines: JFloatArray<'e>,
) -> jlong {
    guard(&mut env, 0, |env| {
        // SAFETY: `Handle` in Java keeps the model and the run alive during the call.
        let (model, run) =
            unsafe { (handle::borrow::<Model>(model), handle::borrow::<Run<'static>>(run)) };
        let batch = call::batch(env, &text, &ends, &kinds)?;
        let options = EncodeOptions { threads: call::threads(threads)?, ..Default::default() };
        let encoded =
            call::watched(env, run, &progress, |run| model.encode(&batch, &options, run))?;
        call::tell(env, &encoded.rows, &status, &reasons)?;
        let depth = model.codebook().map_or(0, |c| c.depth());
        let size = encoded.rows.len() * encoded.latents.len() * depth;
        let (mut flat, mut angles) = (vec![-1; size], vec![f32::NAN; size]);
        for (m, latents) in encoded.latents.iter().enumerate() {
            for (row, code) in latents.codes.iter().enumerate() {
                let Some(code) = code else { continue };
                let start = (row * encoded.latents.len() + m) * depth;
                for (level, (&node, &cosine)) in code.nodes.iter().zip(&code.cosines).enumerate() {
                    flat[start + level] = node as jint;
                    angles[start + level] = cosine;
                }
            }
        }
        env.set_int_array_region(&nodes, 0, &flat)?;
        env.set_float_array_region(&cosines, 0, &angles)?;
        let latents = encoded.latents.into_iter().map(|l| l.values.into_raw_vec_and_offset().0);
        Ok(handle::keep(Matrices(latents.collect())))
    })
}
