//! Prediction: of a batch, and of one molecule by the short way.

use super::batch::{chmr_batch, smiles_text};
use super::error::{Failure, Outcome, chmr_error};
use super::guard::guard;
use super::model::chmr_model;
use super::options::chmr_predict_options;
use super::pointers::{array, give, optional, output, output_array, shared};
use super::progress::Watch;
use super::result::chmr_result;
use super::run::chmr_run;
use super::status::chmr_status;
use super::strings::bytes;
use crate::{PredictOptions, Run};
use std::ffi::c_char;

/// Predicts a batch. A bad molecule does not fail the call: its row of the result has a status, a
/// reason and NaN values. The values do not depend on the number of threads nor on what else is
/// in the batch.
///
/// options: NULL for the defaults.
/// run: to cancel it from another thread; NULL if that is not needed.
/// out_result: the new result; the caller ends it with chmr_result_free.
///
/// Errors: CHMR_STATUS_CANCELLED (by the run or the progress function); CHMR_STATUS_OUT_OF_RANGE
/// (a task index), CHMR_STATUS_INVALID_ARGUMENT (struct_size, a task twice, trust wanted of a model
/// that tells nothing of it),
/// CHMR_STATUS_UNSUPPORTED_OPTION, CHMR_STATUS_NULL_POINTER.
///
/// Thread rule: callable from many threads on one model and one batch.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chmr_predict(
    model: *const chmr_model,
    batch: *const chmr_batch,
    options: *const chmr_predict_options,
    run: *const chmr_run,
    out_result: *mut *mut chmr_result,
    error: *mut chmr_error,
) -> chmr_status {
    guard(error, || {
        // SAFETY: the header's contract on pointers.
        let (model, batch, options, run, out) = unsafe {
            (
                shared(model, "model")?,
                shared(batch, "batch")?,
                chmr_predict_options::read(options)?,
                optional(run, "run")?,
                output(out_result, "out_result")?,
            )
        };
        // SAFETY: as above.
        let tasks = unsafe { chosen(model, options.tasks, options.task_count) }?;
        let how = PredictOptions {
            threads: options.threads,
            tasks,
            trust: options.trust != 0,
            ..Default::default()
        };
        let own = Run::new();
        let run = run.map_or(&own, |r| &r.run);
        let predictions = match Watch::new(options.progress, options.user_data) {
            None => model.model.predict(&batch.batch, &how, run)?,
            Some(watch) => {
                let watched = run.linked(|progress| watch.tell(progress));
                model.model.predict(&batch.batch, &how, &watched)?
            }
        };
        give(out, chmr_result::new(model, predictions));
        Ok(())
    })
}

/// Predicts one molecule into the caller's buffer, on the calling thread: the way for one
/// molecule at a time.
///
/// smiles, len: the molecule as SMILES, len bytes, without a NUL.
/// tasks, task_count: indices of the tasks, none twice; NULL and 0 for all tasks of the model.
/// values, value_count: room for one float a task, in their order; value_count may be larger, and
/// what lies beyond stays as it is. Units: those of the tasks.
///
/// Errors: CHMR_STATUS_MOLECULE_... where the molecule cannot be predicted, with the reason in
/// error; CHMR_STATUS_BUFFER_TOO_SMALL, CHMR_STATUS_OUT_OF_RANGE (a task index),
/// CHMR_STATUS_INVALID_ARGUMENT (a length, a misaligned pointer, a task twice),
/// CHMR_STATUS_NULL_POINTER. The values stay as they are after any error.
///
/// Thread rule: callable from many threads on one model.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chmr_predict_smiles(
    model: *const chmr_model,
    smiles: *const c_char,
    len: usize,
    tasks: *const usize,
    task_count: usize,
    values: *mut f32,
    value_count: usize,
    error: *mut chmr_error,
) -> chmr_status {
    guard(error, || {
        // SAFETY: the header's contract on pointers.
        let (model, smiles, tasks, values) = unsafe {
            let model = shared(model, "model")?;
            let smiles = bytes(smiles, len, "smiles")?;
            let tasks = chosen(model, tasks, task_count)?;
            (model, smiles, tasks, output_array(values, value_count, "values")?)
        };
        let tasks = tasks.unwrap_or_else(|| (0..model.model.tasks().len()).collect());
        let needed = tasks.len();
        if values.len() < needed {
            let message = format!("values has room for {value_count}; expected at least {needed}");
            return Err(Failure::new(chmr_status::BufferTooSmall, message));
        }
        let smiles = smiles_text(smiles)?;
        let mut predicted = vec![f32::NAN; needed];
        model.model.predict_one(smiles, &tasks, &mut predicted)?;
        for (to, from) in values.iter_mut().zip(predicted) {
            to.write(from);
        }
        Ok(())
    })
}

/// The caller's choice of tasks: `None` for all.
///
/// # Safety
/// As [`array`].
unsafe fn chosen(
    model: &chmr_model,
    tasks: *const usize,
    task_count: usize,
) -> Outcome<Option<Vec<usize>>> {
    if tasks.is_null() && task_count == 0 {
        return Ok(None);
    }
    // SAFETY: this function's contract.
    let tasks = unsafe { array(tasks, task_count, "tasks") }?;
    let count = model.model.tasks().len();
    let mut seen = vec![false; count];
    for (i, &task) in tasks.iter().enumerate() {
        match seen.get_mut(task) {
            None => {
                let message =
                    format!("tasks[{i}] is {task}; the model has {count}, counted from 0");
                return Err(Failure::new(chmr_status::OutOfRange, message));
            }
            Some(true) => {
                return Err(Failure::invalid(format!("tasks[{i}] is {task} a second time")));
            }
            Some(first) => *first = true,
        }
    }
    Ok(Some(tasks.to_vec()))
}
