//! Finding known molecules.

use crate::arrays;
use crate::call;
use crate::error::Failure;
use crate::guard::guard;
use crate::handle;
use chmr::reference::Source;
use chmr::{Error, Model, NeighborOptions, Run};
use jni::JNIEnv;
use jni::objects::{JByteArray, JClass, JFloatArray, JIntArray, JObject, JObjectArray};
use jni::sys::{jfloat, jint, jlong};

/// `Native.neighbors`: the batch as for `Native.predict`. Fills, for each row, `status`, `reasons`, one of `counts` (how many
/// were found) and `k` of `ids`, `smiles` and `similarities`.
#[unsafe(no_mangle)]
#[allow(clippy::too_many_arguments)] // What crosses in one call need not cross in ten.
pub extern "system" fn Java_org_chmr_Native_neighbors<'e>(
    mut env: JNIEnv<'e>,
    _: JClass<'e>,
    model: jlong,
    text: JByteArray<'e>,
    ends: JIntArray<'e>,
    kinds: JByteArray<'e>,
    k: jint,
    threshold: jfloat,
    threads: jint,
    run: jlong,
    progress: JObject<'e>,
    status: JIntArray<'e>,
    reasons: JObjectArray<'e>,
    counts: JIntArray<'e>,
    ids: JObjectArray<'e>,
    smiles: JObjectArray<'e>,
    similarities: JFloatArray<'e>,
) {
    guard(&mut env, (), |env| {
        // SAFETY: `Handle` in Java keeps the model and the run alive during the call.
        let (model, run) =
            unsafe { (handle::borrow::<Model>(model), handle::borrow::<Run<'static>>(run)) };
        let batch = call::batch(env, &text, &ends, &kinds)?;
        let options = options(k, threshold, threads)?;
        let found =
            call::watched(env, run, &progress, |run| model.neighbors(&batch, &options, run))?;
        let room = Room { status, reasons, counts, ids, smiles, similarities };
        let name = |source: &Source| {
            let member = source.member as usize;
            let named =
                model.library().map(|l| (l.id(member).to_owned(), l.smiles(member).to_owned()));
            Ok(named.unwrap_or_default())
        };
        room.fill(env, options.k, found, |source| source.similarity, name)
    });
}

pub(crate) fn options(
    k: jint,
    threshold: jfloat,
    threads: jint,
) -> Result<NeighborOptions, Failure> {
    let k = usize::try_from(k).map_err(|_| Failure::argument(format!("{k} neighbours")))?;
    Ok(NeighborOptions { threads: call::threads(threads)?, k, threshold, ..Default::default() })
}

/// The arrays in which Java wants what was found: for each row a status, a reason and a count, and room for `k` neighbours.
pub(crate) struct Room<'e> {
    pub status: JIntArray<'e>,
    pub reasons: JObjectArray<'e>,
    pub counts: JIntArray<'e>,
    pub ids: JObjectArray<'e>,
    pub smiles: JObjectArray<'e>,
    pub similarities: JFloatArray<'e>,
}

impl Room<'_> {
    /// Writes what was found, at most `k` a row; `name` gives a neighbour's id and SMILES.
    pub fn fill<N>(
        &self,
        env: &mut JNIEnv<'_>,
        k: usize,
        found: Vec<Result<Vec<N>, Error>>,
        similarity: impl Fn(&N) -> f32,
        name: impl Fn(&N) -> Result<(String, String), Failure>,
    ) -> Result<(), Failure> {
        let count = |row: &Result<Vec<N>, Error>| row.as_ref().map_or(0, |n| n.len() as jint);
        let counts: Vec<jint> = found.iter().map(count).collect();
        env.set_int_array_region(&self.counts, 0, &counts)?;
        let mut similarities = vec![f32::NAN; found.len() * k];
        for (row, found) in found.iter().enumerate() {
            for (i, neighbor) in found.iter().flatten().enumerate() {
                let place = row * k + i;
                similarities[place] = similarity(neighbor);
                let (id, smiles) = name(neighbor)?;
                arrays::put(env, &self.ids, place as jint, &id)?;
                arrays::put(env, &self.smiles, place as jint, &smiles)?;
            }
        }
        env.set_float_array_region(&self.similarities, 0, &similarities)?;
        let rows: Vec<_> = found.into_iter().map(|row| row.map(|_| ())).collect();
        call::tell(env, &rows, &self.status, &self.reasons)
    }
}
