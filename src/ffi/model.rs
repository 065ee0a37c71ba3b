//! `chmr_model`: a model, and what it says of itself and of its tasks.

use super::error::{Failure, Outcome, chmr_error};
use super::guard::{guard, guard_value};
use super::open_options::chmr_open_options;
use super::pointers::{array, free, give, optional, output, shared};
use super::status::chmr_status;
use super::strings::{TextOut, text};
use crate::Model;
use crate::model::{Identity, Task, TaskKind};
use std::ffi::c_char;

/// A model, immutable once opened.
///
/// Thread rule: any number of threads may use one model at once, in every function that takes it;
/// chmr_model_free once none uses it any more. Results do not depend on how many do.
pub struct chmr_model {
    pub(super) model: Model,
}

/// Texts that describe a model.
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum chmr_model_field {
    /// Its short name.
    Name = 1,
    /// Its version, "major.minor.patch".
    Version = 2,
    /// SHA-256 of its manifest, 64 lower-case hexadecimal digits: what an audit trail keeps. The
    /// manifest holds the hash of every other part of the file, so it stands for them all
    /// (`unzip -p FILE manifest.json | sha256sum`).
    Sha256 = 3,
}

/// Texts that describe a task.
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum chmr_task_field {
    /// "<data set>/<column>", unique in the model.
    Name = 1,
    /// The data set that it was learned from.
    Dataset = 2,
    /// The column of that data set.
    Column = 3,
    /// Unit of the values; empty where there is none, as for a probability.
    Unit = 4,
    /// One line for a person.
    Description = 5,
    /// What a larger value means; empty where that is not said.
    Direction = 6,
}

/// What the values of a task are.
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum chmr_task_kind {
    /// The probability of the positive class, 0 to 1.
    Classification = 1,
    /// A number in the task's unit.
    Regression = 2,
}

/// Opens the model that is embedded in the library.
///
/// out_model: the new model; the caller ends it with chmr_model_free.
///
/// Errors: CHMR_STATUS_NO_DEFAULT_MODEL in a build without one; CHMR_STATUS_NULL_POINTER.
///
/// Thread rule: callable from any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chmr_model_open_default(
    out_model: *mut *mut chmr_model,
    error: *mut chmr_error,
) -> chmr_status {
    guard(error, || {
        // SAFETY: the header's contract on pointers.
        let out = unsafe { output(out_model, "out_model") }?;
        give(out, chmr_model { model: Model::open_default()? });
        Ok(())
    })
}

/// Opens a model file. All of it is read and verified; the file is not needed afterwards.
///
/// A file may come from a stranger: each of its entries is checked and unpacked once, and what it
/// may cost to open, to plan and to run is bounded by the defaults of chmr_open_options, which
/// chmr_model_open_with adjusts. A file beyond a bound gives CHMR_STATUS_LIMIT.
///
/// path, path_len: UTF-8, path_len bytes, without a NUL.
/// out_model: the new model; the caller ends it with chmr_model_free.
///
/// Errors: CHMR_STATUS_MODEL_IO, CHMR_STATUS_MODEL_INVALID (truncated, damaged, not a model),
/// CHMR_STATUS_MODEL_UNSUPPORTED (made for a newer library), CHMR_STATUS_LIMIT (too large);
/// CHMR_STATUS_INVALID_UTF8, CHMR_STATUS_INVALID_ARGUMENT, CHMR_STATUS_NULL_POINTER.
///
/// Thread rule: callable from any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chmr_model_open(
    path: *const c_char,
    path_len: usize,
    out_model: *mut *mut chmr_model,
    error: *mut chmr_error,
) -> chmr_status {
    guard(error, || {
        // SAFETY: the header's contract on pointers.
        let (path, out) =
            unsafe { (text(path, path_len, "path")?, output(out_model, "out_model")?) };
        if path.is_empty() {
            return Err(Failure::invalid("path is empty; expected the path of a model file"));
        }
        give(out, chmr_model { model: Model::open(path)? });
        Ok(())
    })
}

/// As chmr_model_open, within bounds that the caller sets.
///
/// path, path_len: UTF-8, path_len bytes, without a NUL.
/// options: see chmr_open_options; NULL for the defaults.
/// out_model: the new model; the caller ends it with chmr_model_free.
///
/// Errors: as chmr_model_open; CHMR_STATUS_UNSUPPORTED_OPTION (options of a newer version).
///
/// Thread rule: callable from any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chmr_model_open_with(
    path: *const c_char,
    path_len: usize,
    options: *const chmr_open_options,
    out_model: *mut *mut chmr_model,
    error: *mut chmr_error,
) -> chmr_status {
    guard(error, || {
        // SAFETY: the header's contract on pointers.
        let (path, options, out) = unsafe {
            let path = text(path, path_len, "path")?;
            (path, chmr_open_options::read(options)?, output(out_model, "out_model")?)
        };
        if path.is_empty() {
            return Err(Failure::invalid("path is empty; expected the path of a model file"));
        }
        give(out, chmr_model { model: Model::open_with(path, &options)? });
        Ok(())
    })
}

/// As chmr_model_open_memory, within bounds that the caller sets.
///
/// data, len: the content of a model file, len bytes.
/// options: see chmr_open_options; NULL for the defaults.
/// out_model: the new model; the caller ends it with chmr_model_free.
///
/// Errors: as chmr_model_open_with, without those of a path.
///
/// Thread rule: callable from any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chmr_model_open_memory_with(
    data: *const u8,
    len: usize,
    options: *const chmr_open_options,
    out_model: *mut *mut chmr_model,
    error: *mut chmr_error,
) -> chmr_status {
    guard(error, || {
        // SAFETY: the header's contract on pointers.
        let (data, options, out) = unsafe {
            let data = array(data, len, "data")?;
            (data, chmr_open_options::read(options)?, output(out_model, "out_model")?)
        };
        give(out, chmr_model { model: Model::from_bytes_with(data.to_vec(), &options)? });
        Ok(())
    })
}

/// Opens a model file that lies in memory. The bytes are not needed afterwards.
///
/// data, len: the content of a model file, len bytes.
/// out_model: the new model; the caller ends it with chmr_model_free.
///
/// Errors: as chmr_model_open, without those of a path.
///
/// Thread rule: callable from any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chmr_model_open_memory(
    data: *const u8,
    len: usize,
    out_model: *mut *mut chmr_model,
    error: *mut chmr_error,
) -> chmr_status {
    guard(error, || {
        // SAFETY: the header's contract on pointers.
        let (data, out) = unsafe { (array(data, len, "data")?, output(out_model, "out_model")?) };
        give(out, chmr_model { model: Model::from_bytes(data.to_vec())? });
        Ok(())
    })
}

/// Ends a model; NULL is ignored. Results made with it stay valid.
///
/// Thread rule: once no other thread uses it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chmr_model_free(model: *mut chmr_model) {
    // SAFETY: the header's contract on handles.
    guard_value((), || unsafe { free(model) });
}

/// A text that describes the model, such as its name.
///
/// field: a chmr_model_field.
/// buffer, capacity, out_len: see "Text out" above.
///
/// Errors: CHMR_STATUS_INVALID_ARGUMENT (unknown field), CHMR_STATUS_BUFFER_TOO_SMALL,
/// CHMR_STATUS_NULL_POINTER.
///
/// Thread rule: callable from many threads on one model.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chmr_model_text(
    model: *const chmr_model,
    field: i32,
    buffer: *mut c_char,
    capacity: usize,
    out_len: *mut usize,
    error: *mut chmr_error,
) -> chmr_status {
    guard(error, || {
        // SAFETY: the header's contract on pointers.
        let (model, out) =
            unsafe { (shared(model, "model")?, TextOut::new(buffer, capacity, out_len)?) };
        out.put(identity_text(model.model.identity(), field)?)
    })
}

/// Number of tasks that the model predicts; 0 for NULL. A task is named by its index, from 0.
///
/// Thread rule: callable from many threads on one model.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chmr_model_task_count(model: *const chmr_model) -> usize {
    guard_value(0, || {
        // SAFETY: the header's contract on pointers.
        let model = unsafe { optional(model, "model") };
        model.ok().flatten().map_or(0, |m| m.model.tasks().len())
    })
}

/// A text that describes a task, such as its name or unit.
///
/// task: its index, below chmr_model_task_count.
/// field: a chmr_task_field.
/// buffer, capacity, out_len: see "Text out" above.
///
/// Errors: CHMR_STATUS_OUT_OF_RANGE (task), CHMR_STATUS_INVALID_ARGUMENT (unknown field),
/// CHMR_STATUS_BUFFER_TOO_SMALL, CHMR_STATUS_NULL_POINTER.
///
/// Thread rule: callable from many threads on one model.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chmr_model_task_text(
    model: *const chmr_model,
    task: usize,
    field: i32,
    buffer: *mut c_char,
    capacity: usize,
    out_len: *mut usize,
    error: *mut chmr_error,
) -> chmr_status {
    guard(error, || {
        // SAFETY: the header's contract on pointers.
        let (model, out) =
            unsafe { (shared(model, "model")?, TextOut::new(buffer, capacity, out_len)?) };
        out.put(task_text(task_at(model, task)?, field)?)
    })
}

/// What the values of a task are: a probability or a number with a unit.
///
/// task: its index, below chmr_model_task_count.
/// out_kind: the kind.
///
/// Errors: CHMR_STATUS_OUT_OF_RANGE (task), CHMR_STATUS_NULL_POINTER.
///
/// Thread rule: callable from many threads on one model.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chmr_model_task_kind(
    model: *const chmr_model,
    task: usize,
    out_kind: *mut chmr_task_kind,
    error: *mut chmr_error,
) -> chmr_status {
    guard(error, || {
        // SAFETY: the header's contract on pointers.
        let (model, out) = unsafe { (shared(model, "model")?, output(out_kind, "out_kind")?) };
        out.write(match task_at(model, task)?.kind {
            TaskKind::Classification => chmr_task_kind::Classification,
            TaskKind::Regression => chmr_task_kind::Regression,
        });
        Ok(())
    })
}

/// The index of the task of a given name.
///
/// name, name_len: "<data set>/<column>", UTF-8, name_len bytes, without a NUL.
/// out_task: its index.
///
/// Errors: CHMR_STATUS_NOT_FOUND; CHMR_STATUS_INVALID_UTF8, CHMR_STATUS_INVALID_ARGUMENT,
/// CHMR_STATUS_NULL_POINTER.
///
/// Thread rule: callable from many threads on one model.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chmr_model_find_task(
    model: *const chmr_model,
    name: *const c_char,
    name_len: usize,
    out_task: *mut usize,
    error: *mut chmr_error,
) -> chmr_status {
    guard(error, || {
        // SAFETY: the header's contract on pointers.
        let (model, name, out) = unsafe {
            let model = shared(model, "model")?;
            (model, text(name, name_len, "name")?, output(out_task, "out_task")?)
        };
        let Some(task) = model.model.tasks().iter().position(|t| t.name == name) else {
            let quoted: String = name.chars().take(100).collect();
            let message = format!("no task is named '{quoted}'; expected '<data set>/<column>'");
            return Err(Failure::new(chmr_status::NotFound, message));
        };
        out.write(task);
        Ok(())
    })
}

fn task_at(model: &chmr_model, task: usize) -> Outcome<&Task> {
    let tasks = model.model.tasks();
    tasks.get(task).ok_or_else(|| {
        let message = format!("task {task} of a model with {}; they count from 0", tasks.len());
        Failure::new(chmr_status::OutOfRange, message)
    })
}

fn task_text(task: &Task, field: i32) -> Outcome<&str> {
    use chmr_task_field as F;
    Ok(match field {
        f if f == F::Name as i32 => &task.name,
        f if f == F::Dataset as i32 => &task.dataset,
        f if f == F::Column as i32 => &task.column,
        f if f == F::Unit as i32 => task.unit.as_deref().unwrap_or_default(),
        f if f == F::Description as i32 => &task.description,
        f if f == F::Direction as i32 => task.direction.as_deref().unwrap_or_default(),
        _ => {
            let message = format!("field is {field}; expected a chmr_task_field");
            return Err(Failure::invalid(message));
        }
    })
}

pub(super) fn identity_text(identity: &Identity, field: i32) -> Outcome<&str> {
    use chmr_model_field as F;
    Ok(match field {
        f if f == F::Name as i32 => &identity.name,
        f if f == F::Version as i32 => &identity.version,
        f if f == F::Sha256 as i32 => &identity.sha256,
        _ => {
            let message = format!("field is {field}; expected a chmr_model_field");
            return Err(Failure::invalid(message));
        }
    })
}
