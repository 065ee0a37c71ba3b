//! The progress bar, on a terminal only.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::{self, IsTerminal, Read, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// A reader that counts its bytes.
pub struct Counted<R> {
    inner: R,
    read: Arc<AtomicU64>,
}

impl<R> Counted<R> {
    pub fn new(inner: R, read: Arc<AtomicU64>) -> Self {
        Self { inner, read }
    }
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buffer)?;
        self.read.fetch_add(n as u64, Ordering::Relaxed);
        Ok(n)
    }
}

/// A bar over the bytes of the input, or a count of rows where their number is unknown.
pub struct Progress {
    bar: ProgressBar,
    read: Arc<AtomicU64>,
    sized: bool,
}

impl Progress {
    /// Draws on standard error if that is a terminal and `wanted`.
    pub fn new(wanted: bool, length: Option<u64>, read: Arc<AtomicU64>) -> Self {
        let target = if wanted && io::stderr().is_terminal() {
            ProgressDrawTarget::stderr_with_hz(8)
        } else {
            ProgressDrawTarget::hidden()
        };
        let bar = ProgressBar::with_draw_target(length, target);
        let template = match length {
            Some(_) => "{bar:30} {percent:>3} %  {msg}  {eta} left",
            None => "{spinner} {msg}  {elapsed}",
        };
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        Self { bar, read, sized: length.is_some() }
    }

    /// `rows` are done.
    pub fn update(&self, rows: u64) {
        if self.sized {
            self.bar.set_position(self.read.load(Ordering::Relaxed));
        } else {
            self.bar.tick();
        }
        let seconds = self.bar.elapsed().as_secs_f64().max(1e-3);
        self.bar.set_message(format!("{rows} molecules, {:.0}/s", rows as f64 / seconds));
    }

    /// A line on standard error, above the bar.
    pub fn line(&self, text: &str) {
        // A closed standard error is not worth failing for.
        self.bar.suspend(|| drop(writeln!(io::stderr(), "{text}")));
    }

    /// Takes the bar off the screen.
    pub fn clear(&self) {
        self.bar.finish_and_clear();
    }
}
