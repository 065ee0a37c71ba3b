//! What all runs over a batch have in common: the batch, the run, and what became of the rows.

use crate::arrays;
use crate::error::Failure;
use chmr::{Batch, Error, Progress, Run, chem};
use jni::objects::{JByteArray, JIntArray, JObject, JObjectArray, JValue};
use jni::sys::{jint, jlong};
use jni::{JNIEnv, JavaVM};
use std::ops::ControlFlow;

/// The kinds of rows that `MoleculeBatch` in Java numbers so.
const SMILES: u8 = 0;
const MOLBLOCK: u8 = 1;
/// A record of an SD file beyond the limits; the text is the reason.
const REFUSED: u8 = 2;

/// Row i is `text[ends[i - 1]..ends[i]]`, of kind `kinds[i]`.
pub(crate) fn batch(
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
            REFUSED => batch.push_refused(chem::Error {
                kind: chem::ErrorKind::Limit,
                position: None,
                message: row.to_owned(),
            }),
            other => return Err(Failure::argument(format!("a row of kind {other}"))),
        };
    }
    Ok(batch)
}

/// A number of threads.
pub(crate) fn threads(threads: jint) -> Result<usize, Failure> {
    usize::try_from(threads).map_err(|_| Failure::argument(format!("{threads} threads")))
}

/// `work` with `run`, watched by the listener `progress` unless that is null.
pub(crate) fn watched<T>(
    env: &JNIEnv<'_>,
    run: &Run<'static>,
    progress: &JObject<'_>,
    work: impl FnOnce(&Run<'_>) -> Result<T, Error>,
) -> Result<T, Failure> {
    let done = if progress.is_null() {
        work(run)
    } else {
        let (vm, progress) = (env.get_java_vm()?, env.new_global_ref(progress)?);
        work(&run.linked(move |p| report(&vm, &progress, p)))
    };
    // What the listener threw goes on to the caller.
    if env.exception_check()? {
        return Err(Failure::Java(jni::errors::Error::JavaException));
    }
    Ok(done?)
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

/// Writes the rows' statuses and, for refused ones, the reasons.
pub(crate) fn tell(
    env: &mut JNIEnv<'_>,
    rows: &[Result<(), Error>],
    status: &JIntArray<'_>,
    reasons: &JObjectArray<'_>,
) -> Result<(), Failure> {
    let statuses: Vec<jint> =
        rows.iter().map(|r| r.as_ref().map_or_else(Error::row_status, |()| 0)).collect();
    env.set_int_array_region(status, 0, &statuses)?;
    for (i, row) in (0..).zip(rows) {
        if let Err(e) = row {
            arrays::put(env, reasons, i, &e.message)?;
        }
    }
    Ok(())
}
