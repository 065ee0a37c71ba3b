//! Opening a model and asking what it is.

use crate::arrays;
use crate::error::Failure;
use crate::guard::guard;
use crate::handle;
use chmr::model::TaskKind;
use chmr::{Model, OpenOptions};
use jni::JNIEnv;
use jni::objects::{JByteArray, JClass, JLongArray, JObjectArray};
use jni::sys::jlong;
use std::ptr::null_mut;

/// `Native.openDefault`
#[unsafe(no_mangle)]
pub extern "system" fn Java_org_chmr_Native_openDefault<'e>(
    mut env: JNIEnv<'e>,
    _: JClass<'e>,
) -> jlong {
    guard(&mut env, 0, |_| Ok(handle::keep(Model::open_default()?)))
}

/// `Native.openPath`
#[unsafe(no_mangle)]
pub extern "system" fn Java_org_chmr_Native_openPath<'e>(
    mut env: JNIEnv<'e>,
    _: JClass<'e>,
    path: JByteArray<'e>,
    bounds: JLongArray<'e>,
) -> jlong {
    guard(&mut env, 0, |env| {
        let options = options(env, &bounds)?;
        Ok(handle::keep(Model::open_with(arrays::text(env, &path)?, &options)?))
    })
}

/// `Native.openBytes`
#[unsafe(no_mangle)]
pub extern "system" fn Java_org_chmr_Native_openBytes<'e>(
    mut env: JNIEnv<'e>,
    _: JClass<'e>,
    file: JByteArray<'e>,
    bounds: JLongArray<'e>,
) -> jlong {
    guard(&mut env, 0, |env| {
        let options = options(env, &bounds)?;
        Ok(handle::keep(Model::from_bytes_with(arrays::bytes(env, &file)?, &options)?))
    })
}

/// The bounds of `OpenOptions` in Java, 0 for the default.
fn options(env: &JNIEnv<'_>, bounds: &JLongArray<'_>) -> Result<OpenOptions, Failure> {
    let mut given = [0i64; 11];
    env.get_long_array_region(bounds, 0, &mut given)?;
    let mut options = OpenOptions::default();
    let fields: [&mut u64; 11] = [
        &mut options.unpacked_bytes,
        &mut options.nodes,
        &mut options.plan_steps,
        &mut options.network_weights,
        &mut options.row_work,
        &mut options.members,
        &mut options.stages,
        &mut options.tasks,
        &mut options.modalities,
        &mut options.profile_values,
        &mut options.fit_work,
    ];
    for (field, bound) in fields.into_iter().zip(given) {
        match u64::try_from(bound) {
            Ok(0) => {}
            Ok(bound) => *field = bound,
            Err(_) => return Err(Failure::argument("a bound below 0")),
        }
    }
    Ok(options)
}

/// `Native.freeModel`
#[unsafe(no_mangle)]
pub extern "system" fn Java_org_chmr_Native_freeModel<'e>(
    mut env: JNIEnv<'e>,
    _: JClass<'e>,
    model: jlong,
) {
    guard(&mut env, (), |_| {
        // SAFETY: `Handle` in Java calls this once, when no call with the handle is under way.
        unsafe { handle::free::<Model>(model) };
        Ok(())
    });
}

/// `Native.identity`: name, version, SHA-256.
#[unsafe(no_mangle)]
pub extern "system" fn Java_org_chmr_Native_identity<'e>(
    mut env: JNIEnv<'e>,
    _: JClass<'e>,
    model: jlong,
) -> JObjectArray<'e> {
    guard(&mut env, arrays::null(), |env| {
        // SAFETY: `Handle` in Java keeps the model alive during the call.
        let id = unsafe { handle::borrow::<Model>(model) }.identity();
        let values = [&id.name, &id.version, &id.sha256];
        arrays::strings(env, &values.map(|v| Some(v.as_str())))
    })
}

/// `Native.tasks`: for each task name, data set, column, description, unit, kind, direction.
#[unsafe(no_mangle)]
pub extern "system" fn Java_org_chmr_Native_tasks<'e>(
    mut env: JNIEnv<'e>,
    _: JClass<'e>,
    model: jlong,
) -> JObjectArray<'e> {
    guard(&mut env, arrays::null(), |env| {
        // SAFETY: `Handle` in Java keeps the model alive during the call.
        let model = unsafe { handle::borrow::<Model>(model) };
        let fields: Vec<Option<&str>> = model
            .tasks()
            .iter()
            .flat_map(|t| {
                let kind = match t.kind {
                    TaskKind::Classification => "classification",
                    TaskKind::Regression => "regression",
                };
                [
                    Some(t.name.as_str()),
                    Some(&t.dataset),
                    Some(&t.column),
                    Some(&t.description),
                    t.unit.as_deref(),
                    Some(kind),
                    t.direction.as_deref(),
                ]
            })
            .collect();
        arrays::strings(env, &fields)
    })
}

/// `Native.version`: of the library.
#[unsafe(no_mangle)]
pub extern "system" fn Java_org_chmr_Native_version<'e>(
    mut env: JNIEnv<'e>,
    _: JClass<'e>,
) -> jni::objects::JString<'e> {
    // SAFETY: null is a reference to nothing.
    let otherwise = unsafe { jni::objects::JString::from_raw(null_mut()) };
    guard(&mut env, otherwise, |env| Ok(env.new_string(env!("CARGO_PKG_VERSION"))?))
}
