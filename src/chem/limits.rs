//! Bounds on what is accepted, so that no input can exhaust time, stack or memory.

/// Bounds on one molecule. Inputs beyond them are refused with
/// [`ErrorKind::Limit`](super::ErrorKind::Limit) before any expensive work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Length of the text, bytes.
    pub bytes: usize,
    /// Atoms written in the input, hydrogens included.
    pub atoms: usize,
    /// Bonds written in the input.
    pub bonds: usize,
    /// Nesting of SMILES branches.
    pub depth: usize,
    /// Independent rings (bonds − atoms + fragments): ring perception grows steeply with it.
    pub rings: usize,
}

impl Default for Limits {
    /// Room for any drug, natural product or macrocycle, and for small proteins.
    fn default() -> Self {
        Self { bytes: 1 << 20, atoms: 2000, bonds: 4000, depth: 200, rings: 200 }
    }
}
