//! Runs that can be cancelled from another thread.

use crate::guard::guard;
use crate::handle;
use chmr::Run;
use jni::JNIEnv;
use jni::objects::JClass;
use jni::sys::jlong;

/// `Native.newRun`
#[unsafe(no_mangle)]
pub extern "system" fn Java_org_chmr_Native_newRun<'e>(
    mut env: JNIEnv<'e>,
    _: JClass<'e>,
) -> jlong {
    guard(&mut env, 0, |_| Ok(handle::keep(Run::new())))
}

/// `Native.cancel`
#[unsafe(no_mangle)]
pub extern "system" fn Java_org_chmr_Native_cancel<'e>(
    mut env: JNIEnv<'e>,
    _: JClass<'e>,
    run: jlong,
) {
    guard(&mut env, (), |_| {
        // SAFETY: `Handle` in Java keeps the run alive during the call.
        unsafe { handle::borrow::<Run<'static>>(run) }.cancel();
        Ok(())
    });
}

/// `Native.freeRun`
#[unsafe(no_mangle)]
pub extern "system" fn Java_org_chmr_Native_freeRun<'e>(
    mut env: JNIEnv<'e>,
    _: JClass<'e>,
    run: jlong,
) {
    guard(&mut env, (), |_| {
        // SAFETY: `Handle` in Java calls this once, when no call with the handle is under way.
        unsafe { handle::free::<Run<'static>>(run) };
        Ok(())
    });
}
