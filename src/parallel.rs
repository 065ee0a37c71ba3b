//! Sharing out work among threads that live for one call. No pool is kept: a host's own threads
//! and another caller's run are never waited for.

use std::any::Any;
use std::fs;
use std::num::NonZero;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::{Path, PathBuf};
use std::thread::{Builder, ScopedJoinHandle, scope, yield_now};
use std::time::{Duration, Instant};

/// Stack of a worker. Perception is iterative, but the default of 2 MiB is not ours to rely on.
const STACK: usize = 4 << 20;

/// The threads that `wanted` asks for: the machine's if 0.
pub(crate) fn threads(wanted: usize) -> usize {
    match wanted {
        0 => std::thread::available_parallelism().map_or(1, NonZero::get),
        n => n.min(1024),
    }
}

/// Runs `work(true)` on the calling thread and `work(false)` on `threads` − 1 others, until all
/// return. Where the system refuses a thread the others do its share: `work` takes its items from
/// a common queue. The threads are gone when this returns, and also when a panic of one of them goes on here.
pub(crate) fn run(threads: usize, work: impl Fn(bool) + Sync) {
    let work = &work;
    if threads <= 1 {
        return work(true);
    }
    scope(|s| {
        let mut others = Vec::new();
        for _ in 1..threads {
            let builder = Builder::new().name("chmr".into()).stack_size(STACK);
            match builder.spawn_scoped(s, move || (Task::current(), caught(|| work(false)))) {
                Ok(other) => others.push(other),
                Err(_) => break,
            }
        }
        // A scope waits for closures to return, not for their threads to end: each is joined, whatever happens.
        let mut outcome = caught(|| work(true));
        let ended: Vec<_> = others.into_iter().map(ScopedJoinHandle::join).collect();
        for other in ended {
            outcome = outcome.and(other.and_then(|(task, outcome)| {
                task.wait();
                outcome
            }));
        }
        if let Err(panic) = outcome {
            resume_unwind(panic);
        }
    });
}

type Panic = Box<dyn Any + Send>;

fn caught(work: impl FnOnce()) -> Result<(), Panic> {
    catch_unwind(AssertUnwindSafe(work))
}

/// A thread as Linux knows it. It is still counted for a moment after it was joined, and a program that then changes its
/// namespaces, or looks who is there, would find it.
struct Task(Option<PathBuf>);

impl Task {
    fn current() -> Self {
        if !cfg!(target_os = "linux") {
            return Self(None);
        }
        Self(fs::read_link("/proc/thread-self").ok().map(|link| Path::new("/proc").join(link)))
    }

    /// Waits until it is gone, which takes microseconds: its thread has been joined.
    fn wait(&self) {
        let Self(Some(path)) = self else { return };
        let start = Instant::now();
        while path.exists() && start.elapsed() < Duration::from_secs(1) {
            yield_now();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[test]
    fn a_panic_goes_on_once_all_threads_are_done() {
        for caller_panics in [true, false] {
            let done = AtomicUsize::new(0);
            let panic = caught(|| {
                run(4, |caller| {
                    if caller == caller_panics {
                        panic!("tried");
                    }
                    std::thread::sleep(Duration::from_millis(5));
                    done.fetch_add(1, Ordering::Relaxed);
                });
            });
            assert_eq!(panic.unwrap_err().downcast_ref(), Some(&"tried"));
            assert_eq!(done.into_inner(), if caller_panics { 3 } else { 1 });
        }
    }
}
