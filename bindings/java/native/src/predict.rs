//! Predicting.

use crate::arrays;
use crate::call;
use crate::error::Failure;
use crate::guard::guard;
use crate::handle;
use crate::trust;
use chmr::{Model, PredictOptions, Run};
use jni::JNIEnv;
use jni::objects::{JByteArray, JClass, JFloatArray, JIntArray, JObject, JObjectArray};
use jni::sys::{jint, jlong};

/// `Native.predict`: row i of the batch is `text[ends[i - 1]..ends[i]]`, of kind `kinds[i]`. Fills
/// `values` (rows × tasks), `status` and `flags` (a row each) and, for refused rows, `reasons`, for flagged ones, `notes`;
/// `provisions` (rows × modalities), and `told` unless it is null.
#[unsafe(no_mangle)]
#[allow(clippy::too_many_arguments)] // What crosses in one call need not cross in ten.
pub extern "system" fn Java_org_chmr_Native_predict<'e>(
    mut env: JNIEnv<'e>,
    _: JClass<'e>,
    model: jlong,
    text: JByteArray<'e>,
    ends: JIntArray<'e>,
    kinds: JByteArray<'e>,
    tasks: JIntArray<'e>,
    threads: jint,
    run: jlong,
    progress: JObject<'e>,
    values: JFloatArray<'e>,
    status: JIntArray<'e>,
    reasons: JObjectArray<'e>,
    flags: JIntArray<'e>,
    notes: JObjectArray<'e>,
    provisions: JByteArray<'e>,
    told: JObjectArray<'e>,
) {
    guard(&mut env, (), |env| {
        // SAFETY: `Handle` in Java keeps the model and the run alive during the call.
        let (model, run) =
            unsafe { (handle::borrow::<Model>(model), handle::borrow::<Run<'static>>(run)) };
        let batch = call::batch(env, &text, &ends, &kinds)?;
        let options = PredictOptions {
            threads: call::threads(threads)?,
            tasks: arrays::indices(env, &tasks)?,
            trust: !told.is_null(),
            ..Default::default()
        };
        let predicted =
            call::watched(env, run, &progress, |run| model.predict(&batch, &options, run))?;
        let flat = predicted.values.as_slice().unwrap_or_default();
        env.set_float_array_region(&values, 0, flat)?;
        call::tell(env, &predicted.rows, &status, &reasons)?;
        trust::flags(env, &predicted, &flags, &notes)?;
        trust::provisions(env, &predicted, &provisions)?;
        if let Some(trust) = &predicted.trust {
            trust::tell(env, &predicted, trust, &told)?;
        }
        Ok(())
    });
}

/// `Native.predictOne`: `tasks` for one SMILES into `values`.
#[unsafe(no_mangle)]
pub extern "system" fn Java_org_chmr_Native_predictOne<'e>(
    mut env: JNIEnv<'e>,
    _: JClass<'e>,
    model: jlong,
    smiles: JByteArray<'e>,
    tasks: JIntArray<'e>,
    values: JFloatArray<'e>,
) {
    guard(&mut env, (), |env| {
        // SAFETY: `Handle` in Java keeps the model alive during the call.
        let model = unsafe { handle::borrow::<Model>(model) };
        let smiles = arrays::text(env, &smiles)?;
        let tasks =
            arrays::indices(env, &tasks)?.unwrap_or_else(|| (0..model.tasks().len()).collect());
        let mut out = vec![f32::NAN; tasks.len()];
        model.predict_one(&smiles, &tasks, &mut out).map_err(|e| match e.kind {
            chmr::ErrorKind::Argument => e.into(),
            _ => Failure::Status(e.row_status(), e.message),
        })?;
        Ok(env.set_float_array_region(&values, 0, &out)?)
    });
}
