//! The records of SD files.

use crate::arrays;
use crate::guard::guard;
use chmr::chem::{Limits, SdfReader};
use jni::JNIEnv;
use jni::objects::{JByteArray, JClass, JObjectArray};

/// `Native.readSdf`: of each record "molblock" or "refused", its text or the reason, title, number of fields, and their names and
/// values.
#[unsafe(no_mangle)]
pub extern "system" fn Java_org_chmr_Native_readSdf<'e>(
    mut env: JNIEnv<'e>,
    _: JClass<'e>,
    sdf: JByteArray<'e>,
) -> JObjectArray<'e> {
    guard(&mut env, arrays::null(), |env| {
        let sdf = arrays::bytes(env, &sdf)?;
        let mut told: Vec<String> = Vec::new();
        // Reading from memory does not fail.
        for record in SdfReader::new(&sdf[..], Limits::default()).filter_map(Result::ok) {
            let (kind, text) = match record.molblock {
                Ok(molblock) => ("molblock", molblock),
                Err(e) => ("refused", e.message),
            };
            told.extend([kind.into(), text, record.title, record.properties.len().to_string()]);
            told.extend(record.properties.into_iter().flat_map(|(name, value)| [name, value]));
        }
        arrays::strings(env, &told.iter().map(|t| Some(t.as_str())).collect::<Vec<_>>())
    })
}
