//! Asking work to stop, and making a thing once for all who want it without waiting deafly.

use crate::error::{Error, ErrorKind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, TryLockError};
use std::time::Duration;

/// Whether the work was asked to stop. The default never is.
#[derive(Clone, Debug, Default)]
pub(crate) struct Cancel(Option<Arc<AtomicBool>>);

impl Cancel {
    /// Work that stops once `flag` is set.
    pub(crate) fn new(flag: Arc<AtomicBool>) -> Self {
        Self(Some(flag))
    }

    /// Work that nobody can stop.
    pub(crate) fn never() -> Self {
        Self::default()
    }

    pub(crate) fn is_set(&self) -> bool {
        self.0.as_ref().is_some_and(|flag| flag.load(Ordering::Relaxed))
    }

    /// # Errors
    /// [`ErrorKind::Cancelled`] once it is set.
    pub(crate) fn check(&self) -> Result<(), Error> {
        match self.is_set() {
            true => Err(Error::new(ErrorKind::Cancelled, "the run was cancelled")),
            false => Ok(()),
        }
    }
}

/// A value that is made when it is first wanted. Unlike with a `OnceLock`, who makes it may give up, and who waits
/// for it may leave.
#[derive(Debug)]
pub(crate) struct Made<T> {
    value: OnceLock<T>,
    making: Mutex<()>,
}

impl<T> Default for Made<T> {
    fn default() -> Self {
        Self { value: OnceLock::new(), making: Mutex::new(()) }
    }
}

impl<T> Made<T> {
    /// How often a waiting thread looks whether it was cancelled.
    const LOOK: Duration = Duration::from_millis(2);

    /// The value, if it has been made.
    pub(crate) fn get(&self) -> Option<&T> {
        self.value.get()
    }

    /// The value, which `make` makes where nobody has yet.
    ///
    /// # Errors
    /// That of `make`, which is not kept: the next caller tries again; [`ErrorKind::Cancelled`] for one who waits.
    pub(crate) fn get_or_make(
        &self,
        cancel: &Cancel,
        make: impl FnOnce() -> Result<T, Error>,
    ) -> Result<&T, Error> {
        if let Some(value) = self.value.get() {
            return Ok(value);
        }
        let _guard = loop {
            match self.making.try_lock() {
                Ok(guard) => break guard,
                // A panic while making has left nothing behind.
                Err(TryLockError::Poisoned(guard)) => break guard.into_inner(),
                Err(TryLockError::WouldBlock) => {
                    cancel.check()?;
                    std::thread::sleep(Self::LOOK);
                }
            }
        };
        // Who was there before may have made it; nobody else sets it while the guard is held.
        match self.value.get() {
            Some(value) => Ok(value),
            None => {
                let made = make()?;
                Ok(self.value.get_or_init(|| made))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_made_once_and_again_after_a_failure() {
        let made = Made::default();
        let cancelled = Cancel::new(Arc::new(AtomicBool::new(true)));
        assert!(made.get_or_make(&cancelled, || cancelled.check().map(|()| 1)).is_err());
        assert!(made.get().is_none());
        assert_eq!(made.get_or_make(&Cancel::never(), || Ok(2)), Ok(&2));
        // What is there is given even to who was cancelled, and never made anew.
        assert_eq!(made.get_or_make(&cancelled, || Ok(3)), Ok(&2));
    }

    #[test]
    fn who_waits_may_leave() {
        let made = Made::<u8>::default();
        let flag = Arc::new(AtomicBool::new(false));
        let waiting = Cancel::new(Arc::clone(&flag));
        std::thread::scope(|s| {
            let result = made.get_or_make(&Cancel::never(), || {
                let waiter = s.spawn(|| made.get_or_make(&waiting, || Ok(0)).is_err());
                flag.store(true, Ordering::Relaxed);
                assert!(waiter.join().unwrap());
                Ok(1)
            });
            assert_eq!(result, Ok(&1));
        });
    }
}
