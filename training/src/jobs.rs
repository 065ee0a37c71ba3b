//! Several pieces of work at a time, each on one core.

use crate::Result;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// What `work` makes of 0 … `count` − 1, in that order, computed on `workers` threads that each have a pool of one for what rayon
/// would spread: the same numbers whatever the number of workers. The first failure ends the rest.
///
/// # Errors
/// The first one of `work`.
pub fn in_parallel<T: Send>(
    workers: usize,
    count: usize,
    work: impl Fn(usize) -> Result<T> + Sync,
) -> Result<Vec<T>> {
    let next = AtomicUsize::new(0);
    let done = Mutex::new((Vec::new(), None));
    let draw = || {
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= count {
                return;
            }
            let made = work(number);
            let Ok(mut done) = done.lock() else { return };
            match made {
                Ok(made) => done.0.push((number, made)),
                Err(error) => {
                    next.store(count, Ordering::Relaxed);
                    done.1.get_or_insert(error);
                }
            }
        }
    };
    std::thread::scope(|scope| -> Result<()> {
        for _ in 0..workers.max(1) {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build()?;
            let draw = &draw;
            scope.spawn(move || pool.install(draw));
        }
        Ok(())
    })?;
    let (mut made, error) = done.into_inner().map_err(|_| "a worker failed")?;
    if let Some(error) = error {
        return Err(error);
    }
    made.sort_by_key(|(number, _)| *number);
    Ok(made.into_iter().map(|(_, made)| made).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_is_done_in_order_and_the_first_failure_ends_it() {
        let squares = in_parallel(3, 100, |i| Ok(i * i)).unwrap();
        assert_eq!(squares, (0..100).map(|i| i * i).collect::<Vec<_>>());
        let begun = AtomicUsize::new(0);
        let failed = in_parallel(2, 1000, |i| {
            begun.fetch_add(1, Ordering::Relaxed);
            if i == 3 { Err("the fourth".into()) } else { Ok(i) }
        });
        assert_eq!(failed.unwrap_err().to_string(), "the fourth");
        assert!(begun.into_inner() < 1000);
    }
}
