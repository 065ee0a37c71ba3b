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
    /// Neighbours of one atom.
    pub degree: usize,
    /// Independent rings (bonds − atoms + fragments): ring perception grows steeply with it.
    pub rings: usize,
}

impl Default for Limits {
    /// Room for any drug, natural product, macrocycle or cage, and for peptides of about sixty
    /// residues with their hydrogens.
    ///
    /// The figures keep the worst molecules that we could think of near a second, from text to
    /// structure vector, on one core: paths between hubs, which have most rings of equal
    /// size, for the rings and the degree; descriptors, quadratic in atoms, for those.
    fn default() -> Self {
        Self { bytes: 1 << 20, atoms: 1000, bonds: 2000, depth: 200, degree: 16, rings: 100 }
    }
}
