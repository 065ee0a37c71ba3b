//! Signals, as the programs of this workspace take them (the training program compiles this file, too). The library
//! handles none: they are the process's.

use chmr::files::Unfinished;
use std::io;
use std::path::Path;

#[cfg(unix)]
pub use unix::*;

#[cfg(unix)]
mod unix {
    #![allow(unsafe_code, reason = "a signal's present handler is asked for and taken back")]

    use super::*;
    use signal_hook::consts::{
        SIGBUS, SIGHUP, SIGINT, SIGPIPE, SIGQUIT, SIGTERM, SIGXCPU, SIGXFSZ,
    };
    use signal_hook::iterator::Signals;
    use signal_hook::low_level::{emulate_default_handler, exit};
    use std::io::Write;
    use std::mem::MaybeUninit;
    use std::thread::Builder;

    /// From now on, what ends the program from outside removes the files on the list first. The program dies of the
    /// signal all the same, so that a shell's loop ends, too. A file that grows beyond what is allowed (`ulimit -f`) becomes an
    /// error of writing.
    pub fn remove_unfinished(list: &'static Unfinished) -> io::Result<()> {
        let mut wanted = vec![SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGXCPU, SIGXFSZ];
        // As nohup and a shell's background jobs set them.
        wanted.retain(|&signal| !is_ignored(signal));
        let mut signals = Signals::new(wanted)?;
        let work = move || {
            if let Some(signal) = signals.forever().find(|&signal| signal != SIGXFSZ) {
                list.discard();
                let _ = emulate_default_handler(signal);
                exit(128 + signal);
            }
        };
        Builder::new().name("signals".into()).spawn(work).map(drop)
    }

    /// From now on, a read of the mapped file `path` beyond its end, as somebody has truncated it, ends the program with a
    /// message and `status`. The thread that read is kept from going on by its read, which fails until then.
    pub fn tell_of_truncation(
        path: &Path,
        status: u8,
        list: &'static Unfinished,
    ) -> io::Result<()> {
        // SAFETY: no memory is involved. The standard library's handler, which tells of overflowing stacks where they raise this
        // signal, would take every handler away when first called.
        unsafe { libc::signal(SIGBUS, libc::SIG_DFL) };
        let mut signals = Signals::new([SIGBUS])?;
        let message = format!("chmr: {}: truncated while it was in use\n", path.display());
        let work = move || {
            if signals.forever().next().is_some() {
                list.discard();
                let _ = io::stderr().write_all(message.as_bytes());
                exit(status.into());
            }
        };
        Builder::new().name("mapped file".into()).spawn(work).map(drop)
    }

    /// Ends the program as a closed pipe ends others: quietly, of `SIGPIPE`.
    pub fn broken_pipe() -> u8 {
        let _ = emulate_default_handler(SIGPIPE);
        128 + SIGPIPE as u8
    }

    fn is_ignored(signal: i32) -> bool {
        let mut now = MaybeUninit::<libc::sigaction>::zeroed();
        // SAFETY: without a new action, the present one is written to `now`, in which all zeros are a value, too.
        unsafe {
            libc::sigaction(signal, std::ptr::null(), now.as_mut_ptr()) == 0
                && now.assume_init().sa_sigaction == libc::SIG_IGN
        }
    }
}

/// Does nothing: such a system ends programs in its own way.
#[cfg(not(unix))]
pub fn remove_unfinished(_: &'static Unfinished) -> io::Result<()> {
    Ok(())
}

/// Does nothing: such a system does not truncate mapped files.
#[cfg(not(unix))]
pub fn tell_of_truncation(_: &Path, _: u8, _: &'static Unfinished) -> io::Result<()> {
    Ok(())
}

/// The status of a program whose reader has seen enough.
#[cfg(not(unix))]
pub fn broken_pipe() -> u8 {
    0
}
