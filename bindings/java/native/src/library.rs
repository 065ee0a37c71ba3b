//! Reference libraries: opening, making, saving, asking, and adding to a model.

use crate::arrays;
use crate::call;
use crate::error::Failure;
use crate::guard::guard;
use crate::handle;
use chmr::Model;
use chmr::reference::{Library, Modality, Profiles, Scale, Weighting};
use jni::JNIEnv;
use jni::objects::{JByteArray, JClass, JFloatArray, JIntArray, JObjectArray};
use jni::sys::{jboolean, jfloat, jint, jlong};
use ndarray::{ArrayView2, Axis};

/// `Native.openLibrary`
#[unsafe(no_mangle)]
pub extern "system" fn Java_org_chmr_Native_openLibrary<'e>(
    mut env: JNIEnv<'e>,
    _: JClass<'e>,
    path: JByteArray<'e>,
) -> jlong {
    guard(&mut env, 0, |env| Ok(handle::keep(Library::open(arrays::text(env, &path)?)?)))
}

/// `Native.moleculesLibrary`: of a batch alone, with an id a line.
#[unsafe(no_mangle)]
pub extern "system" fn Java_org_chmr_Native_moleculesLibrary<'e>(
    mut env: JNIEnv<'e>,
    _: JClass<'e>,
    text: JByteArray<'e>,
    ends: JIntArray<'e>,
    kinds: JByteArray<'e>,
    ids: JByteArray<'e>,
) -> jlong {
    guard(&mut env, 0, |env| {
        let batch = call::batch(env, &text, &ends, &kinds)?;
        Ok(handle::keep(batch.to_library(arrays::lines(&arrays::text(env, &ids)?))?))
    })
}

/// `Native.withProfiles`: a library that is the given one and a modality; `values` are its rows × features, a row of NaN
/// where nothing was observed.
#[unsafe(no_mangle)]
#[allow(clippy::too_many_arguments)] // What crosses in one call need not cross in ten.
pub extern "system" fn Java_org_chmr_Native_withProfiles<'e>(
    mut env: JNIEnv<'e>,
    _: JClass<'e>,
    library: jlong,
    modality: JByteArray<'e>,
    features: JByteArray<'e>,
    values: JFloatArray<'e>,
    asinh: jboolean,
    power: jint,
    noise: jfloat,
    balance: jfloat,
) -> jlong {
    guard(&mut env, 0, |env| {
        // SAFETY: `Handle` in Java keeps the library alive during the call.
        let library = unsafe { handle::borrow::<Library>(library) };
        let modality = arrays::text(env, &modality)?;
        let features = arrays::lines(&arrays::text(env, &features)?);
        let values = arrays::floats(env, &values)?;
        let rows = library.len();
        let view = matrix(&values, rows, features.len(), "features")?;
        let observed: Vec<usize> =
            (0..rows).filter(|&r| view.row(r).iter().any(|v| !v.is_nan())).collect();
        let members = observed.iter().map(|&r| r as u32).collect();
        let chosen = view.select(Axis(0), &observed);
        let scale = if asinh != 0 { Scale::Asinh } else { Scale::Linear };
        let profiles = Profiles::new(features, scale, balance, members, chosen.view())
            .map_err(Failure::argument)?;
        let modality = Modality::new(&modality, Vec::new(), profiles, Weighting { power, noise })?;
        Ok(handle::keep(library.clone().with(modality)?))
    })
}

/// `Native.withActivity`: a library that is the given one, told how strongly compounds act in the assay of a modality; `values`
/// are compounds × names, NaN where nothing was measured.
#[unsafe(no_mangle)]
#[allow(clippy::too_many_arguments)] // What crosses in one call need not cross in ten.
pub extern "system" fn Java_org_chmr_Native_withActivity<'e>(
    mut env: JNIEnv<'e>,
    _: JClass<'e>,
    library: jlong,
    modality: JByteArray<'e>,
    text: JByteArray<'e>,
    ends: JIntArray<'e>,
    kinds: JByteArray<'e>,
    names: JByteArray<'e>,
    values: JFloatArray<'e>,
    weight: jfloat,
) -> jlong {
    guard(&mut env, 0, |env| {
        // SAFETY: `Handle` in Java keeps the library alive during the call.
        let library = unsafe { handle::borrow::<Library>(library) };
        let modality = arrays::text(env, &modality)?;
        let compounds = call::batch(env, &text, &ends, &kinds)?;
        let names = arrays::lines(&arrays::text(env, &names)?);
        let values = arrays::floats(env, &values)?;
        let view = matrix(&values, compounds.len(), names.len(), "names")?;
        let library = library.clone();
        Ok(handle::keep(
            library.with_measured_activity(&modality, &compounds, names, view, weight)?,
        ))
    })
}

/// `Native.saveLibrary`
#[unsafe(no_mangle)]
pub extern "system" fn Java_org_chmr_Native_saveLibrary<'e>(
    mut env: JNIEnv<'e>,
    _: JClass<'e>,
    library: jlong,
    path: JByteArray<'e>,
) {
    guard(&mut env, (), |env| {
        // SAFETY: `Handle` in Java keeps the library alive during the call.
        let library = unsafe { handle::borrow::<Library>(library) };
        let path = arrays::text(env, &path)?;
        Ok(chmr::files::replace(&path, &library.to_bytes()?)?)
    });
}

/// `Native.freeLibrary`
#[unsafe(no_mangle)]
pub extern "system" fn Java_org_chmr_Native_freeLibrary<'e>(
    mut env: JNIEnv<'e>,
    _: JClass<'e>,
    library: jlong,
) {
    guard(&mut env, (), |_| {
        // SAFETY: `Handle` in Java calls this once, when no call with the handle is under way.
        unsafe { handle::free::<Library>(library) };
        Ok(())
    });
}

/// `Native.withLibrary`: a model that is the given one and the library.
#[unsafe(no_mangle)]
pub extern "system" fn Java_org_chmr_Native_withLibrary<'e>(
    mut env: JNIEnv<'e>,
    _: JClass<'e>,
    model: jlong,
    library: jlong,
) -> jlong {
    guard(&mut env, 0, |_| {
        // SAFETY: `Handle` in Java keeps the model and the library alive during the call.
        let (model, library) =
            unsafe { (handle::borrow::<Model>(model), handle::borrow::<Library>(library)) };
        Ok(handle::keep(model.clone().with_library(library.clone())?))
    })
}

/// `Native.libraryContent`: number of molecules, then for each modality its name, numbers of profiles, features and labels,
/// and the features and labels.
#[unsafe(no_mangle)]
pub extern "system" fn Java_org_chmr_Native_libraryContent<'e>(
    mut env: JNIEnv<'e>,
    _: JClass<'e>,
    library: jlong,
) -> JObjectArray<'e> {
    guard(&mut env, arrays::null(), |env| {
        // SAFETY: `Handle` in Java keeps the library alive during the call.
        content(env, Some(unsafe { handle::borrow::<Library>(library) }))
    })
}

/// `Native.modelLibrary`: the same of a model's library; nothing for a model without one.
#[unsafe(no_mangle)]
pub extern "system" fn Java_org_chmr_Native_modelLibrary<'e>(
    mut env: JNIEnv<'e>,
    _: JClass<'e>,
    model: jlong,
) -> JObjectArray<'e> {
    guard(&mut env, arrays::null(), |env| {
        // SAFETY: `Handle` in Java keeps the model alive during the call.
        content(env, unsafe { handle::borrow::<Model>(model) }.library())
    })
}

fn content<'e>(
    env: &mut JNIEnv<'e>,
    library: Option<&Library>,
) -> Result<JObjectArray<'e>, Failure> {
    let mut told = Vec::new();
    if let Some(library) = library {
        told.push(library.len().to_string());
        for modality in library.modalities() {
            let (profiles, features) = modality.profiles().values().dim();
            told.push(modality.name().to_owned());
            told.extend([profiles, features, modality.labels().len()].map(|n| n.to_string()));
            told.extend_from_slice(modality.profiles().features());
            told.extend_from_slice(modality.labels());
        }
    }
    arrays::strings(env, &told.iter().map(|t| Some(t.as_str())).collect::<Vec<_>>())
}

/// `values` as so many molecules × `columns`.
fn matrix<'v>(
    values: &'v [f32],
    rows: usize,
    columns: usize,
    what: &str,
) -> Result<ArrayView2<'v, f32>, Failure> {
    // `from_shape` alone would take more values than the shape has.
    let shaped = ArrayView2::from_shape((rows, columns), values).ok();
    shaped.filter(|v| v.len() == values.len()).ok_or_else(|| {
        let n = values.len();
        Failure::argument(format!("{n} values; expected {rows} molecules of {columns} {what}"))
    })
}
