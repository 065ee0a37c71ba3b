//! What a prediction is worth and what it knew, as `Trust` and `Prediction` in Java take it apart.

use crate::arrays;
use crate::error::Failure;
use chmr::{Predictions, Provision, Trust};
use jni::JNIEnv;
use jni::objects::{JByteArray, JFloatArray, JIntArray, JObject, JObjectArray};
use jni::sys::jint;

/// Fills `out`, rows × modalities.
pub(crate) fn provisions(
    env: &JNIEnv<'_>,
    predicted: &Predictions,
    out: &JByteArray<'_>,
) -> Result<(), Failure> {
    let modalities = 0..predicted.modalities.len();
    let cells = (0..predicted.rows.len()).flat_map(|row| modalities.clone().map(move |m| (row, m)));
    let provisions: Vec<i8> = cells
        .map(|(row, modality)| match predicted.provision(row, modality) {
            None | Some(Provision::Absent) => 0,
            Some(Provision::Observed) => 1,
            Some(Provision::Imputed) => 2,
        })
        .collect();
    Ok(env.set_byte_array_region(out, 0, &provisions)?)
}

/// Fills `bits` and `notes`, a row each; notes stay null where there are no flags.
pub(crate) fn flags(
    env: &mut JNIEnv<'_>,
    predicted: &Predictions,
    bits: &JIntArray<'_>,
    notes: &JObjectArray<'_>,
) -> Result<(), Failure> {
    let all: Vec<jint> = predicted.flags.iter().map(|f| f.bits() as jint).collect();
    env.set_int_array_region(bits, 0, &all)?;
    for (i, flags) in (0..).zip(&predicted.flags).filter(|(_, f)| !f.is_empty()) {
        let note = env.new_string(flags.note())?;
        env.set_object_array_element(notes, i, &note)?;
        env.delete_local_ref(note)?;
    }
    Ok(())
}

/// Puts the seven arrays into `out` that the fields of `Trust` in Java describe, in their order.
pub(crate) fn tell(
    env: &mut JNIEnv<'_>,
    predicted: &Predictions,
    trust: &Trust,
    out: &JObjectArray<'_>,
) -> Result<(), Failure> {
    let widths: Vec<f32> = trust.half_widths.iter().copied().collect();
    let domain_of: Vec<jint> =
        trust.domain_of.iter().map(|d| d.map_or(-1, |d| d as jint)).collect();
    let datasets: Vec<_> = trust.domains.iter().map(|d| Some(d.dataset.as_str())).collect();
    let least: Vec<f32> = trust.domains.iter().map(|d| d.limits.least_similarity).collect();
    let nearest: Vec<f32> = trust.placements.iter().map(|p| p.nearest).collect();
    let arrays: [JObject<'_>; 6] = [
        floats(env, &trust.coverages)?.into(),
        floats(env, &widths)?.into(),
        ints(env, &domain_of)?.into(),
        arrays::strings(env, &datasets)?.into(),
        floats(env, &least)?.into(),
        floats(env, &nearest)?.into(),
    ];
    for (i, array) in (0..).zip(&arrays) {
        env.set_object_array_element(out, i, array)?;
    }
    let reasons: Vec<Option<String>> = trust
        .placements
        .indexed_iter()
        .map(|((row, domain), place)| {
            let domain = &trust.domains[domain];
            let out = predicted.rows[row].is_ok() && !place.is_inside(&domain.limits);
            out.then(|| place.reason(&domain.limits, &domain.dataset))
        })
        .collect();
    let reasons: Vec<Option<&str>> = reasons.iter().map(Option::as_deref).collect();
    let reasons = arrays::strings(env, &reasons)?;
    Ok(env.set_object_array_element(out, arrays.len() as jint, &reasons)?)
}

fn length(n: usize) -> Result<jint, Failure> {
    jint::try_from(n).map_err(|_| Failure::argument(format!("{n} values; use smaller batches")))
}

fn floats<'e>(env: &JNIEnv<'e>, values: &[f32]) -> Result<JFloatArray<'e>, Failure> {
    let array = env.new_float_array(length(values.len())?)?;
    env.set_float_array_region(&array, 0, values)?;
    Ok(array)
}

fn ints<'e>(env: &JNIEnv<'e>, values: &[jint]) -> Result<JIntArray<'e>, Failure> {
    let array = env.new_int_array(length(values.len())?)?;
    env.set_int_array_region(&array, 0, values)?;
    Ok(array)
}
