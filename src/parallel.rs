//! Sharing out work among threads that live for one call. No pool is kept: a host's own threads
//! and another caller's run are never waited for.

use std::num::NonZero;
use std::thread::{Builder, scope};

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
/// a common queue.
pub(crate) fn run(threads: usize, work: impl Fn(bool) + Sync) {
    let work = &work;
    scope(|s| {
        for _ in 1..threads {
            let builder = Builder::new().name("chmr".into()).stack_size(STACK);
            if builder.spawn_scoped(s, move || work(false)).is_err() {
                break;
            }
        }
        work(true);
    });
}
