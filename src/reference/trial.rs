//! Leaving off what does not pay.

/// Whether a bound is tried: once it spared too little so many times on end, only every so manieth time.
#[derive(Clone, Copy, Default)]
pub(super) struct Trial {
    in_vain: u8,
    skipped: u8,
}

impl Trial {
    /// Few in tests, whose tables are small.
    const PATIENCE: u8 = if cfg!(test) { 1 } else { 32 };
    const EVERY: u8 = if cfg!(test) { 2 } else { 32 };

    pub fn is_due(&mut self) -> bool {
        if self.in_vain < Self::PATIENCE {
            return true;
        }
        self.skipped = (self.skipped + 1) % Self::EVERY;
        self.skipped == 0
    }

    pub fn told(&mut self, worth: bool) {
        self.in_vain = if worth { 0 } else { (self.in_vain + 1).min(Self::PATIENCE) };
    }
}
