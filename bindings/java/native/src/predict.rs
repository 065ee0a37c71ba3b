//! Predicting.

use crate::arrays;
use crate::error::Failure;
use crate::guard::guard;
use crate::handle;
use chmr::{Batch, Model, PredictOptions, Progress, Run};
use jni::objects::{JByteArray, JClass, JFloatArray, JIntArray, JObject, JObjectArray, JValue};
use jni::sys::{jint, jlong};
use jni::{JNIEnv, JavaVM};
use std::ops::ControlFlow;

/// The kinds of rows that `MoleculeBatch` in Java numbers so.
const SMILES: u8 = 0;
const MOLBLOCK: u8 = 1;

/// `Native.predict`: row i of the batch is `text[ends[i - 1]..ends[i]]`, of kind `kinds[i]`. Fills
/// `values` (rows × tasks), `status` (a row each) and, for refused rows, `reasons`.
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
) {
    guard(&mut env, (), |env| {
        // SAFETY: `Handle` in Java keeps the model and the run alive during the call.
        let (model, run) =
            unsafe { (handle::borrow::<Model>(model), handle::borrow::<Run<'static>>(run)) };
        let batch = batch(env, &text, &ends, &kinds)?;
        let options = PredictOptions {
            threads: usize::try_from(threads)
                .map_err(|_| Failure::argument(format!("{threads} threads")))?,
            tasks: arrays::indices(env, &tasks)?,
            ..Default::default()
        };
        let predicted = if progress.is_null() {
            model.predict(&batch, &options, run)
        } else {
            let (vm, progress) = (env.get_java_vm()?, env.new_global_ref(&progress)?);
            let watched = run.linked(move |p| report(&vm, &progress, p));
            model.predict(&batch, &options, &watched)
        };
        // What the listener threw goes on to the caller.
        if env.exception_check()? {
            return Err(Failure::Java(jni::errors::Error::JavaException));
        }
        let predicted = predicted?;
        let flat = predicted.values.as_slice().unwrap_or_default();
        env.set_float_array_region(&values, 0, flat)?;
        let statuses: Vec<jint> = predicted
            .rows
            .iter()
            .map(|r| r.as_ref().map_or_else(|e| e.row_status(), |()| 0))
            .collect();
        env.set_int_array_region(&status, 0, &statuses)?;
        for (i, row) in (0..).zip(&predicted.rows) {
            if let Err(e) = row {
                arrays::put(env, &reasons, i, &e.message)?;
            }
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

fn batch(
    env: &JNIEnv<'_>,
    text: &JByteArray<'_>,
    ends: &JIntArray<'_>,
    kinds: &JByteArray<'_>,
) -> Result<Batch, Failure> {
    let (text, ends, kinds) =
        (arrays::text(env, text)?, arrays::ints(env, ends)?, arrays::bytes(env, kinds)?);
    let mut batch = Batch::new();
    let mut start = 0;
    for (&end, kind) in ends.iter().zip(kinds) {
        let row = usize::try_from(end).ok().and_then(|end| text.get(start..end));
        let row = row.ok_or_else(|| Failure::argument("a row lies outside of the text"))?;
        start += row.len();
        match kind {
            SMILES => batch.push_smiles(row),
            MOLBLOCK => batch.push_molblock(row),
            other => return Err(Failure::argument(format!("a row of kind {other}"))),
        };
    }
    Ok(batch)
}

/// Tells the listener, which runs on the thread that called; whatever it throws ends the run.
fn report(vm: &JavaVM, progress: &JObject<'_>, p: Progress) -> ControlFlow<()> {
    let goes_on = vm.get_env().and_then(|mut env| {
        let (done, total) = (JValue::Long(p.done as jlong), JValue::Long(p.total as jlong));
        env.call_method(progress, "report", "(JJ)Z", &[done, total])?.z()
    });
    match goes_on {
        Ok(true) => ControlFlow::Continue(()),
        _ => ControlFlow::Break(()),
    }
}
